/* TCP to the DNS address goes to a resolver of the host, and comes back as from the DNS address
 * (ND-10).  A connection stays with the resolver that it began with. */
#include "packet.h"

#define DNS_PORT 53

void scrub_set_resolver(struct scrub *s, const struct ip *v4, const struct ip *v6, uint16_t port)
{
    if (port == 0)
        port = DNS_PORT;
    s->resolver[0] = flow_end(false, v4->bytes, v4->family ? port : 0);
    s->resolver[1] = flow_end(true, v6->bytes, v6->family ? port : 0);
}

/* at: where the address is in the packet; port_at: where the port is in the TCP header. */
static void change_end(unsigned char *ip, unsigned char *at, unsigned char *tcp, size_t port_at,
                       const unsigned char *to, size_t width, uint16_t port)
{
    unsigned char bytes[2];

    put16(bytes, port);
    sum_change(tcp + 16, at, to, width);
    if (width == 4)
        sum_change(ip + 10, at, to, width);
    memcpy(at, to, width);
    sum_rewrite(tcp, port_at, bytes, sizeof bytes, tcp + 16);
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
    change_end(p->ip, packet_to(p), p->data, 2, to->ip, p->v6 ? 16 : 4, to->port);
    return true;
}

static void from_resolver(struct scrub *s, unsigned char *ip, unsigned char *tcp, bool v6)
{
    const struct flow_end *from = flows_pinned(s->flows, v6, get16(tcp + 2));
    unsigned char *at = ip + (v6 ? 8 : 12);
    size_t width = v6 ? 16 : 4;

    if (!from || from->port != get16(tcp) || memcmp(from->ip, at, width) != 0)
        return;
    change_end(ip, at, tcp, 0, v6 ? s->net->v6.dns.bytes : s->net->v4.dns.bytes, width, DNS_PORT);
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
    protocol = v6 ? ip[6] : ip[9];
    if (protocol == IPPROTO_TCP && f->n >= head + 20) {
        from_resolver(s, ip, f->data + head, v6);
    } else if (protocol == IPPROTO_UDP && f->n >= head + 8) {
        const unsigned char *udp = f->data + head;
        struct flow_end from = flow_end(v6, ip + (v6 ? 8 : 12), get16(udp));

        flows_heard(s->flows, &from, get16(udp + 2));
    }
}
