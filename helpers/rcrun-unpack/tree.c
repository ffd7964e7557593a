#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/file.h"
#include "base/text.h"
#include "os/path.h"
#include "remove.h"

int tree_open(struct tree *t, struct err *e)
{
    *t = (struct tree){ .dir = -1 };
    t->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return t->root < 0 ? err_set(e, errno, "root directory") : 0;
}

void tree_close(struct tree *t)
{
    clean_fd(&t->dir);
    clean_fd(&t->root);
    table_free(&t->late_at);
    table_free(&t->touched);
}

/* ---- late ---- */

static struct late *late_of(struct tree *t, uint64_t ino, bool *is_new)
{
    uint64_t *at = table_at(&t->late_at, ino, 0);

    *is_new = !*at;
    if (!*at) {
        LIST_ADD(t->a, &t->late);
        *at = t->late.n;
    }
    return &t->late.v[*at - 1];
}

void tree_late(struct tree *t, const struct place *p, const struct stat *st, mode_t mode,
               const struct timespec *mtime)
{
    bool is_new;
    struct late *l = late_of(t, st->st_ino, &is_new);

    *l = (struct late){ .path = arena_printf(t->a, "/%s", p->text),
                        .ino = st->st_ino,
                        .mode = mode,
                        .set_mode = true,
                        .mtime = *mtime };
}

void tree_begin(struct tree *t, struct arena *a, bool upper)
{
    const struct place root = { .name = root.text };
    struct stat st;

    table_free(&t->late_at);
    table_free(&t->touched);
    clean_fd(&t->dir);
    t->late.v = NULL;
    t->late.n = 0;
    t->a = a;
    t->upper = upper;
    /* Archives need not have it. */
    if (!upper && stat("/", &st) == 0)
        tree_late(t, &root, &st, 0755, &st.st_mtim);
}

/* One that lower layers have keeps its time, whatever comes into it. */
static void keep_time(struct tree *t, const char *path, const struct stat *st)
{
    bool is_new;
    struct late *l = late_of(t, st->st_ino, &is_new);

    if (is_new)
        *l = (struct late){ .path = arena_text(t->a, path), .ino = st->st_ino, .mtime = st->st_mtim };
}

/* By now it may be something else, which is no error. */
static int finish(const struct late *l, struct err *e)
{
    const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, l->mtime };
    OWN_FD fd = open(l->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : place_errno(e, errno, l->path);
    if (st.st_ino != l->ino)
        return 0;
    if ((l->set_mode && fchmod(fd, l->mode) < 0) || futimens(fd, times) < 0)
        return place_errno(e, errno, l->path);
    return 0;
}

int tree_end(struct tree *t, struct err *e)
{
    clean_fd(&t->dir);
    for (size_t i = t->late.n; i-- > 0;)
        TRY(finish(&t->late.v[i], e));
    return 0;
}

/* ---- what is of this layer ---- */

static uint64_t name_key(const char *name, size_t n)
{
    return text_hash(TEXT_HASH_START, name, n);
}

static void touch(struct tree *t, uint64_t ino, const char *name, size_t n)
{
    if (t->upper)
        *table_at(&t->touched, ino, name_key(name, n)) = 1;
}

static bool is_touched(const struct tree *t, uint64_t ino, const char *name)
{
    return table_find(&t->touched, ino, name_key(name, strlen(name)));
}

/* All directories on the way, which a whiteout in this layer must leave. */
static int touch_way(struct tree *t, const struct place *p, struct err *e)
{
    char path[PATH_MAX];
    size_t begin = 0;

    while (begin < p->parent) {
        size_t n = strcspn(p->text + begin, "/");
        struct stat st;

        path[0] = '/';
        memcpy(path + 1, p->text, begin);
        path[1 + begin] = '\0';
        if (stat(path, &st) < 0)
            return place_errno(e, errno, path);
        touch(t, st.st_ino, p->text + begin, n);
        begin += n + 1;
    }
    return 0;
}

/* ---- directories ---- */

/* One name after the other, so that a deep one costs no more than its length.  What a dangling link
 * stands for is left to who resolves such with care. */
static int make_way(struct tree *t, const char *path, int *fd, struct err *e)
{
    OWN_FD dir = fcntl(t->root, F_DUPFD_CLOEXEC, 3);
    char name[NAME_MAX + 1];

    for (const char *s = path + 1; dir >= 0 && *s;) {
        size_t n = strcspn(s, "/");
        int next;

        memcpy(name, s, n);
        name[n] = '\0';
        next = openat(dir, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (next < 0 && errno == ENOENT && mkdirat(dir, name, 0755) == 0)
            next = openat(dir, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        clean_fd(&dir);
        dir = next;
        s += n + (s[n] == '/');
    }
    if (dir < 0 && errno == EEXIST)
        return os_make_dir(t->root, path, 0755, fd, NULL, e);
    *fd = give_fd(&dir);
    return *fd < 0 ? err_set(e, errno, "directory") : 0;
}

static int enter(struct tree *t, const struct place *p, bool make, struct err *e)
{
    char path[PATH_MAX];
    OWN_FD fd = -1;
    struct stat st;

    place_parent(p, path);
    if (t->dir >= 0 && strcmp(path, t->path) == 0)
        return 0;
    fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && (!make || errno != ENOENT))
        return place_errno(e, errno, path);
    if (fd < 0 && make_way(t, path, &fd, e) < 0)
        return place_errno(e, e->num, path);
    if (fstat(fd, &st) < 0)
        return place_errno(e, errno, path);
    clean_fd(&t->dir);
    t->dir = give_fd(&fd);
    t->ino = st.st_ino;
    t->setgid = st.st_mode & S_ISGID;
    memcpy(t->path, path, strlen(path) + 1);
    keep_time(t, path, &st);
    return t->upper ? touch_way(t, p, e) : 0;
}

int tree_enter(struct tree *t, const struct place *p, struct err *e)
{
    TRY(enter(t, p, true, e));
    touch(t, t->ino, p->name, strlen(p->name));
    return 0;
}

int tree_clear(struct tree *t, const struct place *p, struct err *e)
{
    if (remove_at(t->dir, p->name, e) < 0)
        return place_err(e, e->num, p->text, "what is in its way");
    return 0;
}

/* ---- whiteouts ---- */

static int hide_below(struct tree *t, int dir, struct err *e);

/* One name in an open directory: what is of this layer stays, but not what it covers. */
static int hide(struct tree *t, int dir, uint64_t ino, const char *name, struct err *e)
{
    OWN_FD sub = -1;

    if (!is_touched(t, ino, name))
        return remove_at(dir, name, e);
    sub = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return sub < 0 ? 0 : hide_below(t, sub, e);
}

static int hide_below(struct tree *t, int dir, struct err *e)
{
    struct stat st;
    DIR *list;
    int got = 0;

    if (fstat(dir, &st) < 0)
        return err_set(e, errno, "directory");
    list = file_list(dir);
    if (!list)
        return err_set(e, errno, "directory");
    for (struct dirent *d; got == 0 && (d = readdir(list));)
        if (!text_is(d->d_name, ".") && !text_is(d->d_name, ".."))
            got = hide(t, dir, st.st_ino, d->d_name, e);
    closedir(list);
    return got;
}

int tree_hide(struct tree *t, const struct place *p, const char *name, struct err *e)
{
    if (!t->upper)
        return 0;
    /* Nothing is there that could be hidden. */
    if (enter(t, p, false, e) < 0)
        return e->num == ENOENT || e->num == ENOTDIR ? err_clear(e), 0 : -1;
    if (hide(t, t->dir, t->ino, name, e) < 0)
        return place_errno(e, e->num, p->text);
    return 0;
}

int tree_hide_all(struct tree *t, const struct place *p, struct err *e)
{
    if (!t->upper)
        return 0;
    if (enter(t, p, false, e) < 0)
        return e->num == ENOENT || e->num == ENOTDIR ? err_clear(e), 0 : -1;
    if (hide_below(t, t->dir, e) < 0)
        return place_errno(e, e->num, p->text);
    return 0;
}
