/* plan/root.c - the root directory: found, attached, entered. */
#include <linux/mount.h>
#include <sys/mount.h>

#include "base/path.h"
#include "plan/make.h"

static int64_t wanted_propagation(const struct maker *m)
{
    const struct spec_linux *l = m->spec->linux_;

    return l && l->rootfs_propagation.set ? l->rootfs_propagation.value : 0;
}

/* A mount namespace of our own starts as a copy of the caller's.  Slave keeps what the host
 * mounts later coming in, for those who asked for it; private costs nothing per mount. */
static bool wants_slave(const struct maker *m)
{
    int64_t root = wanted_propagation(m) & ~(int64_t)MS_REC;

    if (root && root != MS_PRIVATE && root != MS_UNBINDABLE)
        return true;
    for (size_t i = 0; i < m->spec->mounts.n; i++) {
        const struct texts *o = &m->spec->mounts.v[i].options;

        if (text_list_has(o, "slave") || text_list_has(o, "rslave") || text_list_has(o, "shared") ||
            text_list_has(o, "rshared"))
            return true;
    }
    return false;
}

static int explain_missing(struct maker *m, const struct path_fact *fact, struct err *e)
{
    const char *path = m->spec->root->path;

    if (fact->stop)
        return err_set(e, fact->num, "root.path: %s: cannot search %s", m->root_path,
                       plan_stop(m, fact));
    if (fact->num && fact->num != ENOENT)
        return err_set(e, fact->num, "root.path: %s", m->root_path);
    if (fact->kind != KIND_MISSING)
        return err_set(e, 0, "root.path: %s is not a directory", m->root_path);
    if (*path == '/')
        err_set(e, ENOENT, "root.path: %s", path);
    else
        err_set(e, 0, "root.path: \"%s\": no such directory in %s", path, m->o->bundle);
    return err_hint(e, "put a root file system there, or set root.path or --rootfs");
}

int plan_root(struct maker *m, struct err *e)
{
    const struct path_fact *fact;
    int64_t propagation = wanted_propagation(m) & ~(int64_t)MS_REC;

    m->slave = wants_slave(m);
    m->root_path = path_clean(m->a, m->o->bundle, m->spec->root->path);
    fact = facts_path(m->f, m->root_path);
    if (!fact)
        BUG("root %s was not asked for", m->root_path);
    if (fact->kind != KIND_DIR)
        return explain_missing(m, fact, e);
    if (m->map_known && m->user_ns && !facts_map_has_outside(&m->uids, fact->uid, NULL))
        plan_warn(m, "root.path: %s belongs to uid %u, which is not mapped: its files show as "
                     "nobody and cannot be written",
                  m->root_path, fact->uid);
    if (fact->no_modes)
        plan_warn(m, "root.path: %s is on a disk of Windows (9p): its files keep their owners and "
                     "modes, whatever chmod and chown say",
                  m->root_path);
    if (m->o->no_pivot && propagation == MS_PRIVATE)
        return err_set(e, 0, "linux.rootfsPropagation: private does not go with --no-pivot");
    return 0;
}

void plan_propagation(struct maker *m)
{
    if (makes(m, NS_MOUNT))
        ADD(m, propagation, m->early, "linux.rootfsPropagation")->word =
            m->slave ? "slave" : "private";
}

void plan_default_propagation(const struct maker *m, struct mount_change *c)
{
    if (!m->slave || c->propagation || (wanted_propagation(m) & MS_SLAVE))
        return;
    c->propagation = MS_PRIVATE;
    c->propagate_tree = true;
}

void plan_open_root(struct maker *m)
{
    const struct path_fact *fact = facts_path(m->f, m->root_path);
    struct step_open_root *s;
    int64_t want = wanted_propagation(m);
    int64_t kind = want & ~(int64_t)MS_REC;

    if (m->root_fuse) {
        plan_fuse_root(m);
        return;
    }
    if (m->layered) {
        plan_open_overlay(m);
        return;
    }
    s = ADD(m, open_root, INIT, "root.path");
    s->source = m->root_path;
    s->attach = makes(m, NS_MOUNT);
    s->slot = m->pinned && s->attach ? 0 : -1;
    s->inode = (struct inode){ fact->dev, fact->ino };
    if (kind != MS_SLAVE && m->slave) {
        s->change.propagation = MS_PRIVATE;
        s->change.propagate_tree = want == 0 || (want & MS_REC);
    }
    if (m->root_bound_ro)
        s->change.set |= MOUNT_ATTR_RDONLY;
}

void plan_enter_root(struct maker *m)
{
    struct step_enter_root *s = ADD(m, enter_root, INIT, "root.path");
    int64_t want = wanted_propagation(m);
    int64_t kind = want & ~(int64_t)MS_REC;

    s->how = !makes(m, NS_MOUNT) ? "chroot" : m->o->no_pivot ? "move" : "pivot";
    if (m->spec->process && !text_is(m->spec->process->cwd, "/")) {
        struct step_chdir *c = ADD(m, chdir, INIT, "process.cwd");

        c->path = m->spec->process->cwd;
        c->make = true;
    }
    if (m->spec->root->readonly || kind == MS_SHARED || kind == MS_UNBINDABLE) {
        struct step_change_root *c =
            ADD(m, change_root, INIT,
                m->spec->root->readonly ? "root.readonly" : "linux.rootfsPropagation");

        if (m->spec->root->readonly)
            c->change.set = MOUNT_ATTR_RDONLY;
        if (kind == MS_SHARED || kind == MS_UNBINDABLE) {
            c->change.propagation = (uint64_t)kind;
            c->change.propagate_tree = (want & MS_REC) != 0;
        }
    }
}
