/* packet.h - what the files of the scrubber share. */
#ifndef RCRUN_NET_PACKET_H
#define RCRUN_NET_PACKET_H

#include <netinet/in.h>

#include "flows.h"
#include "place.h"
#include "reassemble.h"
#include "rules.h"
#include "scrub.h"

struct scrub {
    struct net *net;
    struct counters *counters;
    struct reassemble *pieces;
    struct flows *flows;
    struct flow_end resolver[2]; /* by v6; port 0 = none */
    bool no_echo_v6;
    struct net_rule *denied;     /* not told yet, and where it led */
    struct ip denied_to;
    char warning[256];
};

/* An IP packet whose header was looked at. */
struct packet {
    struct frame *frame;
    unsigned char *ip;
    unsigned char *data; /* what is behind the IP header */
    size_t n;            /* of it */
    unsigned protocol;
    bool v6;
    bool whole_before;   /* it did not come in pieces */
    enum place place;    /* of the destination */
    int64_t now_ms;
    struct net_rule *rule; /* that denies it */
};

static inline enum verdict drop(struct scrub *s, enum counter why)
{
    s->counters->v[why]++;
    return SCRUB_DROP;
}

static inline unsigned char *packet_source(const struct packet *p)
{
    return p->ip + (p->v6 ? 8 : 12);
}

static inline unsigned char *packet_to(const struct packet *p)
{
    return p->ip + (p->v6 ? 24 : 16);
}

static inline struct ip packet_ip(const struct packet *p)
{
    struct ip ip = { .family = p->v6 ? AF_INET6 : AF_INET };

    memcpy(ip.bytes, packet_to(p), p->v6 ? 16 : 4);
    return ip;
}

static inline struct flow_end flow_end(bool v6, const unsigned char *ip, uint16_t port)
{
    struct flow_end end = { .v6 = v6, .port = port };

    memcpy(end.ip, ip, v6 ? 16 : 4);
    return end;
}

/* What a packet to a place counts as where it is not let through. */
static inline enum counter place_counter(enum place place)
{
    static const enum counter why[] = {
        [PLACE_OUTSIDE] = COUNT_drop_rule,       [PLACE_GATEWAY] = COUNT_drop_loopback,
        [PLACE_DNS] = COUNT_drop_local,          [PLACE_LINK] = COUNT_drop_local,
        [PLACE_LOCAL] = COUNT_drop_local,        [PLACE_LOOPBACK] = COUNT_drop_loopback,
        [PLACE_RESERVED] = COUNT_drop_reserved,  [PLACE_MULTICAST] = COUNT_drop_multicast,
    };

    return why[place];
}

/* scrub-transport.c: a whole packet from the container, of one protocol. */
enum verdict scrub_tcp(struct scrub *s, struct packet *p, struct frame *reply);
enum verdict scrub_udp(struct scrub *s, struct packet *p, struct frame *reply);
enum verdict scrub_icmp(struct scrub *s, struct packet *p, struct frame *reply);

/* scrub-rewrite.c: a TCP segment for the DNS address, led to a resolver; false: refuse it. */
bool lead_to_resolver(struct scrub *s, struct packet *p, bool begins);
/* A datagram for the gateway, led to the host's loopback. */
void lead_to_loopback(struct packet *p);

/* scrub-neighbour.c: ARP, and the part of ICMPv6 that stands for it. */
enum verdict scrub_arp(struct scrub *s, struct frame *f);
bool is_neighbour_message(const struct packet *p);
enum verdict scrub_neighbour(struct scrub *s, const struct packet *p);

/* scrub-refuse.c: REPLY, or DROP where an answer must not be or has no room. */
enum refusal { REFUSE_CLOSED, REFUSE_PROHIBITED };
enum verdict refuse(const struct scrub *s, const struct packet *p, enum refusal why,
                    struct frame *reply);

#endif
