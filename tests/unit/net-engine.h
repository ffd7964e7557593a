/* For tests of libslirp behind engine.h: it and a guest in one process, with nothing between them or the
 * scrubber, and a loop. */
#pragma once

#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clean.h"
#include "net-guest.h"
#include "rcrun-net/engine.h"
#include "rcrun-net/scrub.h"
#include "tap.h"

#define WAIT_MS 3000

static struct events ev;
static struct engine *engine;
static struct net net;
static struct net_guest guest;
static struct counters counters;
static struct scrub *wall; /* NULL = none */
static struct err e;

/* Frames of the guest, which must not reach libslirp while it still works on one. */
static struct { unsigned char *data; size_t n; } outbox[4096];
static unsigned outbox_n;

static void from_guest(void *of, const void *frame, size_t n)
{
    (void)of;
    if (outbox_n == COUNT_OF(outbox))
        return;
    outbox[outbox_n].data = malloc(n);
    memcpy(outbox[outbox_n].data, frame, n);
    outbox[outbox_n++].n = n;
}

static void to_guest(void *of, const void *frame, size_t n)
{
    static unsigned char bytes[FRAME_MAX];
    struct frame f = { .data = bytes, .n = n, .max = sizeof bytes };

    (void)of;
    memcpy(bytes, frame, n);
    if (wall)
        scrub_out(wall, &f);
    guest_take(&guest, f.data, f.n);
}

static void deliver_one(unsigned char *data, size_t n)
{
    static unsigned char bytes[2000];
    struct frame f = { .data = data, .n = n, .max = n };
    struct frame reply = { .data = bytes, .max = sizeof bytes };
    enum verdict verdict = wall ? scrub_in(wall, &f, &reply, ev.now_ms) : SCRUB_PASS;

    if (verdict == SCRUB_PASS)
        engine_input(engine, f.data, f.n);
    else if (verdict == SCRUB_REPLY)
        guest_take(&guest, reply.data, reply.n);
}

static void deliver(void)
{
    unsigned n = outbox_n;

    for (unsigned i = 0; i < n; i++) {
        deliver_one(outbox[i].data, outbox[i].n);
        free(outbox[i].data);
    }
    memmove(outbox, outbox + n, (outbox_n - n) * sizeof *outbox);
    outbox_n -= n;
}

static bool begin(bool with_wall)
{
    const struct engine_owner owner = { .send = to_guest };
    const struct sigaction ignore = { .sa_handler = SIG_IGN };

    sigaction(SIGPIPE, &ignore, NULL); /* as the worker does */
    memset(&guest, 0, sizeof guest);
    guest.out = from_guest;
    if (events_open(&ev, &e) < 0 || engine_open(&engine, &ev, &net, &owner, &e) < 0) {
        printf("# %s\n", e.text);
        return false;
    }
    counters = (struct counters){ 0 };
    wall = with_wall ? scrub_new(&net, &counters) : NULL;
    guest_arp(&guest, 1, (const unsigned char[]){ 255, 255, 255, 255, 255, 255 }, GATEWAY_IP);
    return true;
}

static void end(void)
{
    deliver();
    engine_close(engine);
    scrub_free(wall);
    events_close(&ev);
}

static void turn(int ms)
{
    int most = engine_before(engine);

    deliver();
    events_round(&ev, most < 0 || most > ms ? ms : most, &e);
    deliver();
    engine_after(engine);
    deliver();
}

/* Turns until it holds, or time is up. */
#define UNTIL(holds)                                                             \
    for (int64_t until_ = ev.now_ms + WAIT_MS; !(holds) && ev.now_ms < until_;) \
        turn(10)

static int listener(int type, struct sockaddr_in *a)
{
    socklen_t n = sizeof *a;
    int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    *a = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    bind(fd, (struct sockaddr *)a, sizeof *a);
    if (type == SOCK_STREAM)
        listen(fd, 100);
    getsockname(fd, (struct sockaddr *)a, &n);
    return fd;
}
