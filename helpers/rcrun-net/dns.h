/* dns.h - the resolver that the container sees: asks those of the host (ND-10 to ND-15).
 * UDP only; TCP to the DNS address is led by scrub.h. */
#ifndef RCRUN_NET_DNS_H
#define RCRUN_NET_DNS_H

#include "events.h"
#include "frame.h"
#include "net.h"
#include "net/resolv.h"

struct dns;

/* send: a frame for the container. */
int dns_open(struct dns **out, struct events *ev, const struct net *net, struct counters *counters,
             void (*send)(void *of, const void *frame, size_t n), void *of, struct err *e);
void dns_close(struct dns *d);

/* The resolvers to ask from now on, in order; none: SERVFAIL at once. */
void dns_set_resolvers(struct dns *d, const struct resolv *r);

/* A datagram for the DNS address, as scrub_in gave it. */
void dns_query(struct dns *d, const struct frame *f);

/* Sockets that it has open. */
unsigned dns_flows(const struct dns *d);

#endif
