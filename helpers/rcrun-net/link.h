/* link.h - what the keeper and the worker say to each other, over a SOCK_SEQPACKET pair: one packet
 * is one struct link_packet, cut after what its kind uses. */
#ifndef RCRUN_NET_LINK_H
#define RCRUN_NET_LINK_H

#include "base/err.h"
#include "listener.h"
#include "net.h"
#include "net/resolv.h"

enum link_kind {
    /* worker to keeper */
    LINK_READY,    /* jailed, and in its loop */
    LINK_FAILED,   /* error; the worker ends */
    LINK_WARN,     /* a line for the log */
    LINK_DONE,     /* answer to LISTEN and UNLISTEN; error.text is empty when it worked */
    LINK_COUNTERS, /* answer to ASK: one packet of counters ... */
    LINK_COUNT,    /* ... then one for each listener that was asked for */
    /* keeper to worker */
    LINK_LISTEN,   /* a listener, with its socket beside it when its way is WAY_SPLICE */
    LINK_UNLISTEN, /* number */
    LINK_RESOLVERS,
    LINK_MINT,     /* a new mint, its socket beside it */
    LINK_TAP,      /* the tap beside it, answered by DONE; once, to a worker that began without */
    LINK_ASK,      /* number 0: counters; else the count of that listener */
    LINK_STOP,     /* drain and end; number: ms at most */
};

struct link_resolvers {
    struct ip servers[RESOLV_SERVERS_MAX];
    uint16_t port;
    unsigned n;
};

struct link_packet {
    enum link_kind kind;
    uint32_t number;
    union {
        struct err error;
        char line[512];
        struct listener listener;
        struct listener_count count;
        struct counters counters;
        struct link_resolvers resolvers;
    };
    unsigned flows; /* COUNTERS */
};

/* fd: goes with it, -1 = none. */
int link_send(int sock, const struct link_packet *p, int fd, struct err *e);
/* 1 a packet, 0 end of file, -1 error.  fd may be NULL: one that comes is closed. */
int link_receive(int sock, struct link_packet *p, int *fd, struct err *e);

#endif
