/* plan/mount-fs.c - file systems that need more than their name.
 *
 * In a user namespace proc, sysfs, mqueue and cgroup2 can be mounted only by the owner of
 * the pid, network, ipc or cgroup namespace that they show; without one of our own the host's
 * mount is bound, made as harmless as it can be. */
#include <linux/mount.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/path.h"
#include "plan/make.h"
#include "spec/names.h"

#define NO_POWER (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

/* Is a namespace that is joined one of the container's user namespace? */
static bool owns_joined(const struct maker *m, uint32_t type)
{
    const struct ns_fact *fact;
    const char *path;

    if (!(m->joined & type) || makes(m, NS_USER))
        return false;
    spec_namespace(m->spec, type, &path);
    fact = facts_namespace(m->f, path);
    return m->user_ns ? !fact->owned_by_us : fact->owned_by_us || fact->owned_by_child;
}

/* May a file system that shows this namespace be mounted? */
static bool owns(const struct maker *m, uint32_t type)
{
    return makes(m, type) || !unprivileged(m) || owns_joined(m, type);
}

/* An empty, read-only directory where something of the host would show through. */
static void add_cover(struct maker *m, const struct mount_read *r, const char *target)
{
    static const char *const options[] = { "nr_inodes=1", "mode=555" };
    struct step_mount_tmpfs *s = ADD(m, mount_tmpfs, INIT, r->why);

    s->source = "tmpfs";
    s->target = target;
    s->options.n = COUNT_OF(options);
    s->options.v = arena_get(m->a, sizeof options);
    memcpy(s->options.v, options, sizeof options);
    s->attr = NO_POWER | MOUNT_ATTR_RDONLY |
              ((r->change.set | r->change.tree_set) & MOUNT_ATTR_NOSYMFOLLOW);
}

static bool mounted_later(const struct maker *m, size_t i, const char *target)
{
    while (++i < m->spec->mounts.n)
        if (text_is(m->mounts[i].target, target) && !m->mounts[i].skip)
            return true;
    return false;
}

/* In a user namespace a new procfs or sysfs may not show more than the visible one does: it
 * repeats its ro, and how it keeps the time of access, whatever was asked. */
static void repeat_flags(const struct maker *m, uint64_t flags, struct mount_change *c)
{
    const uint64_t times = MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME;

    if (!unprivileged(m) || !flags)
        return;
    c->set &= ~times;
    if (flags & ST_RDONLY)
        c->set |= MOUNT_ATTR_RDONLY;
    if (flags & ST_NOATIME)
        c->set |= MOUNT_ATTR_NOATIME;
    else if (!(flags & ST_RELATIME))
        c->set |= MOUNT_ATTR_STRICTATIME;
    if (flags & ST_NODIRATIME)
        c->set |= MOUNT_ATTR_NODIRATIME;
}

static void add_proc(struct maker *m, size_t i)
{
    struct mount_read *r = &m->mounts[i];

    if (!owns(m, NS_PID)) {
        struct step_bind *s = plan_mount_host(m, i, "/proc", true);

        plan_note(m, "%s: the pid namespace is shared, so the host's /proc is bound", r->why);
        s->change.set |= NO_POWER;
        return;
    }
    repeat_flags(m, m->f->mounts.proc_flags, &r->change);
    plan_mount_plain(m, i, "proc");
}

static void add_sysfs(struct maker *m, size_t i)
{
    struct mount_read *r = &m->mounts[i];
    const char *cgroups = path_join(m->a, r->target, "fs/cgroup");
    struct step_bind *s;

    if (owns(m, NS_NET)) {
        repeat_flags(m, m->f->mounts.sys_flags, &r->change);
        plan_mount_plain(m, i, "sysfs");
        return;
    }
    if (!(r->change.set & MOUNT_ATTR_RDONLY))
        plan_warn(m, "%s: without a network namespace of its own the container gets the host's "
                     "/sys, read-only",
                  r->why);
    else
        plan_note(m, "%s: the network namespace is shared, so the host's /sys is bound", r->why);
    s = plan_mount_host(m, i, "/sys", true);
    s->change.clear = s->change.tree_clear = 0;
    s->change.tree_set |= NO_POWER | MOUNT_ATTR_RDONLY;
    if (!mounted_later(m, i, cgroups))
        add_cover(m, r, cgroups);
}

static void add_mqueue(struct maker *m, size_t i)
{
    const struct mount_read *r = &m->mounts[i];
    const struct path_fact *host = facts_path(m->f, "/dev/mqueue");

    if (owns(m, NS_IPC)) {
        plan_mount_plain(m, i, "mqueue");
    } else if (host && host->kind == KIND_DIR && !(m->joined & NS_IPC)) {
        plan_note(m, "%s: the ipc namespace is shared, so the host's /dev/mqueue is bound", r->why);
        plan_mount_host(m, i, "/dev/mqueue", true);
    } else {
        plan_warn(m, "%s: mqueue needs an ipc namespace of the container's own; %s stays empty",
                  r->why, r->target);
    }
}

/* "gid=5" where 5 is not mapped is EINVAL.  For terminals the group does not matter. */
static bool is_unmapped(const struct maker *m, const char *option, uint32_t *id)
{
    if (text_starts(option, "uid=") && text_id(option + 4, id))
        return m->map_known && !facts_map_has(&m->uids, *id, NULL);
    if (text_starts(option, "gid=") && text_id(option + 4, id))
        return m->map_known && !facts_map_has(&m->gids, *id, NULL);
    return false;
}

static void add_devpts(struct maker *m, size_t i)
{
    struct mount_read *r = &m->mounts[i];
    struct texts kept = { 0 };
    uint32_t id;

    for (size_t k = 0; k < r->data.n; k++)
        if (text_is(r->data.v[k], "newinstance"))
            continue; /* every devpts is, since Linux 4.7 */
        else if (!is_unmapped(m, r->data.v[k], &id))
            *LIST_ADD(m->a, &kept) = r->data.v[k];
        else
            plan_note(m, "%s.options: %s left out, the id is not mapped", r->why, r->data.v[k]);
    r->data = kept;
    plan_mount_plain(m, i, "devpts");
}

/* Devices are made in /dev, and mount points in what later mounts lie in. */
static bool is_filled_later(const struct maker *m, size_t i)
{
    const char *target = m->mounts[i].target;

    if (mounted_later(m, i, target))
        return false;
    if (text_is(target, "/dev"))
        return true;
    while (++i < m->spec->mounts.n)
        if (path_inside(m->mounts[i].target, target) && !m->mounts[i].skip)
            return true;
    return false;
}

static int add_tmpfs(struct maker *m, size_t i, struct err *e)
{
    struct mount_read *r = &m->mounts[i];
    struct step_mount_tmpfs *s;
    bool mode = false;
    uint32_t id = 0;

    for (size_t k = 0; k < r->data.n; k++) {
        if (is_unmapped(m, r->data.v[k], &id))
            return err_set(e, 0, "%s.options: %s: the id is not mapped in the container", r->why,
                           r->data.v[k]);
        mode = mode || text_starts(r->data.v[k], "mode=");
    }
    /* A sticky, world-writable /dev would refuse "> /dev/null" to everybody. */
    if (!mode && text_is(r->target, "/dev"))
        *LIST_ADD(m->a, &r->data) = "mode=755";
    if (((r->change.set | r->change.tree_set) & MOUNT_ATTR_RDONLY) && is_filled_later(m, i)) {
        r->late_ro = true;
        r->change.set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
        r->change.tree_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
    }
    if (r->mapped)
        *ADD(m, make_mapping, INIT, r->why) = r->mapping;
    s = ADD(m, mount_tmpfs, INIT, r->why);
    s->source = m->spec->mounts.v[i].source;
    s->target = r->target;
    s->options = r->data;
    s->attr = r->change.set;
    s->inherit = !mode && !text_is(r->target, "/dev");
    s->copy_up = r->copy_up;
    s->mapped = r->mapped;
    s->real = plan_mount_is_real(r->target);
    s->change = plan_after_birth(&r->change);
    return 0;
}

/* Without management of cgroups: a view of the own one where that is possible, else nothing
 * of the host's (CVE-2023-25809). */
static void add_cgroup(struct maker *m, size_t i)
{
    struct mount_read *r = &m->mounts[i];
    enum cgroup_kind kind = m->f->mounts.cgroup;
    bool two = kind == CGROUP_V2 ||
               (kind == CGROUP_HYBRID && text_is(m->spec->mounts.v[i].type, "cgroup2"));

    r->data = (struct texts){ 0 };
    if (two && owns(m, NS_CGROUP) && ((m->create | m->joined) & NS_CGROUP)) {
        plan_mount_plain(m, i, "cgroup2");
    } else if (kind == CGROUP_V2 && m->f->mounts.cgroup_own) {
        struct step_bind *s = plan_mount_host(m, i, m->f->mounts.cgroup_own, true);

        /* Whatever was asked for: it is the launcher's, and may have children of others. */
        s->change.clear = s->change.tree_clear = 0;
        s->change.set |= NO_POWER;
        s->change.tree_set |= MOUNT_ATTR_RDONLY;
    } else {
        plan_note(m, "%s: no cgroup file system that the container could have; %s is empty",
                  r->why, r->target);
        add_cover(m, r, r->target);
    }
}

const char *plan_mount_label(const struct maker *m, const char **option)
{
    const char *label = m->spec->linux_ ? m->spec->linux_->mount_label : NULL;
    const char *word = spec_annotation(m->spec, ANNOTATION_MOUNT_CONTEXT);

    if (!label || !*label)
        return NULL;
    *option = arena_printf(m->a, "%s=", word ? word : "context");
    return arena_printf(m->a, "%s%s", *option, label);
}

/* What is not a view of the kernel gets the label that was asked for. */
static void add_label(struct maker *m, struct mount_read *r)
{
    const char *option;
    const char *label = plan_mount_label(m, &option);

    if (!label)
        return;
    for (size_t i = 0; i < r->data.n; i++)
        if (text_starts(r->data.v[i], option) || text_starts(r->data.v[i], "context="))
            return;
    *LIST_ADD(m->a, &r->data) = label;
}

int plan_mount_fs(struct maker *m, size_t i, struct err *e)
{
    const char *type = m->spec->mounts.v[i].type;

    if (!type || !*type)
        return err_set(e, 0, "mounts[%zu].type: missing, and the options have neither bind nor "
                             "rbind",
                       i);
    if (m->mounts[i].copy_up && !text_is(type, "tmpfs"))
        return err_set(e, 0, "mounts[%zu].options: tmpcopyup is for tmpfs, not for %s", i, type);
    if (text_is(type, "proc"))
        return add_proc(m, i), 0;
    if (text_is(type, "sysfs"))
        return add_sysfs(m, i), 0;
    if (text_is(type, "mqueue"))
        return add_mqueue(m, i), 0;
    if (text_is(type, "cgroup") || text_is(type, "cgroup2"))
        return add_cgroup(m, i), 0;
    add_label(m, &m->mounts[i]);
    if (text_is(type, "tmpfs"))
        return add_tmpfs(m, i, e);
    if (text_is(type, "overlay"))
        return plan_mount_overlay(m, i), 0;
    if (text_is(type, "devpts"))
        return add_devpts(m, i), 0;
    plan_mount_plain(m, i, type);
    return 0;
}
