#include "place.h"

#include <string.h>

#include "base/clean.h"
#include "frame.h"

/* libslirp's own, whatever the prefix is. */
static const unsigned char link_gateway[16] = { 0xfe, 0x80, [15] = 2 };

static enum place place_of_v4(const struct net *net, const unsigned char *to)
{
    const struct net_family *own = &net->v4;
    uint32_t address = get32(to);

    /* First what holds for every network: whatever was configured, it opens none of this. */
    if (to[0] == 0 || to[0] == 127)
        return PLACE_LOOPBACK;
    if ((to[0] & 0xf0) == 0xe0 || address == 0xffffffff)
        return PLACE_MULTICAST;
    if (to[0] >= 240)
        return PLACE_RESERVED;
    if (!own->on)
        return PLACE_OUTSIDE;
    if (address == get32(own->gateway.bytes))
        return PLACE_GATEWAY;
    if (address == get32(own->dns.bytes))
        return PLACE_DNS;
    if (own->prefix.bits &&
        (address ^ get32(own->prefix.ip.bytes)) >> (32 - own->prefix.bits) == 0)
        return PLACE_LOCAL;
    return PLACE_OUTSIDE;
}

bool place_inner(const unsigned char *v6, struct ip *v4)
{
    static const struct {
        unsigned char prefix[12];
        unsigned char n, at;
    } forms[] = {
        { { 0 }, 12, 12 },                                   /* compatible */
        { { [10] = 0xff, [11] = 0xff }, 12, 12 },            /* mapped */
        { { [8] = 0xff, [9] = 0xff }, 12, 12 },              /* translated, RFC 2765 */
        { { 0, 0x64, 0xff, 0x9b }, 12, 12 },                 /* NAT64 */
        { { 0, 0x64, 0xff, 0x9b, 0, 1 }, 6, 12 },            /* NAT64 of a site, RFC 8215 */
        { { 0x20, 0x02 }, 2, 2 },                            /* 6to4 */
    };

    if (v6[0] != 0 && v6[0] != 0x20)
        return false; /* which is nearly always so */
    for (size_t i = 0; i < COUNT_OF(forms); i++)
        if (memcmp(v6, forms[i].prefix, forms[i].n) == 0) {
            *v4 = (struct ip){ .family = AF_INET };
            memcpy(v4->bytes, v6 + forms[i].at, 4);
            return true;
        }
    return false;
}

static bool is_same(const struct ip *ip, const unsigned char *bytes)
{
    return memcmp(ip->bytes, bytes, 16) == 0;
}

static enum place place_of_v6(const struct net *net, const unsigned char *to)
{
    const struct net_family *own = &net->v6;
    struct ip whole = { .family = AF_INET6 }, inner;

    if (to[0] == 0xff)
        return PLACE_MULTICAST;
    if (to[0] == 0xfe && (to[1] & 0xc0) == 0x80)
        return memcmp(to, link_gateway, 16) == 0 ? PLACE_LINK : PLACE_LOCAL;
    /* ::, ::1, what is compatible and what is mapped: none leaves a host as what it is. */
    if (get32(to) == 0 && get32(to + 4) == 0 && get16(to + 8) == 0)
        return PLACE_LOOPBACK;
    if (place_inner(to, &inner)) {
        enum place place = place_of_v4(net, inner.bytes);

        return place == PLACE_GATEWAY || place == PLACE_DNS ? PLACE_LOCAL : place;
    }
    if (!own->on)
        return PLACE_OUTSIDE;
    if (is_same(&own->gateway, to))
        return PLACE_GATEWAY;
    if (is_same(&own->dns, to))
        return PLACE_DNS;
    memcpy(whole.bytes, to, 16);
    return ip_in(&whole, &own->prefix) ? PLACE_LOCAL : PLACE_OUTSIDE;
}

enum place place_of(const struct net *net, bool v6, const unsigned char *to)
{
    return v6 ? place_of_v6(net, to) : place_of_v4(net, to);
}
