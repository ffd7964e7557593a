/* flows.h - what the scrubber remembers: how many new flows there may be, which UDP ports have one,
 * who has spoken to the container, and where TCP to the resolver was led.  Pure. */
#ifndef RCRUN_NET_FLOWS_H
#define RCRUN_NET_FLOWS_H

#include "net.h"

struct flows;

/* The other end of a flow. */
struct flow_end {
    bool v6;
    unsigned char ip[16]; /* the first 4 of IPv4, the others 0 */
    uint16_t port;
};

struct flows *flows_new(const struct net *net);
void flows_free(struct flows *f);

/* datagrams: those of them that are no connections. */
void flows_set(struct flows *f, unsigned now, unsigned datagrams);

enum flows_answer { FLOWS_YES, FLOWS_FULL, FLOWS_TOO_FAST };

/* May there be one more?  Counts it when so. */
enum flows_answer flows_begin(struct flows *f, int64_t now_ms);

/* The other end has taken a connection, which then does not count for the rate: that is against floods and
 * searches, of which few are answered, and not against a client that is quick. */
void flows_taken(struct flows *f);

/* The same for a UDP datagram of a port of the container: YES when that port has a flow.  Nobody says when
 * such a flow is over, so that they may have half of the limit and leave the rest to TCP.  libslirp has
 * one socket for each such port and family, as long as it is used. */
enum flows_answer flows_udp(struct flows *f, bool v6, uint16_t port, int64_t now_ms);

/* Where there is no room: for how many seconds an eighth of those ports, those that rest longest, were not
 * used.  They have none from now on; 0 = all were used a moment ago. */
uint32_t flows_udp_rest(struct flows *f, int64_t now_ms);

/* Somebody has sent a datagram to a port of the container, so that one may go back for a while. */
void flows_heard(struct flows *f, const struct flow_end *peer, uint16_t port);
bool flows_may_answer(struct flows *f, const struct flow_end *peer, uint16_t port, int64_t now_ms);

/* TCP connections to the resolver's address, known by the port of the container. */
void flows_pin(struct flows *f, uint16_t port, const struct flow_end *resolver);
void flows_unpin(struct flows *f, bool v6, uint16_t port);
/* NULL: not pinned. */
const struct flow_end *flows_pinned(const struct flows *f, bool v6, uint16_t port);

#endif
