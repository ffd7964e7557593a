join("network"; "/run/netns/none")
