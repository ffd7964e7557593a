.self.caps |= lacks(.; cap_mknod)
