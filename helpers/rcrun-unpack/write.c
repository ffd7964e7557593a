#include "write.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/clean.h"

/* ---- files ---- */

static int limit(const struct writer *w, struct err *e)
{
    return err_set(e, EFBIG, "the files have more than the %" PRIu64 " bytes of --limit", w->bytes_max);
}

static int write_at(int fd, const char *data, size_t n, int64_t at)
{
    while (n) {
        ssize_t got = pwrite(fd, data, n, at);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        data += got;
        n -= (size_t)got;
        at += got;
    }
    return 0;
}

/* Block by block: what lies between two of them is a hole. */
static int write_data(struct writer *w, struct archive *ar, struct archive_entry *entry,
                      const struct place *p, int fd, struct err *e)
{
    int64_t size = archive_entry_size(entry), end = 0, at;
    const void *data;
    size_t n;
    int got;

    while ((got = archive_read_data_block(ar, &data, &n, &at)) == ARCHIVE_OK || got == ARCHIVE_WARN) {
        if (n > w->bytes_max - w->bytes)
            return limit(w, e);
        w->bytes += n;
        if (write_at(fd, data, n, at) < 0)
            return place_errno(e, errno, p->text);
        if (n)
            end = at + (int64_t)n;
    }
    if (got != ARCHIVE_EOF)
        return place_err(e, 0, p->text, "%s", archive_error_string(ar));
    if (size > end && ftruncate(fd, size) < 0)
        return place_errno(e, errno, p->text);
    return 0;
}

static int create(struct writer *w, const struct place *p, mode_t mode, struct err *e)
{
    int fd = -1;

    for (int i = 0; i < 2; i++) {
        fd = openat(w->tree.dir, p->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
        if (fd >= 0 || errno != EEXIST)
            break;
        TRY(tree_clear(&w->tree, p, e));
    }
    return fd < 0 ? place_errno(e, errno, p->text) : fd;
}

static int set_times(struct archive_entry *entry, const struct place *p, int fd, int dir,
                     struct err *e)
{
    struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };

    if (!archive_entry_mtime_is_set(entry))
        return 0;
    write_time(entry, &times[1]);
    if (fd >= 0 ? futimens(fd, times) < 0 : utimensat(dir, p->name, times, AT_SYMLINK_NOFOLLOW) < 0)
        return place_errno(e, errno, p->text);
    return 0;
}

static int write_file(struct writer *w, struct archive *ar, struct archive_entry *entry,
                      const struct place *p, struct err *e)
{
    mode_t mode = archive_entry_perm(entry) & 0777;
    OWN_FD fd = create(w, p, mode, e);

    TRY(fd);
    TRY(write_data(w, ar, entry, p, fd, e));
    TRY(write_meta(w, entry, p, fd, false, e));
    return set_times(entry, p, fd, -1, e);
}

/* ---- the other kinds ---- */

static int open_dir(struct writer *w, const struct place *p, int *fd, struct err *e)
{
    const char *name = *p->name ? p->name : ".";

    for (int i = 0; i < 2; i++) {
        struct stat st;

        if (!*p->name || mkdirat(w->tree.dir, name, 0700) == 0)
            break;
        if (errno != EEXIST)
            return place_errno(e, errno, p->text);
        if (fstatat(w->tree.dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode))
            break;
        TRY(tree_clear(&w->tree, p, e));
    }
    *fd = openat(w->tree.dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return *fd < 0 ? place_errno(e, errno, p->text) : 0;
}

static int write_dir(struct writer *w, struct archive_entry *entry, const struct place *p,
                     struct err *e)
{
    struct timespec mtime;
    OWN_FD fd = -1;
    struct stat st;

    TRY(open_dir(w, p, &fd, e));
    TRY(write_meta(w, entry, p, fd, true, e));
    if (fstat(fd, &st) < 0)
        return place_errno(e, errno, p->text);
    mtime = st.st_mtim;
    if (archive_entry_mtime_is_set(entry))
        write_time(entry, &mtime);
    tree_late(&w->tree, p, &st, write_dir_mode(entry, fd, &st), &mtime);
    return 0;
}

static int make(struct writer *w, struct archive_entry *entry, const struct place *p, struct err *e)
{
    const char *to = archive_entry_symlink(entry);
    int got = -1;

    if (archive_entry_filetype(entry) == AE_IFLNK && !to)
        return place_err(e, 0, p->text, "a symbolic link to a name that is no text");
    for (int i = 0; i < 2; i++) {
        if (to)
            got = symlinkat(to, w->tree.dir, p->name);
        else
            got = mknodat(w->tree.dir, p->name, S_IFIFO | (archive_entry_perm(entry) & 0777), 0);
        if (got == 0 || errno != EEXIST)
            break;
        TRY(tree_clear(&w->tree, p, e));
    }
    if (got < 0)
        return place_errno(e, errno, p->text);
    TRY(write_meta(w, entry, p, -1, false, e));
    return set_times(entry, p, -1, w->tree.dir, e);
}

static bool is_same(const char *path, int dir, const char *name)
{
    struct stat a, b;

    return lstat(path, &a) == 0 && fstatat(dir, name, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
           a.st_ino == b.st_ino;
}

/* Owner and mode are those of the other. */
static int write_link(struct writer *w, const char *to, const struct place *p, struct err *e)
{
    struct place target;
    char path[PATH_MAX];
    int got = -1;

    TRY(place_set(&target, to, e));
    path[0] = '/';
    memcpy(path + 1, target.text, strlen(target.text) + 1);
    for (int i = 0; i < 2; i++) {
        got = linkat(AT_FDCWD, path, w->tree.dir, p->name, 0);
        if (got == 0 || errno != EEXIST || is_same(path, w->tree.dir, p->name))
            break;
        TRY(tree_clear(&w->tree, p, e));
    }
    if (got < 0 && errno != EEXIST) {
        int num = errno;
        struct err of;

        place_errno(&of, 0, target.text);
        return place_err(e, num, p->text, "hard link to %s", of.text);
    }
    return 0;
}

static int leave_out(struct writer *w, const struct place *p, struct err *e)
{
    w->lost.devices++;
    return tree_clear(&w->tree, p, e);
}

/* ---- which of them ---- */

static int write_kind(struct writer *w, struct archive *ar, struct archive_entry *entry,
                      const struct place *p, struct err *e)
{
    const char *link = archive_entry_hardlink(entry);
    unsigned type = archive_entry_filetype(entry);

    if (!*p->name && (link || type != AE_IFDIR))
        return err_set(e, 0, "the root directory is something else in the archive");
    TRY(tree_enter(&w->tree, p, e));
    if (link)
        return write_link(w, link, p, e);
    switch (type) {
    case AE_IFREG:
        return write_file(w, ar, entry, p, e);
    case AE_IFDIR:
        return write_dir(w, entry, p, e);
    case AE_IFLNK:
    case AE_IFIFO:
        return make(w, entry, p, e);
    default:
        return leave_out(w, p, e);
    }
}

int write_entry(struct writer *w, struct archive *ar, struct archive_entry *entry, bool layered,
                struct err *e)
{
    const char *name = archive_entry_pathname(entry);
    const char *hidden = NULL;
    struct place p;

    if (!name || (archive_entry_hardlink_w(entry) && !archive_entry_hardlink(entry)))
        return err_set(e, 0, "entry %" PRIu64 ": its name is no text", w->entries + 1);
    if (++w->entries > ENTRIES_MAX)
        return err_set(e, 0, "more than %u entries", ENTRIES_MAX);
    TRY(place_set(&p, name, e));
    switch (layered ? whiteout_kind(p.name, &hidden) : WHITEOUT_NONE) {
    case WHITEOUT_NAME:
        return tree_hide(&w->tree, &p, hidden, e);
    case WHITEOUT_OPAQUE:
        return tree_hide_all(&w->tree, &p, e);
    case WHITEOUT_ODD:
        return place_err(e, 0, p.text, "no whiteout that is known");
    case WHITEOUT_NONE:
        break;
    }
    return write_kind(w, ar, entry, &p, e);
}
