/* run/init-remove.c - removes a directory with all that is in it.
 * Runs in:  a child in a user namespace that has the ids which the files belong to.
 * Power:    over what belongs to those ids.
 * Must not: follow a link, cross a mount, or leave the directory, whoever changes it meanwhile.
 *
 * Every name is one component below a directory that is open, so there is no path to lead astray,
 * and no "..".  Who swaps a directory for a link gets an error, or his link removed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/path.h"
#include "os/path.h"
#include "run/run.h"

#define DEPTH_MAX 48     /* directories that are open at a time */
#define ROUNDS_MAX 20000 /* who fills it all the time shall not keep us for ever */

struct removal {
    int top;
    int depth;
    uint64_t removed;
    uint64_t failed;
    unsigned hoisted;
    struct err first; /* error: the first one */
    char path[PATH_MAX];
};

/* What cannot be removed stays, and the rest goes: so that only the cause is left to look at. */
static void note(struct removal *x, int dir, const char *name, int num)
{
    struct statx st;

    if (x->failed++)
        return;
    switch (num) {
    case EXDEV:
    case EBUSY:
        err_set(&x->first, 0, "%s%s: something is mounted there", x->path, name);
        return;
    default:
        err_set(&x->first, num, "%s%s", x->path, name);
    }
    if (num != EPERM)
        return;
    for (int self = 0; self < 2; self++)
        if (statx(dir, self ? "" : name, AT_SYMLINK_NOFOLLOW | (self ? AT_EMPTY_PATH : 0), 0, &st) == 0 &&
            st.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND))
            err_hint(&x->first, "root has made %s immutable: chattr -i -a, as root",
                     self ? "its directory" : "it");
}

/* Opens it for reading, with the permissions that this needs.  The chmod is for directories whose
 * group is not mapped: there the owner counts for something, and root of the namespace for nothing. */
static int open_dir(int dir, const char *name)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
    OWN_FD path = -1;
    int fd = os_open_below(dir, name, flags);

    if (fd >= 0 || errno != EACCES)
        return fd;
    path = os_open_below(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW);
    if (path < 0 || os_set_mode(path, 0700) < 0)
        return -1;
    return os_open_below(dir, name, flags);
}

static void make_writable(int dir)
{
    struct stat st;

    if (fstat(dir, &st) == 0 && (st.st_mode & 0700) != 0700)
        (void)fchmod(dir, 0700);
}

/* Out of the depth, to where the descriptors do not run out. */
static int hoist(struct removal *x, int dir, const char *name)
{
    char fresh[32];

    for (int i = 0; i < 16; i++) {
        snprintf(fresh, sizeof fresh, ".rcrun-deep-%u", x->hoisted++);
        if (renameat(dir, name, x->top, fresh) == 0)
            return 0;
        if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR)
            return -1;
    }
    return -1;
}

static void remove_entries(struct removal *x, DIR *list);

/* One round: what is in it now, then itself.  fd: of the directory, or -1. */
static int try_dir(struct removal *x, int dir, const char *name, int own_fd)
{
    OWN_FD fd = own_fd;
    size_t n = strlen(x->path);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);

    if (!list)
        return -1;
    fd = -1;
    make_writable(dirfd(list));
    snprintf(x->path + n, sizeof x->path - n, "%s/", name);
    x->depth++;
    remove_entries(x, list);
    x->depth--;
    x->path[n] = '\0';
    closedir(list);
    return unlinkat(dir, name, AT_REMOVEDIR);
}

static int step(struct removal *x, int dir, const char *name)
{
    if (x->depth == 0)
        return try_dir(x, dir, name, os_open_below(x->top, ".", O_RDONLY | O_DIRECTORY));
    if (x->depth < DEPTH_MAX)
        return try_dir(x, dir, name, open_dir(dir, name));
    return hoist(x, dir, name);
}

static void remove_dir(struct removal *x, int dir, const char *name)
{
    for (int i = 0; i < ROUNDS_MAX; i++) {
        uint64_t removed = x->removed, failed = x->failed;

        if (step(x, dir, name) == 0) {
            x->removed++;
            return;
        }
        /* It became something else: a link, which is removed and not followed. */
        if ((errno == ELOOP || errno == ENOTDIR) && x->depth && unlinkat(dir, name, 0) == 0) {
            x->removed++;
            return;
        }
        if (errno == ENOENT)
            return;
        if (errno != ENOTEMPTY && errno != EEXIST)
            break;
        /* What could not be removed is told already. */
        if (x->failed > failed)
            return;
        /* Something came while we looked, or was moved up here. */
        if (x->removed == removed)
            break;
    }
    note(x, dir, name, errno);
}

static void remove_entry(struct removal *x, int dir, const struct dirent *d)
{
    if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
        return;
    if (d->d_type != DT_DIR) {
        if (unlinkat(dir, d->d_name, 0) == 0) {
            x->removed++;
            return;
        }
        if (errno == ENOENT)
            return;
        if (errno != EISDIR) {
            note(x, dir, d->d_name, errno);
            return;
        }
    }
    remove_dir(x, dir, d->d_name);
}

static void remove_entries(struct removal *x, DIR *list)
{
    const struct dirent *d;

    errno = 0;
    while ((d = readdir(list)))
        remove_entry(x, dirfd(list), d);
}

DO(remove_tree)
{
    const char *name = path_last(u->path);
    struct removal x = { .top = -1 };
    OWN_MEM parent = strndup(u->path, (size_t)(name - u->path));
    OWN_FD dir = -1;

    (void)s;
    (void)r;
    if (!parent)
        BUG("out of memory");
    TRY(os_open_host(parent, NULL, &dir, e));
    x.top = open_dir(dir, name);
    if (x.top < 0)
        return err_set(e, errno, "%s", u->path);
    TRY(os_expect(x.top, u->path, KIND_DIR, u->inode.dev, u->inode.ino, e));
    snprintf(x.path, sizeof x.path, "%s", parent);
    remove_dir(&x, dir, name);
    clean_fd(&x.top);
    if (!x.failed)
        return 0;
    *e = x.first;
    if (x.failed > 1)
        err_ctx(e, "%llu things could not be removed, the first is", (unsigned long long)x.failed);
    return -1;
}
