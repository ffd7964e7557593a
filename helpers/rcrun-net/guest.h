/* guest.h - the tap: frames in batches, in both directions. */
#ifndef RCRUN_NET_GUEST_H
#define RCRUN_NET_GUEST_H

#include "events.h"
#include "frame.h"
#include "net.h"

struct guest;

/* Called for each frame from the container, its offload done; f is good until it returns. */
typedef void guest_frame(void *of, struct frame *f);

/* tap: borrowed, non-blocking, IFF_TAP | IFF_NO_PI and IFF_VNET_HDR where net->offload is set. */
int guest_open(struct guest **out, struct events *ev, const struct net *net,
               struct counters *counters, int tap, guest_frame *frame, void *of, struct err *e);
void guest_close(struct guest *g);

/* Sends a frame to the container; a checksum in it may be changed.  Where the tap is full, up to 64
 * frames wait; more are dropped and counted, never waited for. */
void guest_send(struct guest *g, const void *data, size_t n);

/* A copy of each frame of both directions, for pcap; NULL = none. */
void guest_tee(struct guest *g, void (*tee)(void *of, const void *frame, size_t n), void *of);

/* The tap is no more: nothing comes from it any longer. */
bool guest_gone(const struct guest *g);

#endif
