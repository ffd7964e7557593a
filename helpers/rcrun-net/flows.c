#include "flows.h"

#include <stdlib.h>
#include <string.h>

#define UDP_IDLE_S 240      /* after so long libslirp closes a socket */
#define UDP_REST_S 10       /* who was used since then keeps its place */
#define ANSWER_MS 120000
#define PEERS 1024          /* a power of two */
#define RESOLVERS 255       /* different ones, before the oldest is forgotten */
#define TOKEN 1000          /* of a flow, so that those of a millisecond are a whole number */

struct peer {
    struct flow_end end;
    uint16_t port;
    bool used;
    int64_t until_ms; /* 0 = not asked for since it spoke */
};

struct flows {
    const struct net *net;
    unsigned now, datagrams;
    int64_t tokens, tokens_ms;
    bool begun;
    struct flow_end resolvers[RESOLVERS];
    unsigned resolvers_n; /* ever */
    struct peer peers[PEERS];
    unsigned char pins[2][65536]; /* 1 + place in resolvers; 0 = none */
    uint32_t udp[2][65536];       /* 1 + second in which it was used last; 0 = never */
    uint32_t udp_gone;            /* those that were used then or before have none any more */
};

struct flows *flows_new(const struct net *net)
{
    struct flows *f = calloc(1, sizeof *f);

    if (f)
        f->net = net;
    return f;
}

void flows_free(struct flows *f)
{
    free(f);
}

void flows_set(struct flows *f, unsigned now, unsigned datagrams)
{
    f->now = now;
    f->datagrams = datagrams;
}

enum flows_answer flows_begin(struct flows *f, int64_t now_ms)
{
    int64_t rate = f->net->flows_per_second, most = rate * TOKEN;

    if (f->now >= f->net->flows_max)
        return FLOWS_FULL;
    if (!f->begun || now_ms - f->tokens_ms >= 1000)
        f->tokens = most;
    else
        f->tokens += (now_ms - f->tokens_ms) * rate;
    f->begun = true;
    f->tokens_ms = now_ms;
    if (f->tokens > most)
        f->tokens = most;
    if (f->tokens < TOKEN)
        return FLOWS_TOO_FAST;
    f->tokens -= TOKEN;
    f->now++;
    return FLOWS_YES;
}

void flows_taken(struct flows *f)
{
    f->tokens += TOKEN; /* no more than there may be: flows_begin sees to that */
}

static uint32_t second_of(int64_t now_ms)
{
    return (uint32_t)(now_ms / 1000) + 1;
}

static bool has_flow(const struct flows *f, uint32_t used, uint32_t now)
{
    return used > f->udp_gone && now - used <= UDP_IDLE_S;
}

uint32_t flows_udp_rest(struct flows *f, int64_t now_ms)
{
    const uint32_t *udp = f->udp[0];
    uint32_t now = second_of(now_ms), rest = UDP_IDLE_S;
    unsigned by_rest[UDP_IDLE_S + 1] = { 0 }, all = 0, sum = 0;

    for (size_t i = 0; i < 2 * 65536; i++)
        if (has_flow(f, udp[i], now)) {
            by_rest[now - udp[i]]++;
            all++;
        }
    for (; rest >= UDP_REST_S; rest--) {
        sum += by_rest[rest];
        if (sum > 0 && sum >= all / 8)
            break;
    }
    if (rest < UDP_REST_S)
        return 0;
    f->udp_gone = now - rest;
    return rest;
}

enum flows_answer flows_udp(struct flows *f, bool v6, uint16_t port, int64_t now_ms)
{
    uint32_t now = second_of(now_ms);
    uint32_t *used = &f->udp[v6][port];

    if (!has_flow(f, *used, now)) {
        enum flows_answer answer = FLOWS_FULL;

        if (f->datagrams < (f->net->flows_max + 1) / 2)
            answer = flows_begin(f, now_ms);
        if (answer != FLOWS_YES)
            return answer;
        f->datagrams++;
    }
    *used = now;
    return FLOWS_YES;
}

static struct peer *peer_place(struct flows *f, const struct flow_end *end, uint16_t port)
{
    uint32_t word, hash = (uint32_t)port << 16 | end->port;

    for (size_t i = 0; i < sizeof end->ip; i += sizeof word) {
        memcpy(&word, end->ip + i, sizeof word);
        hash = (hash ^ word) * 0x9e3779b1u;
    }
    return &f->peers[(hash ^ hash >> 16) % PEERS];
}

static bool is_same(const struct flow_end *a, const struct flow_end *b)
{
    return a->v6 == b->v6 && a->port == b->port && memcmp(a->ip, b->ip, sizeof a->ip) == 0;
}

void flows_heard(struct flows *f, const struct flow_end *peer, uint16_t port)
{
    *peer_place(f, peer, port) = (struct peer){ .end = *peer, .port = port, .used = true };
}

bool flows_may_answer(struct flows *f, const struct flow_end *peer, uint16_t port, int64_t now_ms)
{
    struct peer *p = peer_place(f, peer, port);

    if (!p->used || p->port != port || !is_same(&p->end, peer))
        return false;
    if (p->until_ms == 0)
        p->until_ms = now_ms + ANSWER_MS;
    return now_ms < p->until_ms;
}

void flows_pin(struct flows *f, uint16_t port, const struct flow_end *resolver)
{
    unsigned n = f->resolvers_n < RESOLVERS ? f->resolvers_n : RESOLVERS;
    unsigned i = 0;

    while (i < n && !is_same(&f->resolvers[i], resolver))
        i++;
    if (i == n) {
        i = f->resolvers_n++ % RESOLVERS;
        f->resolvers[i] = *resolver;
    }
    f->pins[resolver->v6][port] = (unsigned char)(i + 1);
}

void flows_unpin(struct flows *f, bool v6, uint16_t port)
{
    f->pins[v6][port] = 0;
}

const struct flow_end *flows_pinned(const struct flows *f, bool v6, uint16_t port)
{
    unsigned pin = f->pins[v6][port];

    return pin ? &f->resolvers[pin - 1] : NULL;
}
