#include "host/stateroot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/path.h"
#include "base/text.h"

#define INIT_USER_NS 0xEFFFFFFDu /* linux/nsfs.h: USER_NS_INIT_INO, fixed since 3.8 */
#define OTHERS_WRITE (S_IWGRP | S_IWOTH)

enum may {
    MAY_OURS,   /* a directory of ours, nobody else's to write */
    MAY_PARENT, /* or root's; or sticky, where names of ours are safe */
};

/* What has no owner here: root's folders seen from a user namespace, or from a client of NFS. */
#define NOBODY 65534u

/* Says in *why what is wrong with a directory; NULL = nothing. */
static const char *judge(struct arena *a, const char *path, const struct stat *st, uint32_t euid,
                         enum may may)
{
    if (S_ISLNK(st->st_mode))
        return arena_printf(a, "%s is a symbolic link", path);
    if (!S_ISDIR(st->st_mode))
        return arena_printf(a, "%s is not a directory", path);
    if (st->st_uid != euid && !(may == MAY_PARENT && (st->st_uid == 0 || st->st_uid == NOBODY)))
        return arena_printf(a, "%s belongs to uid %u", path, st->st_uid);
    if ((st->st_mode & OTHERS_WRITE) && !(may == MAY_PARENT && (st->st_mode & S_ISVTX)))
        return arena_printf(a, "%s can be written by others (mode %04o)", path,
                            st->st_mode & 07777u);
    return NULL;
}

static const char *parent_of(struct arena *a, const char *path)
{
    const char *name = path_last(path);
    size_t n = (size_t)(name - path);

    return n <= 1 ? "/" : arena_copy(a, path, n - 1);
}

/* ---- finding ---- */

/* A root under `base`, where `base` must be there and ours: $XDG_RUNTIME_DIR, $HOME. */
static bool is_good_base(struct arena *a, const char *base, uint32_t euid, const char **why)
{
    struct stat st;

    if (base[0] != '/')
        *why = arena_printf(a, "%s is not an absolute path", base);
    else if (strlen(base) > PATH_MAX - 512)
        *why = "its path is too long";
    else if (lstat(base, &st) < 0)
        *why = arena_printf(a, "%s: %s", base, err_text(errno));
    else
        *why = judge(a, base, &st, euid, MAY_OURS);
    return !*why;
}

static bool is_good_root(struct arena *a, const char *root, uint32_t euid, const char **why)
{
    struct stat st;

    if (lstat(root, &st) == 0)
        *why = judge(a, root, &st, euid, MAY_OURS);
    else
        *why = errno == ENOENT ? NULL : arena_printf(a, "%s: %s", root, err_text(errno));
    return !*why;
}

/* What the user named: every folder of it that is there may stay, but what we make, or trust,
 * must be ours. */
static const char *take_option(struct arena *a, const char *option, uint32_t euid, const char **why)
{
    char cwd[PATH_MAX];
    const char *root, *parent;
    struct stat st;

    if (option[0] != '/' && !getcwd(cwd, sizeof cwd)) {
        *why = arena_printf(a, "current directory: %s", err_text(errno));
        return NULL;
    }
    root = path_clean(a, option[0] == '/' ? "/" : cwd, option);
    if (!option[0] || strcmp(root, "/") == 0) {
        *why = "the state root cannot be /";
        return NULL;
    }
    if (!is_good_root(a, root, euid, why))
        return NULL;
    /* The nearest folder that is there.  A link in its name was the user's own word. */
    parent = parent_of(a, root);
    while (stat(parent, &st) < 0) {
        if (errno != ENOENT || strcmp(parent, "/") == 0) {
            *why = arena_printf(a, "%s: %s", parent, err_text(errno));
            return NULL;
        }
        parent = parent_of(a, parent);
    }
    *why = judge(a, parent, &st, euid, MAY_PARENT);
    return *why ? NULL : root;
}

static const char *take_base(struct arena *a, const char *base, const char *below, uint32_t euid,
                             const char **why)
{
    const char *root;

    if (!is_good_base(a, base, euid, why))
        return NULL;
    root = path_clean(a, base, below);
    return is_good_root(a, root, euid, why) ? root : NULL;
}

static const char *take_home(struct arena *a, uint32_t euid, const char **why)
{
    const char *home = getenv("HOME");
    const char *root, *above;
    struct statfs fs;

    if (!home || !*home) {
        *why = "HOME is not set";
        return NULL;
    }
    root = take_base(a, home, ".rcrun/run", euid, why);
    if (!root)
        return NULL;
    above = parent_of(a, root);
    if (!is_good_root(a, above, euid, why))
        return NULL;
    /* Windows drives in WSL keep neither owners nor sockets nor FIFOs. */
    if (statfs(home, &fs) == 0 && fs.f_type == V9FS_MAGIC) {
        *why = arena_printf(a, "%s is on a file system without owners (9p)", home);
        return NULL;
    }
    return root;
}

static const char *take_ladder(struct arena *a, uint32_t euid, const char **why)
{
    const char *xdg = getenv("XDG_RUNTIME_DIR");
    const char *root, *fault = NULL, *warning = NULL;

    if (xdg && *xdg) {
        root = take_base(a, xdg, "rcrun", euid, &fault);
        if (root) {
            *why = NULL;
            return root;
        }
        warning = arena_printf(a, "XDG_RUNTIME_DIR is ignored: %s", fault);
    }
    root = take_base(a, arena_printf(a, "/run/user/%u", euid), "rcrun", euid, &fault);
    if (!root)
        root = take_home(a, euid, &fault);
    *why = warning;
    if (!root)
        *why = arena_printf(a, "%s%snone is usable (%s); use --root DIR",
                            warning ? warning : "", warning ? "; " : "", fault);
    return root;
}

const char *state_root_find_as(struct arena *a, const char *root_option, uint32_t euid,
                               bool in_child, const char **why)
{
    const char *option = root_option ? root_option : getenv("RCRUN_ROOT");
    const char *root, *fault;

    if (option && (root_option || *option))
        return take_option(a, option, euid, why);
    /* The root of a user namespace is told from the real one by USER, as engines set it. */
    if (euid != 0 || (in_child && !text_is(getenv("USER"), "root")))
        return take_ladder(a, euid, why);
    root = take_option(a, "/run/rcrun", euid, &fault);
    /* In a user namespace /run may be out of reach. */
    if (!root && in_child)
        return take_ladder(a, euid, why);
    *why = fault;
    return root;
}

const char *state_root_find(struct arena *a, const char *root_option, const char **why)
{
    struct stat st;
    uint32_t euid = (uint32_t)getauxval(AT_EUID);
    bool in_child = euid == 0 && stat("/proc/self/ns/user", &st) == 0 && st.st_ino != INIT_USER_NS;

    return state_root_find_as(a, root_option, euid, in_child, why);
}

static const char *root_with(struct arena *a, const char *base, const char *below, const char *id,
                             const char *mine)
{
    const char *root = base && *base ? path_join(a, base, below) : NULL;
    struct stat st;

    if (!root || text_is(root, mine) || lstat(path_join(a, root, id), &st) < 0)
        return NULL;
    return root;
}

const char *state_root_other(struct arena *a, const char *root_option, const char *id)
{
    const char *why, *mine = state_root_find(a, root_option, &why), *sudo = getenv("SUDO_UID");
    uint32_t euid = (uint32_t)getauxval(AT_EUID), other;
    const char *found = root_with(a, getenv("XDG_RUNTIME_DIR"), "rcrun", id, mine);

    if (!found)
        found = root_with(a, arena_printf(a, "/run/user/%u", euid), "rcrun", id, mine);
    if (!found)
        found = root_with(a, getenv("HOME"), ".rcrun/run", id, mine);
    if (!found && euid == 0)
        found = root_with(a, "/run", "rcrun", id, mine);
    if (!found && euid == 0 && sudo && text_id(sudo, &other))
        found = root_with(a, arena_printf(a, "/run/user/%u", other), "rcrun", id, mine);
    return found;
}

/* ---- making ---- */

static int open_checked(struct arena *a, int dir, const char *name, const char *path, enum may may,
                        int *fd, struct err *e)
{
    OWN_FD at = openat(dir, name, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_RDONLY);
    struct stat st;
    const char *fault;

    if (at < 0 || fstat(at, &st) < 0)
        return err_set(e, errno, "%s", path);
    fault = judge(a, path, &st, (uint32_t)getauxval(AT_EUID), may);
    if (fault)
        return err_set(e, 0, "state root: %s", fault);
    *fd = give_fd(&at);
    return 0;
}

static int make_one(struct arena *a, int dir, const char *path, int *fd, struct err *e)
{
    const char *name = path_last(path);
    /* The caller's may be so strict that we could not open what we made. */
    mode_t mask = umask(077);
    bool made = mkdirat(dir, name, 0700) == 0;
    int num = made ? 0 : errno;

    umask(mask);
    if (num && num != EEXIST)
        return err_set(e, num, "%s", path);
    TRY(open_checked(a, dir, name, path, MAY_OURS, fd, e));
    if (made && fchmod(*fd, 0700 | S_ISVTX) < 0) {
        num = errno;
        clean_fd(fd);
        return err_set(e, num, "%s", path);
    }
    return 0;
}

int state_root_make(struct arena *a, const char *root, int *fd, struct err *e)
{
    const char *parent = parent_of(a, root);
    OWN_FD dir = -1;
    struct stat st;
    const char *fault;

    if (open_checked(a, AT_FDCWD, root, root, MAY_OURS, fd, e) == 0)
        return 0;
    if (e->num != ENOENT)
        return -1;
    err_clear(e);
    dir = open(parent, O_DIRECTORY | O_CLOEXEC | O_PATH);
    if (dir < 0 && errno == ENOENT && strcmp(parent, "/") != 0)
        TRY(state_root_make(a, parent, &dir, e));
    if (dir < 0 || fstat(dir, &st) < 0)
        return err_set(e, errno, "%s", parent);
    fault = judge(a, parent, &st, (uint32_t)getauxval(AT_EUID), MAY_PARENT);
    if (fault)
        return err_set(e, 0, "state root: %s", fault);
    return make_one(a, dir, root, fd, e);
}
