/* mutant-path.c - names, mounts, masks. */
#include "security/src/mutant.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/mount.h"
#include "os/path.h"
#include "plan/make.h"
#include "run/run.h"

/* ---- SR-01, SR-02: "naive" follows links out of the root; "twice" resolves inside the root and
 * then uses the text that it got, as if nobody could change its meaning since ------------------- */

int __real_os_open_in(int root, const char *path, int flags, int *fd, struct err *e);
int __real_os_make_dir(int root, const char *path, mode_t mode, int *fd, int *made, struct err *e);
int __real_os_make_file(int root, const char *path, int *fd, int *made, struct err *e);

static const char *below(const char *path)
{
    path += strspn(path, "/");
    return *path ? path : ".";
}

static int naive(int root, const char *path, int flags, int *fd, struct err *e)
{
    *fd = openat(root, below(path), flags | O_CLOEXEC);
    return *fd < 0 ? err_set(e, errno, "%s", path) : 0;
}

static int naive_make(int root, const char *path, bool file, int *fd, struct err *e)
{
    char part[PATH_MAX];

    for (const char *end = below(path); (end = strchr(end, '/')); end++) {
        snprintf(part, sizeof part, "%.*s", (int)(end - below(path)), below(path));
        mkdirat(root, part, 0755);
    }
    if (file) {
        int made = openat(root, below(path), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

        if (made >= 0)
            close(made);
    } else {
        mkdirat(root, below(path), 0755);
    }
    return naive(root, path, O_PATH, fd, e);
}

/* Swaps the descriptor for what its name leads to now. */
static int again(int *fd, int flags, const char *more, struct err *e)
{
    char link[64], path[2 * PATH_MAX];
    ssize_t n;

    snprintf(link, sizeof link, "/proc/self/fd/%d", *fd);
    n = readlink(link, path, PATH_MAX - 1);
    if (n < 0)
        return err_set(e, errno, "%s", link);
    path[n] = '\0';
    strcat(path, more);
    close(*fd);
    *fd = open(path, flags | O_CLOEXEC, 0644);
    return *fd < 0 ? err_set(e, errno, "%s", path) : 0;
}

static int twice_make(int root, const char *any, bool file, int *fd, struct err *e)
{
    char path[PATH_MAX], parent[PATH_MAX], link[64], text[2 * PATH_MAX];
    const char *name;
    ssize_t n;

    snprintf(path, sizeof path, "/%s", below(any));
    name = strrchr(path, '/');
    if (__real_os_open_in(root, path, O_PATH, fd, e) == 0)
        return again(fd, O_PATH, "", e);
    err_clear(e);
    snprintf(parent, sizeof parent, "%.*s", (int)(name - path), path);
    TRY(__real_os_make_dir(root, parent[0] ? parent : "/", 0755, fd, NULL, e));
    if (file)
        return again(fd, O_CREAT | O_RDWR, name, e);
    snprintf(link, sizeof link, "/proc/self/fd/%d", *fd);
    n = readlink(link, text, PATH_MAX - 1);
    text[n < 0 ? 0 : n] = '\0';
    strcat(text, name);
    mkdir(text, 0755);
    return again(fd, O_PATH, name, e);
}

WRAP(int, os_open_in, (int root, const char *path, int flags, int *fd, struct err *e))
{
    if (mutant("naive"))
        return naive(root, path, flags, fd, e);
    TRY(__real_os_open_in(root, path, flags, fd, e));
    return mutant("twice") ? again(fd, flags, "", e) : 0;
}

WRAP(int, os_make_dir, (int root, const char *path, mode_t mode, int *fd, int *made, struct err *e))
{
    if (mutant("naive"))
        return naive_make(root, path, false, fd, e);
    if (mutant("twice"))
        return twice_make(root, path, false, fd, e);
    return __real_os_make_dir(root, path, mode, fd, made, e);
}

WRAP(int, os_make_file, (int root, const char *path, int *fd, int *made, struct err *e))
{
    if (mutant("naive"))
        return naive_make(root, path, true, fd, e);
    if (mutant("twice"))
        return twice_make(root, path, true, fd, e);
    return __real_os_make_file(root, path, fd, made, e);
}

/* The directory for the program, made on the host before anything is entered. */
WRAP(int, do_open_root,
     (struct run * r, const struct step *s, const struct step_open_root *u, struct err *e))
{
    char path[2 * PATH_MAX];

    for (size_t i = 0; mutant("cwd-made") && i < r->plan->n; i++) {
        const struct step *to = &r->plan->v[i];

        if (to->kind != STEP_chdir)
            continue;
        snprintf(path, sizeof path, "%s%s/", u->source, to->u.chdir.path);
        for (char *end = path + strlen(u->source) + 1; (end = strchr(end, '/')); *end++ = '/') {
            *end = '\0';
            mkdir(path, 0755);
        }
    }
    return __real_do_open_root(r, s, u, e);
}

/* ---- SR-05: links on the way to /proc and /sys; mounts in a procfs ----------------------------- */

WRAP(int, os_open_strict,
     (int root, const char *path, int flags, bool one_mount, int *fd, struct err *e))
{
    return mutant("strict") ? __real_os_open_in(root, path, flags, fd, e)
                            : __real_os_open_strict(root, path, flags, one_mount, fd, e);
}

int check_mounts(const struct spec *s, struct arena *a, struct err *e);
WRAP(int, check_mounts, (const struct spec *s, struct arena *a, struct err *e))
{
    return mutant("destination") ? 0 : __real_check_mounts(s, a, e);
}

WRAP(int, do_bind,
     (struct run * r, const struct step *s, const struct step_bind *u, struct err *e))
{
    struct step_bind other = *u;

    if (mutant("in-proc") || mutant("destination"))
        other.in_proc = true;
    if (mutant("nofollow"))
        other.beneath = NULL;
    /* The same place, but not the name that is looked at. */
    if (mutant("procfs") && strcmp(u->target, "/proc") == 0) {
        other.target = "/proc/";
        other.real = false;
    }
    return __real_do_bind(r, s, &other, e);
}

WRAP(int, do_pin_source,
     (struct run * r, const struct step *s, const struct step_pin_source *u, struct err *e))
{
    struct step_pin_source other = *u;

    if (mutant("nofollow"))
        other.beneath = NULL;
    return __real_do_pin_source(r, s, &other, e);
}

/* ---- SR-03: flags and propagation -------------------------------------------------------------- */

static struct {
    int fd;
    struct mount_change change;
} later = { .fd = -1 };

WRAP(int, os_mount_change, (int fd, const struct mount_change *change, struct err *e))
{
    struct mount_change c = *change;

    if (mutant("late")) {
        later.fd = fd;
        later.change = c;
        return 0;
    }
    if (mutant("nosuid")) {
        c.set &= ~(uint64_t)MOUNT_ATTR_NOSUID;
        c.tree_set &= ~(uint64_t)MOUNT_ATTR_NOSUID;
    }
    if (mutant("propagation"))
        c.propagation = 0;
    if (mutant("cgroup"))
        c.tree_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
    return __real_os_mount_change(fd, &c, e);
}

static int change_now(int tree, struct err *e)
{
    if (later.fd != tree)
        return 0;
    later.fd = -1;
    return __real_os_mount_change(tree, &later.change, e);
}

WRAP(int, os_move_mount, (int tree, int target, struct err *e))
{
    TRY(__real_os_move_mount(tree, target, e));
    return change_now(tree, e);
}

WRAP(int, os_move_mount_at, (int tree, int at, const char *name))
{
    struct err e = { 0 };

    TRY(__real_os_move_mount_at(tree, at, name));
    return change_now(tree, &e);
}

WRAP(int, os_fs_mount,
     (int context, const char *type, uint64_t attributes, int *mount, struct err *e))
{
    if (mutant("nosuid"))
        attributes &= ~(uint64_t)MOUNT_ATTR_NOSUID;
    return __real_os_fs_mount(context, type, attributes, mount, e);
}

WRAP(int, os_mount_propagation, (unsigned long propagation, struct err *e))
{
    return mutant("propagation") ? 0 : __real_os_mount_propagation(propagation, e);
}

WRAP(int, do_mount_tmpfs,
     (struct run * r, const struct step *s, const struct step_mount_tmpfs *u, struct err *e))
{
    if (mutant("cgroup") && strcmp(u->target, "/sys/fs/cgroup") == 0)
        return 0;
    return __real_do_mount_tmpfs(r, s, u, e);
}

/* ---- file systems of the kernel: made when the host's are gone --------------------------------- */

static const struct step_mount_fs *late_fs;

WRAP(int, do_mount_fs,
     (struct run * r, const struct step *s, const struct step_mount_fs *u, struct err *e))
{
    if (!mutant("late-fs") || strcmp(u->type, "proc") != 0)
        return __real_do_mount_fs(r, s, u, e);
    late_fs = u;
    return 0;
}

WRAP(int, do_enter_root,
     (struct run * r, const struct step *s, const struct step_enter_root *u, struct err *e))
{
    TRY(__real_do_enter_root(r, s, u, e));
    return late_fs ? __real_do_mount_fs(r, s, late_fs, e) : 0;
}

/* ---- one writer of an upper layer: neither the mark counts nor the kernel's lock ---------------- */

WRAP(bool, identity_lives, (const struct identity *who))
{
    return !mutant("two-writers") && __real_identity_lives(who);
}

/* ---- SR-07: option text, split once more at its commas ----------------------------------------- */

WRAP(int, os_fs_set_option, (int context, const char *option, struct err *e))
{
    char text[4096];
    char *rest;

    if ((mutant("userxattr") && strcmp(option, "userxattr") == 0) ||
        (mutant("two-writers") && strcmp(option, "index=on") == 0))
        return 0;
    if (!mutant("comma") || strlen(option) >= sizeof text)
        return __real_os_fs_set_option(context, option, e);
    strcpy(text, option);
    for (char *word = strtok_r(text, ",", &rest); word; word = strtok_r(NULL, ",", &rest))
        TRY(__real_os_fs_set_option(context, word, e));
    return 0;
}

/* ---- SR-06: masks from the container's own /dev/null; a descriptor for each -------------------- */

WRAP(int, do_mask_path,
     (struct run * r, const struct step *s, const struct step_mask_path *u, struct err *e))
{
    int at, null, tree;

    if (mutant("mask-fd") && dup(r->root) < 0)
        return err_set(e, errno, "mask");
    if (!mutant("mask"))
        return __real_do_mask_path(r, s, u, e);
    if (__real_os_open_in(r->root, u->target, O_PATH, &at, e) < 0)
        return err_clear(e), 0;
    TRY(__real_os_open_in(r->root, "/dev/null", O_PATH, &null, e));
    TRY(os_open_tree(null, "", false, &tree, e));
    TRY(__real_os_move_mount(tree, at, e));
    close(at);
    close(null);
    close(tree);
    return 0;
}

/* ---- SR-09: files of the image ----------------------------------------------------------------- */

WRAP(int, os_read_in,
     (int root, const char *path, size_t limit, char **buffer, size_t *n, struct err *e))
{
    size_t size = 0;
    ssize_t got;
    int fd;

    if (!mutant("read"))
        return __real_os_read_in(root, path, limit, buffer, n, e);
    fd = openat(root, below(path), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(e, errno, "%s", path);
    *buffer = NULL;
    do {
        *buffer = realloc(*buffer, size + (1 << 20) + 1);
        got = *buffer ? read(fd, *buffer + size, 1 << 20) : -1;
        size += got > 0 ? (size_t)got : 0;
    } while (got > 0);
    if (got < 0)
        return err_set(e, errno, "%s", path);
    close(fd);
    (*buffer)[size] = '\0';
    *n = size;
    return 0;
}

/* As the C library does before it loads what the image says. */
WRAP(int, do_find_home,
     (struct run * r, const struct step *s, const struct step_find_home *u, struct err *e))
{
    int fd = mutant("library") ? open("/etc/nsswitch.conf", O_RDONLY | O_CLOEXEC) : -1;

    if (fd >= 0)
        close(fd);
    return __real_do_find_home(r, s, u, e);
}
