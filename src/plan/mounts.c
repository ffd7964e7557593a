/* plan/mounts.c - the mounts of the config, in the order in which they stand there. */
#include <linux/mount.h>
#include <sys/mount.h>

#include "base/path.h"
#include "plan/make.h"
#include "spec/names.h"

/* Whether the target may lie in a procfs: mounts there can change what the runtime and the
 * kernel tell the container, so only files that engines are known to replace. */
static bool in_proc(const char *target)
{
    return path_inside(target, "/proc");
}

static void pin_root(struct maker *m, int *slot)
{
    const struct path_fact *root = facts_path(m->f, m->root_path);
    struct step_pin_source *s = ADD(m, pin_source, m->early, "root.path");

    s->slot = (*slot)++;
    s->source = m->root_path;
    s->expect = KIND_DIR;
    s->inode = (struct inode){ root->dev, root->ino };
    plan_overlay_pins(m, slot);
}

/* Layers are attached over root.path, and would hide what lies in it. */
bool plan_is_hidden(const struct maker *m, const char *source)
{
    return m->layered && path_inside(source, m->root_path);
}

/* Between the maps and the change of ids: what the caller alone may reach is reached with the
 * caller's ids, and what belongs to the ids that are mapped by the power over those. */
void plan_pins(struct maker *m)
{
    struct step_pin_source *s;
    int slot = 0;

    if (!makes(m, NS_MOUNT))
        return;
    if (m->pinned)
        pin_root(m, &slot);
    for (size_t i = 0; i < m->spec->mounts.n; i++) {
        struct mount_read *r = &m->mounts[i];

        if (r->lower.n)
            plan_mount_overlay_pins(m, i, &slot);
        if (!r->bind || r->skip || r->remount || !(m->pinned || plan_is_hidden(m, r->source)))
            continue;
        r->slot = slot++;
        s = ADD(m, pin_source, m->early, r->why);
        s->slot = r->slot;
        s->source = r->source;
        s->expect = r->fact->kind;
        s->inode = (struct inode){ r->fact->dev, r->fact->ino };
        s->beneath = r->beneath;
    }
    m->p->pins = (size_t)slot;
}

bool plan_mount_is_real(const char *target)
{
    return text_is(target, "/proc") || text_is(target, "/sys");
}

/* What the container can do to us by way of a writable bind. */
static void warn_of_power(struct maker *m, const struct mount_read *r)
{
    if (!m->o->no_config && path_inside(m->o->bundle, r->source))
        plan_warn(m, "%s: %s has the bundle in it, so the container can change its own config",
                  r->why, r->source);
    else if (m->f->state_root && path_inside(m->f->state_root, r->source))
        plan_warn(m, "%s: %s has the state of your containers in it, so this one can change it",
                  r->why, r->source);
}

static bool has_group(const struct spec_process *p, uint32_t gid)
{
    for (size_t i = 0; i < p->user.additional_gids.n; i++)
        if (p->user.additional_gids.v[i] == gid)
            return true;
    return p->user.gid == gid;
}

/* May the program write in a directory of these ids of the container? */
static bool may_write(const struct spec_process *p, uint32_t uid, uint32_t gid, uint32_t mode)
{
    if (p->user.uid == 0 || mode & 0002)
        return true;
    return p->user.uid == uid ? mode & 0200 : (mode & 0020) && has_group(p, gid);
}

/* The owner of what is bound is as often as not somebody else than who is to write there. */
static void warn_of_owner(struct maker *m, const struct mount_read *r)
{
    const struct path_fact *f = r->fact;
    const char *words = spec_annotation(m->spec, ANNOTATION_USERNS);
    uint32_t uid, gid = UINT32_MAX;

    if (!m->user_ns || !m->map_known || r->mapped || f->mode & 0002)
        return;
    if (!facts_map_has_outside(&m->uids, f->uid, &uid)) {
        /* That what the host's root owns cannot be written surprises nobody. */
        if (f->uid != 0)
            plan_warn(m, "%s: %s belongs to uid %u, which is not mapped: inside it is nobody's "
                         "and not writable",
                      r->why, r->source, f->uid);
        return;
    }
    facts_map_has_outside(&m->gids, f->gid, &gid);
    if (!m->spec->process || may_write(m->spec->process, uid, gid, f->mode))
        return;
    /* An engine has its own ways with volumes, and their owners. */
    (m->o->create ? plan_note : plan_warn)(
        m,
        "%s: %s belongs to uid %u of the container, so uid %u cannot write there; "
        "rcrun unshare%s%s chown %u %s changes that",
        r->why, r->source, uid, m->spec->process->user.uid, words ? " --userns " : "",
        words ? words : "", m->spec->process->user.uid, r->source);
}

/* What surprises people about a writable bind. */
static void warn_of_bind(struct maker *m, const struct mount_read *r)
{
    if ((r->change.set | r->change.tree_set) & MOUNT_ATTR_RDONLY || r->fact->kind != KIND_DIR)
        return;
    warn_of_power(m, r);
    warn_of_owner(m, r);
    if (r->fact->no_modes)
        plan_warn(m, "%s: %s is on a disk of Windows (9p): its files keep their owners and modes, "
                     "whatever chmod and chown say",
                  r->why, r->source);
}

struct step_bind *plan_mount_host(struct maker *m, size_t i, const char *source, bool tree)
{
    const struct mount_read *r = &m->mounts[i];
    struct step_bind *s = ADD(m, bind, INIT, r->why);

    s->source = source;
    s->slot = -1;
    s->target = r->target;
    s->tree = tree;
    s->expect = KIND_DIR;
    s->real = plan_mount_is_real(r->target);
    s->in_proc = in_proc(r->target);
    s->change = r->change;
    plan_default_propagation(m, &s->change);
    return s;
}

static void add_bind(struct maker *m, size_t i)
{
    const struct mount_read *r = &m->mounts[i];
    struct step_bind *s;

    warn_of_bind(m, r);
    if (r->mapped)
        plan_mapped_source(m, i);
    s = plan_mount_host(m, i, r->source, r->tree);
    s->slot = r->mapped ? -1 : r->slot;
    s->expect = r->fact->kind;
    s->inode = (struct inode){ r->fact->dev, r->fact->ino };
    s->beneath = r->beneath;
    s->mapped = r->mapped;
    if (r->tree && r->change.set & MOUNT_ATTR_RDONLY && r->fact->writable_below)
        plan_note(m, "%s: %s stays writable: ro is for the top mount, rro for those below too",
                  r->why, r->fact->writable_below);
}

struct mount_change plan_after_birth(const struct mount_change *c)
{
    /* It has its flags from birth, but where a word for the tree would come over them. */
    uint64_t tree = c->tree_set | c->tree_clear;

    return (struct mount_change){ .set = c->set & tree,
                                  .clear = c->clear & tree,
                                  .tree_set = c->tree_set,
                                  .tree_clear = c->tree_clear,
                                  .propagation = c->propagation,
                                  .propagate_tree = c->propagate_tree };
}

void plan_mount_plain(struct maker *m, size_t i, const char *type)
{
    const struct mount_read *r = &m->mounts[i];
    struct step_mount_fs *s = ADD(m, mount_fs, INIT, r->why);

    s->type = type;
    s->source = m->spec->mounts.v[i].source;
    s->target = r->target;
    s->options = r->data;
    s->attr = r->change.set;
    s->real = plan_mount_is_real(r->target);
    s->in_proc = in_proc(r->target);
    s->change = plan_after_birth(&r->change);
}

static void add_remount(struct maker *m, size_t i)
{
    const struct mount_read *r = &m->mounts[i];
    struct step_remount *s = ADD(m, remount, INIT, r->why);

    s->target = r->target;
    s->options = r->data;
    s->change = r->change;
    s->in_proc = in_proc(r->target);
}

int plan_mounts(struct maker *m, struct err *e)
{
    if (!makes(m, NS_MOUNT))
        return 0;
    for (size_t i = 0; i < m->spec->mounts.n; i++) {
        if (m->mounts[i].skip)
            continue;
        if (m->mounts[i].remount)
            add_remount(m, i);
        else if (m->mounts[i].bind)
            add_bind(m, i);
        else
            TRY(plan_mount_fs(m, i, e));
    }
    plan_notify_mount(m);
    plan_net_files(m);
    return 0;
}

/* When all is in it that must be. */
void plan_mounts_finish(struct maker *m)
{
    for (size_t i = 0; i < m->spec->mounts.n && makes(m, NS_MOUNT); i++) {
        struct step_remount *s;

        if (!m->mounts[i].late_ro)
            continue;
        s = ADD(m, remount, INIT, m->mounts[i].why);
        s->target = m->mounts[i].target;
        s->change.set = MOUNT_ATTR_RDONLY;
    }
}
