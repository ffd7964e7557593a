/* plan/mount-overlay.c - overlays among the mounts. */
#include <errno.h>
#include <linux/mount.h>
#include <string.h>

#include "base/path.h"
#include "plan/make.h"

/* "a:b\\:c" is two directories. */
static void split(struct arena *a, const char *bundle, const char *text, struct texts *out)
{
    while (*text) {
        char *one = arena_get(a, strlen(text) + 1);
        size_t n = 0;

        for (; *text && *text != ':'; text++) {
            if (*text == '\\' && text[1])
                text++;
            one[n++] = *text;
        }
        if (*text == ':')
            text++;
        if (n)
            *LIST_ADD(a, out) = path_clean(a, bundle, one);
    }
}

void plan_mount_overlay_want(struct arena *a, const struct spec_mount *from, const char *bundle,
                             struct questions *q)
{
    struct texts lower = { 0 };

    q->overlay = true;
    q->ephemeral = q->ephemeral || text_list_has(&from->options, "ephemeral");
    for (size_t i = 0; i < from->options.n; i++)
        if (text_starts(from->options.v[i], "lowerdir="))
            split(a, bundle, from->options.v[i] + strlen("lowerdir="), &lower);
    for (size_t i = 0; i < lower.n; i++)
        *LIST_ADD(a, &q->paths) = lower.v[i];
}

/* What is left is for the file system. */
static int read_layers(struct maker *m, struct mount_read *r, struct err *e)
{
    static const char *const never[] = { "metacopy=on",    "redirect_dir=on", "redirect_dir=follow",
                                         "nfs_export=on",  "index=on",        "verity=on",
                                         "verity=require" };
    struct texts rest = { 0 };

    for (size_t k = 0; k < r->data.n; k++) {
        const char *o = r->data.v[k];

        for (size_t x = 0; unprivileged(m) && x < COUNT_OF(never); x++)
            if (text_is(o, never[x]))
                return err_set(e, 0, "%s.options: %s does not work in a user namespace", r->why, o);
        if (text_starts(o, "lowerdir="))
            split(m->a, m->o->bundle, o + strlen("lowerdir="), &r->lower);
        else if (text_starts(o, "upperdir="))
            r->upperdir = path_clean(m->a, m->o->bundle, o + strlen("upperdir="));
        else if (text_starts(o, "workdir="))
            r->workdir = path_clean(m->a, m->o->bundle, o + strlen("workdir="));
        else
            *LIST_ADD(m->a, &rest) = o;
    }
    /* Opaque directories are kept in user.* attributes there. */
    if (unprivileged(m) && r->upperdir && !text_list_has(&rest, "userxattr"))
        *LIST_ADD(m->a, &rest) = "userxattr";
    r->data = rest;
    return 0;
}

/* Who cannot reach one may still have the power to, in the user namespace. */
static int check_lower(struct maker *m, const struct mount_read *r, const char *path, struct err *e)
{
    const struct path_fact *fact = facts_path(m->f, path);

    if (!fact)
        BUG("layer %s was not asked for", path);
    if (fact->kind == KIND_DIR || (fact->kind == KIND_MISSING && fact->num == EACCES))
        return 0;
    if (fact->kind == KIND_MISSING)
        return err_set(e, fact->num, "%s.options: lowerdir %s", r->why, path);
    err_set(e, 0, "%s.options: lowerdir %s is not a directory", r->why, path);
    return err_hint(e, "an overlay is made of directories; mount a file with bind");
}

static int check(struct maker *m, const struct mount_read *r, struct err *e)
{
    if (r->ephemeral && (r->upperdir || r->workdir))
        return err_set(e, 0, "%s.options: ephemeral and %s=%s exclude each other", r->why,
                       r->upperdir ? "upperdir" : "workdir",
                       r->upperdir ? r->upperdir : r->workdir);
    if (!r->lower.n)
        return err_set(e, 0, "%s.options: an overlay needs lowerdir=", r->why);
    if (!r->upperdir != !r->workdir)
        return err_set(e, 0, "%s.options: upperdir= and workdir= go together", r->why);
    if (r->lower.n > MOST_LOWER)
        return err_set(e, 0, "%s.options: %zu lower directories, the kernel takes %d", r->why,
                       r->lower.n, MOST_LOWER);
    for (size_t k = 0; k < r->lower.n; k++)
        TRY(check_lower(m, r, r->lower.v[k], e));
    return 0;
}

int plan_mount_overlay_decide(struct maker *m, size_t i, struct err *e)
{
    const struct spec_mount *from = &m->spec->mounts.v[i];
    struct mount_read *r = &m->mounts[i];

    if (!text_is(from->type, "overlay") || r->bind || r->remount || r->skip)
        return 0;
    TRY(read_layers(m, r, e));
    TRY(check(m, r, e));
    if (!r->ephemeral)
        return 0;
    /* A volume that forgets. */
    return plan_overlay_thrown(m, r->why, arena_printf(m->a, "m%zu", i), NULL, &r->upper, e);
}

static const char *upper_of(const struct mount_read *r)
{
    return r->ephemeral ? r->upper.dir : r->upperdir;
}

static bool is_pinned(const struct maker *m, const struct mount_read *r)
{
    bool hidden = (r->upperdir && plan_is_hidden(m, r->upperdir)) ||
                  (r->workdir && plan_is_hidden(m, r->workdir));

    for (size_t k = 0; k < r->lower.n; k++)
        hidden = hidden || plan_is_hidden(m, r->lower.v[k]);
    return m->pinned || hidden;
}

/* In the order in which run/init-overlay.c has those of the root: the lowest, those above it, then the
 * upper layer. */
void plan_mount_overlay_pins(struct maker *m, size_t i, int *slot)
{
    struct mount_read *r = &m->mounts[i];

    if (!is_pinned(m, r))
        return;
    r->slot = *slot;
    plan_pin_layer(m, slot, r->why, r->lower.v[r->lower.n - 1]);
    for (size_t k = 0; k + 1 < r->lower.n; k++)
        plan_pin_layer(m, slot, r->why, r->lower.v[k]);
    if (upper_of(r))
        plan_pin_layer(m, slot, r->why, upper_of(r));
    if (r->workdir)
        plan_pin_layer(m, slot, r->why, r->workdir);
}

void plan_mount_overlay(struct maker *m, size_t i)
{
    const struct mount_read *r = &m->mounts[i];
    struct step_mount_overlay *s;

    /* The kernel wants two, and one is what it is. */
    if (r->lower.n == 1 && !r->upperdir && !r->ephemeral) {
        struct step_bind *bind;

        plan_note(m, "%s: one lower directory and no upper one: it is bound, read-only", r->why);
        bind = plan_mount_host(m, i, r->lower.v[0], false);
        bind->slot = r->slot;
        bind->change.set |= MOUNT_ATTR_RDONLY;
        return;
    }
    s = ADD(m, mount_overlay, INIT, r->why);
    s->options = r->data;
    if (r->ephemeral) {
        s->tmpfs = r->upper.tmpfs;
        s->attach = plan_layers_attach(m, &r->upper);
        plan_overlay_options(m, &r->upper, &s->options);
    }
    s->lower = r->lower;
    s->upper = upper_of(r);
    s->work = r->workdir;
    s->slot = r->slot;
    s->layers = plan_layers_form(m, s->lower.n);
    s->source = m->spec->mounts.v[i].source;
    s->target = r->target;
    s->attr = r->change.set;
    s->real = plan_mount_is_real(r->target);
    s->change = plan_after_birth(&r->change);
}
