#include "cli/processes.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#include "base/clean.h"
#include "base/log.h"
#include "os/process.h"

#define AT_ONCE 200 /* descriptors, of which there are 1024 as a rule */
#define ROUNDS 200
#define ROUND_NS 10000000

int processes_find(struct call *c, struct container *x, struct members *out, struct err *e)
{
    if (x->pidfd < 0)
        return container_not_running(x, e);
    TRY(members_find(c->arena, x->state.init.pid, x->state.namespaces, out, e));
    /* Its number was its own as long as it lived. */
    container_look(x);
    return x->pidfd < 0 ? container_not_running(x, e) : 0;
}

bool processes_have(const struct members *m, int64_t pid)
{
    for (size_t i = 0; i < m->n; i++)
        if (m->v[i] == pid)
            return true;
    return false;
}

static void close_all(int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        clean_fd(&fds[i]);
}

/* A number may be another's by the time of the signal.  A descriptor stays with its process, and
 * when that is found to be a member after it was opened, it is the one. */
static int signal_some(struct call *c, struct container *x, const int64_t *pids, size_t n, int sig,
                       struct err *e)
{
    struct members now;
    int fds[AT_ONCE];
    int result;

    for (size_t i = 0; i < n; i++) {
        struct err gone = { 0 };

        if (os_pidfd_open((pid_t)pids[i], &fds[i], &gone) < 0)
            fds[i] = -1;
    }
    result = processes_find(c, x, &now, e);
    for (size_t i = 0; i < n && result == 0; i++)
        if (fds[i] >= 0 && pids[i] != x->state.init.pid && processes_have(&now, pids[i]))
            result = os_pidfd_signal(fds[i], sig, e);
    close_all(fds, n);
    return result;
}

/* *left: how many others there are. */
static int signal_others(struct call *c, struct container *x, const struct members *m, int sig,
                         size_t *left, struct err *e)
{
    *left = m->n - 1;
    for (size_t i = 0; *left && i < m->n; i += AT_ONCE)
        TRY(signal_some(c, x, m->v + i, m->n - i < AT_ONCE ? m->n - i : AT_ONCE, sig, e));
    return 0;
}

/* Until the last one is gone: they may make more meanwhile. */
static int kill_others(struct call *c, struct container *x, struct members *m, struct err *e)
{
    const struct timespec pause = { .tv_nsec = ROUND_NS };
    size_t left = 1;

    if (x->status != STATUS_CREATED)
        log_warn("container %s: %s: processes that it has let go may go on", x->entry.id, m->lack);
    for (int round = 0; round < ROUNDS; round++) {
        TRY(signal_others(c, x, m, SIGKILL, &left, e));
        if (left == 0)
            return 0;
        nanosleep(&pause, NULL);
        TRY(processes_find(c, x, m, e));
    }
    return err_set(e, ETIMEDOUT, "%zu processes of container %s do not end", left, x->entry.id);
}

static int signal_all(struct call *c, struct container *x, int sig, struct err *e)
{
    struct members m;
    size_t left;

    TRY(processes_find(c, x, &m, e));
    /* With the first process of a pid namespace the kernel ends all others of it. */
    if (sig == SIGKILL && m.lack)
        TRY(kill_others(c, x, &m, e));
    else if (sig != SIGKILL)
        TRY(signal_others(c, x, &m, sig, &left, e));
    return os_pidfd_signal(x->pidfd, sig, e);
}

int processes_signal(struct call *c, struct container *x, int sig, struct err *e)
{
    bool lived = x->pidfd >= 0;

    if (signal_all(c, x, sig, e) == 0)
        return 0;
    if (!lived || x->pidfd >= 0)
        return -1;
    err_clear(e);
    return 0;
}
