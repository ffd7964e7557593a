/* run/any-mapping.c - the user namespace whose map is that of a mount.
 * Runs in:  the process that the row names.    Power: over the ids of its own user namespace.
 * Must not: leave a process behind. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/fd.h"
#include "os/cred.h"
#include "os/ns.h"
#include "os/proc.h"
#include "run/run.h"

/* What is said of it, there. */
struct introduction {
    uint32_t pid; /* as the host's procfs has it */
    struct err err;
};

/* Its only process; the one that may open it without more ado. */
static _Noreturn void introduce(bool dumpable, int proc, int sock)
{
    struct introduction me = { 0 };
    struct err ignored;
    OWN_FD own = -1, none = -1;

    if (os_set_dumpable(dumpable, &me.err) == 0 && os_proc_own_pid(proc, &me.pid, &me.err) == 0)
        (void)os_open_own_userns(&own, &me.err);
    (void)fd_send(sock, &me, sizeof me, own, &ignored);
    /* Until it is killed, or there is nobody to do so. */
    (void)fd_receive(sock, &me, sizeof me, &none, &ignored);
    _exit(0);
}

static int write_maps(struct run *r, int sock, const struct step_make_mapping *u, struct err *e)
{
    struct introduction child = { 0 };
    OWN_FD mapping = -1;
    ssize_t n = fd_receive(sock, &child, sizeof child, &mapping, e);

    if (n < 0)
        return -1;
    if ((size_t)n != sizeof child)
        return err_set(e, 0, "ended without a word");
    if (mapping < 0) {
        *e = child.err;
        return -1;
    }
    TRY(os_write_map(r->host_proc, (pid_t)child.pid, true, &u->gids, e));
    TRY(os_write_map(r->host_proc, (pid_t)child.pid, false, &u->uids, e));
    r->mapping = give_fd(&mapping);
    return 0;
}

DO(make_mapping)
{
    OWN_FD ours = -1, theirs = -1;
    pid_t pid;
    int pair[2], result;

    (void)s;
    if (u->path) {
        r->mapping = open(u->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        return r->mapping < 0 ? err_set(e, errno, "%s", u->path) : 0;
    }
    TRY(run_host_proc(r, e));
    TRY(fd_pair(pair, e));
    ours = pair[0];
    theirs = pair[1];
    /* The child is so from its birth.  It has all that we have, and who has our uid, even without
     * a capability, has all power over a user namespace that belongs to it. */
    TRY(os_set_dumpable(false, e));
    TRY(os_clone(NS_USER, false, &pid, NULL, e));
    if (pid == 0) {
        clean_fd(&ours);
        introduce(u->dumpable, r->host_proc, theirs);
    }
    clean_fd(&theirs);
    result = write_maps(r, ours, u, e);
    child_kill(&pid);
    return result < 0 ? err_ctx(e, "user namespace of the mount") : 0;
}
