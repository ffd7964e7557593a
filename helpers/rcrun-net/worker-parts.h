/* worker-parts.h - what the files of the worker share. */
#ifndef RCRUN_NET_WORKER_PARTS_H
#define RCRUN_NET_WORKER_PARTS_H

#include "dns.h"
#include "engine.h"
#include "guest.h"
#include "link.h"
#include "pcap.h"
#include "scrub.h"
#include "splice.h"
#include "worker.h"

/* Rounds since a moment, and the work that was done until then. */
struct spin {
    int64_t since;
    unsigned rounds;
    uint64_t done;
};

/* A published port of the engine, which knows them by their address. */
struct forward {
    struct listener listener;
    struct forward *next;
};

struct worker {
    const struct worker_options *o;
    struct events ev;
    struct counters counters;
    struct scrub *scrub;
    struct splice *splice;
    struct guest *guest;   /* NULL without a tap */
    struct engine *engine; /* NULL where nothing goes out, not even answers by UDP */
    struct dns *dns;       /* NULL where nothing goes out */
    struct pcap pcap;
    struct watch link;
    struct forward *forwards;
    int mint;
    int tap;               /* -1 = none yet */
    int64_t full_ms;       /* when it was told that the container does not read; 0 = never */
    int64_t room_ms;       /* when room is made again, at the earliest */
    bool keeper_gone;
    bool stopping;
    int64_t stop_at;
    struct spin spin;
    unsigned char reply[2048];
};

void worker_warn(struct worker *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Connections and sockets of all parts. */
unsigned worker_flows(const struct worker *w);

/* After each round: a descriptor that is always ready while nothing is done is watched no longer, and
 * its connection is reset (NL-23). */
int worker_look_for_spin(struct worker *w, struct err *e);

/* From now on there are frames. */
int worker_take_tap(struct worker *w, int own_fd, struct err *e);

/* A published port of the engine. */
int worker_publish(struct worker *w, const struct listener *l, struct err *e);

/* Who answers names from now on (worker-dns.c). */
void worker_take_resolvers(struct worker *w, const struct link_resolvers *given);

/* Obeys what the keeper says. */
int worker_link_open(struct worker *w, struct err *e);

#endif
