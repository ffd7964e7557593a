/* flood - what a hostile container sends, as fast as it can (CAP_NET_RAW); prints how much.
 *
 *   flood tcp|udp ADDRESS PORT N           requests to connect, or datagrams, each from another port
 *   flood garbage DEVICE ADDRESS SECONDS   frames that are none, of all lengths; ADDRESS is that of
 *                                          the device
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static unsigned char buffer[2048];

static void die(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

/* TCP and UDP over IPv4, by RFC 9293 and RFC 768; the kernel fills in what it can of the IP header. */
struct packet {
    uint32_t from, to;
    uint16_t protocol, length; /* the pseudo header */
    uint16_t source, target;
    union {
        struct {
            uint32_t number, acknowledged;
            uint16_t flags, window, sum, urgent;
        } tcp;
        struct {
            uint16_t length, sum;
            char text[8];
        } udp;
    } is;
};

static uint16_t checksum(const void *data, size_t n)
{
    const uint16_t *p = data;
    uint32_t sum = 0;

    for (size_t i = 0; i < n / 2; i++)
        sum += p[i];
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~((sum & 0xffff) + (sum >> 16));
}

static int flood(char **argv)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2])) };
    bool udp = strcmp(argv[0], "udp") == 0;
    long n = atol(argv[3]);
    long sent = 0;
    uint16_t length = udp ? 16 : 20;
    int protocol = udp ? IPPROTO_UDP : IPPROTO_TCP;
    struct packet p = { .protocol = htons((uint16_t)protocol), .length = htons(length) };
    uint16_t *sum = udp ? &p.is.udp.sum : &p.is.tcp.sum;
    struct sockaddr_in own;
    socklen_t size = sizeof own;
    int fd;

    inet_pton(AF_INET, argv[1], &to.sin_addr);
    fd = socket(AF_INET, SOCK_RAW, protocol);
    if (fd < 0 || connect(fd, (void *)&to, sizeof to) < 0 ||
        getsockname(fd, (struct sockaddr *)&own, &size) < 0)
        die("raw socket");
    p.from = own.sin_addr.s_addr;
    p.to = to.sin_addr.s_addr;
    p.target = to.sin_port;
    if (udp) {
        p.is.udp.length = htons(length);
    } else {
        p.is.tcp.flags = htons(0x5002);
        p.is.tcp.window = htons(64240);
    }
    for (long i = 0; i < n; i++) {
        p.source = htons((uint16_t)(1024 + i % 64000));
        if (!udp)
            p.is.tcp.number = htonl((uint32_t)i * 64);
        *sum = 0;
        *sum = checksum(&p, 12u + length);
        sent += send(fd, &p.source, length, 0) == length;
    }
    printf("%ld\n", sent);
    return 0;
}

/* The same each time. */
static uint32_t chance(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    return *state ^= *state << 5;
}

/* A frame of n bytes: noise, and in three of four cases a header that leads further in. */
static void make_garbage(unsigned char *p, size_t n, const struct in_addr *own, uint32_t *state)
{
    static const unsigned char protocols[] = { IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMPV6 };
    static const uint16_t types[] = { 0, 0x0800, 0x86dd, 0x0806 };
    uint32_t kind = chance(state) % 4;
    unsigned char protocol = protocols[chance(state) % 4];

    for (size_t i = 0; i < n; i++)
        p[i] = (unsigned char)(chance(state) >> 11);
    if (kind == 0 || n < 64)
        return;
    memset(p, 0xff, 6);
    p[12] = (unsigned char)(types[kind] >> 8);
    p[13] = (unsigned char)types[kind];
    if (kind == 1) {
        p[14] = 0x45 + (p[14] % 16 == 0);
        p[16] = (unsigned char)((n - 14) >> 8);
        p[17] = (unsigned char)((n - 14) + (p[17] % 16 == 0));
        p[20] &= 0xe0 * (p[20] % 4 == 0);
        p[23] = protocol;
        memset(p + 24, 0, 2);
        memcpy(p + 26, own, 4);
        if (p[30] % 2)
            memcpy(p + 30, own, 3);
        memcpy(p + 24, &(uint16_t){ checksum(p + 14, 20) }, 2);
    } else if (kind == 2) {
        p[14] = 0x60;
        p[18] = (unsigned char)((n - 54) >> 8);
        p[19] = (unsigned char)((n - 54) + (p[19] % 16 == 0));
        p[20] = protocol;
    }
}

static int garbage(char **argv)
{
    struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(argv[1]) };
    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    time_t end = time(NULL) + atol(argv[3]);
    uint32_t state = 0x9e3779b9;
    struct in_addr own;
    long sent = 0;

    inet_pton(AF_INET, argv[2], &own);
    if (fd < 0 || bind(fd, (void *)&to, sizeof to) < 0)
        die("packet socket");
    for (size_t n = 14; time(NULL) < end; n = n == 1514 ? 14 : n + 1) {
        make_garbage(buffer, n, &own, &state);
        sent += send(fd, buffer, n, 0) == (ssize_t)n;
    }
    printf("%ld\n", sent);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 5)
        return (strcmp(argv[1], "garbage") == 0 ? garbage : flood)(argv + 1);
    fprintf(stderr, "flood: see the head of tests/tools/flood.c\n");
    return 2;
}
