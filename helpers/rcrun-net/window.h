/* window.h - tells the container that it may send again.  Pure.
 *
 * When the host takes bytes more slowly than the container sends them, libslirp closes the window of
 * the connection.  That it is open again it tells only when it has become larger by two segments, or
 * by half of its buffer; where segments are 64 KiB that is more than a window has.  The container
 * then waits for its own timer, 200 ms, and asks by a segment without data.  So that segment is put
 * to libslirp here, as soon as a socket of the host has taken bytes again. */
#ifndef RCRUN_NET_WINDOW_H
#define RCRUN_NET_WINDOW_H

#include <stdbool.h>

#include "segment.h"

#define WINDOWS_MAX 32

struct window {
    unsigned char probe[SEGMENT_EMPTY_MAX];
    size_t n;
    unsigned tries;
};

struct windows {
    struct window v[WINDOWS_MAX]; /* connections whose window is small; further ones wait longer */
    unsigned n;
    unsigned next;              /* whose turn it is */
    const unsigned char *input; /* the frame that libslirp looks at now, NULL = none */
    size_t input_n;
};

/* Around each frame of the container that libslirp gets; its answer to a segment comes in between.
 */
void window_input(struct windows *s, const void *frame, size_t n);
void window_input_end(struct windows *s);

/* A frame of libslirp for the container. */
void window_output(struct windows *s, const void *frame, size_t n);

/* The next segment to put to libslirp, a copy; false when there is none. */
bool window_probe(struct windows *s, struct window *out);

#endif
