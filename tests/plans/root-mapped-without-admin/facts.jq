.self.caps |= lacks(.; cap_sys_admin)
