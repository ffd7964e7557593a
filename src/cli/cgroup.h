/* cli/cgroup.h - commands that work on the cgroup of a container.
 *
 * No container has one yet: what such a command is asked is checked, and then it says so. */
#ifndef RCRUN_CLI_CGROUP_H
#define RCRUN_CLI_CGROUP_H

#include "cli/container.h"

/* Opens and locks a container whose first process lives; another one is not running. */
int cgroup_open(struct call *c, struct container *x, struct err *e);

/* "it has no cgroup of its own": the caller says in front what cannot be done.  Returns -1. */
int cgroup_missing(struct err *e);

#endif
