#include "guest.h"

#include <errno.h>
#include <linux/virtio_net.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clean.h"
#include "offload.h"

/* Frames of one turn, before the sockets have theirs (TP-05). */
#define BATCH 64
#define QUEUE_MAX 64

/* A frame that waits, with its header. */
struct waiting {
    struct waiting *next;
    size_t n;
    unsigned char bytes[];
};

struct guest {
    struct events *ev;
    const struct net *net;
    struct counters *counters;
    struct watch watch;
    size_t header; /* bytes in front of each frame on the tap */
    guest_frame *frame;
    void *of;
    void (*tee)(void *of, const void *frame, size_t n);
    void *tee_of;
    struct waiting *first, **end;
    unsigned waiting;
    bool gone;     /* the tap is no more */
    unsigned char buffer[sizeof(struct virtio_net_hdr) + FRAME_MAX];
};

static void tell(struct guest *g, const void *data, size_t n)
{
    if (g->tee)
        g->tee(g->tee_of, data, n);
}

/* ---- from the container ------------------------------------------------------------------- */

static void one_frame(struct guest *g, size_t n)
{
    struct frame f = { .data = g->buffer + g->header, .max = sizeof g->buffer - g->header };
    struct virtio_net_hdr h;

    COUNT(g->counters, frames_in);
    if (n < g->header + FRAME_HEADER) {
        COUNT(g->counters, drop_short);
        return;
    }
    f.n = n - g->header;
    g->counters->v[COUNT_bytes_in] += f.n;
    if (g->header) {
        memcpy(&h, g->buffer, sizeof h);
        if (!offload_in(&h, &f)) {
            COUNT(g->counters, drop_offload);
            return;
        }
    }
    tell(g, f.data, f.n);
    g->frame(g->of, &f);
}

static void read_frames(struct guest *g)
{
    for (int i = 0; i < BATCH; i++) {
        ssize_t n = read(g->watch.fd, g->buffer, sizeof g->buffer);

        if (n > 0) {
            one_frame(g, (size_t)n);
            continue;
        }
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        /* End of file, or a device whose namespace ended. */
        g->gone = true;
        events_forget(g->ev, &g->watch);
        return;
    }
}

/* ---- to the container --------------------------------------------------------------------- */

/* 0 when it is done with, be it lost; -1 when the tap is full. */
static int write_now(struct guest *g, const struct iovec *v, int n)
{
    while (writev(g->watch.fd, v, n) < 0) {
        if (errno == EAGAIN)
            return -1;
        if (errno != EINTR) {
            /* A device that is down, a frame that its kernel does not take. */
            COUNT(g->counters, drop_full);
            return 0;
        }
    }
    COUNT(g->counters, frames_out);
    g->counters->v[COUNT_bytes_out] += v[n - 1].iov_len;
    return 0;
}

static void watch_for(struct guest *g, uint32_t mask)
{
    struct err ignored;

    if (!g->gone)
        events_watch(g->ev, &g->watch, mask, &ignored);
}

static void write_waiting(struct guest *g)
{
    while (g->first) {
        struct waiting *w = g->first;
        const struct iovec v[2] = {
            { w->bytes, g->header },
            { w->bytes + g->header, w->n - g->header },
        };

        if (write_now(g, v, 2) < 0)
            return;
        g->first = w->next;
        if (!g->first)
            g->end = &g->first;
        g->waiting--;
        free(w);
    }
    watch_for(g, EPOLLIN);
}

static void keep(struct guest *g, const void *header, const void *data, size_t n)
{
    struct waiting *w = NULL;

    if (g->waiting < QUEUE_MAX && !g->gone)
        w = malloc(sizeof *w + g->header + n);
    if (!w) {
        COUNT(g->counters, drop_full);
        return;
    }
    memcpy(w->bytes, header, g->header);
    memcpy(w->bytes + g->header, data, n);
    w->n = g->header + n;
    w->next = NULL;
    *g->end = w;
    g->end = &w->next;
    g->waiting++;
    watch_for(g, EPOLLIN | EPOLLOUT);
}

void guest_send(struct guest *g, const void *data, size_t n)
{
    struct virtio_net_hdr h = { 0 };
    const struct iovec v[2] = { { &h, g->header }, { (void *)(uintptr_t)data, n } };

    if (n < FRAME_HEADER || n > FRAME_MAX) {
        COUNT(g->counters, drop_short);
        return;
    }
    tell(g, data, n);
    if (g->header) {
        struct frame f = { .data = (unsigned char *)(uintptr_t)data, .n = n, .max = n };

        offload_out(&f, g->net->mtu, &h);
    }
    /* What waits goes first. */
    if (g->first || write_now(g, v, 2) < 0)
        keep(g, &h, data, n);
}

/* ---- life --------------------------------------------------------------------------------- */

static void on_ready(struct watch *w, uint32_t events)
{
    struct guest *g = w->of;

    if (events & EPOLLOUT)
        write_waiting(g);
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        read_frames(g);
}

int guest_open(struct guest **out, struct events *ev, const struct net *net,
               struct counters *counters, int tap, guest_frame *frame, void *of, struct err *e)
{
    struct guest *g = malloc(sizeof *g);

    if (!g)
        return err_set(e, ENOMEM, "tap");
    /* Not the buffer: most of it is never touched. */
    memset(g, 0, offsetof(struct guest, buffer));
    g->ev = ev;
    g->net = net;
    g->counters = counters;
    g->header = net->offload ? sizeof(struct virtio_net_hdr) : 0;
    g->frame = frame;
    g->of = of;
    g->end = &g->first;
    g->watch = (struct watch){ .fd = tap, .ready = on_ready, .of = g };
    if (events_watch(ev, &g->watch, EPOLLIN, e) < 0) {
        guest_close(g);
        return err_ctx(e, "tap");
    }
    *out = g;
    return 0;
}

void guest_close(struct guest *g)
{
    if (!g)
        return;
    events_forget(g->ev, &g->watch);
    while (g->first) {
        struct waiting *w = g->first;

        g->first = w->next;
        free(w);
    }
    free(g);
}

void guest_tee(struct guest *g, void (*tee)(void *of, const void *frame, size_t n), void *of)
{
    g->tee = tee;
    g->tee_of = of;
}

bool guest_gone(const struct guest *g)
{
    return g->gone;
}
