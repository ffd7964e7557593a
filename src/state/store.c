#include "state/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/fd.h"
#include "base/file.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define NEW_PREFIX ".new-"
#define OLD_PREFIX ".del-"
#define STATE_MAX (8u << 20)

void entry_close(struct entry *x)
{
    /* The lock goes with the last descriptor. */
    clean_fd(&x->dir);
}

static void hidden_name(const char *prefix, char *out, size_t size)
{
    uint64_t number;

    if (getrandom(&number, sizeof number, 0) != sizeof number)
        number = (uint64_t)getpid();
    snprintf(out, size, "%s%016llx", prefix, (unsigned long long)number);
}

static int write_file(int dir, const char *name, const char *text, size_t n, struct err *e)
{
    OWN_FD fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return err_set(e, errno, "%s", name);
    if (fd_write(fd, text, n, e) < 0)
        return err_ctx(e, "%s", name);
    return 0;
}

/* ---- removal ---- */

/* Names in a directory, never what they point at.  One level of directories is ours (notify). */
static void empty_dir(int dir, int depth)
{
    int again = openat(dir, ".", DIR_FLAGS);
    DIR *list = again < 0 ? NULL : fdopendir(again);

    if (!list) {
        clean_fd(&again);
        return;
    }
    for (struct dirent *d; (d = readdir(list));) {
        if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
            continue;
        if (unlinkat(dir, d->d_name, 0) == 0 || depth == 0)
            continue;
        if (errno == EISDIR || errno == EPERM) {
            OWN_FD below = openat(dir, d->d_name, DIR_FLAGS);

            if (below >= 0)
                empty_dir(below, depth - 1);
            unlinkat(dir, d->d_name, AT_REMOVEDIR);
        }
    }
    closedir(list);
}

static int remove_dir(int root, const char *name, int dir, struct err *e)
{
    empty_dir(dir, 4);
    if (unlinkat(root, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return err_set(e, errno, "%s", name);
    return 0;
}

int store_remove(int root, struct entry *x, struct err *e)
{
    char name[40];

    hidden_name(OLD_PREFIX, name, sizeof name);
    if (renameat(root, x->id, root, name) < 0)
        return err_set(e, errno, "state of container %s", x->id);
    TRY(remove_dir(root, name, x->dir, e));
    entry_close(x);
    return 0;
}

/* ---- making ---- */

static int fill(int dir, const struct state *s, const char *config, size_t n, struct err *e)
{
    OWN_TEXT text = { 0 };

    state_write(&text, s);
    TRY(write_file(dir, STATE_FILE, text.s, text.n, e));
    return write_file(dir, STATE_CONFIG, config, n, e);
}

int store_create(int root, const struct state *s, const char *config, size_t n, struct entry *out,
                 struct err *e)
{
    char name[40];
    OWN_FD dir = -1;
    struct err ignored;
    int result;

    hidden_name(NEW_PREFIX, name, sizeof name);
    if (mkdirat(root, name, 0700) < 0)
        return err_set(e, errno, "state of container %s", s->id);
    dir = openat(root, name, DIR_FLAGS);
    if (dir < 0 || flock(dir, LOCK_EX | LOCK_NB) < 0 || fchmod(dir, 0700) < 0)
        result = err_set(e, errno, "state of container %s", s->id);
    else
        result = fill(dir, s, config, n, e);
    /* The one step that decides between those who create the same id at once. */
    if (result == 0 && syscall(SYS_renameat2, root, name, root, s->id, RENAME_NOREPLACE) < 0)
        result = errno == EEXIST
                     ? err_set(e, 0, "container with given ID already exists: %s", s->id)
                     : err_set(e, errno, "state of container %s", s->id);
    if (result < 0) {
        (void)remove_dir(root, name, dir, &ignored);
        return -1;
    }
    *out = (struct entry){ .dir = give_fd(&dir), .id = s->id };
    return 0;
}

/* ---- finding ---- */

static int not_there(const char *id, struct err *e)
{
    err_set(e, 0, "container does not exist: %s", id);
    e->num = ENOENT;
    return -1;
}

static bool same_inode(int root, const char *id, int dir)
{
    struct stat there, here;

    return fstatat(root, id, &there, AT_SYMLINK_NOFOLLOW) == 0 && fstat(dir, &here) == 0 &&
           there.st_ino == here.st_ino && there.st_dev == here.st_dev;
}

int store_open(int root, const char *id, bool lock, struct entry *out, struct err *e)
{
    for (;;) {
        OWN_FD dir = openat(root, id, DIR_FLAGS);
        struct stat st;

        if (dir < 0)
            return errno == ENOENT ? not_there(id, e) : err_set(e, errno, "container %s", id);
        if (fstat(dir, &st) < 0 || st.st_uid != geteuid() || (st.st_mode & 022))
            return err_set(e, 0, "container %s: its state is not yours alone", id);
        if (lock) {
            while (flock(dir, LOCK_EX) < 0)
                if (errno != EINTR)
                    return err_set(e, errno, "lock of container %s", id);
            /* Who held it may have deleted it. */
            if (!same_inode(root, id, dir))
                continue;
        }
        *out = (struct entry){ .dir = give_fd(&dir), .id = id };
        return 0;
    }
}

void store_unlock(const struct entry *x)
{
    flock(x->dir, LOCK_UN);
}

bool store_lock(int root, const struct entry *x)
{
    while (flock(x->dir, LOCK_EX) < 0)
        if (errno != EINTR)
            return false;
    return same_inode(root, x->id, x->dir);
}

int store_read(struct arena *a, const struct entry *x, struct state *s, struct err *e)
{
    const char *text;
    size_t n;

    if (file_read(a, x->dir, STATE_FILE, STATE_MAX, &text, &n, e) < 0 ||
        state_load(a, STATE_FILE, text, n, s, e) < 0)
        return err_ctx(e, "container %s", x->id);
    if (strcmp(s->id, x->id) != 0)
        return err_set(e, 0, "container %s: its state says it is %s", x->id, s->id);
    return 0;
}

int store_write(const struct entry *x, const struct state *s, struct err *e)
{
    OWN_TEXT text = { 0 };
    char name[40];

    state_write(&text, s);
    hidden_name(NEW_PREFIX, name, sizeof name);
    if (write_file(x->dir, name, text.s, text.n, e) < 0 ||
        renameat(x->dir, name, x->dir, STATE_FILE) < 0) {
        int num = e->num ? e->num : errno;

        unlinkat(x->dir, name, 0);
        return err_set(e, num, "state of container %s", x->id);
    }
    return 0;
}

int store_config(struct arena *a, const struct entry *x, const char **text, size_t *n,
                 struct err *e)
{
    if (file_read(a, x->dir, STATE_CONFIG, STATE_MAX, text, n, e) < 0)
        return err_ctx(e, "container %s", x->id);
    return 0;
}

/* The lock is held as long as create works; a create that was killed has let it go. */
static bool is_locked(const struct entry *x)
{
    OWN_FD again = openat(x->dir, ".", DIR_FLAGS);

    return again >= 0 && flock(again, LOCK_SH | LOCK_NB) < 0;
}

enum status store_status(const struct entry *x, const struct state *s, int *pidfd)
{
    OWN_FD init = identity_open(&s->init);
    enum status status = STATUS_STOPPED;
    struct stat st;

    if (!s->complete)
        status = is_locked(x) ? STATUS_CREATING : STATUS_STOPPED;
    else if (init >= 0)
        status = fstatat(x->dir, STATE_SOCKET, &st, AT_SYMLINK_NOFOLLOW) == 0 ? STATUS_CREATED
                                                                              : STATUS_RUNNING;
    if (pidfd)
        *pidfd = give_fd(&init);
    return status;
}

/* ---- all of them ---- */

/* What nobody holds is left from a crash. */
static void sweep(int root, const char *name)
{
    OWN_FD dir = openat(root, name, DIR_FLAGS);
    struct err ignored;

    if (dir >= 0 && flock(dir, LOCK_EX | LOCK_NB) == 0)
        (void)remove_dir(root, name, dir, &ignored);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int store_list(struct arena *a, int root, struct texts *ids, struct err *e)
{
    int again = openat(root, ".", DIR_FLAGS);
    DIR *list = again < 0 ? NULL : fdopendir(again);

    if (!list) {
        int num = errno;

        clean_fd(&again);
        return err_set(e, num, "state root");
    }
    for (struct dirent *d; (d = readdir(list));) {
        if (text_starts(d->d_name, NEW_PREFIX) || text_starts(d->d_name, OLD_PREFIX))
            sweep(root, d->d_name);
        else if (d->d_name[0] != '.' && (d->d_type == DT_DIR || d->d_type == DT_UNKNOWN))
            *LIST_ADD(a, ids) = arena_text(a, d->d_name);
    }
    closedir(list);
    if (ids->n)
        qsort(ids->v, ids->n, sizeof *ids->v, by_text);
    return 0;
}
