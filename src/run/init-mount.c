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

/* ---- bind ---- */

static int clone_source(struct run *r, const struct step_open_source *u, int *tree, struct err *e)
{
    OWN_FD pin = -1;
    int result;

    if (u->slot >= 0) {
        pin = give_fd(&r->pin[u->slot]);
        result = os_open_tree(pin, "", u->tree, tree, e);
    } else if (u->beneath) {
        TRY(os_open_host(u->source, u->beneath, &pin, e));
        result = os_open_tree(pin, "", u->tree, tree, e);
    } else {
        result = os_open_tree(AT_FDCWD, u->source, u->tree, tree, e);
    }
    if (result < 0)
        return e->num == EINVAL ? err_ctx(e, "%s", u->source) : -1;
    /* What was opened early was looked at then; now it may be closed to us, as FUSE is. */
    return u->slot < 0 ? os_expect(*tree, u->source, u->expect, u->inode.dev, u->inode.ino, e) : 0;
}

DO(open_source)
{
    (void)s;
    return clone_source(r, u, &r->tree, e);
}

/* mount_setattr(2): locked as soon as another user namespace made the mount, whatever they are. */
#define ATIMES ((uint64_t)(MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME))

static int change(int tree, const struct mount_change *c, const char *target, struct err *e)
{
    if (os_mount_change(tree, c, e) == 0)
        return 0;
    if (e->num == EPERM && ((c->clear | c->tree_clear) & ~ATIMES))
        return err_set(e, EPERM, "%s: cannot clear locked flags of the source", target);
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
    const struct step_open_source from = { .slot = u->slot, .source = u->source, .tree = u->tree,
                                           .expect = u->expect, .inode = u->inode,
                                           .beneath = u->beneath };
    OWN_FD tree = give_fd(&r->tree); /* where one was opened for it */
    bool dir = u->expect == KIND_DIR;

    (void)s;
    if (!u->mapped)
        TRY(clone_source(r, &from, &tree, e));
    TRY(check_procfs(tree, u, e));
    /* Flags are set while the tree hangs in the air: after move_mount a read-only mount
     * would be writable for a moment. */
    TRY(change(tree, &u->change, u->target, e));
    return put_at(r, give_fd(&tree), u->target, dir, u->real, u->in_proc, e);
}

/* ---- file systems ---- */

int configure_fs(int fs, const char *type, const char *source, const struct texts *options,
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
    TRY(configure_fs(fs, u->type, u->source, &u->options, e));
    TRY(os_fs_mount(fs, u->type, u->attr, &mount, e));
    TRY(os_mount_change(mount, &u->change, e));
    return put_at(r, give_fd(&mount), u->target, true, u->real, u->in_proc, e);
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

static int map_tmpfs(struct run *r, int mount, const char *target, struct err *e)
{
    OWN_FD mapping = give_fd(&r->mapping);

    if (os_mount_idmap(mount, mapping, false, e) == 0)
        return 0;
    if (e->num == EINVAL)
        err_hint(e, "the ids of a tmpfs can be mapped since Linux 6.3; uid=, gid= and mode= say "
                    "whose it is on any kernel");
    return err_ctx(e, "%s", target);
}

DO(mount_tmpfs)
{
    OWN_FD fs = -1;
    OWN_FD mount = -1;
    OWN_FD at = -1;

    (void)s;
    TRY(open_target(r, u->target, true, u->real, false, &at, e));
    TRY(os_fs_open("tmpfs", &fs, e));
    TRY(configure_fs(fs, "tmpfs", u->source, &u->options, e));
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
    if (u->mapped)
        TRY(map_tmpfs(r, mount, u->target, e));
    TRY(put_on(r, give_fd(&mount), at, u->target, e));
    r->dev_is_new = r->dev_is_new || (text_is(u->target, "/dev") && !u->copy_up);
    return 0;
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
