/* floor - the least work that gives the container of bench/config's `full`: the yardstick of the
 * benchmarks, not a runtime.  No config, no state, no checks, no seccomp.  What comes out is
 * the container of rcrun: tests/integration/floor.bats compares them.  Descriptors are left to
 * exec(2), which closes them for less than close(2) does.
 *
 *     floor [KEY=VALUE...] ROOT PROGRAM [ARG...]
 *
 *     map=range         0 is the caller, 1 to 65536 are subordinate ids, by newuidmap(1) and
 *                       newgidmap(1), both at once
 *     map=single        0 is the caller, written here
 *     uids=N gids=N     first subordinate ids (100000)
 *     net=0 pid=0       without this namespace; /sys or /proc is then the caller's
 *     mounts=proc       /proc and the devices, nothing masked */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/compat.h"

#define HARMLESS (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)
#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static struct {
    const char *map, *uids, *gids, *mounts;
    bool net, pid;
} o = { "range", "100000", "100000", "full", true, true };

/* ---- mounts ---- */

/* Options are pairs of key and value, and a NULL at the end. */
static int new_fs(const char *type, const char *const *options, unsigned attr)
{
    int fs = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
    int mount;

    for (; options && *options; options += 2)
        if (syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, options[0], options[1], 0) < 0)
            err(125, "%s: %s", type, options[0]);
    if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        err(125, "%s", type);
    mount = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attr);
    if (mount < 0)
        err(125, "fsmount of %s", type);
    return mount;
}

/* A copy of the mount that path is on, from path on: of directory itself when path is "". */
static int copy(int dir, const char *path, unsigned flags, unsigned attr)
{
    struct mount_attr set = { .attr_set = attr };
    unsigned all = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags | (*path ? 0 : AT_EMPTY_PATH);
    int tree = (int)syscall(SYS_open_tree, dir, path, all);

    if (tree < 0)
        err(125, "open_tree %s", path);
    if (attr && syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | flags, &set, sizeof set) < 0)
        err(125, "mount_setattr %s", path);
    return tree;
}

static void put(int mount, int dir, const char *path)
{
    unsigned empty = *path ? 0 : MOVE_MOUNT_T_EMPTY_PATH;

    if (syscall(SYS_move_mount, mount, "", dir, path, MOVE_MOUNT_F_EMPTY_PATH | empty) < 0)
        err(125, "move_mount to %s", path);
}

/* ---- the container's file systems ---- */

static void devices(int dev)
{
    static const char *const nodes[] = {
        "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty",
    };
    static const char *const links[][2] = {
        { "/proc/self/fd", "fd" },       { "/proc/self/fd/0", "stdin" },
        { "/proc/self/fd/1", "stdout" }, { "/proc/self/fd/2", "stderr" },
        { "/proc/kcore", "core" },       { "pts/ptmx", "ptmx" },
    };

    for (size_t i = 0; i < COUNT_OF(nodes); i++) {
        const char *name = nodes[i] + strlen("/dev/");
        int node = copy(AT_FDCWD, nodes[i], 0, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);

        if (mknodat(dev, name, S_IFREG | 0644, 0) < 0 && errno != EEXIST)
            err(125, "%s", nodes[i]);
        put(node, dev, name);
    }
    for (size_t i = 0; i < COUNT_OF(links); i++)
        if (symlinkat(links[i][0], dev, links[i][1]) < 0 && errno != EEXIST)
            err(125, "/dev/%s", links[i][1]);
}

static void below_dev(int dev, const char *name, int mount)
{
    if (mkdirat(dev, name, 0755) < 0)
        err(125, "/dev/%s", name);
    put(mount, dev, name);
}

static void make_dev(int root)
{
    static const char *const options[] = { "mode", "755", "size", "65536k", NULL };
    static const char *const pts[] = { "ptmxmode", "0666", "mode", "0620", NULL };
    static const char *const shm[] = { "source", "shm", "mode", "1777", "size", "65536k", NULL };
    int dev = new_fs("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME);

    put(dev, root, "dev");
    below_dev(dev, "pts", new_fs("devpts", pts, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC));
    below_dev(dev, "shm", new_fs("tmpfs", shm, HARMLESS));
    below_dev(dev, "mqueue", new_fs("mqueue", NULL, HARMLESS));
    devices(dev);
}

static int new_mask(bool dir)
{
    static const char *const options[] = { "mode", "555", NULL };

    if (dir)
        return new_fs("tmpfs", options, HARMLESS | MOUNT_ATTR_RDONLY);
    return copy(AT_FDCWD, "/dev/null", 0, (HARMLESS & ~MOUNT_ATTR_NODEV) | MOUNT_ATTR_RDONLY);
}

static void hide(int root)
{
    static const char *const fixed[] = { "proc/bus", "proc/fs", "proc/irq", "proc/sys",
                                         "proc/sysrq-trigger" };
    static const char *const masked[] = {
        "proc/acpi",          "proc/asound",     "proc/kcore",       "proc/keys",
        "proc/latency_stats", "proc/timer_list", "proc/timer_stats", "proc/sched_debug",
        "sys/firmware",       "proc/scsi",
    };
    int first[2] = { -1, -1 };
    int at;
    struct stat st;

    for (size_t i = 0; i < COUNT_OF(fixed); i++)
        if ((at = openat(root, fixed[i], O_PATH | O_CLOEXEC)) >= 0)
            put(copy(at, "", AT_RECURSIVE, MOUNT_ATTR_RDONLY), at, "");
    for (size_t i = 0; i < COUNT_OF(masked); i++) {
        bool dir;

        at = openat(root, masked[i], O_PATH | O_CLOEXEC);
        if (at < 0)
            continue;
        if (fstat(at, &st) < 0)
            err(125, "%s", masked[i]);
        dir = S_ISDIR(st.st_mode);
        /* The others are copies of the first one of their kind. */
        if (first[dir] < 0)
            put(first[dir] = new_mask(dir), at, "");
        else
            put(copy(first[dir], "", 0, 0), at, "");
    }
}

static void enter(const char *path)
{
    struct mount_attr private = { .propagation = 1 << 18 }; /* MS_PRIVATE */
    int root;

    if (syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &private, sizeof private) < 0)
        err(125, "propagation");
    root = copy(AT_FDCWD, path, AT_RECURSIVE, 0);
    put(root, AT_FDCWD, path);
    put(o.pid ? new_fs("proc", NULL, 0) : copy(AT_FDCWD, "/proc", AT_RECURSIVE, 0), root, "proc");
    if (strcmp(o.mounts, "full") == 0) {
        make_dev(root);
        put(o.net ? new_fs("sysfs", NULL, HARMLESS | MOUNT_ATTR_RDONLY)
                  : copy(AT_FDCWD, "/sys", AT_RECURSIVE, HARMLESS | MOUNT_ATTR_RDONLY),
            root, "sys");
        if (o.pid)
            hide(root);
    } else {
        devices(openat(root, "dev", O_PATH | O_CLOEXEC));
    }
    if (fchdir(root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
        syscall(SYS_umount2, ".", MNT_DETACH) < 0 || chdir("/") < 0)
        err(125, "pivot_root to %s", path);
}

/* ---- what is left to the program ---- */

static void give_up(void)
{
    static const int kept[] = { CAP_KILL, CAP_NET_BIND_SERVICE, CAP_AUDIT_WRITE };
    struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct sets[2] = { 0 };
    const struct rlimit files = { 1024, 1024 };
    const unsigned keep = 1u << CAP_KILL | 1u << CAP_NET_BIND_SERVICE | 1u << CAP_AUDIT_WRITE;

    if (strcmp(o.map, "range") == 0 && setgroups(0, NULL) < 0)
        err(125, "setgroups");
    for (int cap = 0; cap < 64; cap++)
        if (!(cap < 32 && keep & 1u << cap) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
            break; /* the last one that this kernel has */
    sets[0] = (struct __user_cap_data_struct){ keep, keep, keep };
    if (syscall(SYS_capset, &head, sets) < 0)
        err(125, "capset");
    for (size_t i = 0; i < COUNT_OF(kept); i++)
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, kept[i], 0, 0) < 0)
            err(125, "ambient capability");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || setrlimit(RLIMIT_NOFILE, &files) < 0)
        err(125, "limits");
}

static void loopback_up(void)
{
    struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
    int any = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (ioctl(any, SIOCSIFFLAGS, &request) < 0)
        err(125, "lo");
}

static _Noreturn void init(int wire, char **argv)
{
    char path[] = "PATH=/bin";
    char *const env[] = { path, NULL };
    char mapped;

    if (read(wire, &mapped, 1) != 1)
        _exit(126);
    if (o.net)
        loopback_up();
    if (sethostname("bench", 5) < 0)
        err(125, "hostname");
    enter(argv[0]);
    give_up();
    execve(argv[1], argv + 1, env);
    err(125, "%s", argv[1]);
}

/* ---- the parent ---- */

static pid_t helper(const char *program, pid_t target, unsigned own, const char *first)
{
    char pid[16], id[16];
    const char *const argv[] = { program, pid, "0", id, "1", "1", first, "65536", NULL };
    pid_t child;

    snprintf(pid, sizeof pid, "%d", (int)target);
    snprintf(id, sizeof id, "%u", own);
    child = vfork();
    if (child == 0) {
        execve(program, (char *const *)(uintptr_t)argv, (char *[]){ NULL });
        _exit(127);
    }
    return child;
}

static int wait_for(pid_t pid)
{
    int status;

    if (waitpid(pid, &status, 0) < 0)
        err(125, "wait");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int proc_file(pid_t pid, const char *name)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    return open(path, O_WRONLY | O_CLOEXEC);
}

static void map_ids(pid_t child)
{
    if (strcmp(o.map, "range") == 0) {
        pid_t g = helper("/usr/bin/newgidmap", child, getegid(), o.gids);
        pid_t u = helper("/usr/bin/newuidmap", child, geteuid(), o.uids);

        if (wait_for(g) | wait_for(u))
            errx(125, "newuidmap or newgidmap failed");
        return;
    }
    if (dprintf(proc_file(child, "setgroups"), "deny") < 0 ||
        dprintf(proc_file(child, "gid_map"), "0 %u 1\n", getegid()) < 0 ||
        dprintf(proc_file(child, "uid_map"), "0 %u 1\n", geteuid()) < 0)
        err(125, "maps");
}

static char **options(char **argv)
{
    for (; *argv && **argv != '/'; argv++) {
        const char *value = strchr(*argv, '=') ? strchr(*argv, '=') + 1 : "";

        o.map = strncmp(*argv, "map=", 4) == 0 ? value : o.map;
        o.uids = strncmp(*argv, "uids=", 5) == 0 ? value : o.uids;
        o.gids = strncmp(*argv, "gids=", 5) == 0 ? value : o.gids;
        o.mounts = strncmp(*argv, "mounts=", 7) == 0 ? value : o.mounts;
        o.net = o.net && strcmp(*argv, "net=0") != 0;
        o.pid = o.pid && strcmp(*argv, "pid=0") != 0;
    }
    if (!argv[0] || !argv[1])
        errx(125, "usage: floor [KEY=VALUE...] /ROOT PROGRAM [ARG...]");
    return argv;
}

int main(int argc, char **argv)
{
    unsigned long flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | SIGCHLD;
    int wire[2];
    pid_t child;

    argv = options(argv + (argc > 0));
    flags |= (o.net ? CLONE_NEWNET : 0) | (o.pid ? CLONE_NEWPID : 0);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, wire) < 0 ||
        (child = compat_clone(flags, NULL)) < 0)
        err(125, "clone");
    if (child == 0) {
        close(wire[0]);
        init(wire[1], argv);
    }
    close(wire[1]);
    map_ids(child);
    if (write(wire[0], "", 1) != 1)
        err(125, "init");
    return wait_for(child);
}
