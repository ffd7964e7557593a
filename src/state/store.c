#include "state/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/fd.h"
#include "base/file.h"

#define STATE_MAX (8u << 20)
#define GUESS 4096 /* most first lines are shorter */

const char *const phase_files[PHASES] = {
    [PHASE_CREATING] = "creating.json",
    [PHASE_CREATED] = "created.json",
    [PHASE_RUNNING] = "running.json",
};

void entry_close(struct entry *x)
{
    /* The lock goes with the last descriptor. */
    clean_fd(&x->file);
    clean_fd(&x->dir);
}

/* ---- removal ---- */

/* Names in a directory, never what they point at. */
static void empty_dir(int dir, int depth)
{
    DIR *list = file_list(dir);

    if (!list)
        return;
    for (struct dirent *d; (d = readdir(list));) {
        if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
            continue;
        if (unlinkat(dir, d->d_name, 0) == 0 || depth == 0)
            continue;
        if (errno == EISDIR || errno == EPERM) {
            OWN_FD below = openat(dir, d->d_name, STORE_DIR_FLAGS);

            if (below >= 0)
                empty_dir(below, depth - 1);
            unlinkat(dir, d->d_name, AT_REMOVEDIR);
        }
    }
    closedir(list);
}

int store_remove_dir(int root, const char *name, int dir, struct err *e)
{
    empty_dir(dir, 4);
    if (unlinkat(root, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return err_set(e, errno, "%s", name);
    return 0;
}

static bool same_inode(int root, const char *id, int dir)
{
    struct stat there, here;

    return fstatat(root, id, &there, AT_SYMLINK_NOFOLLOW) == 0 && fstat(dir, &here) == 0 &&
           there.st_ino == here.st_ino && there.st_dev == here.st_dev;
}

/* Without its file a container is no more.  It may have come further since we looked. */
static bool unlink_file(const struct entry *x)
{
    for (int phase = (int)x->phase; phase < PHASES; phase++)
        if (unlinkat(x->dir, phase_files[phase], 0) == 0)
            return true;
    return false;
}

int store_remove(int root, struct entry *x, bool *won, struct err *e)
{
    bool ours = unlink_file(x);
    int result = 0;

    if (won)
        *won = ours;
    if (x->phase < PHASE_RUNNING)
        unlinkat(x->dir, STATE_SOCKET, 0);
    /* Another container may have the id by now, but its directory is not empty. */
    if (unlinkat(root, x->id, AT_REMOVEDIR) < 0 && errno != ENOENT && same_inode(root, x->id, x->dir))
        result = store_remove_dir(root, x->id, x->dir, e);
    return result < 0 ? err_ctx(e, "state of container") : 0;
}

/* ---- making ---- */

/* The kernel has given every program 16 random bytes.  They are the secrets of the C library's guards,
 * so a name tells neither half. */
static void hidden_name(char *out, size_t size)
{
    uint64_t number[2];

    memcpy(number, (const void *)getauxval(AT_RANDOM), sizeof number);
    snprintf(out, size, STORE_NEW_PREFIX "%016llx", (unsigned long long)(number[0] ^ number[1]));
}

static int write_all(int fd, struct iovec *v, int n, struct err *e)
{
    ssize_t got = writev(fd, v, n);

    if (got < 0)
        return err_set(e, errno, "write");
    /* Short: a signal, or the disk is full, which the next one tells. */
    for (int i = 0; i < n; i++) {
        size_t done = (size_t)got < v[i].iov_len ? (size_t)got : v[i].iov_len;

        got -= (ssize_t)done;
        if (done < v[i].iov_len)
            TRY(fd_write(fd, (const char *)v[i].iov_base + done, v[i].iov_len - done, e));
    }
    return 0;
}

static int fill(struct entry *x, const struct state *s, const char *config, size_t n, struct err *e)
{
    OWN_TEXT text = { 0 };
    struct iovec v[2];

    state_write(&text, s);
    v[0] = (struct iovec){ text.s, text.n };
    v[1] = (struct iovec){ (void *)(uintptr_t)config, n };
    x->file = openat(x->dir, phase_files[x->phase], O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                     0600);
    if (x->file < 0)
        return err_set(e, errno, "%s", phase_files[x->phase]);
    return write_all(x->file, v, 2, e);
}

static int make_dir(int root, const char *name, int *dir)
{
    if (mkdirat(root, name, 0700) < 0)
        return -1;
    *dir = openat(root, name, STORE_DIR_FLAGS);
    if (*dir >= 0)
        return 0;
    unlinkat(root, name, AT_REMOVEDIR);
    return -1;
}

/* What a crash left under the id: while it was removed, or before there was a container that
 * anybody could have an interest in. */
static bool clear_leftover(struct arena *a, int root, const char *id)
{
    OWN_ENTRY x = ENTRY_NONE;
    struct err ignored = { 0 };
    struct state s;

    if (store_open(root, id, false, &x, &ignored) < 0)
        return x.dir >= 0 && x.file < 0 && store_remove_dir(root, id, x.dir, &ignored) == 0;
    return x.phase == PHASE_CREATING && store_skim(a, &x, &s, &ignored) == 0 &&
           !identity_lives(&s.init) && store_remove(root, &x, NULL, &ignored) == 0;
}

static int is_taken(const char *id, struct err *e)
{
    err_set(e, 0, "container with given ID already exists: %s", id);
    e->num = EEXIST;
    return -1;
}

static int take_id(struct arena *a, int root, const char *name, const char *id, struct err *e)
{
    for (int i = 0; syscall(SYS_renameat2, root, name, root, id, RENAME_NOREPLACE) < 0; i++) {
        if (errno != EEXIST)
            return err_set(e, errno, "state of container %s", id);
        if (i || !clear_leftover(a, root, id))
            return is_taken(id, e);
    }
    return 0;
}

int store_create(struct arena *a, int root, struct state *s, const char *config, size_t n, struct entry *out,
                 struct err *e)
{
    OWN_ENTRY x = { .dir = -1, .file = -1, .phase = PHASE_CREATING, .id = s->id };
    struct err ignored;
    char name[40];

    s->config = n;
    hidden_name(name, sizeof name);
    if (make_dir(root, name, &x.dir) < 0)
        return err_set(e, errno, "state of container %s", s->id);
    if (fill(&x, s, config, n, e) < 0 || take_id(a, root, name, s->id, e) < 0) {
        (void)store_remove_dir(root, name, x.dir, &ignored);
        return -1;
    }
    *out = x;
    x = ENTRY_NONE;
    return 0;
}

int store_advance(struct entry *x, enum phase to, struct err *e)
{
    if (renameat(x->dir, phase_files[x->phase], x->dir, phase_files[to]) < 0)
        return errno == ENOENT ? err_set(e, ENOENT, "container %s was deleted meanwhile", x->id)
                               : err_set(e, errno, "state of container %s", x->id);
    x->phase = to;
    return 0;
}

/* ---- finding ---- */

int store_not_there(const char *id, struct err *e)
{
    err_set(e, 0, "container does not exist: %s", id);
    e->num = ENOENT;
    return -1;
}

/* The last one first, where most are; then in the order in which a container goes on, so that one
 * that goes on meanwhile is met. */
static int open_file(struct entry *x)
{
    static const enum phase order[] = { PHASE_RUNNING, PHASE_CREATING, PHASE_CREATED, PHASE_RUNNING };

    for (size_t i = 0; i < COUNT_OF(order); i++) {
        x->phase = order[i];
        x->file = openat(x->dir, phase_files[order[i]],
                         O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (x->file >= 0 || errno != ENOENT)
            break;
    }
    return x->file < 0 ? -1 : 0;
}

/* Who held the lock may have moved it on or removed it. */
static bool is_current(const struct entry *x)
{
    return same_inode(x->dir, phase_files[x->phase], x->file);
}

int store_open(int root, const char *id, bool lock, struct entry *out, struct err *e)
{
    struct stat st;

    *out = (struct entry){ .file = -1, .id = id };
    out->dir = openat(root, id, STORE_DIR_FLAGS);
    if (out->dir < 0)
        return errno == ENOENT ? store_not_there(id, e) : err_set(e, errno, "container %s", id);
    if (fstat(out->dir, &st) < 0 || st.st_uid != getauxval(AT_EUID) || (st.st_mode & 022)) {
        entry_close(out);
        return err_set(e, 0, "container %s: its state is not yours alone", id);
    }
    for (;;) {
        clean_fd(&out->file);
        if (open_file(out) < 0)
            return errno == ENOENT ? store_not_there(id, e) : err_set(e, errno, "container %s", id);
        if (!lock)
            return 0;
        while (flock(out->file, LOCK_EX) < 0)
            if (errno != EINTR)
                return err_set(e, errno, "lock of container %s", id);
        if (is_current(out))
            return 0;
    }
}

/* Parses what begins with the first line; 0: its end is not in it. */
static int parse(struct arena *a, const struct entry *x, const char *text, size_t n, struct state *s,
                 struct err *e)
{
    const char *end = memchr(text, '\n', n);

    if (!end)
        return 0;
    if (state_load(a, phase_files[x->phase], text, (size_t)(end - text), s, e) < 0)
        return err_ctx(e, "container %s", x->id);
    if (strcmp(s->id, x->id) != 0)
        return err_set(e, 0, "container %s: its state says it is %s", x->id, s->id);
    s->line = (size_t)(end - text) + 1;
    s->rest = text + s->line;
    s->rest_n = n - s->line;
    return 1;
}

int store_read(struct arena *a, const struct entry *x, struct state *s, struct err *e)
{
    for (size_t max = GUESS; max <= STATE_MAX; max *= 2) {
        char *text = arena_get(a, max);
        ssize_t n = pread(x->file, text, max, 0);
        int done;

        if (n < 0)
            return err_set(e, errno, "container %s: %s", x->id, phase_files[x->phase]);
        done = parse(a, x, text, (size_t)n, s, e);
        if (done)
            return done < 0 ? -1 : 0;
        if ((size_t)n < max)
            break;
    }
    return err_set(e, 0, "container %s: %s: its first line has no end", x->id, phase_files[x->phase]);
}

int store_skim(struct arena *a, const struct entry *x, struct state *s, struct err *e)
{
    char text[1024];
    ssize_t n = read(x->file, text, sizeof text);
    int done = n <= 0 ? 0 : parse(a, x, text, (size_t)n, s, e);

    s->rest_n = 0;
    return done < 0 ? -1 : done ? 0 : store_read(a, x, s, e);
}

int store_config(struct arena *a, const struct entry *x, const struct state *s, const char **text,
                 size_t *n, struct err *e)
{
    char *buffer;
    ssize_t got;

    if (s->config <= s->rest_n) {
        *text = s->rest;
        *n = s->config;
        return 0;
    }
    if (s->config > STATE_MAX)
        return err_set(e, EFBIG, "container %s: its config", x->id);
    buffer = arena_get(a, s->config + 1);
    got = pread(x->file, buffer, s->config, (off_t)s->line);
    if (got < 0)
        return err_set(e, errno, "container %s: its config", x->id);
    if ((uint64_t)got != s->config)
        return err_set(e, 0, "container %s: its config is cut", x->id);
    buffer[got] = '\0';
    *text = buffer;
    *n = (size_t)got;
    return 0;
}

enum status store_judge(enum phase phase, bool lives)
{
    static const enum status statuses[PHASES] = { STATUS_CREATING, STATUS_CREATED, STATUS_RUNNING };

    /* Init is there before the file is, so without it nothing goes on. */
    return lives ? statuses[phase] : STATUS_STOPPED;
}

enum status store_status(const struct entry *x, const struct state *s, int *pidfd)
{
    *pidfd = identity_open(&s->init);
    return store_judge(x->phase, *pidfd >= 0);
}
