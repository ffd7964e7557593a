/* frame.h - Ethernet frames as bytes.  Pure.
 *
 * Nothing in a frame is aligned and everything was written by an enemy: fields are read with get16()
 * and get32(), never through a struct, and only after the length was looked at. */
#ifndef RCRUN_NET_FRAME_H
#define RCRUN_NET_FRAME_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Ethernet header, IPv6 header, and as much behind it as that can tell. */
#define FRAME_MAX (14 + 40 + 65535)
#define FRAME_HEADER 14
#define ETHERTYPE_V4 0x0800
#define ETHERTYPE_ARP 0x0806
#define ETHERTYPE_V6 0x86dd

enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_ACK = 16, TCP_URG = 32 };

/* A frame in a buffer of the caller; data begins with the Ethernet header. */
struct frame {
    unsigned char *data;
    size_t n;
    size_t max;
};

/* Network order. */
static inline uint16_t get16(const unsigned char *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t get32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void put16(unsigned char *p, uint16_t value)
{
    p[0] = (unsigned char)(value >> 8);
    p[1] = (unsigned char)value;
}

static inline void put32(unsigned char *p, uint32_t value)
{
    put16(p, (uint16_t)(value >> 16));
    put16(p + 2, (uint16_t)value);
}

/* The sum of RFC 1071, not folded; goes on from `sum`.  Only the last piece may have an odd length.
 * Native byte order: fold it with sum_fold and store the two bytes with memcpy. */
uint64_t sum_add(uint64_t sum, const void *data, size_t n);
/* The finished Internet checksum in the order of memory. */
uint16_t sum_fold(uint64_t sum);

/* The sum of the pseudo header of IPv4 or IPv6 for the packet at `ip`. */
uint64_t sum_pseudo(const unsigned char *ip, unsigned protocol, size_t length);

/* Keeps the checksum at `check` right (or as wrong as it was) where n bytes under it change: RFC 1624.
 * They begin at an even offset of what is summed, and n is even. */
void sum_change(unsigned char *check, const void *old, const void *new, size_t n);

/* The same, and makes the change, of at most 4 bytes at any offset of a header. */
void sum_rewrite(unsigned char *header, size_t at, const void *with, size_t n,
                 unsigned char *check);

#endif
