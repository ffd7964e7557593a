/* os/process.h - processes by descriptor, and what a process keeps open. */
#ifndef RCRUN_OS_PROCESS_H
#define RCRUN_OS_PROCESS_H

#include <sys/types.h>

#include "base/err.h"

/* pidfd_open(2) of a child that was not waited for yet, so the number is not another's. */
int os_pidfd_open(pid_t pid, int *pidfd, struct err *e);

/* pidfd_send_signal(2).  A process that is gone is no error: that is what pidfds are for. */
int os_pidfd_signal(int pidfd, int sig, struct err *e);

/* Closes all descriptors from `first` on but those n. */
void os_close_except(int first, const int *keep, size_t n);

#endif
