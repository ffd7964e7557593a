#include "rcrun-net/frame.h"

#include "tap.h"

/* RFC 1071 as it is told: byte pairs in network order. */
static uint16_t slow(const unsigned char *p, size_t n)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < n; i += 2)
        sum += (uint32_t)(p[i] << 8) + (i + 1 < n ? p[i + 1] : 0u);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static uint16_t told(uint64_t sum)
{
    unsigned char bytes[2];
    uint16_t folded = sum_fold(sum);

    memcpy(bytes, &folded, sizeof bytes);
    return get16(bytes);
}

static unsigned char bytes[70000];

static void fill(unsigned seed)
{
    for (size_t i = 0; i < sizeof bytes; i++) {
        seed = seed * 1103515245u + 12345u;
        bytes[i] = (unsigned char)(seed >> 16);
    }
}

TEST(sums_as_the_rfc_says_for_every_length_and_alignment)
{
    fill(1);
    for (size_t n = 0; n < 200; n++)
        for (size_t at = 0; at < 8; at++)
            EQ_INT(told(sum_add(0, bytes + at, n)), slow(bytes + at, n));
    EQ_INT(told(sum_add(0, bytes + 1, 65535)), slow(bytes + 1, 65535));
}

TEST(carries_are_not_lost)
{
    memset(bytes, 0xff, sizeof bytes);
    for (size_t n = 0; n < 100; n++)
        EQ_INT(told(sum_add(0, bytes, n)), slow(bytes, n));
    EQ_INT(told(sum_add(0, bytes, 65534)), slow(bytes, 65534));
    EQ_INT(told(sum_add(UINT64_MAX, bytes, 2)), 0);
    EQ_INT(sum_fold(0xffffffff00010000u), 0xfffe); /* has three carries */
}

TEST(sums_go_on)
{
    fill(2);
    EQ_INT(told(sum_add(sum_add(0, bytes, 10), bytes + 10, 91)), slow(bytes, 101));
}

TEST(a_pseudo_header_is_addresses_protocol_and_length)
{
    static const unsigned char v4[20] = { 0x45, [12] = 10, 0, 2, 100, 192, 0, 2, 1 };
    static const unsigned char flat[12] = { 10, 0, 2, 100, 192, 0, 2, 1, 0, 17, 0x12, 0x34 };
    unsigned char v6[40] = { 0x60 }, flat6[40] = { 0 };

    EQ_INT(told(sum_pseudo(v4, 17, 0x1234)), slow(flat, sizeof flat));
    fill(3);
    memcpy(v6 + 8, bytes, 32);
    memcpy(flat6, bytes, 32);
    put32(flat6 + 32, 70000);
    flat6[39] = 6;
    EQ_INT(told(sum_pseudo(v6, 6, 70000)), slow(flat6, sizeof flat6));
}

TEST(a_change_keeps_the_checksum)
{
    for (unsigned seed = 0; seed < 2000; seed++) {
        unsigned char old[16];
        uint16_t sum = 0;

        fill(seed);
        memset(bytes + 16, 0, 2);
        sum = sum_fold(sum_add(0, bytes, 60));
        memcpy(bytes + 16, &sum, sizeof sum);
        memcpy(old, bytes + 20, 16);
        sum_change(bytes + 16, old, bytes + 100, 16);
        memcpy(bytes + 20, bytes + 100, 16);
        EQ_INT(slow(bytes, 60), 0);
        sum_rewrite(bytes, 41 + seed % 4, "\x12\x34\x56\x78", seed % 5, bytes + 16);
        EQ_INT(slow(bytes, 60), 0);
        EQ_INT(memcmp(bytes + 41 + seed % 4, "\x12\x34\x56\x78", seed % 5), 0);
    }
}

TEST(a_wrong_checksum_stays_wrong)
{
    uint16_t sum;

    fill(4);
    memset(bytes + 16, 0, 2);
    sum = sum_fold(sum_add(0, bytes, 60));
    memcpy(bytes + 16, &sum, sizeof sum);
    bytes[50] ^= 1;
    sum_rewrite(bytes, 30, "\x12\x34", 2, bytes + 16);
    NE_INT(slow(bytes, 60), 0);
}
