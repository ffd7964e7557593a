/* host/hint.h - after a failure: why, and what can be done. */
#ifndef RCRUN_HOST_HINT_H
#define RCRUN_HOST_HINT_H

#include "base/err.h"
#include "host/facts.h"

/* Looks on the host for the cause of an error and sets its hint, at most one, only when the
 * cause was confirmed, never over a hint that is there.  step: name of the plan's step that
 * failed, NULL = none; fstype: what it mounted, or NULL. */
void hint_find(const struct facts *f, struct err *e, const char *step, const char *fstype);

#endif
