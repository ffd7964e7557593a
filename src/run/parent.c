/* run/parent.c
 * Runs in:  the launcher, in the caller's namespaces.    Power: the caller's.
 * Must not: enter the container, or open a path in it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "os/limit.h"
#include "os/ns.h"
#include "os/seal.h"
#include "os/seccomp.h"
#include "run/wire.h"

DO(seal)
{
    (void)s;
    if (r->plan->sealed)
        return 0;
    /* Else the copy would not have what --preserve-fds keeps. */
    for (int fd = 3; fd < 3 + (int)r->plan->preserve_fds; fd++)
        TRY(fd_keep(fd, e));
    if (u->how == SEAL_OVERLAY) {
        (void)os_seal_overlay(r->argv, e);
        /* Still here: the folder of rcrun cannot be a layer, for one because something else
         * is mounted in it.  Only the kernel knows beforehand. */
        log_debug("%s; a copy in memory instead", e->text);
        err_clear(e);
    }
    return os_seal_memfd(r->argv, e);
}

DO(watch_signals)
{
    sigset_t set;

    (void)s;
    (void)u;
    /* From here on they queue, so that none is lost before there is somebody to give it to.
     * Those that a fault of our own raises must keep their effect. */
    sigfillset(&set);
    sigdelset(&set, SIGSEGV);
    sigdelset(&set, SIGBUS);
    sigdelset(&set, SIGILL);
    sigdelset(&set, SIGFPE);
    sigdelset(&set, SIGABRT);
    sigdelset(&set, SIGTRAP);
    sigdelset(&set, SIGSYS);
    /* Children are watched by pidfd. */
    sigdelset(&set, SIGCHLD);
    if (sigprocmask(SIG_SETMASK, &set, &r->signals_before) < 0)
        return err_set(e, errno, "block signals");
    r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (r->signals < 0)
        return err_set(e, errno, "signalfd");
    return 0;
}

static int open_wire(struct run *r, enum process who, struct err *e)
{
    int pair[2];

    TRY(fd_pair(pair, e));
    r->wire[who] = pair[0];
    r->peer_end[who] = pair[1];
    return 0;
}

/* The child's view of the registers: only its own end of its own wire. */
static void become_child(struct run *r, enum process who)
{
    r->me = who;
    log_process(process_names[who]);
    clean_fd(&r->wire[SETUP]);
    clean_fd(&r->wire[INIT]);
    r->wire[PARENT] = give_fd(&r->peer_end[who]);
    /* Not ours; close-on-exec does for it. */
    r->signals = r->net = r->net_control = -1;
}

DO(spawn)
{
    enum process who = u->who;

    (void)s;
    TRY(open_wire(r, INIT, e));
    if (who == SETUP)
        TRY(open_wire(r, SETUP, e));
    TRY(os_clone(u->create, false, &r->pid[who], &r->pidfd[who], e));
    if (r->pid[who] == 0) {
        become_child(r, who);
        return 0;
    }
    clean_fd(&r->peer_end[SETUP]);
    clean_fd(&r->peer_end[INIT]);
    return 0;
}

/* The other way round: the one that was called is init, and a child of it is the parent, until the
 * maps are there. */
DO(step_aside)
{
    pid_t caller = getpid();
    pid_t pid;

    (void)s;
    (void)u;
    TRY(open_wire(r, INIT, e));
    TRY(os_clone(0, false, &pid, NULL, e));
    if (pid > 0) {
        become_child(r, INIT);
        r->aside = pid;
        r->called = INIT;
        return 0;
    }
    r->called = INIT;
    r->pid[INIT] = caller;
    clean_fd(&r->peer_end[INIT]);
    return 0;
}

DO(compile_filter)
{
    (void)s;
    return os_compile_filter(u->rules, u->cache, r->filter, e);
}

DO(raise_limit)
{
    (void)s;
    return os_set_rlimit(r->pid[INIT] ? r->pid[INIT] : r->pid[SETUP], u->resource,
                         (uint64_t)u->soft, (uint64_t)u->hard, e);
}

DO(write_pid_file)
{
    char text[16];
    int n = snprintf(text, sizeof text, "%d", (int)r->pid[INIT]);

    (void)s;
    return file_replace(u->path, text, (size_t)n, 0644, e);
}

DO(reap_setup)
{
    int status;

    (void)s;
    (void)u;
    while (waitpid(r->pid[SETUP], &status, 0) < 0)
        if (errno != EINTR)
            return err_set(e, errno, "wait for setup");
    r->pid[SETUP] = 0;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return err_set(e, 0, "setup ended with status 0x%x", (unsigned)status);
    return 0;
}

DO(await_exec)
{
    (void)s;
    (void)u;
    return wire_await_exec(r, e);
}
