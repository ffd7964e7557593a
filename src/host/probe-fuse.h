/* host/probe-fuse.h - the program that serves a root directory where the kernel cannot. */
#ifndef RCRUN_HOST_PROBE_FUSE_H
#define RCRUN_HOST_PROBE_FUSE_H

#include "base/arena.h"
#include "host/facts.h"

/* facts.fuse, and kernel.overlay_refused when that decides.  Runs the program for its version.
 * Behind facts.upper. */
void fuse_probe(struct arena *a, const struct questions *q, struct facts *f);

/* "fuse-overlayfs: version 1.10" and what comes behind it. */
bool fuse_parse_version(const char *text, uint32_t *major, uint32_t *minor);

#endif
