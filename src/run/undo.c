/* run/undo.c - takes back what the parent did, when a later step failed.
 * Runs in:  the launcher.    Must not: fail, or wait for anybody who may never answer. */
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/clean.h"
#include "run/run.h"

static void undo_none(struct run *r, const struct step *s)
{
    (void)r;
    (void)s;
}

/* init is the first process of its pid namespace, so its end is the end of all in it; and
 * where it has none, nothing but itself runs before the exec. */
static void undo_end_children(struct run *r, const struct step *s)
{
    (void)s;
    /* Nobody can be killed who waits for a server that hangs. */
    child_drop(&r->fuse);
    child_kill(&r->pid[SETUP]);
    child_kill(&r->pid[INIT]);
}

static void undo_drop_helper(struct run *r, const struct step *s)
{
    (void)s;
    for (size_t i = 0; i < HELPERS; i++)
        child_drop(&r->helper[i]);
}

static void undo_remove_state(struct run *r, const struct step *s)
{
    /* Hooks of a container that is gone want it gone. */
    undo_end_children(r, s);
    run_remove_state(r, r->plan->state_root);
}

static void undo_remove_upper(struct run *r, const struct step *s)
{
    /* While init lives it is mounted, and may be written. */
    undo_end_children(r, s);
    run_remove_upper(r, &s->u.make_upper);
}

static void undo_drop_guard(struct run *r, const struct step *s)
{
    (void)s;
    child_kill(&r->guard);
}

/* Before it has the device the end of its launcher ends it, later a signal; asked like that it takes
 * its sockets along. */
static void undo_end_net(struct run *r, const struct step *s)
{
    struct pollfd p = { .fd = r->net_pidfd, .events = POLLIN };

    (void)s;
    clean_fd(&r->net);
    if (r->net_pid <= 0)
        return;
    kill(r->net_pid, SIGTERM);
    (void)poll(&p, 1, 1000);
    child_kill(&r->net_pid);
    clean_fd(&r->net_pidfd);
}

static void undo_end_fuse(struct run *r, const struct step *s)
{
    (void)s;
    clean_fd(&r->fuse_wire);
    clean_fd(&r->fuse_mount);
    child_drop(&r->fuse);
}

static void undo_remove_pid_file(struct run *r, const struct step *s)
{
    (void)r;
    unlink(s->u.write_pid_file.path);
}

static void undo_step(struct run *r, const struct step *s)
{
    switch (s->kind) {
#define STEP(name, process, undo, fields) \
    case STEP_##name:                     \
        undo_##undo(r, s);                \
        break;
#include "plan/steps.def"
    case STEP_KINDS:
        break;
    }
}

void run_undo(struct run *r)
{
    /* Only what was done: a step that fails leaves nothing of its own. */
    for (size_t i = r->me == PARENT ? r->now : 0; i-- > 0;)
        if (r->plan->v[i].at == PARENT)
            undo_step(r, &r->plan->v[i]);
}
