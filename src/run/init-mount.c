/* run/init-mount.c
 * Runs in:  init, between open_root and enter_root.    Power: root of the user namespace.
 * Must not: resolve a target outside r->root; show a mount without its flags. */
#include "run/init-mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/clean.h"
#include "base/text.h"
#include "os/mount.h"
#include "os/path.h"

static int open_real(struct run *r, const char *target, int *fd, struct err *e)
{
    OWN_FD made = -1;

    if (os_open_strict(r->root, target, O_PATH | O_DIRECTORY, false, fd, e) == 0)
        return 0;
    if (e->num == ENOENT) {
        TRY(os_make_dir(r->root, target, 0755, &made, NULL, e));
        if (os_open_strict(r->root, target, O_PATH | O_DIRECTORY, false, fd, e) == 0)
            return 0;
    }
    if (e->num == ELOOP || e->num == ENOTDIR)
        return err_set(e, 0, "%s must be an ordinary directory of the root, not a link or a file",
                       target);
    return -1;
}

int open_target(struct run *r, const char *target, bool dir, bool real, bool in_proc, int *own_fd,
                struct err *e)
{
    OWN_FD fd = -1;
    struct statfs fs;
    const char *path = target;
    int base = r->root;
    int made = 0;
    int result;

    if (real)
        return open_real(r, target, own_fd, e);
    if (r->dev_is_new && text_starts(target, "/dev/")) {
        base = r->dev;
        path = target + strlen("/dev/");
    }
    result = dir ? os_make_dir(base, path, 0755, &fd, &made, e)
                 : os_make_file(base, path, &fd, &made, e);
    if (result < 0 && e->num == EROFS) {
        err_set(e, EROFS, "mount point %s is missing and cannot be made: read-only", target);
        return err_hint(e, "make %s in the root file system", target);
    }
    if (result < 0 && dir && e->num == ENOTDIR)
        return err_ctx(e, "a directory cannot be mounted on a file");
    if (result < 0 && !dir && e->num == EISDIR)
        return err_ctx(e, "a file cannot be mounted on a directory");
    TRY(result);
    /* A link of the image may lead there under another name; what could be made is in no
     * procfs. */
    if (!in_proc && !made) {
        if (fstatfs(fd, &fs) < 0)
            return err_set(e, errno, "%s", target);
        if (fs.f_type == PROC_SUPER_MAGIC)
            return err_set(e, 0, "%s lies in a procfs, where nothing may be mounted", target);
    }
    *own_fd = give_fd(&fd);
    return 0;
}

static int put(struct run *r, int own_tree, int at, const char *target, struct err *e)
{
    OWN_FD tree = own_tree;

    if (os_move_mount(tree, at, e) < 0)
        return err_ctx(e, "%s", target);
    /* Much goes below it, and its root is the very directory. */
    if (text_is(target, "/dev")) {
        clean_fd(&r->dev);
        r->dev = give_fd(&tree);
        r->dev_is_new = false;
    }
    return 0;
}

static int attach(struct run *r, int own_tree, const char *target, bool dir, bool real,
                  bool in_proc, struct err *e)
{
    OWN_FD tree = own_tree;
    OWN_FD at = -1;
    const char *name = target + strlen("/dev/");

    /* No link can be there, and the rest of the name is one part. */
    if (!real && r->dev_is_new && text_starts(target, "/dev/") && !strchr(name, '/')) {
        if (os_move_mount_new(tree, r->dev, name, dir, e) == 0)
            return 0;
        return e->num != ENOTDIR ? -1
               : dir             ? err_ctx(e, "a directory cannot be mounted on a file")
                                 : err_ctx(e, "a file cannot be mounted on a directory");
    }
    TRY(open_target(r, target, dir, real, in_proc, &at, e));
    return put(r, give_fd(&tree), at, target, e);
}

/* ---- bind ---- */

static int clone_source(struct run *r, const struct step_bind *u, int *tree, struct err *e)
{
    OWN_FD pin = -1;
    int result;

    if (u->slot >= 0) {
        pin = give_fd(&r->pin[u->slot]);
        result = os_open_tree(pin, "", u->tree, tree, e);
    } else if (u->nofollow) {
        TRY(os_open_host(u->source, true, &pin, e));
        result = os_open_tree(pin, "", u->tree, tree, e);
    } else {
        result = os_open_tree(AT_FDCWD, u->source, u->tree, tree, e);
    }
    if (result < 0 && e->num == EINVAL && !u->tree) {
        err_ctx(e, "%s", u->source);
        return err_hint(e, "%s has mounts below it that must stay covered; use rbind", u->source);
    }
    return result;
}

/* mount_setattr(2): locked as soon as another user namespace made the mount, whatever they are. */
#define ATIMES ((uint64_t)(MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME))

static int change(int tree, const struct mount_change *c, const char *target, struct err *e)
{
    if (os_mount_change(tree, c, e) == 0)
        return 0;
    if (e->num == EPERM && ((c->clear | c->tree_clear) & ~ATIMES)) {
        err_set(e, EPERM, "%s: cannot clear locked flags of the source", target);
        return err_hint(e, "the source is mounted read-only, nosuid, nodev or noexec, and without "
                           "root that stays; leave out rw, suid, dev, exec");
    }
    if (e->num == EPERM && ((c->clear | c->set | c->tree_clear | c->tree_set) & ATIMES)) {
        err_set(e, EPERM, "%s: cannot change locked access times of the source", target);
        return err_hint(e, "without root a bind keeps what its source has; leave out noatime, "
                           "relatime, strictatime, nodiratime");
    }
    return err_ctx(e, "%s: flags", target);
}

/* Images name volumes, at /proc too: with files of theirs there (CVE-2019-16884). */
static int check_procfs(int tree, const struct step_bind *u, struct err *e)
{
    struct statfs fs;
    struct stat st;

    if (!text_is(u->target, "/proc"))
        return 0;
    if (fstatfs(tree, &fs) < 0 || fstat(tree, &st) < 0)
        return err_set(e, errno, "%s", u->source);
    if (fs.f_type != PROC_SUPER_MAGIC || st.st_ino != 1)
        return err_set(e, 0, "/proc takes a bind of another /proc, which %s is not", u->source);
    return 0;
}

DO(bind)
{
    OWN_FD tree = -1;
    bool dir = u->expect == KIND_DIR;

    (void)s;
    TRY(clone_source(r, u, &tree, e));
    TRY(os_expect(tree, u->source, u->expect, u->inode.dev, u->inode.ino, e));
    TRY(check_procfs(tree, u, e));
    /* Flags are set while the tree hangs in the air: after move_mount a read-only mount
     * would be writable for a moment. */
    TRY(change(tree, &u->change, u->target, e));
    return attach(r, give_fd(&tree), u->target, dir, u->real, u->in_proc, e);
}

/* ---- file systems ---- */

static int configure(int fs, const char *type, const char *source, const struct texts *options,
                     struct err *e)
{
    /* What says no more than the type is not worth a call. */
    if (source && *source && !text_is(source, type))
        TRY(os_fs_set(fs, "source", source, e));
    for (size_t i = 0; i < options->n; i++)
        TRY(os_fs_set_option(fs, options->v[i], e));
    return 0;
}

DO(mount_fs)
{
    OWN_FD fs = -1;
    OWN_FD mount = -1;

    (void)s;
    TRY(os_fs_open(u->type, &fs, e));
    TRY(configure(fs, u->type, u->source, &u->options, e));
    TRY(os_fs_mount(fs, u->type, u->attr, &mount, e));
    TRY(os_mount_change(mount, &u->change, e));
    return attach(r, give_fd(&mount), u->target, true, u->real, u->in_proc, e);
}

/* Without mode= the new file system looks like the directory that it covers. */
static int inherit(int fs, int at, struct err *e)
{
    static const uint32_t overflow = 65534;
    struct stat st;
    char text[16];

    if (fstat(at, &st) < 0)
        return err_set(e, errno, "directory below tmpfs");
    snprintf(text, sizeof text, "%o", st.st_mode & 07777);
    TRY(os_fs_set(fs, "mode", text, e));
    if (st.st_uid && st.st_uid != overflow) {
        snprintf(text, sizeof text, "%u", st.st_uid);
        TRY(os_fs_set(fs, "uid", text, e));
    }
    if (st.st_gid && st.st_gid != overflow) {
        snprintf(text, sizeof text, "%u", st.st_gid);
        TRY(os_fs_set(fs, "gid", text, e));
    }
    return 0;
}

DO(mount_tmpfs)
{
    OWN_FD fs = -1;
    OWN_FD mount = -1;
    OWN_FD at = -1;

    (void)s;
    TRY(open_target(r, u->target, true, u->real, false, &at, e));
    TRY(os_fs_open("tmpfs", &fs, e));
    TRY(configure(fs, "tmpfs", u->source, &u->options, e));
    if (u->inherit)
        TRY(inherit(fs, at, e));
    /* Read-only comes last where something must be written first. */
    TRY(os_fs_mount(fs, "tmpfs", u->copy_up ? u->attr & ~(uint64_t)MOUNT_ATTR_RDONLY : u->attr,
                    &mount, e));
    if (u->copy_up) {
        struct mount_change ro = { .set = u->attr & MOUNT_ATTR_RDONLY };

        if (copy_tree(at, mount, e) < 0)
            return err_ctx(e, "tmpcopyup of %s", u->target);
        TRY(os_mount_change(mount, &ro, e));
    }
    TRY(os_mount_change(mount, &u->change, e));
    TRY(put(r, give_fd(&mount), at, u->target, e));
    r->dev_is_new = r->dev_is_new || (text_is(u->target, "/dev") && !u->copy_up);
    return 0;
}

/* ---- overlay ---- */

static int set_layer_fd(int fs, const char *key, const char *path, struct err *e)
{
    OWN_FD fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return err_set(e, errno, "%s %s", key, path);
    if (os_fs_set_fd(fs, key, fd, e) < 0)
        return err_ctx(e, "%s", path);
    return 0;
}

static int set_layer(int fs, enum layers form, const char *key, const char *path, struct err *e)
{
    if (form == LAYERS_FD)
        return set_layer_fd(fs, key, path, e);
    if (strlen(path) > 255) {
        err_set(e, ENAMETOOLONG, "%s %.80s...", key, path);
        return err_hint(e, "this kernel takes layer paths of at most 255 bytes");
    }
    return os_fs_set(fs, key, path, e);
}

/* One string for kernels that know neither lowerdir+ nor descriptors. */
static int set_lower_string(int fs, const struct texts *lower, struct err *e)
{
    OWN_TEXT joined = { 0 };

    for (size_t i = 0; i < lower->n; i++) {
        if (i)
            text_add(&joined, ":");
        for (const char *c = lower->v[i]; *c; c++) {
            if (*c == ':' || *c == '\\')
                text_add(&joined, "\\");
            text_add_n(&joined, c, 1);
        }
    }
    return set_layer(fs, LAYERS_STRING, "lowerdir", joined.s, e);
}

DO(mount_overlay)
{
    OWN_FD fs = -1;
    OWN_FD mount = -1;

    (void)s;
    TRY(os_fs_open("overlay", &fs, e));
    TRY(configure(fs, "overlay", u->source, &u->options, e));
    if (u->layers == LAYERS_STRING)
        TRY(set_lower_string(fs, &u->lower, e));
    for (size_t i = 0; u->layers != LAYERS_STRING && i < u->lower.n; i++)
        TRY(set_layer(fs, u->layers, "lowerdir+", u->lower.v[i], e));
    if (u->upper)
        TRY(set_layer(fs, u->layers, "upperdir", u->upper, e));
    if (u->work)
        TRY(set_layer(fs, u->layers, "workdir", u->work, e));
    TRY(os_fs_mount(fs, "overlay", u->attr, &mount, e));
    TRY(os_mount_change(mount, &u->change, e));
    return attach(r, give_fd(&mount), u->target, true, u->real, false, e);
}

DO(remount)
{
    OWN_FD at = -1;

    (void)s;
    TRY(os_open_in(r->root, u->target, O_PATH, &at, e));
    if (u->options.n)
        TRY(os_fs_reconfigure(at, &u->options, e));
    return change(at, &u->change, u->target, e);
}
