/* net-guest.h - the other end of a tap: a guest made of bytes, for unit tests of rcrun-net.
 *
 * It has one TCP connection and one UDP port over IPv4, answers ARP, takes what comes in order and
 * acknowledges it.  Frames leave by a function of the test and come by guest_take(). */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "rcrun-net/frame.h"
#include "rcrun-net/net.h"

#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define PSH 0x08
#define ACK 0x10
#define URG 0x20

#define GUEST_IP 0x0a000264u    /* 10.0.2.100 */
#define GATEWAY_IP 0x0a000202u  /* 10.0.2.2 */
#define DNS_IP 0x0a000203u

static const unsigned char guest_mac[6] = { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55 };
static const unsigned char gateway_mac[6] = { 0x52, 0x55, 10, 0, 2, 2 };

struct net_guest {
    void (*out)(void *of, const void *frame, size_t n);
    void *of;
    /* The connection. */
    uint32_t to;
    uint16_t port, to_port;
    uint32_t sent, seen; /* next sequence number of ours; the one we wait for */
    uint32_t acked;      /* of ours, by the other side */
    uint32_t room;       /* what it takes from there on */
    bool established, reset, finished;
    bool silent;         /* acknowledges nothing */
    uint16_t window;
    unsigned char data[1 << 20]; /* what came */
    size_t data_n;
    /* The port for datagrams. */
    uint16_t udp_port, udp_from;
    unsigned char datagram[65536];
    size_t datagram_n;
    unsigned datagrams, frames;
    unsigned icmp;       /* messages that came */
};

static inline void guest_net(struct net *net)
{
    *net = (struct net){ .mtu = 1500, .flows_max = 100, .flows_per_second = 100000,
                          .half_closed_s = 900 };
    net->v4.on = true;
    ip_parse_prefix("10.0.2.0/24", &net->v4.prefix);
    ip_parse("10.0.2.100", &net->v4.guest);
    ip_parse("10.0.2.2", &net->v4.gateway);
    ip_parse("10.0.2.3", &net->v4.dns);
    memcpy(net->guest_mac, guest_mac, 6);
}

/* The checksum, plainly: not with the code that is tested. */
static inline uint16_t guest_sum(const unsigned char *p, size_t n, uint32_t sum)
{
    for (size_t i = 0; i + 1 < n; i += 2)
        sum += get16(p + i);
    if (n & 1)
        sum += (uint32_t)p[n - 1] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* An IPv4 packet in its frame; the payload is at frame + 34 and its checksum at frame + 34 + sum_at. */
static inline void guest_ip(struct net_guest *g, unsigned char *frame, unsigned protocol, uint32_t to,
                     size_t n, size_t sum_at)
{
    unsigned char *ip = frame + 14;

    memcpy(frame, gateway_mac, 6);
    memcpy(frame + 6, guest_mac, 6);
    put16(frame + 12, 0x0800);
    memset(ip, 0, 20);
    ip[0] = 0x45;
    put16(ip + 2, (uint16_t)(20 + n));
    ip[8] = 64;
    ip[9] = (unsigned char)protocol;
    put32(ip + 12, GUEST_IP);
    put32(ip + 16, to);
    put16(ip + 10, guest_sum(ip, 20, 0));
    put16(ip + 20 + sum_at, 0);
    put16(ip + 20 + sum_at, guest_sum(ip + 20, n, protocol == 1 ? 0 : (uint32_t)(protocol + n) +
                            get16(ip + 12) + get16(ip + 14) + get16(ip + 16) + get16(ip + 18)));
    g->out(g->of, frame, 34 + n);
}

static inline void guest_segment(struct net_guest *g, uint32_t seq, unsigned flags, uint16_t urgent,
                          const void *data, size_t n)
{
    static unsigned char frame[FRAME_MAX];
    unsigned char *tcp = frame + 34;

    put16(tcp, g->port);
    put16(tcp + 2, g->to_port);
    put32(tcp + 4, seq);
    put32(tcp + 8, flags & ACK ? g->seen : 0);
    tcp[12] = 0x50;
    tcp[13] = (unsigned char)flags;
    put16(tcp + 14, g->window);
    put16(tcp + 18, urgent);
    memcpy(tcp + 20, data, n);
    guest_ip(g, frame, 6, g->to, 20 + n, 16);
}

static inline void guest_connect(struct net_guest *g, uint32_t to, uint16_t to_port)
{
    g->port = (uint16_t)(g->port ? g->port + 1 : 40000);
    g->to = to;
    g->to_port = to_port;
    g->established = g->reset = g->finished = false;
    g->data_n = 0;
    g->window = 0xffff;
    g->sent = 1000;
    guest_segment(g, g->sent++, SYN, 0, "", 0);
}

static inline void guest_write(struct net_guest *g, const void *data, size_t n)
{
    guest_segment(g, g->sent, PSH | ACK, 0, data, n);
    g->sent += (uint32_t)n;
}

static inline void guest_finish(struct net_guest *g)
{
    guest_segment(g, g->sent++, FIN | ACK, 0, "", 0);
}

static inline void guest_datagram(struct net_guest *g, uint32_t to, uint16_t to_port, const void *data,
                           size_t n)
{
    static unsigned char frame[FRAME_MAX];
    unsigned char *udp = frame + 34;

    g->udp_port = 5000;
    put16(udp, g->udp_port);
    put16(udp + 2, to_port);
    put16(udp + 4, (uint16_t)(8 + n));
    memcpy(udp + 8, data, n);
    guest_ip(g, frame, 17, to, 8 + n, 6);
}

static inline void guest_arp(struct net_guest *g, unsigned kind, const unsigned char *to_mac, uint32_t to)
{
    unsigned char frame[42] = { 0 };
    unsigned char *arp = frame + 14;

    memcpy(frame, to_mac, 6);
    memcpy(frame + 6, guest_mac, 6);
    put16(frame + 12, 0x0806);
    put16(arp, 1);
    put16(arp + 2, 0x0800);
    arp[4] = 6;
    arp[5] = 4;
    put16(arp + 6, (uint16_t)kind);
    memcpy(arp + 8, guest_mac, 6);
    put32(arp + 14, GUEST_IP);
    if (kind == 2)
        memcpy(arp + 18, to_mac, 6);
    put32(arp + 24, to);
    g->out(g->of, frame, sizeof frame);
}

static inline void guest_take_tcp(struct net_guest *g, const unsigned char *tcp, size_t n)
{
    size_t header = (size_t)(tcp[12] >> 4) * 4;
    unsigned flags = tcp[13];
    uint32_t seq = get32(tcp + 4);
    bool answer = false;

    /* A connection from outside is taken, whatever its port. */
    if ((flags & (SYN | ACK)) == SYN) {
        g->port = get16(tcp + 2);
        g->to_port = get16(tcp);
        g->sent = 5000;
        g->seen = seq + 1;
        g->window = 0xffff;
        g->data_n = 0;
        g->established = true;
        g->reset = g->finished = false;
        guest_segment(g, g->sent++, SYN | ACK, 0, "", 0);
        return;
    }
    if (get16(tcp) != g->to_port || get16(tcp + 2) != g->port)
        return;
    if (flags & RST) {
        g->reset = true;
        return;
    }
    if (flags & ACK) {
        g->acked = get32(tcp + 8);
        g->room = get16(tcp + 14);
    }
    if (flags & SYN) {
        g->seen = seq + 1;
        g->established = true;
        answer = true;
    } else if (n > header && seq == g->seen) {
        size_t length = n - header;

        if (length <= sizeof g->data - g->data_n) {
            memcpy(g->data + g->data_n, tcp + header, length);
            g->data_n += length;
        }
        g->seen += (uint32_t)length;
        answer = true;
    }
    if (flags & FIN && seq + (n - header) == g->seen) {
        g->seen++;
        g->finished = answer = true;
    }
    if (answer && !g->silent)
        guest_segment(g, g->sent, ACK, 0, "", 0);
}

static inline void guest_take(struct net_guest *g, const void *data, size_t n)
{
    const unsigned char *frame = data, *ip = frame + 14;

    g->frames++;
    if (n >= 42 && get16(frame + 12) == 0x0806 && get16(frame + 20) == 1) {
        guest_arp(g, 2, frame + 6, get32(ip + 14));
        return;
    }
    if (n < 42 || get16(frame + 12) != 0x0800)
        return;
    n = get16(ip + 2) - 20u;
    ip += 20;
    if (frame[23] == 6) {
        g->to = get32(frame + 26);
        guest_take_tcp(g, ip, n);
    } else if (frame[23] == 17 && get16(ip + 2) == g->udp_port) {
        g->udp_from = get16(ip);
        g->datagram_n = n - 8;
        memcpy(g->datagram, ip + 8, n - 8);
        g->datagrams++;
    } else if (frame[23] == 1) {
        g->icmp++;
    }
}
