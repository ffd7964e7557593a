/* offload.h - the virtio-net header of each frame on the tap (virtio 1.2, 5.1.6).  Pure. */
#ifndef RCRUN_NET_OFFLOAD_H
#define RCRUN_NET_OFFLOAD_H

#include <linux/virtio_net.h>
#include <stdbool.h>

#include "frame.h"

/* Of a frame from the container, which wrote the header too: looks at all of it and completes the
 * checksum that its kernel left to us.  False: the frame must be dropped. */
bool offload_in(const struct virtio_net_hdr *h, struct frame *f);

/* For a frame to the container, whose checksums are right: a TCP segment that is too long for `mtu`
 * is described so that its kernel may cut it, and its checksum made that of the pseudo header. */
void offload_out(struct frame *f, unsigned mtu, struct virtio_net_hdr *h);

#endif
