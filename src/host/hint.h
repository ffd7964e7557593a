/* host/hint.h - after a failure: why, and what can be done. */
#ifndef RCRUN_HOST_HINT_H
#define RCRUN_HOST_HINT_H

#include "base/err.h"
#include "host/facts.h"
#include "host/gate.h"

/* What failed. */
struct hint_step {
    const char *name;      /* of the plan's step, NULL = none */
    const char *fstype;    /* what it mounted, or NULL */
    const char *root;      /* directory of the container on the host, or NULL */
    struct gate_bind bind; /* where it is a bind mount, or a change of one */
    struct texts layers;   /* where it is an overlay */
};

/* Looks on the host for the cause of an error and sets its hint, at most one, only when the
 * cause was confirmed, never over a hint that is there. */
void hint_find(const struct facts *f, struct err *e, const struct hint_step *s);

#endif
