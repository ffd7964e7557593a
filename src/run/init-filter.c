/* run/init-filter.c - the system call filter takes effect.
 * Runs in:  init; deliver() in a thread of it that the filter does not hold.    Power: init's. */
#include <unistd.h>

#include "base/stack.h"
#include "os/seccomp.h"
#include "run/wire.h"

/* Gives the listener to whom init talks to, and waits until somebody has it. */
static OTHER_STACK void deliver(void *arg, int listener)
{
    struct run *r = arg;
    const struct letter l = { .msg = MSG_LISTENER };
    struct letter answer = { 0 };
    struct err e = { 0 };
    int none = -1;

    if (wire_tell(r, PARENT, &l, listener, &e) == 0 &&
        wire_await(r, PARENT, MSG_DELIVERED, &answer, &none, &e) == 0)
        return;
    /* The other side ended, with an error of its own to tell; or has not ended, and wants ours. */
    wire_fail(r, &e);
    _exit(1);
}

DO(load_filter)
{
    (void)s;
    if (u->listener)
        return os_load_filter_listener(r->filter, (uint32_t)u->flags, deliver, r, e);
    return os_load_filter(r->filter, (uint32_t)u->flags, e);
}
