/* TCP segments of a container and its peer, without checksums, for what only looks at them. */
#pragma once

#include "rcrun-net/segment.h"

enum { FIN = 1, SYN = 2, RST = 4, ACK = 16 };

static size_t segment(unsigned char *f, bool v6, bool from_guest, uint16_t port, uint32_t seq,
                      uint32_t ack, unsigned flags, uint16_t window, size_t data)
{
    size_t header = v6 ? 40 : 20, width = v6 ? 16 : 4;
    unsigned char *ip = f + FRAME_HEADER, *tcp = ip + header, *at = tcp - 2 * width;

    memset(f, 0, FRAME_HEADER + header + 20 + data);
    put16(f + 12, v6 ? 0x86dd : 0x0800);
    ip[0] = v6 ? 0x60 : 0x45;
    ip[v6 ? 6 : 9] = 6;
    put16(ip + (v6 ? 4 : 2), (uint16_t)(data + 20 + (v6 ? 0 : 20)));
    at[from_guest ? width - 1 : 2 * width - 1] = 100;
    at[from_guest ? 2 * width - 1 : width - 1] = 9;
    put16(tcp, from_guest ? port : 80);
    put16(tcp + 2, from_guest ? 80 : port);
    put32(tcp + 4, seq);
    put32(tcp + 8, ack);
    tcp[12] = 0x50;
    tcp[13] = (unsigned char)flags;
    put16(tcp + 14, window);
    return FRAME_HEADER + header + 20 + data;
}
