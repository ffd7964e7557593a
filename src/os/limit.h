/* os/limit.h - limits, scheduling and the like of a process. */
#ifndef RCRUN_OS_LIMIT_H
#define RCRUN_OS_LIMIT_H

#include <sys/types.h>

#include "base/err.h"
#include "base/types.h"

/* prlimit(2); pid 0 = this process. `resource` is the RLIMIT_* number. */
int os_set_rlimit(pid_t pid, int resource, uint64_t soft, uint64_t hard, struct err *e);

/* sched_setattr(2): policy SCHED_*, flags SCHED_FLAG_*, times in ns. */
struct sched_values {
    uint32_t policy;
    int32_t nice;
    uint32_t priority;
    uint64_t flags;
    uint64_t runtime, deadline, period;
};
int os_set_scheduler(const struct sched_values *v, struct err *e);

/* ioprio_set(2) for the process group: class 1 RT, 2 BE, 3 IDLE; level 0..7. */
int os_set_io_priority(int class_, int level, struct err *e);

int os_set_personality(unsigned long domain, struct err *e);

/* set_mempolicy(2): mode MPOL_*, flags MPOL_F_*, nodes as a list "0-3,7" or NULL. */
int os_set_memory_policy(int mode, unsigned flags, const char *nodes, struct err *e);

/* All processors that the kernel allows, whatever the caller was pinned to. */
int os_reset_affinity(struct err *e);
/* sched_setaffinity(2): processors as a list "0-3,7"; those that are not there are left out, none
 * of them is EINVAL. */
int os_set_affinity(const char *cpus, struct err *e);

#endif
