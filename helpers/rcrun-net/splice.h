/* splice.h - connections to published TCP ports, from socket to socket without libslirp (PF-01 to PF-12).
 *
 * System calls, for jail-calls.def: accept4 (a client), bind and connect (a minted socket), shutdown
 * (the end of one direction), setsockopt SO_LINGER (a reset) and, on listeners (what they have, the
 * accepted have) and on minted sockets of flows that last, TCP_NODELAY, SO_KEEPALIVE, TCP_KEEPIDLE,
 * TCP_KEEPINTVL, TCP_KEEPCNT, TCP_NOTSENT_LOWAT, fcntl F_SETFL (listeners must not block) and
 * F_SETPIPE_SZ, F_GETPIPE_SZ, pipe2 and splice, read and write (data, and the eventfd), sendto and
 * recvmsg (the mint), close, epoll_ctl.  Before the jail, in splice_open: eventfd2, and SIGPIPE is
 * ignored, since splice(2) has no flag for it. */
#ifndef RCRUN_NET_SPLICE_H
#define RCRUN_NET_SPLICE_H

#include "events.h"
#include "listener.h"
#include "net.h"

struct splice;

/* mint: borrowed socket to the mint (mint.h), -1 = none.  At most half of net->flows_max connections. */
int splice_open(struct splice **out, struct events *ev, const struct net *net,
                struct counters *counters, int mint, struct err *e);
void splice_close(struct splice *s);

/* How long to wait for the server's answer, and for a connection that is over in one direction and
 * moves nothing in the other; 20 s and what the network says without this call. */
void splice_set_patience(struct splice *s, int connect_ms, int half_closed_ms);

/* own_fd: a listening socket, TCP or unix.  Connections go to l->to : l->port. */
int splice_listen(struct splice *s, const struct listener *l, int own_fd, struct err *e);
/* Who may come to a listener that leads outside; without this call nobody. */
void splice_admit(struct splice *s, bool (*admits)(void *of, const struct ip *ip, uint16_t port), void *of);
/* Connections that are there go on. */
void splice_unlisten(struct splice *s, uint32_t number);

/* The mint is a new one, after the old died. */
void splice_set_mint(struct splice *s, int mint);

/* Connections now: of all, or of one listener with its bytes. */
unsigned splice_flows(const struct splice *s);
void splice_count(const struct splice *s, uint32_t number, struct listener_count *out);

/* A line for the log when something new is to be said, at most one a minute; else NULL. */
const char *splice_warning(struct splice *s);

/* No new connections; true when none is left. */
bool splice_drain(struct splice *s);

#endif
