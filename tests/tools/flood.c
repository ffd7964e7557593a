/* flood - what a hostile container sends, as fast as it can (CAP_NET_RAW); prints how much.
 *
 *   flood tcp|udp ADDRESS PORT N           requests to connect, or datagrams, each from another port
 *   flood garbage DEVICE ADDRESS SECONDS   frames that are none, of all lengths, with and without what
 *                                          offloads ask for; ADDRESS is that of the device
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

static unsigned char buffer[65536];

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

/* What a kernel says of a segment that it has not cut: as wrong as it lets us. */
static void make_offload(struct virtio_net_hdr *h, uint32_t *state)
{
    static const uint8_t types[] = { VIRTIO_NET_HDR_GSO_TCPV4, VIRTIO_NET_HDR_GSO_TCPV6,
                                     VIRTIO_NET_HDR_GSO_UDP, VIRTIO_NET_HDR_GSO_NONE };
    static const uint16_t sums[] = { 16, 6, 0, 300 };

    *h = (struct virtio_net_hdr){
        .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
        .gso_type = types[chance(state) % 4],
        .hdr_len = (uint16_t)(chance(state) % 128),
        .gso_size = (uint16_t)(chance(state) % 3000),
        .csum_start = (uint16_t)(chance(state) % 4 ? 34 : chance(state) % 200),
        .csum_offset = sums[chance(state) % 4],
    };
}

struct sent {
    long plain, offload;
};

/* n bytes, or more of them with the header of an offload in front. */
static void send_garbage(int plain, int offload, size_t n, const struct in_addr *own, uint32_t *state,
                         struct sent *sent)
{
    struct virtio_net_hdr h;
    size_t long_n = n * (1 + chance(state) % 40);
    struct iovec v[2] = { { &h, sizeof h }, { buffer, long_n } };

    if (chance(state) % 3) {
        make_garbage(buffer, n, own, state);
        sent->plain += send(plain, buffer, n, 0) == (ssize_t)n;
        return;
    }
    make_garbage(buffer, long_n, own, state);
    make_offload(&h, state);
    sent->offload += writev(offload, v, 2) == (ssize_t)(sizeof h + long_n);
}

static int packet_socket(const char *device)
{
    struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(device) };
    int fd = socket(AF_PACKET, SOCK_RAW, 0);

    if (fd < 0 || bind(fd, (void *)&to, sizeof to) < 0)
        die("packet socket");
    return fd;
}

static int garbage(char **argv)
{
    int plain = packet_socket(argv[1]), offload = packet_socket(argv[1]);
    time_t end = time(NULL) + atol(argv[3]);
    uint32_t state = 0x9e3779b9;
    struct sent sent = { 0, 0 };
    struct in_addr own;

    inet_pton(AF_INET, argv[2], &own);
    if (setsockopt(offload, SOL_PACKET, PACKET_VNET_HDR, &(int){ 1 }, sizeof(int)) < 0)
        die("packet socket with offloads");
    for (size_t n = 14; time(NULL) < end; n = n == 1514 ? 14 : n + 1)
        send_garbage(plain, offload, n, &own, &state, &sent);
    printf("%ld %ld\n", sent.plain, sent.offload);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 5)
        return (strcmp(argv[1], "garbage") == 0 ? garbage : flood)(argv + 1);
    fprintf(stderr, "flood: see the head of tests/tools/flood.c\n");
    return 2;
}
