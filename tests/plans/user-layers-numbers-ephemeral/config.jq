ephemeral | lowers(12)
