.stateRoot = null
