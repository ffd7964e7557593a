/* events.h - one epoll, callbacks, timers. */
#ifndef RCRUN_NET_EVENTS_H
#define RCRUN_NET_EVENTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "base/err.h"

/* What to do when a descriptor is ready; lives as long as it is watched. */
struct watch {
    int fd;
    uint32_t mask; /* EPOLLIN and the like, as watched now; 0 = not */
    void (*ready)(struct watch *w, uint32_t events);
    void *of;      /* whose it is */
};

/* Fires once when the time has come; set again to repeat. */
struct timer {
    int64_t at_ms; /* 0 = not set */
    void (*fire)(struct timer *t);
    void *of;
    struct timer *next;
};

struct events {
    int epoll;
    int64_t now_ms;      /* CLOCK_MONOTONIC, when the last wait ended */
    unsigned rounds;     /* how many there were; wraps */
    struct timer *timers; /* in order */
    struct watch **batch; /* of the round that is being told; entries of removed watches are NULL */
    int batch_n;
    struct watch *hot;    /* who was ready more often than all others together, if anybody was */
    unsigned votes;       /* how sure that is; 0 begins again */
};

int events_open(struct events *ev, struct err *e);
void events_close(struct events *ev);

/* Watches, or changes what is watched for; mask 0 watches no more.  After that the callback is not
 * called again, not even for what is known already. */
int events_watch(struct events *ev, struct watch *w, uint32_t mask, struct err *e);
void events_forget(struct events *ev, struct watch *w);

void events_timer(struct events *ev, struct timer *t, int64_t at_ms);
void events_untimer(struct events *ev, struct timer *t);

/* Waits at most most_ms (-1 = for ever) and until the next timer, calls what is ready, then the timers. */
int events_round(struct events *ev, int most_ms, struct err *e);

#endif
