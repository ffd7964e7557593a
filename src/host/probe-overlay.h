/* host/probe-overlay.h - where the upper layer of an overlay can be. */
#ifndef RCRUN_HOST_PROBE_OVERLAY_H
#define RCRUN_HOST_PROBE_OVERLAY_H

#include "base/arena.h"
#include "host/facts.h"

/* facts.upper, after state_root. */
void overlay_probe(struct arena *a, const struct questions *q, struct facts *f);

#endif
