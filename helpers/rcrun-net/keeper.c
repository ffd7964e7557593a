#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api.h"
#include "automatic.h"
#include "base/clean.h"
#include "base/fd.h"
#include "base/log.h"
#include "control.h"
#include "enter.h"
#include "keeper-parts.h"
#include "os/cred.h"
#include "outbound.h"
#include "ports.h"

/* ---- what ends it -------------------------------------------------------------------------- */

static void on_end(struct watch *w, uint32_t events)
{
    struct keeper *k = w->of;

    (void)events;
    events_forget(&k->ev, w);
    worker_stop(k);
}

static void on_signal(struct watch *w, uint32_t events)
{
    struct keeper *k = w->of;
    struct signalfd_siginfo info;

    (void)events;
    if (read(w->fd, &info, sizeof info) != (ssize_t)sizeof info)
        return;
    /* Who asks twice does not want to wait. */
    if (k->stopping)
        k->end = true;
    else
        worker_stop(k);
}

static void on_give_up(struct timer *t)
{
    struct keeper *k = t->of;

    k->end = true;
}

static int watch_end(struct keeper *k, struct watch *w, int fd,
                     void (*ready)(struct watch *w, uint32_t events), struct err *e)
{
    *w = (struct watch){ .fd = fd, .ready = ready, .of = k };
    return fd < 0 ? 0 : events_watch(&k->ev, w, EPOLLIN, e);
}

static int watch_signals(struct keeper *k, struct err *e)
{
    const struct sigaction ignore = { .sa_handler = SIG_IGN };
    sigset_t set;
    int fd;

    sigaction(SIGPIPE, &ignore, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return err_set(e, errno, "signal mask");
    fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        return err_set(e, errno, "signalfd");
    return watch_end(k, &k->signals, fd, on_signal, e);
}

/* ---- before the container is there --------------------------------------------------------- */

static void on_resolvers(void *of, const struct resolv *resolvers)
{
    struct keeper *k = of;

    k->resolvers = *resolvers;
    worker_tell_resolvers(k);
}

static int open_resolvers(struct keeper *k, struct err *e)
{
    const struct net_options *o = k->o;

    if (o->no_dns || o->net.internal)
        return 0;
    k->resolvers = o->dns;
    return o->dns.n ? 0 : follow_open(&k->follow, &k->ev, o->resolv_conf, &o->dns_fallback,
                                      on_resolvers, k, e);
}

static int open_control(struct keeper *k, struct err *e)
{
    if (k->o->control >= 0)
        TRY(clients_open(&k->control, &k->ev, k->o->control, false, control_answer, k, e));
    if (k->o->api) {
        int fd;

        TRY(ports_bind_path(k->o->api, &fd, e));
        k->api_bound = true;
        TRY(clients_open(&k->api, &k->ev, fd, true, api_answer, k, e));
    }
    return 0;
}

static int open_pcap(struct keeper *k, struct err *e)
{
    k->pcap = k->o->pcap_fd;
    if (!k->o->pcap)
        return 0;
    /* O_NONBLOCK: a FIFO of this name would hang us. */
    k->pcap = open(k->o->pcap,
                   O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                   0600);
    return k->pcap < 0 ? err_set(e, errno, "%s", k->o->pcap) : 0;
}

static int prepare(struct keeper *k, struct err *e)
{
    const struct net_options *o = k->o;

    k->ports = calloc(PUBLISH_PORTS_MAX, sizeof *k->ports);
    if (!k->ports)
        return err_set(e, ENOMEM, "published ports");
    /* It executes nothing, whatever comes over the socket of the worker. */
    TRY(os_no_new_privs(e));
    TRY(watch_signals(k, e));
    TRY(outbound_find(o, &k->outbound4, &k->outbound6, e));
    TRY(open_pcap(k, e));
    for (size_t i = 0; i < o->publish.n; i++)
        TRY(ports_bind(k, &o->publish.v[i], e));
    return 0;
}

/* ---- once it is ---------------------------------------------------------------------------- */

static int enter(struct keeper *k, struct err *e)
{
    struct entered in;
    int pidfd;

    TRY(k->o->launcher >= 0 ? enter_receive(k->o->launcher, &in, e) : enter_make(k->o, &in, e));
    k->tap = in.tap;
    k->tap_maker = in.child;
    k->net_ns = in.net;
    memcpy(k->device, in.device, sizeof k->device);
    pidfd = in.pidfd;
    /* The worker took for granted what almost every kernel has. */
    if (in.tap >= 0 && in.offload != k->net.offload) {
        k->net.offload = in.offload;
        worker_kill(k);
        TRY(worker_fork(k, false, e));
    }
    /* Who gave us a descriptor to end at means that and nothing else: the namespace may outlive the
     * process by which it was named. */
    if (k->o->exit_fd >= 0)
        clean_fd(&pidfd);
    return watch_end(k, &k->container, pidfd, on_end, e);
}

static int tell_ready(struct keeper *k, struct err *e)
{
    int ready = k->o->ready, launcher = k->o->launcher;

    /* The first worker is there and the container has not begun: nobody has to look into us. */
    prctl(PR_SET_DUMPABLE, 0);
    if (ready >= 0)
        TRY(fd_write(ready, "1", 1, e));
    clean_fd(&ready);
    if (launcher >= 0 && fd_send(launcher, "1", 1, -1, e) < 0) {
        /* It has given up, and tells why itself. */
        if (e->num == EPIPE || e->num == ECONNRESET)
            err_clear(e);
        return -1;
    }
    k->ready = true;
    return 0;
}

/* Not the caller's shell job, nor what its end takes along; and nobody must wait for the end of what we
 * inherited, but of standard error where that is the log. */
static int be_alone(const struct net_options *o, struct err *e)
{
    int last = o->log >= 0 && log_fd() < 0 ? STDOUT_FILENO : STDERR_FILENO;
    OWN_FD null = -1;

    if (o->launcher < 0)
        return 0;
    setsid();
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0)
        return err_set(e, errno, "/dev/null");
    for (int fd = 0; fd <= last; fd++)
        if (dup2(null, fd) < 0)
            return err_set(e, errno, "/dev/null");
    return 0;
}

static int let_go_of_code(struct dl_phdr_info *object, size_t n, void *of)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

    (void)n;
    (void)of;
    for (unsigned i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        uintptr_t from = (object->dlpi_addr + part->p_vaddr) & ~(page - 1);

        if (part->p_type == PT_LOAD && !(part->p_flags & PF_W))
            madvise((void *)from, object->dlpi_addr + part->p_vaddr + part->p_memsz - from,
                    MADV_DONTNEED);
    }
    return 0;
}

/* From now on it mostly sleeps.  What the linker and the start have read of the libraries, most of which
 * only the worker needs, comes back from the page cache where it is wanted after all. */
static void rest(struct keeper *k)
{
    while (k->tap_maker && waitpid(k->tap_maker, NULL, 0) < 0 && errno == EINTR)
        continue;
    k->tap_maker = 0;
    dl_iterate_phdr(let_go_of_code, NULL);
}

static int serve(struct keeper *k, struct err *e)
{
    k->net.offload = true;
    TRY(worker_fork(k, true, e));
    /* While it makes itself ready, which takes longest. */
    TRY(open_resolvers(k, e));
    TRY(open_control(k, e));
    TRY(enter(k, e));
    TRY(worker_need_mint(k, e));
    TRY(worker_begin(k, e));
    if (k->o->publish_auto)
        automatic_start(k);
    TRY(watch_end(k, &k->exit, k->o->exit_fd, on_end, e));
    TRY(tell_ready(k, e));
    rest(k);
    while (!k->end)
        TRY(events_round(&k->ev, -1, e));
    return 0;
}

static void clean_up(struct keeper *k)
{
    worker_kill(k);
    clients_close(&k->control);
    clients_close(&k->api);
    if (k->api_bound)
        unlink(k->o->api);
    follow_close(k->follow);
    if (k->ports)
        ports_close(k);
    events_close(&k->ev);
    /* Who started us waits for the ports to be free.  The end of the device, which comes with ours,
     * takes the kernel longer than all else, and nobody has to wait for it. */
    if (k->o->launcher >= 0)
        close(k->o->launcher);
}

void keeper_tell_failure(int launcher, struct err *e)
{
    char text[sizeof e->text + sizeof e->hint + 1];
    struct err unused;

    snprintf(text, sizeof text, "%s%s%s", e->text, e->hint[0] ? "\n" : "", e->hint);
    /* It says so in its own words, and once is enough. */
    if (launcher >= 0 && fd_send(launcher, text, strlen(text), -1, &unused) == 0)
        err_clear(e);
}

int keeper_run(const struct net_options *o, struct err *e)
{
    struct keeper k = {
        .o = o,
        .net = o->net,
        .tap = -1,
        .net_ns = -1,
        .link = -1,
        .pcap = -1,
        .mint_sock = -1,
        .ev.epoll = -1,
        .mint_ended.fd = -1,
        .give_up.fire = on_give_up,
    };
    int status;

    k.give_up.of = &k;
    status = be_alone(o, e);
    if (status == 0)
        status = events_open(&k.ev, e);
    if (status == 0)
        status = prepare(&k, e);
    if (status == 0)
        status = serve(&k, e);
    if (status < 0 && e->text[0] && !k.ready)
        keeper_tell_failure(o->launcher, e);
    clean_up(&k);
    return status;
}
