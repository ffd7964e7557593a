ephemeral | lowers(2)
