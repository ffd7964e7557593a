/* plan/fuse.c - a root directory that fuse-overlayfs serves, for where the kernel's overlay cannot be. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/fuse.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

#include "plan/make.h"

/* 1.9 and older lose changes; 2 and newer mount by themselves, what is mounted already they do not
 * take. */
#define OLD_MAJOR 1
#define LEAST_MINOR 10
#define DEVICE "/dev/fd/3" /* where run/server-fuse.c has it */
#define PLACE "/mnt"       /* the same: a directory of its own root */

#define CAP(name) (UINT64_C(1) << CAP_##name)

/* Before version 2 it takes a mount that is there. */
static bool mounts_itself(const struct maker *m)
{
    return m->f->fuse.major > OLD_MAJOR;
}

/* ---- what it may do ---- */

/* Owners, modes and nodes of what others make. */
#define CAPS                                                                               \
    (CAP(CHOWN) | CAP(DAC_OVERRIDE) | CAP(FOWNER) | CAP(FSETID) | CAP(SETFCAP) | CAP(MKNOD))

/* Files by descriptor and name, memory, threads, waiting.  No process more, no signal to anybody, no
 * socket, no mount, no namespace.  What is left out is as if the kernel did not know it, so that newer
 * programs take the older way. */
static const char *calls[] = {
    "access", "arch_prctl", "brk", "capget", "chdir", "chmod", "chown", "clock_getres", "clock_gettime",
    "clock_nanosleep", "close", "close_range", "copy_file_range", "creat", "dup", "dup2", "dup3",
    "epoll_create", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_wait", "eventfd", "eventfd2",
    "execve", "exit", "exit_group", "faccessat", "faccessat2", "fadvise64", "fallocate", "fchdir",
    "fchmod", "fchmodat", "fchmodat2", "fchown", "fchownat", "fdatasync", "fgetxattr", "flistxattr",
    "flock", "fremovexattr", "fsetxattr", "fstat", "fstat64", "fstatat64", "fstatfs", "fstatfs64",
    "fsync", "ftruncate", "ftruncate64", "futex", "futex_waitv", "futimesat", "get_robust_list",
    "getcwd", "getdents", "getdents64", "getegid", "geteuid", "getgid", "getgroups", "getpid",
    "getppid", "getrandom", "getresgid", "getresuid", "getrlimit", "getrusage", "gettid",
    "gettimeofday", "getuid", "getxattr", "getxattrat", "lchown", "lgetxattr", "link", "linkat",
    "listxattr", "listxattrat", "llistxattr", "lremovexattr", "lseek", "_llseek", "lsetxattr", "lstat",
    "lstat64", "madvise", "membarrier", "mkdir", "mkdirat", "mknod", "mknodat", "mlock", "mmap",
    "mmap2", "mprotect", "mremap", "msync", "munmap", "name_to_handle_at", "nanosleep", "newfstatat",
    "open", "openat", "openat2", "pause", "pipe", "pipe2", "poll", "ppoll", "prctl", "pread64",
    "preadv", "preadv2", "pselect6", "pwrite64", "pwritev", "pwritev2", "read", "readahead",
    "readlink", "readlinkat", "readv", "removexattr", "removexattrat", "rename", "renameat",
    "renameat2", "restart_syscall", "rmdir", "rseq", "rt_sigaction", "rt_sigpending",
    "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "sched_getaffinity",
    "sched_yield", "select", "sendfile", "sendfile64", "set_robust_list", "set_tid_address",
    "setfsgid", "setfsuid", "setrlimit", "setxattr", "setxattrat", "sigaltstack", "sigreturn",
    "splice", "stat", "stat64", "statfs", "statfs64", "statx", "symlink", "symlinkat",
    "sync_file_range", "syncfs", "sysinfo", "tee", "time", "truncate", "truncate64", "ugetrlimit",
    "umask", "uname", "unlink", "unlinkat", "utime", "utimensat", "utimes", "vmsplice", "wait4",
    "waitid", "write", "writev",
};

/* F_SETOWN and its like would send signals. */
static const uint64_t fcntls[] = { F_DUPFD,      F_GETFD,       F_SETFD,          F_GETFL,
                                   F_SETFL,      F_GETLK,       F_SETLK,          F_SETLKW,
                                   F_OFD_GETLK,  F_OFD_SETLK,   F_OFD_SETLKW,     F_DUPFD_CLOEXEC,
                                   F_SETPIPE_SZ, F_GETPIPE_SZ };

/* A new file system, and nothing else that mount(2) does. */
#define MOUNT_FLAGS (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME)

static const uint64_t ioctls[] = { FICLONE,          FICLONERANGE,     FS_IOC_GETFLAGS,
                                   FS_IOC_SETFLAGS,  FS_IOC_GETVERSION, FS_IOC_SETVERSION,
                                   FS_IOC_FSGETXATTR, FS_IOC_FSSETXATTR, FIONREAD,
                                   TCGETS,           FUSE_DEV_IOC_CLONE };

#ifdef __s390__
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

static void allow(struct maker *m, struct filter_rules *rules, const char *name,
                  const struct filter_arg *arg)
{
    struct filter_rule *rule = LIST_ADD(m->a, &rules->rules);

    rule->action = SCMP_ACT_ALLOW;
    *LIST_ADD(m->a, &rule->names) = name;
    *LIST_ADD(m->a, &rule->args) = *arg;
}

static void allow_each(struct maker *m, struct filter_rules *rules, const char *name,
                       const uint64_t *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        allow(m, rules, name,
              &(struct filter_arg){ .index = 1, .op = SCMP_CMP_EQ, .value = values[i] });
}

static const struct filter_rules *rules(struct maker *m)
{
    struct filter_rules *r = ARENA_NEW(m->a, struct filter_rules);
    struct filter_rule *plain;

    r->default_action = SCMP_ACT_ERRNO(ENOSYS);
    plain = LIST_ADD(m->a, &r->rules);
    plain->action = SCMP_ACT_ALLOW;
    plain->names = (struct texts){ .v = calls, .n = COUNT_OF(calls) };
    allow_each(m, r, "fcntl", fcntls, COUNT_OF(fcntls));
    allow_each(m, r, "fcntl64", fcntls, COUNT_OF(fcntls));
    allow_each(m, r, "ioctl", ioctls, COUNT_OF(ioctls));
    /* Its own limits; those of others would be the caller's. */
    allow(m, r, "prlimit64", &(struct filter_arg){ .op = SCMP_CMP_EQ });
    /* Threads, no processes. */
    allow(m, r, "clone", &(struct filter_arg){ .index = CLONE_FLAGS, .op = SCMP_CMP_MASKED_EQ,
                                               .value = CLONE_THREAD, .value_two = CLONE_THREAD });
    if (mounts_itself(m))
        allow(m, r, "mount", &(struct filter_arg){ .index = 3, .op = SCMP_CMP_MASKED_EQ,
                                                   .value = ~(uint64_t)MOUNT_FLAGS });
    return r;
}

/* ---- whether ---- */

static int hint_version(struct err *e)
{
    return err_hint(e, "install fuse-overlayfs %d.%d or a newer one", OLD_MAJOR, LEAST_MINOR);
}

static const char *device_hint(int num)
{
    switch (num) {
    case EACCES:
    case EPERM:
        return "sudo chmod 666 /dev/fuse";
    case ENOENT:
        return "in an outer container: start that with --device /dev/fuse; else sudo modprobe fuse";
    default:
        return "sudo modprobe fuse: the kernel has no FUSE";
    }
}

int plan_fuse_check(struct maker *m, const char *why, struct err *e)
{
    const struct facts *f = m->f;

    if (f->fuse.device) {
        err_set(e, f->fuse.device, "%s: /dev/fuse", why);
        return err_hint(e, "%s", device_hint(f->fuse.device));
    }
    if (!f->fuse.program) {
        err_set(e, 0, "%s: fuse-overlayfs is not installed", why);
        return hint_version(e);
    }
    if (f->fuse.why)
        return err_set(e, 0, "%s: version of %s: %s", why, f->fuse.program, f->fuse.why);
    if (f->fuse.major < OLD_MAJOR || (f->fuse.major == OLD_MAJOR && f->fuse.minor < LEAST_MINOR)) {
        err_set(e, 0, "%s: %s is version %u.%u, which loses changes", why, f->fuse.program,
                f->fuse.major, f->fuse.minor);
        return hint_version(e);
    }
    /* It makes its place in the user namespace of the container, with the ids that it came with. */
    if (m->user_ns && m->map_known && !facts_map_has_outside(&m->uids, f->self.euid, NULL)) {
        err_set(e, 0, "%s: fuse-overlayfs cannot serve the container, since your uid %u is not mapped",
                why, f->self.euid);
        return err_hint(e, "map your own id too");
    }
    return 0;
}

/* 2.0 leaves no mark when a directory is made where a lower layer has one. */
int plan_fuse_check_kept(struct maker *m, const char *why, struct err *e)
{
    const struct facts *f = m->f;

    if (!m->root_fuse || f->fuse.major != 2 || f->fuse.minor != 0)
        return 0;
    err_set(e, 0, "%s: %s is version 2.0, which in the next run brings deleted files back", why,
            f->fuse.program);
    return err_hint(e, "install another version, or use an ephemeral root");
}

/* ---- steps ---- */

/* The layers by the names that they have in its own root, so that none needs to be escaped. */
static struct texts args(struct maker *m)
{
    const bool upper = m->root_upper.tmpfs || m->root_upper.dir;
    struct texts list = { 0 };
    OWN_TEXT options = { 0 };

    text_add(&options, "lowerdir=");
    for (size_t i = 0; i <= m->layers.n; i++)
        text_printf(&options, "%s/lower/%zu", i ? ":" : "", i);
    if (upper)
        text_add(&options, ",upperdir=/upper/diff,workdir=/upper/work");
    if (upper && m->root_upper.volatile_)
        text_add(&options, ",volatile");
    /* What init makes it with, where init does. */
    if (mounts_itself(m))
        text_printf(&options, ",allow_other,default_permissions,suid%s", m->user_ns ? "" : ",dev");
    *LIST_ADD(m->a, &list) = "fuse-overlayfs";
    *LIST_ADD(m->a, &list) = "-f";
    *LIST_ADD(m->a, &list) = "-o";
    *LIST_ADD(m->a, &list) = arena_text(m->a, options.s);
    *LIST_ADD(m->a, &list) = mounts_itself(m) ? PLACE : DEVICE;
    *LIST_ADD(m->a, &list) = NULL;
    list.n--;
    return list;
}

/* root.path is the lowest. */
static struct texts lowers(struct maker *m)
{
    struct texts list = { 0 };

    for (size_t i = 0; i < m->layers.n; i++)
        *LIST_ADD(m->a, &list) = m->layers.v[i];
    *LIST_ADD(m->a, &list) = m->root_path;
    return list;
}

/* Before the state is written, which names it; while others work, it prepares itself. */
void plan_fuse_start(struct maker *m, const char *cache)
{
    const struct opt_i64 *oom = &m->spec->process->oom_score_adj;
    struct step_start_fuse *s;

    if (!m->root_fuse)
        return;
    s = ADD(m, start_fuse, PARENT, m->layers_why);
    s->program = m->f->fuse.program;
    s->args = args(m);
    s->lower = lowers(m);
    s->upper = m->root_upper.dir;
    s->tmpfs = m->root_upper.tmpfs;
    s->size = m->root_upper.size;
    s->joins = m->user_ns;
    s->uid = m->root_uid;
    s->gid = m->root_gid;
    s->mounts = mounts_itself(m);
    s->caps = CAPS | (s->mounts ? CAP(SYS_ADMIN) : 0);
    s->calls = rules(m);
    s->cache = cache;
    /* As init: whoever is killed first, the other is of no use. */
    if (plan_oom_changes(m))
        s->oom = arena_printf(m->a, "%lld", (long long)oom->value);
}

static void make_device(struct maker *m)
{
    struct step_make_fuse *made = ADD(m, make_fuse, INIT, m->layers_why);

    made->uid = m->root_uid;
    made->gid = m->root_gid;
    plan_meet(m, INIT, PARENT, MSG_FUSE, m->layers_why);
}

void plan_fuse_root(struct maker *m)
{
    const struct path_fact *fact = facts_path(m->f, m->root_path);
    struct step_open_fuse_root *s;
    struct step_give_fuse *give;

    if (!mounts_itself(m))
        make_device(m);
    if (m->user_ns) {
        ADD_BARE(m, name_users, INIT, m->layers_why);
        plan_meet(m, INIT, PARENT, MSG_USER_NS, m->layers_why);
    }
    give = ADD(m, give_fuse, PARENT, m->layers_why);
    give->joins = m->user_ns;
    give->mounts = mounts_itself(m);
    if (give->mounts) {
        ADD_BARE(m, take_fuse, PARENT, m->layers_why);
        plan_meet(m, PARENT, INIT, MSG_FUSE_MOUNT, m->layers_why);
    }
    s = ADD(m, open_fuse_root, INIT, m->layers_why);
    s->source = m->root_path;
    s->slot = m->pinned ? 0 : -1;
    s->inode = (struct inode){ fact->dev, fact->ino };
    ADD_BARE(m, await_fuse, PARENT, m->layers_why);
}

void plan_fuse_end(struct maker *m)
{
    if (m->root_fuse)
        ADD_BARE(m, end_fuse, PARENT, m->layers_why);
}
