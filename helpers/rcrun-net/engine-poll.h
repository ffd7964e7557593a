/* engine-poll.h - libslirp's poll interface on the epoll of the worker (TP-08).
 *
 * libslirp tells all of its sockets again each turn.  Here the kernel hears of a socket only when
 * what it is watched for has changed, so that a thousand idle flows cost nothing. */
#ifndef RCRUN_NET_ENGINE_POLL_H
#define RCRUN_NET_ENGINE_POLL_H

#include "events.h"
#include "net/ip.h"

struct engine_poll;

/* One for each number that a descriptor can have. */
struct engine_slot {
    struct watch watch;
    struct engine_poll *poll;
    uint32_t ready; /* EPOLL*, since the last turn */
    uint32_t turn;  /* in which it was last asked for */
    bool open;      /* libslirp has it */
    bool dead;      /* reset by us; libslirp shall find out */
    bool stream;    /* TCP */
};

struct engine_poll {
    struct events *ev;
    struct engine_slot *slots;
    unsigned max;            /* number of slots */
    int *asked, *asked_last; /* descriptors of this turn and of the one before */
    unsigned asked_n, asked_last_n;
    uint32_t turn;
    unsigned open;
    unsigned streams;        /* of these: TCP */
    unsigned writing;        /* of this turn: with bytes that the host has not taken yet */
    unsigned again;          /* of this turn: those of the one before */
    unsigned ready;          /* since the last turn */
    unsigned reading;        /* of this turn: libslirp has room for what comes */
    unsigned full;           /* of the one before: it has none, or the peer sends no more */
    unsigned reads;          /* so many streams may be read; 0 = their bytes stay with the kernel */
};

int engine_poll_open(struct engine_poll *p, struct events *ev, struct err *e);
void engine_poll_close(struct engine_poll *p);

/* libslirp has a new socket of this number, whatever was known of the number before; or closes it. */
void engine_poll_register(struct engine_poll *p, int fd);
void engine_poll_unregister(struct engine_poll *p, int fd);

/* A turn: begin, add for each socket, end.  Events are SLIRP_POLL_*; add returns what ready takes,
 * -1 = not watched. */
void engine_poll_begin(struct engine_poll *p);
int engine_poll_add(struct engine_poll *p, int fd, int events);
void engine_poll_end(struct engine_poll *p);
int engine_poll_ready(struct engine_poll *p, int index);

/* Is there any socket to ask engine_poll_ready about?  Says so once. */
bool engine_poll_any(struct engine_poll *p);

/* Resets connections that only one side has closed and that moved nothing for `idle_ms` (NL-22). */
void engine_poll_sweep(struct engine_poll *p, uint32_t idle_ms);

/* Is one of its sockets bound to this address? */
bool engine_poll_has(const struct engine_poll *p, const struct ip *ip, uint16_t port);

/* Resets this one; false when it is not libslirp's. */
bool engine_poll_reset(struct engine_poll *p, const struct watch *w);

#endif
