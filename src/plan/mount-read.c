/* plan/mount-read.c - the options of each mount, understood once. */
#include <linux/mount.h>
#include <string.h>
#include <sys/mount.h>

#include "base/path.h"
#include "plan/make.h"
#include "spec/names.h"

static int read_word(struct maker *m, struct mount_read *r, const struct mount_word *word,
                     const char *option, struct err *e)
{
    switch (word->special) {
    case MOUNT_BIND:
    case MOUNT_RBIND:
        r->bind = true;
        r->tree = word->special == MOUNT_RBIND;
        return 0;
    case MOUNT_REMOUNT:
        r->remount = true;
        return 0;
    case MOUNT_TMPCOPYUP:
        r->copy_up = true;
        return 0;
    case MOUNT_OPTIONAL:
        r->optional = true;
        return 0;
    case MOUNT_SRC_NOFOLLOW:
        r->beneath = "/";
        return 0;
    case MOUNT_SRC_BENEATH:
        r->beneath = path_clean(m->a, m->o->bundle, option + strlen(MOUNT_WORD_BENEATH));
        return 0;
    case MOUNT_IDMAP:
    case MOUNT_RIDMAP:
        r->mapped = true;
        r->mapped_tree = word->special == MOUNT_RIDMAP;
        return 0;
    case MOUNT_REFUSED:
        return err_set(e, 0, "%s.options: %s is not supported", r->why, word->name);
    case MOUNT_PLAIN:
        break;
    }
    if (word->flag && !r->bind)
        *LIST_ADD(m->a, &r->data) = word->flag;
    if (text_is(word->name, "rw"))
        r->asks_rw = true;
    mount_word_apply(word, &r->change);
    return 0;
}

static int read_options(struct maker *m, const struct spec_mount *from, struct mount_read *r,
                        struct err *e)
{
    r->bind = spec_is_bind(from);
    for (size_t i = 0; i < from->options.n; i++) {
        const struct mount_word *word = mount_word_find(from->options.v[i]);

        if (word)
            TRY(read_word(m, r, word, from->options.v[i], e));
        else if (text_is(from->options.v[i], "ephemeral") && text_is(from->type, "overlay"))
            r->ephemeral = true;
        else
            *LIST_ADD(m->a, &r->data) = from->options.v[i];
    }
    return 0;
}

static int read_source(struct maker *m, const struct spec_mount *from, struct mount_read *r,
                       struct err *e)
{
    /* A remount looks at nothing but its target. */
    if (!r->bind || r->remount)
        return 0;
    if (!from->source || !*from->source)
        return err_set(e, 0, "%s.source: a bind mount needs one", r->why);
    r->source = path_clean(m->a, m->o->bundle, from->source);
    r->fact = facts_path(m->f, r->source);
    if (!r->fact)
        BUG("source %s was not asked for", r->source);
    if (r->beneath && !path_inside(r->source, r->beneath))
        return err_set(e, 0, "%s.options: %s%s: %s is not below it", r->why, MOUNT_WORD_BENEATH,
                       r->beneath, r->source);
    if (r->fact->kind != KIND_MISSING)
        return 0;
    if (r->optional) {
        plan_warn(m, "%s: %s: %s; left out, since it is optional", r->why, r->source,
                  err_text(r->fact->num));
        r->skip = true;
        return 0;
    }
    err_set(e, r->fact->num, "%s.source: %s", r->why, r->source);
    if (r->fact->stop)
        err_hint(e, "cannot search %s", plan_stop(m, r->fact));
    return -1;
}

/* The cgroups of the caller lie below, which he may write: a read-only /sys must be that in all
 * of its mounts (CVE-2023-25809). */
static void protect_sysfs(struct mount_read *r)
{
    uint64_t power = r->change.set & (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
                                      MOUNT_ATTR_NOEXEC);

    if (!r->tree || !(power & MOUNT_ATTR_RDONLY) || !path_inside(r->source, "/sys"))
        return;
    r->change.set &= ~power;
    r->change.tree_set |= power;
}

int plan_mounts_read(struct maker *m, struct err *e)
{
    size_t n = m->spec->mounts.n;

    m->mounts = arena_get(m->a, (n + 1) * sizeof *m->mounts);
    for (size_t i = 0; i < n; i++) {
        const struct spec_mount *from = &m->spec->mounts.v[i];
        struct mount_read *r = &m->mounts[i];

        r->why = plan_at(m, "mounts", i);
        r->target = path_clean(m->a, "/", from->destination);
        r->slot = -1;
        r->mapped = from->uid_mappings.n;
        TRY(read_options(m, from, r, e));
        TRY(read_source(m, from, r, e));
        TRY(plan_mapped_decide(m, i, e));
        protect_sysfs(r);
        if (*from->destination != '/')
            plan_note(m, "%s.destination: %s is relative, taken as %s", r->why, from->destination,
                      r->target);
        if (text_is(r->target, "/dev") && !r->skip && !r->remount) {
            m->dev_is_mounted = true;
            m->dev_is_bound = r->bind;
        }
    }
    return 0;
}
