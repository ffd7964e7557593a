/* run/init-process.c - from root of the namespace to the program, in giving up power.
 * Runs in:  init, after enter_root.    Power: less with every step.
 * Must not: open anything but what the program itself could open. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/fd.h"
#include "base/log.h"
#include "os/cred.h"
#include "os/exec.h"
#include "os/limit.h"
#include "os/path.h"
#include "run/run.h"

DO(reset_affinity)
{
    (void)s;
    (void)r;
    (void)u;
    return os_reset_affinity(e);
}

DO(scheduler)
{
    struct sched_values v = {
        .policy = (uint32_t)u->policy_number,
        .nice = (int32_t)u->nice,
        .priority = (uint32_t)u->priority,
        .flags = (uint64_t)u->flags,
        .runtime = (uint64_t)u->runtime,
        .deadline = (uint64_t)u->deadline,
        .period = (uint64_t)u->period,
    };

    (void)s;
    (void)r;
    if (os_set_scheduler(&v, e) == 0)
        return 0;
    err_ctx(e, "%s", u->policy);
    if (e->num == EPERM)
        err_hint(e, "real-time policies and a higher priority need CAP_SYS_NICE or an "
                    "RLIMIT_RTPRIO or RLIMIT_NICE that allows them");
    return -1;
}

DO(io_priority)
{
    (void)s;
    (void)r;
    if (os_set_io_priority((int)u->class_number, (int)u->level, e) == 0)
        return 0;
    if (e->num == EPERM)
        err_hint(e, "the real-time class needs CAP_SYS_ADMIN or CAP_SYS_NICE on the host");
    return -1;
}

DO(memory_policy)
{
    (void)s;
    (void)r;
    return os_set_memory_policy((int)u->mode_number, (unsigned)u->flags, u->nodes, e);
}

DO(personality)
{
    (void)s;
    (void)r;
    return os_set_personality((unsigned long)u->domain, e);
}

DO(own_stdio)
{
    struct stat st;

    (void)s;
    (void)r;
    (void)e;
    /* In a namespace that is there already only we know who we are: the caller's are its own. */
    if (geteuid() == (uid_t)u->uid)
        return 0;
    for (int fd = 0; fd <= 2; fd++) {
        if (fstat(fd, &st) < 0 || st.st_uid == (uid_t)u->uid)
            continue;
        if (!S_ISFIFO(st.st_mode) && !(S_ISCHR(st.st_mode) && isatty(fd)))
            continue;
        /* Not every caller may give it away; the program then has what it was given. */
        if (fchown(fd, (uid_t)u->uid, (gid_t)-1) < 0)
            continue;
    }
    return 0;
}

DO(no_new_privs)
{
    (void)s;
    (void)r;
    (void)u;
    return os_no_new_privs(e);
}

DO(bounding)
{
    (void)s;
    return os_drop_bounding(u->keep, r->plan->last_cap, e);
}

DO(groups)
{
    (void)r;
    if (os_set_groups(u->gids.v, u->gids.n, e) == 0)
        return 0;
    if (!u->may_be_denied || e->num != EPERM)
        return -1;
    /* The same words as the planner's, where it knows. */
    if (u->gids.n)
        log_warn("%s: not set, since setgroups(2) is denied in this user namespace", s->why);
    err_clear(e);
    return 0;
}

static bool is_only(const uint32_t id[3], uint32_t want)
{
    return id[0] == want && id[1] == want && id[2] == want;
}

DO(ids)
{
    uid_t uid[3];
    gid_t gid[3];

    (void)s;
    (void)r;
    /* The planner cannot know what the caller is in a namespace that exists already. */
    if (getresuid(&uid[0], &uid[1], &uid[2]) == 0 && getresgid(&gid[0], &gid[1], &gid[2]) == 0 &&
        is_only(uid, (uint32_t)u->uid) && is_only(gid, (uint32_t)u->gid))
        return 0;
    TRY(os_set_ids((uint32_t)u->uid, (uint32_t)u->gid, true, e));
    /* A change of ids may set it again; it stays off until the exec. */
    return os_set_dumpable(false, e);
}

DO(caps)
{
    const struct cap_sets sets = {
        .effective = u->effective,
        .permitted = u->permitted,
        .inheritable = u->inheritable,
        .ambient = u->ambient,
    };

    (void)s;
    (void)r;
    return os_set_caps(&sets, e);
}

DO(check_cwd)
{
    OWN_FD fd = -1;

    (void)s;
    if (!r->in_cwd) {
        if (os_open_in(r->root, u->path, O_PATH | O_DIRECTORY, &fd, e) < 0)
            return err_ctx(e, "process.cwd");
        if (fchdir(fd) < 0)
            return err_set(e, errno, "process.cwd %s", u->path);
    }
    return os_check_cwd(e);
}

DO(limit)
{
    (void)s;
    (void)r;
    return os_set_rlimit(0, u->resource, (uint64_t)u->soft, (uint64_t)u->hard, e);
}

DO(umask)
{
    (void)s;
    (void)r;
    (void)e;
    umask((mode_t)u->mask);
    return 0;
}

DO(reset_signals)
{
    (void)s;
    (void)r;
    return os_reset_signals((uint64_t)u->ignored, e);
}

DO(close_fds)
{
    (void)s;
    (void)r;
    TRY(fd_cloexec_from(3 + (unsigned)u->keep, e));
    for (int fd = 3; fd < 3 + (int)u->keep; fd++)
        TRY(fd_keep(fd, e));
    return 0;
}

DO(keep_fds)
{
    (void)s;
    (void)r;
    for (size_t i = 0; i < u->fds.n; i++)
        TRY(fd_keep((int)u->fds.v[i], e));
    return 0;
}

DO(find_program)
{
    /* The environment that the program will have says where to look. */
    const struct step *last = &r->plan->v[r->plan->n - 1];

    (void)s;
    while (last->kind != STEP_exec)
        last--;
    return os_find_program(u->name, last->u.exec.env.v, r->program, sizeof r->program, e);
}

DO(listen_pid)
{
    (void)s;
    (void)u;
    (void)e;
    snprintf(r->listen_pid, sizeof r->listen_pid, "LISTEN_PID=%d", (int)getpid());
    return 0;
}

DO(exec)
{
    const char **env = u->env.v;
    size_t n = u->env.n;
    char home[sizeof r->home + 5];

    (void)s;
    /* The planner left room for both and the NULL behind them. */
    if (r->home[0]) {
        snprintf(home, sizeof home, "HOME=%s", r->home);
        env[n++] = home;
    }
    if (r->listen_pid[0])
        env[n++] = r->listen_pid;
    return os_exec(r->program, u->args.v, env, e);
}
