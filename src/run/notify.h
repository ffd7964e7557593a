/* run/notify.h - readiness of the program, from a socket of the container to the one that
 * NOTIFY_SOCKET names (sd_notify(3)).
 *
 * The service manager listens to processes of the service alone, and to paths of the host, so
 * neither the program nor its socket would do.  What comes from the container is not to be
 * trusted: of all that it says, READY=1 goes on, once, in our words; descriptors are dropped. */
#ifndef RCRUN_RUN_NOTIFY_H
#define RCRUN_RUN_NOTIFY_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/* Reads what is there, without waiting; true when the program said that it is ready. */
bool notify_take(int sock);

/* Tells the manager: ready, and this is the main process.  barrier: waits until it has read that,
 * at most 30 s, for somebody who is going to end.  A failure is a warning, since the container
 * runs. */
void notify_pass(const char *manager, pid_t main_pid, bool barrier);

/* Waits until the program is ready and tells the manager, or until its process ends. */
void notify_wait(int sock, const char *manager, pid_t pid, int pidfd);

#endif
