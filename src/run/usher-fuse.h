/* run/usher-fuse.h - the process that hands on what the server of a root directory mounted. */
#ifndef RCRUN_RUN_USHER_FUSE_H
#define RCRUN_RUN_USHER_FUSE_H

#include "base/err.h"

/* By the server, in its own place, before it executes a program that mounts itself: starts a process
 * that waits until a FUSE is on `place`, and sends it over `wire`. */
int fuse_usher(int wire, const char *place, struct err *e);

#endif
