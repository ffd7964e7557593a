#include <sys/socket.h>

#include "worker-parts.h"

/* So many rounds for nothing are no work but a mistake (NL-23). */
#define SPIN_ROUNDS 1000
#define SPIN_MS 100

/* Anything that is counted is work. */
static uint64_t work_done(const struct worker *w)
{
    uint64_t sum = 0;

    for (int i = 0; i < COUNTERS; i++)
        sum += i == COUNT_spins ? 0 : w->counters.v[i];
    return sum;
}

static int stop_spin(struct worker *w, struct err *e)
{
    struct watch *hot = w->ev.hot;

    if (!hot)
        return 0;
    if (hot->fd == w->tap || hot->fd == w->o->link)
        return err_set(e, 0, "%s is always ready, for nothing",
                       hot->fd == w->tap ? "tap" : "keeper");
    COUNT(&w->counters, spins);
    worker_warn(w, "a connection was reset: its socket was always ready, for nothing");
    if (!w->engine || !engine_reset(w->engine, hot)) {
        const struct sockaddr nobody = { .sa_family = AF_UNSPEC };

        connect(hot->fd, &nobody, sizeof nobody);
        events_forget(&w->ev, hot);
    }
    return 0;
}

int worker_look_for_spin(struct worker *w, struct err *e)
{
    struct spin *s = &w->spin;

    if (w->ev.now_ms - s->since >= SPIN_MS || ++s->rounds > SPIN_ROUNDS) {
        uint64_t done = work_done(w);
        bool spins = s->rounds > SPIN_ROUNDS && done == s->done;

        *s = (struct spin){ .since = w->ev.now_ms, .done = done };
        if (spins)
            TRY(stop_spin(w, e));
        w->ev.votes = 0;
    }
    return 0;
}
