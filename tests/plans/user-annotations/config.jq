.annotations = { "org.opencontainers.image.os": "linux", "x": "" } | .unknown = { deep: [1] } | .process.unknown = true
