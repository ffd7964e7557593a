/* Addresses that libslirp sees otherwise than the container does.
 *
 * TCP to the DNS address goes to a resolver of the host, and comes back as from the DNS address
 * (ND-10).  A connection stays with the resolver that it began with.
 *
 * Who sends a datagram to a published port from the host's loopback is the gateway to the container.
 * libslirp would not let the answer out to the gateway, unless all of the loopback is open; but to the
 * loopback itself it does. */
#include "packet.h"

#define DNS_PORT 53

static const unsigned char loopback_v4[4] = { 127, 0, 0, 1 };
static const unsigned char loopback_v6[16] = { [15] = 1 };

void scrub_set_resolver(struct scrub *s, bool v6, const struct ip *ip, uint16_t port)
{
    s->resolver[v6] = flow_end(v6, ip->bytes, !ip->family ? 0 : port ? port : DNS_PORT);
}

/* at: where the address is in the packet; check: the checksum of TCP or UDP. */
static void change_address(unsigned char *ip, unsigned char *at, unsigned char *check,
                           const unsigned char *to, bool v6)
{
    size_t n = v6 ? 16 : 4;

    sum_change(check, at, to, n);
    if (!v6)
        sum_change(ip + 10, at, to, n);
    memcpy(at, to, n);
}

static void change_tcp(unsigned char *ip, unsigned char *at, unsigned char *tcp, size_t port_at,
                       const unsigned char *to, uint16_t port, bool v6)
{
    unsigned char bytes[2];

    put16(bytes, port);
    change_address(ip, at, tcp + 16, to, v6);
    sum_rewrite(tcp, port_at, bytes, sizeof bytes, tcp + 16);
}

static void change_udp(unsigned char *ip, unsigned char *at, unsigned char *udp,
                       const unsigned char *to, bool v6)
{
    bool summed = get16(udp + 6) != 0;

    change_address(ip, at, udp + 6, to, v6);
    if (!summed)
        put16(udp + 6, 0);
    else if (get16(udp + 6) == 0)
        put16(udp + 6, 0xffff);
}

void lead_to_loopback(struct packet *p)
{
    change_udp(p->ip, packet_to(p), p->data, p->v6 ? loopback_v6 : loopback_v4, p->v6);
}

bool lead_to_resolver(struct scrub *s, struct packet *p, bool begins)
{
    uint16_t port = get16(p->data);
    const struct flow_end *to;

    if (begins) {
        if (s->resolver[p->v6].port == 0)
            return false;
        flows_pin(s->flows, port, &s->resolver[p->v6]);
    }
    to = flows_pinned(s->flows, p->v6, port);
    if (!to || get16(p->data + 2) != DNS_PORT)
        return false;
    change_tcp(p->ip, packet_to(p), p->data, 2, to->ip, to->port, p->v6);
    return true;
}

static void from_resolver(struct scrub *s, unsigned char *ip, unsigned char *tcp, bool v6)
{
    const struct flow_end *from = flows_pinned(s->flows, v6, get16(tcp + 2));
    unsigned char *at = ip + (v6 ? 8 : 12);

    if (!from || from->port != get16(tcp) || memcmp(from->ip, at, v6 ? 16 : 4) != 0)
        return;
    change_tcp(ip, at, tcp, 0, v6 ? s->net->v6.dns.bytes : s->net->v4.dns.bytes, DNS_PORT, v6);
}

static void from_peer(struct scrub *s, unsigned char *ip, unsigned char *udp, bool v6)
{
    unsigned char *at = ip + (v6 ? 8 : 12);
    struct flow_end from;

    if (v6 ? memcmp(at, loopback_v6, sizeof loopback_v6) == 0 : at[0] == 127)
        change_udp(ip, at, udp, v6 ? s->net->v6.gateway.bytes : s->net->v4.gateway.bytes, v6);
    from = flow_end(v6, at, get16(udp));
    flows_heard(s->flows, &from, get16(udp + 2));
}

/* A datagram that is longer than the MTU of libslirp comes in parts; only the first has ports and a
 * checksum. */
static void later_part(struct scrub *s, unsigned char *ip)
{
    unsigned char *at = ip + 12;

    if (ip[9] != IPPROTO_UDP || at[0] != 127)
        return;
    sum_change(ip + 10, at, s->net->v4.gateway.bytes, 4);
    memcpy(at, s->net->v4.gateway.bytes, 4);
}

void scrub_out(struct scrub *s, struct frame *f)
{
    unsigned char *ip = f->data + FRAME_HEADER;
    bool v6;
    size_t head;
    unsigned protocol;

    if (f->n < FRAME_HEADER + 20)
        return;
    v6 = get16(f->data + 12) == ETHERTYPE_V6;
    head = FRAME_HEADER + (v6 ? 40 : 20);
    if (!v6 && (get16(f->data + 12) != ETHERTYPE_V4 || ip[0] != 0x45))
        return;
    if (!v6 && (get16(ip + 6) & 0x1fff) != 0) {
        later_part(s, ip);
        return;
    }
    protocol = v6 ? ip[6] : ip[9];
    if (protocol == IPPROTO_TCP && f->n >= head + 20) {
        if ((f->data[head + 13] & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK))
            flows_taken(s->flows);
        from_resolver(s, ip, f->data + head, v6);
    } else if (protocol == IPPROTO_UDP && f->n >= head + 8) {
        from_peer(s, ip, f->data + head, v6);
    }
}
