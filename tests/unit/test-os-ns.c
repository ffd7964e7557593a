#include "os/ns.h"

#include "tap.h"
#include "tools/namespace.h"

#include <linux/sched.h>
#include <net/if.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>

#include "base/clean.h"
#include "os/proc.h"

static struct err *const e = &tool_err;

static ino_t ns_of(const char *process, const char *kind)
{
    struct stat st = { 0 };
    char path[60];

    snprintf(path, sizeof path, "/proc/%s/ns/%s", process, kind);
    stat(path, &st);
    return st.st_ino;
}

TEST(clones_like_fork)
{
    pid_t pid = -1;
    int pidfd = -1;

    fflush(stdout);
    FINE(os_clone(0, false, &pid, &pidfd, e));
    if (pid == 0)
        _exit(7);
    EQ_INT(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
    EQ_INT(WEXITSTATUS(tool_wait(pid)), 7);
    close(pidfd);
}

TEST(clones_into_namespaces)
{
    ino_t uts = ns_of("self", "uts");
    pid_t pid = -1;

    fflush(stdout);
    FINE(os_clone(NS_USER | NS_UTS | NS_PID, false, &pid, NULL, e));
    if (pid == 0)
        _exit(getpid() == 1 && ns_of("self", "uts") != uts ? 0 : 1);
    EQ_INT(tool_wait(pid), 0);
}

static void clones_a_sibling(void)
{
    pid_t middle, pid;
    int status;

    middle = fork();
    if (middle == 0) {
        if (os_clone(0, true, &pid, NULL, e) < 0)
            _exit(1);
        if (pid == 0)
            _exit(getppid() == getpid() ? 1 : 42);
        _exit(0);
    }
    EQ_INT(tool_wait(middle), 0);
    /* Its end is told to us, as one of ours. */
    EQ_INT(waitpid(-1, &status, 0) > 0, 1);
    EQ_INT(WEXITSTATUS(status), 42);
}

TEST(clones_a_sibling_for_the_parent)
{
    apart(clones_a_sibling);
}

static void is_out_of_namespaces(void)
{
    OWN_FD proc = -1;
    pid_t pid;

    FINE(os_proc_host(&proc, e));
    FINE(os_proc_write(proc, "sys/user/max_uts_namespaces", "0", e));
    FAILS(os_unshare(NS_UTS, e), ENOSPC);
    EQ_STR(e->text, "new namespaces uts: no space left on device");
    FAILS(os_clone(NS_UTS | NS_IPC, false, &pid, NULL, e), ENOSPC);
    EQ_STR(e->text, "new namespaces ipc,uts: no space left on device");
}

TEST(names_the_namespaces_that_are_used_up)
{
    apart_in(0, is_out_of_namespaces);
}

/* ---- joining ------------------------------------------------------------------------------ */

static void joins(void)
{
    OWN_FD before = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
    OWN_FD pidfd = -1;
    pid_t pid;
    char path[60];
    ino_t outer = ns_of("self", "uts");
    ino_t inner;

    FINE(os_unshare(NS_UTS | NS_IPC, e));
    inner = ns_of("self", "uts");
    OK(inner != outer);
    FINE(os_clone(0, false, &pid, &pidfd, e));
    if (pid == 0) {
        pause();
        _exit(0);
    }
    FAILS(os_join_fd(before, NS_IPC, e), EINVAL);
    EQ_STR(e->text, "join ipc namespace: invalid argument");
    FAILS(os_join_fd(before, NS_UTS, e), EPERM); /* owned by the outer user namespace */
    FINE(os_unshare(NS_UTS, e));
    snprintf(path, sizeof path, "/proc/%d/ns/uts", (int)pid);
    FINE(os_join(path, NS_UTS, e));
    EQ_INT(ns_of("self", "uts"), inner);
    FINE(os_unshare(NS_UTS, e));
    FINE(os_join_fd(pidfd, NS_UTS | NS_IPC, e));
    EQ_INT(ns_of("self", "uts"), inner);
    FAILS(os_join("/etc/passwd", NS_UTS, e), EINVAL);
    SAYS("join uts namespace /etc/passwd");
    FAILS(os_join("/nosuch", NS_UTS, e), ENOENT);
    mkfifo("fifo", 0600);
    FAILS(os_join("fifo", NS_UTS, e), EINVAL);
    kill(pid, SIGKILL);
    tool_wait(pid);
}

TEST(joins_by_path_and_descriptor)
{
    new_dir();
    apart_in(0, joins);
}

/* ---- maps --------------------------------------------------------------------------------- */

static pid_t new_unmapped(void)
{
    pid_t pid = -1;

    fflush(stdout);
    FINE(os_clone(NS_USER, false, &pid, NULL, e));
    if (pid == 0) {
        pause();
        _exit(0);
    }
    return pid;
}

TEST(maps_one_id)
{
    OWN_FD proc = -1;
    pid_t pid = new_unmapped();
    struct id_range uid = { 7, geteuid(), 1 };
    struct id_range gid = { 8, getegid(), 1 };
    struct id_range other = { 9, geteuid(), 1 };

    FINE(os_proc_host(&proc, e));
    FINE(os_deny_setgroups(proc, pid, e));
    FINE(os_write_map(proc, pid, true, &(struct id_map){ &gid, 1 }, e));
    FINE(os_write_map(proc, pid, false, &(struct id_map){ &uid, 1 }, e));
    FINE(os_check_map(proc, pid, true, &(struct id_map){ &gid, 1 }, e));
    FINE(os_check_map(proc, pid, false, &(struct id_map){ &uid, 1 }, e));
    FAILS(os_check_map(proc, pid, false, &(struct id_map){ &other, 1 }, e), 0);
    SAYS("uid_map has 7 ");
    SAYS("which was not asked for");
    FAILS(os_check_map(proc, pid, false, &(struct id_map){ NULL, 0 }, e), 0);
    FAILS(os_write_map(proc, pid, false, &(struct id_map){ &uid, 1 }, e), EPERM); /* once only */
    kill(pid, SIGKILL);
    tool_wait(pid);
    FAILS(os_write_map(proc, pid, false, &(struct id_map){ &uid, 1 }, e), ENOENT);
}

/* Only root of the initial namespace has the ids for it. */
TEST(maps_many_ids)
{
    static struct id_range many[400];
    OWN_FD proc = -1;
    struct id_map map = { many, 340 };
    pid_t pid;

    /* Backwards, as the kernel does not keep them. */
    for (uint32_t i = 0; i < 400; i++)
        many[i] = (struct id_range){ 10 * (400 - i), 100000 + 10 * i, 5 };
    FINE(os_proc_host(&proc, e));
    pid = new_unmapped();
    if (geteuid() == 0) {
        map.n = 200;
        FINE(os_write_map(proc, pid, false, &map, e));
        FINE(os_check_map(proc, pid, false, &map, e));
        map.n = 199;
        FAILS(os_check_map(proc, pid, false, &map, e), 0);
        many[5].size++;
        map.n = 200;
        FAILS(os_check_map(proc, pid, false, &map, e), 0);
    }
    map.n = 341;
    FAILS(os_write_map(proc, pid, false, &map, e), E2BIG);
    map.n = 340;
    FAILS(os_write_map(proc, pid, false, &map, e), E2BIG); /* more text than a page */
    SAYS("id map of 340 ranges");
    kill(pid, SIGKILL);
    tool_wait(pid);
}

/* ---- names, clocks, devices --------------------------------------------------------------- */

static void sets_names(void)
{
    struct utsname name;
    char long_name[70];

    FINE(os_set_hostname("box", e));
    FINE(os_set_domainname("example", e));
    uname(&name);
    EQ_STR(name.nodename, "box");
    EQ_STR(name.domainname, "example");
    memset(long_name, 'x', sizeof long_name);
    long_name[65] = '\0';
    FAILS(os_set_hostname(long_name, e), EINVAL);
    SAYS("hostname xxx");
}

TEST(sets_host_and_domain_name)
{
    apart_in(CLONE_NEWUTS, sets_names);
}

static void moves_clocks(void)
{
    OWN_FD proc = -1;
    struct timespec before, after;
    pid_t pid;

    FINE(os_proc_host(&proc, e));
    FINE(os_unshare(NS_TIME, e));
    FINE(os_time_offset(proc, "monotonic", 1000000, 5, e));
    FINE(os_time_offset(proc, "boottime", 2000000, 0, e));
    FAILS(os_time_offset(proc, "nosuch", 1, 0, e), EINVAL);
    clock_gettime(CLOCK_MONOTONIC, &before);
    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        clock_gettime(CLOCK_MONOTONIC, &after);
        _exit(after.tv_sec - before.tv_sec >= 1000000 ? 0 : 1);
    }
    EQ_INT(tool_wait(pid), 0);
}

TEST(moves_clocks_of_children)
{
    if (access("/proc/self/timens_offsets", F_OK) < 0)
        printf("# skipped: no time namespaces\n");
    else
        apart_in(0, moves_clocks);
}

static void brings_loopback_up(void)
{
    struct ifreq request = { .ifr_name = "lo" };
    OWN_FD sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    EQ_INT(ioctl(sock, SIOCGIFFLAGS, &request), 0);
    EQ_INT(request.ifr_flags & IFF_UP, 0);
    FINE(os_loopback_up(e));
    EQ_INT(ioctl(sock, SIOCGIFFLAGS, &request), 0);
    EQ_INT(request.ifr_flags & (IFF_UP | IFF_LOOPBACK), IFF_UP | IFF_LOOPBACK);
    FINE(os_loopback_up(e));
}

TEST(brings_the_loopback_device_up)
{
    apart_in(CLONE_NEWNET, brings_loopback_up);
}

static void is_not_allowed(void)
{
    EQ_INT(os_loopback_up(e), -1);
    SAYS("loopback device: ");
}

TEST(says_that_the_loopback_device_is_not_ours)
{
    apart_in(0, is_not_allowed);
}
