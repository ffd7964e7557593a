#include "segment.h"

#include <netinet/in.h>

bool segment_read(const unsigned char *frame, size_t n, struct segment *s)
{
    bool v6;
    size_t header;

    if (n < FRAME_HEADER + 20)
        return false;
    s->ip = frame + FRAME_HEADER;
    v6 = get16(frame + 12) == ETHERTYPE_V6;
    header = v6 ? 40 : 20;
    if (n < FRAME_HEADER + header + TCP_HEADER ||
        (v6 ? s->ip[0] >> 4 != 6 || s->ip[6] != IPPROTO_TCP
            : get16(frame + 12) != ETHERTYPE_V4 || s->ip[0] != 0x45 || s->ip[9] != IPPROTO_TCP))
        return false;
    s->tcp = s->ip + header;
    s->addresses = v6 ? 16 : 4;
    s->n = n - FRAME_HEADER - header;
    return true;
}

static const unsigned char *source(const struct segment *s)
{
    return s->tcp - 2 * s->addresses;
}

bool segment_answers(const struct segment *s, const struct segment *back)
{
    size_t n = s->addresses;

    return n == back->addresses && memcmp(source(s), source(back) + n, n) == 0 &&
           memcmp(source(s) + n, source(back), n) == 0 && memcmp(s->tcp, back->tcp + 2, 2) == 0 &&
           memcmp(s->tcp + 2, back->tcp, 2) == 0;
}

bool segment_same(const struct segment *s, const struct segment *other)
{
    return s->addresses == other->addresses &&
           memcmp(source(s), source(other), 2 * s->addresses) == 0 &&
           memcmp(s->tcp, other->tcp, 4) == 0;
}

uint32_t segment_end(const struct segment *s)
{
    size_t header = 4u * (s->tcp[12] >> 4);
    uint32_t data = header <= s->n ? (uint32_t)(s->n - header) : 0;

    return get32(s->tcp + 4) + data + !!(s->tcp[13] & TCP_SYN) + !!(s->tcp[13] & TCP_FIN);
}

static void put_sum(unsigned char *at, uint16_t sum)
{
    memcpy(at, &sum, sizeof sum);
}

size_t segment_empty(const struct segment *like, uint32_t sequence, unsigned flags,
                     unsigned char out[SEGMENT_EMPTY_MAX])
{
    size_t header = (size_t)(like->tcp - like->ip);
    unsigned char *ip = out + FRAME_HEADER, *tcp = ip + header;

    memcpy(out, like->ip - FRAME_HEADER, FRAME_HEADER + header + TCP_HEADER);
    put32(tcp + 4, sequence);
    tcp[12] = TCP_HEADER / 4 << 4;
    tcp[13] = (unsigned char)flags;
    memset(tcp + 16, 0, 4);
    if (like->addresses == 16) {
        put16(ip + 4, TCP_HEADER);
    } else {
        put16(ip + 2, (uint16_t)(header + TCP_HEADER));
        memset(ip + 10, 0, 2);
        put_sum(ip + 10, sum_fold(sum_add(0, ip, header)));
    }
    put_sum(tcp + 16, sum_fold(sum_add(sum_pseudo(ip, IPPROTO_TCP, TCP_HEADER), tcp, TCP_HEADER)));
    return FRAME_HEADER + header + TCP_HEADER;
}
