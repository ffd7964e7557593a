/* place.h - what kind of destination an address is, seen from the container.  Pure. */
#ifndef RCRUN_NET_PLACE_H
#define RCRUN_NET_PLACE_H

#include "net.h"

enum place {
    PLACE_OUTSIDE,
    PLACE_GATEWAY,
    PLACE_DNS,
    PLACE_LINK,      /* the gateway's link-local address */
    PLACE_LOCAL,     /* another of the virtual network or of the link */
    PLACE_LOOPBACK,  /* what the host would take for itself */
    PLACE_RESERVED,
    PLACE_MULTICAST, /* and broadcast */
};

/* to: 4 or 16 bytes in network order.  An IPv6 address that leads to an IPv4 one is in the place of
 * that, unless the container may speak with it: then it is local. */
enum place place_of(const struct net *net, bool v6, const unsigned char *to);

/* The IPv4 address that a translator or a tunnel would make of an IPv6 one: mapped, compatible,
 * translated, NAT64, 6to4. */
bool place_inner(const unsigned char *v6, struct ip *v4);

#endif
