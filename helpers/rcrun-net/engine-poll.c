#include "engine-poll.h"

#include <netinet/tcp.h>
#include <slirp/libslirp.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/clean.h"

/* Enough for 65536 flows with two descriptors each. */
#define SLOTS_MAX (1u << 18)

/* A peer of the host that vanished is noticed after 20 minutes. */
#define KEEP_IDLE 300
#define KEEP_TIMES 3

/* tcp_states of the kernel; <netinet/tcp.h> has them under the same names as <linux/tcp.h>. */
static bool half_closed(unsigned state)
{
    return state == TCP_FIN_WAIT2 || state == TCP_CLOSE_WAIT;
}

int engine_poll_open(struct engine_poll *p, struct events *ev, struct err *e)
{
    struct rlimit limit;

    *p = (struct engine_poll){ .ev = ev, .turn = 1, .reads = UINT32_MAX };
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return err_set(e, errno, "limit of descriptors");
    p->max = limit.rlim_cur < SLOTS_MAX ? (unsigned)limit.rlim_cur : SLOTS_MAX;
    /* Pages that no descriptor reaches stay untouched. */
    p->slots = calloc(p->max, sizeof *p->slots);
    p->asked = calloc(p->max, sizeof *p->asked);
    p->asked_last = calloc(p->max, sizeof *p->asked_last);
    if (!p->slots || !p->asked || !p->asked_last)
        return err_set(e, ENOMEM, "table of %u descriptors", p->max);
    return 0;
}

void engine_poll_close(struct engine_poll *p)
{
    for (unsigned i = 0; i < p->asked_n; i++)
        events_forget(p->ev, &p->slots[p->asked[i]].watch);
    free(p->slots);
    free(p->asked);
    free(p->asked_last);
    *p = (struct engine_poll){ 0 };
}

static void note_ready(struct watch *w, uint32_t events)
{
    struct engine_slot *slot = w->of;

    slot->ready |= events;
    slot->poll->ready++;
}

static struct engine_slot *slot_of(struct engine_poll *p, int fd)
{
    return fd >= 0 && (unsigned)fd < p->max ? &p->slots[fd] : NULL;
}

/* Nothing of what was known of the number holds for its next descriptor. */
static void renew(struct engine_poll *p, struct engine_slot *slot, int fd)
{
    events_forget(p->ev, &slot->watch);
    p->streams -= slot->stream;
    *slot = (struct engine_slot){
        .watch = { .fd = fd, .ready = note_ready, .of = slot },
        .poll = p,
        .turn = slot->turn,
        .open = slot->open,
    };
}

/* Says whether it is a stream. */
static bool keep_alive(int fd)
{
    const int on = 1, idle = KEEP_IDLE, times = KEEP_TIMES;

    /* Of no use for datagrams, which refuse the second. */
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    if (setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle) < 0)
        return false;
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &idle, sizeof idle);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &times, sizeof times);
    return true;
}

void engine_poll_register(struct engine_poll *p, int fd)
{
    struct engine_slot *slot = slot_of(p, fd);

    if (!slot)
        return;
    renew(p, slot, fd);
    p->open += !slot->open;
    slot->open = true;
    slot->stream = keep_alive(fd);
    p->streams += slot->stream;
}

void engine_poll_unregister(struct engine_poll *p, int fd)
{
    struct engine_slot *slot = slot_of(p, fd);

    if (!slot)
        return;
    renew(p, slot, fd);
    p->open -= slot->open;
    slot->open = false;
}

/* ---- turns -------------------------------------------------------------------------------- */

void engine_poll_begin(struct engine_poll *p)
{
    int *last = p->asked_last;

    p->asked_last = p->asked;
    p->asked_last_n = p->asked_n;
    p->asked = last;
    p->asked_n = 0;
    p->full = p->open > p->reading ? p->open - p->reading : 0;
    p->writing = p->again = p->reading = 0;
    p->turn++;
}

/* By itself, since room for an error is cleared by the compiler: that took more than all the rest of a turn. */
static __attribute__((noinline)) void watch_for(struct engine_poll *p, struct engine_slot *slot,
                                                uint32_t mask)
{
    struct err ignored;

    events_watch(p->ev, &slot->watch, mask, &ignored);
}

int engine_poll_add(struct engine_poll *p, int fd, int events)
{
    struct engine_slot *slot = slot_of(p, fd);
    uint32_t mask = 0;

    if (!slot || slot->turn == p->turn)
        return -1;
    /* Not every way to a socket tells of it. */
    if (!slot->open)
        engine_poll_register(p, fd);
    if (events & SLIRP_POLL_IN) {
        mask |= EPOLLIN;
        p->reading++;
    }
    if (events & SLIRP_POLL_OUT) {
        mask |= EPOLLOUT;
        p->writing++;
    }
    if (events & SLIRP_POLL_PRI)
        mask |= EPOLLPRI;
    if (slot->stream && p->reads == 0)
        mask &= ~(uint32_t)(EPOLLIN | EPOLLPRI);
    p->again += slot->turn + 1 == p->turn;
    slot->turn = p->turn;
    p->asked[p->asked_n++] = fd;
    if (!slot->dead && mask != slot->watch.mask)
        watch_for(p, slot, mask);
    return fd;
}

/* Who is not asked for this time must not wake us: a hang-up would, again and again. */
void engine_poll_end(struct engine_poll *p)
{
    if (p->again == p->asked_last_n)
        return;
    for (unsigned i = 0; i < p->asked_last_n; i++) {
        struct engine_slot *slot = &p->slots[p->asked_last[i]];

        if (slot->turn != p->turn) {
            events_forget(p->ev, &slot->watch);
            slot->ready = 0;
        }
    }
}

/* What is not read now the kernel tells again. */
static void may_read(struct engine_poll *p, struct engine_slot *slot)
{
    if (p->reads == 0)
        slot->ready &= ~(uint32_t)(EPOLLIN | EPOLLPRI);
    else if (p->reads != UINT32_MAX)
        p->reads--;
}

int engine_poll_ready(struct engine_poll *p, int index)
{
    struct engine_slot *slot = slot_of(p, index);
    int events = 0;

    if (!slot)
        return 0;
    if (slot->dead)
        slot->ready = EPOLLIN | EPOLLHUP;
    else if (slot->stream && slot->ready & EPOLLIN)
        may_read(p, slot);
    if (slot->ready & EPOLLIN)
        events |= SLIRP_POLL_IN;
    if (slot->ready & EPOLLOUT)
        events |= SLIRP_POLL_OUT;
    if (slot->ready & EPOLLPRI)
        events |= SLIRP_POLL_PRI;
    if (slot->ready & EPOLLERR)
        events |= SLIRP_POLL_ERR;
    if (slot->ready & EPOLLHUP)
        events |= SLIRP_POLL_HUP;
    slot->ready = 0;
    return events;
}

bool engine_poll_any(struct engine_poll *p)
{
    bool any = p->ready > 0;

    p->ready = 0;
    return any;
}

/* ---- resets ------------------------------------------------------------------------------- */

/* A TCP socket that is connected to nobody has sent a reset to its peer; libslirp reads an error from it and
 * resets its own side.  Datagrams cannot be told: they are left alone until libslirp drops them. */
static void reset(struct engine_poll *p, struct engine_slot *slot)
{
    const struct sockaddr nobody = { .sa_family = AF_UNSPEC };

    events_forget(p->ev, &slot->watch);
    connect(slot->watch.fd, &nobody, sizeof nobody);
    slot->dead = true;
    p->ready++;
}

void engine_poll_sweep(struct engine_poll *p, uint32_t idle_ms)
{
    for (unsigned i = 0; i < p->asked_n; i++) {
        struct engine_slot *slot = &p->slots[p->asked[i]];
        struct tcp_info info;
        socklen_t n = sizeof info;

        if (getsockopt(p->asked[i], IPPROTO_TCP, TCP_INFO, &info, &n) < 0)
            continue;
        if (half_closed(info.tcpi_state) && info.tcpi_last_data_sent >= idle_ms &&
            info.tcpi_last_data_recv >= idle_ms)
            reset(p, slot);
    }
}

bool engine_poll_has(const struct engine_poll *p, const struct ip *ip, uint16_t port)
{
    for (unsigned i = 0; i < p->max; i++) {
        struct sockaddr_storage address;
        socklen_t n = sizeof address;
        struct ip own;
        uint16_t own_port;

        if (p->slots[i].open && getsockname((int)i, (struct sockaddr *)&address, &n) == 0 &&
            ip_from_sockaddr(&address, &own, &own_port) && own_port == port && ip_equal(&own, ip))
            return true;
    }
    return false;
}

bool engine_poll_reset(struct engine_poll *p, const struct watch *w)
{
    struct engine_slot *slot = slot_of(p, w->fd);

    if (!slot || w != &slot->watch)
        return false;
    reset(p, slot);
    return true;
}
