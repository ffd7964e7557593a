del(.net.helper)
