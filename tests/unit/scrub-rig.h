/* scrub-rig.h - a scrubber and frames to put through it, for the tests of scrub.h. */
#ifndef RCRUN_TESTS_SCRUB_RIG_H
#define RCRUN_TESTS_SCRUB_RIG_H

#include "rcrun-net/scrub.h"

#include "tap.h"
#include "unit/frames.h"

static unsigned char bytes[FRAME_MAX], reply_bytes[FRAME_MAX];
static struct frame f = { .data = bytes, .max = sizeof bytes };
static struct frame reply = { .data = reply_bytes, .max = sizeof reply_bytes };
static struct net net;
static struct counters counters;
static struct scrub *s;
static int64_t now = 1000;

static void begin(void)
{
    scrub_free(s);
    net = frames_net();
    counters = (struct counters){ 0 };
    s = scrub_new(&net, &counters);
    now = 1000;
}

static enum verdict in(void)
{
    reply.n = 0;
    return scrub_in(s, &f, &reply, now);
}

static enum verdict syn(const char *to, uint16_t port)
{
    frames_tcp(&f, to, port, SYN, "\2\4\5\xb4", 4, 0);
    return in();
}

static enum verdict udp(const char *to, uint16_t port)
{
    frames_udp(&f, to, port, 20);
    return in();
}

static enum verdict echo(const char *to)
{
    frames_echo(&f, to);
    return in();
}

/* The reply goes back, whole and with right checksums, and says this. */
static bool is_reset(void)
{
    return reply.n && frames_is_right(&reply) && frames_protocol(&reply) == IPPROTO_TCP &&
           (frames_data(&reply)[13] & RST) && memcmp(reply.data, bytes + 6, 6) == 0 &&
           memcmp(frames_data(&reply), frames_data(&f) + 2, 2) == 0;
}

static const char *const there[] = { "192.0.2.1", "2001:db8::1" };

#endif
