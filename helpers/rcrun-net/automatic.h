/* automatic.h - ports that are published while the container listens at them (NF-08). */
#ifndef RCRUN_NET_AUTOMATIC_H
#define RCRUN_NET_AUTOMATIC_H

#include "keeper-parts.h"

/* From now on it is looked at once a second: each TCP port from 1024 on, 64 at most, is published at the
 * same number on the loopback of the host. */
void automatic_start(struct keeper *k);

#endif
