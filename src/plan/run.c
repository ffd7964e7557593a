/* plan/run.c - the plan of `run`: puts the parts in order.  Read this first. */
#include "base/path.h"
#include "plan/make.h"

static void start(struct maker *m)
{
    /* Always there, so that a dry run and a run say the same. */
    if (m->f->exe.seal != SEAL_NONE)
        ADD(m, seal, PARENT, "security")->how = m->f->exe.seal;
    if (m->o->foreground)
        ADD_BARE(m, watch_signals, PARENT, "foreground run");
    /* Else we could not open what we make. */
    if (m->f->self.umask & 0700)
        ADD(m, own_umask, PARENT, "state")->mask = m->f->self.umask & 0077;
}

/* Compiled filters are trusted like the state of containers, so they are kept beside it; no id
 * of a container begins with a dot. */
static const char *cache_of(struct maker *m)
{
    return m->f->state_root ? path_join(m->a, m->f->state_root, ".filters") : NULL;
}

/* The parent has time while the helpers run, so the filter is compiled then. */
void plan_compile(struct maker *m, const struct filter_rules *filter)
{
    struct step_compile_filter *s = ADD(m, compile_filter, PARENT, plan_filter_why(filter));

    s->rules = filter;
    s->cache = filter->program.n ? NULL : cache_of(m);
}

static void meet_ids(struct maker *m, const struct filter_rules *filter)
{
    if (filter)
        plan_compile(m, filter);
    plan_ids_finish(m);
}

/* Where root of the container is somebody else than the caller, inodes must be made under
 * the id that is mapped; from here on sources are no longer opened by path. */
static void become_root(struct maker *m)
{
    struct step_become_root *s;

    if (!m->pinned)
        return;
    s = ADD(m, become_root, m->early, "linux.uidMappings");
    s->uid = m->root_uid;
    s->gid = m->root_gid;
}

/* As soon as init has a pid: who wants the id meanwhile finds it taken, or we do.  The map helpers
 * work at the same time. */
static void make_state(struct maker *m)
{
    struct step_make_state *s;

    plan_fuse_start(m, cache_of(m));
    s = ADD(m, make_state, PARENT, "state");
    s->root = m->f->state_root;
    s->bundle = m->o->bundle;
    s->rootfs = m->root_path;
    s->annotations = &m->spec->annotations;
    s->owns = m->create;
    s->upper = m->thrown;
    s->network = plan_net_patience(m);
    plan_overlay_make(m);
    if (m->o->create)
        ADD_BARE(m, listen_start, PARENT, "start command");
    plan_net_start(m);
    m->p->poststop = plan_poststop(m->a, m->spec, m->o->bundle);
}

/* Before the filter, which need not allow to wait, and after the last look at the image. */
void plan_start_point(struct maker *m)
{
    if (!m->o->foreground)
        ADD_BARE(m, outlive, INIT, "detached");
    if (m->o->exec)
        return;
    plan_net_ready(m);
    if (m->o->create) {
        plan_meet(m, INIT, PARENT, MSG_CREATED, "protocol");
        ADD_BARE(m, state_created, PARENT, "state");
        ADD_BARE(m, await_start, INIT, "start command");
        plan_notify_give(m);
    }
    plan_hooks_start(m);
}

/* A program that changes its ids loses the signal that would end it with the launcher.  The guard
 * has time, so it also makes the filter of the next start better. */
void plan_guard(struct maker *m, const struct filter_rules *filter)
{
    struct step_guard *s = ADD(m, guard, PARENT, "clean end");

    s->cache = filter && !filter->program.n ? cache_of(m) : NULL;
    s->rules = s->cache ? filter : NULL;
    s->keep = m->o->keep;
}

static void finish(struct maker *m, const struct filter_rules *filter)
{
    struct step_relay *relay;

    if (m->o->create)
        return;
    if (m->o->foreground)
        plan_guard(m, filter);
    ADD_BARE(m, await_exec, PARENT, "protocol");
    ADD_BARE(m, state_running, PARENT, "state");
    plan_hooks_started(m);
    if (!m->o->foreground) {
        plan_notify_wait(m);
        return;
    }
    relay = ADD(m, relay, PARENT, "foreground run");
    /* Who got the terminal by the socket relays it. */
    relay->terminal = m->spec->process->terminal && !m->o->console_socket;
    relay->manager = m->notify ? m->f->service.notify : NULL;
    plan_net_end(m);
    plan_fuse_end(m);
    if (!m->o->keep) {
        plan_overlay_drop(m);
        ADD_BARE(m, drop_state, PARENT, "state");
        plan_hooks_stopped(m);
    }
}

static int run(struct maker *m, struct err *e)
{
    const struct filter_rules *filter;
    bool direct = makes(m, NS_USER) && !m->map_by_tools;

    TRY(plan_filter(m, &filter, e));
    TRY(plan_ids_user(m, e));
    start(m);
    if (m->o->create)
        ADD_BARE(m, open_start, PARENT, "start command");
    plan_hooks_open(m);
    plan_ns_enter(m);
    if (!m->three) {
        plan_propagation(m);
        make_state(m);
    }
    meet_ids(m, filter);
    TRY(plan_limits(m, PARENT, e));
    plan_meet(m, PARENT, m->early, MSG_PREPARED, "protocol");
    if (direct)
        ADD_BARE(m, harden, m->early, "security");
    if (m->three) {
        plan_ns_join(m);
        plan_propagation(m);
    }
    plan_pins(m);
    become_root(m);
    if (m->three) {
        ADD_BARE(m, fork_init, SETUP, "linux.namespaces");
        plan_meet(m, SETUP, PARENT, MSG_INIT_PID, "protocol");
        ADD_BARE(m, reap_setup, PARENT, "protocol");
        make_state(m);
        ADD_BARE(m, die_with_parent, INIT, "clean end");
    }
    ADD_BARE(m, clear_umask, INIT, "clean start");
    ADD_BARE(m, new_session, INIT, "clean start");
    if (!m->o->no_new_keyring)
        plan_add(m, STEP_keyring, INIT, "session keyring")->optional = true;
    plan_ns_dress(m);
    plan_open_root(m);
    TRY(plan_mounts(m, e));
    TRY(plan_devices(m, e));
    plan_console(m);
    plan_mounts_finish(m);
    TRY(plan_paths(m, e));
    plan_hooks_create(m);
    plan_enter_root(m);
    TRY(plan_process(m, filter, e));
    finish(m, filter);
    return 0;
}

int plan_run(struct arena *a, const struct spec *s, const struct plan_options *o,
             const struct facts *f, struct plan *p, struct err *e)
{
    struct maker m = { .a = a, .spec = s, .o = o, .f = f, .p = p };

    *p = (struct plan){ .arena = a,
                        .id = o->id,
                        .last_cap = f->kernel.last_cap,
                        .uid = f->self.euid,
                        .sealed = f->exe.sealed };
    TRY(plan_ns_decide(&m, e));
    TRY(plan_refuse(&m, e));
    TRY(plan_ids_decide(&m, e));
    TRY(plan_map_compare(&m, e));
    plan_told_decide(&m);
    TRY(plan_net_decide(&m, e));
    TRY(plan_root(&m, e));
    TRY(plan_mounts_read(&m, e));
    TRY(plan_overlay_decide(&m, e));
    return run(&m, e);
}
