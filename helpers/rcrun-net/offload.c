#include "offload.h"

#include <netinet/in.h>

/* Less is a waste of everybody's time. */
#define GSO_SIZE_MIN 512

#define TCP_CHECKSUM 16 /* where it is in the header */
#define UDP_CHECKSUM 6

/* Where the transport header of a frame is, which holds one whole IP packet and nothing else. */
struct transport {
    size_t at;
    unsigned protocol;
    bool v6;
};

static bool find_transport(const struct frame *f, struct transport *t)
{
    const unsigned char *ip = f->data + FRAME_HEADER;
    size_t n = f->n - FRAME_HEADER;

    if (f->n < FRAME_HEADER + 20)
        return false;
    t->v6 = get16(f->data + 12) == ETHERTYPE_V6;
    if (t->v6) {
        t->at = FRAME_HEADER + 40;
        t->protocol = ip[6];
        return n >= 40 && ip[0] >> 4 == 6 && get16(ip + 4) == n - 40;
    }
    t->at = FRAME_HEADER + 4u * (ip[0] & 15);
    t->protocol = ip[9];
    return get16(f->data + 12) == ETHERTYPE_V4 && ip[0] >> 4 == 4 && (ip[0] & 15) >= 5 &&
           t->at <= f->n && get16(ip + 2) == n && (get16(ip + 6) & 0x3fff) == 0;
}

/* The length of a TCP header that is whole inside the frame; else 0. */
static size_t tcp_header(const struct frame *f, const struct transport *t)
{
    size_t n;

    if (t->protocol != IPPROTO_TCP || f->n < t->at + 20)
        return 0;
    n = 4u * (f->data[t->at + 12] >> 4);
    return n >= 20 && t->at + n <= f->n ? n : 0;
}

bool offload_in(const struct virtio_net_hdr *h, struct frame *f)
{
    const unsigned known = VIRTIO_NET_HDR_F_NEEDS_CSUM | VIRTIO_NET_HDR_F_DATA_VALID;
    struct transport t;
    unsigned char *check;
    uint16_t sum = 0;

    if (h->flags & ~known)
        return false;
    if (!(h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM))
        return h->gso_type == VIRTIO_NET_HDR_GSO_NONE;
    if (!find_transport(f, &t))
        return false;
    if (h->gso_type != VIRTIO_NET_HDR_GSO_NONE &&
        (h->gso_type != (t.v6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4) ||
         h->gso_size < GSO_SIZE_MIN || tcp_header(f, &t) == 0))
        return false;
    if (h->csum_start != t.at || t.at + h->csum_offset + 2u > f->n ||
        !((t.protocol == IPPROTO_TCP && h->csum_offset == TCP_CHECKSUM) ||
          (t.protocol == IPPROTO_UDP && h->csum_offset == UDP_CHECKSUM)))
        return false;
    /* The container has left the sum of the pseudo header here, or what it likes. */
    check = f->data + t.at + h->csum_offset;
    memcpy(check, &sum, sizeof sum);
    /* IPv4 may have none, and then libslirp need not look at it: the next socket makes its own. */
    if (t.protocol == IPPROTO_UDP && !t.v6)
        return true;
    sum = sum_fold(sum_add(sum_pseudo(f->data + FRAME_HEADER, t.protocol, f->n - t.at),
                           f->data + t.at, f->n - t.at));
    if (sum == 0 && t.protocol == IPPROTO_UDP)
        sum = 0xffff; /* 0 would say that there is none */
    memcpy(check, &sum, sizeof sum);
    return true;
}

/* Its checksum is left to the kernel, as every sender of long segments does: for what is whole the
 * kernel would have to find the headers itself, read it all once more, and complain if it has to cut it. */
static void leave_checksum(struct frame *f, const struct transport *t, struct virtio_net_hdr *h)
{
    uint16_t sum = (uint16_t)~sum_fold(sum_pseudo(f->data + FRAME_HEADER, t->protocol, f->n - t->at));

    h->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
    h->csum_start = (uint16_t)t->at;
    h->csum_offset = TCP_CHECKSUM;
    memcpy(f->data + t->at + TCP_CHECKSUM, &sum, sizeof sum);
}

void offload_out(struct frame *f, unsigned mtu, struct virtio_net_hdr *h)
{
    struct transport t;
    size_t header;

    *h = (struct virtio_net_hdr){ .flags = VIRTIO_NET_HDR_F_DATA_VALID };
    if (f->n <= (size_t)FRAME_HEADER + mtu || !find_transport(f, &t))
        return;
    header = tcp_header(f, &t);
    if (header == 0 || t.at + header >= (size_t)FRAME_HEADER + mtu)
        return;
    h->gso_type = t.v6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;
    h->hdr_len = (uint16_t)(t.at + header);
    h->gso_size = (uint16_t)(FRAME_HEADER + mtu - h->hdr_len);
    leave_checksum(f, &t, h);
}
