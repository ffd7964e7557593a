/* gunzip.h - takes gzip off, and looks at its checksums, which libarchive does not. */
#ifndef RCRUN_UNPACK_GUNZIP_H
#define RCRUN_UNPACK_GUNZIP_H

#include <stdbool.h>
#include <zlib.h>

#include "stream.h"

struct gunzip {
    struct stream *from;
    z_stream z;
    unsigned char *out;
    bool began, packed; /* it is gzip; else all passes as it is */
    bool ended;         /* a member of it: another may follow */
};

#define OWN_GUNZIP __attribute__((cleanup(gunzip_close))) struct gunzip

void gunzip_open(struct arena *a, struct gunzip *g, struct stream *from);
/* As stream_next(). */
int gunzip_next(struct gunzip *g, const void **data, size_t *n, struct err *e);
void gunzip_close(struct gunzip *g);

#endif
