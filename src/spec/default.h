/* spec/default.h - the config that `rcrun spec` writes. */
#ifndef RCRUN_SPEC_DEFAULT_H
#define RCRUN_SPEC_DEFAULT_H

#include "base/arena.h"
#include "base/text.h"
#include "spec/spec.h"

struct spec_default_options {
    bool rootless;      /* a user namespace, and nothing that needs more power than one gives */
    bool share_network; /* the caller's, in place of one of its own */
    bool system;        /* what a package manager in the root directory needs, too */
    struct id_map uids; /* rootless: the maps to write; empty = none, to be found at run time */
    struct id_map gids;
};

/* Fills a zeroed struct spec. */
void spec_default(struct arena *a, struct spec *s, const struct spec_default_options *o);

/* A config as text, indented, with a newline at the end. */
void spec_write(const struct spec *s, struct text *text);

#endif
