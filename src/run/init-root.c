/* run/init-root.c
 * Runs in:  init, before and at the change of the root.    Power: root of the user namespace.
 * Must not: resolve a path of the image outside r->root; show a mount without its flags. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/path.h"
#include "base/text.h"
#include "os/mount.h"
#include "os/path.h"
#include "run/init-mount.h"

DO(open_root)
{
    OWN_FD pin = -1;
    OWN_FD root = -1;

    (void)s;
    if (!u->attach) {
        root = open(u->source, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root < 0)
            return err_set(e, errno, "%s", u->source);
    } else if (u->slot >= 0) {
        pin = give_fd(&r->pin[u->slot]);
        TRY(os_open_tree(pin, "", true, &root, e));
    } else {
        TRY(os_open_tree(AT_FDCWD, u->source, true, &root, e));
    }
    if (u->slot < 0)
        TRY(os_expect(root, u->source, KIND_DIR, u->inode.dev, u->inode.ino, e));
    if (u->attach) {
        TRY(os_mount_change(root, &u->change, e));
        /* Onto itself: no directory is needed, nothing appears on the host, and mounts below a
         * detached tree would need Linux 6.15.  Where exactly does not matter, as long as it is
         * somewhere in our mount namespace. */
        TRY(pin >= 0 ? os_move_mount(root, pin, e) : os_move_mount_on(root, u->source, e));
    }
    r->root = give_fd(&root);
    return 0;
}

DO(open_here)
{
    (void)s;
    (void)u;
    /* setns(2) made the root of the mount namespace ours. */
    r->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (r->root < 0)
        return err_set(e, errno, "root of the container");
    return 0;
}

/* Paths of procfs and sysfs must be theirs: an image that has a link at /proc could have
 * something else hidden instead. */
static int open_hidden(struct run *r, const char *path, int *fd, struct err *e)
{
    if (!path_inside(path, "/proc") && !path_inside(path, "/sys"))
        return os_open_in(r->root, path, O_PATH, fd, e);
    if (os_open_strict(r->root, path, O_PATH, false, fd, e) == 0)
        return 0;
    if (e->num == ELOOP)
        return err_set(e, ELOOP, "%s must not go through a symbolic link", path);
    return -1;
}

DO(readonly_path)
{
    static const struct mount_change ro = { .set = MOUNT_ATTR_RDONLY };
    OWN_FD fd = -1;
    OWN_FD tree = -1;

    (void)s;
    if (open_hidden(r, u->target, &fd, e) < 0)
        return e->num == ENOENT || e->num == ENOTDIR ? (err_clear(e), 0) : -1;
    TRY(os_open_tree(fd, "", true, &tree, e));
    TRY(os_mount_change(tree, &ro, e));
    return os_move_mount(tree, fd, e);
}

static int new_mask_dir(int *tree, struct err *e)
{
    OWN_FD fs = -1;

    TRY(os_fs_open("tmpfs", &fs, e));
    TRY(os_fs_set(fs, "mode", "555", e));
    return os_fs_mount(fs, "tmpfs",
                       MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
                           MOUNT_ATTR_NOEXEC,
                       tree, e);
}

/* Never the /dev/null of the container: that may be anything (CVE-2025-31133). */
static int new_mask_file(int *own_tree, struct err *e)
{
    static const struct mount_change change = {
        .set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC
    };
    OWN_FD tree = -1;
    struct stat st;

    TRY(os_open_tree(AT_FDCWD, "/dev/null", false, &tree, e));
    if (fstat(tree, &st) < 0)
        return err_set(e, errno, "/dev/null of the host");
    if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
        return err_set(e, 0, "/dev/null of the host is not the null device");
    TRY(os_mount_change(tree, &change, e));
    *own_tree = give_fd(&tree);
    return 0;
}

/* One mount for all masks of a kind: the first is attached, the others are clones of it (of
 * a detached mount only from Linux 6.15 on), so that no descriptor is held for each. */
static int put_mask(int *first, int (*make)(int *, struct err *), int target, struct err *e)
{
    OWN_FD tree = -1;

    if (*first >= 0)
        TRY(os_open_tree(*first, "", false, &tree, e));
    else
        TRY(make(&tree, e));
    TRY(os_move_mount(tree, target, e));
    if (*first < 0)
        *first = give_fd(&tree);
    return 0;
}

DO(mask_path)
{
    OWN_FD fd = -1;
    struct stat st;

    (void)s;
    if (open_hidden(r, u->target, &fd, e) < 0)
        return e->num == ENOENT || e->num == ENOTDIR ? (err_clear(e), 0) : -1;
    if (fstat(fd, &st) < 0)
        return err_set(e, errno, "%s", u->target);
    if (S_ISDIR(st.st_mode))
        return put_mask(&r->mask_dir, new_mask_dir, fd, e);
    return put_mask(&r->mask_file, new_mask_file, fd, e);
}

DO(enter_root)
{
    (void)s;
    /* All three ways end in the new "/". */
    r->in_cwd = true;
    if (text_is(u->how, "pivot")) {
        if (os_pivot(r->root, e) == 0)
            return 0;
        if (e->num == EINVAL)
            err_hint(e, "pivot_root does not work on an initramfs; try --no-pivot");
        return -1;
    }
    if (text_is(u->how, "move"))
        return os_move_root(r->root, e);
    return os_chroot(r->root, e);
}

DO(change_root)
{
    (void)s;
    return os_mount_change(r->root, &u->change, e);
}

/* Of the host, with the caller's ids: what only they may search can be reached. */
DO(enter_dir)
{
    OWN_FD fd = -1;

    (void)s;
    (void)r;
    TRY(os_open_host(u->path, NULL, &fd, e));
    if (fchdir(fd) < 0)
        return err_set(e, errno, "%s", u->path);
    return 0;
}

DO(chdir)
{
    OWN_FD fd = -1;

    (void)s;
    r->in_cwd = false;
    /* Opened as a path of the image: /proc/self/fd/N is refused, which led out of the
     * container in other runtimes (CVE-2024-21626). */
    if (os_open_in(r->root, u->path, O_PATH | O_DIRECTORY, &fd, e) < 0) {
        if (e->num == EACCES || e->num == EPERM)
            return err_clear(e), 0; /* perhaps the program's user may; check_cwd tries */
        if (e->num != ENOENT || !u->make)
            return err_ctx(e, "process.cwd");
        err_clear(e);
        if (os_make_dir(r->root, u->path, 0755, &fd, NULL, e) < 0)
            return err_ctx(e, "process.cwd");
    }
    if (fchdir(fd) == 0)
        r->in_cwd = true;
    else if (errno != EACCES && errno != EPERM)
        return err_set(e, errno, "process.cwd %s", u->path);
    return 0;
}
