#include "gunzip.h"

#include <string.h>

#define OUT (256u << 10)

void gunzip_open(struct arena *a, struct gunzip *g, struct stream *from)
{
    *g = (struct gunzip){ .from = from };
    g->out = arena_get(a, OUT);
}

void gunzip_close(struct gunzip *g)
{
    if (g->packed)
        inflateEnd(&g->z);
    g->packed = false;
}

/* The next bytes of the file; false: there are none. */
static int more(struct gunzip *g, bool *some, struct err *e)
{
    const void *data;
    size_t n;

    TRY(stream_next(g->from, &data, &n, e));
    /* zlib does not write there. */
    g->z.next_in = (Bytef *)(uintptr_t)data;
    g->z.avail_in = (uInt)n;
    *some = n > 0;
    return 0;
}

static bool is_gzip(const z_stream *z)
{
    return z->avail_in >= 2 && z->next_in[0] == 0x1f && z->next_in[1] == 0x8b;
}

static int begin(struct gunzip *g, struct err *e)
{
    bool some;

    g->began = true;
    TRY(more(g, &some, e));
    if (!is_gzip(&g->z))
        return 0;
    /* 16: with the header of gzip. */
    if (inflateInit2(&g->z, 16 + MAX_WBITS) != Z_OK)
        BUG("out of memory");
    g->packed = true;
    return 0;
}

/* What follows the last member and is none, as the zeros of tapes, is nobody's. */
static int next_member(struct gunzip *g, bool *there, struct err *e)
{
    *there = g->z.avail_in > 0;
    if (!*there)
        TRY(more(g, there, e));
    *there = *there && g->z.next_in[0] == 0x1f;
    g->ended = !*there;
    if (*there && inflateReset(&g->z) != Z_OK)
        BUG("zlib");
    return 0;
}

static int inflate_some(struct gunzip *g, size_t *n, struct err *e)
{
    bool some = true;
    int got = Z_OK;

    g->z.next_out = g->out;
    g->z.avail_out = OUT;
    while (g->z.avail_out == OUT && some) {
        if (g->ended)
            TRY(next_member(g, &some, e));
        else if (!g->z.avail_in)
            TRY(more(g, &some, e));
        if (!some && !g->ended)
            return err_set(e, 0, "%s: truncated gzip input", g->from->name);
        if (some)
            got = inflate(&g->z, Z_NO_FLUSH);
        if (got != Z_OK && got != Z_STREAM_END && got != Z_BUF_ERROR)
            return err_set(e, 0, "%s: gzip: %s", g->from->name, g->z.msg ? g->z.msg : "cannot be read");
        g->ended = got == Z_STREAM_END;
    }
    *n = OUT - g->z.avail_out;
    return 0;
}

int gunzip_next(struct gunzip *g, const void **data, size_t *n, struct err *e)
{
    if (!g->began)
        TRY(begin(g, e));
    else if (!g->packed)
        return stream_next(g->from, data, n, e);
    if (!g->packed) {
        *data = g->z.next_in;
        *n = g->z.avail_in;
        return 0;
    }
    *data = g->out;
    return inflate_some(g, n, e);
}
