/* host/service.h - what a service manager hands over in the environment. */
#ifndef RCRUN_HOST_SERVICE_H
#define RCRUN_HOST_SERVICE_H

#include "base/arena.h"
#include "base/err.h"
#include "host/facts.h"

/* How many sockets LISTEN_FDS says are open from descriptor 3 on (sd_listen_fds(3)); 0 when they
 * are not for this process: LISTEN_PID names another.  Error: it is no number. */
int service_listen_fds(uint32_t *n, struct err *e);

/* The value of NOTIFY_SOCKET, NULL when it is empty or not set. */
const char *service_notify(void);

/* facts.service */
void service_probe(struct arena *a, struct facts *f);

#endif
