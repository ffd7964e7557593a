/* plan/overlay.c - a root that is made of layers: root.path is the lowest and never written. */
#include <errno.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "plan/make.h"
#include "spec/names.h"

#define KEY(name) "annotations[\"" name "\"]"
#define MOST_IN_STRING 12   /* "/proc/self/fd/123:" in the 255 bytes that fsconfig(2) takes */

/* ---- what is asked ---- */

enum kind_of_upper { UPPER_NONE, UPPER_EPHEMERAL, UPPER_KEPT };

static const struct name kinds[] = {
    { "ephemeral", UPPER_EPHEMERAL },
    { "upper", UPPER_KEPT },
    { NULL, 0 },
};

enum driver { DRIVER_AUTO, DRIVER_KERNEL, DRIVER_FUSE };

static const struct name drivers[] = {
    { "auto", DRIVER_AUTO },
    { "kernel", DRIVER_KERNEL },
    { "fuse", DRIVER_FUSE },
    { NULL, 0 },
};

struct lower {
    uint32_t number;
    const char *key, *path;
};

struct wish {
    bool any;
    enum kind_of_upper kind;
    enum driver driver;
    bool volatile_;
    const char *size;
    const char *upper; /* absolute */
    struct { struct lower *v; size_t n; } lower;
};

/* A number with a unit, or a part of the memory: "512m", "20%". */
static bool is_size(const char *text)
{
    size_t n = strspn(text, "0123456789");

    if (n == 0 || n > 15 || text[strspn(text, "0")] < '1' || text[strspn(text, "0")] > '9')
        return false;
    return !text[n] || (strchr("kKmMgGtT%", text[n]) && !text[n + 1]);
}

static int read_word(const struct name *table, const char *value, int *out, struct err *e)
{
    const struct name *row = names_find(table, value);
    const char *nearest = names_nearest(table, value);

    if (row) {
        *out = (int)row->value;
        return 0;
    }
    err_set(e, 0, "unknown word \"%s\"", value);
    return nearest ? err_hint(e, "did you mean \"%s\"?", nearest) : -1;
}

static int read_bool(const char *value, bool *out, struct err *e)
{
    *out = text_is(value, "true");
    return *out || text_is(value, "false") ? 0 : err_set(e, 0, "wants true or false");
}

static int read_dir(struct arena *a, const char *bundle, const char *value, const char **out,
                    struct err *e)
{
    if (!*value)
        return err_set(e, 0, "wants a directory");
    *out = path_clean(a, bundle, value);
    return 0;
}

static int read_lower(struct arena *a, const char *bundle, const struct pair *p, struct wish *w,
                      struct err *e)
{
    const char *number = p->key + strlen(ANNOTATION_ROOT_LOWER);
    struct lower *one = LIST_ADD(a, &w->lower);

    /* "01" would be another name of 1. */
    if (!text_u32(number, &one->number) || (*number == '0' && number[1]))
        return err_set(e, 0, "\"%s\" is not a number", number);
    one->key = p->key;
    return read_dir(a, bundle, p->value, &one->path, e);
}

static int read_key(struct arena *a, const char *bundle, const struct pair *p, struct wish *w,
                    struct err *e)
{
    int word = 0;

    if (text_starts(p->key, ANNOTATION_ROOT_LOWER))
        return read_lower(a, bundle, p, w, e);
    if (text_is(p->key, ANNOTATION_ROOT_UPPER))
        return read_dir(a, bundle, p->value, &w->upper, e);
    if (text_is(p->key, ANNOTATION_ROOT_VOLATILE))
        return read_bool(p->value, &w->volatile_, e);
    if (text_is(p->key, ANNOTATION_ROOT_SIZE)) {
        w->size = p->value;
        return is_size(p->value) ? 0 : err_set(e, 0, "\"%s\" is no size like 512m or 20%%", p->value);
    }
    if (text_is(p->key, ANNOTATION_ROOT_OVERLAY)) {
        TRY(read_word(kinds, p->value, &word, e));
        w->kind = (enum kind_of_upper)word;
        return 0;
    }
    if (text_is(p->key, ANNOTATION_ROOT_DRIVER)) {
        TRY(read_word(drivers, p->value, &word, e));
        w->driver = (enum driver)word;
        return 0;
    }
    err_set(e, 0, "unknown key");
    return err_hint(e, "there are overlay, size, upper, lower.0 and so on, driver and volatile");
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = ((const struct lower *)a)->number, y = ((const struct lower *)b)->number;

    return x < y ? -1 : x > y;
}

/* Each key is good by itself; do they go together? */
static int check_together(struct wish *w, struct err *e)
{
    if (w->kind == UPPER_KEPT && !w->upper)
        return err_set(e, 0, KEY(ANNOTATION_ROOT_UPPER) ": is missing");
    if (w->kind != UPPER_KEPT && w->upper)
        return err_set(e, 0, KEY(ANNOTATION_ROOT_UPPER) ": goes with " ANNOTATION_ROOT_OVERLAY
                                                        "=upper");
    if (w->kind != UPPER_EPHEMERAL && w->size)
        return err_set(e, 0, KEY(ANNOTATION_ROOT_SIZE) ": goes with " ANNOTATION_ROOT_OVERLAY
                                                       "=ephemeral");
    if (w->kind == UPPER_NONE && w->volatile_)
        return err_set(e, 0, KEY(ANNOTATION_ROOT_VOLATILE) ": there is no upper layer");
    if (w->kind == UPPER_NONE && !w->lower.n)
        return err_set(e, 0, KEY(ANNOTATION_ROOT_DRIVER) ": there are no layers");
    if (w->lower.n)
        qsort(w->lower.v, w->lower.n, sizeof *w->lower.v, by_number);
    for (size_t i = 0; i < w->lower.n; i++)
        if (w->lower.v[i].number != i)
            return err_set(e, 0, KEY(ANNOTATION_ROOT_LOWER "%zu") ": is missing, %s is there", i,
                           w->lower.v[i].key);
    return 0;
}

static int read_wish(struct arena *a, const struct spec *s, const char *bundle, struct wish *w,
                     struct err *e)
{
    *w = (struct wish){ 0 };
    for (size_t i = 0; i < s->annotations.n; i++) {
        const struct pair *p = &s->annotations.v[i];

        if (!text_starts(p->key, ANNOTATION_ROOT))
            continue;
        w->any = true;
        if (read_key(a, bundle, p, w, e) < 0)
            return err_ctx(e, KEY("%s"), p->key);
    }
    return w->any ? check_together(w, e) : 0;
}

static const char *kept_layer(struct arena *a, const char *upper)
{
    return path_join(a, upper, "diff");
}

void plan_overlay_want(struct arena *a, const struct spec *s, const struct plan_options *o,
                       struct questions *q)
{
    struct err ignored = { 0 };
    struct wish w;

    /* What is wrong with it is told by who plans. */
    if (read_wish(a, s, o->bundle, &w, &ignored) < 0 || !w.any)
        return;
    q->overlay = true;
    q->upper = w.upper;
    q->ephemeral = q->ephemeral || (w.kind == UPPER_EPHEMERAL && w.driver != DRIVER_FUSE);
    q->fuse = w.driver == DRIVER_FUSE;
    q->fuse_if_needed = w.driver == DRIVER_AUTO;
    for (size_t i = 0; i < w.lower.n; i++)
        *LIST_ADD(a, &q->paths) = *LIST_ADD(a, &q->lower) = w.lower.v[i].path;
    *LIST_ADD(a, &q->lower) = path_clean(a, o->bundle, s->root->path);
    if (w.upper && s->root->readonly)
        *LIST_ADD(a, &q->paths) = kept_layer(a, w.upper);
}

/* ---- layers ---- */

enum layers plan_layers_form(const struct maker *m, size_t lower)
{
    if (m->f->kernel.overlay_fd_layers)
        return LAYERS_FD;
    if (m->f->kernel.overlay_lowerdir_plus)
        return LAYERS_PLUS;
    return lower <= MOST_IN_STRING ? LAYERS_STRING : LAYERS_NUMBERS;
}

/* The kernel takes a layer of a mount that is attached nowhere since it clones such mounts. */
bool plan_layers_attach(const struct maker *m, const struct upper *u)
{
    return u->tmpfs && !m->f->kernel.clone_detached;
}

static int check_lower(struct maker *m, const struct lower *l, struct err *e)
{
    const struct path_fact *fact = facts_path(m->f, l->path);

    if (!fact)
        BUG("layer %s was not asked for", l->path);
    if (fact->kind == KIND_DIR)
        return 0;
    err_set(e, fact->num, KEY("%s") ": %s%s", l->key, l->path,
            fact->kind == KIND_MISSING ? "" : " is not a directory");
    return fact->stop ? err_hint(e, "cannot search %s", fact->stop) : -1;
}

static int check_lowers(struct maker *m, const struct wish *w, struct err *e)
{
    if (w->lower.n + 1 > MOST_LOWER)
        return err_set(e, 0, KEY("%s") ": %zu lower directories with root.path, the kernel takes %d",
                       w->lower.v[w->lower.n - 1].key, w->lower.n + 1, MOST_LOWER);
    for (size_t i = 0; i < w->lower.n; i++)
        TRY(check_lower(m, &w->lower.v[i], e));
    return 0;
}

/* The kernel refuses layers that lie in each other, and says no more than "loop". */
static int check_apart(const char *why, const struct upper_fact *u, struct err *e)
{
    if (!u->meets)
        return 0;
    err_set(e, 0, "%s: the upper layer %s and the lower one %s lie in each other", why, u->path,
            u->meets);
    return err_hint(e, "give a directory that is beside the lower ones");
}

/* ---- the upper layer ---- */

static int cannot_be(const char *why, const struct upper_fact *u, struct err *e)
{
    err_set(e, u->num, "%s: no upper layer can be in %s%s%s", why, u->path, u->fs ? ", on " : "",
            u->fs ? u->fs : "");
    return err_hint(e, "use a directory on another disk, or --overlay-driver=fuse");
}

static int no_attributes(const char *why, const struct upper_fact *u, struct err *e)
{
    err_set(e, u->xattr, "%s: an upper layer needs user.* attributes, and %s is on %s", why, u->path,
            u->fs ? u->fs : "a file system without them");
    return err_hint(e, "use a directory on another disk, or --overlay-driver=fuse");
}

/* Directories are made and opened with ids of the container. */
static int check_own_id(struct maker *m, const char *why, struct err *e)
{
    if (!m->user_ns || !m->map_known || facts_map_has_outside(&m->uids, m->f->self.euid, NULL))
        return 0;
    err_set(e, 0, "%s: the container cannot write an upper layer of yours, since your uid %u is not "
                  "mapped",
            why, m->f->self.euid);
    return err_hint(e, "map your own id too, or use an ephemeral root on tmpfs");
}

static int check_maker(struct maker *m, const char *why, const struct upper_fact *u, struct err *e)
{
    const bool by_fuse = u->made_by && text_starts(u->made_by, "fuse-overlayfs");

    if (!u->made_by || (m->root_fuse && by_fuse))
        return 0;
    err_set(e, 0, "%s: %s/diff was made by %s, which keeps deleted files in another way", why, u->path,
            u->made_by);
    return err_hint(e, "%sstart with an empty directory",
                    by_fuse && !m->root_fuse ? "use --overlay-driver=fuse, or " : "");
}

static int decide_kept(struct maker *m, const struct wish *w, struct err *e)
{
    const char *why = KEY(ANNOTATION_ROOT_UPPER);
    const struct upper_fact *u = &m->f->upper.kept;

    if (!u->path || !text_is(u->path, w->upper))
        BUG("upper %s was not asked for", w->upper);
    if (u->num)
        return cannot_be(why, u, e);
    if (u->xattr && unprivileged(m) && !m->root_fuse)
        return no_attributes(why, u, e);
    TRY(check_maker(m, why, u, e));
    TRY(plan_fuse_check_kept(m, why, e));
    TRY(check_own_id(m, why, e));
    TRY(check_apart(why, u, e));
    m->root_upper = (struct upper){ .dir = u->path, .kept = true };
    return 0;
}

/* One place for all upper layers that are thrown away. */
static int decide_place(struct maker *m, const char *why, struct err *e)
{
    const struct upper_fact *first = m->f->upper.places.n ? &m->f->upper.places.v[0] : NULL;

    /* Root keeps them in other attributes, which every tmpfs has. */
    if (m->f->upper.tmpfs_xattrs || !unprivileged(m) || m->thrown)
        return 0;
    for (size_t i = 0; i < m->f->upper.places.n; i++) {
        const struct upper_fact *u = &m->f->upper.places.v[i];

        if (u->num || u->xattr) {
            plan_note(m, "%s: not in %s: %s", why, u->path, err_text(u->num ? u->num : u->xattr));
            continue;
        }
        TRY(check_own_id(m, why, e));
        m->thrown_why = why;
        m->thrown = arena_printf(m->a, "%s/rcrun-%s.%s", u->path, m->o->id, m->f->upper.unique);
        return 0;
    }
    if (first && !first->num)
        return no_attributes(why, first, e);
    if (!first)
        return err_set(e, 0, "%s: no directory for the upper layer", why);
    err_set(e, first->num, "%s: no directory for the upper layer: %s%s%s", why, first->path,
            first->fs ? ", on " : "", first->fs ? first->fs : "");
    return err_hint(e, "set TMPDIR to a directory on a disk, or use --overlay-driver=fuse");
}

/* The server has a tmpfs of its own, and needs no attributes. */
static void decide_served(struct maker *m, const struct wish *w)
{
    m->root_upper = (struct upper){ .tmpfs = true, .size = w->size, .volatile_ = true };
}

int plan_overlay_thrown(struct maker *m, const char *why, const char *part, const char *size,
                        struct upper *out, struct err *e)
{
    TRY(decide_place(m, why, e));
    *out = (struct upper){ .tmpfs = !m->thrown, .volatile_ = true };
    if (!m->thrown) {
        out->size = size;
        return 0;
    }
    out->dir = path_join(m->a, m->thrown, part);
    *LIST_ADD(m->a, &m->thrown_parts) = part;
    if (size)
        plan_warn(m, "%s: without effect: tmpfs has no user.* attributes on this kernel, so the "
                     "layer is in %s",
                  KEY(ANNOTATION_ROOT_SIZE), m->thrown);
    return 0;
}

/* ---- the root ---- */

/* What was kept is shown, as one layer more that is not written. */
static int decide_shown(struct maker *m, const struct wish *w, struct err *e)
{
    const char *why = KEY(ANNOTATION_ROOT_UPPER), *layer = kept_layer(m->a, w->upper);
    const struct path_fact *fact = facts_path(m->f, layer);

    if (!fact)
        BUG("layer %s was not asked for", layer);
    plan_note(m, "root.readonly: the upper layer is not written");
    if (fact->num == ENOENT)
        return 0;
    if (fact->kind != KIND_DIR)
        return err_set(e, fact->num, "%s: %s%s", why, layer,
                       fact->kind == KIND_MISSING ? "" : " is not a directory");
    TRY(check_maker(m, why, &m->f->upper.kept, e));
    *LIST_ADD(m->a, &m->layers) = layer;
    return 0;
}

static int decide_upper(struct maker *m, const struct wish *w, struct err *e)
{
    if (w->kind == UPPER_KEPT && m->spec->root->readonly)
        return decide_shown(m, w, e);
    if (w->kind == UPPER_EPHEMERAL && m->spec->root->readonly) {
        plan_warn(m, "%s: without effect, since root.readonly is set", m->layers_why);
        return 0;
    }
    if (w->kind == UPPER_NONE) {
        if (!m->spec->root->readonly)
            plan_warn(m, "%s: the root is read-only, since there is no upper layer", m->layers_why);
        return 0;
    }
    if (w->kind == UPPER_KEPT)
        return decide_kept(m, w, e);
    if (m->root_fuse)
        return decide_served(m, w), 0;
    return plan_overlay_thrown(m, m->layers_why, "root", w->size, &m->root_upper, e);
}

/* Why the kernel's overlay cannot be the root here, and what else would do; NULL = it can. */
static const char *kernel_cannot(struct maker *m, const struct wish *w, const char **else_)
{
    const struct upper_fact *kept = &m->f->upper.kept;
    int num = m->f->kernel.overlay_refused;

    *else_ = NULL;
    if (!unprivileged(m))
        return NULL;
    if (num)
        return arena_printf(m->a, "the kernel refuses an overlay in a user namespace: %s",
                            err_text(num));
    if (w->kind != UPPER_KEPT || !kept->xattr || m->spec->root->readonly)
        return NULL;
    *else_ = "use a directory on another disk";
    return arena_printf(m->a, "an upper layer needs user.* attributes, and %s is on %s", kept->path,
                        kept->fs ? kept->fs : "a file system without them");
}

static int decide_driver(struct maker *m, const struct wish *w, struct err *e)
{
    const char *cannot, *else_;

    if (w->driver == DRIVER_FUSE) {
        m->root_fuse = true;
        return plan_fuse_check(m, KEY(ANNOTATION_ROOT_DRIVER), e);
    }
    cannot = w->driver == DRIVER_AUTO ? kernel_cannot(m, w, &else_) : NULL;
    if (!cannot)
        return 0;
    if (plan_fuse_check(m, arena_printf(m->a, "%s: %s", m->layers_why, cannot), e) < 0)
        return else_ ? err_hint(e, "%s; or %s", arena_text(m->a, e->hint), else_) : -1;
    m->root_fuse = true;
    plan_note(m, "%s: by fuse-overlayfs, since %s", m->layers_why, cannot);
    return 0;
}

static int decide_root(struct maker *m, const struct wish *w, struct err *e)
{
    m->layers_why = w->kind != UPPER_NONE ? KEY(ANNOTATION_ROOT_OVERLAY)
                    : w->lower.n          ? KEY(ANNOTATION_ROOT_LOWER "0")
                                          : KEY(ANNOTATION_ROOT_DRIVER);
    if (!makes(m, NS_MOUNT)) {
        err_set(e, 0, "%s: an overlay needs a mount namespace of the container's own",
                m->layers_why);
        return err_hint(e, "add {\"type\": \"mount\"} to linux.namespaces");
    }
    TRY(decide_driver(m, w, e));
    TRY(check_lowers(m, w, e));
    TRY(decide_upper(m, w, e));
    for (size_t i = 0; i < w->lower.n; i++)
        *LIST_ADD(m->a, &m->layers) = w->lower.v[i].path;
    m->layered = m->layers.n || m->root_upper.tmpfs || m->root_upper.dir;
    /* The kernel wants two, and one is what it is; but it is not written. */
    m->root_bound_ro = !m->layered;
    m->root_fuse = m->root_fuse && m->layered;
    if (m->root_fuse && m->spec->linux_ && m->spec->linux_->mount_label &&
        *m->spec->linux_->mount_label)
        return err_set(e, 0, "linux.mountLabel: not for a root by fuse-overlayfs");
    m->root_upper.volatile_ = m->root_upper.volatile_ || w->volatile_;
    return 0;
}

int plan_overlay_decide(struct maker *m, struct err *e)
{
    struct wish w;

    TRY(read_wish(m->a, m->spec, m->o->bundle, &w, e));
    if (w.any)
        TRY(decide_root(m, &w, e));
    for (size_t i = 0; i < m->spec->mounts.n && makes(m, NS_MOUNT); i++)
        TRY(plan_mount_overlay_decide(m, i, e));
    return 0;
}

/* Options come one by one, and never those that make a layer readable by nobody else.  The index
 * does not work in a user namespace, and is turned off by the kernel; but who asks for it gets an
 * upper layer for himself alone. */
void plan_overlay_options(struct maker *m, const struct upper *u, struct texts *out)
{
    if (unprivileged(m))
        *LIST_ADD(m->a, out) = "userxattr";
    if (unprivileged(m) && u->dir)
        *LIST_ADD(m->a, out) = "index=on";
    /* There is nothing to sync in memory. */
    if (u->volatile_ && u->dir)
        *LIST_ADD(m->a, out) = "volatile";
}

/* ---- steps ---- */

static const char *xattrs_of(const struct maker *m)
{
    return unprivileged(m) ? "user" : "trusted";
}

static void add_make(struct maker *m, const char *dir, bool keep)
{
    struct step_make_upper *s = ADD(m, make_upper, PARENT, keep ? m->layers_why : m->thrown_why);

    s->dir = dir;
    s->keep = keep;
    if (!keep) {
        s->parts = m->thrown_parts;
        s->root = m->f->state_root;
    }
    s->driver = keep && m->root_fuse ? "fuse" : "kernel";
    s->xattrs = keep && m->root_fuse ? NULL : xattrs_of(m);
    s->map = m->map_known && m->user_ns ? map_text(m->a, &m->uids) : NULL;
}

/* An upper layer of another container may be a lower one here: when nobody writes it. */
static void add_check(struct maker *m)
{
    struct step_check_lower *s;

    if (!m->layers.n && !text_is(path_last(m->root_path), "diff"))
        return;
    s = ADD(m, check_lower, PARENT, m->layers_why);
    s->driver = m->root_fuse ? "fuse" : "kernel";
    s->xattrs = m->root_fuse ? NULL : xattrs_of(m);
    for (size_t i = 0; i < m->layers.n; i++)
        *LIST_ADD(m->a, &s->lower) = m->layers.v[i];
    *LIST_ADD(m->a, &s->lower) = m->root_path;
}

void plan_overlay_make(struct maker *m)
{
    if (m->layered)
        add_check(m);
    if (m->root_upper.kept)
        add_make(m, m->root_upper.dir, true);
    if (m->thrown)
        add_make(m, m->thrown, false);
}

void plan_overlay_drop(struct maker *m)
{
    if (m->thrown)
        ADD(m, drop_upper, PARENT, m->thrown_why)->dir = m->thrown;
}

void plan_pin_layer(struct maker *m, int *slot, const char *why, const char *source)
{
    const struct path_fact *fact = facts_path(m->f, source);
    struct step_pin_source *s = ADD(m, pin_source, m->early, why);

    s->slot = (*slot)++;
    s->source = source;
    s->expect = KIND_DIR;
    if (fact)
        s->inode = (struct inode){ fact->dev, fact->ino };
}

/* Behind that of root.path, which is the lowest. */
void plan_overlay_pins(struct maker *m, int *slot)
{
    /* The server opens them, as the caller. */
    if (m->root_fuse)
        return;
    for (size_t i = 0; i < m->layers.n; i++)
        plan_pin_layer(m, slot, plan_at(m, "lower", i), m->layers.v[i]);
    if (m->root_upper.dir)
        plan_pin_layer(m, slot, m->layers_why, m->root_upper.dir);
}

void plan_open_overlay(struct maker *m)
{
    const struct path_fact *fact = facts_path(m->f, m->root_path);
    struct step_open_overlay *s = ADD(m, open_overlay, INIT, m->layers_why);
    const char *option, *label = plan_mount_label(m, &option);

    s->source = m->root_path;
    s->slot = m->pinned ? 0 : -1;
    s->inode = (struct inode){ fact->dev, fact->ino };
    s->layers = plan_layers_form(m, m->layers.n + 1);
    s->lower = m->layers;
    s->upper = m->root_upper.dir;
    s->tmpfs = m->root_upper.tmpfs;
    s->size = m->root_upper.size;
    s->attach = plan_layers_attach(m, &m->root_upper);
    plan_overlay_options(m, &m->root_upper, &s->options);
    if (label)
        *LIST_ADD(m->a, &s->options) = label;
}
