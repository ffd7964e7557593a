/* os/process.h - processes by descriptor, and what a process keeps open. */
#ifndef RCRUN_OS_PROCESS_H
#define RCRUN_OS_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/* pidfd_open(2) of a child that was not waited for yet, so the number is not another's. */
int os_pidfd_open(pid_t pid, int *pidfd, struct err *e);

/* pidfd_send_signal(2).  A process that is gone is no error: that is what pidfds are for. */
int os_pidfd_signal(int pidfd, int sig, struct err *e);

/* Waits until a process has ended; false when it has not within ms. */
bool os_await_end(int pidfd, int ms);

/* The end of a server (-1 = none) that ends when the last of those whom it serves does: init is told
 * to, or is gone (-1).  What takes longer is killed, first the server: nobody ends who waits for an
 * answer of one that hangs. */
void os_end_server(int server, int init);
#define SERVER_MS 2000

/* Closes all descriptors from `first` on but those n. */
void os_close_except(int first, const int *keep, size_t n);

#endif
