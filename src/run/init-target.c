/* run/init-target.c - where mounts go.
 * Runs in:  init, between open_root and enter_root.    Power: root of the user namespace.
 * Must not: resolve a target outside r->root, or follow a link after it was looked at. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/clean.h"
#include "base/log.h"
#include "base/text.h"
#include "os/mount.h"
#include "os/path.h"
#include "run/init-mount.h"

static int cannot_make(const char *target, struct err *e)
{
    if (e->num != EROFS)
        return -1;
    err_set(e, EROFS, "mount point %s is missing and cannot be made: read-only", target);
    return err_hint(e, "make %s in the root file system", target);
}

static int open_real(struct run *r, const char *target, int *fd, struct err *e)
{
    OWN_FD made = -1;

    if (os_open_strict(r->root, target, O_PATH | O_DIRECTORY, false, fd, e) == 0)
        return 0;
    if (e->num == ENOENT) {
        if (os_make_dir(r->root, target, 0755, &made, NULL, e) < 0)
            return cannot_make(target, e);
        if (os_open_strict(r->root, target, O_PATH | O_DIRECTORY, false, fd, e) == 0)
            return 0;
    }
    if (e->num == ELOOP || e->num == ENOTDIR)
        return err_set(e, 0, "%s must be an ordinary directory of the root, not a link or a file",
                       target);
    return -1;
}

static int not_on_that(bool dir, struct err *e)
{
    return err_ctx(e, dir ? "a directory cannot be mounted on a file"
                          : "a file cannot be mounted on a directory");
}

/* It stays when the container is gone, and below a bind mount it is in the user's own files. */
static void tell_made(const char *target)
{
    log_debug("made the mount point %s", target);
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

    /* What is mounted there may be above the directory that the last one was in. */
    clean_fd(&r->beside.dir);
    if (real)
        return open_real(r, target, own_fd, e);
    if (r->dev_is_new && text_starts(target, "/dev/")) {
        base = r->dev;
        path = target + strlen("/dev/");
    }
    result = dir ? os_make_dir(base, path, 0755, &fd, &made, e)
                 : os_make_file(base, path, &fd, &made, e);
    if (result < 0 && e->num == (dir ? ENOTDIR : EISDIR))
        return not_on_that(dir, e);
    if (result < 0)
        return cannot_make(target, e);
    if (made)
        tell_made(target);
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

/* ---- one beside the other ------------------------------------------------------------------
 *
 * Most mounts have neighbours.  The directory of the last one stays open for the next: a mount on
 * one of its names leaves the directory what it is.  Every other mount might not, and lets it go. */

/* The directory of the target; false: it takes the long way, which also knows the error. */
static bool open_beside(struct run *r, const char *target, const char *name, int *dir)
{
    struct beside *b = &r->beside;
    size_t n = (size_t)(name - target) - 1;
    struct statfs fs;
    struct err e = { 0 };

    if (n == 0) {
        *dir = r->root;
        return true;
    }
    if (b->dir >= 0 && b->n == n && memcmp(b->path, target, n) == 0) {
        *dir = b->dir;
        return true;
    }
    clean_fd(&b->dir);
    if (n >= sizeof b->path)
        return false;
    memcpy(b->path, target, n);
    b->path[n] = '\0';
    b->n = n;
    b->missing = false;
    if (os_open_in(r->root, b->path, O_PATH | O_DIRECTORY, &b->dir, &e) < 0)
        return false;
    if (fstatfs(b->dir, &fs) < 0 || fs.f_type == PROC_SUPER_MAGIC) {
        clean_fd(&b->dir);
        return false;
    }
    *dir = b->dir;
    return true;
}

/* Is the name there, as the plain inode that it takes, or was it made?  Where the neighbour was
 * missing this one is as well, mostly. */
static bool is_there(struct run *r, int dir, const char *name, const char *target, bool is_dir)
{
    enum kind kind = KIND_MISSING;
    bool mounted = false;
    mode_t mode = is_dir ? S_IFDIR | 0755 : S_IFREG | 0644;

    if (!r->beside.missing) {
        kind = os_kind_at(dir, name, &mounted);
        if (kind != KIND_MISSING)
            return !mounted && kind != KIND_ANY && kind != KIND_LINK &&
                   (kind == KIND_DIR) == is_dir;
    }
    r->beside.missing = os_make_at(dir, name, mode) == 0;
    if (r->beside.missing)
        tell_made(target);
    else if (errno == EEXIST)
        return is_there(r, dir, name, target, is_dir);
    return r->beside.missing;
}

static bool put_beside(struct run *r, int tree, const char *target, bool is_dir)
{
    const char *name = strrchr(target, '/') + 1;
    int dir;

    return open_beside(r, target, name, &dir) && is_there(r, dir, name, target, is_dir) &&
           os_move_mount_at(tree, dir, name) == 0;
}

/* ---- putting them there -------------------------------------------------------------------- */

/* Much goes below /dev, and the root of what is mounted there is the very directory. */
static void keep_dev(struct run *r, int own_tree, const char *target)
{
    OWN_FD tree = own_tree;

    if (!text_is(target, "/dev"))
        return;
    clean_fd(&r->dev);
    r->dev = give_fd(&tree);
    r->dev_is_new = false;
}

int put_on(struct run *r, int own_tree, int at, const char *target, struct err *e)
{
    OWN_FD tree = own_tree;

    if (os_move_mount(tree, at, e) < 0)
        return err_ctx(e, "%s", target);
    keep_dev(r, give_fd(&tree), target);
    return 0;
}

int put_at(struct run *r, int own_tree, const char *target, bool dir, bool real, bool in_proc,
           struct err *e)
{
    OWN_FD tree = own_tree;
    OWN_FD at = -1;
    const char *name = target + strlen("/dev/");

    /* No link can be there, and the rest of the name is one part. */
    if (!real && r->dev_is_new && text_starts(target, "/dev/") && !strchr(name, '/')) {
        clean_fd(&r->beside.dir);
        if (os_move_mount_new(tree, r->dev, name, dir, e) == 0)
            return 0;
        return e->num == ENOTDIR ? not_on_that(dir, e) : -1;
    }
    if (!real && !in_proc && put_beside(r, tree, target, dir)) {
        keep_dev(r, give_fd(&tree), target);
        return 0;
    }
    TRY(open_target(r, target, dir, real, in_proc, &at, e));
    return put_on(r, give_fd(&tree), at, target, e);
}
