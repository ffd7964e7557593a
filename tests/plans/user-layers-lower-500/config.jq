ephemeral | lowers(500)
