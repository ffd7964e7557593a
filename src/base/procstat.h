/* base/procstat.h - what /proc/PID/stat says of a process (proc_pid_stat(5)). */
#ifndef RCRUN_BASE_PROCSTAT_H
#define RCRUN_BASE_PROCSTAT_H

#include <stdbool.h>
#include <stdint.h>

struct procstat {
    bool ended;          /* field 3: a zombie, or dead */
    int64_t parent;      /* field 4 */
    uint64_t start_time; /* field 22, clock ticks since boot */
};

/* dir and path as in openat(2); false when there is no such process, or the text is none. */
bool procstat_read(int dir, const char *path, struct procstat *out);

#endif
