#include "dns-packet.h"

#include <netinet/in.h>

enum {
    V4_HEADER = 20,
    V6_HEADER = 40,
    V6_FRAGMENT = 8,
    MAX_LABEL = 63,
    MAX_NAME = 255,
    HOPS = 64,
};

/* ---- messages: RFC 1035, 4.1 ---- */

enum {
    IS_ANSWER = 0x80, /* the first byte of the flags */
    OPCODE = 0x78,
    WANTS_RECURSION = 0x01,
    HAS_RECURSION = 0x80, /* the second one */
    RCODE = 0x0f,
    SERVFAIL = 2,
    REFUSED = 5,
};

size_t dns_question(const unsigned char *query, size_t n)
{
    size_t at = DNS_HEADER;

    /* Updates and zone notices are for a server that believes its own machine: not for us to ask.
     */
    if (n < DNS_HEADER || n > DNS_QUERY_MAX || (query[2] & (IS_ANSWER | OPCODE)) != 0 ||
        get16(query + 4) != 1)
        return 0;
    /* A question has nothing in front of it that its name could point to. */
    while (at < n && query[at] != 0) {
        if (query[at] > MAX_LABEL)
            return 0;
        at += query[at] + 1u;
    }
    at++;
    if (at - DNS_HEADER > MAX_NAME || at + 4 > n)
        return 0;
    return at + 4;
}

static unsigned char lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c - 'A' + 'a') : c;
}

/* Servers may change the case of a name.  Lengths of labels are below all letters. */
static bool same_question(const unsigned char *a, const unsigned char *b, size_t n)
{
    for (size_t i = 0; i + 4 < n; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return memcmp(a + n - 4, b + n - 4, 4) == 0;
}

bool dns_is_answer(const unsigned char *query, size_t question, uint16_t id,
                   const unsigned char *message, size_t n)
{
    return n >= question && n <= DNS_ANSWER_MAX && get16(message) == id &&
           (message[2] & (IS_ANSWER | OPCODE)) == IS_ANSWER && get16(message + 4) == 1 &&
           same_question(query + DNS_HEADER, message + DNS_HEADER, question - DNS_HEADER);
}

bool dns_is_failure(const unsigned char *answer)
{
    unsigned code = answer[3] & RCODE;

    return code == SERVFAIL || code == REFUSED;
}

void dns_make_failure(const unsigned char *query, size_t question, unsigned char *out)
{
    memcpy(out, query, question);
    out[2] = (unsigned char)(IS_ANSWER | (query[2] & WANTS_RECURSION));
    out[3] = HAS_RECURSION | SERVFAIL;
    put16(out + 4, 1);
    memset(out + 6, 0, 6);
}

/* ---- frames ---- */

static const struct net_family *family_of(const struct net *net, bool v6)
{
    return v6 ? &net->v6 : &net->v4;
}

/* The UDP header behind an IP header without options, or NULL.  *n: what follows the IP header. */
static const unsigned char *read_ip(const unsigned char *ip, size_t *n, const struct net_family *on,
                                    bool v6)
{
    size_t header = v6 ? V6_HEADER : V4_HEADER, width = v6 ? 16 : 4;
    const unsigned char *source = ip + (v6 ? 8 : 12);
    size_t length;

    if (!on->on || *n < header || !(v6 ? ip[0] >> 4 == 6 : ip[0] == 0x45) ||
        ip[v6 ? 6 : 9] != IPPROTO_UDP)
        return NULL;
    length = v6 ? get16(ip + 4) + header : get16(ip + 2);
    if (length < header || length > *n || (!v6 && (get16(ip + 6) & 0x3fff) != 0))
        return NULL;
    if (memcmp(source, on->guest.bytes, width) != 0 ||
        memcmp(source + width, on->dns.bytes, width) != 0)
        return NULL;
    *n = length - header;
    return ip + header;
}

const unsigned char *dns_read(const struct frame *f, const struct net *net, struct dns_asker *asker,
                              size_t *n)
{
    const unsigned char *ip = f->data + FRAME_HEADER, *udp;
    size_t left = f->n - FRAME_HEADER, length;
    unsigned type;

    if (f->n < FRAME_HEADER)
        return NULL;
    type = get16(f->data + 12);
    *asker = (struct dns_asker){ .v6 = type == 0x86dd };
    memcpy(asker->mac, f->data, sizeof asker->mac);
    if (!asker->v6 && type != 0x0800)
        return NULL;
    udp = read_ip(ip, &left, family_of(net, asker->v6), asker->v6);
    if (!udp || left < DNS_UDP_HEADER)
        return NULL;
    length = get16(udp + 4);
    asker->port = get16(udp);
    if (asker->port == 0 || get16(udp + 2) != DNS_PORT || length < DNS_UDP_HEADER || length > left)
        return NULL;
    /* With IPv4 a sum of 0 is none. */
    if ((asker->v6 || get16(udp + 6) != 0) &&
        sum_fold(sum_add(sum_pseudo(ip, IPPROTO_UDP, length), udp, length)) != 0)
        return NULL;
    *n = length - DNS_UDP_HEADER;
    return udp + DNS_UDP_HEADER;
}

static void put_sum(unsigned char *at, uint16_t sum)
{
    memcpy(at, &sum, sizeof sum);
}

static void put_addresses(unsigned char *at, const struct net_family *on, size_t width)
{
    memcpy(at, on->dns.bytes, width);
    memcpy(at + width, on->guest.bytes, width);
}

/* IP headers for `take` bytes of a datagram from `at` on; returns their length. */
static size_t put_v4(unsigned char *ip, const struct net *net, size_t take, size_t at, bool more,
                     uint32_t id)
{
    memset(ip, 0, V4_HEADER);
    ip[0] = 0x45;
    put16(ip + 2, (uint16_t)(V4_HEADER + take));
    put16(ip + 4, (uint16_t)id);
    put16(ip + 6, (uint16_t)((more ? 0x2000 : 0) | at / 8));
    ip[8] = HOPS;
    ip[9] = IPPROTO_UDP;
    put_addresses(ip + 12, &net->v4, 4);
    put_sum(ip + 10, sum_fold(sum_add(0, ip, V4_HEADER)));
    return V4_HEADER;
}

static size_t put_v6(unsigned char *ip, const struct net *net, size_t take, size_t at, bool more,
                     uint32_t id)
{
    size_t fragment = at > 0 || more ? V6_FRAGMENT : 0;

    put32(ip, 6u << 28);
    put16(ip + 4, (uint16_t)(fragment + take));
    ip[6] = fragment ? IPPROTO_FRAGMENT : IPPROTO_UDP;
    ip[7] = HOPS;
    put_addresses(ip + 8, &net->v6, 16);
    if (fragment) {
        ip[V6_HEADER] = IPPROTO_UDP;
        ip[V6_HEADER + 1] = 0;
        put16(ip + V6_HEADER + 2, (uint16_t)(at | more));
        put32(ip + V6_HEADER + 4, id);
    }
    return V6_HEADER + fragment;
}

/* ip: room that is written over. */
static void put_udp(unsigned char *datagram, size_t n, const struct net *net,
                    const struct dns_asker *asker, unsigned char *ip)
{
    uint16_t sum;

    put16(datagram, DNS_PORT);
    put16(datagram + 2, asker->port);
    put16(datagram + 4, (uint16_t)n);
    put16(datagram + 6, 0);
    (asker->v6 ? put_v6 : put_v4)(ip, net, 0, 0, false, 0);
    sum = sum_fold(sum_add(sum_pseudo(ip, IPPROTO_UDP, n), datagram, n));
    put_sum(datagram + 6, sum ? sum : 0xffff);
}

void dns_write(const struct net *net, const struct dns_asker *asker, unsigned char *datagram,
               size_t n, uint32_t id, unsigned char *room,
               void (*send)(void *of, const void *frame, size_t n), void *of)
{
    size_t total = DNS_UDP_HEADER + n, most = net->mtu - (asker->v6 ? V6_HEADER : V4_HEADER);
    unsigned char *ip = room + FRAME_HEADER;

    memcpy(room, net->guest_mac, 6);
    memcpy(room + 6, asker->mac, 6);
    put16(room + 12, asker->v6 ? 0x86dd : 0x0800);
    put_udp(datagram, total, net, asker, ip);
    if (total > most)
        most = (most - (asker->v6 ? V6_FRAGMENT : 0)) & ~(size_t)7;
    for (size_t at = 0, take; at < total; at += take) {
        size_t header;
        bool more;

        take = total - at < most ? total - at : most;
        more = at + take < total;
        header = (asker->v6 ? put_v6 : put_v4)(ip, net, take, at, more, id);
        memcpy(ip + header, datagram + at, take);
        send(of, room, FRAME_HEADER + header + take);
    }
}
