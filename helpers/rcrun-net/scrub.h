/* scrub.h - what of the container's frames libslirp gets to see (SR-33).  Pure: bytes, a clock and
 * counters; no descriptor.
 *
 * Everything that is not on the list of what is needed is dropped and counted.  libslirp then sees
 * whole ARP, IPv4 and IPv6 packets of known shape, whose lengths are right, to destinations that the
 * container may reach; it never sees a fragment, an IP option or an urgent pointer. */
#ifndef RCRUN_NET_SCRUB_H
#define RCRUN_NET_SCRUB_H

#include "frame.h"
#include "net.h"

enum verdict {
    SCRUB_PASS,  /* to libslirp; *f may have been changed, or be the datagram that is now whole */
    SCRUB_DROP,  /* counted */
    SCRUB_REPLY, /* refused, counted; *reply is for the container (RST, ICMP) */
    SCRUB_HELD,  /* a fragment, kept until the rest comes */
    SCRUB_DNS,   /* a UDP datagram for the resolver, whole; see dns.h */
};

struct scrub;

/* Both stay the caller's and must live as long. */
struct scrub *scrub_new(struct net *net, struct counters *counters);
void scrub_free(struct scrub *s);

/* A frame from the container.  now: milliseconds of a clock that never goes back.  reply: an empty
 * frame with room.  Where *f is replaced by a whole datagram, its memory is the scrubber's and good
 * until the next call. */
enum verdict scrub_in(struct scrub *s, struct frame *f, struct frame *reply, int64_t now_ms);

/* A frame of libslirp for the container: takes back what scrub_in changed (TCP to the resolver, UDP to
 * the loopback), and remembers who may be answered. */
void scrub_out(struct scrub *s, struct frame *f);

/* Where TCP connections of a family to the DNS address are led to, an address of that family; family 0 =
 * nowhere, they are refused.  port 0 = 53. */
void scrub_set_resolver(struct scrub *s, bool v6, const struct ip *ip, uint16_t port);

/* libslirp cannot ask hosts outside for an echo over IPv6: that is refused, rather than never answered. */
void scrub_refuse_echo_v6(struct scrub *s);

/* How many flows libslirp and the published ports have now, for the limit; and how many of them are no
 * connections. */
void scrub_set_flows(struct scrub *s, unsigned flows, unsigned datagrams);

/* There is no room: flows_udp_rest. */
uint32_t scrub_udp_rest(struct scrub *s, int64_t now_ms);

/* Has a rule denied something that was not told yet?  Then its text, once; else NULL. */
const char *scrub_warning(struct scrub *s);

#endif
