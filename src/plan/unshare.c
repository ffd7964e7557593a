/* plan/unshare.c - the plan of `unshare`, and of all that rcrun has to do to files that belong to
 * ids of a container: a process in a user namespace with the map that `run` would use.
 *
 * In place, the process that was called is the one that becomes the program, so that nothing of it
 * has to be passed on: signals, terminal, status, parent.  A child of it stays behind for as long as
 * the maps are written, which has to be done from outside. */
#include <linux/capability.h>

#include "plan/make.h"

static void enter(struct maker *m, const struct unshare_options *o)
{
    struct step_spawn *spawn;

    if (o->in_place) {
        ADD_BARE(m, step_aside, PARENT, "linux.uidMappings");
        ADD(m, unshare, INIT, "unshare")->create = m->create;
        plan_meet(m, INIT, PARENT, MSG_USERNS_MADE, "linux.uidMappings");
    } else {
        /* Who tidies up at the end does not stop half way. */
        if (!o->remove)
            ADD_BARE(m, watch_signals, PARENT, "clean end");
        spawn = ADD(m, spawn, PARENT, "unshare");
        spawn->who = INIT;
        spawn->create = m->create;
        ADD_BARE(m, die_with_parent, INIT, "clean end");
    }
    plan_ids_start(m);
    plan_ids_finish(m);
    plan_meet(m, PARENT, INIT, MSG_PREPARED, "protocol");
    if (o->in_place)
        ADD_BARE(m, reap_aside, INIT, "clean start");
    if (o->mounts)
        ADD(m, propagation, INIT, "--mount")->word = "slave";
}

/* Root of the map, or where there is none, all that root could do. */
static void become(struct maker *m, const struct unshare_options *o)
{
    uint64_t all = m->f->kernel.last_cap >= 63 ? ~0ull : (1ull << (m->f->kernel.last_cap + 1)) - 1;
    struct step_caps *caps;
    struct step_ids *ids;

    /* Who only removes keeps the caller's ids, by which paths of the host can be searched; all
     * capabilities it has anyhow. */
    if (!makes(m, NS_USER) || o->remove)
        return;
    if (m->pinned) {
        ids = ADD(m, ids, INIT, "linux.uidMappings");
        ids->uid = m->root_uid;
        ids->gid = m->root_gid;
        if (!o->in_place)
            ADD(m, die_with_parent, INIT, "clean end")->again = true;
    }
    if (m->root_uid == 0)
        return;
    caps = ADD(m, caps, INIT, "linux.uidMappings");
    caps->effective = caps->permitted = caps->inheritable = caps->ambient = all;
}

static int execute(struct maker *m, const struct unshare_options *o, struct err *e)
{
    const struct texts *from = &m->spec->process->args;
    struct step_exec *program;
    struct texts args = { 0 }, env = { 0 };

    if (!from->n)
        return err_set(e, 0, "no command to run");
    for (size_t i = 0; i < from->n; i++)
        *LIST_ADD(m->a, &args) = from->v[i];
    *LIST_ADD(m->a, &args) = NULL;
    args.n = from->n;
    /* Two more, as everywhere, and one for the NULL that execve(2) wants. */
    env.v = arena_get(m->a, (o->env.n + 3) * sizeof *env.v);
    env.n = o->env.n;
    for (size_t i = 0; i < o->env.n; i++)
        env.v[i] = o->env.v[i];
    if (!o->in_place)
        ADD(m, reset_signals, INIT, "clean start")->ignored =
            (int64_t)m->f->self.ignored_signals;
    if (o->keep.n)
        ADD(m, keep_fds, INIT, "unshare")->fds = o->keep;
    ADD(m, find_program, INIT, "unshare")->name = args.v[0];
    program = ADD(m, exec, INIT, "unshare");
    program->args = args;
    program->env = env;
    return 0;
}

static int remove_tree(struct maker *m, const struct unshare_options *o, struct err *e)
{
    const struct path_fact *fact = facts_path(m->f, o->remove);
    struct step_remove_tree *s;

    if (!fact)
        BUG("%s was not asked for", o->remove);
    if (fact->kind != KIND_DIR)
        return err_set(e, fact->kind == KIND_MISSING ? fact->num : 0, "%s%s", o->remove,
                       fact->kind == KIND_MISSING ? "" : ": is no directory");
    s = ADD(m, remove_tree, INIT, "clean end");
    s->path = o->remove;
    s->inode = (struct inode){ fact->dev, fact->ino };
    return 0;
}

int plan_unshare(struct arena *a, const struct spec *s, const struct unshare_options *o,
                 const struct facts *f, struct plan *p, struct err *e)
{
    const struct plan_options none = { 0 };
    struct maker m = { .a = a, .spec = s, .o = &none, .f = f, .p = p, .early = INIT };

    *p = (struct plan){ .arena = a, .last_cap = f->kernel.last_cap, .uid = f->self.euid };
    TRY(plan_ns_user(&m, e));
    if (o->mounts)
        m.create |= NS_MOUNT;
    TRY(plan_ids_decide(&m, e));
    enter(&m, o);
    if (o->dir)
        ADD(&m, enter_dir, INIT, "unshare")->path = o->dir;
    become(&m, o);
    TRY(o->remove ? remove_tree(&m, o, e) : execute(&m, o, e));
    if (!o->in_place) {
        ADD_BARE(&m, await_exec, PARENT, "protocol");
        ADD_BARE(&m, relay, PARENT, "unshare");
    }
    return 0;
}
