/* TCP, UDP and ICMP of the container: shape first, then where it may go, then whether it is one more.
 *
 * TCP is judged by the segments that begin a connection: of all others libslirp makes none, and who
 * comes through a published port may have an address that the container could not call. */
#include "packet.h"

#define MSS_OPTION 2
#define MSS_MOST 65480 /* of a packet as long as libslirp can make it */

enum { ECHO_REQUEST_V4 = 8, ECHO_REQUEST_V6 = 128 };

/* Counts why, warns of the rule if it is one, and answers. */
static enum verdict deny(struct scrub *s, const struct packet *p, enum counter why,
                         struct frame *reply)
{
    bool ours = p->place == PLACE_GATEWAY || p->place == PLACE_DNS;

    s->counters->v[why]++;
    if (p->rule && !p->rule->told && !s->denied) {
        p->rule->told = true;
        s->denied = p->rule;
        s->denied_to = packet_ip(p);
    }
    return refuse(s, p, ours ? REFUSE_CLOSED : REFUSE_PROHIBITED, reply);
}

static enum verdict deny_place(struct scrub *s, const struct packet *p, struct frame *reply)
{
    return deny(s, p, place_counter(p->place), reply);
}

/* Why the container may not begin to speak with a place outside or the gateway; COUNTERS: it may. */
static enum counter denial(const struct scrub *s, struct packet *p, int port)
{
    const struct net *net = s->net;
    struct ip to;

    if (net->internal)
        return COUNT_drop_internal;
    if (p->place == PLACE_GATEWAY)
        return net->host_loopback && rules_allow_loopback(&net->loopback_ports, (uint16_t)port)
                   ? COUNTERS
                   : COUNT_drop_loopback;
    if (net->rules.n == 0)
        return COUNTERS;
    to = packet_ip(p);
    p->rule = rules_deny(&net->rules, &to, port);
    return p->rule ? COUNT_drop_rule : COUNTERS;
}

static enum counter limit(enum flows_answer answer)
{
    return answer == FLOWS_FULL ? COUNT_drop_limit : COUNT_drop_rate;
}

/* Are the options a list that ends where the header does?  *mss: where the value is, or NULL. */
static bool tcp_options(const unsigned char *tcp, size_t head, size_t *mss)
{
    size_t at = 20;

    *mss = 0;
    while (at < head && tcp[at] != 0) {
        if (tcp[at] == 1) {
            at++;
            continue;
        }
        if (head - at < 2 || tcp[at + 1] < 2 || tcp[at + 1] > head - at)
            return false;
        if (tcp[at] == MSS_OPTION) {
            if (tcp[at + 1] != 4)
                return false;
            *mss = at + 2;
        }
        at += tcp[at + 1];
    }
    return true;
}

/* libslirp has had more than one fault with urgent data, which nobody uses. */
static void clear_urgent(struct scrub *s, unsigned char *tcp)
{
    static const unsigned char none[2];
    unsigned char flags = tcp[13] & (unsigned char)~TCP_URG;

    if (flags == tcp[13] && get16(tcp + 18) == 0)
        return;
    sum_rewrite(tcp, 13, &flags, 1, tcp + 16);
    sum_rewrite(tcp, 18, none, 2, tcp + 16);
    COUNT(s->counters, urgent_cleared);
}

/* Segments to the container may be as long as can be: offload_out has them cut. */
static void raise_mss(unsigned char *tcp, size_t at)
{
    unsigned char most[2];

    put16(most, MSS_MOST);
    if (at && get16(tcp + at) < MSS_MOST)
        sum_rewrite(tcp, at, most, sizeof most, tcp + 16);
}

/* libslirp fills a window of 65535 bytes by 32768 and 32767, and the one byte that it has left then is a
 * segment of its own, a fourth of all.  With one byte less it waits for the acknowledgement of the first
 * half, which is there before it asks. */
static void round_window(unsigned char *tcp)
{
    static const unsigned char less[2] = { 0xff, 0xfe };

    if (get16(tcp + 14) == 0xffff)
        sum_rewrite(tcp, 14, less, sizeof less, tcp + 16);
}

static enum verdict tcp_begins(struct scrub *s, struct packet *p, struct frame *reply)
{
    uint16_t port = get16(p->data + 2);
    enum flows_answer answer;

    if (p->place == PLACE_DNS) {
        if (s->net->internal || port != 53)
            return deny_place(s, p, reply);
    } else {
        enum counter why = denial(s, p, port);

        if (why != COUNTERS)
            return deny(s, p, why, reply);
    }
    answer = flows_begin(s->flows, p->now_ms);
    if (answer != FLOWS_YES)
        return deny(s, p, limit(answer), reply);
    return SCRUB_PASS;
}

enum verdict scrub_tcp(struct scrub *s, struct packet *p, struct frame *reply)
{
    unsigned char *tcp = p->data;
    size_t head, mss;
    bool begins;

    if (p->n < 20 || p->n < 4u * (tcp[12] >> 4))
        return drop(s, COUNT_drop_short);
    head = 4u * (tcp[12] >> 4);
    if (head < 20 || !tcp_options(tcp, head, &mss) ||
        ((tcp[13] & TCP_SYN) && (tcp[13] & (TCP_FIN | TCP_RST))))
        return drop(s, COUNT_drop_header);
    clear_urgent(s, tcp);
    if (s->net->offload)
        round_window(tcp);
    if (p->place > PLACE_DNS)
        return deny_place(s, p, reply);
    begins = (tcp[13] & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    if (begins) {
        enum verdict verdict = tcp_begins(s, p, reply);

        if (verdict != SCRUB_PASS)
            return verdict;
    } else if ((tcp[13] & TCP_SYN) && s->net->offload) {
        raise_mss(tcp, mss);
    }
    if (p->place == PLACE_DNS)
        return lead_to_resolver(s, p, begins) ? SCRUB_PASS : deny_place(s, p, reply);
    if (begins) {
        uint16_t port = get16(tcp);
        const struct flow_end *pinned = flows_pinned(s->flows, p->v6, port);

        /* It has the very addresses and ports of a connection that was led to the resolver, which
         * must be an old one. */
        if (pinned && pinned->port == get16(tcp + 2) &&
            memcmp(pinned->ip, packet_to(p), p->v6 ? 16 : 4) == 0)
            flows_unpin(s->flows, p->v6, port);
    }
    return SCRUB_PASS;
}

/* What libslirp itself would serve: DHCP, BOOTP, TFTP.  Outside these are ports like others. */
static bool is_service(uint16_t port)
{
    return port == 67 || port == 68 || port == 69 || port == 546 || port == 547;
}

enum verdict scrub_udp(struct scrub *s, struct packet *p, struct frame *reply)
{
    const unsigned char *udp = p->data;
    enum flows_answer answer;
    enum counter why;
    uint16_t port;

    if (p->n < 8 || p->n < get16(udp + 4))
        return drop(s, COUNT_drop_short);
    if (get16(udp + 4) != p->n)
        return drop(s, COUNT_drop_header);
    port = get16(udp + 2);
    if (p->place != PLACE_OUTSIDE && is_service(port))
        return drop(s, COUNT_drop_service);
    if (p->place == PLACE_DNS && port == 53 && !s->net->internal)
        return SCRUB_DNS;
    if (p->place >= PLACE_DNS)
        return deny_place(s, p, reply);
    why = denial(s, p, port);
    if (why != COUNTERS) {
        struct flow_end end = flow_end(p->v6, packet_to(p), port);

        if (!flows_may_answer(s->flows, &end, get16(udp), p->now_ms))
            return deny(s, p, why, reply);
        if (p->place == PLACE_GATEWAY)
            lead_to_loopback(p);
    }
    answer = flows_udp(s->flows, p->v6, get16(udp), p->now_ms);
    return answer == FLOWS_YES ? SCRUB_PASS : drop(s, limit(answer));
}

enum verdict scrub_icmp(struct scrub *s, struct packet *p, struct frame *reply)
{
    enum flows_answer answer;
    enum counter why;

    if (is_neighbour_message(p))
        return scrub_neighbour(s, p);
    if (p->n < 8)
        return drop(s, COUNT_drop_short);
    if (p->data[0] != (p->v6 ? ECHO_REQUEST_V6 : ECHO_REQUEST_V4) || p->data[1] != 0)
        return drop(s, COUNT_drop_icmp);
    if (p->place == PLACE_GATEWAY || p->place == PLACE_DNS || p->place == PLACE_LINK)
        return SCRUB_PASS; /* libslirp answers it */
    if (p->place != PLACE_OUTSIDE)
        return deny_place(s, p, reply);
    why = p->v6 && s->no_echo_v6 ? COUNT_drop_icmp : denial(s, p, RULES_NO_PORT);
    if (why != COUNTERS)
        return deny(s, p, why, reply);
    answer = flows_begin(s->flows, p->now_ms); /* each has a socket */
    return answer == FLOWS_YES ? SCRUB_PASS : drop(s, limit(answer));
}
