#include "rcrun-net/offload.h"

#include "tap.h"
#include "unit/frames.h"

#define NEEDS VIRTIO_NET_HDR_F_NEEDS_CSUM

static unsigned char bytes[FRAME_MAX];
static struct frame f = { .data = bytes, .max = sizeof bytes };

static void tcp(const char *to, size_t n)
{
    frames_tcp(&f, to, 80, ACK | PSH, "\1\1\x08\x0a\0\0\0\1\0\0\0\2", 12, n);
}

/* The header that Linux writes; the checksum is left as Linux leaves it. */
static struct virtio_net_hdr header(unsigned gso)
{
    bool v6 = frames_is_v6(&f);
    bool is_tcp = frames_protocol(&f) == IPPROTO_TCP;
    struct virtio_net_hdr h = {
        .flags = NEEDS,
        .csum_start = v6 ? 54 : 34,
        .csum_offset = is_tcp ? 16 : 6,
    };
    uint16_t sum = (uint16_t)~sum_fold(
        sum_pseudo(f.data + FRAME_HEADER, frames_protocol(&f), frames_data_n(&f)));

    memcpy(frames_data(&f) + h.csum_offset, &sum, sizeof sum);
    if (gso) {
        h.gso_type = v6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;
        h.gso_size = (uint16_t)gso;
        h.hdr_len = (uint16_t)(h.csum_start + 32);
    }
    return h;
}

static const char *const there[] = { "192.0.2.1", "2001:db8::1" };

TEST(completes_checksums)
{
    for (int v = 0; v < 2; v++) {
        static const size_t sizes[] = { 0, 1, 2, 3, 1000, 1447, 65000 };

        for (size_t i = 0; i < 7; i++) {
            struct virtio_net_hdr h;

            tcp(there[v], sizes[i]);
            h = header(sizes[i] > 1448 ? 1448 : 0);
            OK(!frames_is_right(&f));
            OK(offload_in(&h, &f));
            OK(frames_is_right(&f));
            frames_udp(&f, there[v], 99, sizes[i]);
            h = header(0);
            OK(offload_in(&h, &f));
            if (v)
                OK(frames_is_right(&f));
            else
                EQ_INT(get16(frames_data(&f) + 6), 0); /* none */
        }
    }
}

TEST(an_udp_checksum_is_never_0)
{
    struct virtio_net_hdr h;
    uint16_t sum;

    /* With its checksum as payload the sum of the rest is 0. */
    frames_udp(&f, "2001:db8::1", 99, 2);
    memset(frames_data(&f) + 8, 0, 2);
    frames_finish(&f, 6);
    memcpy(frames_data(&f) + 8, frames_data(&f) + 6, 2);
    h = header(0);
    OK(offload_in(&h, &f));
    memcpy(&sum, frames_data(&f) + 6, sizeof sum);
    EQ_INT(sum, 0xffff);
}

TEST(leaves_alone_what_needs_nothing)
{
    struct virtio_net_hdr h = { 0 };
    unsigned char before[100];

    tcp("192.0.2.1", 10);
    memcpy(before, bytes, f.n);
    OK(offload_in(&h, &f));
    h.flags = VIRTIO_NET_HDR_F_DATA_VALID;
    OK(offload_in(&h, &f));
    EQ_INT(memcmp(before, bytes, f.n), 0);
}

/* Each is refused for one change of a header that is taken. */
TEST(refuses_headers_that_lie)
{
    for (int v = 0; v < 2; v++) {
        struct virtio_net_hdr good, h;

        tcp(there[v], 5000);
        good = header(1448);
        h = good;
        OK(offload_in(&h, &f));
#define REFUSED(change) do { h = good; h.change; OK(!offload_in(&h, &f)); } while (0)
        REFUSED(flags |= 4);
        REFUSED(flags |= 0x80);
        REFUSED(flags = 0);
        REFUSED(gso_type |= VIRTIO_NET_HDR_GSO_ECN);
        REFUSED(gso_type = VIRTIO_NET_HDR_GSO_UDP);
        REFUSED(gso_type = 5);
        REFUSED(gso_type = v ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6);
        REFUSED(gso_size = 511);
        REFUSED(gso_size = 0);
        REFUSED(csum_start = 0);
        REFUSED(csum_start++);
        REFUSED(csum_start = 65535);
        REFUSED(csum_offset = 6);
        REFUSED(csum_offset = 65535);
        REFUSED(csum_offset++);
        h = good;
        h.gso_size = 512;
        h.hdr_len = 65535; /* nobody reads it */
        OK(offload_in(&h, &f));
    }
}

TEST(refuses_to_sum_what_is_no_single_packet)
{
    for (int v = 0; v < 2; v++) {
        struct virtio_net_hdr h;
        unsigned char *ip = bytes + FRAME_HEADER;
        size_t n;

        tcp(there[v], 0);
        h = header(0);
        n = f.n;
        for (f.n = 14; f.n < n; f.n++)
            OK(!offload_in(&h, &f));
        f.n = n + 1;
        OK(!offload_in(&h, &f));
        f.n = n;
        OK(offload_in(&h, &f));
        ip[0] ^= 0x20;
        OK(!offload_in(&h, &f));
        ip[0] ^= 0x20;
        ip[v ? 6 : 9] = 1;
        OK(!offload_in(&h, &f));
    }
    tcp("192.0.2.1", 100);
    struct virtio_net_hdr h = header(0);
    put16(bytes + 20, 0x2000);
    OK(!offload_in(&h, &f)); /* a fragment */
    put16(bytes + 20, 0);
    put16(bytes + 12, 0x8100);
    OK(!offload_in(&h, &f));
    put16(bytes + 12, ETHERTYPE_V4);
    OK(offload_in(&h, &f));
}

TEST(a_tcp_header_of_a_super_frame_is_inside_it)
{
    struct virtio_net_hdr h;

    tcp("192.0.2.1", 4);
    h = header(1448);
    OK(offload_in(&h, &f));
    frames_data(&f)[12] = 15 << 4;
    OK(!offload_in(&h, &f));
    frames_data(&f)[12] = 4 << 4;
    OK(!offload_in(&h, &f));
}

TEST(describes_long_segments_for_the_container)
{
    struct virtio_net_hdr h;

    tcp("192.0.2.1", 1448); /* 20 + 32 + 1448 = 1500 */
    offload_out(&f, 1500, &h);
    EQ_INT(h.flags, VIRTIO_NET_HDR_F_DATA_VALID);
    EQ_INT(h.gso_type, VIRTIO_NET_HDR_GSO_NONE);
    tcp("192.0.2.1", 1449);
    offload_out(&f, 1500, &h);
    EQ_INT(h.gso_type, VIRTIO_NET_HDR_GSO_TCPV4);
    EQ_INT(h.gso_size, 1448);
    EQ_INT(h.hdr_len, 14 + 20 + 32);
    tcp("2001:db8::1", 60000);
    offload_out(&f, 1500, &h);
    EQ_INT(h.gso_type, VIRTIO_NET_HDR_GSO_TCPV6);
    EQ_INT(h.gso_size, 1500 - 40 - 32);
    EQ_INT(h.hdr_len, 14 + 40 + 32);
}

/* What is left to the kernel of the container is what offload_in does for the container. */
TEST(leaves_the_checksum_of_what_is_cut)
{
    for (int i = 0; i < 2; i++) {
        static unsigned char whole[FRAME_MAX];
        struct virtio_net_hdr h;

        tcp(there[i], 30001);
        memcpy(whole, f.data, f.n);
        offload_out(&f, 1500, &h);
        EQ_INT(h.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
        EQ_INT(h.csum_start, i == 0 ? 14 + 20 : 14 + 40);
        EQ_INT(h.csum_offset, 16);
        OK(!frames_is_right(&f));
        OK(offload_in(&h, &f));
        OK(memcmp(whole, f.data, f.n) == 0);
    }
}

TEST(describes_nothing_but_tcp)
{
    struct virtio_net_hdr h;

    frames_udp(&f, "192.0.2.1", 5, 5000);
    offload_out(&f, 1500, &h);
    EQ_INT(h.gso_type, VIRTIO_NET_HDR_GSO_NONE);
    tcp("192.0.2.1", 100);
    offload_out(&f, 68, &h); /* room for 16 bytes each */
    EQ_INT(h.gso_size, 16);
    frames_tcp(&f, "192.0.2.1", 80, ACK, "\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1", 28,
               100);
    offload_out(&f, 68, &h); /* room for none */
    EQ_INT(h.gso_type, VIRTIO_NET_HDR_GSO_NONE);
}
