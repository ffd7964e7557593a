#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/fd.h"
#include "rcrun-net/worker-parts.h"
#include "tap.h"

/* The loop of a worker without a network, and two descriptors in it that are always ready. */
static struct worker worker;
static struct worker_options options;
static struct watch idle, busy;
static struct err e;
static bool works;
static int keeper = -1;

static void does_nothing(struct watch *w, uint32_t events)
{
    (void)w;
    (void)events;
}

static void does_something(struct watch *w, uint32_t events)
{
    (void)w;
    (void)events;
    if (works)
        COUNT(&worker.counters, frames_out);
}

static void begin(bool work)
{
    int link[2];

    works = work;
    fd_pair(link, &e);
    keeper = link[1];
    options.link = link[0];
    worker = (struct worker){ .o = &options, .tap = -1 };
    events_open(&worker.ev, &e);
    idle = (struct watch){ .fd = eventfd(1, EFD_CLOEXEC), .ready = does_nothing };
    busy = (struct watch){ .fd = eventfd(0, EFD_CLOEXEC), .ready = does_something };
    events_watch(&worker.ev, &idle, EPOLLIN, &e);
    events_watch(&worker.ev, &busy, EPOLLIN, &e);
}

static void end(void)
{
    events_forget(&worker.ev, &idle);
    events_forget(&worker.ev, &busy);
    clean_fd(&idle.fd);
    clean_fd(&busy.fd);
    clean_fd(&keeper);
    clean_fd(&options.link);
    events_close(&worker.ev);
}

/* Rounds until so many ms are over, or one fails. */
static int rounds(int ms)
{
    int64_t until = worker.ev.now_ms + ms;

    while (worker.ev.now_ms < until) {
        TRY(events_round(&worker.ev, 50, &e));
        TRY(worker_look_for_spin(&worker, &e));
    }
    return 0;
}

TEST(what_is_ready_for_nothing_is_watched_no_longer)
{
    struct link_packet p;

    begin(false);
    EQ_INT(rounds(500), 0);
    EQ_INT(idle.mask, 0);
    EQ_INT(busy.mask, EPOLLIN);
    EQ_INT(worker.counters.v[COUNT_spins], 1);
    NEED(link_receive(keeper, &p, NULL, &e) == 1);
    EQ_INT(p.kind, LINK_WARN);
    end();
}

TEST(what_is_ready_for_something_stays)
{
    begin(true);
    eventfd_write(busy.fd, 1);
    EQ_INT(rounds(500), 0);
    EQ_INT(idle.mask, EPOLLIN);
    EQ_INT(busy.mask, EPOLLIN);
    EQ_INT(worker.counters.v[COUNT_spins], 0);
    end();
}

TEST(the_tap_is_no_connection_to_reset)
{
    begin(false);
    worker.tap = idle.fd;
    EQ_INT(rounds(500), -1);
    EQ_STR(e.text, "tap is always ready, for nothing");
    end();
}
