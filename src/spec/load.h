/* spec/load.h - config.json into struct spec. */
#ifndef RCRUN_SPEC_LOAD_H
#define RCRUN_SPEC_LOAD_H

#include "base/json-load.h"
#include "spec/spec.h"

extern const struct json_type spec_type;
/* Parts that have files or options of their own: `exec --process`, `update -r`. */
extern const struct json_type spec_process_type;
extern const struct json_type spec_resources_type;

/* Fills a zeroed struct spec.  What must be there and what words are known is judged
 * here; all else by spec_check().  The error has file, line, column and path. */
int spec_load(struct arena *a, const char *file, const char *text, size_t n, struct spec *s,
              struct err *e);

#endif
