.self.caps |= lacks(.; cap_setfcap)
