/* cli/processes.h - the processes of a container that runs. */
#ifndef RCRUN_CLI_PROCESSES_H
#define RCRUN_CLI_PROCESSES_H

#include "cli/container.h"
#include "host/members.h"

/* Those that it has now, its first process among them.  "container not running" when that has
 * ended, be it meanwhile. */
int processes_find(struct call *c, struct container *x, struct members *out, struct err *e);
bool processes_have(const struct members *m, int64_t pid);

/* Sends a signal to all of them, the first process last; SIGKILL until no other is left.  One
 * that ends meanwhile is no error. */
int processes_signal(struct call *c, struct container *x, int sig, struct err *e);

#endif
