/* run/hook.h - runs one hook of the config (runtime-spec, POSIX-platform Hooks). */
#ifndef RCRUN_RUN_HOOK_H
#define RCRUN_RUN_HOOK_H

#include "base/err.h"
#include "base/types.h"
#include "plan/step.h"

/* Runs it to its end with the state on stdin, exactly its own environment, no other descriptor,
 * default signals, a session of its own; cwd NULL = where we are.  init: a pidfd at whose end
 * the hook is over, too (-1 = none): a container that is killed waits for no hook.  What it writes is kept for the
 * error, the last 4 KiB of it.  At the timeout its whole
 * process group is killed.
 * Error: the path, the status, and the last line that it wrote. */
int hook_run(const struct hook *h, const char *state, size_t n, const char *cwd, int init,
             struct err *e);

#endif
