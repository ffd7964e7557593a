#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clean.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/signals.h"
#include "keeper-parts.h"
#include "mint.h"
#include "os/ns.h"
#include "os/process.h"
#include "ports.h"
#include "worker.h"

/* A worker that does not answer so long is none. */
#define PATIENCE_S 5

/* A successor, and so a new mint, comes at most so often. */
#define AGAIN_MS 60000

static void on_worker(struct watch *w, uint32_t events);
static void on_again(struct timer *t);

/* ---- its life ------------------------------------------------------------------------------ */

/* Why it ended; it is gone after that. */
static void reap(struct keeper *k)
{
    int status = 0;

    if (!k->worker)
        return;
    /* It has let go of the link, but what that is worth only its end tells.  One that ends of itself
     * keeps its status. */
    kill(k->worker, SIGKILL);
    while (waitpid(k->worker, &status, 0) < 0 && errno == EINTR)
        continue;
    k->worker = 0;
    if (k->reason[0])
        return; /* it said so itself */
    if (WIFSIGNALED(status))
        snprintf(k->reason, sizeof k->reason, "was killed by signal %d", WTERMSIG(status));
    else
        snprintf(k->reason, sizeof k->reason, "ended by itself with status %d",
                 WEXITSTATUS(status));
}

static void let_go(struct keeper *k)
{
    events_forget(&k->ev, &k->worker_says);
    clean_fd(&k->link);
    reap(k);
}

void worker_kill(struct keeper *k)
{
    let_go(k);
    events_untimer(&k->ev, &k->again);
    events_untimer(&k->ev, &k->mint_again);
    child_kill(&k->mint);
    events_forget(&k->ev, &k->mint_ended);
    clean_fd(&k->mint_ended.fd);
    clean_fd(&k->mint_sock);
}

/* Who has power over the container's network may delete the device: then no successor has another. */
static bool is_tap_gone(const struct keeper *k)
{
    struct ifreq ignored;

    return k->tap >= 0 && ioctl(k->tap, TUNGETIFF, &ignored) < 0;
}

static void lost(struct keeper *k)
{
    int64_t at;

    let_go(k);
    if (k->stopping) {
        k->end = true;
        return;
    }
    if (!k->o->restart || is_tap_gone(k)) {
        log_warn("the network is down: its worker %s", k->reason);
        return;
    }
    at = k->restarted_ms ? k->restarted_ms + AGAIN_MS : k->ev.now_ms;
    if (at > k->ev.now_ms)
        log_warn("the network is down for %lld s: its worker %s",
                 (long long)(at - k->ev.now_ms + 999) / 1000, k->reason);
    else
        log_warn("the network starts anew: its worker %s", k->reason);
    k->again.fire = on_again;
    k->again.of = k;
    events_timer(&k->ev, &k->again, at);
}

static void on_again(struct timer *t)
{
    struct keeper *k = t->of;
    struct err e = { 0 };

    k->restarted_ms = k->ev.now_ms;
    k->restarts++;
    if (worker_fork(k, false, &e) == 0 && worker_begin(k, &e) == 0)
        return;
    snprintf(k->reason, sizeof k->reason, "failed: %.500s", e.text);
    lost(k);
}

/* ---- what it says -------------------------------------------------------------------------- */

/* One packet that is no answer.  False: it is gone, or as good as. */
static bool hear(struct keeper *k, struct link_packet *p)
{
    struct err e = { 0 };
    int got = link_receive(k->link, p, NULL, &e);

    if (got == 1 && p->kind == LINK_WARN)
        log_warn("%s", p->line);
    if (got == 1 && p->kind == LINK_FAILED)
        snprintf(k->reason, sizeof k->reason, "failed: %.500s", p->error.text);
    if (got < 0)
        snprintf(k->reason, sizeof k->reason, "does not answer: %.400s", e.text);
    return got == 1;
}

static void on_worker(struct watch *w, uint32_t events)
{
    struct keeper *k = w->of;
    struct link_packet p;

    (void)events;
    if (!hear(k, &p))
        lost(k);
}

/* The answer of this kind and number, warnings before it heard. */
static bool await(struct keeper *k, enum link_kind kind, uint32_t number, struct link_packet *p)
{
    while (hear(k, p) && p->kind != LINK_FAILED)
        if (p->kind == kind && p->number == number)
            return true;
    return false;
}

/* Asks and waits.  It may die meanwhile, or has to: the watch of the link sees that. */
static int ask(struct keeper *k, const struct link_packet *question, int fd, enum link_kind kind,
               uint32_t number, struct link_packet *answer, struct err *e)
{
    if (k->link < 0)
        return err_set(e, 0, "the network is down: %s", k->reason);
    TRY(link_send(k->link, question, fd, e));
    if (await(k, kind, number, answer))
        return 0;
    kill(k->worker, SIGKILL);
    return err_set(e, 0, "the worker of rcrun-net gives no answer");
}

int worker_listen(struct keeper *k, const struct port *port, struct err *e)
{
    struct link_packet p = { .kind = LINK_LISTEN, .number = port->l.number, .listener = port->l };
    struct link_packet done;

    if (k->link < 0)
        return 0; /* its successor is told of all */
    if (port->l.source == SOURCE_AUTO && !k->mint_kept)
        p.listener.source = SOURCE_GATEWAY;
    TRY(ask(k, &p, port->fd, LINK_DONE, port->l.number, &done, e));
    if (!done.error.text[0])
        return 0;
    *e = done.error;
    return -1;
}

int worker_unlisten(struct keeper *k, uint32_t number, struct err *e)
{
    struct link_packet p = { .kind = LINK_UNLISTEN, .number = number }, done;

    return k->link < 0 ? 0 : ask(k, &p, -1, LINK_DONE, number, &done, e);
}

bool worker_counters(struct keeper *k, struct counters *out, unsigned *flows)
{
    struct link_packet p = { .kind = LINK_ASK }, answer;
    struct err ignored;

    if (ask(k, &p, -1, LINK_COUNTERS, 0, &answer, &ignored) < 0)
        return false;
    *out = answer.counters;
    *flows = answer.flows;
    return true;
}

bool worker_count(struct keeper *k, uint32_t number, struct listener_count *out)
{
    struct link_packet p = { .kind = LINK_ASK, .number = number }, answer;
    struct err ignored;

    if (ask(k, &p, -1, LINK_COUNT, number, &answer, &ignored) < 0)
        return false;
    *out = answer.count;
    return true;
}

void worker_tell_resolvers(struct keeper *k)
{
    struct link_packet p = { .kind = LINK_RESOLVERS };
    struct err ignored;

    if (k->link < 0)
        return;
    p.resolvers.port = k->resolvers.port ? k->resolvers.port : 53;
    for (size_t i = 0; i < k->resolvers.n; i++)
        p.resolvers.servers[p.resolvers.n++] = k->resolvers.servers[i];
    link_send(k->link, &p, -1, &ignored);
}

void worker_stop(struct keeper *k)
{
    struct link_packet p = { .kind = LINK_STOP, .number = k->o->drain_ms };
    struct err ignored;

    k->stopping = true;
    if (k->link < 0 || link_send(k->link, &p, -1, &ignored) < 0)
        k->end = true;
    else
        events_timer(&k->ev, &k->give_up, k->ev.now_ms + k->o->drain_ms + 100);
}

/* ---- the mint ------------------------------------------------------------------------------ */

/* The user namespace of a network namespace; -1 = ours, or above it. */
static int owner_of(int net)
{
    struct stat own, other;
    OWN_FD user = ioctl(net, NS_GET_USERNS);

    if (user >= 0 && stat("/proc/self/ns/user", &own) == 0 && fstat(user, &other) == 0 &&
        own.st_dev == other.st_dev && own.st_ino == other.st_ino)
        return -1;
    return give_fd(&user);
}

static void tell_mint(struct keeper *k)
{
    struct link_packet p = { .kind = LINK_MINT };
    struct err ignored;

    if (k->link >= 0)
        link_send(k->link, &p, k->mint_sock, &ignored);
}

static void on_mint_ended(struct watch *w, uint32_t events);

static int start_mint(struct keeper *k, struct err *e)
{
    OWN_FD net = k->net_ns >= 0 ? fcntl(k->net_ns, F_DUPFD_CLOEXEC, 3) : ioctl(k->tap, SIOCGSKNS);
    OWN_FD user = -1;
    int pidfd;

    if (net < 0)
        return err_set(e, errno, "network namespace of the container");
    user = owner_of(net);
    TRY(mint_start(net, user, true, &k->mint, &k->mint_sock, &k->mint_kept, e));
    TRY(os_pidfd_open(k->mint, &pidfd, e));
    k->mint_ended = (struct watch){ .fd = pidfd, .ready = on_mint_ended, .of = k };
    return events_watch(&k->ev, &k->mint_ended, EPOLLIN, e);
}

static void on_mint_again(struct timer *t)
{
    struct keeper *k = t->of;
    struct err e = { 0 };

    k->mint_restarted_ms = k->ev.now_ms;
    if (start_mint(k, &e) == 0)
        tell_mint(k);
    else
        log_warn("published ports take no more connections: %s", e.text);
}

static void on_mint_ended(struct watch *w, uint32_t events)
{
    struct keeper *k = w->of;
    int64_t at = k->mint_restarted_ms ? k->mint_restarted_ms + AGAIN_MS : k->ev.now_ms;

    (void)events;
    events_forget(&k->ev, w);
    clean_fd(&w->fd);
    child_kill(&k->mint);
    clean_fd(&k->mint_sock);
    if (k->stopping)
        return;
    if (at > k->ev.now_ms)
        log_warn("published ports take no more connections for %lld s: the mint of rcrun-net died",
                 (long long)(at - k->ev.now_ms + 999) / 1000);
    k->mint_again.fire = on_mint_again;
    k->mint_again.of = k;
    events_timer(&k->ev, &k->mint_again, at);
}

static bool is_wanted(const struct keeper *k, bool *keep)
{
    bool wanted = k->o->publish_auto;

    *keep = false;
    for (size_t i = 0; i < k->ports_n; i++) {
        wanted |= k->ports[i].l.way == WAY_SPLICE;
        *keep |= k->ports[i].l.source == SOURCE_KEEP;
    }
    return wanted;
}

int worker_need_mint(struct keeper *k, struct err *e)
{
    bool keep;

    if (!is_wanted(k, &keep))
        return 0;
    if (!k->mint && !k->mint_failed) {
        if (start_mint(k, e) == 0) {
            tell_mint(k);
        } else {
            log_warn("published ports are led by libslirp: %s", e->text);
            err_clear(e);
            k->mint_failed = true;
            ports_without_mint(k);
        }
    }
    if (keep && !k->mint_kept)
        return err_set(e, 0, "source=keep: the addresses of clients cannot be kept here");
    return 0;
}

/* ---- its start ----------------------------------------------------------------------------- */

/* An internal network has libslirp for answers to UDP alone (PF-09). */
static bool wants_engine(const struct keeper *k)
{
    bool wants = !k->net.internal;

    for (size_t i = 0; i < k->ports_n; i++)
        wants |= k->ports[i].l.way == WAY_ENGINE;
    return wants;
}

/* For a process that does nothing else: it is never freed. */
static size_t ports_of_engine(const struct keeper *k, const struct listener **out)
{
    struct listener *v = calloc(k->ports_n + 1, sizeof *v);
    size_t n = 0;

    for (size_t i = 0; v && i < k->ports_n; i++)
        if (k->ports[i].l.way == WAY_ENGINE)
            v[n++] = k->ports[i].l;
    *out = v;
    return n;
}

static _Noreturn void be_worker(struct keeper *k, int link)
{
    struct worker_options o = {
        .net = &k->net,
        .tap = k->tap,
        .tap_later = k->early,
        .link = link,
        .mint = k->mint_sock,
        .pcap = k->pcap,
        .pcap_max = k->o->pcap_max,
        .pcap_snap = k->o->pcap_snap,
        .outbound4 = k->outbound4,
        .outbound6 = k->outbound6,
        .no_engine = !wants_engine(k),
        .no_jail = k->o->no_jail,
    };

    o.first_n = ports_of_engine(k, &o.first);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* Its own files of /proc are the jail's to write; that closes this again. */
    prctl(PR_SET_DUMPABLE, 1);
    signals_reset(UINT64_C(1) << (SIGPIPE - 1));
    worker_main(&o);
}

int worker_fork(struct keeper *k, bool early, struct err *e)
{
    const struct timeval patience = { .tv_sec = PATIENCE_S };
    int pair[2];
    OWN_FD ours = -1, theirs = -1;
    pid_t pid;

    TRY(fd_pair(pair, e));
    ours = pair[0];
    theirs = pair[1];
    if (setsockopt(ours, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0 ||
        setsockopt(ours, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0)
        return err_set(e, errno, "socket to the worker");
    k->early = early;
    k->reason[0] = '\0';
    TRY(os_clone(0, false, &pid, NULL, e));
    if (pid == 0) {
        clean_fd(&ours);
        be_worker(k, theirs);
    }
    k->worker = pid;
    k->link = give_fd(&ours);
    return 0;
}

static void note_start(struct keeper *k)
{
    OWN_TEXT now = { 0 };

    text_add_time(&now);
    snprintf(k->started, sizeof k->started, "%s", now.s);
}

/* It takes that up when it is in its loop, which is told first. */
static int give_tap(struct keeper *k, struct err *e)
{
    const struct link_packet p = { .kind = LINK_TAP };

    return k->early && k->tap >= 0 ? link_send(k->link, &p, k->tap, e) : 0;
}

static int hear_of_tap(struct keeper *k, struct err *e)
{
    struct link_packet done;

    if (!k->early || k->tap < 0)
        return 0;
    if (!await(k, LINK_DONE, 0, &done))
        return err_set(e, 0, "the worker of rcrun-net gives no answer");
    if (!done.error.text[0])
        return 0;
    *e = done.error;
    return -1;
}

int worker_begin(struct keeper *k, struct err *e)
{
    struct link_packet p = { .kind = LINK_READY };
    struct err unsent;

    /* Who is not there to take it says so, or nothing. */
    give_tap(k, &unsent);
    if (!await(k, LINK_READY, 0, &p)) {
        if (p.kind == LINK_FAILED)
            *e = p.error;
        let_go(k);
        return e->text[0] ? -1 : err_set(e, 0, "the worker of rcrun-net %s", k->reason);
    }
    note_start(k);
    k->worker_says = (struct watch){ .fd = k->link, .ready = on_worker, .of = k };
    TRY(events_watch(&k->ev, &k->worker_says, EPOLLIN, e));
    TRY(hear_of_tap(k, e));
    worker_tell_resolvers(k);
    for (size_t i = 0; i < k->ports_n; i++)
        TRY(worker_listen(k, &k->ports[i], e));
    return 0;
}
