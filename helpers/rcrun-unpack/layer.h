/* layer.h - a tar archive, entry by entry, into the tree. */
#ifndef RCRUN_UNPACK_LAYER_H
#define RCRUN_UNPACK_LAYER_H

#include "stream.h"
#include "write.h"

struct layer {
    struct stream *from;
    const char *plain; /* the digits of the digest that it must have without compression, or NULL */
    bool whiteouts;
    bool upper; /* there are layers below it */
};

int layer_unpack(struct writer *w, const struct layer *l, struct err *e);

#endif
