#include "events.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "base/clean.h"

#define BATCH 64

static void look_at_clock(struct events *ev)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    ev->now_ms = t.tv_sec * (int64_t)1000 + t.tv_nsec / 1000000;
}

int events_open(struct events *ev, struct err *e)
{
    *ev = (struct events){ .epoll = epoll_create1(EPOLL_CLOEXEC) };
    if (ev->epoll < 0)
        return err_set(e, errno, "epoll_create1");
    look_at_clock(ev);
    return 0;
}

void events_close(struct events *ev)
{
    clean_fd(&ev->epoll);
}

int events_watch(struct events *ev, struct watch *w, uint32_t mask, struct err *e)
{
    struct epoll_event event = { .events = mask, .data.ptr = w };
    int how = w->mask ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

    if (mask == w->mask)
        return 0;
    if (mask == 0) {
        events_forget(ev, w);
        return 0;
    }
    if (epoll_ctl(ev->epoll, how, w->fd, &event) < 0) {
        /* A library closed it and opened another of the same number. */
        if (errno != ENOENT || epoll_ctl(ev->epoll, EPOLL_CTL_ADD, w->fd, &event) < 0)
            return err_set(e, errno, "epoll_ctl");
    }
    w->mask = mask;
    return 0;
}

void events_forget(struct events *ev, struct watch *w)
{
    if (w->mask)
        epoll_ctl(ev->epoll, EPOLL_CTL_DEL, w->fd, NULL);
    w->mask = 0;
    if (ev->hot == w)
        ev->hot = NULL;
    for (int i = 0; i < ev->batch_n; i++)
        if (ev->batch[i] == w)
            ev->batch[i] = NULL;
}

void events_untimer(struct events *ev, struct timer *t)
{
    for (struct timer **at = &ev->timers; *at; at = &(*at)->next)
        if (*at == t) {
            *at = t->next;
            break;
        }
    t->at_ms = 0;
}

void events_timer(struct events *ev, struct timer *t, int64_t at_ms)
{
    struct timer **at = &ev->timers;

    if (t->at_ms)
        events_untimer(ev, t);
    while (*at && (*at)->at_ms <= at_ms)
        at = &(*at)->next;
    t->at_ms = at_ms;
    t->next = *at;
    *at = t;
}

/* The vote of Boyer and Moore: finds who has the majority, in the room of one. */
static void vote(struct events *ev, struct watch *w)
{
    if (!ev->hot || ev->votes == 0) {
        ev->hot = w;
        ev->votes = 1;
    } else if (ev->hot == w) {
        ev->votes++;
    } else {
        ev->votes--;
    }
}

/* Who sets a timer again sets it into the future. */
static void fire_timers(struct events *ev)
{
    while (ev->timers && ev->timers->at_ms <= ev->now_ms) {
        struct timer *t = ev->timers;

        ev->timers = t->next;
        t->at_ms = 0;
        t->fire(t);
    }
}

static int how_long(const struct events *ev, int most_ms)
{
    int64_t left;

    if (!ev->timers)
        return most_ms;
    left = ev->timers->at_ms - ev->now_ms;
    if (left < 0)
        left = 0;
    return most_ms >= 0 && most_ms < left ? most_ms : left > INT32_MAX ? INT32_MAX : (int)left;
}

int events_round(struct events *ev, int most_ms, struct err *e)
{
    struct epoll_event ready[BATCH];
    struct watch *watches[BATCH];
    int n;

    look_at_clock(ev);
    n = epoll_wait(ev->epoll, ready, BATCH, how_long(ev, most_ms));
    if (n < 0 && errno != EINTR)
        return err_set(e, errno, "epoll_wait");
    look_at_clock(ev);
    ev->rounds++;
    /* A callback may close what stands later in the list. */
    for (int i = 0; i < n; i++)
        watches[i] = ready[i].data.ptr;
    ev->batch = watches;
    ev->batch_n = n > 0 ? n : 0;
    for (int i = 0; i < n; i++)
        if (watches[i]) {
            vote(ev, watches[i]);
            watches[i]->ready(watches[i], ready[i].events);
        }
    ev->batch = NULL;
    ev->batch_n = 0;
    fire_timers(ev);
    return 0;
}
