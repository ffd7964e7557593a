#include "layer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gunzip.h"

/* What libarchive reads from, and the error that it cannot carry. */
struct source {
    struct stream *from;
    struct gunzip gunzip;
    struct archive *plain; /* a pass that only takes the compression off, NULL = none */
    struct sha256_ctx hash; /* of what comes out of that */
    struct err e;
};

static la_ssize_t feed(struct archive *ar, void *source, const void **data)
{
    struct source *s = source;
    size_t n;

    if (gunzip_next(&s->gunzip, data, &n, &s->e) == 0)
        return (la_ssize_t)n;
    archive_set_error(ar, EIO, "%s", s->e.text);
    return ARCHIVE_FATAL;
}

static la_ssize_t feed_plain(struct archive *ar, void *source, const void **data)
{
    struct source *s = source;
    int64_t at;
    size_t n;
    int got = archive_read_data_block(s->plain, data, &n, &at);

    if (got != ARCHIVE_OK && got != ARCHIVE_EOF) {
        archive_set_error(ar, EIO, "%s", archive_error_string(s->plain));
        return ARCHIVE_FATAL;
    }
    sha256_update(&s->hash, n, *data);
    return (la_ssize_t)n;
}

/* gzip is taken off before. */
static void use_filters(struct archive *ar)
{
    archive_read_support_filter_zstd(ar);
    archive_read_support_filter_xz(ar);
    archive_read_support_filter_bzip2(ar);
}

/* An error of the stream is ours already; else it is libarchive's. */
static int fail(const struct source *s, struct archive *ar, struct err *e)
{
    if (s->e.text[0]) {
        *e = s->e;
        return -1;
    }
    return err_set(e, 0, "%s: %s", s->from->name,
                   archive_error_string(ar) ? archive_error_string(ar) : "not to be read");
}

static void note_doubt(struct writer *w, struct archive *ar)
{
    const char *text = archive_error_string(ar);

    if (!w->lost.odd++ && text)
        snprintf(w->lost.odd_text, sizeof w->lost.odd_text, "%s", text);
}

static int walk(struct writer *w, const struct layer *l, struct source *s, struct archive *ar,
                struct err *e)
{
    struct archive_entry *entry;

    for (;;) {
        int got = archive_read_next_header(ar, &entry);

        if (got == ARCHIVE_EOF)
            return 0;
        if (got < ARCHIVE_WARN)
            return fail(s, ar, e);
        if (got == ARCHIVE_WARN)
            note_doubt(w, ar);
        if (write_entry(w, ar, entry, l->whiteouts, e) < 0)
            return s->e.text[0] ? fail(s, ar, e) : err_ctx(e, "%s", l->from->name);
    }
}

static int unpack_from(struct writer *w, const struct layer *l, struct source *s, struct archive *ar,
                       archive_read_callback *callback, struct err *e)
{
    archive_read_support_format_tar(ar);
    if (!s->plain)
        use_filters(ar);
    if (archive_read_open(ar, s, NULL, callback, NULL) != ARCHIVE_OK)
        return fail(s, ar, e);
    return walk(w, l, s, ar, e);
}

/* With the digest of what is inside the compression. */
static int unpack_plain(struct writer *w, const struct layer *l, struct source *s, struct archive *ar,
                        struct err *e)
{
    struct archive_entry *entry;

    archive_read_support_format_raw(s->plain);
    use_filters(s->plain);
    sha256_init(&s->hash);
    if (archive_read_open(s->plain, s, NULL, feed, NULL) != ARCHIVE_OK ||
        archive_read_next_header(s->plain, &entry) != ARCHIVE_OK)
        return fail(s, s->plain, e);
    return unpack_from(w, l, s, ar, feed_plain, e);
}

/* Reads what comes behind the end of the archive, or behind what could not be read, and compares. */
static int check_digests(const struct layer *l, struct source *s, struct archive *ar, struct err *e)
{
    const void *data;
    la_ssize_t n = 1;

    while (l->plain && n > 0)
        n = feed_plain(ar, s, &data);
    if (n < 0)
        return fail(s, s->plain, e);
    if (l->plain)
        TRY(stream_compare(l->from->name, &s->hash, l->plain, e));
    return stream_drain(l->from, e);
}

/* Whatever is wrong with it, a digest that is wrong is the reason. */
static int unpack(struct writer *w, const struct layer *l, struct source *s, struct archive *ar,
                  struct err *e)
{
    int got = l->plain ? unpack_plain(w, l, s, ar, e) : unpack_from(w, l, s, ar, feed, e);
    struct err other = { 0 };

    if (got == 0)
        return check_digests(l, s, ar, e);
    if ((l->plain || l->from->digest) && check_digests(l, s, ar, &other) < 0)
        *e = other;
    return -1;
}

int layer_unpack(struct writer *w, const struct layer *l, struct err *e)
{
    struct source s = { .from = l->from, .plain = l->plain ? archive_read_new() : NULL };
    struct arena *a = arena_new();
    struct archive *ar = archive_read_new();
    int got;

    if (!ar || (l->plain && !s.plain))
        BUG("out of memory");
    gunzip_open(a, &s.gunzip, l->from);
    tree_begin(&w->tree, a, l->upper);
    got = unpack(w, l, &s, ar, e);
    if (got == 0)
        got = tree_end(&w->tree, e);
    archive_read_free(ar);
    archive_read_free(s.plain);
    gunzip_close(&s.gunzip);
    arena_free(a);
    return got;
}
