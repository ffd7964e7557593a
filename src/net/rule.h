/* net/rule.h - the words of --allow, --deny and --host-loopback: where a container may go.  Pure. */
#ifndef RCRUN_NET_RULE_H
#define RCRUN_NET_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/ip.h"

/* The n bytes "80" or "80-90"; never 0. */
bool rule_parse_ports(const char *s, size_t n, uint16_t *first, uint16_t *last);

/* CIDR, CIDR:PORTS or [CIDR]:PORTS; an IPv6 one with ports stands in brackets.  Without ports they
 * are 0 to 65535. */
bool rule_parse(const char *s, struct ip_prefix *to, uint16_t *first, uint16_t *last);

#endif
