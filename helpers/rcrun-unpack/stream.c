#include "stream.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

/* Large enough that calls cost nothing, small enough for the cache of a processor. */
#define BUFFER (256u << 10)

const char *digest_hex(const char *digest)
{
    const char *hex = digest && text_starts(digest, "sha256:") ? digest + 7 : NULL;

    return hex && strspn(hex, "0123456789abcdef") == DIGEST_HEX && !hex[DIGEST_HEX] ? hex : NULL;
}

int stream_part(struct arena *a, struct stream *s, const char *name, int fd, uint64_t at,
                uint64_t size, const char *digest, struct err *e)
{
    *s = (struct stream){ .name = name, .fd = fd, .at = at, .left = size };
    s->buffer = arena_get(a, BUFFER);
    if (!digest)
        return 0;
    s->digest = digest_hex(digest);
    if (!s->digest)
        return err_set(e, 0, "%s: digest %.100s is none of sha256", name, digest);
    sha256_init(&s->hash);
    return 0;
}

void stream_whole(struct arena *a, struct stream *s, const char *name, int fd)
{
    *s = (struct stream){ .name = name, .fd = fd, .whole = true };
    s->buffer = arena_get(a, BUFFER);
}

int stream_compare(const char *name, struct sha256_ctx *hash, const char *digest, struct err *e)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t sum[SHA256_DIGEST_SIZE];
    char hex[DIGEST_HEX + 1] = "";

    sha256_digest(hash, sizeof sum, sum);
    for (size_t i = 0; i < sizeof sum; i++) {
        hex[2 * i] = digits[sum[i] >> 4];
        hex[2 * i + 1] = digits[sum[i] & 15];
    }
    return strcmp(hex, digest) == 0
               ? 0
               : err_set(e, 0, "%s is not what it should be: its sha256 is %s", name, hex);
}

static int compare(struct stream *s, struct err *e)
{
    const char *digest = s->digest;

    s->digest = NULL;
    return digest ? stream_compare(s->name, &s->hash, digest, e) : 0;
}

int stream_next(struct stream *s, const void **data, size_t *n, struct err *e)
{
    size_t most = !s->whole && s->left < BUFFER ? (size_t)s->left : BUFFER;
    ssize_t got = 0;

    if (most)
        do
            got = s->whole ? read(s->fd, s->buffer, most)
                           : pread(s->fd, s->buffer, most, (off_t)s->at);
        while (got < 0 && errno == EINTR);
    if (got < 0)
        return err_set(e, errno, "%s", s->name);
    if (got == 0 && s->left)
        return err_set(e, 0, "%s ends %llu bytes too early", s->name, (unsigned long long)s->left);
    if (!s->whole) {
        s->at += (uint64_t)got;
        s->left -= (uint64_t)got;
    }
    if (s->digest && got)
        sha256_update(&s->hash, (size_t)got, s->buffer);
    *data = s->buffer;
    *n = (size_t)got;
    return got ? 0 : compare(s, e);
}

int stream_drain(struct stream *s, struct err *e)
{
    const void *data;
    size_t n = 1;

    while (n)
        TRY(stream_next(s, &data, &n, e));
    return 0;
}

int stream_text(struct arena *a, struct stream *s, size_t limit, const char **text, size_t *n,
                struct err *e)
{
    size_t got = 1, have = 0;
    const void *data;
    char *all;

    if (s->whole || s->left > limit)
        return err_set(e, EFBIG, "%s has more than %zu bytes", s->name, limit);
    all = arena_get(a, (size_t)s->left + 1);
    while (got) {
        TRY(stream_next(s, &data, &got, e));
        memcpy(all + have, data, got);
        have += got;
    }
    *text = all;
    *n = have;
    return 0;
}
