/* base/path.h - paths as text.  No function here asks the file system. */
#ifndef RCRUN_BASE_PATH_H
#define RCRUN_BASE_PATH_H

#include <stdbool.h>

#include "base/arena.h"

/* Removes empty and "." parts and resolves ".." lexically; the result of an
 * absolute path is absolute and never rises above "/".  A relative path becomes
 * relative to `base` (absolute). */
char *path_clean(struct arena *a, const char *base, const char *path);
/* dir + "/" + name, without doubling the slash. */
char *path_join(struct arena *a, const char *dir, const char *name);
/* Is the cleaned path the cleaned `dir`, or below it? */
bool path_inside(const char *path, const char *dir);
const char *path_last(const char *path);

#endif
