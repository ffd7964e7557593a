/* base/child.h - helper programs: started as by vfork(2), watched by pidfd.
 *
 * The parent may be large when it starts one, so fork(2) is not used: its cost grows
 * with the memory touched (fork of 50 MiB: 900 us, vfork: 20 us whatever the size). */
#ifndef RCRUN_BASE_CHILD_H
#define RCRUN_BASE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/* A descriptor of -1 is /dev/null. */
struct child_setup {
    const char *path;
    const char *const *argv;
    const char *const *env; /* ends with NULL, as argv */
    int input, output, errors;
    const char *cwd; /* NULL = ours; where it cannot be entered any more, "/" */
    bool session;    /* of its own, so that its whole group can be killed */
    const int *more; /* more_n descriptors that become 3, 4 and so on; -1: that number stays free */
    size_t more_n;
};

struct child {
    const char *path;
    pid_t pid;     /* 0 = not running */
    int pidfd;     /* -1 = none */
    int errors[2]; /* pipe of its stderr, -1 = none */
    int status;    /* as from waitpid(2), once it ended */
};

#define CHILD_NONE ((struct child){ .pidfd = -1, .errors = { -1, -1 } })

/* Starts a program, with no other descriptor and no signal blocked.  Returns its pid and pidfd,
 * for the caller to reap; setup may go then.  Errors: as execve(2), told by the child. */
pid_t child_spawn(const struct child_setup *setup, int *pidfd, struct err *e);

/* Starts `path` with exactly argv and env, stdin and stdout on /dev/null, stderr
 * captured, no other descriptor; beside (or NULL): in the pipe of that one, for children that
 * begin what they say with their name.  Path and argv must stay until the exec was done,
 * which is so on return.  Errors: as execve(2), told by the child. */
int child_start(struct child *c, const struct child *beside, const char *path,
                const char *const argv[], const char *const env[], struct err *e);

/* Waits for all n children until the deadline (milliseconds from now; -1: the caller has seen
 * that they ended).  When one fails (status not 0) or time is up, the others are killed; all are
 * reaped in any case.  The error has the name, the status and the last line of its stderr. */
int child_wait(struct child *v, size_t n, int deadline_ms, struct err *e);

/* Runs `path` to its end and takes what it writes to stdout, NUL terminated.  Errors: as
 * child_start() and child_wait(); EFBIG when there is more than size - 1. */
int child_run_output(const char *path, const char *const argv[], const char *const env[],
                     int deadline_ms, char *out, size_t size, struct err *e);

/* Kills and reaps a process of ours, and sets *pid to 0, which means none.  Never fails. */
void child_kill(pid_t *pid);

/* Kills and reaps what still runs.  For undo; never fails. */
void child_drop(struct child *c);

#endif
