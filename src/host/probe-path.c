#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/path.h"
#include "host/probe.h"
#include "os/path.h"

#define MAX_LINKS 40 /* as the kernel */

/* ---- paths ---- */

/* Puts the target of the link `at` in front of what is left of the path. */
static const char *follow(struct arena *a, const char *at, const char *dir, const char *rest,
                          const char **next_dir)
{
    char target[PATH_MAX];
    ssize_t n = readlink(at, target, sizeof target - 1);

    if (n <= 0)
        return NULL;
    target[n] = '\0';
    *next_dir = target[0] == '/' ? "/" : dir;
    return arena_printf(a, "%s/%s", target, rest);
}

/* The first directory on the way that we may not search: the kernel tells only that there is
 * one.  Walks as it does, links included. */
static const char *find_stop(struct arena *a, const char *path)
{
    const char *dir = "/", *rest = path;

    for (int links = 0; links <= MAX_LINKS;) {
        struct stat st;
        const char *name, *at;
        size_t n;

        rest += strspn(rest, "/");
        n = strcspn(rest, "/");
        if (n == 0)
            return NULL;
        name = arena_copy(a, rest, n);
        rest += n;
        at = path_clean(a, dir, name);
        if (lstat(at, &st) < 0)
            return errno == EACCES ? dir : NULL;
        if (S_ISLNK(st.st_mode)) {
            links++;
            rest = follow(a, at, dir, rest, &dir);
            if (!rest)
                return NULL;
        } else {
            dir = at;
        }
    }
    return NULL;
}

void probe_path(struct arena *a, const char *path, struct path_fact *out)
{
    struct stat st;

    *out = (struct path_fact){ .path = path, .kind = KIND_MISSING };
    if (stat(path, &st) < 0) {
        out->num = errno;
        if (out->num == EACCES)
            out->stop = find_stop(a, path);
        if (!out->stop || stat(out->stop, &st) < 0)
            return;
    } else {
        out->kind = os_kind(st.st_mode);
        out->dev = st.st_dev;
        out->ino = st.st_ino;
        out->rdev = st.st_rdev;
    }
    out->mode = st.st_mode & 07777;
    out->uid = st.st_uid;
    out->gid = st.st_gid;
}

const char *probe_real(struct arena *a, const char *path)
{
    OWN_FD fd = open(path, O_PATH | O_CLOEXEC);
    char link[32], real[PATH_MAX];
    ssize_t n;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = readlink(link, real, sizeof real);
    return n > 0 && n < (ssize_t)sizeof real ? arena_copy(a, real, (size_t)n) : NULL;
}

/* ---- namespaces ---- */

static const struct {
    uint32_t type;
    const char *own;
} kinds[] = {
    { NS_MOUNT, "/proc/self/ns/mnt" }, { NS_CGROUP, "/proc/self/ns/cgroup" },
    { NS_UTS, "/proc/self/ns/uts" },   { NS_IPC, "/proc/self/ns/ipc" },
    { NS_USER, "/proc/self/ns/user" }, { NS_PID, "/proc/self/ns/pid" },
    { NS_NET, "/proc/self/ns/net" },   { NS_TIME, "/proc/self/ns/time" },
};

/* Whose it is: the kernel tells a user namespace only when it is ours or descends from ours. */
static void find_owner(int fd, struct ns_fact *out)
{
    OWN_FD owner = ioctl(fd, NS_GET_USERNS);
    struct stat theirs, ours;

    if (owner < 0 || fstat(owner, &theirs) < 0 || stat("/proc/self/ns/user", &ours) < 0)
        return;
    out->owned_by_us = theirs.st_ino == ours.st_ino && theirs.st_dev == ours.st_dev;
    out->owned_by_child = !out->owned_by_us;
}

void probe_namespace(const char *path, struct ns_fact *out)
{
    struct stat st, own;
    OWN_FD fd = -1;
    int type;

    *out = (struct ns_fact){ .path = path };
    /* Opening may do something where it is a device. */
    if (stat(path, &st) < 0) {
        out->num = errno;
        return;
    }
    if (!S_ISREG(st.st_mode))
        return;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        out->num = errno;
        return;
    }
    type = ioctl(fd, NS_GET_NSTYPE);
    if (type <= 0)
        return;
    out->type = (uint32_t)type;
    out->ino = st.st_ino;
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (kinds[i].type == out->type && stat(kinds[i].own, &own) == 0)
            out->is_own = own.st_ino == st.st_ino && own.st_dev == st.st_dev;
    find_owner(fd, out);
}
