/* splice.h - connections to published TCP ports, from socket to socket without libslirp (PF-01 to PF-12). */
#ifndef RCRUN_NET_SPLICE_H
#define RCRUN_NET_SPLICE_H

#include "events.h"
#include "listener.h"
#include "net.h"

struct splice;

/* mint: borrowed socket to the mint (mint.h), -1 = none. */
int splice_open(struct splice **out, struct events *ev, const struct net *net,
                struct counters *counters, int mint, struct err *e);
void splice_close(struct splice *s);

/* own_fd: a listening socket, TCP or unix.  Connections go to l->to : l->port. */
int splice_listen(struct splice *s, const struct listener *l, int own_fd, struct err *e);
/* Connections that are there go on. */
void splice_unlisten(struct splice *s, uint32_t number);

/* The mint is a new one, after the old died. */
void splice_set_mint(struct splice *s, int mint);

/* Connections now: of all, or of one listener with its bytes. */
unsigned splice_flows(const struct splice *s);
void splice_count(const struct splice *s, uint32_t number, struct listener_count *out);

/* No new connections; true when none is left. */
bool splice_drain(struct splice *s);

#endif
