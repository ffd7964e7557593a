/* host/stateroot.h - where the state of containers is kept. */
#ifndef RCRUN_HOST_STATEROOT_H
#define RCRUN_HOST_STATEROOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/* The state root: the option (or $RCRUN_ROOT) and nothing else when there is one; else the
 * first usable of $XDG_RUNTIME_DIR/rcrun, /run/user/UID/rcrun, $HOME/.rcrun/run, and for the
 * real root /run/rcrun.  Usable: it is a directory of ours that no one else can write, or it is
 * missing and its parent is of that kind (root's, or sticky, for an option).  Never in /tmp by
 * itself: a name there can be taken by others.
 *
 * NULL: there is none, *why says why.  Else *why is NULL or says which variable was ignored.
 * Nothing is made. */
const char *state_root_find(struct arena *a, const char *root_option, const char **why);

/* The same for callers that know these already. */
const char *state_root_find_as(struct arena *a, const char *root_option, uint32_t euid,
                               bool in_child, const char **why);

/* Another root that is usual for this user, or for who called sudo(8), and has a container `id`;
 * NULL = none.  For hints. */
const char *state_root_other(struct arena *a, const char *root_option, const char *id);

/* Opens the root that was found, making it and the missing folders above it (0700 whatever the
 * umask; sticky, so that cleaners of $XDG_RUNTIME_DIR leave it alone).  All checks are made
 * again, on what was opened. */
int state_root_make(struct arena *a, const char *root, int *fd, struct err *e);

#endif
