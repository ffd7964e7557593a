/* net/ip.h - addresses and prefixes of both families, in one type. */
#ifndef RCRUN_NET_IP_H
#define RCRUN_NET_IP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/text.h"

/* An address; family 0 = none. */
struct ip {
    sa_family_t family; /* AF_INET, AF_INET6 or 0 */
    union {
        struct in_addr v4;
        struct in6_addr v6;
        unsigned char bytes[16]; /* network order */
    };
};

/* 10.0.2.0/24; the bits behind the prefix may be anything. */
struct ip_prefix {
    struct ip ip;
    unsigned bits;
};

#define IP_TEXT_MAX INET6_ADDRSTRLEN

/* inet_pton(3): no names, no brackets, no zone.  False and *out as it was for anything else. */
bool ip_parse(const char *s, struct ip *out);

/* "ADDRESS/BITS"; without "/BITS" all bits. */
bool ip_parse_prefix(const char *s, struct ip_prefix *out);

/* Into a buffer of IP_TEXT_MAX; returns it.  "" when there is none. */
const char *ip_text(const struct ip *ip, char *buffer);

bool ip_equal(const struct ip *a, const struct ip *b);

/* False when the families differ. */
bool ip_in(const struct ip *ip, const struct ip_prefix *p);

/* Do the two have an address in common? */
bool ip_overlap(const struct ip_prefix *a, const struct ip_prefix *b);

/* The n-th address of a prefix, its bits behind the prefix replaced; n is counted from the network
 * address.  For IPv6 n replaces the last 32 bits only. */
struct ip ip_nth(const struct ip_prefix *p, uint32_t n);

/* As the kernel wants it; returns the length.  port in host order. */
socklen_t ip_sockaddr(const struct ip *ip, uint16_t port, struct sockaddr_storage *out);

/* The other way; port may be NULL.  False for other families. */
bool ip_from_sockaddr(const struct sockaddr_storage *in, struct ip *ip, uint16_t *port);

/* 127.0.0.0/8, ::1, and the forms of IPv6 that hold such an IPv4 address. */
bool ip_is_loopback(const struct ip *ip);

/* 0.0.0.0 or ::. */
bool ip_is_any(const struct ip *ip);

#endif
