/* net/publish.h - the words of -p: which port of the host leads where in the container.  Pure. */
#ifndef RCRUN_NET_PUBLISH_H
#define RCRUN_NET_PUBLISH_H

#include "base/arena.h"
#include "base/err.h"
#include "net/ip.h"

#define PUBLISH_PORTS_MAX 1024 /* listeners of one container */

/* [[ADDRESS][%INTERFACE]:][[HOST[-HOST]]:]PORT[-PORT][/tcp|/udp][,to=ADDRESS][,source=auto|keep|gateway]
 * or unix:/PATH:PORT with the same options.  An IPv6 address stands in brackets; "*", or an interface
 * alone, is every one, and no address is the loopback of both families: nobody opens a network to
 * others without saying so.  No host port, one that the kernel chooses. */
struct publish {
    struct ip host;              /* any = all of its family; family 0: see everywhere, else loopback */
    bool everywhere;             /* all addresses of both families, a socket for each */
    const char *interface;       /* NULL = any */
    const char *path;            /* unix socket of the host, in place of address and port */
    uint16_t host_first, host_last; /* 0 = the kernel chooses */
    uint16_t first, last;        /* in the container; one for many of the host: the first free */
    bool udp;
    struct ip to;                /* family 0 = the container's address on the tap */
    enum publish_source { SOURCE_AUTO, SOURCE_KEEP, SOURCE_GATEWAY } source;
};

/* An error names the faulty part.  Memory is the arena's. */
int publish_parse(struct arena *a, const char *text, struct publish *out, struct err *e);

/* The canonical words, which publish_parse reads to the same. */
void publish_write(struct text *out, const struct publish *p);

#endif
