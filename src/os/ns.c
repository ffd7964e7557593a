#include "os/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/text.h"
#include "os/compat.h"
#include "os/proc.h"

static const struct {
    uint32_t ns;
    const char *word; /* as in namespaces(7) */
} kinds[] = {
    { NS_USER, "user" }, { NS_MOUNT, "mount" }, { NS_PID, "pid" },       { NS_NET, "network" },
    { NS_IPC, "ipc" },   { NS_UTS, "uts" },     { NS_CGROUP, "cgroup" }, { NS_TIME, "time" },
};

/* "user,mount": the namespaces of a set. */
static const char *ns_words(uint32_t set, char *text, size_t size)
{
    size_t n = 0;

    text[0] = '\0';
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (set & kinds[i].ns && n < size)
            n += (size_t)snprintf(text + n, size - n, "%s%s", n ? "," : "", kinds[i].word);
    return text;
}

uint32_t os_ns_type(const char *word)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (text_is(kinds[i].word, word))
            return kinds[i].ns;
    BUG("namespace type %s", word);
}

static int no_namespace(uint32_t set, struct err *e)
{
    char text[80];
    int num = errno;

    return err_set(e, num, "new namespaces %s", ns_words(set, text, sizeof text));
}

int os_clone(uint32_t namespaces, bool sibling, pid_t *pid, int *pidfd, struct err *e)
{
    unsigned long flags = (unsigned long)namespaces | SIGCHLD | (sibling ? CLONE_PARENT : 0) |
                          (pidfd ? CLONE_PIDFD : 0);
    int fd = -1;
    pid_t got;

    /* Its bit is the child's exit signal here. */
    if (namespaces & NS_TIME)
        BUG("clone into a time namespace");
    /* clone(2), not clone3(2): filters of outer containers answer ENOSYS to the latter, and
     * nothing here needs it. */
    got = compat_clone(flags, pidfd ? &fd : NULL);
    if (got < 0 && namespaces)
        return no_namespace(namespaces, e);
    if (got < 0)
        return err_set(e, errno, "clone");
    if (got > 0 && pidfd)
        *pidfd = fd;
    *pid = got;
    return 0;
}

int os_unshare(uint32_t namespaces, struct err *e)
{
    if (syscall(SYS_unshare, namespaces) < 0)
        return no_namespace(namespaces, e);
    return 0;
}

static int join(int fd, uint32_t type, const char *path, struct err *e)
{
    char text[80];

    if (syscall(SYS_setns, fd, type) < 0)
        return err_set(e, errno, "join %s namespace%s%s", ns_words(type, text, sizeof text),
                       *path ? " " : "", path);
    return 0;
}

int os_join(const char *path, uint32_t type, struct err *e)
{
    /* O_NONBLOCK: a FIFO of this name would hang us; setns(2) tells that it is none. */
    OWN_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return err_set(e, errno, "%s", path);
    return join(fd, type, path, e);
}

int os_join_fd(int fd, uint32_t type, struct err *e)
{
    return join(fd, type, "", e);
}

int os_open_own_userns(int *fd, struct err *e)
{
    /* A process may always open its own, dumpable or not. */
    *fd = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
    return *fd < 0 ? err_set(e, errno, "own user namespace") : 0;
}

/* ---- id maps ----------------------------------------------------------------------------- */

#define RANGES_MAX 340 /* user_namespaces(7) */
#define MAP_SIZE (RANGES_MAX * 33 + 1)

int os_join_process(int pidfd, uint32_t namespaces, struct err *e)
{
    if (namespaces && syscall(SYS_setns, pidfd, namespaces) < 0)
        return err_set(e, errno, "join the container");
    return 0;
}

int os_deny_setgroups(int proc_fd, pid_t pid, struct err *e)
{
    char path[40];

    snprintf(path, sizeof path, "%d/setgroups", (int)pid);
    return os_proc_write(proc_fd, path, "deny", e);
}

static const char *map_path(pid_t pid, bool gids, char *path, size_t size)
{
    snprintf(path, size, "%d/%s", (int)pid, gids ? "gid_map" : "uid_map");
    return path;
}

int os_write_map(int proc_fd, pid_t pid, bool gids, const struct id_map *map, struct err *e)
{
    char path[40];
    char text[MAP_SIZE];
    size_t n = 0;

    if (map->n > RANGES_MAX)
        return err_set(e, E2BIG, "id map of %zu ranges", map->n);
    text[0] = '\0';
    for (size_t i = 0; i < map->n; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%u %u %u\n", map->v[i].inside,
                              map->v[i].outside, map->v[i].size);
    /* The kernel takes less than a page in one write, and one write only. */
    if (n >= (size_t)sysconf(_SC_PAGESIZE))
        return err_set(e, E2BIG, "id map of %zu ranges", map->n);
    return os_proc_write(proc_fd, map_path(pid, gids, path, sizeof path), text, e);
}

static bool has_range(const struct id_map *map, const struct id_range *r)
{
    /* In any order: the kernel sorts maps of more than five ranges. */
    for (size_t i = 0; i < map->n; i++)
        if (map->v[i].inside == r->inside && map->v[i].outside == r->outside &&
            map->v[i].size == r->size)
            return true;
    return false;
}

/* A number at *at, which moves behind it and the blanks. */
static bool take_number(const char **at, uint32_t *number)
{
    char digits[16];
    size_t n = strspn(*at, "0123456789");

    if (n >= sizeof digits)
        return false;
    memcpy(digits, *at, n);
    digits[n] = '\0';
    *at += n + strspn(*at + n, " \n");
    return text_u32(digits, number);
}

int os_check_map(int proc_fd, pid_t pid, bool gids, const struct id_map *map, struct err *e)
{
    char path[40];
    char text[MAP_SIZE];
    const char *at = text;
    size_t n = 0;

    map_path(pid, gids, path, sizeof path);
    TRY(os_proc_read(proc_fd, path, text, sizeof text, e));
    for (at += strspn(at, " "); *at; n++) {
        struct id_range r;

        if (!take_number(&at, &r.inside) || !take_number(&at, &r.outside) ||
            !take_number(&at, &r.size))
            return err_set(e, 0, "/proc/%s: no id map", path);
        if (!has_range(map, &r))
            return err_set(e, 0, "/proc/%s has %u %u %u, which was not asked for", path, r.inside,
                           r.outside, r.size);
    }
    if (n != map->n)
        return err_set(e, 0, "/proc/%s has %zu ranges, not %zu", path, n, map->n);
    return 0;
}

int os_time_offset(int proc_fd, const char *clock, int64_t secs, uint32_t nanosecs, struct err *e)
{
    char text[80];

    snprintf(text, sizeof text, "%s %jd %u", clock, (intmax_t)secs, nanosecs);
    return os_proc_write_self(proc_fd, "timens_offsets", text, e);
}

/* ---- names and devices ------------------------------------------------------------------- */

int os_set_hostname(const char *name, struct err *e)
{
    if (sethostname(name, strlen(name)) < 0)
        return err_set(e, errno, "hostname %s", name);
    return 0;
}

int os_set_domainname(const char *name, struct err *e)
{
    if (setdomainname(name, strlen(name)) < 0)
        return err_set(e, errno, "domain name %s", name);
    return 0;
}

int os_loopback_up(struct err *e)
{
    /* Any socket can do it; one of AF_UNIX is there on kernels without IPv4 too.  Flags that
     * the device has by nature stay, so they need not be asked for first. */
    OWN_FD sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };

    if (sock < 0 || ioctl(sock, SIOCSIFFLAGS, &request) < 0)
        return err_set(e, errno, "loopback device");
    return 0;
}
