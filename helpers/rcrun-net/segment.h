/* segment.h - a TCP segment in a frame whose shape the scrubber or libslirp answers for.  Pure. */
#ifndef RCRUN_NET_SEGMENT_H
#define RCRUN_NET_SEGMENT_H

#include <stdbool.h>

#include "frame.h"

enum { TCP_HEADER = 20 };

/* Ethernet, IPv6 and TCP without options. */
#define SEGMENT_EMPTY_MAX (FRAME_HEADER + 40 + TCP_HEADER)

/* Where its parts are. */
struct segment {
    const unsigned char *ip, *tcp;
    size_t addresses; /* bytes of one */
    size_t n;         /* from the TCP header on */
};

bool segment_read(const unsigned char *frame, size_t n, struct segment *s);

/* Is `back` of the same connection, in the other direction; in the same? */
bool segment_answers(const struct segment *s, const struct segment *back);
bool segment_same(const struct segment *s, const struct segment *other);

/* The sequence number behind it. */
uint32_t segment_end(const struct segment *s);

/* One of the same connection with nothing in it; returns its length. */
size_t segment_empty(const struct segment *like, uint32_t sequence, unsigned flags,
                     unsigned char out[SEGMENT_EMPTY_MAX]);

#endif
