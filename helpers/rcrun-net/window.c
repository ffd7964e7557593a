#include "window.h"

#include "segment.h"

enum {
    /* Below it a sender may wait for more rather than use it (RFC 9293, 3.8.6.2). */
    SMALL = 16384,
    /* Whose reader has stopped is left to the timer of the container, which begins it anew. */
    TRIES = 32,
};

static void forget(struct windows *s, struct window *w)
{
    *w = s->v[--s->n];
}

void window_input(struct windows *s, const void *frame, size_t n)
{
    struct segment now, known;

    s->input = frame;
    s->input_n = n;
    if (s->n == 0 || !segment_read(frame, n, &now) || !(now.tcp[13] & (TCP_SYN | TCP_FIN | TCP_RST)))
        return;
    /* The connection ends, or another has its ports. */
    for (unsigned i = s->n; i-- > 0;)
        if (segment_read(s->v[i].probe, s->v[i].n, &known) && segment_same(&now, &known))
            forget(s, &s->v[i]);
}

void window_input_end(struct windows *s)
{
    s->input = NULL;
}

void window_output(struct windows *s, const void *frame, size_t n)
{
    struct segment out, last, known;
    struct window *w = NULL;
    bool small, waits;

    if (!s->input && s->n == 0)
        return;
    if (!segment_read(frame, n, &out) || (out.tcp[13] & (TCP_SYN | TCP_ACK)) != TCP_ACK)
        return;
    small = get16(out.tcp + 14) < SMALL && !(out.tcp[13] & (TCP_RST | TCP_FIN));
    if (!small && s->n == 0)
        return;
    for (unsigned i = 0; i < s->n && !w; i++)
        if (segment_read(s->v[i].probe, s->v[i].n, &known) && segment_answers(&known, &out))
            w = &s->v[i];
    if (!small) {
        if (w)
            forget(s, w);
        return;
    }
    waits = s->input && segment_read(s->input, s->input_n, &last) && segment_answers(&last, &out) &&
            !(last.tcp[13] & (TCP_SYN | TCP_FIN | TCP_RST));
    if (!waits || (!w && s->n == WINDOWS_MAX))
        return;
    if (!w)
        w = &s->v[s->n++];
    w->tries = 0;
    /* The segment by which the container would ask: one byte before what it would send next. */
    w->n = segment_empty(&last, get32(out.tcp + 8) - 1, TCP_ACK, w->probe);
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
