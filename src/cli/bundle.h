/* cli/bundle.h - the directory with config.json, and the id of a container. */
#ifndef RCRUN_CLI_BUNDLE_H
#define RCRUN_CLI_BUNDLE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

struct bundle {
    const char *dir;   /* absolute, by the name that the caller uses */
    const char *shown; /* the config as the caller would write its path */
    const char *text;  /* of the config, until bundle_close() */
    size_t n;
    struct arena *own; /* where the text is */
};

/* Opens the bundle and reads its config.  dir NULL: the current directory; config NULL:
 * config.json; it is relative to the bundle.  optional: it may be missing; then the text is NULL. */
int bundle_open(struct arena *a, struct bundle *b, const char *dir, const char *config,
                bool optional, struct err *e);

/* An error about the config starts with a JSON path: puts where that stands in front of it,
 * and adds a hint where the bundle has one.  Returns -1. */
int bundle_place(const struct bundle *b, struct err *e);

/* Gives back the memory of the text: it may be 4 MiB, which no process to come needs. */
void bundle_close(struct bundle *b);

/* 1 to 1024 letters, digits and _ + - . and neither . nor - in front: an id becomes the name
 * of a directory, and must not look like an option. */
int id_check(const char *id, struct err *e);

#endif
