/* run/parent-fuse.c - the server of a root directory that the kernel cannot make.
 * Runs in:  the launcher.    Power: the caller's.
 * Must:     leave no server behind that has no container; hold no copy of its device: with one that
 *           outlives the server, who looks into the root waits for ever. */
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/fd.h"
#include "base/log.h"
#include "os/ns.h"
#include "os/process.h"
#include "run/server-fuse.h"
#include "run/wire.h"

#define ANSWER_MS 5000
#define WORDS_MS 1000 /* from the end of the connection to that of the server */

/* Early, so that it is in the state: it does nothing before it gets the device. */
DO(start_fuse)
{
    OWN_MEM memory = malloc(sizeof(struct filter_program));
    struct filter_program *filter = (void *)memory;
    OWN_FD theirs = -1;
    int pair[2];

    (void)s;
    if (!filter)
        BUG("out of memory");
    TRY(os_compile_filter(u->calls, u->cache, filter, e));
    TRY(fd_pair(pair, e));
    r->fuse_wire = pair[0];
    theirs = pair[1];
    r->fuse.path = u->program;
    if (pipe2(r->fuse.errors, O_CLOEXEC) < 0)
        return err_set(e, errno, "pipe");
    TRY(os_clone(0, false, &r->fuse.pid, &r->fuse.pidfd, e));
    if (r->fuse.pid == 0)
        fuse_server(r->plan, u, filter, theirs, r->fuse.errors[1]);
    clean_fd(&r->fuse.errors[1]);
    return 0;
}

/* One that is gone has told why; await_fuse reads it. */
static int give(struct run *r, int *fd, struct err *e)
{
    int result = fd_send(r->fuse_wire, "f", 1, *fd, e);

    clean_fd(fd);
    if (result < 0 && e->num != EPIPE && e->num != ECONNRESET)
        return -1;
    err_clear(e);
    return 0;
}

DO(give_fuse)
{
    (void)s;
    /* One that mounts itself opens the device itself: it is told no more than that it may begin. */
    TRY(give(r, &r->fuse_dev, e));
    if (u->joins)
        TRY(give(r, &r->user_ns, e));
    if (!u->mounts)
        clean_fd(&r->fuse_wire);
    return 0;
}

/* Why there is no answer: the server said it, when it ended. */
static int ask_server(struct run *r, struct err *e)
{
    struct err words = { 0 };

    if (!os_await_end(r->fuse.pidfd, WORDS_MS))
        return -1;
    if (child_wait(&r->fuse, 1, -1, &words) == 0)
        return err_set(e, 0, "fuse-overlayfs ended before it answered");
    *e = words;
    return -1;
}

static int too_late(struct err *e)
{
    return err_set(e, ETIMEDOUT, "fuse-overlayfs does not answer within %d s", ANSWER_MS / 1000);
}

/* From the usher, which ends with the server. */
DO(take_fuse)
{
    struct err words = { 0 };
    int ready = wire_wait(r, r->fuse_wire, ANSWER_MS, e);
    ssize_t n;

    (void)s;
    (void)u;
    TRY(ready);
    if (ready == 0)
        return too_late(e);
    n = fd_receive(r->fuse_wire, words.text, sizeof words.text - 1, &r->fuse_mount, e);
    clean_fd(&r->fuse_wire);
    if (n > 0 && r->fuse_mount < 0)
        return err_set(e, 0, "fuse-overlayfs: %s", words.text);
    if (n > 0)
        return 0;
    err_set(e, 0, "fuse-overlayfs mounts nothing");
    return ask_server(r, e);
}

DO(await_fuse)
{
    struct letter l = { 0 };
    OWN_FD none = -1;
    int ready = wire_wait(r, r->wire[INIT], ANSWER_MS, e);

    (void)s;
    (void)u;
    TRY(ready);
    if (ready == 0)
        return too_late(e);
    /* Init knows no more than that nobody answers. */
    if (wire_await(r, INIT, MSG_ROOT_WORKS, &l, &none, e) < 0)
        return e->num == ENOTCONN || e->num == ECONNABORTED ? ask_server(r, e) : -1;
    /* Nobody would read on, and a full pipe stops who writes; an end of it does not. */
    clean_fd(&r->fuse.errors[0]);
    return 0;
}

/* Its own end, whatever it thinks of it, comes after that of the last whom it serves, which may be seen
 * later. */
void run_server_ended(struct run *r)
{
    struct err e = { 0 };

    if (child_wait(&r->fuse, 1, -1, &e) == 0)
        return;
    if (WIFSIGNALED(r->fuse.status) || (r->pid[INIT] && !os_await_end(r->pidfd[INIT], WORDS_MS)))
        log_warn("the root directory is gone: %s", e.text);
}

/* It ends when its file system is gone, which is when the last process of the container is. */
DO(end_fuse)
{
    (void)s;
    (void)u;
    (void)e;
    if (!r->fuse.pid)
        return 0;
    if (os_await_end(r->fuse.pidfd, SERVER_MS)) {
        run_server_ended(r);
        return 0;
    }
    log_warn("fuse-overlayfs did not end within %d s after the container; it was killed",
             SERVER_MS / 1000);
    child_drop(&r->fuse);
    return 0;
}
