/* run/init-copy.c - the content of a directory into a new tmpfs (tmpcopyup).
 * Runs in:  init, before enter_root.    Power: root of the user namespace.
 * Must not: follow a link of the image, or open anything but regular files and directories. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/file.h"
#include "os/path.h"
#include "run/init-mount.h"

#define DEPTH_MAX 200

struct item {
    int from, to; /* directories */
    const char *name;
    struct stat st;
};

static void close_dir(DIR **d)
{
    if (*d)
        closedir(*d);
}

/* What the new file system does not take (an attribute of a kind it has not) stays behind. */
static void copy_xattrs(int from, int to)
{
    char names[4096], value[4096];
    ssize_t n = flistxattr(from, names, sizeof names);

    for (ssize_t at = 0; at < n; at += (ssize_t)strlen(names + at) + 1) {
        ssize_t len = fgetxattr(from, names + at, value, sizeof value);

        if (len >= 0)
            (void)fsetxattr(to, names + at, value, (size_t)len, 0);
    }
}

static int set_owner(const struct item *x, struct err *e)
{
    struct timespec times[2] = { x->st.st_atim, x->st.st_mtim };

    /* An owner that is not mapped here cannot be given; the copy is root's then. */
    if (fchownat(x->to, x->name, x->st.st_uid, x->st.st_gid, AT_SYMLINK_NOFOLLOW) < 0 &&
        errno != EINVAL && errno != EPERM && errno != EOVERFLOW)
        return err_set(e, errno, "owner of %s", x->name);
    /* After the owner: chown takes setuid away. */
    if (!S_ISLNK(x->st.st_mode) && fchmodat(x->to, x->name, x->st.st_mode & 07777, 0) < 0)
        return err_set(e, errno, "mode of %s", x->name);
    if (utimensat(x->to, x->name, times, AT_SYMLINK_NOFOLLOW) < 0)
        return err_set(e, errno, "times of %s", x->name);
    return 0;
}

static int copy_file(const struct item *x, struct err *e)
{
    OWN_FD in = openat(x->from, x->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    OWN_FD out = -1;
    struct stat st;
    ssize_t n;

    if (in < 0 || fstat(in, &st) < 0)
        return err_set(e, errno, "%s", x->name);
    if (!S_ISREG(st.st_mode))
        return err_set(e, 0, "%s changed while it was copied", x->name);
    out = openat(x->to, x->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (out < 0)
        return err_set(e, errno, "%s", x->name);
    while ((n = sendfile(out, in, NULL, 1 << 24)) != 0)
        if (n < 0 && errno != EINTR)
            return err_set(e, errno, "%s", x->name);
    copy_xattrs(in, out);
    return 0;
}

static int copy_link(const struct item *x, struct err *e)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(x->from, x->name, target, sizeof target - 1);

    if (n < 0)
        return err_set(e, errno, "%s", x->name);
    target[n] = '\0';
    if (symlinkat(target, x->to, x->name) < 0)
        return err_set(e, errno, "%s", x->name);
    return 0;
}

static int copy_dir(int from, int to, int depth, struct err *e);

static int copy_subdir(const struct item *x, int depth, struct err *e)
{
    OWN_FD from = openat(x->from, x->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    OWN_FD to = -1;

    if (from < 0)
        return err_set(e, errno, "%s", x->name);
    if (mkdirat(x->to, x->name, 0700) < 0)
        return err_set(e, errno, "%s", x->name);
    to = openat(x->to, x->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (to < 0)
        return err_set(e, errno, "%s", x->name);
    copy_xattrs(from, to);
    return copy_dir(from, to, depth + 1, e);
}

static int copy_entry(struct item *x, int depth, struct err *e)
{
    if (fstatat(x->from, x->name, &x->st, AT_SYMLINK_NOFOLLOW) < 0)
        return err_set(e, errno, "%s", x->name);
    switch (x->st.st_mode & S_IFMT) {
    case S_IFREG:
        TRY(copy_file(x, e));
        break;
    case S_IFDIR:
        TRY(copy_subdir(x, depth, e));
        break;
    case S_IFLNK:
        TRY(copy_link(x, e));
        break;
    case S_IFIFO:
    case S_IFSOCK:
        TRY(os_make_node(x->to, x->name, x->st.st_mode & S_IFMT, 0, e));
        break;
    default:
        /* Devices cannot be made in a user namespace. */
        return 0;
    }
    return set_owner(x, e);
}

static int copy_dir(int from, int to, int depth, struct err *e)
{
    DIR *dir __attribute__((cleanup(close_dir))) = file_list(from);
    struct dirent *d;

    if (!dir)
        return err_set(e, errno, "directory");
    if (depth > DEPTH_MAX)
        return err_set(e, ELOOP, "directories nested deeper than %d", DEPTH_MAX);
    while ((errno = 0, d = readdir(dir))) {
        struct item x = { .from = from, .to = to, .name = d->d_name };

        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
            TRY(copy_entry(&x, depth, e));
    }
    return errno ? err_set(e, errno, "directory") : 0;
}

int copy_tree(int from, int to, struct err *e)
{
    return copy_dir(from, to, 0, e);
}
