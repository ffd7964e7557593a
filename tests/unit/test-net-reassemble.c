#include "tap.h"
#include "unit/frames.h"
#include "rcrun-net/reassemble.h"
#include "rcrun-net/scrub.h"

static unsigned char bytes[FRAME_MAX], whole_bytes[FRAME_MAX + 8], reply_bytes[2000];
static struct frame whole = { .data = whole_bytes, .max = sizeof whole_bytes };
static struct frame f, reply = { .data = reply_bytes, .max = sizeof reply_bytes };
static struct net net;
static struct counters counters;
static struct scrub *s;
static int64_t now = 1000;
static unsigned char hops; /* of all pieces but the first, when set */

static void begin(void)
{
    scrub_free(s);
    net = frames_net();
    counters = (struct counters){ 0 };
    s = scrub_new(&net, &counters);
    now = 1000;
}

/* Sends n bytes at `offset` of the data of `whole` as a fragment. */
static enum verdict piece(unsigned id, size_t offset, size_t n, bool more)
{
    bool v6 = frames_is_v6(&whole);
    size_t head = v6 ? 54 : 34;
    unsigned char *ip = bytes + FRAME_HEADER;
    uint16_t sum;

    f = (struct frame){ .data = bytes, .n = head + (v6 ? 8 : 0) + n, .max = sizeof bytes };
    memcpy(bytes, whole.data, head);
    if (hops && offset)
        ip[v6 ? 7 : 8] = hops;
    if (v6) {
        put16(ip + 4, (uint16_t)(8 + n));
        bytes[54] = ip[6];
        bytes[55] = 0;
        ip[6] = IPPROTO_FRAGMENT;
        put16(bytes + 56, (uint16_t)(offset | more));
        put32(bytes + 58, id);
        head += 8;
    } else {
        put16(ip + 2, (uint16_t)(20 + n));
        put16(ip + 4, (uint16_t)id);
        put16(ip + 6, (uint16_t)((more ? 0x2000 : 0) | offset / 8));
        put16(ip + 10, 0);
        sum = sum_fold(sum_add(0, ip, 20));
        memcpy(ip + 10, &sum, sizeof sum);
    }
    memcpy(bytes + head, frames_data(&whole) + offset, n);
    return scrub_in(s, &f, &reply, now);
}

static bool is_whole(unsigned id)
{
    if (!frames_is_v6(&whole)) { /* the only field that stays */
        put16(whole.data + 18, (uint16_t)id);
        put16(whole.data + 24, 0);
        uint16_t sum = sum_fold(sum_add(0, whole.data + 14, 20));
        memcpy(whole.data + 24, &sum, sizeof sum);
    }
    return f.n == whole.n && memcmp(f.data, whole.data, f.n) == 0 && frames_is_right(&f);
}

static const char *const there[] = { "192.0.2.1", "2001:db8::1" };

TEST(every_order_of_four_pieces)
{
    for (int v = 0; v < 2; v++) {
        begin();
        for (int order = 0; order < 256; order++) {
            int at[4] = { order & 3, order >> 2 & 3, order >> 4 & 3, order >> 6 };
            unsigned seen = 1u << at[0] | 1u << at[1] | 1u << at[2] | 1u << at[3];

            if (seen != 15)
                continue;
            frames_udp(&whole, there[v], 9, 4000);
            for (int i = 0; i < 4; i++) {
                enum verdict got = piece(7, 1000u * (unsigned)at[i], at[i] == 3 ? 1008 : 1000,
                                         at[i] != 3);

                EQ_INT(got, i < 3 ? SCRUB_HELD : SCRUB_PASS);
            }
            OK(is_whole(7));
        }
        EQ_INT(counters.v[COUNT_reassembled], 24);
        EQ_INT(counters.v[COUNT_drop_fragment], 0);
    }
}

TEST(as_long_as_a_datagram_can_be)
{
    for (int v = 0; v < 2; v++) {
        size_t most = v ? 65527 : 65507, n;
        enum verdict got = SCRUB_HELD;

        begin();
        frames_udp(&whole, there[v], 9, most);
        n = most + 8;
        for (size_t at = 0; at < n; at += 1448)
            got = piece(1, at, n - at > 1448 ? 1448 : n - at, n - at > 1448);
        EQ_INT(got, SCRUB_PASS);
        OK(is_whole(1));
        /* One more byte is too many. */
        EQ_INT(piece(2, v ? 65528 : 65512, v ? 7 : 3, false), SCRUB_HELD);
        EQ_INT(piece(3, v ? 65528 : 65512, v ? 8 : 4, false), SCRUB_DROP);
    }
}

/* The datagram comes in pieces of 1000 bytes, and one more: what is lost, is lost whole. */
static void spoiled_by(int v, size_t offset, size_t n, bool more)
{
    begin();
    frames_udp(&whole, there[v], 9, 2992);
    EQ_INT(piece(1, 0, 1000, true), SCRUB_HELD);
    EQ_INT(piece(1, 2000, 1000, false), SCRUB_HELD);
    EQ_INT(piece(1, offset, n, more), SCRUB_DROP);
    EQ_INT(piece(1, 1000, 1000, true), SCRUB_HELD); /* nothing is left of the first two */
    EQ_INT(counters.v[COUNT_drop_fragment], 1);
    begin();
    EQ_INT(piece(1, 0, 1000, true), SCRUB_HELD);
    EQ_INT(piece(1, 2000, 1000, false), SCRUB_HELD);
    EQ_INT(piece(1, 1000, 1000, true), SCRUB_PASS);
}

TEST(overlaps_throw_all_away)
{
    for (int v = 0; v < 2; v++) {
        spoiled_by(v, 0, 1000, true);
        spoiled_by(v, 992, 16, true);
        spoiled_by(v, 1000, 1008, true);
        spoiled_by(v, 2000, 1000, false);
        spoiled_by(v, 2400, 8, true);
    }
}

TEST(ends_that_differ_throw_all_away)
{
    for (int v = 0; v < 2; v++) {
        spoiled_by(v, 3000, 8, true);
        spoiled_by(v, 3200, 8, false);
        spoiled_by(v, 1000, 8, false);
    }
    begin();
    frames_udp(&whole, there[0], 9, 2992);
    EQ_INT(piece(1, 2000, 1000, true), SCRUB_HELD);
    EQ_INT(piece(1, 1000, 500, false), SCRUB_DROP);
    EQ_INT(counters.v[COUNT_drop_fragment], 1);
}

TEST(a_piece_alone_may_be_wrong)
{
    for (int v = 0; v < 2; v++) {
        begin();
        frames_udp(&whole, there[v], 9, 2000);
        EQ_INT(piece(1, 8, 0, true), SCRUB_DROP);
        EQ_INT(piece(1, 8, 0, false), SCRUB_DROP);
        EQ_INT(piece(1, 8, 15, true), SCRUB_DROP);
        frames_tcp(&whole, there[v], 80, SYN, "\1\1\1\1", 4, 100);
        EQ_INT(piece(1, 0, 8, true), SCRUB_DROP);
        EQ_INT(piece(1, 0, 16, true), SCRUB_DROP);
        frames_tcp(&whole, there[v], 80, SYN, "\1\1\1\1\1\1\1\1\1\1\1\1", 12, 100);
        EQ_INT(piece(1, 0, 24, true), SCRUB_DROP);
        EQ_INT(counters.v[COUNT_drop_fragment], 6);
        EQ_INT(piece(1, 0, 32, true), SCRUB_HELD);
        EQ_INT(piece(1, 32, 100, false), SCRUB_PASS);
        OK(is_whole(1));
    }
}

TEST(waits_five_seconds)
{
    begin();
    frames_udp(&whole, there[0], 9, 1992);
    EQ_INT(piece(1, 0, 1000, true), SCRUB_HELD);
    now += 4999;
    EQ_INT(piece(1, 1000, 1000, false), SCRUB_PASS);
    EQ_INT(piece(1, 0, 1000, true), SCRUB_HELD);
    now += 5000;
    EQ_INT(piece(1, 1000, 1000, false), SCRUB_HELD);
    EQ_INT(counters.v[COUNT_drop_fragment], 1);
}

TEST(sixteen_at_a_time)
{
    begin();
    frames_udp(&whole, there[0], 9, 1992);
    for (unsigned id = 0; id < 17; id++, now++)
        EQ_INT(piece(id, 0, 1000, true), SCRUB_HELD);
    EQ_INT(counters.v[COUNT_drop_fragment], 1);
    for (unsigned id = 1; id < 17; id++)
        EQ_INT(piece(id, 1000, 1000, false), SCRUB_PASS);
    EQ_INT(piece(0, 1000, 1000, false), SCRUB_HELD); /* that was the oldest */
}

TEST(pieces_of_different_datagrams_stay_apart)
{
    begin();
    frames_udp(&whole, there[0], 9, 1992);
    EQ_INT(piece(1, 0, 1000, true), SCRUB_HELD);
    EQ_INT(piece(2, 1000, 1000, false), SCRUB_HELD);
    frames_udp(&whole, "192.0.2.2", 9, 1992);
    EQ_INT(piece(1, 1000, 1000, false), SCRUB_HELD);
    frames_tcp(&whole, there[0], 80, SYN, "", 0, 1980);
    EQ_INT(piece(1, 1000, 1000, false), SCRUB_HELD);
    frames_udp(&whole, there[1], 9, 1992);
    EQ_INT(piece(1, 1000, 1000, false), SCRUB_HELD);
    frames_udp(&whole, there[0], 9, 1992);
    EQ_INT(piece(1, 1000, 1000, false), SCRUB_PASS);
}

TEST(what_comes_out_is_scrubbed_like_all)
{
    static const char *const to[] = { "127.0.0.1", "10.0.2.9", "::1", "ff02::1", "240.0.0.1" };

    begin();
    for (size_t i = 0; i < 5; i++) {
        bool many = i == 3;

        frames_udp(&whole, to[i], 9, 1992);
        EQ_INT(piece(1, 0, 1000, true), many ? SCRUB_DROP : SCRUB_REPLY);
        OK(many || (frames_is_right(&reply) && frames_data(&reply)[0] == (frames_is_v6(&f) ? 1 : 3)));
        EQ_INT(piece(1, 1000, 1000, false), SCRUB_DROP);
        frames_tcp(&whole, to[i], 80, SYN, "", 0, 1980);
        EQ_INT(piece(2, 0, 1000, true), SCRUB_DROP);
    }
    /* A length that is not that of the datagram */
    frames_udp(&whole, there[0], 9, 1992);
    put16(frames_data(&whole) + 4, 1999);
    EQ_INT(piece(1, 0, 1000, true), SCRUB_HELD);
    EQ_INT(piece(1, 1000, 1000, false), SCRUB_DROP);
    EQ_INT(counters.v[COUNT_drop_header], 1);
    frames_udp(&whole, "10.0.2.3", 53, 1992);
    EQ_INT(piece(1, 0, 1000, true), SCRUB_HELD);
    EQ_INT(piece(1, 1000, 1000, false), SCRUB_DNS);
    OK(is_whole(1));
}

TEST(neighbours_do_not_speak_in_pieces)
{
    unsigned char *icmp;

    begin();
    icmp = frames_head(&whole, "fd00:2::100", "fd00:2::2", IPPROTO_ICMPV6, 24);
    icmp[0] = 135;
    frames_finish(&whole, 2);
    EQ_INT(piece(1, 0, 24, false), SCRUB_DROP);
    EQ_INT(counters.v[COUNT_drop_icmp], 1);
    f = whole;
    EQ_INT(scrub_in(s, &f, &reply, now), SCRUB_PASS);
}

TEST(the_header_is_that_of_the_first_piece)
{
    for (int v = 0; v < 2; v++) {
        begin();
        hops = 5;
        frames_udp(&whole, there[v], 9, 1992);
        EQ_INT(piece(1, 1000, 1000, false), SCRUB_HELD);
        EQ_INT(piece(1, 0, 1000, true), SCRUB_PASS);
        OK(is_whole(1));
    }
    hops = 0;
}

TEST(a_fragment_that_is_all_loses_its_header)
{
    begin();
    frames_udp(&whole, there[1], 9, 100);
    EQ_INT(piece(1, 0, 108, false), SCRUB_PASS);
    OK(is_whole(1));
}

TEST(fragments_can_be_refused)
{
    for (int v = 0; v < 2; v++) {
        begin();
        net.drop_fragments = true;
        frames_udp(&whole, there[v], 9, 1992);
        EQ_INT(piece(1, 0, 1000, true), SCRUB_DROP);
        EQ_INT(piece(1, 1000, 1000, false), SCRUB_DROP);
        EQ_INT(counters.v[COUNT_drop_fragment], 2);
    }
}
