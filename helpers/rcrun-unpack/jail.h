/* jail.h - the process that reads what anybody packed: its root is the directory that it writes to,
 * and it can do little else. */
#ifndef RCRUN_UNPACK_JAIL_H
#define RCRUN_UNPACK_JAIL_H

#include "ids.h"

/* The ids that there are: /proc is not there any more afterwards. */
int jail_look(struct arena *a, struct ids *uids, struct ids *gids, struct err *e);

/* Makes the current directory the root of a mount namespace of its own, without devices, programs and
 * set-user-ID; no network; the five capabilities over files, and the calls of jail-calls.def.
 * read_only: nothing will be written. */
int jail_enter(bool read_only, struct err *e);

#endif
