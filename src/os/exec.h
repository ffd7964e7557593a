/* os/exec.h - starting the program of the container. */
#ifndef RCRUN_OS_EXEC_H
#define RCRUN_OS_EXEC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* execvp(3) semantics with the PATH of env, in the root we are in: entries that cannot be
 * executed are passed over, and remembered: the answer is "permission denied" then.  Writes
 * the path to run.  The permission asked for is that of the ids and capabilities in force.  Errors
 * in the words that engines match: exec: "NAME": executable file not found in $PATH, exec: "/x":
 * stat /x: no such file or directory, exec: "/x": permission denied (also for a directory). */
int os_find_program(const char *name, const char *const env[], char *path, size_t size,
                    struct err *e);

/* execve(2) of a path from os_find_program; returns only on failure, in the same words (a
 * script whose interpreter is missing says so in the hint).  No other system call: a filter
 * may be in force. */
int os_exec(const char *path, const char *const argv[], const char *const env[], struct err *e);

/* After chdir(2): the directory is inside our root (the raw getcwd does not begin with "/"
 * otherwise, CVE-2024-21626). */
int os_check_cwd(struct err *e);

#endif
