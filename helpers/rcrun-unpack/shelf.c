#include "shelf.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/json-load.h"
#include "base/path.h"
#include "lend.h"
#include "place.h"

#define MEMBERS_MAX 100000
#define LINKS_MAX 8

void shelf_close(struct shelf *s)
{
    clean_fd(&s->open);
}

/* ---- what is in an archive ---- */

static const char *clean(struct arena *a, const char *name)
{
    return path_clean(a, "/", name) + 1;
}

static int add_member(struct arena *a, struct shelf *s, struct archive *ar,
                      struct archive_entry *entry, struct err *e)
{
    const char *name = archive_entry_pathname(entry);
    const char *link = archive_entry_hardlink(entry);
    struct member m = { .size = (uint64_t)archive_entry_size(entry) };

    if (!name || s->members.n >= MEMBERS_MAX)
        return err_set(e, 0, "%s: %s", s->name, name ? "too many files in it" : "a file has no name");
    m.name = clean(a, name);
    if (link)
        m.link = clean(a, link);
    else if (archive_entry_filetype(entry) == AE_IFLNK)
        m.link = path_clean(a, arena_printf(a, "/%.*s", (int)(path_last(m.name) - m.name), m.name),
                            archive_entry_symlink(entry)) + 1;
    else if (archive_entry_filetype(entry) != AE_IFREG)
        return 0;
    /* Behind the header, which has been consumed whole. */
    m.at = (uint64_t)archive_filter_bytes(ar, 0);
    *LIST_ADD(a, &s->members) = m;
    return 0;
}

static int list(struct arena *a, struct shelf *s, struct archive *ar, struct err *e)
{
    struct archive_entry *entry;

    archive_read_support_format_tar(ar);
    /* From where it is, by seeking over what is large. */
    if (archive_read_open_fd(ar, s->file, 64 << 10) != ARCHIVE_OK)
        return err_set(e, 0, "%s: %s", s->name, archive_error_string(ar));
    for (;;) {
        int got = archive_read_next_header(ar, &entry);

        if (got == ARCHIVE_EOF)
            return 0;
        if (got < ARCHIVE_WARN)
            return err_set(e, 0, "%s: %s", s->name, archive_error_string(ar));
        TRY(add_member(a, s, ar, entry, e));
    }
}

int shelf_archive(struct arena *a, struct shelf *s, const char *name, int file, struct err *e)
{
    struct archive *ar;
    struct stat st;
    int got;

    s->name = name;
    s->file = file;
    if (fstat(file, &st) < 0)
        return err_set(e, errno, "%s", name);
    if (!S_ISREG(st.st_mode) || lseek(file, 0, SEEK_SET) < 0)
        return err_set(e, 0, "%s: an archive of an image must be a file, since it is read to and fro",
                       name);
    ar = archive_read_new();
    if (!ar)
        BUG("out of memory");
    got = list(a, s, ar, e);
    archive_read_free(ar);
    if (got < 0)
        return err_hint(e, "an archive of an image is a tar file that is not compressed itself");
    return 0;
}

/* ---- one of them ---- */

static const struct member *find(const struct shelf *s, const char *name)
{
    /* The last one of a name is what tar(1) would leave. */
    for (size_t i = s->members.n; i-- > 0;)
        if (text_is(s->members.v[i].name, name))
            return &s->members.v[i];
    return NULL;
}

static const struct member *follow(const struct shelf *s, const char *name)
{
    const struct member *m = find(s, name);

    for (int i = 0; m && m->link; i++)
        m = i < LINKS_MAX ? find(s, m->link) : NULL;
    return m;
}

bool shelf_has(const struct shelf *s, const char *name)
{
    return follow(s, name);
}

static int borrow(struct shelf *s, const char *name, uint64_t *size, struct err *e)
{
    struct stat st;

    shelf_close(s);
    if (lend_ask(s->lender, name, &s->open, e) < 0)
        return err_set(e, e->num, "%s/%s", s->name, name);
    if (fstat(s->open, &st) < 0)
        return err_set(e, errno, "%s/%s", s->name, name);
    if (!S_ISREG(st.st_mode))
        return err_set(e, 0, "%s/%s: not a regular file", s->name, name);
    *size = (uint64_t)st.st_size;
    return 0;
}

int shelf_open(struct arena *a, struct shelf *s, const char *name, uint64_t size,
               const char *digest, struct stream *out, struct err *e)
{
    const char *shown = arena_printf(a, "%s/%.200s", s->name, name);
    const struct member *m = s->lender < 0 ? follow(s, name) : NULL;
    uint64_t is = m ? m->size : 0;

    if (s->lender >= 0)
        TRY(borrow(s, name, &is, e));
    else if (!m)
        return err_set(e, ENOENT, "%s", shown);
    if (size != UINT64_MAX && is != size)
        return err_set(e, 0, "%s has %llu bytes, not %llu as its descriptor says", shown,
                       (unsigned long long)is, (unsigned long long)size);
    return stream_part(a, out, shown, m ? s->file : s->open, m ? m->at : 0, is, digest, e);
}

int shelf_text(struct arena *a, struct shelf *s, const char *name, uint64_t size,
               const char *digest, const char **text, size_t *n, struct err *e)
{
    struct stream stream;

    TRY(shelf_open(a, s, name, size, digest, &stream, e));
    return stream_text(a, &stream, JSON_TEXT_MAX, text, n, e);
}
