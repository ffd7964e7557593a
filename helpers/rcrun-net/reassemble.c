#include "reassemble.h"

#include <netinet/in.h>
#include <stdlib.h>

#define UNIT 8 /* what offsets are counted in */
#define UNITS (65536 / UNIT)

/* A datagram of which some is there. */
struct datagram {
    bool used;
    int64_t begun_ms;
    uint32_t id;
    unsigned protocol;
    size_t head_n;
    unsigned char addresses[32];
    size_t got;              /* bytes behind the header */
    size_t whole;            /* how many they will be; 0 = not known yet */
    size_t high;             /* end of what is there */
    unsigned char at[UNITS]; /* 1 where there is something */
    unsigned char data[FRAME_MAX];
};

struct reassemble {
    struct datagram v[REASSEMBLE_MAX]; /* the kernel gives no memory for what is never used */
};

struct reassemble *reassemble_new(void)
{
    return calloc(1, sizeof(struct reassemble));
}

void reassemble_free(struct reassemble *r)
{
    free(r);
}

static void forget(struct datagram *d)
{
    memset(d->at, 0, (d->high + UNIT - 1) / UNIT);
    d->used = false;
    d->got = d->whole = d->high = 0;
}

/* Does the piece itself make sense? */
static bool is_sound(const struct piece *p)
{
    size_t end = p->offset + p->n;
    size_t header = p->protocol == IPPROTO_TCP ? 20 : UNIT;

    if (p->n == 0 || p->offset % UNIT || (p->more && p->n % UNIT))
        return false;
    /* The length field of IPv4 tells of the header too. */
    if (end > (p->head_n == FRAME_HEADER + 20 ? 65535u - 20 : 65535u))
        return false;
    if (p->offset > 0)
        return true;
    /* Ports and flags in one piece: nothing that decides may be told twice. */
    if (p->n >= header && p->protocol == IPPROTO_TCP)
        header = 4u * (p->data[12] >> 4);
    return p->n >= header;
}

/* Its source and destination. */
static const unsigned char *addresses(const struct piece *p, size_t *n)
{
    *n = p->head_n == FRAME_HEADER + 20 ? 8 : 32;
    return p->head + p->head_n - *n;
}

static bool belongs(const struct datagram *d, const struct piece *p)
{
    size_t n;
    const unsigned char *of = addresses(p, &n);

    return d->used && d->id == p->id && d->protocol == p->protocol && d->head_n == p->head_n &&
           memcmp(d->addresses, of, n) == 0;
}

/* The datagram that the piece belongs to, or a new one, in place of the oldest if need be. */
static struct datagram *datagram_of(struct reassemble *r, const struct piece *p, int64_t now_ms,
                                    uint64_t *lost)
{
    struct datagram *d, *room = NULL, *oldest = NULL;
    const unsigned char *of;
    size_t n;

    for (d = r->v; d < r->v + REASSEMBLE_MAX; d++) {
        if (d->used && now_ms - d->begun_ms >= REASSEMBLE_MS) {
            forget(d);
            ++*lost;
        }
        if (belongs(d, p))
            return d;
        if (!d->used)
            room = d;
        else if (!oldest || d->begun_ms < oldest->begun_ms)
            oldest = d;
    }
    d = room;
    if (!d) {
        d = oldest;
        forget(d);
        ++*lost;
    }
    d->used = true;
    d->begun_ms = now_ms;
    d->id = p->id;
    d->protocol = p->protocol;
    d->head_n = p->head_n;
    of = addresses(p, &n);
    memcpy(d->addresses, of, n);
    memcpy(d->data, p->head, p->head_n);
    return d;
}

static bool take(struct datagram *d, const struct piece *p)
{
    size_t end = p->offset + p->n;
    unsigned char *first = d->at + p->offset / UNIT;
    size_t units = (p->n + UNIT - 1) / UNIT;

    if (memchr(first, 1, units) || (d->whole && end > d->whole))
        return false;
    if (!p->more) {
        if (d->high > end)
            return false;
        d->whole = end;
    }
    memset(first, 1, units);
    memcpy(d->data + d->head_n + p->offset, p->data, p->n);
    if (p->offset == 0)
        memcpy(d->data, p->head, p->head_n);
    d->got += p->n;
    if (d->high < end)
        d->high = end;
    return true;
}

/* The header of the first piece becomes that of the datagram. */
static void finish(struct datagram *d)
{
    unsigned char *ip = d->data + FRAME_HEADER;
    uint16_t sum = 0;

    if (d->head_n == FRAME_HEADER + 40) {
        put16(ip + 4, (uint16_t)d->whole);
        ip[6] = (unsigned char)d->protocol;
        return;
    }
    put16(ip + 2, (uint16_t)(20 + d->whole));
    put16(ip + 6, 0);
    put16(ip + 10, 0);
    sum = sum_fold(sum_add(0, ip, 20));
    memcpy(ip + 10, &sum, sizeof sum);
}

enum piece_outcome reassemble(struct reassemble *r, const struct piece *p, int64_t now_ms,
                              struct frame *out, uint64_t *lost)
{
    struct datagram *d;

    if (!is_sound(p))
        return PIECE_REFUSED;
    d = datagram_of(r, p, now_ms, lost);
    if (!take(d, p)) {
        forget(d);
        return PIECE_REFUSED;
    }
    if (!d->whole || d->got < d->whole)
        return PIECE_HELD;
    finish(d);
    *out = (struct frame){ .data = d->data, .n = d->head_n + d->whole, .max = sizeof d->data };
    forget(d);
    return PIECE_WHOLE;
}
