/* jail.h - takes from the worker all that packets do not need (SR-31). */
#ifndef RCRUN_NET_JAIL_H
#define RCRUN_NET_JAIL_H

#include <stdint.h>

#include "base/err.h"

struct jail {
    unsigned flows_max; /* what memory is for */
    uint64_t file_max;  /* longest file that it may write; 0 = none */
    struct filter_program *filter; /* between the stages */
};

/* First stage, before anything of the container was read: own session, user, mount, ipc and uts
 * namespace, an empty root, no capability, no new privileges, not dumpable, limits, and nobody's ids
 * in place of root's.  *lacks: what could not be had and can be done without, else NULL.  Not a pid
 * namespace: that would be for children, which the filter forbids. */
int jail_enter(struct jail *j, const char **lacks, struct err *e);

/* Second stage: Landlock where the kernel has it, and the filter of system calls.  From here on a call
 * that is not in jail-calls.def kills the process. */
int jail_close(struct jail *j, struct err *e);

#endif
