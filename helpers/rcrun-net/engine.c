#include "engine.h"

#include <errno.h>
#include <netinet/in.h>
#include <slirp/libslirp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/text.h"
#include "closing.h"
#include "engine-poll.h"
#include "window.h"

/* Inside, where TCP segments of this size need no cutting: the kernel of the container does that. */
#define MTU_OFFLOAD 65520

/* From this libslirp takes the length of TCP segments, at most 32 KiB, and that of its buffers: 128 KiB, and
 * then more where that is no multiple of segments.  Here it is, with IPv4.  To enlarge a buffer is to copy
 * what lies in the heap where it was made: 132 KiB of memory for a connection without any data. */
#define MRU_OFFLOAD (32768 + 40)

#define SWEEP_MS 60000

/* After so long libslirp closes a socket for datagrams. */
#define DATAGRAMS_S 240

/* What libslirp may hold for a container that does not read: of all connections, of one, and of one that it
 * still asks to be read; and how often that is looked at when there are many (NL-24). */
#define HELD_MAX (64u << 20)
#define HELD_FLOW (128u << 10)
#define HELD_ASKED (64u << 10)
#define HELD_MS 100

/* So old may its time be when a frame comes. */
#define CLOCK_MS 10

/* Of windows, in one round. */
#define PROBES 8

struct engine {
    Slirp *slirp;
    struct engine_owner owner;
    struct engine_poll poll;
    struct events *ev;
    struct timer sweep;
    int half_closed_ms;
    struct windows windows;
    struct closings closings;
    int64_t held_ms; /* when it was looked how much is held; 0 = there are few */
    bool full;       /* no more is taken */
    bool written; /* in this round a socket that was full has taken bytes */
    bool touched; /* since the round began, by a frame or by us */
    int64_t due_ms; /* when time asks for something */
    int64_t ahead_ns; /* of the time that libslirp has */
    int64_t looked_ms; /* when it looked at its clock */
    struct sockaddr_storage outbound4, outbound6;
};

/* ---- versions ----------------------------------------------------------------------------- */

/* "4.7.0" as 40700; 0 for what is no version.  What follows the third number does not count. */
static unsigned version_number(const char *s)
{
    unsigned version = 0;

    for (int i = 0; i < 3; i++) {
        unsigned part = 0;

        if (*s < '0' || *s > '9')
            return 0;
        for (; *s >= '0' && *s <= '9'; s++)
            part = part < 10 ? part * 10 + (unsigned)(*s - '0') : 99;
        version = version * 100 + part;
        if (i < 2 && *s++ != '.')
            return 0;
    }
    return version;
}

const char *engine_version(void)
{
    return slirp_version_string();
}

const char *engine_lacks(void)
{
    static const struct {
        unsigned before;
        const char *text;
    } known[] = {
        { 40700, "it is too old: 4.7 is needed, and there is no network with it" },
        { 40902, "CVE-2026-9539: an urgent pointer makes it send its memory; pointers are cleared in "
               "front of it, unless a distribution has mended it\n"
               "a TFTP session is used after it was freed; packets to TFTP are dropped in front of it\n"
               "the end of its list of segments is taken for one; held by the jail" },
    };
    unsigned version = version_number(engine_version());

    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (version < known[i].before)
            return known[i].text;
    return NULL;
}

bool engine_echoes_v6(void)
{
    return version_number(engine_version()) >= 40800;
}

/* The library that runs may be older than the header: it refuses a version that it does not know. */
static int config_version(uint32_t *out, struct err *e)
{
    unsigned version = version_number(engine_version());
    uint32_t most = version >= 40900 ? 6 : version >= 40800 ? 5 : 4;

    if (version < 40700) {
        err_set(e, 0, "libslirp %s is too old: 4.7 is needed, and rcrun-net was built with %s",
                engine_version(), SLIRP_VERSION_STRING);
        return err_hint(e, "update libslirp0");
    }
    *out = most < SLIRP_CONFIG_VERSION_MAX ? most : SLIRP_CONFIG_VERSION_MAX;
    return 0;
}

/* ---- what libslirp calls ------------------------------------------------------------------ */

static ssize_t on_send(const void *frame, size_t n, void *of)
{
    struct engine *g = of;

    window_output(&g->windows, frame, n);
    closing_output(&g->closings, frame, n);
    g->owner.send(g->owner.of, frame, n);
    return (ssize_t)n;
}

/* What the container does wrong is its own affair; the text would be in its hands, too. */
static void on_guest_error(const char *text, void *of)
{
    (void)text;
    (void)of;
}

static int64_t on_clock(void *of)
{
    const struct engine *g = of;
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec + g->ahead_ns;
}

/* The only timer there is sends router advertisements that nobody asked for.  Addresses of the
 * container are set by us, so it never fires. */
static void *on_timer_new(SlirpTimerId id, void *what, void *of)
{
    (void)id;
    (void)what;
    return of;
}

static void on_timer_free(void *timer, void *of)
{
    (void)timer;
    (void)of;
}

static void on_timer_mod(void *timer, int64_t at_ms, void *of)
{
    (void)timer;
    (void)at_ms;
    (void)of;
}

static void on_register(int fd, void *of)
{
    engine_poll_register(&((struct engine *)of)->poll, fd);
}

static void on_unregister(int fd, void *of)
{
    engine_poll_unregister(&((struct engine *)of)->poll, fd);
}

static int on_add_poll(int fd, int events, void *of)
{
    return engine_poll_add(&((struct engine *)of)->poll, fd, events);
}

static int on_ready(int index, void *of)
{
    struct engine *g = of;
    int events = engine_poll_ready(&g->poll, index);

    g->written |= events & SLIRP_POLL_OUT;
    return events;
}

/* Sockets are looked at after every round anyway. */
static void on_notify(void *of)
{
    (void)of;
}

static const SlirpCb callbacks = {
    .send_packet = on_send,
    .guest_error = on_guest_error,
    .clock_get_ns = on_clock,
    .timer_new_opaque = on_timer_new,
    .timer_free = on_timer_free,
    .timer_mod = on_timer_mod,
    .register_poll_fd = on_register,
    .unregister_poll_fd = on_unregister,
#if SLIRP_CONFIG_VERSION_MAX >= 6
    .register_poll_socket = on_register,
    .unregister_poll_socket = on_unregister,
#endif
    .notify = on_notify,
};

/* The last number of each line of TCP. */
static size_t held_for_container(struct engine *g)
{
    char *text = slirp_connection_info(g->slirp);
    size_t sum = 0;

    for (char *line = text, *end; line && (end = strchr(line, '\n')) != NULL; line = end + 1) {
        const char *last;
        uint64_t n;

        *end = '\0';
        last = strrchr(line, ' ');
        if (last && strncmp(line, "  TCP[", 6) == 0 && text_u64(last + 1, &n))
            sum += n;
    }
    free(text);
    return sum;
}

/* All could have so much. */
static size_t at_most_held(const struct engine *g)
{
    const struct engine_poll *p = &g->poll;
    size_t asked = p->streams > p->full ? p->streams - p->full : 0;

    return p->full * (size_t)HELD_FLOW + asked * HELD_ASKED;
}

/* Of few connections there can be no more than is allowed. */
static void limit_reads(struct engine *g)
{
    size_t held = at_most_held(g);

    if (held + HELD_FLOW <= HELD_MAX) {
        g->held_ms = 0;
    } else {
        /* Connections that are still made count as without room, and hold nothing: then those that may
         * be read are used up sooner. */
        if (g->held_ms && g->ev->now_ms - g->held_ms < HELD_MS && (g->full || g->poll.reads > 0))
            return;
        g->held_ms = g->ev->now_ms;
        held = held_for_container(g);
    }
    g->full = HELD_MAX - held < HELD_FLOW || held > HELD_MAX;
    g->poll.reads = g->full ? 0 : (unsigned)((HELD_MAX - held) / HELD_FLOW);
}

/* What it wants to know of its sockets, and how soon it wants to be asked again. */
static uint32_t fill(struct engine *g)
{
    uint32_t ms = UINT32_MAX;

    engine_poll_begin(&g->poll);
    limit_reads(g);
#if SLIRP_CONFIG_VERSION_MAX >= 6
    slirp_pollfds_fill_socket(g->slirp, &ms, on_add_poll, g);
#else
    slirp_pollfds_fill(g->slirp, &ms, on_add_poll, g);
#endif
    engine_poll_end(&g->poll);
    return ms;
}

/* ---- life --------------------------------------------------------------------------------- */

/* An address that is not ours would fail each connection later, without a word. */
static int try_outbound(const struct ip *ip, struct sockaddr_storage *out, struct err *e)
{
    char text[IP_TEXT_MAX];
    socklen_t n = ip_sockaddr(ip, 0, out);
    OWN_FD fd = socket(ip->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return err_set(e, errno, "outbound address %s", ip_text(ip, text));
    if (bind(fd, (struct sockaddr *)out, n) < 0)
        return err_set(e, errno, "outbound address %s", ip_text(ip, text));
    return 0;
}

static struct in_addr netmask(unsigned bits)
{
    return (struct in_addr){ htonl(bits ? ~UINT32_C(0) << (32 - bits) : 0) };
}

static void fill_config(const struct net *net, SlirpConfig *c)
{
    c->disable_host_loopback = !net->host_loopback;
    c->disable_dns = true;
    c->disable_dhcp = true;
    c->if_mtu = net->offload ? MTU_OFFLOAD : net->mtu;
    c->if_mru = net->offload ? MRU_OFFLOAD : net->mtu;
    if (net->v4.on) {
        c->in_enabled = true;
        c->vnetmask = netmask(net->v4.prefix.bits);
        c->vnetwork.s_addr = net->v4.prefix.ip.v4.s_addr & c->vnetmask.s_addr;
        c->vhost = net->v4.gateway.v4;
        c->vdhcp_start = net->v4.guest.v4;
        c->vnameserver = net->v4.dns.v4;
    }
    if (net->v6.on) {
        c->in6_enabled = true;
        c->vprefix_addr6 = net->v6.prefix.ip.v6;
        c->vprefix_len = (uint8_t)net->v6.prefix.bits;
        c->vhost6 = net->v6.gateway.v6;
        c->vnameserver6 = net->v6.dns.v6;
    }
}

void engine_sweep(struct engine *g, uint32_t idle_ms)
{
    g->touched = true;
    engine_poll_sweep(&g->poll, idle_ms);
}

/* It can only be told that it is late already.  Timers of TCP count how often they are looked at, and so
 * go on by two halves of a second. */
void engine_close_datagrams(struct engine *g, uint32_t idle_s)
{
    g->ahead_ns = (DATAGRAMS_S - (int64_t)idle_s) * INT64_C(1000000000);
    slirp_pollfds_poll(g->slirp, 1, on_ready, g);
    fill(g);
    g->ahead_ns = 0;
    slirp_pollfds_poll(g->slirp, 1, on_ready, g);
    g->touched = true;
}

static int sweep_ms(const struct engine *g)
{
    return g->half_closed_ms / 2 < SWEEP_MS ? g->half_closed_ms / 2 : SWEEP_MS;
}

static void sweep(struct timer *t)
{
    struct engine *g = t->of;

    engine_sweep(g, (uint32_t)g->half_closed_ms);
    events_timer(g->ev, t, g->ev->now_ms + sweep_ms(g));
}

static int start(struct engine *g, const struct net *net, struct err *e)
{
    SlirpConfig config = { 0 };

    TRY(config_version(&config.version, e));
    TRY(engine_poll_open(&g->poll, g->ev, e));
    fill_config(net, &config);
    if (g->owner.outbound4.family) {
        TRY(try_outbound(&g->owner.outbound4, &g->outbound4, e));
        config.outbound_addr = (struct sockaddr_in *)&g->outbound4;
    }
    if (g->owner.outbound6.family) {
        TRY(try_outbound(&g->owner.outbound6, &g->outbound6, e));
        config.outbound_addr6 = (struct sockaddr_in6 *)&g->outbound6;
    }
    g->slirp = slirp_new(&config, &callbacks, g);
    if (!g->slirp)
        return err_set(e, 0, "libslirp %s refuses its settings (rcrun-net was built with %s)",
                       engine_version(), SLIRP_VERSION_STRING);
    g->touched = true;
    g->looked_ms = -CLOCK_MS - 1;
    g->sweep = (struct timer){ .fire = sweep, .of = g };
    events_timer(g->ev, &g->sweep, g->ev->now_ms + sweep_ms(g));
    return 0;
}

int engine_open(struct engine **out, struct events *ev, const struct net *net,
                const struct engine_owner *owner, struct err *e)
{
    struct engine *g = calloc(1, sizeof *g);

    if (!g)
        return err_set(e, ENOMEM, "engine");
    g->owner = *owner;
    g->ev = ev;
    g->half_closed_ms = net_half_closed_ms(net, false);
    if (start(g, net, e) < 0) {
        engine_close(g);
        return -1;
    }
    *out = g;
    return 0;
}

void engine_close(struct engine *g)
{
    if (!g)
        return;
    events_untimer(g->ev, &g->sweep);
    if (g->slirp)
        slirp_cleanup(g->slirp);
    engine_poll_close(&g->poll);
    free(g);
}

/* ---- work --------------------------------------------------------------------------------- */

/* It does what time asks for, and goes past its list of sockets as after a poll(2) that failed. */
static void look_at_clock(struct engine *g)
{
    g->looked_ms = g->ev->now_ms;
    slirp_pollfds_poll(g->slirp, 1, on_ready, g);
}

void engine_input(struct engine *g, const void *frame, size_t n)
{
    /* By an old time, from before a rest, a new socket for datagrams would be old as well. */
    if (g->ev->now_ms - g->looked_ms > CLOCK_MS)
        look_at_clock(g);
    g->touched = true;
    window_input(&g->windows, frame, n);
    closing_input(&g->closings, frame, n);
    slirp_input(g->slirp, frame, (int)n);
    closing_input_end(&g->closings);
    window_input_end(&g->windows);
}

/* As long as anything waits for the host it may be of such a connection. */
static void end_closed(struct engine *g)
{
    struct closed c;

    while (g->poll.writing == 0 && closing_reset(&g->closings, &c)) {
        slirp_input(g->slirp, c.reset, (int)c.n);
        g->touched = true;
    }
}

/* A few at a time: where many readers have stopped, one that has not is found in some rounds. */
static void ask_for_windows(struct engine *g)
{
    struct window w;

    for (unsigned i = g->windows.n < PROBES ? g->windows.n : PROBES;
         i > 0 && window_probe(&g->windows, &w); i--)
        slirp_input(g->slirp, w.probe, (int)w.n);
}

/* Rounds that are only of others, as of published ports, are many: nothing can have changed then. */
static bool rests(const struct engine *g)
{
    return !g->touched && g->ev->now_ms < g->due_ms;
}

static int until_due(const struct engine *g)
{
    int64_t left = g->due_ms - g->ev->now_ms;

    return g->due_ms == INT64_MAX ? -1 : left < 1 ? 1 : left > INT32_MAX ? INT32_MAX : (int)left;
}

int engine_before(struct engine *g)
{
    uint32_t ms;

    if (rests(g))
        return until_due(g);
    g->touched = false;
    ms = fill(g);
    end_closed(g);
    if (g->full && ms > HELD_MS)
        ms = HELD_MS;
    g->due_ms = ms > INT32_MAX ? INT64_MAX : g->ev->now_ms + (ms < 1 ? 1 : ms);
    return until_due(g);
}

void engine_after(struct engine *g)
{
    bool any = engine_poll_any(&g->poll);

    if (!any && rests(g))
        return;
    g->touched = true;
    g->written = false;
    g->looked_ms = g->ev->now_ms;
    slirp_pollfds_poll(g->slirp, !any, on_ready, g);
    if (g->written)
        ask_for_windows(g);
}

unsigned engine_flows(const struct engine *g)
{
    return g->poll.open;
}

unsigned engine_datagrams(const struct engine *g)
{
    return g->poll.open - g->poll.streams;
}

bool engine_writing(const struct engine *g)
{
    return g->poll.writing > 0;
}

bool engine_full(const struct engine *g)
{
    return g->full;
}

bool engine_reset(struct engine *g, const struct watch *w)
{
    g->touched = true;
    return engine_poll_reset(&g->poll, w);
}

bool engine_has(const struct engine *g, const struct ip *ip, uint16_t port)
{
    return engine_poll_has(&g->poll, ip, port);
}

/* ---- published ports ---------------------------------------------------------------------- */

static int forward_flags(bool udp, const struct ip *host)
{
    return (udp ? SLIRP_HOSTFWD_UDP : 0) |
           (host->family == AF_INET6 ? SLIRP_HOSTFWD_V6ONLY : 0);
}

static int forward_error(bool udp, const struct ip *host, uint16_t port, struct err *e)
{
    char text[IP_TEXT_MAX];
    int num = errno;

    ip_text(host, text);
    return err_set(e, num, host->family == AF_INET6 ? "port [%s]:%u/%s" : "port %s:%u/%s", text,
                   (unsigned)port, udp ? "udp" : "tcp");
}

int engine_publish(struct engine *g, bool udp, const struct ip *host, uint16_t host_port,
                   const struct ip *guest, uint16_t guest_port, struct err *e)
{
    struct sockaddr_storage from, to;
    socklen_t from_n = ip_sockaddr(host, host_port, &from);
    socklen_t to_n = ip_sockaddr(guest, guest_port, &to);

    errno = 0;
    g->touched = true;
    if (slirp_add_hostxfwd(g->slirp, (struct sockaddr *)&from, from_n, (struct sockaddr *)&to, to_n,
                           forward_flags(udp, host)) < 0)
        return forward_error(udp, host, host_port, e);
    return 0;
}

int engine_unpublish(struct engine *g, bool udp, const struct ip *host, uint16_t host_port,
                     struct err *e)
{
    struct sockaddr_storage from;
    socklen_t n = ip_sockaddr(host, host_port, &from);

    errno = 0;
    g->touched = true;
    if (slirp_remove_hostxfwd(g->slirp, (struct sockaddr *)&from, n, forward_flags(udp, host)) < 0)
        return forward_error(udp, host, host_port, e);
    return 0;
}
