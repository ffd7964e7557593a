/* net.h - the virtual network of one container: what all parts of rcrun-net know, and never change. */
#ifndef RCRUN_NET_NET_H
#define RCRUN_NET_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/ip.h"

/* Addresses of one family. */
struct net_family {
    bool on;
    struct ip_prefix prefix;
    struct ip guest;   /* the container's */
    struct ip gateway; /* ours; stands for the host's loopback where that is allowed */
    struct ip dns;     /* ours; asks the resolvers of the host */
};

/* A rule for destinations.  The first that fits decides; none fits: allowed. */
struct net_rule {
    struct ip_prefix to;
    uint16_t first_port, last_port; /* 0..65535 = all, protocols without ports too */
    bool allow;
    bool told; /* a denied packet was warned of: each rule does that once */
};

struct net_rules {
    struct net_rule *v;
    size_t n;
};

#define NET_RULES_MAX 256

struct net {
    struct net_family v4, v6;
    unsigned char guest_mac[6];
    unsigned mtu;             /* of the tap: 68..65520, with IPv6 at least 1280 */
    bool offload;             /* the tap has virtio-net headers and segments TCP for us */
    bool host_loopback;       /* the gateway is the host's 127.0.0.1 and ::1 */
    struct net_rules loopback_ports; /* none: all of them */
    bool drop_fragments;      /* instead of putting them together */
    bool internal;            /* nothing goes out: published ports only */
    struct net_rules rules;
    unsigned flows_max;       /* 1..65536 */
    unsigned flows_per_second;
    unsigned half_closed_s;   /* how long a connection may rest that one side has closed (NL-22) */
};

/* Where there is no room for a new one it may rest a fifteenth of that: one minute, when nothing else was
 * said. */
static inline int net_half_closed_ms(const struct net *net, bool crowded)
{
    return (int)(net->half_closed_s * 1000 / (crowded ? 15 : 1));
}

enum counter {
#define COUNTER(name, text) COUNT_##name,
#include "counters.def"
#undef COUNTER
    COUNTERS
};

struct counters { uint64_t v[COUNTERS]; };

#define COUNT(counters, name) ((counters)->v[COUNT_##name]++)

#endif
