/* net/resolv.h - resolv.conf(5): read of the host, written for the container.  Pure. */
#ifndef RCRUN_NET_RESOLV_H
#define RCRUN_NET_RESOLV_H

#include "base/arena.h"
#include "base/text.h"
#include "base/types.h"
#include "net/ip.h"

#define RESOLV_SERVERS_MAX 8
#define RESOLV_TEXT_MAX 65536

struct resolv {
    struct ip servers[RESOLV_SERVERS_MAX]; /* more are left out */
    uint16_t port;                         /* 0 = 53 */
    size_t n;
    struct texts search;                   /* the last `search` or `domain` line */
    struct texts options;
};

/* Takes the text as glibc does: last search wins, an address with a zone (fe80::1%eth0) is left out.
 * Never fails: what it does not know it skips.  Memory is the arena's. */
void resolv_parse(struct arena *a, const char *text, size_t n, struct resolv *out);

/* The file for a container whose resolvers are `servers`; `rotate` is left out. */
void resolv_write(struct text *out, const struct ip *servers, size_t n, const struct texts *search,
                  const struct texts *options);

#endif
