#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clean.h"
#include "dns.h"
#include "engine.h"
#include "events.h"
#include "frame.h"
#include "guest.h"
#include "jail.h"
#include "os/cred.h"
#include "os/limit.h"
#include "os/process.h"
#include "pcap.h"
#include "scrub.h"
#include "splice.h"
#include "worker-parts.h"

/* Descriptors besides those of flows: tap, link, mint, epoll, pcap, listeners. */
#define OTHER_FILES 64
#define FILES_PER_FLOW 2
/* A spliced flow has two pipes as well. */
#define FILES_PER_FLOW_MOST 6

/* libslirp takes 128 KiB for a flow and makes it larger.  What comes from the heap is copied then, 30
 * page faults a connection, and a heap that such pieces come and go in does not shrink (NL-26). */
#define MMAP_FROM (64 * 1024)

/* Where there is no room for a new flow, it is looked at so often whether some can be made. */
#define ROOM_MS 1000

/* The same warning comes at most so often. */
#define WARN_MS 60000

/* While it drains it looks this often whether there is something left.  What the kernel of the container
 * still has of a connection may come in its own time; without one all is there that will be. */
#define DRAIN_LOOK_MS 5

void worker_warn(struct worker *w, const char *fmt, ...)
{
    struct link_packet p = { .kind = LINK_WARN };
    struct err ignored;
    va_list args;

    va_start(args, fmt);
    vsnprintf(p.line, sizeof p.line, fmt, args);
    va_end(args);
    link_send(w->o->link, &p, -1, &ignored);
}

unsigned worker_flows(const struct worker *w)
{
    return (w->engine ? engine_flows(w->engine) : 0) + (w->dns ? dns_flows(w->dns) : 0) +
           splice_flows(w->splice);
}

/* ---- frames ------------------------------------------------------------------------------- */

static void to_guest(void *of, const void *frame, size_t n)
{
    struct worker *w = of;

    guest_send(w->guest, frame, n);
}

/* From libslirp, which has something to say of itself, even before there is a tap.  The scrubber may
 * take back what it changed: in the packet itself, which libslirp made for this call and forgets after
 * it. */
static void from_engine(void *of, const void *frame, size_t n)
{
    struct worker *w = of;
    struct frame f = { .data = (unsigned char *)(uintptr_t)frame, .n = n, .max = n };

    if (!w->guest)
        return;
    scrub_out(w->scrub, &f);
    guest_send(w->guest, f.data, f.n);
}

static void make_room(struct worker *w)
{
    uint32_t rest;

    if (!w->engine || w->ev.now_ms < w->room_ms)
        return;
    w->room_ms = w->ev.now_ms + ROOM_MS;
    engine_sweep(w->engine, (uint32_t)net_half_closed_ms(w->o->net, true));
    rest = scrub_udp_rest(w->scrub, w->ev.now_ms);
    if (rest)
        engine_close_datagrams(w->engine, rest);
}

static void from_guest(void *of, struct frame *f)
{
    struct worker *w = of;
    struct frame reply = { .data = w->reply, .max = sizeof w->reply };
    uint64_t over = w->counters.v[COUNT_drop_limit];
    enum verdict verdict;

    scrub_set_flows(w->scrub, worker_flows(w), w->engine ? engine_datagrams(w->engine) : 0);
    verdict = scrub_in(w->scrub, f, &reply, w->ev.now_ms);
    if (w->counters.v[COUNT_drop_limit] != over)
        make_room(w);
    switch (verdict) {
    case SCRUB_PASS:
        if (w->engine)
            engine_input(w->engine, f->data, f->n);
        break;
    case SCRUB_REPLY:
        guest_send(w->guest, reply.data, reply.n);
        break;
    case SCRUB_DNS:
        if (w->dns)
            dns_query(w->dns, f);
        break;
    case SCRUB_DROP:
    case SCRUB_HELD:
        break;
    }
}

static void to_pcap(void *of, const void *frame, size_t n)
{
    pcap_frame(of, frame, n);
}

/* ---- start -------------------------------------------------------------------------------- */

/* Each flow needs descriptors; where the limit is low there are fewer flows (NL-21). */
static int fit_flows(struct worker *w, struct err *e)
{
    struct net *net = w->o->net;
    struct rlimit limit;
    rlim_t most;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return err_set(e, errno, "limit of descriptors");
    if (limit.rlim_max < OTHER_FILES + FILES_PER_FLOW)
        return err_set(e, 0, "limit of %llu descriptors is too low (RLIMIT_NOFILE)",
                       (unsigned long long)limit.rlim_max);
    most = (limit.rlim_max - OTHER_FILES) / FILES_PER_FLOW;
    if (net->flows_max > most) {
        worker_warn(w, "at most %llu flows instead of %u: RLIMIT_NOFILE is %llu",
                    (unsigned long long)most, net->flows_max, (unsigned long long)limit.rlim_max);
        net->flows_max = (unsigned)most;
    }
    most = (rlim_t)net->flows_max * FILES_PER_FLOW_MOST + OTHER_FILES;
    if (most > limit.rlim_max)
        most = limit.rlim_max;
    return os_set_rlimit(0, RLIMIT_NOFILE, most, most, e);
}

/* Writes to a peer that is gone, or behind the limit of a file, are errors and no reason to end. */
static int set_up_process(struct worker *w, struct err *e)
{
    const struct sigaction ignore = { .sa_handler = SIG_IGN };

    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL);
#ifdef M_MMAP_THRESHOLD
    mallopt(M_MMAP_THRESHOLD, MMAP_FROM);
#endif
    return fit_flows(w, e);
}

int worker_take_tap(struct worker *w, int own_fd, struct err *e)
{
    w->tap = own_fd;
    TRY(guest_open(&w->guest, &w->ev, w->o->net, &w->counters, w->tap, from_guest, w, e));
    if (w->o->pcap >= 0)
        guest_tee(w->guest, to_pcap, &w->pcap);
    return 0;
}

static int open_parts(struct worker *w, struct err *e)
{
    const struct worker_options *o = w->o;
    const struct engine_owner owner = {
        .send = from_engine,
        .of = w,
        .outbound4 = o->outbound4,
        .outbound6 = o->outbound6,
    };

    TRY(events_open(&w->ev, e));
    w->scrub = scrub_new(o->net, &w->counters);
    if (!w->scrub)
        return err_set(e, ENOMEM, "scrubber");
    TRY(splice_open(&w->splice, &w->ev, o->net, &w->counters, w->mint, e));
    TRY(worker_link_open(w, e));
    if (o->tap < 0 && !o->tap_later)
        return 0;
    if (o->pcap >= 0)
        TRY(pcap_open(&w->pcap, o->pcap, o->pcap_max, o->pcap_snap, e));
    if (o->tap >= 0)
        TRY(worker_take_tap(w, o->tap, e));
    if (o->no_engine)
        return 0;
    TRY(engine_open(&w->engine, &w->ev, o->net, &owner, e));
    if (!engine_echoes_v6())
        scrub_refuse_echo_v6(w->scrub);
    for (size_t i = 0; i < o->first_n; i++)
        TRY(worker_publish(w, &o->first[i], e));
    return o->net->internal ? 0 : dns_open(&w->dns, &w->ev, o->net, &w->counters, to_guest, w, e);
}

static int go_to_jail(struct worker *w, struct err *e)
{
    struct jail jail = {
        .flows_max = w->o->net->flows_max,
        .file_max = w->o->pcap >= 0 ? w->pcap.left + FRAME_MAX : 0,
    };
    const char *lacks = NULL;

    if (w->o->no_jail)
        return 0;
    TRY(jail_enter(&jail, &lacks, e));
    TRY(jail_close(&jail, e));
    if (lacks)
        worker_warn(w, "%s", lacks);
    return 0;
}

/* ---- loop --------------------------------------------------------------------------------- */

/* Has everything gone out that the container sent before it ended? */
static bool drained(struct worker *w, uint64_t frames_before)
{
    bool quiet = w->counters.v[COUNT_frames_in] == frames_before;

    if (w->ev.now_ms >= w->stop_at)
        return true;
    return splice_drain(w->splice) && quiet && !(w->engine && engine_writing(w->engine));
}

static int at_most(int ms, int most)
{
    return ms < 0 || ms > most ? most : ms;
}

static void tell_full(struct worker *w)
{
    if (!w->engine || !engine_full(w->engine) ||
        (w->full_ms && w->ev.now_ms - w->full_ms < WARN_MS))
        return;
    w->full_ms = w->ev.now_ms;
    worker_warn(w, "the container does not read: 64 MiB wait for it, and no more is taken");
}

static int turn(struct worker *w, struct err *e)
{
    int most_ms = w->engine ? engine_before(w->engine) : -1;
    const char *warning;

    if (w->stopping)
        most_ms = at_most(most_ms, worker_flows(w) ? DRAIN_LOOK_MS : 0);
    TRY(events_round(&w->ev, most_ms, e));
    if (w->engine)
        engine_after(w->engine);
    while ((warning = scrub_warning(w->scrub)) || (warning = splice_warning(w->splice)))
        worker_warn(w, "%s", warning);
    tell_full(w);
    if (w->guest && guest_gone(w->guest) && !w->stopping)
        return err_set(e, 0, "tap is gone, and the container's network with it");
    return worker_look_for_spin(w, e);
}

static int work(struct worker *w, struct err *e)
{
    while (!w->keeper_gone) {
        uint64_t frames = w->counters.v[COUNT_frames_in];
        bool stopping = w->stopping;

        TRY(turn(w, e));
        if (stopping && drained(w, frames))
            return 0;
    }
    return 0;
}

static int run(struct worker *w, struct err *e)
{
    const struct link_packet ready = { .kind = LINK_READY };

    TRY(set_up_process(w, e));
    TRY(open_parts(w, e));
    TRY(go_to_jail(w, e));
    TRY(link_send(w->o->link, &ready, -1, e));
    return work(w, e);
}

/* What is closed in order reaches its peer in order: the end of a stream, not a reset. */
static void close_parts(struct worker *w)
{
    if (w->dns)
        dns_close(w->dns);
    engine_close(w->engine);
    splice_close(w->splice);
    guest_close(w->guest);
    scrub_free(w->scrub);
    events_close(&w->ev);
}

/* Standard streams may be a terminal of the user's. */
static void let_go_of_files(const struct worker_options *o)
{
    const int keep[] = { o->tap, o->link, o->mint, o->pcap };

    os_close_except(3, keep, COUNT_OF(keep));
    if (!o->no_jail) {
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);

        for (int i = 0; null >= 0 && i < 3; i++)
            dup2(null, i);
        if (null > 2)
            close(null);
    }
}

void worker_main(const struct worker_options *o)
{
    struct worker *w = calloc(1, sizeof *w);
    struct link_packet failed = { .kind = LINK_FAILED };
    struct err ignored;

    if (!w)
        _exit(1);
    w->o = o;
    w->mint = o->mint;
    w->tap = -1;
    w->ev.epoll = -1;
    let_go_of_files(o);
    if (os_die_with_parent(&failed.error) == 0 && run(w, &failed.error) == 0) {
        close_parts(w);
        _exit(0);
    }
    link_send(o->link, &failed, -1, &ignored);
    _exit(1);
}
