/* unpack.h - an archive or an image becomes a tree, and what the image says a result. */
#ifndef RCRUN_UNPACK_UNPACK_H
#define RCRUN_UNPACK_UNPACK_H

#include "image.h"
#include "options.h"
#include "user.h"
#include "write.h"

struct outcome {
    bool is_image;
    struct image_config config;
    struct user user;
    uint64_t bytes, entries, setid;
    struct losses lost;
};

/* lender: of an OCI layout, else -1.  In the jail. */
int unpack(struct arena *a, const struct unpack_options *o, int lender, struct writer *w,
           struct outcome *out, struct err *e);

/* result.c: the outcome, or the error, as JSON. */
void result_write(const struct outcome *out, struct text *text);
void result_error(const struct err *e, struct text *text);

#endif
