/* run/init-overlay.c - overlays: the root, and those among the mounts.
 * Runs in:  init, before the root is entered.    Power: root of the user namespace.
 * Must not: write a lower layer; show a mount without its flags.
 *
 * Layers are told by descriptor, not by name, so that a name may have any character and any
 * length; how depends on the kernel, see enum layers. */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/log.h"
#include "base/text.h"
#include "os/mount.h"
#include "os/path.h"
#include "run/init-mount.h"
#include "run/upper-part.h"
#include "state/upper.h"

/* What an overlay is made of, as the steps say it. */
struct want {
    enum layers form;
    const struct texts *lower;
    int lowest;        /* the layer below the others, open */
    struct stat like;  /* of it */
    int slot;          /* where the first of `lower` is pinned, the others behind it; -1 = nowhere */
    const char *upper; /* a directory, with `diff` and `work` in it unless there is `work` */
    const char *work;
    bool tmpfs;        /* else, when this is not set either, there is no upper layer */
    const char *size;
    bool attach;       /* the kernel takes no layer of a mount that is attached nowhere */
    const struct texts *options;
    const char *source;
    uint64_t attr;
};

/* What was opened, -1 = not. */
struct stack {
    int *lower;        /* only where all are told at once */
    size_t n;
    int diff, work;    /* the upper layer */
    int tmpfs;
};

static void close_stack(struct stack *s)
{
    for (size_t i = 0; i < s->n; i++)
        clean_fd(&s->lower[i]);
    clean_fd(&s->diff);
    clean_fd(&s->work);
    clean_fd(&s->tmpfs);
}

/* ---- opening ---- */

static int open_layer(struct run *r, const struct want *w, size_t i, int *fd, struct err *e)
{
    struct stat ignored;

    if (w->slot >= 0) {
        *fd = give_fd(&r->pin[(size_t)w->slot + i]);
        return 0;
    }
    TRY(os_open_host(w->lower->v[i], NULL, fd, e));
    return os_expect_stat(*fd, w->lower->v[i], KIND_DIR, 0, 0, &ignored, e);
}

static int open_parts(struct stack *s, const struct want *w, int dir, const char *what,
                      struct err *e)
{
    bool fresh = false;

    TRY(upper_parts(dir, what, &w->like, &fresh, &s->diff, &s->work, e));
    if (fresh || faccessat(s->work, "work/incompat/volatile", F_OK, AT_SYMLINK_NOFOLLOW) < 0)
        return 0;
    err_set(e, 0, "upper %s was written without a sync and not cleanly closed", what);
    return err_hint(e, "to take it as it is: rcrun unshare rm -r %s/work/work/incompat", what);
}

static int new_tmpfs(struct stack *s, const char *size, bool attach, struct err *e)
{
    OWN_FD fs = -1;

    TRY(os_fs_open("tmpfs", &fs, e));
    if (size)
        TRY(os_fs_set(fs, "size", size, e));
    TRY(os_fs_mount(fs, "tmpfs", 0, &s->tmpfs, e));
    /* On top of "/", where nobody looks who has his root there already. */
    return attach ? os_move_mount_on(s->tmpfs, "/", e) : 0;
}

/* Nobody else ever sees it, and it is gone with the overlay. */
static int open_tmpfs(struct stack *s, const struct want *w, struct err *e)
{
    TRY(new_tmpfs(s, w->size, w->attach || w->form == LAYERS_NUMBERS, e));
    return open_parts(s, w, s->tmpfs, "tmpfs", e);
}

/* A directory to mount on. */
static int make_place(struct stack *s, struct err *e)
{
    if (s->tmpfs < 0)
        TRY(new_tmpfs(s, NULL, true, e));
    return mkdirat(s->tmpfs, "m", 0700) < 0 ? err_set(e, errno, "tmpfs") : 0;
}

static int open_upper(struct run *r, struct stack *s, const struct want *w, struct err *e)
{
    OWN_FD dir = -1;

    if (w->tmpfs)
        return open_tmpfs(s, w, e);
    if (!w->upper)
        return 0;
    if (w->slot >= 0)
        dir = give_fd(&r->pin[(size_t)w->slot + w->lower->n]);
    else
        TRY(os_open_host(w->upper, NULL, &dir, e));
    if (!w->work)
        return open_parts(s, w, dir, w->upper, e);
    s->diff = give_fd(&dir);
    if (w->slot >= 0)
        s->work = give_fd(&r->pin[(size_t)w->slot + w->lower->n + 1]);
    else
        TRY(os_open_host(w->work, NULL, &s->work, e));
    return 0;
}

/* ---- telling the kernel ---- */

static int set_one(int fs, enum layers form, const char *key, int fd, struct err *e)
{
    char path[40];

    if (form == LAYERS_FD)
        return os_fs_set_fd(fs, key, fd, e);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return os_fs_set(fs, key, path, e);
}

/* One after the other; none needs to be open any longer then. */
static int add_lowers(struct run *r, int fs, const struct want *w, struct err *e)
{
    for (size_t i = 0; i < w->lower->n; i++) {
        OWN_FD fd = -1;

        TRY(open_layer(r, w, i, &fd, e));
        if (set_one(fs, w->form, "lowerdir+", fd, e) < 0)
            return err_ctx(e, "layer %s", w->lower->v[i]);
    }
    return set_one(fs, w->form, "lowerdir+", w->lowest, e);
}

/* "7:8:9", each with the prefix; they stay open until the file system is there. */
static int join_lowers(struct run *r, const struct want *w, struct stack *s, const char *prefix,
                       struct text *out, struct err *e)
{
    s->lower = arena_get(r->plan->arena, (w->lower->n + 1) * sizeof *s->lower);
    for (; s->n < w->lower->n; s->n++) {
        s->lower[s->n] = -1;
        TRY(open_layer(r, w, s->n, &s->lower[s->n], e));
        text_printf(out, "%s%s%d", s->n ? ":" : "", prefix, s->lower[s->n]);
    }
    text_printf(out, "%s%s%d", w->lower->n ? ":" : "", prefix, w->lowest);
    return 0;
}

static int make_by_context(struct run *r, const struct want *w, struct stack *s, int *tree,
                           struct err *e)
{
    OWN_TEXT joined = { 0 };
    OWN_FD fs = -1;

    TRY(os_fs_open("overlay", &fs, e));
    TRY(configure_fs(fs, "overlay", w->source, w->options, e));
    if (w->form != LAYERS_STRING) {
        TRY(add_lowers(r, fs, w, e));
    } else {
        TRY(join_lowers(r, w, s, "/proc/self/fd/", &joined, e));
        TRY(os_fs_set(fs, "lowerdir", joined.s, e));
    }
    if (s->diff >= 0) {
        TRY(set_one(fs, w->form, "upperdir", s->diff, e));
        TRY(set_one(fs, w->form, "workdir", s->work, e));
    }
    return os_fs_mount(fs, "overlay", w->attr, tree, e);
}

/* mount(2) has a page for all of them, where fsconfig(2) has 255 bytes.  It wants a place, which is
 * in a tmpfs that goes away with it. */
static int make_by_numbers(struct run *r, const struct want *w, struct stack *s, int *tree,
                           struct err *e)
{
    const struct mount_change change = { .set = w->attr };
    OWN_TEXT data = { 0 };
    OWN_FD at = -1;

    for (size_t i = 0; i < w->options->n; i++)
        text_printf(&data, "%s,", w->options->v[i]);
    text_add(&data, "lowerdir=");
    TRY(join_lowers(r, w, s, "", &data, e));
    if (s->diff >= 0)
        text_printf(&data, ",upperdir=%d,workdir=%d", s->diff, s->work);
    TRY(os_mount_by_numbers("overlay", s->tmpfs, "m", data.s, e));
    at = openat(s->tmpfs, "m", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (at < 0)
        return err_set(e, errno, "overlay");
    TRY(os_open_tree(at, "", false, tree, e));
    return os_mount_change(*tree, &change, e);
}

/* ---- what went wrong ---- */

static int in_use(struct run *r, const char *upper, struct err *e)
{
    OWN_FD dir = open(upper, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct err ignored = { 0 };
    struct upper_mark mark;

    /* The mark is ours already, and knows who had it before. */
    if (dir >= 0 && upper_read(r->plan->arena, dir, &mark, &ignored) == 1 && mark.before)
        err_set(e, EBUSY, "upper %s is still mounted, by processes of container %s", upper,
                mark.before);
    else
        err_set(e, EBUSY, "upper %s is mounted by somebody else", upper);
    return err_hint(e, "end who uses it: it has one writer at a time");
}

static int explain(struct run *r, const struct want *w, struct err *e)
{
    if (e->num == EBUSY && w->upper)
        return in_use(r, w->upper, e);
    if (e->num == EINVAL && strstr(e->text, "upperdir"))
        return err_hint(e, "use a directory on another disk, or --overlay-driver=fuse");
    return -1;
}

static int make_overlay(struct run *r, const struct want *w, int *tree, struct err *e)
{
    __attribute__((cleanup(close_stack))) struct stack s = { .diff = -1, .work = -1, .tmpfs = -1 };
    bool attached = w->form == LAYERS_NUMBERS || w->attach;
    int made;

    TRY(open_upper(r, &s, w, e));
    if (w->form == LAYERS_NUMBERS)
        TRY(make_place(&s, e));
    made = w->form == LAYERS_NUMBERS ? make_by_numbers(r, w, &s, tree, e)
                                     : make_by_context(r, w, &s, tree, e);
    if (made < 0)
        return explain(r, w, e);
    return attached ? os_detach(s.tmpfs, e) : 0;
}

/* ---- steps ---- */

DO(open_overlay)
{
    struct want w = { .form = u->layers,
                      .lower = &u->lower,
                      .slot = u->slot < 0 ? -1 : u->slot + 1,
                      .upper = u->upper,
                      .tmpfs = u->tmpfs,
                      .size = u->size,
                      .attach = u->attach,
                      .options = &u->options };
    OWN_FD lowest = -1;
    OWN_FD tree = -1;

    (void)s;
    if (u->slot >= 0)
        lowest = give_fd(&r->pin[u->slot]);
    else
        TRY(os_open_host(u->source, NULL, &lowest, e));
    TRY(os_expect_stat(lowest, u->source, KIND_DIR, u->inode.dev, u->inode.ino, &w.like, e));
    w.lowest = lowest;
    TRY(make_overlay(r, &w, &tree, e));
    /* Onto the lowest layer: no directory is needed, nothing appears on the host. */
    TRY(os_move_mount(tree, lowest, e));
    r->root = give_fd(&tree);
    return 0;
}

DO(mount_overlay)
{
    const struct texts above = { .v = u->lower.v, .n = u->lower.n - 1 };
    struct want w = { .form = u->layers,
                      .lower = &above,
                      .slot = u->slot < 0 ? -1 : u->slot + 1,
                      .upper = u->upper,
                      .work = u->work,
                      .tmpfs = u->tmpfs,
                      .attach = u->attach,
                      .options = &u->options,
                      .source = u->source,
                      .attr = u->attr };
    const char *last = u->lower.v[above.n];
    OWN_FD lowest = -1;
    OWN_FD tree = -1;

    (void)s;
    if (u->slot >= 0)
        lowest = give_fd(&r->pin[u->slot]);
    else
        TRY(os_open_host(last, NULL, &lowest, e));
    TRY(os_expect_stat(lowest, last, KIND_DIR, 0, 0, &w.like, e));
    w.lowest = lowest;
    TRY(make_overlay(r, &w, &tree, e));
    TRY(os_mount_change(tree, &u->change, e));
    return put_at(r, give_fd(&tree), u->target, true, u->real, false, e);
}
