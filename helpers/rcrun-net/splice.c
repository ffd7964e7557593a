#include "splice.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "base/clean.h"
#include "splice-parts.h"

#define WARN_MS 60000
#define PAUSE_MS 1000
#define SWEEP_MS 10000

void splice_warn(struct splice *s, const char *line)
{
    if (s->warned_ms && s->ev->now_ms - s->warned_ms < WARN_MS)
        return;
    s->warned_ms = s->ev->now_ms;
    s->warning = line;
}

const char *splice_warning(struct splice *s)
{
    const char *line = s->warning;

    s->warning = NULL;
    return line;
}

/* ---- which listeners accept ---------------------------------------------------------------- */

void splice_watch_port(struct port *p)
{
    struct splice *s = p->s;
    bool on = !s->full && !s->draining && !p->waits;
    struct err ignored = { 0 };

    /* Where there is no memory for it, the next turn tries again. */
    events_watch(s->ev, &p->watch, on ? EPOLLIN : 0, &ignored);
}

static void watch_ports(struct splice *s)
{
    for (struct ring *r = s->ports.next; r != &s->ports; r = r->next) {
        struct port *p = RING_MEMBER(r, struct port, ring);

        if (!p->closed)
            splice_watch_port(p);
    }
}

void splice_ports_go(struct splice *s)
{
    for (struct ring *r = s->ports.next; r != &s->ports; r = r->next) {
        struct port *p = RING_MEMBER(r, struct port, ring);

        p->waits = p->waits && mint_lacks(s, &p->l);
    }
    watch_ports(s);
}

static void resume(struct splice *s)
{
    if (!s->full)
        return;
    s->full = false;
    watch_ports(s);
}

void splice_later(struct splice *s)
{
    if (!s->again.at_ms)
        events_timer(s->ev, &s->again, s->ev->now_ms + PAUSE_MS);
}

void splice_pause(struct splice *s)
{
    s->full = true;
    /* Until some have ended, or others have let go of what they had. */
    s->resume = s->flows_n * 9 / 10;
    splice_later(s);
    watch_ports(s);
}

void splice_no_descriptors(struct splice *s)
{
    splice_warn(s, "published ports: no more descriptors, connections wait");
    splice_pause(s);
}

static void later(struct timer *t)
{
    struct splice *s = t->of;

    for (struct ring *r = s->ports.next; r != &s->ports; r = r->next) {
        const struct port *p = RING_MEMBER(r, struct port, ring);

        if (p->waits && !p->closed)
            mint_ask(s, p->l.to.family);
    }
    if (s->flows_n < s->flows_max)
        resume(s);
    splice_turn(s);
}

static void drop_port(struct port *p)
{
    ring_remove(&p->ring);
    free(p);
}

void splice_flow_gone(struct port *p)
{
    struct splice *s = p->s;

    s->flows_n--;
    p->count.flows--;
    if (p->closed && p->count.flows == 0)
        drop_port(p);
    if (s->full && s->flows_n <= s->resume)
        resume(s);
}

/* ---- time ------------------------------------------------------------------------------------- */

static void sweep(struct timer *t)
{
    struct splice *s = t->of;
    int shortest = s->connect_ms < s->half_closed_ms ? s->connect_ms : s->half_closed_ms;
    int every = shortest / 2 < SWEEP_MS ? shortest / 2 + 1 : SWEEP_MS;

    for (struct ring *r = s->flows.next, *next; r != &s->flows; r = next) {
        next = r->next;
        flow_late(RING_MEMBER(r, struct flow, all), s->ev->now_ms);
    }
    events_timer(s->ev, t, s->ev->now_ms + every);
}

void splice_set_patience(struct splice *s, int connect_ms, int half_closed_ms)
{
    s->connect_ms = connect_ms;
    s->half_closed_ms = half_closed_ms;
    sweep(&s->sweep);
}

static void woken(struct watch *w, uint32_t events)
{
    (void)events;
    splice_turn(w->of);
}

/* ---- opened and closed ----------------------------------------------------------------------- */

int splice_open(struct splice **out, struct events *ev, const struct net *net,
                struct counters *counters, int mint, struct err *e)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    struct splice *s = calloc(1, sizeof *s);

    if (!s)
        return err_set(e, ENOMEM, "published ports");
    s->ev = ev;
    s->net = net;
    s->counters = counters;
    s->mint.fd = -1;
    s->flows_max = net->flows_max > 1 ? net->flows_max / 2 : 1;
    ring_init(&s->ports);
    ring_init(&s->flows);
    ring_init(&s->ready);
    s->again = (struct timer){ .fire = later, .of = s };
    s->sweep = (struct timer){ .fire = sweep, .of = s };
    s->wake = (struct watch){ .fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), .ready = woken, .of = s };
    if (s->wake.fd < 0)
        err_set(e, errno, "eventfd");
    if (s->wake.fd < 0 || events_watch(ev, &s->wake, EPOLLIN | EPOLLET, e) < 0) {
        splice_close(s);
        return -1;
    }
    sigaction(SIGPIPE, &ignore, NULL);
    splice_set_patience(s, 20000, net_half_closed_ms(net, false));
    splice_set_mint(s, mint);
    *out = s;
    return 0;
}

static void close_port(struct port *p)
{
    p->closed = true;
    /* The keeper has it open too. */
    events_forget(p->s->ev, &p->watch);
    clean_fd(&p->watch.fd);
    if (p->count.flows == 0)
        drop_port(p);
}

void splice_close(struct splice *s)
{
    if (!s)
        return;
    s->draining = true;
    while (!ring_empty(&s->flows))
        flow_end(RING_MEMBER(s->flows.next, struct flow, all), true);
    while (!ring_empty(&s->ports))
        close_port(RING_MEMBER(s->ports.next, struct port, ring));
    events_untimer(s->ev, &s->again);
    events_untimer(s->ev, &s->sweep);
    events_forget(s->ev, &s->wake);
    clean_fd(&s->wake.fd);
    events_forget(s->ev, &s->mint);
    mint_pool_close(s);
    pipe_pool_close(s);
    free(s);
}

void splice_set_mint(struct splice *s, int mint)
{
    struct err ignored = { 0 };

    events_forget(s->ev, &s->mint);
    s->mint = (struct watch){ .fd = mint, .ready = mint_answer, .of = s };
    s->minted4.asked = s->minted6.asked = false;
    if (mint < 0)
        return;
    events_watch(s->ev, &s->mint, EPOLLIN, &ignored);
    /* Those that are there already are as good. */
    for (struct ring *r = s->ports.next; r != &s->ports; r = r->next)
        mint_ask(s, RING_MEMBER(r, struct port, ring)->l.to.family);
}

/* ---- listeners --------------------------------------------------------------------------------- */

void splice_admit(struct splice *s, bool (*admits)(void *of, const struct ip *ip, uint16_t port), void *of)
{
    s->admits = admits;
    s->admits_of = of;
}

static struct port *find(const struct splice *s, uint32_t number)
{
    for (struct ring *r = s->ports.next; r != &s->ports; r = r->next) {
        struct port *p = RING_MEMBER(r, struct port, ring);

        if (p->l.number == number && !p->closed)
            return p;
    }
    return NULL;
}

int splice_set_options(int fd, struct err *e)
{
    static const struct { int level, name, value; } options[] = {
        { IPPROTO_TCP, TCP_NODELAY, 1 },     { SOL_SOCKET, SO_KEEPALIVE, 1 },
        { IPPROTO_TCP, TCP_KEEPIDLE, 300 },  { IPPROTO_TCP, TCP_KEEPINTVL, 300 },
        { IPPROTO_TCP, TCP_KEEPCNT, 3 },     { IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_MAX },
    };

    for (size_t i = 0; i < COUNT_OF(options); i++)
        if (setsockopt(fd, options[i].level, options[i].name, &options[i].value,
                       sizeof options[i].value) < 0)
            return err_set(e, errno, "option %d", options[i].name);
    return 0;
}

/* What a listener has, its connections have: no call for each. */
static int prepare(const struct listener *l, int fd, struct err *e)
{
    if (l->host.family && splice_set_options(fd, e) < 0)
        return err_ctx(e, "listener");
    if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
        return err_set(e, errno, "listener");
    return 0;
}

int splice_listen(struct splice *s, const struct listener *l, int own_fd, struct err *e)
{
    OWN_FD fd = own_fd;
    struct port *p;

    if (l->udp || (l->to.family != AF_INET && l->to.family != AF_INET6))
        return err_set(e, EINVAL, "listener %u", l->number);
    TRY(prepare(l, fd, e));
    p = calloc(1, sizeof *p);
    if (!p)
        return err_set(e, ENOMEM, "listener %u", l->number);
    p->s = s;
    p->l = *l;
    p->watch = (struct watch){ .fd = fd, .ready = splice_accept, .of = p };
    if (!s->full && !s->draining && events_watch(s->ev, &p->watch, EPOLLIN, e) < 0) {
        free(p);
        return -1;
    }
    give_fd(&fd);
    ring_add(&s->ports, &p->ring);
    if (!l->outside)
        mint_ask(s, l->to.family);
    return 0;
}

void splice_unlisten(struct splice *s, uint32_t number)
{
    struct port *p = find(s, number);

    if (p)
        close_port(p);
}

unsigned splice_flows(const struct splice *s)
{
    return s->flows_n;
}

void splice_count(const struct splice *s, uint32_t number, struct listener_count *out)
{
    const struct port *p = find(s, number);

    *out = p ? p->count : (struct listener_count){ 0 };
}

bool splice_drain(struct splice *s)
{
    if (!s->draining) {
        s->draining = true;
        watch_ports(s);
    }
    return s->flows_n == 0;
}
