/* run/hook.h - runs one hook of the config (runtime-spec, POSIX-platform Hooks). */
#ifndef RCRUN_RUN_HOOK_H
#define RCRUN_RUN_HOOK_H

#include "base/err.h"
#include "base/types.h"
#include "plan/step.h"

/* Where what hooks write goes, -1 = it is kept for the error. */
struct hook_files {
    int output, errors;
};
#define HOOK_FILES_NONE ((struct hook_files){ -1, -1 })

/* Opens the files for appending, where there is a path; they are made when missing, 0600 less the
 * umask.  An error leaves nothing open. */
int hook_open(const char *output, const char *errors, struct hook_files *files, struct err *e);

/* Runs it to its end with the state on stdin, exactly its own environment, no other descriptor,
 * default signals, a session of its own; cwd NULL = where we are, and "/" where that is gone.
 * init: a pidfd at whose end the hook is over, too (-1 = none): a container that is killed waits for
 * no hook, and neither does a caller who interrupts us before the program runs.  files: NULL = the
 * hook's own are opened.  What it does not write there is kept for the error, the last 4 KiB of
 * it.  At the timeout its whole process group is killed.
 * Error: the path, the status, and the last line that it wrote. */
int hook_run(const struct hook *h, const char *state, size_t n, const char *cwd, int init,
             const struct hook_files *files, struct err *e);

#endif
