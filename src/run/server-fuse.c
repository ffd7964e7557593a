/* run/server-fuse.c - the server of a root directory, until it is executed.
 * Runs in:  a child of the launcher: first as that, then in the user namespace of the container and
 *           else in namespaces of its own.
 * Power:    the caller's, then root of the user namespace, then what changes files in the layers.
 * Must not: be in a namespace of the container that its end shall be noticed by: a server in the mount
 *           namespace of the container keeps its own mount, and so itself, alive for ever.
 *
 * What it serves is under the control of the container, so it may be taken over.  It then finds a
 * root of its own with the layers in it, of which the upper one alone can be written, and what a program
 * needs to start; no process but itself, no network and no socket. */
#include "run/server-fuse.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/fd.h"
#include "base/signals.h"
#include "base/text.h"
#include "os/cred.h"
#include "os/exec.h"
#include "os/mount.h"
#include "os/ns.h"
#include "os/path.h"
#include "os/proc.h"
#include "os/process.h"
#include "os/seccomp.h"
#include "run/upper-part.h"
#include "run/usher-fuse.h"

#define DEVICE 3 /* number of its descriptor, which the plan names, too */
#define PLACE "mnt" /* where it mounts, when it does that itself, which the plan names, too */
#define NO_POWER (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

struct place {
    int root; /* its file system, attached on top of "/" until it is entered */
    const struct step_start_fuse *u;
};

/* ---- the tree ---- */

static int put_tree(const char *source, bool tree, const struct mount_change *change, int at,
                    const char *name, bool dir, struct err *e)
{
    OWN_FD clone = -1;

    TRY(os_open_tree(AT_FDCWD, source, tree, &clone, e));
    TRY(os_mount_change(clone, change, e));
    return os_move_mount_new(clone, at, name, dir, e);
}

static int make_folder(const struct place *p, const char *name, int *fd, struct err *e)
{
    if (mkdirat(p->root, name, 0755) < 0)
        return err_set(e, errno, "%s", name);
    *fd = openat(p->root, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return *fd < 0 ? err_set(e, errno, "%s", name) : 0;
}

/* What a program needs to start, as far as the host has it: loader, libraries, their index; and the
 * interpreter when it is a script. */
static int put_system(const struct place *p, struct err *e)
{
    static const char *const folders[] = { "/usr", "/bin",   "/sbin", "/lib", "/lib32",
                                           "/lib64", "/libx32", "/nix",  "/gnu" };
    static const struct mount_change look = { .tree_set = MOUNT_ATTR_RDONLY | NO_POWER };
    OWN_FD etc = -1;

    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        const char *name = folders[i] + 1;
        struct stat st;
        char to[256];
        ssize_t n;

        if (fstatat(AT_FDCWD, folders[i], &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        if (!S_ISLNK(st.st_mode)) {
            TRY(put_tree(folders[i], true, &look, p->root, name, true, e));
            continue;
        }
        n = readlinkat(AT_FDCWD, folders[i], to, sizeof to - 1);
        to[n < 0 ? 0 : n] = '\0';
        if (n <= 0 || symlinkat(to, p->root, name) < 0)
            return err_set(e, errno, "%s", folders[i]);
    }
    TRY(make_folder(p, "etc", &etc, e));
    if (faccessat(AT_FDCWD, "/etc/ld.so.cache", F_OK, 0) == 0)
        TRY(put_tree("/etc/ld.so.cache", false, &look, etc, "ld.so.cache", false, e));
    return put_tree(p->u->program, false, &look, p->root, "fuse-overlayfs", false, e);
}

/* Of /proc its own directory, and nothing of others. */
static int put_own(const struct place *p, struct err *e)
{
    static const struct mount_change none = { 0 };
    static const struct mount_change look = { .set = MOUNT_ATTR_RDONLY };
    OWN_FD proc = -1;
    OWN_FD ids = -1;
    OWN_FD dev = -1;
    OWN_FD place = -1;

    TRY(make_folder(p, "proc", &proc, e));
    TRY(put_tree("/proc/self", false, &none, proc, "self", true, e));
    /* What an id is called that is not mapped. */
    TRY(os_make_dir(proc, "sys/kernel", 0755, &ids, NULL, e));
    TRY(put_tree("/proc/sys/kernel/overflowuid", false, &look, ids, "overflowuid", false, e));
    TRY(put_tree("/proc/sys/kernel/overflowgid", false, &look, ids, "overflowgid", false, e));
    TRY(make_folder(p, "dev", &dev, e));
    if (p->u->mounts) {
        TRY(put_tree("/dev/fuse", false, &none, dev, "fuse", false, e));
        TRY(make_folder(p, PLACE, &place, e));
    }
    return put_tree("/dev/null", false, &none, dev, "null", false, e);
}

/* Gone with the server, and so with the container. */
static int put_tmpfs(const struct place *p, struct err *e)
{
    OWN_FD fs = -1;
    OWN_FD mount = -1;

    TRY(os_fs_open("tmpfs", &fs, e));
    TRY(os_fs_set(fs, "mode", "0755", e));
    if (p->u->size)
        TRY(os_fs_set(fs, "size", p->u->size, e));
    TRY(os_fs_mount(fs, "tmpfs", NO_POWER | MOUNT_ATTR_NOEXEC, &mount, e));
    return os_move_mount_new(mount, p->root, "upper", true, e);
}

/* A plain clone is refused where it would uncover what a mount of the host hides; the kernel, for its
 * overlay, refuses the same. */
static int put_layer(const char *path, const struct mount_change *change, int at, const char *name,
                     struct err *e)
{
    if (put_tree(path, false, change, at, name, true, e) == 0)
        return 0;
    return e->num == EINVAL ? err_set(e, 0, "layer %s: something is mounted below it", path)
                            : err_ctx(e, "layer %s", path);
}

static int put_layers(const struct place *p, struct err *e)
{
    static const struct mount_change look = { .set = MOUNT_ATTR_RDONLY | NO_POWER | MOUNT_ATTR_NOEXEC };
    static const struct mount_change change = { .set = NO_POWER | MOUNT_ATTR_NOEXEC };
    OWN_FD folder = -1;

    TRY(make_folder(p, "lower", &folder, e));
    for (size_t i = 0; i < p->u->lower.n; i++) {
        char name[24];

        snprintf(name, sizeof name, "%zu", i);
        TRY(put_layer(p->u->lower.v[i], &look, folder, name, e));
    }
    if (p->u->upper)
        return put_layer(p->u->upper, &change, p->root, "upper", e);
    return p->u->tmpfs ? put_tmpfs(p, e) : 0;
}

static int enter(const struct step_start_fuse *u, struct err *e)
{
    static const struct mount_change look = { .set = MOUNT_ATTR_RDONLY };
    OWN_FD context = -1;
    OWN_FD root = -1;
    struct place p = { .u = u };

    TRY(os_mount_propagation(MS_PRIVATE, e));
    TRY(os_fs_open("tmpfs", &context, e));
    TRY(os_fs_set(context, "mode", "755", e));
    TRY(os_fs_mount(context, "tmpfs", NO_POWER, &root, e));
    /* What is to become the root must be mounted somewhere. */
    TRY(os_move_mount_on(root, "/", e));
    p.root = root;
    TRY(put_layers(&p, e));
    TRY(put_system(&p, e));
    TRY(put_own(&p, e));
    TRY(os_pivot(root, e));
    return os_mount_change(root, &look, e);
}

/* ---- less power ---- */

/* By root of the container, whose they are. */
static int make_parts(const struct step_start_fuse *u, struct err *e)
{
    const char *what = u->upper ? u->upper : "tmpfs";
    OWN_FD upper = -1;
    OWN_FD diff = -1;
    OWN_FD work = -1;
    OWN_FD lowest = -1;
    struct stat like;
    bool fresh;
    char name[32];

    if (!u->upper && !u->tmpfs)
        return 0;
    snprintf(name, sizeof name, "/lower/%zu", u->lower.n - 1);
    TRY(os_open_host("/upper", NULL, &upper, e));
    TRY(os_open_host(name, NULL, &lowest, e));
    TRY(os_expect_stat(lowest, name, KIND_DIR, 0, 0, &like, e));
    return upper_parts(upper, what, &like, &fresh, &diff, &work, e);
}

static int less_power(const struct plan *p, const struct step_start_fuse *u, struct err *e)
{
    const struct cap_sets sets = { .effective = u->caps,
                                   .permitted = u->caps,
                                   .inheritable = u->caps,
                                   .ambient = u->caps };

    TRY(os_set_ids((uint32_t)u->uid, (uint32_t)u->gid, true, e));
    TRY(make_parts(u, e));
    TRY(os_drop_bounding(u->caps, p->last_cap, e));
    /* Ambient, since it need not be called root there. */
    TRY(os_set_caps(&sets, e));
    return os_no_new_privs(e);
}

static int put_fd(int fd, int number, struct err *e)
{
    if (fd == number)
        return fd_keep(fd, e);
    return dup2(fd, number) < 0 ? err_set(e, errno, "descriptor %d", number) : 0;
}

static int write_oom(const char *score, struct err *e)
{
    OWN_FD proc = -1;

    TRY(os_proc_host(&proc, e));
    return os_proc_write_self(proc, "oom_score_adj", score, e);
}

static int receive(int wire, bool wants_fd, int *fd, struct err *e)
{
    char byte;
    ssize_t n = fd_receive(wire, &byte, 1, fd, e);

    if (n == 0)
        _exit(0);
    if (n > 0 && (*fd >= 0) != wants_fd)
        return err_set(e, EPROTO, "launcher");
    return n < 0 ? -1 : 0;
}

/* Of the launcher it keeps the wire, and nobody else's. */
static int leave_launcher(int wire, int errors, struct err *e)
{
    OWN_FD null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (null < 0)
        return err_set(e, errno, "/dev/null");
    TRY(put_fd(null, STDIN_FILENO, e));
    TRY(put_fd(null, STDOUT_FILENO, e));
    TRY(put_fd(errors, STDERR_FILENO, e));
    os_close_except(STDERR_FILENO + 1, &wire, 1);
    null = -1;
    signals_reset(SIGNALS_ALL);
    /* Nobody reads its stderr for long. */
    sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
    /* Of its usher it does not know. */
    sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
    /* Files and directories have the modes that are asked for. */
    umask(0);
    return os_new_session(e);
}

static int become(const struct plan *p, const struct step_start_fuse *u, int wire,
                  const struct filter_program *filter, struct err *e)
{
    const int keep[] = { DEVICE };
    const size_t kept = u->mounts ? 0 : COUNT_OF(keep);
    static const char *const env[] = { NULL };
    OWN_FD device = -1;
    OWN_FD users = -1;

    if (u->oom)
        TRY(write_oom(u->oom, e));
    TRY(receive(wire, !u->mounts, &device, e));
    /* Who is in the namespace already must not look into our memory. */
    TRY(os_set_dumpable(false, e));
    if (u->joins) {
        TRY(receive(wire, true, &users, e));
        TRY(os_join_fd(users, NS_USER, e));
    }
    TRY(os_unshare(NS_MOUNT | NS_NET | NS_IPC | NS_UTS, e));
    TRY(enter(u, e));
    TRY(less_power(p, u, e));
    if (u->mounts)
        TRY(fuse_usher(wire, "/" PLACE, e));
    else
        TRY(put_fd(device, DEVICE, e));
    os_close_except(3, keep, kept);
    TRY(os_load_filter(filter, 0, e));
    return os_exec("/fuse-overlayfs", u->args.v, env, e);
}

void fuse_server(const struct plan *p, const struct step_start_fuse *u,
                 const struct filter_program *filter, int wire, int errors)
{
    OWN_TEXT words = { 0 };
    struct err e = { 0 };

    if (leave_launcher(wire, errors, &e) == 0)
        (void)become(p, u, wire, filter, &e);
    text_printf(&words, "fuse-overlayfs: %s\n", e.text);
    (void)fd_write(STDERR_FILENO, words.s, words.n, &e);
    _exit(127);
}
