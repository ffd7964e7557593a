/* rules.h - which destinations outside the container may reach (NF-31).  Pure. */
#ifndef RCRUN_NET_RULES_H
#define RCRUN_NET_RULES_H

#include "net.h"

/* For protocols without ports. */
#define RULES_NO_PORT (-1)

/* The rule that denies it, or NULL.  What is denied as IPv4 address is denied in all its IPv6 forms. */
struct net_rule *rules_deny(const struct net_rules *rules, const struct ip *to, int port);

/* May this port of the host's loopback be reached?  With an empty list each may, else those that a
 * rule allows. */
bool rules_allow_loopback(const struct net_rules *ports, uint16_t port);

#endif
