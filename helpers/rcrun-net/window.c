#include "window.h"

#include <netinet/in.h>

enum {
    TCP_HEADER = 20,
    FIN = 0x01,
    SYN = 0x02,
    RST = 0x04,
    ACK = 0x10,
    /* Below it a sender may wait for more rather than use it (RFC 9293, 3.8.6.2). */
    SMALL = 16384,
    /* Whose reader has stopped is left to the timer of the container, which begins it anew. */
    TRIES = 32,
};

/* Where the parts of a TCP segment in a frame are. */
struct segment {
    const unsigned char *ip, *tcp;
    size_t addresses; /* bytes of one */
    size_t n;         /* from the TCP header on */
};

static bool read_segment(const unsigned char *frame, size_t n, struct segment *s)
{
    bool v6;
    size_t header;

    if (n < FRAME_HEADER + 20)
        return false;
    s->ip = frame + FRAME_HEADER;
    v6 = get16(frame + 12) == 0x86dd;
    header = v6 ? 40 : 20;
    if (n < FRAME_HEADER + header + TCP_HEADER ||
        (v6 ? s->ip[0] >> 4 != 6 || s->ip[6] != IPPROTO_TCP
            : get16(frame + 12) != 0x0800 || s->ip[0] != 0x45 || s->ip[9] != IPPROTO_TCP))
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

/* Is `back` of the same connection, in the other direction? */
static bool answers(const struct segment *s, const struct segment *back)
{
    size_t n = s->addresses;

    return n == back->addresses && memcmp(source(s), source(back) + n, n) == 0 &&
           memcmp(source(s) + n, source(back), n) == 0 && memcmp(s->tcp, back->tcp + 2, 2) == 0 &&
           memcmp(s->tcp + 2, back->tcp, 2) == 0;
}

static bool same(const struct segment *s, const struct segment *other)
{
    return s->addresses == other->addresses &&
           memcmp(source(s), source(other), 2 * s->addresses) == 0 &&
           memcmp(s->tcp, other->tcp, 4) == 0;
}

static void forget(struct windows *s, struct window *w)
{
    *w = s->v[--s->n];
}

void window_input(struct windows *s, const void *frame, size_t n)
{
    struct segment now, known;

    s->input = frame;
    s->input_n = n;
    if (s->n == 0 || !read_segment(frame, n, &now) || !(now.tcp[13] & (SYN | FIN | RST)))
        return;
    /* The connection ends, or another has its ports. */
    for (unsigned i = s->n; i-- > 0;)
        if (read_segment(s->v[i].probe, s->v[i].n, &known) && same(&now, &known))
            forget(s, &s->v[i]);
}

void window_input_end(struct windows *s)
{
    s->input = NULL;
}

static void put_sum(unsigned char *at, uint16_t sum)
{
    memcpy(at, &sum, sizeof sum);
}

/* The segment by which the container would ask, made of its last one: one byte before what it would
 * send next, and nothing in it. */
static void make_probe(struct window *w, const struct segment *last, uint32_t next)
{
    size_t header = (size_t)(last->tcp - last->ip);
    unsigned char *ip = w->probe + FRAME_HEADER, *tcp = ip + header;

    w->n = FRAME_HEADER + header + TCP_HEADER;
    memcpy(w->probe, last->ip - FRAME_HEADER, w->n);
    put32(tcp + 4, next - 1);
    tcp[12] = TCP_HEADER / 4 << 4;
    tcp[13] = ACK;
    memset(tcp + 16, 0, 4);
    if (last->addresses == 16) {
        put16(ip + 4, TCP_HEADER);
    } else {
        put16(ip + 2, (uint16_t)(header + TCP_HEADER));
        memset(ip + 10, 0, 2);
        put_sum(ip + 10, sum_fold(sum_add(0, ip, header)));
    }
    put_sum(tcp + 16, sum_fold(sum_add(sum_pseudo(ip, IPPROTO_TCP, TCP_HEADER), tcp, TCP_HEADER)));
}

void window_output(struct windows *s, const void *frame, size_t n)
{
    struct segment out, last, known;
    struct window *w = NULL;
    bool small, waits;

    if (!s->input && s->n == 0)
        return;
    if (!read_segment(frame, n, &out) || (out.tcp[13] & (SYN | ACK)) != ACK)
        return;
    small = get16(out.tcp + 14) < SMALL && !(out.tcp[13] & (RST | FIN));
    if (!small && s->n == 0)
        return;
    for (unsigned i = 0; i < s->n && !w; i++)
        if (read_segment(s->v[i].probe, s->v[i].n, &known) && answers(&known, &out))
            w = &s->v[i];
    if (!small) {
        if (w)
            forget(s, w);
        return;
    }
    waits = s->input && read_segment(s->input, s->input_n, &last) && answers(&last, &out) &&
            !(last.tcp[13] & (SYN | FIN | RST));
    if (!waits || (!w && s->n == WINDOWS_MAX))
        return;
    if (!w)
        w = &s->v[s->n++];
    w->tries = 0;
    make_probe(w, &last, get32(out.tcp + 8));
}

bool window_probe(struct windows *s, struct window *out)
{
    while (s->n > 0) {
        struct window *w = &s->v[s->next++ % s->n];

        if (w->tries++ < TRIES) {
            *out = *w;
            return true;
        }
        forget(s, w);
    }
    return false;
}
