/* host/members.h - which processes belong to a container, as procfs tells. */
#ifndef RCRUN_HOST_MEMBERS_H
#define RCRUN_HOST_MEMBERS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/types.h"

struct members {
    int64_t *v; /* pids, ascending; zombies are none */
    size_t n;
    const char *lack; /* why one that has left its parents may be missing, or NULL: none is */
};

/* Looks for them.  init: its first process; the caller holds a pidfd of it and sees afterwards
 * that it still lives, so that the number was not another's.  made: the namespaces (NS_*) that
 * were made for this container alone.
 *
 * A member is who is in the pid namespace that was made for it, and whoever descends from a
 * member: the descendants alone would lack what exec has started from outside, and the namespace
 * alone lacks those in namespaces below it, and those that may not be looked at.  Without such a
 * pid namespace it is the mount namespace; but that one can be left, and then the parents, too. */
int members_find(struct arena *a, int64_t init, uint32_t made, struct members *out, struct err *e);

#endif
