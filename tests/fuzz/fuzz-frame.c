/* What a container may write to its tap, and what libslirp may answer.  The first byte chooses the
 * options of the network; then come records: kind, two bytes of length, that many bytes.
 * What must hold for any of them is that a frame that passes is plain, whole, and leads nowhere it
 * should not; that its checksum is as right as it was; and that it passes a second time unchanged. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rcrun-net/offload.h"
#include "rcrun-net/scrub.h"
#include "unit/frames.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum kind { KIND_IN, KIND_OFFLOAD, KIND_OUT, KIND_TIME, KINDS };

static struct net net;
static bool was_heard; /* something came for the container */
static struct counters counters;
static struct net_rule rules[3];
static unsigned char reply_bytes[FRAME_MAX];

static _Noreturn void failed(int line, const char *cond)
{
    fprintf(stderr, "fuzz-frame.c:%d: %s\n", line, cond);
    abort();
}

#define MUST(cond) do { if (!(cond)) failed(__LINE__, #cond); } while (0)

static void options(unsigned bits)
{
    net = frames_net();
    net.v6.on = !(bits & 1);
    net.drop_fragments = bits & 2;
    net.internal = bits & 4;
    net.host_loopback = bits & 8;
    net.offload = bits & 16;
    net.flows_max = 65536;
    net.flows_per_second = 1000000;
    rules[0] = (struct net_rule){ .to = { frames_ip("192.0.2.0"), 24 }, .first_port = 80,
                                  .last_port = 90, .allow = true };
    rules[1] = (struct net_rule){ .to = { frames_ip("192.0.2.0"), 24 }, .last_port = 65535 };
    rules[2] = (struct net_rule){ .to = { frames_ip("2001:db8::"), 32 }, .last_port = 65535 };
    if (bits & 32)
        net.rules = (struct net_rules){ rules, 3 };
}

static const unsigned char resolver[2][16] = { { 127, 0, 0, 53 }, { [15] = 0x53 } };
static const unsigned char loopback[2][16] = { { 127, 0, 0, 1 }, { [15] = 1 } };

/* The host's loopback is where its resolver may be, and who used a published port. */
static bool is_led(const struct frame *f)
{
    bool v6 = frames_is_v6(f);
    const unsigned char *to = f->data + 14 + (v6 ? 24 : 16);

    return (frames_protocol(f) == IPPROTO_TCP && memcmp(to, resolver[v6], v6 ? 16 : 4) == 0) ||
           (frames_protocol(f) == IPPROTO_UDP && was_heard &&
            memcmp(to, loopback[v6], v6 ? 16 : 4) == 0);
}

static void check_v4(const struct frame *f)
{
    const unsigned char *ip = f->data + 14;

    MUST(f->n >= 34 && ip[0] == 0x45 && get16(ip + 2) == f->n - 14);
    MUST((get16(ip + 6) & 0xbfff) == 0);
    MUST(memcmp(ip + 12, net.v4.guest.bytes, 4) == 0);
    MUST((ip[16] != 0 && ip[16] != 127 && ip[16] < 224) || is_led(f));
    MUST(ip[9] == IPPROTO_TCP || ip[9] == IPPROTO_UDP || ip[9] == IPPROTO_ICMP);
}

static void check_v6(const struct frame *f)
{
    const unsigned char *ip = f->data + 14;
    static const unsigned char zero[10];

    MUST(net.v6.on && f->n >= 54 && ip[0] >> 4 == 6 && get16(ip + 4) == f->n - 54);
    MUST(ip[6] == IPPROTO_TCP || ip[6] == IPPROTO_UDP || ip[6] == IPPROTO_ICMPV6);
    MUST(ip[6] == IPPROTO_ICMPV6 || memcmp(ip + 8, net.v6.guest.bytes, 16) == 0);
    MUST(ip[6] == IPPROTO_ICMPV6 ||
         (ip[24] != 0xff && (ip[24] != 0xfe || (ip[25] & 0xc0) != 0x80)));
    MUST(memcmp(ip + 24, zero, 10) != 0 || is_led(f));
}

static void check_passed(const struct frame *f)
{
    const unsigned char *data;
    unsigned protocol;

    MUST(f->n <= FRAME_MAX);
    if (get16(f->data + 12) == ETHERTYPE_ARP) {
        MUST(f->n == 42);
        return;
    }
    if (frames_is_v6(f)) {
        check_v6(f);
    } else {
        MUST(get16(f->data + 12) == ETHERTYPE_V4);
        check_v4(f);
    }
    data = frames_data(f);
    protocol = frames_protocol(f);
    if (protocol == IPPROTO_TCP) {
        MUST(frames_data_n(f) >= 20 && !(data[13] & URG) && get16(data + 18) == 0);
        MUST(data[12] >> 4 >= 5 && 4u * (data[12] >> 4) <= frames_data_n(f));
        MUST(!net.internal || (data[13] & (SYN | ACK)) != SYN);
    } else if (protocol == IPPROTO_UDP) {
        MUST(get16(data + 4) == frames_data_n(f));
    }
}

/* Both zeros are one number. */
static bool is_same_sum(uint16_t a, uint16_t b)
{
    return a == b || (a == 0 && b == 0xffff) || (a == 0xffff && b == 0);
}

/* Datagrams of IPv4 may go without; of IPv6 that is wrong, and stays so. */
static bool has_no_sum(const struct frame *f)
{
    return frames_protocol(f) == IPPROTO_UDP && frames_data_n(f) >= 8 &&
           get16(frames_data(f) + 6) == 0;
}

static bool is_plain(const struct frame *f)
{
    if (f->n < 54 || (get16(f->data + 12) != ETHERTYPE_V6 && f->data[14] != 0x45))
        return false;
    if (frames_is_v6(f))
        return get16(f->data + 18) == f->n - 54;
    return get16(f->data + 12) == ETHERTYPE_V4 && get16(f->data + 16) == f->n - 14;
}

static void again(struct scrub *s, const struct frame *f, int64_t now)
{
    struct frame reply = { .data = reply_bytes, .max = sizeof reply_bytes };
    unsigned char *copy = malloc(f->n);
    struct frame second = { .data = copy, .n = f->n, .max = f->n };

    MUST(copy);
    memcpy(copy, f->data, f->n);
    /* What was led somewhere would be refused there. */
    if (get16(f->data + 12) == ETHERTYPE_ARP || !is_led(f)) {
        scrub_set_flows(s, 0, 0);
        MUST(scrub_in(s, &second, &reply, now) == SCRUB_PASS);
        MUST(second.n == f->n && memcmp(second.data, f->data, f->n) == 0);
    }
    free(copy);
}

static void input(struct scrub *s, struct frame *f, int64_t now)
{
    struct frame reply = { .data = reply_bytes, .max = sizeof reply_bytes };
    const unsigned char *before = f->data;
    bool plain = is_plain(f);
    bool none = plain && has_no_sum(f);
    uint16_t sum = plain ? frames_sum(f) : 0;
    struct virtio_net_hdr h;

    scrub_set_flows(s, 0, 0);
    switch (scrub_in(s, f, &reply, now)) {
    case SCRUB_PASS:
        check_passed(f);
        if (none && f->data == before)
            MUST(has_no_sum(f));
        else if (plain && f->data == before)
            MUST(is_same_sum(sum, frames_sum(f)));
        again(s, f, now);
        offload_out(f, net.mtu, &h);
        MUST(h.gso_type == VIRTIO_NET_HDR_GSO_NONE || (h.gso_size && h.hdr_len < f->n));
        break;
    case SCRUB_DNS:
        check_passed(f);
        MUST(frames_protocol(f) == IPPROTO_UDP && get16(frames_data(f) + 2) == 53);
        break;
    case SCRUB_REPLY:
        MUST(frames_is_right(&reply) && reply.n <= 14 + 1280);
        break;
    case SCRUB_DROP:
    case SCRUB_HELD:
        break;
    }
}

static void offloaded(struct scrub *s, struct frame *f, int64_t now)
{
    struct virtio_net_hdr h;

    if (f->n < sizeof h)
        return;
    memcpy(&h, f->data, sizeof h);
    f->data += sizeof h;
    f->n -= sizeof h;
    f->max -= sizeof h;
    if (!offload_in(&h, f))
        return;
    MUST(h.gso_type == VIRTIO_NET_HDR_GSO_NONE || h.gso_size >= 512);
    if ((h.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) && (frames_is_v6(f) || f->data[14] == 0x45))
        MUST((has_no_sum(f) && !frames_is_v6(f)) || is_same_sum(frames_sum(f), 0));
    input(s, f, now);
}

static void output(struct scrub *s, struct frame *f)
{
    was_heard = true;
    scrub_out(s, f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ip v4 = frames_ip("127.0.0.53"), v6 = frames_ip("::53");
    struct scrub *s;
    int64_t now = 0;

    if (size < 1)
        return 0;
    options(data[0]);
    s = scrub_new(&net, &counters);
    MUST(s);
    was_heard = false;
    scrub_set_resolver(s, false, &v4, data[0] & 64 ? 5353 : 0);
    scrub_set_resolver(s, true, &v6, data[0] & 64 ? 5353 : 0);
    data++;
    size--;
    while (size >= 3) {
        size_t n = (size_t)data[1] | (size_t)data[2] << 8;
        unsigned kind = data[0] % KINDS;
        unsigned char *bytes;
        struct frame f;

        data += 3;
        size -= 3;
        n = n < size ? n : size;
        bytes = malloc(n + (n == 0)); /* of its own size, so that reading past the end is seen */
        MUST(bytes);
        memcpy(bytes, data, n);
        f = (struct frame){ .data = bytes, .n = n, .max = n };
        if (kind == KIND_IN)
            input(s, &f, now);
        else if (kind == KIND_OFFLOAD)
            offloaded(s, &f, now);
        else if (kind == KIND_OUT)
            output(s, &f);
        else
            now += (int64_t)n * 10;
        free(bytes);
        data += n;
        size -= n;
        scrub_warning(s);
    }
    scrub_free(s);
    return 0;
}
