/* host/tool.h - programs of the host that rcrun calls. */
#ifndef RCRUN_HOST_TOOL_H
#define RCRUN_HOST_TOOL_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/arena.h"

/* Looks for a program in the absolute folders of $PATH, then where systems have theirs.  NULL
 * when there is none.  *st is that of the file. */
const char *tool_find(struct arena *a, const char *name, struct stat *st);

/* Looks for a helper of ours: beside exe, our own program, else where it was installed, else where
 * systems have theirs.  Never by $PATH or the current directory: who calls us need not be who may
 * choose.  NULL when it is nowhere. */
const char *tool_find_helper(struct arena *a, const char *exe, const char *name);

/* Is it a file that can be executed? */
bool tool_is_program(const char *path, struct stat *st);

#endif
