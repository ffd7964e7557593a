#include "os/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clean.h"
#include "os/compat.h"
#include "os/mount.h"

/* Paths of the host's /proc: all of this runs before any namespace is entered, and in the
 * child's own one before anything is mounted there. */
#define SELF_EXE "/proc/self/exe"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static int exec_at(int dir, const char *name, int flags, char *const argv[], struct err *e)
{
    syscall(SYS_execveat, dir, name, argv, environ, flags);
    return err_set(e, errno, "exec of the sealed copy");
}

static bool mount_id(const char *path, uint64_t *id)
{
    OWN_FD fd = open(path, O_PATH | O_CLOEXEC);
    struct err e;

    return fd >= 0 && os_mount_id(fd, id, &e) == 0;
}

/* ---- overlay ----------------------------------------------------------------------------- */

struct job {
    const char *dir; /* where our program lies */
    int root;        /* of the overlay, made by the child in the shared table of descriptors */
    struct err e;
};

/* A layer must be a mount of the child's own namespace, and an overlay without an upper layer
 * must have two: so an empty tmpfs goes on top of the directory, in that namespace only. */
static int make_layer(int dir, int *empty, struct err *e)
{
    OWN_FD context = -1;
    OWN_FD tree = -1;

    TRY(os_fs_open("tmpfs", &context, e));
    TRY(os_fs_mount(context, "tmpfs", MOUNT_ATTR_RDONLY, &tree, e));
    TRY(os_move_mount(tree, dir, e));
    *empty = give_fd(&tree);
    return 0;
}

static int make_overlay(struct job *job)
{
    struct err *e = &job->e;
    /* By the child: a descriptor from outside belongs to the other mount namespace. */
    OWN_FD dir = open(job->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    OWN_FD context = -1;
    OWN_FD empty = -1;
    char layers[80];

    if (dir < 0)
        return err_set(e, errno, "%s", job->dir);
    TRY(make_layer(dir, &empty, e));
    TRY(os_fs_open("overlay", &context, e));
    /* By descriptor, since a path may hold colons and commas; as text, since the parameter
     * that takes a descriptor is of Linux 6.13. */
    snprintf(layers, sizeof layers, "/proc/self/fd/%d:/proc/self/fd/%d", dir, empty);
    TRY(os_fs_set(context, "lowerdir", layers, e));
    return os_fs_mount(context, "overlay", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
                       &job->root, e);
}

static int overlay_child(void *job)
{
    return make_overlay(job) < 0; /* to the C library, which ends the process, nothing else */
}

/* The child shares memory and descriptors and we sleep until it ends, as with vfork(2); it
 * alone is in the new namespaces, so that they go with it, and this process stays in the
 * initial ones: what it executes there is out of reach for every container. */
static int run_child(struct job *job, struct err *e)
{
    static char stack[65536] __attribute__((aligned(16)));
    int flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_FILES | CLONE_VM | CLONE_VFORK | SIGCHLD;
    pid_t pid = clone(overlay_child, stack + sizeof stack, flags, job);
    int status;

    if (pid < 0)
        return err_set(e, errno, "new namespaces user,mount");
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return err_set(e, errno, "wait for the sealing process");
    if (job->root >= 0)
        return 0;
    *e = job->e;
    return -1;
}

int os_seal_overlay(char *const argv[], struct err *e)
{
    struct job job = { .root = -1 };
    char path[PATH_MAX];
    ssize_t n = readlink(SELF_EXE, path, sizeof path - 1);
    uint64_t own, folder;
    char *name;

    if (n < 0)
        return err_set(e, errno, SELF_EXE);
    path[n] = '\0';
    name = strrchr(path, '/');
    if (!name || !name[1])
        return err_set(e, 0, "%s is no path of a program", path);
    /* The copy has no path of its own, and programs that belong to us lie beside ours. */
    setenv(SEAL_ORIGIN, path, 1);
    *name++ = '\0';
    job.dir = path[0] ? path : "/";
    /* Then the folder has another file of this name below the mount, if any. */
    if (!mount_id(SELF_EXE, &own) || !mount_id(job.dir, &folder) || own != folder)
        return err_set(e, 0, "%s/%s is a mount of its own", job.dir, name);
    err_set(&job.e, 0, "the sealing process died");
    if (run_child(&job, e) < 0)
        return err_ctx(e, "overlay of %s", job.dir);
    exec_at(job.root, name, 0, argv, e);
    close(job.root);
    return -1;
}

/* ---- memfd ------------------------------------------------------------------------------- */

static int new_memfd(void)
{
    int fd = memfd_create("rcrun", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

    /* Linux < 6.3 does not know the flag, and makes all of them executable. */
    if (fd < 0 && errno == EINVAL)
        fd = memfd_create("rcrun", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return fd;
}

static int copy(int from, int to, struct err *e)
{
    for (;;) {
        ssize_t n = sendfile(to, from, NULL, 1 << 30);

        if (n < 0 && errno != EINTR)
            return err_set(e, errno, "copy of " SELF_EXE);
        if (n == 0)
            return 0;
    }
}

int os_seal_memfd(char *const argv[], struct err *e)
{
    OWN_FD exe = open(SELF_EXE, O_RDONLY | O_CLOEXEC);
    OWN_FD fd = -1;

    if (exe < 0)
        return err_set(e, errno, SELF_EXE);
    fd = new_memfd();
    if (fd < 0)
        return err_set(e, errno, "memory for the sealed copy");
    TRY(copy(exe, fd, e));
    if (fchmod(fd, 0555) < 0)
        return err_set(e, errno, "mode of the sealed copy");
    /* Linux < 6.3 has no seal for the mode; the others already make it what it is for. */
    if (fcntl(fd, F_ADD_SEALS, SEALS | F_SEAL_EXEC) < 0 && fcntl(fd, F_ADD_SEALS, SEALS) < 0)
        return err_set(e, errno, "seals");
    return exec_at(fd, "", AT_EMPTY_PATH, argv, e);
}

/* ---- asking ------------------------------------------------------------------------------ */

/* The path that the kernel has for us is one inside the detached mount: followed from our
 * root it leads to nothing, or to something on another mount. */
static bool is_detached(void)
{
    char path[PATH_MAX];
    ssize_t n = readlink(SELF_EXE, path, sizeof path - 1);
    uint64_t own, other;

    if (n < 0 || !mount_id(SELF_EXE, &own))
        return false;
    path[n] = '\0';
    return !mount_id(path, &other) || own != other;
}

bool os_is_sealed(void)
{
    struct statfs fs;
    OWN_FD exe = -1;
    int seals;

    if (statfs(SELF_EXE, &fs) < 0)
        return false;
    if (fs.f_type == OVERLAYFS_SUPER_MAGIC)
        return fs.f_flags & ST_RDONLY && is_detached();
    if (fs.f_type != TMPFS_MAGIC)
        return false;
    exe = open(SELF_EXE, O_RDONLY | O_CLOEXEC);
    seals = exe < 0 ? -1 : fcntl(exe, F_GET_SEALS);
    return seals >= 0 && (seals & SEALS) == SEALS;
}
