/* options.h - the words of rcrun-unpack. */
#ifndef RCRUN_UNPACK_OPTIONS_H
#define RCRUN_UNPACK_OPTIONS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

enum form { FORM_TAR, FORM_OCI, FORM_OCI_ARCHIVE, FORM_DOCKER_ARCHIVE };

struct unpack_options {
    int form;         /* enum form */
    int source;       /* descriptor */
    int result;       /* the same, -1 = standard error gets the errors, and nobody the rest */
    const char *tag;  /* NULL = the only image */
    const char *name; /* of the source, for errors */
    uint64_t limit;   /* bytes; UINT64_MAX = none */
    bool clamp;
    bool pack;
    bool help, version;
};

int unpack_options_parse(struct arena *a, const char *const *words, size_t n,
                         struct unpack_options *o, struct err *e);
void unpack_options_help(struct text *out);

#endif
