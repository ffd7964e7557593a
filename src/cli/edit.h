/* cli/edit.h - options that change what config.json says.
 *
 * Pure: from spec to spec, after loading and before spec_check(), so that an option cannot
 * do what a config could not. */
#ifndef RCRUN_CLI_EDIT_H
#define RCRUN_CLI_EDIT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/options.h"
#include "spec/spec.h"

struct edit {
    bool ro, rw;
};

/* Rows for a struct T whose member m is the struct edit. */
/* clang-format off */
#define EDIT_OPTIONS(T, m)                                                            \
    { "ro", 0, OPTION_FLAG, offsetof(T, m.ro), NULL,                                  \
      "read-only root file system", GROUP_SHORT_WAY, NULL },                          \
    { "rw", 0, OPTION_FLAG, offsetof(T, m.rw), NULL,                                  \
      "writable root file system", GROUP_SHORT_WAY, NULL }
/* clang-format on */

/* command: the words behind "--". */
int edit_spec(struct arena *a, const struct edit *edit, const struct texts *command, struct spec *s,
              struct err *e);

#endif
