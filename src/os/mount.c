#include "os/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/stat.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clean.h"
#include "os/compat.h"
#include "os/path.h"

/* All by syscall(2): the C library has these calls since 2.36 only, and its <sys/mount.h>
 * cannot stand beside the kernel's header everywhere. */

static int set_attributes(int fd, bool recursive, const struct mount_attr *attr)
{
    unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);

    return (int)syscall(SYS_mount_setattr, fd, "", flags, attr, sizeof *attr);
}

int os_open_tree(int dir_fd, const char *path, bool recursive, int *tree, struct err *e)
{
    unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0) |
                     (*path ? 0 : AT_EMPTY_PATH);
    int fd = (int)syscall(SYS_open_tree, dir_fd, path, flags);

    if (fd < 0)
        return err_set(e, errno, *path ? "open_tree %s" : "open_tree", path);
    *tree = fd;
    return 0;
}

/* ---- flags ---------------------------------------------------------------------------------- */

static const struct {
    uint64_t attribute;
    const char *word;
} words[] = {
    { MOUNT_ATTR_RDONLY, "ro" },    { MOUNT_ATTR_NOSUID, "nosuid" },
    { MOUNT_ATTR_NODEV, "nodev" },  { MOUNT_ATTR_NOEXEC, "noexec" },
    { MOUNT_ATTR__ATIME, "atime" }, { MOUNT_ATTR_NODIRATIME, "nodiratime" },
    { MOUNT_ATTR_IDMAP, "idmap" },  { MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow" },
};

/* "+ro -nosuid": what was asked, for the error. */
static void tell_change(const struct mount_attr *attr, char *text, size_t size)
{
    size_t n = 0;

    text[0] = '\0';
    for (size_t i = 0; i < COUNT_OF(words) && n < size; i++) {
        bool set = attr->attr_set & words[i].attribute;
        bool clear = attr->attr_clr & words[i].attribute;

        if (set || clear)
            n += (size_t)snprintf(text + n, size - n, " %c%s", set ? '+' : '-', words[i].word);
    }
    if (attr->propagation && n < size)
        snprintf(text + n, size - n, " propagation");
}

static int change(int fd, bool tree, uint64_t set, uint64_t clear, uint64_t propagation,
                  struct err *e)
{
    struct mount_attr attr = { .attr_set = set, .attr_clr = clear, .propagation = propagation };
    char text[160];

    if (!set && !clear && !propagation)
        return 0;
    if (set_attributes(fd, tree, &attr) == 0)
        return 0;
    tell_change(&attr, text, sizeof text);
    return err_set(e, errno, "mount flags%s%s", text, tree ? " of the tree" : "");
}

int os_mount_change(int fd, const struct mount_change *c, struct err *e)
{
    /* The tree first: what is asked for the mount itself is the more special wish. */
    TRY(change(fd, true, c->tree_set, c->tree_clear, c->propagate_tree ? c->propagation : 0, e));
    return change(fd, false, c->set, c->clear, c->propagate_tree ? 0 : c->propagation, e);
}

int os_mount_idmap(int tree, int userns_fd, bool recursive, struct err *e)
{
    struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)userns_fd };

    if (set_attributes(tree, recursive, &attr) < 0)
        return err_set(e, errno, "id-mapped mount");
    return 0;
}

int os_move_mount(int tree, int target, struct err *e)
{
    if (syscall(SYS_move_mount, tree, "", target, "",
                MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
        return err_set(e, errno, "move_mount");
    return 0;
}

int os_move_mount_on(int tree, const char *path, struct err *e)
{
    if (syscall(SYS_move_mount, tree, "", AT_FDCWD, path,
                MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS) < 0)
        return err_set(e, errno, "mount on %s", path);
    return 0;
}

int os_move_mount_at(int tree, int at, const char *name)
{
    /* Without MOVE_MOUNT_T_SYMLINKS the last part is not followed, and it is the only one. */
    return (int)syscall(SYS_move_mount, tree, "", at, name, MOVE_MOUNT_F_EMPTY_PATH);
}

int os_move_mount_new(int tree, int at, const char *name, bool dir, struct err *e)
{
    if (os_make_at(at, name, dir ? S_IFDIR | 0755 : S_IFREG | 0644) < 0 && errno != EEXIST)
        return err_set(e, errno, "%s", name);
    if (os_move_mount_at(tree, at, name) < 0)
        return err_set(e, errno, "mount on %s", name);
    return 0;
}

int os_detach(int fd, struct err *e)
{
    OWN_FD here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int num;

    if (fchdir(fd) < 0)
        return err_set(e, errno, "mount to detach");
    num = syscall(SYS_umount2, ".", MNT_DETACH) < 0 ? errno : 0;
    /* Not every one may go back to where the caller was. */
    if ((here < 0 || fchdir(here) < 0) && chdir("/") < 0)
        return err_set(e, errno, "/");
    return num ? err_set(e, num, "detach") : 0;
}

int os_detach_path(const char *path, struct err *e)
{
    return syscall(SYS_umount2, path, MNT_DETACH) < 0 ? err_set(e, errno, "detach %s", path) : 0;
}

/* ---- file systems --------------------------------------------------------------------------- */

/* What the kernel has to say on a context: one message per read(2), "e text\n" for errors.
 * Puts them in one line; empty when there are none. */
static void kernel_words(int context, char *text, size_t size)
{
    char line[512];
    size_t n = 0;
    ssize_t got;

    text[0] = '\0';
    while ((got = read(context, line, sizeof line - 1)) > 0) {
        while (got > 0 && line[got - 1] == '\n')
            got--;
        line[got] = '\0';
        if (strncmp(line, "e ", 2) != 0 || n >= size)
            continue;
        n += (size_t)snprintf(text + n, size - n, "%s%s", n ? "; " : "", line + 2);
    }
}

static int refused(int context, int num, const char *what, const char *value, struct err *e)
{
    char text[600];

    kernel_words(context, text, sizeof text);
    return err_set(e, num, "%s%s%s%s%s", what, value ? "=" : "", value ? value : "",
                   text[0] ? ": " : "", text);
}

int os_fs_open(const char *type, int *context, struct err *e)
{
    int fd = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);

    if (fd < 0)
        return err_set(e, errno, "file system %s", type);
    *context = fd;
    return 0;
}

static int configure(int context, unsigned command, const char *key, const void *value, int fd)
{
    return (int)syscall(SYS_fsconfig, context, command, key, value, fd);
}

int os_fs_set(int context, const char *key, const char *value, struct err *e)
{
    unsigned command = value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;

    if (configure(context, command, key, value, 0) < 0)
        return refused(context, errno, key, value, e);
    return 0;
}

int os_fs_set_option(int context, const char *option, struct err *e)
{
    const char *value = strchr(option, '=');
    char key[256]; /* the kernel takes no more */
    size_t n = value ? (size_t)(value - option) : strlen(option);

    if (n >= sizeof key)
        return err_set(e, ENAMETOOLONG, "mount option %.40s", option);
    memcpy(key, option, n);
    key[n] = '\0';
    return os_fs_set(context, key, value ? value + 1 : NULL, e);
}

int os_fs_set_fd(int context, const char *key, int fd, struct err *e)
{
    if (configure(context, FSCONFIG_SET_FD, key, NULL, fd) < 0)
        return refused(context, errno, key, NULL, e);
    return 0;
}

int os_fs_mount(int context, const char *type, uint64_t attributes, int *mount, struct err *e)
{
    int fd;

    if (configure(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return refused(context, errno, type, NULL, e);
    fd = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, (unsigned)attributes);
    if (fd < 0)
        return refused(context, errno, type, NULL, e);
    *mount = fd;
    return 0;
}

int os_fs_reconfigure(int fd, const struct texts *options, struct err *e)
{
    OWN_FD context = (int)syscall(SYS_fspick, fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);

    if (context < 0)
        return err_set(e, errno, "fspick");
    for (size_t i = 0; i < options->n; i++)
        TRY(os_fs_set_option(context, options->v[i], e));
    if (configure(context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
        return refused(context, errno, "remount", NULL, e);
    return 0;
}

/* mount(2), where there is no other way. */
static int old_mount(const char *source, const char *target, const char *type, unsigned long flags,
                     const char *options)
{
    return (int)syscall(SYS_mount, source, target, type, flags, options);
}

int os_mount_by_numbers(const char *type, int at, const char *name, const char *options,
                        struct err *e)
{
    OWN_FD here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    char target[64];
    int num;

    snprintf(target, sizeof target, "%d/%s", at, name);
    /* The kernel cuts what does not fit into a page. */
    if (strlen(options) >= (size_t)sysconf(_SC_PAGESIZE))
        return err_set(e, ENAMETOOLONG, "options of %s", type);
    if (chdir("/proc/self/fd") < 0)
        return err_set(e, errno, "/proc/self/fd");
    num = old_mount(type, target, type, 0, options) < 0 ? errno : 0;
    if ((here < 0 || fchdir(here) < 0) && chdir("/") < 0)
        return err_set(e, errno, "/");
    return num ? err_set(e, num, "%s", type) : 0;
}

/* ---- the root ---------------------------------------------------------------------------- */

int os_mount_propagation(unsigned long propagation, struct err *e)
{
    if (old_mount(NULL, "/", NULL, MS_REC | propagation, NULL) < 0)
        return err_set(e, errno, "propagation of /");
    return 0;
}

int os_pivot(int root, struct err *e)
{
    if (fchdir(root) < 0)
        return err_set(e, errno, "new root");
    /* The old root lands on top of the new one, where "." finds it: no directory for it is
     * needed (pivot_root(2), notes). */
    if (syscall(SYS_pivot_root, ".", ".") < 0)
        return err_set(e, errno, "pivot_root");
    if (syscall(SYS_umount2, ".", MNT_DETACH) < 0)
        return err_set(e, errno, "detach of the old root");
    return 0;
}

int os_chroot(int root, struct err *e)
{
    if (fchdir(root) < 0 || chroot(".") < 0)
        return err_set(e, errno, "chroot");
    return 0;
}

/* Under the moved root the old one goes on living.  Who leaves the chroot must at least not
 * find the host's /proc and /sys there: gone, or where they are locked, covered. */
static int take_away(const char *path, struct err *e)
{
    if (syscall(SYS_umount2, path, MNT_DETACH) == 0 || errno == ENOENT)
        return 0;
    if (old_mount("tmpfs", path, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
        return err_set(e, errno, "cover of the old %s", path);
    return 0;
}

int os_move_root(int root, struct err *e)
{
    TRY(take_away("/proc", e));
    TRY(take_away("/sys", e));
    if (fchdir(root) < 0)
        return err_set(e, errno, "new root");
    if (syscall(SYS_move_mount, root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
        return err_set(e, errno, "move of the root to /");
    if (chroot(".") < 0 || chdir("/") < 0)
        return err_set(e, errno, "chroot");
    return 0;
}

int os_mount_id(int fd, uint64_t *id, struct err *e)
{
    struct statx st = { 0 };

    /* Linux < 6.8 gives the short id only, which may be used again after an unmount. */
    if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_MNT_ID | STATX_MNT_ID_UNIQUE, &st) < 0)
        return err_set(e, errno, "mount id");
    if (!(st.stx_mask & (STATX_MNT_ID | STATX_MNT_ID_UNIQUE)))
        return err_set(e, ENOSYS, "mount id");
    *id = st.stx_mnt_id;
    return 0;
}
