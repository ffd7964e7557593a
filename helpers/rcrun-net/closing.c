#include "closing.h"

/* Collisions of two connections have to agree in 64 bits and in the sequence number. */
static uint64_t key_of(const unsigned char *from, const unsigned char *to, size_t n,
                       const unsigned char *from_port, const unsigned char *to_port)
{
    uint64_t key = (uint64_t)get16(from_port) << 32 | get16(to_port);

    for (size_t i = 0; i < n; i += 4) {
        key = (key ^ get32(from + i)) * UINT64_C(0x9e3779b97f4a7c15);
        key = (key ^ get32(to + i) ^ key >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
    }
    return key | 1;
}

static uint64_t key_from(const struct segment *s)
{
    const unsigned char *at = s->tcp - 2 * s->addresses;

    return key_of(at, at + s->addresses, s->addresses, s->tcp, s->tcp + 2);
}

static uint64_t key_to(const struct segment *s)
{
    const unsigned char *at = s->tcp - 2 * s->addresses;

    return key_of(at + s->addresses, at, s->addresses, s->tcp + 2, s->tcp);
}

static struct half_closed *place_of_half(struct closings *c, uint64_t key)
{
    return &c->half[(key >> 20) & (CLOSINGS_HALF - 1)];
}

/* Another connection has its addresses and ports, which must live. */
static void forget(struct closings *c, const struct segment *begins)
{
    struct half_closed *half = place_of_half(c, key_from(begins));
    struct segment known;

    if (half->key == key_from(begins))
        half->key = 0;
    for (unsigned i = c->n; i-- > 0;)
        if (segment_read(c->v[i].reset, c->v[i].n, &known) && segment_same(begins, &known))
            c->v[i] = c->v[--c->n];
}

void closing_input(struct closings *c, const void *frame, size_t n)
{
    const unsigned char *tcp;
    struct half_closed *half;
    struct segment s;

    c->input = NULL;
    if (!segment_read(frame, n, &s) || !(s.tcp[13] & (TCP_SYN | TCP_FIN)))
        return;
    tcp = s.tcp;
    if (tcp[13] & TCP_SYN) {
        forget(c, &s);
        return;
    }
    half = place_of_half(c, key_from(&s));
    if (half->key != key_from(&s) || (tcp[13] & (TCP_ACK | TCP_RST)) != TCP_ACK ||
        get32(tcp + 8) != half->next)
        return;
    c->input = frame;
    c->input_n = n;
}

void closing_input_end(struct closings *c)
{
    c->input = NULL;
}

/* The answer to the end that the container has sent, when it takes all of it. */
static void note_answer(struct closings *c, const struct segment *out)
{
    struct segment last;
    struct closed *closed;

    if (!segment_read(c->input, c->input_n, &last) || !segment_answers(&last, out) ||
        get32(out->tcp + 8) != segment_end(&last) || (out->tcp[13] & TCP_RST))
        return;
    c->input = NULL;
    place_of_half(c, key_from(&last))->key = 0;
    if (c->n == CLOSINGS_MAX)
        return;
    closed = &c->v[c->n++];
    closed->n = segment_empty(&last, segment_end(&last), TCP_RST | TCP_ACK, closed->reset);
}

void closing_output(struct closings *c, const void *frame, size_t n)
{
    struct segment out;

    if (!segment_read(frame, n, &out) || (out.tcp[13] & (TCP_SYN | TCP_ACK)) != TCP_ACK)
        return;
    if (out.tcp[13] & TCP_FIN) {
        uint64_t key = key_to(&out);

        *place_of_half(c, key) = (struct half_closed){ .key = key, .next = segment_end(&out) };
    } else if (c->input) {
        note_answer(c, &out);
    }
}

bool closing_reset(struct closings *c, struct closed *out)
{
    if (c->n == 0)
        return false;
    *out = c->v[--c->n];
    return true;
}
