#include "state/upper.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/fd.h"
#include "base/json-load.h"
#include "base/json-write.h"
#include "base/path.h"

#define MARK_MAX 65536 /* a map has 340 lines at most */

#define T struct upper_mark
static const struct json_field mark_fields[] = {
    J_MUST(T, "version", version), J_MUST(T, "id", id),
    J_OBJECT(T, "init", init, identity), J(T, "driver", driver),
    J(T, "xattrs", xattrs),        J(T, "map", map),
    J(T, "before", before),        J(T, "state", state),
};
static const struct json_type mark_type = JSON_TYPE(T, mark_fields);
#undef T

/* 1: read, 0: nothing was ever written to the file, as a crash leaves it. */
static int read_mark(struct arena *a, int file, struct upper_mark *out, struct err *e)
{
    char *text = arena_get(a, MARK_MAX + 1);
    ssize_t n = pread(file, text, MARK_MAX, 0);
    const char *end;

    *out = (struct upper_mark){ 0 };
    if (n < 0)
        return err_set(e, errno, UPPER_MARK);
    end = memchr(text, '\n', (size_t)n);
    if (!end)
        return 0;
    TRY(json_load(a, UPPER_MARK, text, (size_t)(end - text), &mark_type, out, e));
    if (out->version != UPPER_VERSION)
        return err_set(e, 0, UPPER_MARK ": of version %u, this rcrun knows %d", out->version,
                       UPPER_VERSION);
    return 1;
}

static int write_mark(int file, const struct upper_mark *m, struct err *e)
{
    OWN_TEXT text = { 0 };
    struct json_out j;

    json_start(&j, &text, false);
    json_write(&j, &mark_type, m);
    json_end(&j);
    /* At once, and over the old one: what is behind the end of the line does not count. */
    if (pwrite(file, text.s, text.n, 0) != (ssize_t)text.n)
        return err_set(e, errno, UPPER_MARK);
    return ftruncate(file, (off_t)text.n) < 0 ? err_set(e, errno, UPPER_MARK) : 0;
}

static int same_way(const char *path, const struct upper_mark *old, const struct upper_mark *mine,
                    struct err *e)
{
    if (old->driver && strcmp(old->driver, mine->driver) != 0) {
        err_set(e, 0, "%s was written by the %s driver of overlays, which keeps deleted files in "
                      "another way than the %s driver",
                path, old->driver, mine->driver);
        return err_hint(e, "use --overlay-driver=%s, or an empty directory", old->driver);
    }
    if (old->xattrs && mine->xattrs && strcmp(old->xattrs, mine->xattrs) != 0)
        return err_set(e, 0, "%s was written %s root, where overlays keep deleted files in another "
                             "way",
                       path, text_is(old->xattrs, "user") ? "without" : "by");
    return 0;
}

/* Ranges may come and go at the end, as with more subordinate ids; an id that is another one on the host
 * would give the files to somebody else. */
static int same_ids(const char *path, const struct upper_mark *old, const struct upper_mark *mine,
                    struct err *e)
{
    if (!old->map || !mine->map || text_starts(old->map, mine->map) ||
        text_starts(mine->map, old->map))
        return 0;
    err_set(e, 0, "upper %s was written with other ids: %s; the container has %s", path, old->map,
            mine->map);
    return err_hint(e, "use the --userns of that time, or an empty directory");
}

static int judge(const char *path, const struct upper_mark *old, struct upper_mark *mine,
                 struct err *e)
{
    bool elsewhere = identity_is_elsewhere(&old->init);

    /* Of the kernel's overlays the kernel refuses a second one; of others nobody does. */
    if (elsewhere && text_is(mine->driver, "fuse")) {
        err_set(e, EBUSY, "upper %s was taken by container %s in another pid namespace", path, old->id);
        return err_hint(e, "when that container has ended, remove %s/" UPPER_MARK, path);
    }
    if (!elsewhere && identity_lives(&old->init)) {
        err_set(e, 0, "upper %s is in use by container %s (process %lld)", path, old->id,
                (long long)old->init.pid);
        e->num = EBUSY;
        return -1;
    }
    TRY(same_way(path, old, mine, e));
    TRY(same_ids(path, old, mine, e));
    mine->before = old->id;
    if (old->map)
        mine->map = old->map;
    return 0;
}

static int open_mark(int dir, int flags)
{
    return openat(dir, UPPER_MARK, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
}

/* What else may have that name can be neither read nor locked as one. */
static int check_mark(int file, int num, struct err *e)
{
    struct stat st;

    if (file >= 0 && fstat(file, &st) == 0 && S_ISREG(st.st_mode))
        return 0;
    if (file < 0 && num != EISDIR && num != ELOOP && num != ENXIO && num != ENODEV)
        return err_set(e, num, UPPER_MARK);
    err_set(e, 0, UPPER_MARK " is not a regular file");
    return err_hint(e, "rcrun keeps there who has the layer; use an empty directory");
}

int upper_claim(struct arena *a, int dir, const char *path, struct upper_mark *mine, bool *made,
                struct err *e)
{
    OWN_FD file = open_mark(dir, O_RDWR | O_CREAT | O_EXCL);
    struct upper_mark old;
    int there;

    if (made)
        *made = file >= 0;
    if (file < 0 && errno == EEXIST)
        file = open_mark(dir, O_RDWR);
    if (check_mark(file, errno, e) < 0)
        return err_ctx(e, "%s", path);
    /* As long as it takes to read and write a line. */
    while (flock(file, LOCK_EX) < 0)
        if (errno != EINTR)
            return err_set(e, errno, "lock of %s/" UPPER_MARK, path);
    there = read_mark(a, file, &old, e);
    if (there < 0)
        return err_ctx(e, "%s", path);
    if (there)
        TRY(judge(path, &old, mine, e));
    mine->version = UPPER_VERSION;
    return write_mark(file, mine, e);
}

int upper_read(struct arena *a, int dir, struct upper_mark *out, struct err *e)
{
    OWN_FD file = open_mark(dir, O_RDONLY);

    if (file < 0 && errno == ENOENT)
        return 0;
    TRY(check_mark(file, errno, e));
    return read_mark(a, file, out, e);
}

int upper_check_lower(struct arena *a, const char *path, const struct upper_mark *mine,
                      struct err *e)
{
    const char *home = text_is(path_last(path), "diff") ? path_clean(a, path, "..") : path;
    OWN_FD dir = open(home, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct upper_mark old;
    int there = dir < 0 ? 0 : upper_read(a, dir, &old, e);

    if (there <= 0)
        return there < 0 ? err_ctx(e, "%s", home) : 0;
    if (home == path) {
        err_set(e, 0, "lower layer %s is the directory of an upper layer", path);
        return err_hint(e, "the layer itself is %s/diff", path);
    }
    if (identity_lives(&old.init))
        return err_set(e, EBUSY, "lower layer %s is the upper one of container %s (process %lld)",
                       path, old.id, (long long)old.init.pid);
    return same_way(path, &old, mine, e);
}
