#include "scrub.h"

#include <stdio.h>
#include <stdlib.h>

#include "packet.h"

#define V4_HEAD 20
#define V6_HEAD 40
#define MORE_V4 0x2000
#define OFFSET_V4 0x1fff

struct scrub *scrub_new(struct net *net, struct counters *counters)
{
    struct scrub *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    s->net = net;
    s->counters = counters;
    s->pieces = reassemble_new();
    s->flows = flows_new(net);
    if (s->pieces && s->flows)
        return s;
    scrub_free(s);
    return NULL;
}

void scrub_free(struct scrub *s)
{
    if (!s)
        return;
    reassemble_free(s->pieces);
    flows_free(s->flows);
    free(s);
}

void scrub_set_flows(struct scrub *s, unsigned flows, unsigned datagrams)
{
    flows_set(s->flows, flows, datagrams);
}

uint32_t scrub_udp_rest(struct scrub *s, int64_t now_ms)
{
    return flows_udp_rest(s->flows, now_ms);
}

void scrub_refuse_echo_v6(struct scrub *s)
{
    s->no_echo_v6 = true;
}

const char *scrub_warning(struct scrub *s)
{
    const struct net_rule *rule = s->denied;
    char to[IP_TEXT_MAX], prefix[IP_TEXT_MAX];

    if (!rule)
        return NULL;
    s->denied = NULL;
    snprintf(s->warning, sizeof s->warning,
             "the container may not reach %s: denied by the rule for %s/%u", ip_text(&s->denied_to, to),
             ip_text(&rule->to.ip, prefix), rule->to.bits);
    return s->warning;
}

static enum verdict scrub_whole(struct scrub *s, struct packet *p, struct frame *reply)
{
    switch (p->protocol) {
    case IPPROTO_TCP:
        return scrub_tcp(s, p, reply);
    case IPPROTO_UDP:
        return scrub_udp(s, p, reply);
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
        if (p->v6 == (p->protocol == IPPROTO_ICMPV6))
            return scrub_icmp(s, p, reply);
        return drop(s, COUNT_drop_protocol);
    case IPPROTO_HOPOPTS:
    case IPPROTO_ROUTING:
    case IPPROTO_FRAGMENT:
    case IPPROTO_DSTOPTS:
    case IPPROTO_NONE:
        return drop(s, p->v6 ? COUNT_drop_options : COUNT_drop_protocol);
    default:
        return drop(s, COUNT_drop_protocol);
    }
}

static enum verdict scrub_piece(struct scrub *s, struct packet *p, const struct piece *piece,
                                struct frame *reply)
{
    size_t head = piece->head_n;

    if (s->net->drop_fragments)
        return drop(s, COUNT_drop_fragment);
    /* Not worth their room where the whole could go nowhere.  A reset needs all of it. */
    if (p->place > PLACE_DNS) {
        drop(s, place_counter(p->place));
        return piece->offset || p->protocol == IPPROTO_TCP ? SCRUB_DROP
                                                           : refuse(s, p, REFUSE_PROHIBITED, reply);
    }
    switch (reassemble(s->pieces, piece, p->now_ms, p->frame,
                       &s->counters->v[COUNT_drop_fragment])) {
    case PIECE_HELD:
        return SCRUB_HELD;
    case PIECE_REFUSED:
        return drop(s, COUNT_drop_fragment);
    case PIECE_WHOLE:
        break;
    }
    COUNT(s->counters, reassembled);
    p->ip = p->frame->data + FRAME_HEADER;
    p->data = p->frame->data + head;
    p->n = p->frame->n - head;
    p->whole_before = false;
    return scrub_whole(s, p, reply);
}

static enum verdict scrub_v4(struct scrub *s, struct packet *p, struct frame *reply)
{
    struct frame *f = p->frame;
    unsigned char *ip = p->ip;
    size_t n = f->n - FRAME_HEADER, total;
    struct piece piece;

    if (n < V4_HEAD)
        return drop(s, COUNT_drop_short);
    total = get16(ip + 2);
    if (ip[0] >> 4 != 4 || (ip[0] & 15) < 5 || total < V4_HEAD || (ip[6] & 0x80))
        return drop(s, COUNT_drop_header);
    if (ip[0] != 0x45)
        return drop(s, COUNT_drop_options);
    if (total > n)
        return drop(s, COUNT_drop_short);
    f->n = FRAME_HEADER + total; /* without the padding of short frames */
    if (memcmp(packet_source(p), s->net->v4.guest.bytes, 4) != 0)
        return drop(s, COUNT_drop_source);
    p->data = ip + V4_HEAD;
    p->n = total - V4_HEAD;
    p->protocol = ip[9];
    p->place = place_of(s->net, false, packet_to(p));
    if ((get16(ip + 6) & (MORE_V4 | OFFSET_V4)) == 0)
        return scrub_whole(s, p, reply);
    piece = (struct piece){
        .head = f->data,
        .head_n = FRAME_HEADER + V4_HEAD,
        .id = get16(ip + 4),
        .protocol = p->protocol,
        .offset = 8u * (get16(ip + 6) & OFFSET_V4),
        .more = get16(ip + 6) & MORE_V4,
        .data = p->data,
        .n = p->n,
    };
    return scrub_piece(s, p, &piece, reply);
}

/* The container's own address; that of its link, or none, where it looks for neighbours. */
static bool is_source_v6(const struct scrub *s, const struct packet *p)
{
    static const unsigned char none[16];
    const unsigned char *source = packet_source(p);
    bool link = source[0] == 0xfe && (source[1] & 0xc0) == 0x80;

    if (memcmp(source, s->net->v6.guest.bytes, 16) == 0)
        return true;
    if (is_neighbour_message(p))
        return link || memcmp(source, none, 16) == 0;
    return link && p->place == PLACE_LINK && p->protocol == IPPROTO_ICMPV6;
}

static enum verdict scrub_v6(struct scrub *s, struct packet *p, struct frame *reply)
{
    struct frame *f = p->frame;
    unsigned char *ip = p->ip;
    size_t n = f->n - FRAME_HEADER;
    struct piece piece;

    if (n < V6_HEAD)
        return drop(s, COUNT_drop_short);
    if (ip[0] >> 4 != 6)
        return drop(s, COUNT_drop_header);
    p->n = get16(ip + 4);
    if (p->n > n - V6_HEAD)
        return drop(s, COUNT_drop_short);
    f->n = FRAME_HEADER + V6_HEAD + p->n;
    p->data = ip + V6_HEAD;
    p->protocol = ip[6];
    p->place = place_of(s->net, true, packet_to(p));
    if (!is_source_v6(s, p))
        return drop(s, COUNT_drop_source);
    if (p->protocol != IPPROTO_FRAGMENT)
        return scrub_whole(s, p, reply);
    if (p->n < 8)
        return drop(s, COUNT_drop_short);
    piece = (struct piece){
        .head = f->data,
        .head_n = FRAME_HEADER + V6_HEAD,
        .id = get32(p->data + 4),
        .protocol = p->data[0],
        .offset = get16(p->data + 2) & 0xfff8u,
        .more = p->data[3] & 1,
        .data = p->data + 8,
        .n = p->n - 8,
    };
    p->protocol = piece.protocol;
    return scrub_piece(s, p, &piece, reply);
}

enum verdict scrub_in(struct scrub *s, struct frame *f, struct frame *reply, int64_t now_ms)
{
    struct packet p = { .frame = f, .now_ms = now_ms, .whole_before = true };

    if (f->n < FRAME_HEADER || f->n > FRAME_MAX)
        return drop(s, COUNT_drop_short);
    p.ip = f->data + FRAME_HEADER;
    switch (get16(f->data + 12)) {
    case ETHERTYPE_V4:
        return s->net->v4.on ? scrub_v4(s, &p, reply) : drop(s, COUNT_drop_ethertype);
    case ETHERTYPE_V6:
        p.v6 = true;
        return s->net->v6.on ? scrub_v6(s, &p, reply) : drop(s, COUNT_drop_ethertype);
    case ETHERTYPE_ARP:
        return s->net->v4.on ? scrub_arp(s, f) : drop(s, COUNT_drop_ethertype);
    default:
        return drop(s, COUNT_drop_ethertype);
    }
}
