join("network"; "/srv/file")
