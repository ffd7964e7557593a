/* The relay for DNS between frames of a container and servers on the loopback: of IPv4 on 127.0.0.1
 * to 127.0.0.3, of IPv6 on ::1, all at one port.  Nothing answers unless the test says so. */
#pragma once
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "rcrun-net/dns-packet.h"
#include "rcrun-net/dns.h"
#include "tap.h"

enum { ONE, TWO, THREE, SIX, SERVERS };

#define NAME "\3www\7Example\3org"
/* Query: id 0x1234, recursion desired, www.Example.org A. */
#define REST "\1\0\0\1\0\0\0\0\0\0" NAME "\0\0\1\0\1"
#define QUERY "\x12\x34" REST
#define QUERY_N (sizeof QUERY - 1)
enum { FRAMES = 2048, GUEST_PORT = 40000 };

static struct {
    struct events ev;
    struct net net;
    struct counters counters;
    struct dns *dns;
    int server[SERVERS];
    uint16_t port;
    struct sockaddr_storage asked_by; /* the relay, as the last query showed it */
    unsigned char *frames[FRAMES];    /* for the container */
    size_t frame_n[FRAMES], frames_n;
    unsigned char message[65536]; /* the last one that was received, by either side */
} rig;

static const char *const address[SERVERS] = { "127.0.0.1", "127.0.0.2", "127.0.0.3", "::1" };

static inline uint64_t count(enum counter c)
{
    return rig.counters.v[c];
}

static inline struct ip ip(const char *text)
{
    struct ip out = { 0 };

    OK(ip_parse(text, &out));
    return out;
}

static inline void keep_frame(void *of, const void *frame, size_t n)
{
    OK(of == &rig);
    OK(n <= FRAME_HEADER + rig.net.mtu);
    if (rig.frames_n == FRAMES)
        return;
    rig.frames[rig.frames_n] = malloc(n);
    memcpy(rig.frames[rig.frames_n], frame, n);
    rig.frame_n[rig.frames_n++] = n;
}

static inline void drop_frames(void)
{
    while (rig.frames_n > 0)
        free(rig.frames[--rig.frames_n]);
}

static inline int listen_at(int who, uint16_t port)
{
    struct ip at = ip(address[who]);
    struct sockaddr_storage sa;
    socklen_t n = ip_sockaddr(&at, port, &sa);
    int fd = socket(at.family, SOCK_DGRAM | SOCK_CLOEXEC, 0), size = 1 << 20;

    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&sa, n) == 0)
        return fd;
    close(fd);
    return -1;
}

static inline bool has_six(void)
{
    return rig.server[SIX] >= 0;
}

static inline void setup(void)
{
    struct err e;

    memset(&rig, 0, sizeof rig);
    rig.net = (struct net){
        .v4 = { true, { ip("10.0.2.0"), 24 }, ip("10.0.2.100"), ip("10.0.2.2"), ip("10.0.2.3") },
        .v6 = { true, { ip("fd00::"), 64 }, ip("fd00::64"), ip("fd00::2"), ip("fd00::3") },
        .guest_mac = { 2, 0, 0, 0, 0, 1 },
        .mtu = 1500,
    };
    EQ_INT(events_open(&rig.ev, &e), 0);
    EQ_INT(dns_open(&rig.dns, &rig.ev, &rig.net, &rig.counters, keep_frame, &rig, &e), 0);
    for (rig.port = 20053; rig.port < 20153; rig.port++) {
        int got = 0;

        for (int i = 0; i < SERVERS; i++)
            got += (rig.server[i] = listen_at(i, rig.port)) >= 0;
        if (got >= SIX)
            break;
        for (int i = 0; i < SERVERS; i++)
            close(rig.server[i]);
    }
}

static inline void teardown(void)
{
    dns_close(rig.dns);
    events_close(&rig.ev);
    drop_frames();
    for (int i = 0; i < SERVERS; i++)
        close(rig.server[i]);
}

static inline void use(int n, const int *servers)
{
    struct resolv r = { .port = rig.port };

    for (int i = 0; i < n; i++)
        r.servers[r.n++] = ip(address[servers[i]]);
    dns_set_resolvers(rig.dns, &r);
}

#define USE(...) use(sizeof((int[]){ __VA_ARGS__ }) / sizeof(int), (int[]){ __VA_ARGS__ })

/* ---- the container ---- */

static inline void set_sum(unsigned char *at, const unsigned char *l3, const unsigned char *udp,
                           size_t n)
{
    uint16_t sum = sum_fold(sum_add(sum_pseudo(l3, 17, n), udp, n));

    memcpy(at, &sum, sizeof sum);
}

/* A frame with a message from the container; the offset of its UDP header is given. */
static inline size_t make_query(struct frame *f, bool v6, uint16_t port, const void *message,
                                size_t n)
{
    static unsigned char room[FRAME_MAX];
    unsigned char *l3 = room + FRAME_HEADER, *udp = l3 + (v6 ? 40 : 20);

    memset(room, 0, 80);
    memcpy(room, "\x52\x55\x0a\0\2\3\2\0\0\0\0\1", 12);
    put16(room + 12, v6 ? 0x86dd : 0x0800);
    if (v6) {
        l3[0] = 0x60;
        put16(l3 + 4, (uint16_t)(8 + n));
        l3[6] = 17;
        memcpy(l3 + 8, rig.net.v6.guest.bytes, 16);
        memcpy(l3 + 24, rig.net.v6.dns.bytes, 16);
    } else {
        l3[0] = 0x45;
        put16(l3 + 2, (uint16_t)(28 + n));
        l3[9] = 17;
        memcpy(l3 + 12, rig.net.v4.guest.bytes, 4);
        memcpy(l3 + 16, rig.net.v4.dns.bytes, 4);
    }
    put16(udp, port);
    put16(udp + 2, 53);
    put16(udp + 4, (uint16_t)(8 + n));
    memcpy(udp + 8, message, n);
    set_sum(udp + 6, l3, udp, 8 + n);
    *f = (struct frame){ room, (size_t)(udp - room) + 8 + n, sizeof room };
    return (size_t)(udp - room);
}

static inline void ask_from(bool v6, uint16_t port, const void *message, size_t n)
{
    struct frame f;

    make_query(&f, v6, port, message, n);
    dns_query(rig.dns, &f);
}

static inline void ask(void)
{
    ask_from(false, GUEST_PORT, QUERY, QUERY_N);
}

/* Lets the relay work until a frame for the container is there, ms at most. */
static inline bool wait_frame(int ms)
{
    struct err e;
    struct timespec t;
    int64_t end;

    clock_gettime(CLOCK_MONOTONIC, &t);
    end = t.tv_sec * 1000 + t.tv_nsec / 1000000 + ms;
    do
        EQ_INT(events_round(&rig.ev, rig.frames_n ? 0 : 10, &e), 0);
    while (rig.frames_n == 0 && rig.ev.now_ms < end);
    return rig.frames_n > 0;
}

/* The UDP payload of the frames for the container, put together, into rig.message; -1 when anything
 * about them is wrong. */
static inline ssize_t received(bool v6)
{
    const struct net_family *on = v6 ? &rig.net.v6 : &rig.net.v4;
    static unsigned char udp[65536];
    size_t total = 0, width = v6 ? 16 : 4;
    unsigned char *l3 = NULL;

    for (size_t i = 0; i < rig.frames_n; i++) {
        size_t n = rig.frame_n[i] - FRAME_HEADER, header = v6 ? 40 : 20, at = 0;
        bool more = false;

        l3 = rig.frames[i] + FRAME_HEADER;
        if (memcmp(rig.frames[i], "\2\0\0\0\0\1\x52\x55\x0a\0\2\3", 12) != 0 ||
            get16(rig.frames[i] + 12) != (v6 ? 0x86dd : 0x0800))
            return -1;
        if (v6) {
            if (l3[0] != 0x60 || get16(l3 + 4) != n - 40)
                return -1;
            if (l3[6] == 44) {
                at = get16(l3 + 42) & 0xfff8u;
                more = l3[43] & 1;
                header = 48;
            }
            if ((header == 48 ? l3[40] : l3[6]) != 17)
                return -1;
        } else {
            if (l3[0] != 0x45 || get16(l3 + 2) != n || l3[9] != 17 ||
                sum_fold(sum_add(0, l3, 20)) != 0)
                return -1;
            at = (get16(l3 + 6) & 0x1fffu) * 8;
            more = get16(l3 + 6) & 0x2000;
        }
        if (memcmp(l3 + (v6 ? 8 : 12), on->dns.bytes, width) != 0 ||
            memcmp(l3 + (v6 ? 24 : 16), on->guest.bytes, width) != 0 || at != total ||
            more != (i + 1 < rig.frames_n))
            return -1;
        memcpy(udp + total, l3 + header, n - header);
        total += n - header;
    }
    if (total < 8 || get16(udp) != 53 || get16(udp + 2) != GUEST_PORT || get16(udp + 4) != total ||
        sum_fold(sum_add(sum_pseudo(l3, 17, total), udp, total)) != 0)
        return -1;
    memcpy(rig.message, udp + 8, total - 8);
    drop_frames();
    return (ssize_t)total - 8;
}

/* ---- the servers ---- */

/* The next query that this one got, into rig.message. */
static inline ssize_t heard(int who, int ms)
{
    struct pollfd p = { rig.server[who], POLLIN, 0 };
    socklen_t n = sizeof rig.asked_by;

    if (poll(&p, 1, ms) != 1)
        return -1;
    return recvfrom(p.fd, rig.message, sizeof rig.message, 0, (struct sockaddr *)&rig.asked_by, &n);
}

static inline void answer_from(int fd, const void *message, size_t n)
{
    socklen_t to_n = rig.asked_by.ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                                        : sizeof(struct sockaddr_in);

    EQ_INT(sendto(fd, message, n, 0, (struct sockaddr *)&rig.asked_by, to_n), n);
}

/* Answers the query in rig.message with a code and so many bytes behind the question. */
static inline void answer(int who, unsigned code, size_t more)
{
    static unsigned char out[65536];

    memcpy(out, rig.message, QUERY_N);
    memset(out + QUERY_N, 0x5a, more);
    out[2] = 0x81;
    out[3] = (unsigned char)(0x80 | code);
    answer_from(rig.server[who], out, QUERY_N + more);
}

/* The last query, answered by a server and received by the container: with its code. */
static inline int code_received(bool v6, size_t more)
{
    ssize_t n = received(v6);

    if (n != (ssize_t)(QUERY_N + more) || memcmp(rig.message, "\x12\x34\x81", 3) != 0 ||
        memcmp(rig.message + 12, &REST[10], sizeof REST - 11) != 0)
        return -1;
    for (size_t i = 0; i < more; i++)
        if (rig.message[QUERY_N + i] != 0x5a)
            return -1;
    return rig.message[3] & 0x0f;
}
