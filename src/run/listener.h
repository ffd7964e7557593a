/* run/listener.h - who gets the notifications of a system call filter (runtime-spec, config-linux,
 * "The Container Process State"). */
#ifndef RCRUN_RUN_LISTENER_H
#define RCRUN_RUN_LISTENER_H

#include <stdint.h>

#include "base/err.h"

struct listener {
    const char *path;     /* absolute, of a unix stream socket */
    const char *metadata; /* NULL = none */
    const char *state;    /* of the container, as state_write_oci() has it */
    int64_t pid;          /* of the process that has the filter, in our pid namespace */
};

/* Connects, sends one message with the descriptor beside its first byte, and hangs up.  An error
 * when nobody is there, or reads none of it for 10 s. */
int listener_send(const struct listener *l, int fd, struct err *e);

#endif
