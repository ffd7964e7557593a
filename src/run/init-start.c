/* run/init-start.c - where create ends and start goes on.
 * Runs in:  init, when the program is all that is missing.    Power: the program's. */
#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/log.h"
#include "base/text.h"
#include "os/cred.h"
#include "os/process.h"
#include "run/hook.h"
#include "run/wire.h"

DO(be_seen)
{
    (void)s;
    (void)r;
    return os_set_dumpable(u->on, e);
}

/* A created container may wait for days; what it inherited belongs to others. */
static void let_go(const struct run *r)
{
    const int keep[] = { r->start, r->notify, log_fd(), r->hook_files.output,
                         r->hook_files.errors };

    os_close_except(3 + (int)r->plan->preserve_fds, keep, COUNT_OF(keep));
}

DO(outlive)
{
    (void)s;
    (void)r;
    (void)u;
    return os_signal_at_death(0, e);
}

DO(await_start)
{
    struct letter l = { 0 };
    int fd = -1;

    (void)s;
    (void)u;
    /* The launcher is done with us; from now on the start command is in its place. */
    clean_fd(&r->wire[PARENT]);
    let_go(r);
    do
        r->wire[PARENT] = accept4(r->start, NULL, NULL, SOCK_CLOEXEC);
    while (r->wire[PARENT] < 0 && errno == EINTR);
    if (r->wire[PARENT] < 0)
        return err_set(e, errno, "start socket");
    clean_fd(&r->start);
    return wire_await(r, PARENT, MSG_GO, &l, &fd, e);
}

DO(hook_inside)
{
    bool creating = text_is(u->status, "creating");
    OWN_TEXT text = { 0 };
    mode_t ours;
    int result;

    (void)s;
    state_write_oci(&text, &r->state, creating ? STATUS_CREATING : STATUS_CREATED, getpid(), false);
    if (!creating)
        return hook_run(u->hook, text.s, text.n, NULL, -1, &r->hook_files, e);
    /* The root is still the host's, and so are directory and umask. */
    ours = umask(r->umask);
    result = hook_run(u->hook, text.s, text.n, r->state.bundle, -1, &r->hook_files, e);
    umask(ours);
    return result;
}
