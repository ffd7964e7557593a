/* How the container finds our Ethernet address: ARP, and neighbour discovery of IPv6 (RFC 4861). */
#include "packet.h"

enum { ROUTER_SOLICITATION = 133, NEIGHBOUR_SOLICITATION = 135, NEIGHBOUR_ADVERTISEMENT = 136 };

#define ARP_END (FRAME_HEADER + 28)

enum verdict scrub_arp(struct scrub *s, struct frame *f)
{
    /* Ethernet, IPv4, and the lengths of their addresses */
    static const unsigned char kind[6] = { 0, 1, 8, 0, 6, 4 };
    static const unsigned char none[4];
    const unsigned char *arp = f->data + FRAME_HEADER;
    const unsigned char *sender = arp + 14;

    if (f->n < ARP_END)
        return drop(s, COUNT_drop_short);
    if (memcmp(arp, kind, sizeof kind) != 0 || (get16(arp + 6) != 1 && get16(arp + 6) != 2))
        return drop(s, COUNT_drop_arp);
    /* Without a sender it asks whether an address is taken: RFC 5227. */
    if (memcmp(sender, s->net->v4.guest.bytes, 4) != 0 && memcmp(sender, none, 4) != 0)
        return drop(s, COUNT_drop_source);
    f->n = ARP_END;
    return SCRUB_PASS;
}

bool is_neighbour_message(const struct packet *p)
{
    return p->v6 && p->protocol == IPPROTO_ICMPV6 && p->n > 0 &&
           (p->data[0] == ROUTER_SOLICITATION || p->data[0] == NEIGHBOUR_SOLICITATION ||
            p->data[0] == NEIGHBOUR_ADVERTISEMENT);
}

/* The only ones that are needed: link-layer addresses, and the nonce of RFC 7527; each has 8 bytes. */
static bool has_known_options(const unsigned char *options, size_t n)
{
    if (n % 8)
        return false;
    for (; n; n -= 8, options += 8)
        if (options[1] != 1 || (options[0] != 1 && options[0] != 2 && options[0] != 14))
            return false;
    return true;
}

enum verdict scrub_neighbour(struct scrub *s, const struct packet *p)
{
    size_t fixed = p->data[0] == ROUTER_SOLICITATION ? 8 : 24;

    if (p->n < fixed)
        return drop(s, COUNT_drop_short);
    /* Not in pieces (RFC 6980), from this link, and known to the last byte. */
    if (!p->whole_before || p->ip[7] != 255 || p->data[1] != 0 ||
        !has_known_options(p->data + fixed, p->n - fixed))
        return drop(s, COUNT_drop_icmp);
    if (p->place == PLACE_MULTICAST || p->place == PLACE_GATEWAY || p->place == PLACE_DNS ||
        p->place == PLACE_LINK)
        return SCRUB_PASS;
    return drop(s, COUNT_drop_local);
}
