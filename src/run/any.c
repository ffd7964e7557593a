/* run/any.c - steps that any process may have.
 * Runs in: the process that the row names.    Power: whatever it has then. */
#include "base/clean.h"
#include "os/cred.h"
#include "os/limit.h"
#include "os/proc.h"
#include "os/process.h"
#include "run/wire.h"

int run_host_proc(struct run *r, struct err *e)
{
    return r->host_proc >= 0 ? 0 : os_proc_host(&r->host_proc, e);
}

/* The register that goes with the message, or NULL. */
static int *descriptor(struct run *r, enum message msg)
{
    switch ((int)msg) {
    case MSG_CONSOLE:
        return &r->console;
    case MSG_READY_SOCKET:
        return &r->notify;
    case MSG_TAP:
        return &r->tap;
    case MSG_FUSE:
        return &r->fuse_dev;
    case MSG_FUSE_MOUNT:
        return &r->fuse_mount;
    case MSG_USER_NS:
        return &r->user_ns;
    case MSG_SOURCE:
    case MSG_MAPPED:
        return &r->tree;
    default:
        return NULL;
    }
}

DO(tell)
{
    struct letter l = { .msg = u->msg };
    const struct step *other = s + 1; /* its await stands right behind it, plan_check says */
    int *carried = descriptor(r, u->msg);
    int fd = -1;

    if (u->msg == MSG_INIT_PID)
        l.pid = r->pid[INIT];
    if (carried)
        fd = *carried;
    TRY(wire_tell(r, other->at, &l, fd, e));
    if (carried)
        clean_fd(carried);
    return 0;
}

DO(await)
{
    enum process from = (s - 1)->at;
    int *carried = descriptor(r, u->msg);
    struct letter l = { 0 };
    int fd = -1;

    TRY(wire_await(r, from, u->msg, &l, &fd, e));
    if (carried)
        *carried = fd;
    if (u->msg != MSG_INIT_PID)
        return 0;
    r->pid[INIT] = l.pid;
    return os_pidfd_open(l.pid, &r->pidfd[INIT], e);
}

DO(affinity)
{
    (void)s;
    (void)r;
    return os_set_affinity(u->cpus, e);
}

DO(die_with_parent)
{
    (void)s;
    TRY(os_die_with_parent(e));
    /* A parent that died before the call above sends no signal.  The first time nobody has to
     * look: the next thing is to wait for the parent's word. */
    if (u->again && wire_is_dead(r->wire[PARENT]))
        return err_set(e, 0, "the launcher is gone");
    return 0;
}
