/* stream.h - a file, or a part of one, read once from its beginning to its end; counted, and hashed
 * where it must have a digest. */
#ifndef RCRUN_UNPACK_STREAM_H
#define RCRUN_UNPACK_STREAM_H

#include <nettle/sha2.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#define DIGEST_HEX (2 * SHA256_DIGEST_SIZE)

struct stream {
    const char *name; /* for errors */
    int fd;           /* borrowed */
    bool whole;       /* to the end of the file, by read(2), as pipes want it */
    uint64_t at, left; /* else: what part of it, by pread(2) */
    const char *digest; /* DIGEST_HEX digits that it must have, or NULL */
    struct sha256_ctx hash;
    unsigned char *buffer;
};

/* digest: NULL, or "sha256:" and the digits, which is checked here.  Nothing is read yet. */
int stream_part(struct arena *a, struct stream *s, const char *name, int fd, uint64_t at,
                uint64_t size, const char *digest, struct err *e);
/* All that comes from a descriptor. */
void stream_whole(struct arena *a, struct stream *s, const char *name, int fd);

/* The next bytes, which stay until the next call; *n is 0 at the end, when the digest has been
 * compared. */
int stream_next(struct stream *s, const void **data, size_t *n, struct err *e);
/* Reads what nobody wanted, so that the digest is compared. */
int stream_drain(struct stream *s, struct err *e);

/* The whole of it as text, NUL terminated, at most `limit` bytes. */
int stream_text(struct arena *a, struct stream *s, size_t limit, const char **text, size_t *n,
                struct err *e);

/* Is that the digest of all that was hashed?  name is for the error. */
int stream_compare(const char *name, struct sha256_ctx *hash, const char *digest, struct err *e);

/* The digits of "sha256:DIGITS", or NULL when it is anything else. */
const char *digest_hex(const char *digest);

#endif
