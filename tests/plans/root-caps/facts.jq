.self |= (.caps |= lacks(.; cap_sys_resource) | .bounding |= lacks(.; cap_sys_resource))
