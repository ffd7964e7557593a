/* host/probe-net.h - what the network of a container depends on: routes, resolvers, the tap device,
 * the helper. */
#ifndef RCRUN_HOST_PROBE_NET_H
#define RCRUN_HOST_PROBE_NET_H

#include "base/arena.h"
#include "host/facts.h"

/* Fills facts.net; facts.exe must be known. */
void net_probe(struct arena *a, struct facts *f);

/* 0, or the errno of who opens /dev/net/tun. */
int net_probe_tun(void);

/* The texts of /proc/net/route and /proc/net/ipv6_route; the latter returns whether there is a
 * default route. */
void net_parse_routes(struct arena *a, const char *text, struct texts *routes);
bool net_parse_routes6(struct arena *a, const char *text, struct texts *routes);

#endif
