/* run/upper-part.h - the directories of an upper layer. */
#ifndef RCRUN_RUN_UPPER_PART_H
#define RCRUN_RUN_UPPER_PART_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/err.h"

/* Opens `diff` and `work` in the directory, which are made when they are missing; *fresh: `diff` was.
 * like: of the lowest layer, which the merged root looks like.
 * By who has the ids of the container's root, whose they are: init, or the server of the root. */
int upper_parts(int dir, const char *what, const struct stat *like, bool *fresh, int *diff,
                int *work, struct err *e);

#endif
