/* run/parent-guard.c
 * Runs in:  the launcher, and the guard, a child of it that outlives a SIGKILL of the launcher.
 * Power:    the caller's.
 * Must:     end init when the launcher is gone, and do what is left to be done after it.
 *
 * Init asks the kernel for a signal at its parent's death, but that setting is lost when a program
 * changes its ids (su(1) as the first process), and a program can take it back.  The guard changes
 * nothing, so for it the setting holds. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/fd.h"
#include "base/log.h"
#include "os/cred.h"
#include "os/ns.h"
#include "os/process.h"
#include "os/seccomp.h"
#include "run/run.h"

/* All signals are blocked here as in the launcher, so the one that is awaited queues. */
static _Noreturn void stand_guard(struct run *r, const struct step_guard *u, pid_t launcher)
{
    const int keep[] = { r->pidfd[INIT], r->entry.dir, log_fd(), r->fuse.pidfd };
    struct pollfd init = { .fd = r->pidfd[INIT], .events = POLLIN };

    /* A program that ends before that shall not pay for a filter that it has no use for. */
    static const struct timespec while_it_starts = { .tv_sec = 1 };
    sigset_t death;
    siginfo_t info;
    struct err ignored;

    sigemptyset(&death);
    sigaddset(&death, SIGHUP);
    if (os_signal_at_death(SIGHUP, &ignored) < 0)
        _exit(1);
    /* It must not keep a pipe open that somebody waits for the end of. */
    os_close_except(0, keep, COUNT_OF(keep));
    if (u->rules && sigtimedwait(&death, NULL, &while_it_starts) < 0)
        os_tune_filter(u->rules, u->cache);
    /* A hang-up of the terminal comes as the same signal; only a new parent is a death. */
    while (getppid() == launcher)
        sigwaitinfo(&death, &info);
    (void)os_pidfd_signal(init.fd, SIGKILL, &ignored);
    os_end_server(r->fuse.pidfd, init.fd);
    while (poll(&init, 1, -1) < 0 && errno == EINTR)
        continue;
    /* It went with the others. */
    r->signals = -1;
    if (u->keep || fd_fill_stdio(&ignored) < 0)
        _exit(0);
    run_throw_away(r);
    run_remove_state(r, openat(r->entry.dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    _exit(0);
}

DO(guard)
{
    pid_t launcher = getpid();

    (void)s;
    TRY(os_clone(0, false, &r->guard, NULL, e));
    if (r->guard == 0)
        stand_guard(r, u, launcher);
    return 0;
}

