/* The bytes of a connection.  Descriptors are watched for changes only (edge triggered): what is
 * known of them is kept in `readable` and `writable`, and forgotten when the kernel says EAGAIN. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clean.h"
#include "splice-parts.h"

enum outcome {
    WAITS, /* for the kernel to say more */
    MORE,  /* there is, but others come first */
    BROKEN,
};

static bool not_now(int num)
{
    return num == EAGAIN || num == EINTR;
}

/* ---- end ---------------------------------------------------------------------------------- */

static void close_side(struct splice *s, struct side *side, bool reset)
{
    const struct linger at_once = { .l_onoff = 1 };

    if (side->watch.fd < 0)
        return;
    /* Whom the other side has reset need not be told. */
    if (reset && !side->failed)
        setsockopt(side->watch.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    /* The mint may have it open for a moment yet, so that closing is not enough. */
    events_forget(s->ev, &side->watch);
    clean_fd(&side->watch.fd);
}

static void drop_held(struct splice *s, struct way *w)
{
    if (!w->held)
        return;
    s->held -= COPY_BYTES;
    free(w->held);
    w->held = NULL;
    w->held_at = w->held_n = 0;
}

void flow_end(struct flow *f, bool reset)
{
    struct port *p = f->port;
    struct splice *s = p->s;

    for (int i = 0; i < 2; i++) {
        close_side(s, &f->side[i], reset);
        pipe_give(s, &f->way[i].pipe, f->way[i].in_pipe == 0);
        drop_held(s, &f->way[i]);
    }
    ring_remove(&f->all);
    ring_remove(&f->ready);
    free(f);
    splice_flow_gone(p);
}

/* ---- one direction -------------------------------------------------------------------------- */

static void took(struct flow *f, int from, size_t n)
{
    struct port *p = f->port;
    struct way *w = &f->way[from];

    if (w->moved < COPY_BYTES)
        w->moved += n;
    *(from == CLIENT ? &p->count.bytes_in : &p->count.bytes_out) += n;
    if (!p->l.outside)
        p->s->counters->v[from == CLIENT ? COUNT_bytes_published_in : COUNT_bytes_published_out] += n;
}

static enum outcome hold(struct splice *s, struct way *w, const unsigned char *data, size_t n)
{
    w->held = malloc(COPY_BYTES);
    if (!w->held)
        return BROKEN;
    s->held += COPY_BYTES;
    memcpy(w->held, data, n);
    w->held_at = 0;
    w->held_n = n;
    return MORE;
}

/* By the buffer that all share; what does not go out at once is held. */
static enum outcome copy(struct flow *f, int from, size_t *left)
{
    struct splice *s = f->port->s;
    struct side *in = &f->side[from];
    struct side *out = &f->side[!from];
    struct way *w = &f->way[from];
    ssize_t n, given;

    n = read(in->watch.fd, s->buffer, sizeof s->buffer);
    if (n < 0 && errno == EINTR)
        return MORE;
    if (n < 0) {
        in->readable = false;
        return errno == EAGAIN ? MORE : BROKEN;
    }
    if (n == 0) {
        w->ended = true;
        return MORE;
    }
    /* That was all for now; of the end there may be no other word. */
    if ((size_t)n < sizeof s->buffer && !in->ending && !in->urgent)
        in->readable = false;
    took(f, from, (size_t)n);
    *left -= *left < (size_t)n ? *left : (size_t)n;
    given = write(out->watch.fd, s->buffer, (size_t)n);
    if (given < 0 && !not_now(errno))
        return BROKEN;
    if (given == n)
        return MORE;
    if (given < 0)
        given = 0;
    /* Stream sockets take all that they have room for; unix sockets leave the rest to be tried. */
    return hold(s, w, s->buffer + given, (size_t)(n - given));
}

/* Of this round the connection has its own two sides, or one and the eventfd. */
static size_t turn_bytes(const struct splice *s)
{
    return s->ev->batch_n <= 2 && !s->crowd ? ALONE_BYTES : TURN_BYTES;
}

static enum outcome fill_pipe(struct flow *f, int from, size_t *left)
{
    struct side *in = &f->side[from];
    struct way *w = &f->way[from];
    ssize_t n = splice(in->watch.fd, NULL, w->pipe.in, NULL, turn_bytes(f->port->s),
                       SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

    if (n < 0 && errno == EINTR)
        return MORE;
    if (n < 0) {
        in->readable = false;
        return errno == EAGAIN ? MORE : BROKEN;
    }
    /* The end, or urgent data in the way: read(2) knows. */
    if (n == 0)
        return copy(f, from, left);
    w->in_pipe = (size_t)n;
    took(f, from, (size_t)n);
    *left -= *left < (size_t)n ? *left : (size_t)n;
    return MORE;
}

/* What only matters to a flow that is long, and most are not: the client's side has it of the listener. */
static void stay(struct flow *f)
{
    const int few = UNSENT_FEW;
    struct err ignored;

    if (f->stays)
        return;
    f->stays = true;
    splice_set_options(f->side[SERVER].watch.fd, &ignored);
    for (int i = 0; i < 2 && f->port->s->flows_n <= FEW; i++)
        setsockopt(f->side[i].watch.fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &few, sizeof few);
}

static enum outcome take(struct flow *f, int from, size_t *left)
{
    struct splice *s = f->port->s;
    struct way *w = &f->way[from];

    if (w->moved >= COPY_BYTES)
        stay(f);
    if (w->moved >= COPY_BYTES && !f->side[from].urgent &&
        (w->pipe.in >= 0 || pipe_take(s, &w->pipe)))
        return fill_pipe(f, from, left);
    return copy(f, from, left);
}

/* What was taken before. */
static enum outcome give(struct flow *f, int from)
{
    struct side *out = &f->side[!from];
    struct way *w = &f->way[from];
    ssize_t n;

    if (w->held_n)
        n = write(out->watch.fd, w->held + w->held_at, w->held_n);
    else
        n = splice(w->pipe.out, NULL, out->watch.fd, NULL, w->in_pipe,
                   SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (n < 0 && errno == EINTR)
        return MORE;
    if (n < 0) {
        out->writable = false;
        return errno == EAGAIN ? MORE : BROKEN;
    }
    if (w->held_n) {
        w->held_at += (size_t)n;
        w->held_n -= (size_t)n;
        if (w->held_n == 0)
            drop_held(f->port->s, w);
    } else {
        w->in_pipe -= (size_t)n;
    }
    return MORE;
}

static enum outcome tell_end(struct flow *f, int from)
{
    f->way[from].done = true;
    /* Both: closing says it too. */
    if (f->way[!from].done)
        return WAITS;
    return shutdown(f->side[!from].watch.fd, SHUT_WR) < 0 ? BROKEN : WAITS;
}

static enum outcome pump(struct flow *f, int from)
{
    struct splice *s = f->port->s;
    struct side *in = &f->side[from];
    struct way *w = &f->way[from];
    size_t left = turn_bytes(s);
    enum outcome outcome = MORE;

    while (outcome == MORE && !w->done) {
        bool full = w->held_n || w->in_pipe;

        if (w->ended && !full)
            return tell_end(f, from);
        if (!f->side[!from].writable || (!full && !in->readable))
            break;
        if (full) {
            outcome = give(f, from);
            continue;
        }
        if (left == 0 || s->held >= HELD_MAX)
            return MORE;
        outcome = take(f, from, &left);
    }
    return outcome == BROKEN ? BROKEN : WAITS;
}

/* ---- both --------------------------------------------------------------------------------- */

static void get_ready(struct flow *f)
{
    struct splice *s = f->port->s;
    const uint64_t one = 1;

    if (ring_empty(&f->ready))
        ring_add(&s->ready, &f->ready);
    if (s->held >= HELD_MAX) {
        if (!s->again.at_ms)
            events_timer(s->ev, &s->again, s->ev->now_ms + 100);
    } else if (!s->woken) {
        /* Each write is a change, so it is never read. */
        s->woken = write(s->wake.fd, &one, sizeof one) > 0;
    }
}

void flow_turn(struct flow *f)
{
    struct splice *s = f->port->s;
    uint64_t before = f->port->count.bytes_in + f->port->count.bytes_out;
    enum outcome up, down;

    up = pump(f, CLIENT);
    down = up == BROKEN ? BROKEN : pump(f, SERVER);
    if (up == BROKEN || down == BROKEN || f->failed) {
        flow_end(f, true);
        return;
    }
    if (f->way[CLIENT].done && f->way[SERVER].done) {
        flow_end(f, false);
        return;
    }
    for (int i = 0; i < 2; i++)
        if (f->way[i].in_pipe == 0)
            pipe_give(s, &f->way[i].pipe, true);
    if (f->port->count.bytes_in + f->port->count.bytes_out != before)
        f->since_ms = s->ev->now_ms;
    if (up == MORE || down == MORE)
        get_ready(f);
}

void splice_turn(struct splice *s)
{
    struct ring turn;

    s->woken = false;
    if (ring_empty(&s->ready))
        return;
    /* Those that are not done go to the end of the new list. */
    turn = s->ready;
    turn.next->prev = turn.prev->next = &turn;
    ring_init(&s->ready);
    while (!ring_empty(&turn)) {
        struct flow *f = RING_MEMBER(turn.next, struct flow, ready);

        ring_remove(&f->ready);
        s->crowd = !ring_empty(&turn) || !ring_empty(&s->ready);
        flow_turn(f);
    }
}

void flow_ready(struct watch *w, uint32_t events)
{
    struct flow *f = w->of;
    struct side *side = w == &f->side[CLIENT].watch ? &f->side[CLIENT] : &f->side[SERVER];
    struct splice *s = f->port->s;

    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        side->readable = true;
    if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
        side->writable = true;
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        side->ending = true;
    if (events & EPOLLPRI)
        side->urgent = true;
    if (events & EPOLLERR)
        f->failed = side->failed = true;
    if (f->connecting) {
        if (f->failed) {
            flow_end(f, true);
            return;
        }
        /* While it connects it is ready for nothing. */
        if (side == &f->side[CLIENT])
            return;
        f->connecting = false;
        f->since_ms = s->ev->now_ms;
    }
    s->crowd = !ring_empty(&s->ready) && (s->ready.next != &f->ready || s->ready.prev != &f->ready);
    /* What came before the reset is still there. */
    flow_turn(f);
}

/* Seen by the sweep it has lasted for some seconds. */
void flow_late(struct flow *f, int64_t now)
{
    const struct splice *s = f->port->s;
    bool half = f->way[CLIENT].done || f->way[SERVER].done;
    int patience = s->full ? s->half_closed_ms / 15 : s->half_closed_ms;

    if ((f->connecting && now - f->since_ms >= s->connect_ms) ||
        (half && now - f->since_ms >= patience))
        flow_end(f, true);
    else
        stay(f);
}
