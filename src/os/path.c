#include "os/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/fd.h"

#define IN_ROOT (RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)
#define BELOW (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV)

#define LINKS_MAX 40   /* as the kernel's own limit */
#define ROUNDS_MAX 128 /* somebody who renames all the time must not keep us for ever */

/* openat2(2) says EAGAIN when a rename or mount anywhere came between two steps of "..";
 * the next try is as good as the first. */
static int open_how(int dir, const char *path, int flags, uint64_t resolve)
{
    struct open_how how = { .flags = (uint64_t)(unsigned)flags | O_CLOEXEC, .resolve = resolve };
    int fd = -1;

    for (int i = 0; i < ROUNDS_MAX; i++) {
        fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
            break;
    }
    return fd;
}

int os_open_in(int root, const char *path, int flags, int *fd, struct err *e)
{
    int got = open_how(root, path, flags, IN_ROOT);

    if (got < 0)
        return err_set(e, errno, "%s", path);
    *fd = got;
    return 0;
}

int os_open_strict(int root, const char *path, int flags, bool one_mount, int *fd, struct err *e)
{
    uint64_t more = RESOLVE_NO_SYMLINKS | (one_mount ? RESOLVE_NO_XDEV : 0);
    int got = open_how(root, path, flags, IN_ROOT | more);

    if (got < 0)
        return err_set(e, errno, "%s", path);
    *fd = got;
    return 0;
}

int os_open_below(int dir, const char *path, int flags)
{
    return open_how(dir, path, flags, BELOW);
}

int os_set_mode(int fd, mode_t mode)
{
    char link[40];

    /* fchmod(2) does not take O_PATH, and fchmodat2(2) is of Linux 6.6. */
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    return chmod(link, mode);
}

int os_open_host(const char *path, const char *beneath, int *fd, struct err *e)
{
    OWN_FD dir = -1;
    const char *rest;
    int got = open(beneath ? beneath : path, O_PATH | O_CLOEXEC);

    if (got < 0)
        return err_set(e, errno, "%s", beneath ? beneath : path);
    if (beneath) {
        dir = got;
        rest = path + strlen(beneath);
        rest += strspn(rest, "/");
        got = open_how(dir, *rest ? rest : ".", O_PATH,
                       RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
        if (got < 0)
            return err_set(e, errno, "%s", path);
    }
    *fd = got;
    return 0;
}

/* ---- making what is missing ----------------------------------------------------------------
 *
 * The kernel resolves, always from the root and with RESOLVE_IN_ROOT; we only make names in
 * a directory that it opened, and read the links that it found dangling.  The text of a path
 * is never walked by hand. */

struct make {
    int root;
    const char *path;    /* as asked for, for errors */
    bool file;           /* the last name is to be a file */
    mode_t mode;         /* of directories */
    int made;            /* inodes made so far */
    int links;           /* dangling links followed so far */
    char text[PATH_MAX]; /* what is left to resolve, from the root */
};

static int too_long(const struct make *m, struct err *e)
{
    return err_set(e, ENAMETOOLONG, "%s", m->path);
}

/* Opens the longest part of m->text that is there, and says where the rest begins: at the
 * first missing name.  Longest first, since mostly one or two names are missing. */
static int open_there(const struct make *m, int *dir, size_t *rest, struct err *e)
{
    char part[PATH_MAX];
    size_t end = strlen(m->text);
    int fd;

    memcpy(part, m->text, end + 1);
    do {
        while (end && part[end - 1] == '/')
            end--;
        while (end && part[end - 1] != '/')
            end--;
        part[end] = '\0'; /* behind a slash, or at the beginning */
        fd = open_how(m->root, end ? part : "/", O_PATH | O_DIRECTORY, IN_ROOT);
    } while (fd < 0 && errno == ENOENT && end);
    if (fd < 0)
        return err_set(e, errno, "%s", m->path);
    *rest = end;
    *dir = fd;
    return 0;
}

/* A name exists but could not be opened: a link that leads to nothing yet.  Its text takes
 * the place of the name; the kernel resolves it from the root again, so that an absolute
 * one stays inside, and so does "..". */
static int follow(struct make *m, int dir, size_t name, size_t name_len, struct err *e)
{
    char link[PATH_MAX];
    char rest[PATH_MAX];
    char one[NAME_MAX + 1];
    ssize_t n;
    int len;

    memcpy(one, m->text + name, name_len);
    one[name_len] = '\0';
    n = readlinkat(dir, one, link, sizeof link - 1);
    if (n < 0) {
        /* Not a link: it came to be just now, or went.  Look again. */
        if (errno == EINVAL || errno == ENOENT)
            return 0;
        return err_set(e, errno, "%s", m->path);
    }
    link[n] = '\0';
    if (++m->links > LINKS_MAX)
        return err_set(e, ELOOP, "%s", m->path);
    memcpy(rest, m->text + name + name_len, strlen(m->text + name + name_len) + 1);
    /* A relative link goes on where its directory is, by the same names as before. */
    len = link[0] == '/' ? snprintf(m->text, sizeof m->text, "%s%s", link, rest)
                         : snprintf(m->text + name, sizeof m->text - name, "%s%s", link, rest);
    if (len < 0 || (size_t)len >= sizeof m->text - (link[0] == '/' ? 0 : name))
        return too_long(m, e);
    return 0;
}

static bool is_dots(const char *name, size_t n)
{
    return (n == 1 && name[0] == '.') || (n == 2 && name[0] == '.' && name[1] == '.');
}

/* Only where it was made, and no link: who swaps it meanwhile gets another round, not our
 * trust.  Without O_NOFOLLOW, which together with O_PATH opens the link itself. */
static int open_made(int dir, const char *name, bool directory)
{
    return os_open_below(dir, name, O_PATH | (directory ? O_DIRECTORY : 0));
}

/* In a procfs nothing can be made, and what is there but cannot be opened is a magic link, whose
 * text is a path of somebody else's root. */
static bool in_procfs(int dir)
{
    struct statfs fs;

    return fstatfs(dir, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

/* Makes the names of m->text from `at` on below dir, as long as they are plain.  *fd gets the
 * last one; it stays -1 when the path has to be looked at again from the root. */
static int make_rest(struct make *m, int own_dir, size_t at, int *fd, struct err *e)
{
    OWN_FD dir = own_dir;
    bool last = false;

    while (!last) {
        size_t n = strcspn(m->text + at, "/");
        size_t next = at + n + strspn(m->text + at + n, "/");
        char name[NAME_MAX + 1];
        bool file;
        int made;

        if (n > NAME_MAX)
            return too_long(m, e);
        if (is_dots(m->text + at, n))
            return 0;
        memcpy(name, m->text + at, n);
        name[n] = '\0';
        last = m->text[next] == '\0';
        file = last && m->file;
        if (os_make_at(dir, name, file ? S_IFREG | 0644 : S_IFDIR | m->mode) < 0) {
            int num = errno;

            if (in_procfs(dir))
                return err_set(e, num == EEXIST ? ELOOP : num, "%s", m->path);
            if (num == EEXIST)
                return follow(m, dir, at, n, e);
            if (num == ENOENT) /* the directory itself was removed */
                return 0;
            return err_set(e, num, "%s: cannot make %s", m->path, name);
        }
        m->made++;
        made = open_made(dir, name, !file);
        if (made < 0)
            return 0;
        close(dir);
        dir = made;
        at = next;
    }
    *fd = give_fd(&dir);
    return 0;
}

static int make_path(struct make *m, int *fd, struct err *e)
{
    size_t n = strlen(m->path);

    if (n == 0)
        return err_set(e, ENOENT, "empty path");
    if (n >= sizeof m->text)
        return too_long(m, e);
    memcpy(m->text, m->path, n + 1);
    for (int i = 0; i < ROUNDS_MAX; i++) {
        int got = open_how(m->root, m->text, O_PATH | (m->file ? 0 : O_DIRECTORY), IN_ROOT);
        size_t rest = 0;
        int dir = -1;

        if (got < 0 && errno != ENOENT)
            return err_set(e, errno, "%s", m->path);
        if (got >= 0) {
            m->made = 0; /* what another round made need not be what is found now */
        } else {
            TRY(open_there(m, &dir, &rest, e));
            TRY(make_rest(m, dir, rest, &got, e));
        }
        if (got >= 0) {
            *fd = got;
            return 0;
        }
    }
    return err_set(e, ELOOP, "%s: changes all the time", m->path);
}

int os_make_at(int dir, const char *name, mode_t mode)
{
    return S_ISDIR(mode) ? mkdirat(dir, name, mode & 07777) : mknodat(dir, name, mode, 0);
}

/* The common case of a new name in the very directory: two calls. */
static bool make_here(int dir, const char *name, mode_t mode, int *fd)
{
    if (!*name || strchr(name, '/') || is_dots(name, strlen(name)))
        return false;
    if (os_make_at(dir, name, mode) < 0)
        return false;
    *fd = open_made(dir, name, S_ISDIR(mode));
    return *fd >= 0;
}

int os_make_dir(int root, const char *path, mode_t mode, int *fd, int *made, struct err *e)
{
    struct make m = { .root = root, .path = path, .mode = mode };

    if (make_here(root, path, S_IFDIR | mode, fd)) {
        if (made)
            *made = 1;
        return 0;
    }
    TRY(make_path(&m, fd, e));
    if (made)
        *made = m.made;
    return 0;
}

int os_make_file(int root, const char *path, int *fd, int *made, struct err *e)
{
    struct make m = { .root = root, .path = path, .file = true, .mode = 0755 };
    const char *last = strrchr(path, '/');
    OWN_FD got = -1;
    struct stat st;

    last = last ? last + 1 : path;
    if (is_dots(last, strlen(last)) || !*last)
        return err_set(e, EISDIR, "%s", path);
    if (make_here(root, path, S_IFREG | 0644, fd)) {
        if (made)
            *made = 1;
        return 0;
    }
    TRY(make_path(&m, &got, e));
    if (fstat(got, &st) < 0)
        return err_set(e, errno, "%s", path);
    if (S_ISDIR(st.st_mode))
        return err_set(e, EISDIR, "%s", path);
    *fd = give_fd(&got);
    if (made)
        *made = m.made;
    return 0;
}

int os_open_parent(int root, const char *path, bool make, int *fd, const char **name, struct err *e)
{
    const char *last = strrchr(path, '/');
    size_t n;
    char dir[PATH_MAX];

    last = last ? last + 1 : path;
    n = (size_t)(last - path);
    if (!*last || is_dots(last, strlen(last)))
        return err_set(e, EINVAL, "%s: no name at the end", path);
    if (n >= sizeof dir)
        return err_set(e, ENAMETOOLONG, "%s", path);
    memcpy(dir, path, n);
    dir[n] = '\0';
    if (n == 0)
        memcpy(dir, "/", 2);
    if (make)
        TRY(os_make_dir(root, dir, 0755, fd, NULL, e));
    else
        TRY(os_open_in(root, dir, O_PATH | O_DIRECTORY, fd, e));
    *name = last;
    return 0;
}

int os_make_node(int dir, const char *name, mode_t mode, uint64_t rdev, struct err *e)
{
    if (mknodat(dir, name, mode, (dev_t)rdev) < 0)
        return err_set(e, errno, "%s", name);
    return 0;
}

/* ---- kinds ------------------------------------------------------------------------------ */

static const char *const kind_name[] = {
    [KIND_ANY] = "of no known kind", [KIND_MISSING] = "missing",
    [KIND_FILE] = "a file",          [KIND_DIR] = "a directory",
    [KIND_LINK] = "a link",          [KIND_CHAR] = "a character device",
    [KIND_BLOCK] = "a block device", [KIND_FIFO] = "a named pipe",
    [KIND_SOCKET] = "a socket",
};

enum kind os_kind(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return KIND_FILE;
    case S_IFDIR:
        return KIND_DIR;
    case S_IFLNK:
        return KIND_LINK;
    case S_IFCHR:
        return KIND_CHAR;
    case S_IFBLK:
        return KIND_BLOCK;
    case S_IFIFO:
        return KIND_FIFO;
    case S_IFSOCK:
        return KIND_SOCKET;
    default:
        return KIND_ANY;
    }
}

enum kind os_kind_at(int dir, const char *name, bool *mounted)
{
    struct statx st;

    if (statx(dir, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_TYPE, &st) < 0)
        return errno == ENOENT ? KIND_MISSING : KIND_ANY;
    *mounted = st.stx_attributes & STATX_ATTR_MOUNT_ROOT;
    return os_kind(st.stx_mode);
}

int os_expect_stat(int fd, const char *what, enum kind kind, uint64_t dev, uint64_t ino,
                   struct stat *st, struct err *e)
{
    enum kind got;

    if (fstat(fd, st) < 0)
        return err_set(e, errno, "%s", what);
    got = os_kind(st->st_mode);
    if ((dev && dev != st->st_dev) || (ino && ino != st->st_ino))
        return err_set(e, 0, "%s is no longer what the plan saw", what);
    if (kind != KIND_ANY && kind != got)
        return err_set(e, 0, "%s is %s, not %s", what, kind_name[got], kind_name[kind]);
    return 0;
}

int os_expect(int fd, const char *what, enum kind kind, uint64_t dev, uint64_t ino, struct err *e)
{
    struct stat ignored;

    return os_expect_stat(fd, what, kind, dev, ino, &ignored, e);
}

/* ---- reading ------------------------------------------------------------------------------ */

int os_read_in(int root, const char *path, size_t limit, char **buffer, size_t *n, struct err *e)
{
    /* O_NONBLOCK: a FIFO in this place would hang us, O_NOCTTY: a terminal become ours. */
    OWN_FD fd = open_how(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, IN_ROOT);
    OWN_MEM text = NULL;
    struct stat st;
    struct statfs fs = { .f_type = 0 };

    if (fd < 0)
        return err_set(e, errno, "%s", path);
    /* A procfs is on no device; nor is much else, so then one has to ask. */
    if (fstat(fd, &st) < 0 || (major(st.st_dev) == 0 && fstatfs(fd, &fs) < 0))
        return err_set(e, errno, "%s", path);
    if (!S_ISREG(st.st_mode))
        return err_set(e, 0, "%s is %s, not a file", path, kind_name[os_kind(st.st_mode)]);
    if (fs.f_type == PROC_SUPER_MAGIC)
        return err_set(e, 0, "%s is a file of procfs", path);
    if (st.st_size < 0 || (uint64_t)st.st_size > limit)
        return err_set(e, EFBIG, "%s has %jd bytes, more than %zu", path, (intmax_t)st.st_size,
                       limit);
    text = malloc((size_t)st.st_size + 1);
    if (!text)
        return err_set(e, ENOMEM, "%s", path);
    TRY(fd_read_whole(fd, path, (size_t)st.st_size, text, n, e));
    *buffer = text;
    text = NULL;
    return 0;
}
