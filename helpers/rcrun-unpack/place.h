/* place.h - where a name of an archive lies below the root.  Pure. */
#ifndef RCRUN_UNPACK_PLACE_H
#define RCRUN_UNPACK_PLACE_H

#include <limits.h>
#include <stddef.h>

#include "base/err.h"

struct place {
    char text[PATH_MAX]; /* from the root, without "." and "..", without a slash in front */
    size_t parent;       /* length of the part in front of the last name, 0 = the root */
    const char *name;    /* the last name; "" = the root itself */
};

/* ".." never leads above the root.  The error has the name in it. */
int place_set(struct place *p, const char *raw, struct err *e);

/* The directory that it is in, as a path from the root: "/" or "/a/b". */
void place_parent(const struct place *p, char out[PATH_MAX]);

/* Layers take away what lower ones have by files of certain names. */
enum whiteout {
    WHITEOUT_NONE,
    WHITEOUT_NAME,   /* of one name: what stands behind ".wh." */
    WHITEOUT_OPAQUE, /* of all that lower layers have in the directory */
    WHITEOUT_ODD,    /* another name that begins so */
};
enum whiteout whiteout_kind(const char *name, const char **hidden);

/* "NAME: what", the name as it can stand in a line and not longer than that bears. */
int place_err(struct err *e, int num, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
int place_errno(struct err *e, int num, const char *name);

#endif
