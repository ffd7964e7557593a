/* mint.h - makes sockets that belong to the container's network namespace (PF-01, PF-02, PF-11).
 *
 * A process of its own in the user and network namespace of the container, with next to no power.  It
 * answers "n sockets of a family" with n descriptors; what they are used for it does not learn.  It
 * ends when nobody holds the other end of its socket any more, or its parent dies. */
#ifndef RCRUN_NET_MINT_H
#define RCRUN_NET_MINT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

#define MINT_BATCH 32

/* A question and the head of the answer, which has n descriptors beside it: stream sockets, not
 * blocking, close-on-exec.  transparent: they may bind foreign addresses. */
struct mint_ask { int family; int n; int transparent; };

/* Forks the mint.  net, user: descriptors of the namespaces, user -1 = our own.  transparent: the
 * sockets may bind foreign addresses, and the routes that bring their replies back are set up; *kept
 * tells whether that worked, for each family that the container has.  *sock: the worker's end. */
int mint_start(int net, int user, bool transparent, pid_t *pid, int *sock, bool *kept, struct err *e);

#endif
