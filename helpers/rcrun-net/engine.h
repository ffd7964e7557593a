/* engine.h - the TCP/IP engine: libslirp behind a narrow door, so that another could take its place.
 * Frames in, frames out; its sockets are in the epoll of the worker. */
#ifndef RCRUN_NET_ENGINE_H
#define RCRUN_NET_ENGINE_H

#include "events.h"
#include "net.h"
#include "net/ip.h"

struct engine;

/* What it needs of its owner. */
struct engine_owner {
    void (*send)(void *of, const void *frame, size_t n); /* a frame for the container */
    void *of;
    struct ip outbound4, outbound6;                      /* addresses to bind to; family 0 = none */
};

int engine_open(struct engine **out, struct events *ev, const struct net *net,
                const struct engine_owner *owner, struct err *e);
void engine_close(struct engine *g);

void engine_input(struct engine *g, const void *frame, size_t n);

/* Around events_round: how long it may wait at most (ms, -1 = for ever); and what is to do after it. */
int engine_before(struct engine *g);
void engine_after(struct engine *g);

/* Sockets that it has open; those that are none of TCP. */
unsigned engine_flows(const struct engine *g);
unsigned engine_datagrams(const struct engine *g);

/* Has it bytes of the container that the host has not taken yet? */
bool engine_writing(const struct engine *g);

/* Does libslirp hold all that it may for a container that does not read?  Then what comes by TCP stays
 * with the kernel (NL-24). */
bool engine_full(const struct engine *g);

/* Resets connections that the container has closed and their peer has not, when nothing came for so
 * long (NL-22).  It does that by itself, for what the network says.  The other way round libslirp does:
 * what the peer has closed and the container has not is forgotten after ten minutes of silence. */
void engine_sweep(struct engine *g, uint32_t idle_ms);

/* Closes sockets for datagrams that were not used for so long; of itself it does after four minutes. */
void engine_close_datagrams(struct engine *g, uint32_t idle_s);

/* Is one of its sockets bound to this address of the host? */
bool engine_has(const struct engine *g, const struct ip *ip, uint16_t port);

/* Resets the connection whose socket this watches; false when that is none of its own. */
bool engine_reset(struct engine *g, const struct watch *w);

/* Published ports that go through it: UDP, and TCP where there is no mint.  host: where to listen;
 * guest: exact address in the container. */
int engine_publish(struct engine *g, bool udp, const struct ip *host, uint16_t host_port,
                   const struct ip *guest, uint16_t guest_port, struct err *e);
int engine_unpublish(struct engine *g, bool udp, const struct ip *host, uint16_t host_port,
                     struct err *e);

/* "4.7.0" of the library that runs, and what that version is known to lack, a line each, or NULL. */
const char *engine_version(void);
const char *engine_lacks(void);
/* Can it ask hosts outside for an echo over IPv6? */
bool engine_echoes_v6(void);

#endif
