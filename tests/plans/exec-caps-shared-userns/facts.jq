# A capability that the caller does not have cannot be given.
.self.caps = bit(0) | .self.bounding = bit(0) | .container.join = ["mount"]
