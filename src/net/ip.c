#include "net/ip.h"

#include <arpa/inet.h>
#include <string.h>

static unsigned width(sa_family_t family)
{
    return family == AF_INET ? 32 : family == AF_INET6 ? 128 : 0;
}

bool ip_parse(const char *s, struct ip *out)
{
    struct ip ip = { .family = strchr(s, ':') ? AF_INET6 : AF_INET };

    if (inet_pton(ip.family, s, ip.bytes) != 1)
        return false;
    *out = ip;
    return true;
}

bool ip_parse_prefix(const char *s, struct ip_prefix *out)
{
    char address[IP_TEXT_MAX];
    const char *slash = strchr(s, '/');
    size_t n = slash ? (size_t)(slash - s) : strlen(s);
    struct ip_prefix p;

    if (n >= sizeof address)
        return false;
    memcpy(address, s, n);
    address[n] = '\0';
    if (!ip_parse(address, &p.ip))
        return false;
    p.bits = width(p.ip.family);
    if (slash) {
        uint32_t bits;

        if (!text_u32(slash + 1, &bits) || bits > p.bits)
            return false;
        p.bits = bits;
    }
    *out = p;
    return true;
}

const char *ip_text(const struct ip *ip, char *buffer)
{
    buffer[0] = '\0';
    if (ip->family)
        inet_ntop(ip->family, ip->bytes, buffer, IP_TEXT_MAX);
    return buffer;
}

bool ip_equal(const struct ip *a, const struct ip *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, width(a->family) / 8) == 0;
}

bool ip_in(const struct ip *ip, const struct ip_prefix *p)
{
    unsigned whole = p->bits / 8;
    unsigned rest = p->bits % 8;

    if (ip->family != p->ip.family || memcmp(ip->bytes, p->ip.bytes, whole) != 0)
        return false;
    return rest == 0 || ((ip->bytes[whole] ^ p->ip.bytes[whole]) >> (8 - rest)) == 0;
}

bool ip_overlap(const struct ip_prefix *a, const struct ip_prefix *b)
{
    return a->bits >= b->bits ? ip_in(&a->ip, b) : ip_in(&b->ip, a);
}

struct ip ip_nth(const struct ip_prefix *p, uint32_t n)
{
    struct ip ip = p->ip;
    unsigned at = width(ip.family) / 8 - 4;
    unsigned host = width(ip.family) - p->bits;
    uint32_t mask = host >= 32 ? UINT32_MAX : ((uint32_t)1 << host) - 1;
    uint32_t word;

    memcpy(&word, ip.bytes + at, sizeof word);
    word = htonl((ntohl(word) & ~mask) | (n & mask));
    memcpy(ip.bytes + at, &word, sizeof word);
    return ip;
}

socklen_t ip_sockaddr(const struct ip *ip, uint16_t port, struct sockaddr_storage *out)
{
    *out = (struct sockaddr_storage){ .ss_family = ip->family };
    if (ip->family == AF_INET6) {
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

        v6->sin6_addr = ip->v6;
        v6->sin6_port = htons(port);
        return sizeof *v6;
    }
    ((struct sockaddr_in *)out)->sin_addr = ip->v4;
    ((struct sockaddr_in *)out)->sin_port = htons(port);
    return sizeof(struct sockaddr_in);
}

bool ip_from_sockaddr(const struct sockaddr_storage *in, struct ip *ip, uint16_t *port)
{
    *ip = (struct ip){ .family = in->ss_family };
    if (in->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)in;

        ip->v4 = v4->sin_addr;
        if (port)
            *port = ntohs(v4->sin_port);
        return true;
    }
    if (in->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)in;

        ip->v6 = v6->sin6_addr;
        if (port)
            *port = ntohs(v6->sin6_port);
        return true;
    }
    return false;
}

/* IPv4-mapped (::ffff:0:0/96) and IPv4-compatible (::/96, but for :: and ::1): RFC 4291, 2.5.5. */
static bool holds_v4(const struct ip *ip, unsigned char *first)
{
    static const unsigned char zero[10];

    if (ip->family != AF_INET6 || memcmp(ip->bytes, zero, sizeof zero) != 0)
        return false;
    if (!((ip->bytes[10] == 0xff && ip->bytes[11] == 0xff) ||
          (ip->bytes[10] == 0 && ip->bytes[11] == 0)))
        return false;
    *first = ip->bytes[12];
    return true;
}

bool ip_is_loopback(const struct ip *ip)
{
    unsigned char first;

    if (ip->family == AF_INET)
        return ip->bytes[0] == 127;
    if (ip->family != AF_INET6)
        return false;
    return IN6_IS_ADDR_LOOPBACK(&ip->v6) || (holds_v4(ip, &first) && first == 127);
}

bool ip_is_any(const struct ip *ip)
{
    static const unsigned char zero[16];

    return ip->family && memcmp(ip->bytes, zero, width(ip->family) / 8) == 0;
}
