/* shelf.h - the files that an image consists of: in a directory, or in an archive. */
#ifndef RCRUN_UNPACK_SHELF_H
#define RCRUN_UNPACK_SHELF_H

#include "stream.h"

struct member {
    const char *name, *link; /* link: what it stands for, NULL = a file */
    uint64_t at, size;
};

struct shelf {
    const char *name; /* for errors */
    int lender;       /* socket of a directory, else -1 */
    int file;         /* else the archive */
    struct {
        struct member *v;
        size_t n;
    } members;
    int open; /* the last file of a directory, -1 = none */
};

#define OWN_SHELF __attribute__((cleanup(shelf_close))) struct shelf
#define SHELF_NONE ((struct shelf){ .lender = -1, .file = -1, .open = -1 })

/* Finds out what is in an archive that holds an image, which may not be compressed itself. */
int shelf_archive(struct arena *a, struct shelf *s, const char *name, int file, struct err *e);

/* Begins to read one of them.  size: what it must be, UINT64_MAX = whatever it is. */
int shelf_open(struct arena *a, struct shelf *s, const char *name, uint64_t size,
               const char *digest, struct stream *out, struct err *e);
bool shelf_has(const struct shelf *s, const char *name);

/* A small one as text. */
int shelf_text(struct arena *a, struct shelf *s, const char *name, uint64_t size,
               const char *digest, const char **text, size_t *n, struct err *e);

void shelf_close(struct shelf *s);

#endif
