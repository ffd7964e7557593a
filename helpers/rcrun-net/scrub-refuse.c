/* Answers in place of what was refused, so that a program learns at once that it cannot have it. */
#include "packet.h"

/* Whoever gets an answer must not be asked to spread it. */
static bool has_answer(const struct packet *p)
{
    const unsigned char *to = p->frame->data, *from = p->frame->data + 6;

    return p->place != PLACE_MULTICAST && !(to[0] & 1) && !(from[0] & 1);
}

/* Ethernet and IP header of the answer, from `source` (NULL: whom the packet was for) to where the
 * packet came from; returns where its data begins. */
static unsigned char *begin(const struct packet *p, const unsigned char *source,
                            unsigned protocol, size_t n, struct frame *reply)
{
    unsigned char *ip = reply->data + FRAME_HEADER;
    size_t head = p->v6 ? 40 : 20, width = p->v6 ? 16 : 4;
    uint16_t sum;

    if (reply->max < FRAME_HEADER + head + n)
        return NULL;
    reply->n = FRAME_HEADER + head + n;
    memset(reply->data, 0, reply->n);
    memcpy(reply->data, p->frame->data + 6, 6);
    memcpy(reply->data + 6, p->frame->data, 6);
    memcpy(reply->data + 12, p->frame->data + 12, 2);
    memcpy(ip + head - width, packet_source(p), width);
    memcpy(ip + head - 2 * width, source ? source : packet_to(p), width);
    if (p->v6) {
        ip[0] = 0x60;
        put16(ip + 4, (uint16_t)n);
        ip[6] = (unsigned char)protocol;
        ip[7] = 64;
        return ip + head;
    }
    ip[0] = 0x45;
    put16(ip + 2, (uint16_t)(head + n));
    put16(ip + 6, 0x4000);
    ip[8] = 64;
    ip[9] = (unsigned char)protocol;
    sum = sum_fold(sum_add(0, ip, head));
    memcpy(ip + 10, &sum, sizeof sum);
    return ip + head;
}

/* RFC 9293, 3.10.7.1. */
static enum verdict reset(const struct packet *p, struct frame *reply)
{
    const unsigned char *tcp = p->data;
    unsigned flags = tcp[13];
    unsigned char *out;
    uint16_t sum;

    if (flags & TCP_RST)
        return SCRUB_DROP;
    out = begin(p, NULL, IPPROTO_TCP, 20, reply);
    if (!out)
        return SCRUB_DROP;
    memcpy(out, tcp + 2, 2);
    memcpy(out + 2, tcp, 2);
    out[12] = 5 << 4;
    if (flags & TCP_ACK) {
        memcpy(out + 4, tcp + 8, 4);
        out[13] = TCP_RST;
    } else {
        size_t used = p->n - 4u * (tcp[12] >> 4) + !!(flags & TCP_SYN) + !!(flags & TCP_FIN);

        put32(out + 8, get32(tcp + 4) + (uint32_t)used);
        out[13] = TCP_RST | TCP_ACK;
    }
    sum = sum_fold(sum_add(sum_pseudo(reply->data + FRAME_HEADER, IPPROTO_TCP, 20), out, 20));
    memcpy(out + 16, &sum, sizeof sum);
    return SCRUB_REPLY;
}

/* Destination unreachable: RFC 792 and 1812, RFC 4443. */
static enum verdict unreachable(const struct scrub *s, const struct packet *p, enum refusal why,
                                struct frame *reply)
{
    static const unsigned char codes[2][2] = { { 3, 13 }, { 4, 1 } };
    const struct net_family *own = p->v6 ? &s->net->v6 : &s->net->v4;
    size_t head = p->v6 ? 40 : 20, most = p->v6 ? 1280 - 48 : 576 - 28;
    size_t quoted = head + p->n < most ? head + p->n : most;
    unsigned protocol = p->v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
    unsigned char *out = begin(p, why == REFUSE_CLOSED ? NULL : own->gateway.bytes, protocol,
                               8 + quoted, reply);
    uint64_t sum = 0;
    uint16_t folded;

    if (!out)
        return SCRUB_DROP;
    out[0] = p->v6 ? 1 : 3;
    out[1] = codes[p->v6][why];
    memcpy(out + 8, p->ip, quoted);
    if (p->v6)
        sum = sum_pseudo(reply->data + FRAME_HEADER, protocol, 8 + quoted);
    folded = sum_fold(sum_add(sum, out, 8 + quoted));
    memcpy(out + 2, &folded, sizeof folded);
    return SCRUB_REPLY;
}

enum verdict refuse(const struct scrub *s, const struct packet *p, enum refusal why,
                    struct frame *reply)
{
    if (!has_answer(p))
        return SCRUB_DROP;
    return p->protocol == IPPROTO_TCP ? reset(p, reply) : unreachable(s, p, why, reply);
}
