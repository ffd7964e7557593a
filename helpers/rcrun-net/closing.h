/* closing.h - connections that both sides have closed, of which libslirp keeps those that the host closed
 * first for ten seconds, with a descriptor and a place among the flows.  Pure.
 *
 * That wait is for an acknowledgement that a network may lose; here is none.  So libslirp gets a reset from
 * the container, once it has acknowledged the last that the container has to say. */
#ifndef RCRUN_NET_CLOSING_H
#define RCRUN_NET_CLOSING_H

#include "segment.h"

#define CLOSINGS_HALF 1024 /* a power of two */
#define CLOSINGS_MAX 64

/* A connection that the host has closed. */
struct half_closed {
    uint64_t key;  /* of its addresses and ports as the container has them; 0 = none */
    uint32_t next; /* what an acknowledgement of all has */
};

struct closed {
    unsigned char reset[SEGMENT_EMPTY_MAX];
    size_t n;
};

struct closings {
    struct half_closed half[CLOSINGS_HALF]; /* by key; who has no place waits the ten seconds */
    struct closed v[CLOSINGS_MAX];
    unsigned n;
    const unsigned char *input; /* the frame that libslirp looks at now, when it closes such a one */
    size_t input_n;
};

/* Around each frame of the container that libslirp gets; its answer comes in between. */
void closing_input(struct closings *c, const void *frame, size_t n);
void closing_input_end(struct closings *c);

/* A frame of libslirp for the container. */
void closing_output(struct closings *c, const void *frame, size_t n);

/* The next reset, for when libslirp has nothing left to write to the host; false when there is none. */
bool closing_reset(struct closings *c, struct closed *out);

#endif
