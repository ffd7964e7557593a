/* run/init-dev.c - /dev of the container.
 * Runs in:  init, between open_root and enter_root.    Power: root of the user namespace.
 * Must not: follow a link at /dev, or trust a node that the image has. */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/clean.h"
#include "os/mount.h"
#include "os/path.h"
#include "os/tty.h"
#include "run/init-mount.h"

DO(open_dev)
{
    (void)s;
    (void)u;
    if (os_open_strict(r->root, "/dev", O_PATH | O_DIRECTORY, false, &r->dev, e) == 0)
        return 0;
    if (e->num == ENOENT)
        return os_make_dir(r->root, "/dev", 0755, &r->dev, NULL, e);
    if (e->num == ELOOP || e->num == ENOTDIR)
        return err_set(e, 0, "/dev of the root must be a directory, not a link or a file");
    return -1;
}

static int base_of(const struct run *r, bool in_dev)
{
    return in_dev ? r->dev : r->root;
}

DO(bind_device)
{
    static const struct mount_change harmless = { .set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC };
    OWN_FD tree = -1;
    OWN_FD at = -1;
    struct stat st;

    (void)s;
    TRY(os_open_tree(AT_FDCWD, u->source, false, &tree, e));
    if (fstat(tree, &st) < 0)
        return err_set(e, errno, "%s", u->source);
    if (os_kind(st.st_mode) != u->expect || st.st_rdev != u->rdev)
        return err_set(e, 0, "%s of the host is not device %u:%u", u->source, major(u->rdev),
                       minor(u->rdev));
    TRY(os_mount_change(tree, &harmless, e));
    if (u->in_dev && !strchr(u->target, '/'))
        return os_move_mount_new(tree, r->dev, u->target, false, e);
    TRY(os_make_file(base_of(r, u->in_dev), u->target, &at, NULL, e));
    return os_move_mount(tree, at, e);
}

DO(make_node)
{
    mode_t type = u->type == KIND_FIFO ? S_IFIFO : u->type == KIND_BLOCK ? S_IFBLK : S_IFCHR;
    const char *name;
    OWN_FD dir = -1;
    struct stat st;

    (void)s;
    TRY(os_open_parent(base_of(r, u->in_dev), u->target, true, &dir, &name, e));
    if (os_make_node(dir, name, type | (u->mode & 0777), u->rdev, e) < 0) {
        if (e->num != EEXIST)
            return err_ctx(e, "%s", u->target);
        if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            return err_set(e, errno, "%s", u->target);
        if ((st.st_mode & S_IFMT) != type || (type != S_IFIFO && st.st_rdev != u->rdev))
            return err_set(e, EEXIST, "%s is something else already", u->target);
    }
    if (fchownat(dir, name, (uid_t)u->uid, (gid_t)u->gid, AT_SYMLINK_NOFOLLOW) < 0)
        return err_set(e, errno, "%s: owner", u->target);
    return 0;
}

DO(link)
{
    char there[256];
    ssize_t n;

    (void)s;
    if (symlinkat(u->to, r->dev, u->target) == 0)
        return 0;
    if (errno != EEXIST)
        return err_set(e, errno, "/dev/%s", u->target);
    n = readlinkat(r->dev, u->target, there, sizeof there);
    if (n == (ssize_t)strlen(u->to) && memcmp(there, u->to, (size_t)n) == 0)
        return 0;
    /* A node or link of the image that would be used in place of the container's own. */
    if (!u->replace)
        return 0;
    if (unlinkat(r->dev, u->target, 0) < 0 || symlinkat(u->to, r->dev, u->target) < 0)
        return err_set(e, errno, "/dev/%s", u->target);
    return 0;
}

/* Between this terminal and the caller's the launcher will copy.  Done here, since the launcher
 * may be late: the program would see another size, or write a line with a carriage return. */
static int like_caller(int slave, struct err *e)
{
    if (!isatty(STDOUT_FILENO))
        TRY(os_no_onlcr(slave, e));
    return isatty(STDIN_FILENO) ? os_copy_size(STDIN_FILENO, slave, e) : 0;
}

DO(console)
{
    OWN_FD pts = -1;
    OWN_FD slave = -1;
    OWN_FD tree = -1;
    OWN_FD at = -1;

    (void)s;
    if (os_open_in(r->dev >= 0 ? r->dev : r->root, r->dev >= 0 ? "pts" : "/dev/pts",
                   O_PATH | O_DIRECTORY, &pts, e) < 0 ||
        os_new_pty(pts, &r->console, &slave, e) < 0) {
        err_ctx(e, "terminal");
        return err_hint(e, "a terminal needs a devpts mounted on /dev/pts");
    }
    if (u->rows || u->columns)
        TRY(os_set_size(slave, (uint32_t)u->rows, (uint32_t)u->columns, e));
    if (u->relayed)
        TRY(like_caller(slave, e));
    if (u->bind) {
        TRY(os_open_tree(slave, "", false, &tree, e));
        TRY(os_make_file(r->dev, "console", &at, NULL, e));
        TRY(os_move_mount(tree, at, e));
    }
    r->slave = give_fd(&slave);
    return 0;
}

DO(use_terminal)
{
    (void)s;
    (void)u;
    return os_use_terminal(r->slave, e);
}
