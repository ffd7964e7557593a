/* Makes the frames that tests of rcrun-net send, and looks at those that come back. */
#pragma once
#include <netinet/in.h>
#include <stdlib.h>

#include "rcrun-net/frame.h"
#include "rcrun-net/net.h"

#define FIN 1
#define SYN 2
#define RST 4
#define PSH 8
#define ACK 16
#define URG 32

#define GUEST_PORT 40000

static inline struct ip frames_ip(const char *text)
{
    struct ip ip = { 0 };

    if (!ip_parse(text, &ip))
        abort();
    return ip;
}

static inline struct net frames_net(void)
{
    struct net net = {
        .v4 = { .on = true, .guest = frames_ip("10.0.2.100"), .gateway = frames_ip("10.0.2.2"),
                .dns = frames_ip("10.0.2.3") },
        .v6 = { .on = true, .guest = frames_ip("fd00:2::100"), .gateway = frames_ip("fd00:2::2"),
                .dns = frames_ip("fd00:2::3") },
        .guest_mac = { 2, 0, 0, 0, 0, 1 },
        .mtu = 1500,
        .flows_max = 4096,
        .flows_per_second = 2000,
    };

    if (!ip_parse_prefix("10.0.2.0/24", &net.v4.prefix) ||
        !ip_parse_prefix("fd00:2::/64", &net.v6.prefix))
        abort();
    return net;
}

/* Ethernet and IP header from `from` to `to`; returns where the data goes. */
static inline unsigned char *frames_head(struct frame *f, const char *from, const char *to,
                                         unsigned protocol, size_t n)
{
    struct ip source = frames_ip(from), target = frames_ip(to);
    unsigned char *ip = f->data + FRAME_HEADER;
    uint16_t sum;

    memcpy(f->data, "\x52\x55\x0a\x00\x02\x02\x02\x00\x00\x00\x00\x01", 12);
    if (target.family == AF_INET6) {
        f->n = FRAME_HEADER + 40 + n;
        memset(ip, 0, 40 + n);
        put16(f->data + 12, ETHERTYPE_V6);
        ip[0] = 0x60;
        put16(ip + 4, (uint16_t)n);
        ip[6] = (unsigned char)protocol;
        ip[7] = 255;
        memcpy(ip + 8, source.bytes, 16);
        memcpy(ip + 24, target.bytes, 16);
        return ip + 40;
    }
    f->n = FRAME_HEADER + 20 + n;
    memset(ip, 0, 20 + n);
    put16(f->data + 12, ETHERTYPE_V4);
    ip[0] = 0x45;
    put16(ip + 2, (uint16_t)(20 + n));
    ip[8] = 64;
    ip[9] = (unsigned char)protocol;
    memcpy(ip + 12, source.bytes, 4);
    memcpy(ip + 16, target.bytes, 4);
    sum = sum_fold(sum_add(0, ip, 20));
    memcpy(ip + 10, &sum, sizeof sum);
    return ip + 20;
}

static inline bool frames_is_v6(const struct frame *f)
{
    return get16(f->data + 12) == ETHERTYPE_V6;
}

static inline unsigned char *frames_data(const struct frame *f)
{
    return f->data + FRAME_HEADER + (frames_is_v6(f) ? 40 : 20);
}

static inline size_t frames_data_n(const struct frame *f)
{
    return f->n - (size_t)(frames_data(f) - f->data);
}

static inline unsigned frames_protocol(const struct frame *f)
{
    return f->data[FRAME_HEADER + (frames_is_v6(f) ? 6 : 9)];
}

/* The sum of the transport checksum with all that it covers: 0 when it is right. */
static inline uint16_t frames_sum(const struct frame *f)
{
    unsigned protocol = frames_protocol(f);
    uint64_t sum = 0;

    if (protocol != IPPROTO_ICMP)
        sum = sum_pseudo(f->data + FRAME_HEADER, protocol, frames_data_n(f));
    return sum_fold(sum_add(sum, frames_data(f), frames_data_n(f)));
}

/* Are the lengths and checksums right? */
static inline bool frames_is_right(const struct frame *f)
{
    const unsigned char *ip = f->data + FRAME_HEADER;

    if (frames_is_v6(f) ? get16(ip + 4) != frames_data_n(f)
                        : get16(ip + 2) != f->n - FRAME_HEADER || sum_fold(sum_add(0, ip, 20)))
        return false;
    return frames_sum(f) == 0;
}

static inline void frames_finish(struct frame *f, size_t check)
{
    unsigned char *data = frames_data(f);
    uint16_t sum = 0;

    memcpy(data + check, &sum, sizeof sum);
    sum = frames_sum(f);
    memcpy(data + check, &sum, sizeof sum);
}

static inline const char *frames_own(const char *to)
{
    return strchr(to, ':') ? "fd00:2::100" : "10.0.2.100";
}

/* options: whole words of a TCP header, options_n bytes; `n` bytes of payload follow. */
static inline void frames_tcp(struct frame *f, const char *to, uint16_t port, unsigned flags,
                              const char *options, size_t options_n, size_t n)
{
    unsigned char *tcp = frames_head(f, frames_own(to), to, IPPROTO_TCP, 20 + options_n + n);

    put16(tcp, GUEST_PORT);
    put16(tcp + 2, port);
    put32(tcp + 4, 1000);
    put32(tcp + 8, flags & ACK ? 5000 : 0);
    tcp[12] = (unsigned char)((20 + options_n) / 4 << 4);
    tcp[13] = (unsigned char)flags;
    put16(tcp + 14, 64240);
    memcpy(tcp + 20, options, options_n);
    frames_finish(f, 16);
}

static inline void frames_udp(struct frame *f, const char *to, uint16_t port, size_t n)
{
    unsigned char *udp = frames_head(f, frames_own(to), to, IPPROTO_UDP, 8 + n);

    put16(udp, GUEST_PORT);
    put16(udp + 2, port);
    put16(udp + 4, (uint16_t)(8 + n));
    for (size_t i = 0; i < n; i++)
        udp[8 + i] = (unsigned char)(i * 7 + i / 256);
    frames_finish(f, 6);
}

static inline void frames_echo(struct frame *f, const char *to)
{
    bool v6 = strchr(to, ':');
    unsigned char *icmp = frames_head(f, frames_own(to), to, v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP, 24);

    icmp[0] = v6 ? 128 : 8;
    icmp[7] = 1;
    frames_finish(f, 2);
}

/* Changes where it comes from, and nothing else. */
static inline void frames_from(struct frame *f, const char *from, size_t check)
{
    struct ip ip = frames_ip(from);
    unsigned char *head = f->data + FRAME_HEADER;
    uint16_t sum = 0;

    memcpy(head + (ip.family == AF_INET6 ? 8 : 12), ip.bytes, ip.family == AF_INET6 ? 16 : 4);
    if (ip.family == AF_INET) {
        put16(head + 10, 0);
        sum = sum_fold(sum_add(0, head, 20));
        memcpy(head + 10, &sum, sizeof sum);
    }
    frames_finish(f, check);
}
