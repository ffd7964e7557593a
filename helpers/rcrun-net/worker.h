/* worker.h - the process that touches packets: jailed, with the tap, the link and sockets of the
 * internet families, and nothing else. */
#ifndef RCRUN_NET_WORKER_H
#define RCRUN_NET_WORKER_H

#include <sys/types.h>

#include "listener.h"
#include "net.h"

struct worker_options {
    struct net *net;
    int tap;               /* borrowed; -1 = none, or LINK_TAP brings it */
    bool tap_later;        /* that: all else is made ready, and jailed, until it comes */
    int link;              /* SOCK_SEQPACKET to the keeper */
    int mint;              /* -1 = none */
    int pcap;              /* file, -1 = none */
    uint64_t pcap_max;     /* bytes */
    uint32_t pcap_snap;
    struct ip outbound4, outbound6;
    const struct listener *first; /* published ports of the engine that are opened before the jail, */
    size_t first_n;        /* since root may have ports there that nobody else may */
    bool no_engine;        /* frames of the container lead nowhere */
    bool no_jail;          /* --disable-sandbox for tools of developers; never by rcrun */
};

/* In a fresh child of the keeper: closes what is not its own, jails itself, says LINK_READY and works
 * until it is told to stop or the keeper is gone.  Does not return. */
void worker_main(const struct worker_options *o) __attribute__((noreturn));

#endif
