/* state/upper.h - whose the upper layer of an overlay is: a file in its directory, one JSON text.
 *
 * Two mounts of one upper layer break each other.  The kernel refuses the second, but cannot tell
 * whose the first is; and what one driver wrote, another reads wrongly.  The file stays when its
 * container ends: whether that lives is seen by its init, as everywhere. */
#ifndef RCRUN_STATE_UPPER_H
#define RCRUN_STATE_UPPER_H

#include "state/state.h"

#define UPPER_VERSION 1

struct upper_mark {
    uint32_t version;
    const char *id;     /* the container that has it, or had it last */
    struct identity init;
    const char *driver; /* "kernel", "fuse" */
    const char *xattrs; /* "user", "trusted": where opaque directories are noted */
    const char *map;    /* of the uids that the layer was first written with, or NULL */
    const char *before; /* the container that had it before, or NULL */
    const char *state;  /* of a layer that is thrown away: directory of the container's state */
};

/* Puts mine into the directory.  Errors: EBUSY, a container that lives has it; another driver has
 * written the layer.  *made (may be NULL): there was none before. */
int upper_claim(struct arena *a, int dir, const char *path, struct upper_mark *mine, bool *made,
                struct err *e);

/* The mark in a directory; 1: there is one, 0: there is none. */
int upper_read(struct arena *a, int dir, struct upper_mark *out, struct err *e);

/* May it be a lower layer?  path: the directory that shall be one. */
int upper_check_lower(struct arena *a, const char *path, const struct upper_mark *mine,
                      struct err *e);

#endif
