/* jail.h - takes from the worker all that packets do not need (SR-31). */
#ifndef RCRUN_NET_JAIL_H
#define RCRUN_NET_JAIL_H

#include "base/err.h"

/* First stage, before anything of the container was read: own user, mount, ipc, uts (and where it can
 * be, pid) namespace, an empty root, no capability, no new privileges, not dumpable, limits. */
int jail_enter(unsigned flows_max, struct err *e);

/* Second stage: Landlock where the kernel has it, and the filter of system calls.  From here on a call
 * that is not in jail-calls.def kills the process. */
int jail_close(struct err *e);

#endif
