/* run/parent-state.c
 * Runs in:  the launcher.    Power: the caller's.
 * Must:     keep the state such that a crash at any point leaves something delete can remove. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/socket.h"
#include "run/hook.h"
#include "run/state.h"
#include "run/wire.h"

DO(open_start)
{
    (void)s;
    (void)u;
    r->start = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    return r->start < 0 ? err_set(e, errno, "socket") : 0;
}

/* Before the first clone: hooks that run in init get the state, too. */
void run_describe(struct run *r, const struct step_make_state *u)
{
    OWN_TEXT created = { 0 };

    text_add_time(&created);
    r->state = (struct state){ .version = STATE_VERSION,
                               .id = r->plan->id,
                               .bundle = u->bundle,
                               .rootfs = u->rootfs,
                               .created = arena_text(r->plan->arena, created.s),
                               .uid = r->plan->uid,
                               .namespaces = u->owns,
                               .upper = u->upper,
                               .network = u->network,
                               .annotations = *u->annotations };
}

DO(own_umask)
{
    (void)s;
    (void)r;
    (void)e;
    umask((mode_t)u->mask);
    return 0;
}

DO(make_state)
{
    (void)s;
    (void)u;
    TRY(identity_take(r->plan->arena, r->pid[INIT], r->pidfd[INIT], &r->state.init, e));
    if (r->fuse.pid) {
        r->state.server = ARENA_NEW(r->plan->arena, struct identity);
        TRY(identity_take(r->plan->arena, r->fuse.pid, r->fuse.pidfd, r->state.server, e));
    }
    return store_create(r->plan->arena, r->plan->state_root, &r->state, r->plan->config, r->plan->config_n, &r->entry, e);
}

DO(listen_start)
{
    struct sockaddr_un address;

    (void)s;
    (void)u;
    TRY(socket_address_at(r->entry.dir, STATE_SOCKET, &address, e));
    if (bind(r->start, (void *)&address, sizeof address) < 0 || listen(r->start, 1) < 0)
        return err_set(e, errno, "start socket of container %s", r->plan->id);
    return 0;
}

DO(state_created)
{
    (void)s;
    (void)u;
    return store_advance(&r->entry, PHASE_CREATED, e);
}

DO(state_running)
{
    (void)s;
    (void)u;
    return store_advance(&r->entry, PHASE_RUNNING, e);
}

DO(hook)
{
    OWN_TEXT text = { 0 };
    enum status status = strcmp(u->hook->kind, "poststart") == 0  ? STATUS_RUNNING
                         : strcmp(u->hook->kind, "poststop") == 0 ? STATUS_STOPPED
                                                                  : STATUS_CREATING;

    (void)s;
    if (status == STATUS_STOPPED && !r->won)
        return 0;
    state_write_oci(&text, &r->state, status, r->pid[INIT], false);
    return hook_run(u->hook, text.s, text.n, r->state.bundle,
                    status == STATUS_CREATING ? r->pidfd[INIT] : -1, NULL, e);
}

DO(open_hook_files)
{
    (void)s;
    return hook_open(u->output, u->errors, &r->hook_files, e);
}

DO(drop_state)
{
    (void)s;
    (void)u;
    return store_remove(r->plan->state_root, &r->entry, &r->won, e);
}

void run_poststop(const struct hooks *hooks, const struct state *state)
{
    OWN_TEXT text = { 0 };

    state_write_oci(&text, state, STATUS_STOPPED, 0, false);
    for (size_t i = 0; i < hooks->n; i++) {
        struct err e = { 0 };

        if (hook_run(&hooks->v[i], text.s, text.n, state->bundle, -1, NULL, &e) < 0)
            log_warn("hooks.poststop[%zu]: %s", i, e.text);
    }
}

void run_remove_state(struct run *r, int root)
{
    struct err ignored = { 0 };
    bool won;

    if (r->entry.dir < 0)
        return;
    (void)store_remove(root, &r->entry, &won, &ignored);
    if (won)
        run_poststop(&r->plan->poststop, &r->state);
}
