/* reassemble.h - puts fragments together (TP-06).  Pure: bytes and a clock.
 *
 * Strict where hosts are lenient: pieces that overlap, go beyond the end or differ on it throw away the
 * whole datagram, and what its header says is true of the datagram that comes out. */
#ifndef RCRUN_NET_REASSEMBLE_H
#define RCRUN_NET_REASSEMBLE_H

#include <stdbool.h>

#include "frame.h"

#define REASSEMBLE_MAX 16
#define REASSEMBLE_MS 5000

/* One fragment. */
struct piece {
    const unsigned char *head; /* Ethernet and IP header, without the fragment header of IPv6 */
    size_t head_n;             /* 34 or 54 */
    uint32_t id;
    unsigned protocol;
    size_t offset;
    bool more;
    const unsigned char *data;
    size_t n;
};

enum piece_outcome { PIECE_HELD, PIECE_WHOLE, PIECE_REFUSED };

struct reassemble;

struct reassemble *reassemble_new(void);
void reassemble_free(struct reassemble *r);

/* WHOLE: *out is the datagram, in memory of r that is good until the next call.  *lost counts
 * datagrams that are given up, because of their age or for lack of room. */
enum piece_outcome reassemble(struct reassemble *r, const struct piece *p, int64_t now_ms,
                              struct frame *out, uint64_t *lost);

#endif
