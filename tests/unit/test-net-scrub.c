#include "unit/scrub-rig.h"

static uint64_t drops(void)
{
    uint64_t n = 0;

    for (int i = COUNT_drop_short; i <= COUNT_drop_full; i++)
        n += counters.v[i];
    return n;
}

static bool is_unreachable(unsigned v4_code, unsigned v6_code)
{
    bool v6 = frames_is_v6(&reply);
    const unsigned char *icmp = frames_data(&reply);

    return reply.n && frames_is_right(&reply) && memcmp(reply.data, bytes + 6, 6) == 0 &&
           icmp[0] == (v6 ? 1 : 3) && icmp[1] == (v6 ? v6_code : v4_code) &&
           memcmp(icmp + 8, bytes + FRAME_HEADER, v6 ? 48 : 28) == 0;
}

#define IS_PROHIBITED is_unreachable(13, 1)
#define IS_CLOSED is_unreachable(3, 4)

TEST(lets_through_what_is_needed)
{
    begin();
    for (int v = 0; v < 2; v++) {
        unsigned char before[200];
        size_t n;

        EQ_INT(syn(there[v], 80), SCRUB_PASS);
        OK(frames_is_right(&f));
        frames_tcp(&f, there[v], 80, ACK | PSH, "\1\1\x08\x0a\0\0\0\1\0\0\0\2", 12, 50);
        memcpy(before, bytes, f.n);
        n = f.n;
        EQ_INT(in(), SCRUB_PASS);
        EQ_INT(f.n, n);
        EQ_INT(memcmp(before, bytes, n), 0);
        EQ_INT(udp(there[v], 123), SCRUB_PASS);
        EQ_INT(echo(there[v]), SCRUB_PASS);
        EQ_INT(echo(v ? "fd00:2::2" : "10.0.2.2"), SCRUB_PASS);
        EQ_INT(udp(v ? "fd00:2::3" : "10.0.2.3", 53), SCRUB_DNS);
    }
    EQ_INT(drops(), 0);
}

TEST(an_echo_that_libslirp_cannot_ask_for_is_refused)
{
    begin();
    scrub_refuse_echo_v6(s);
    EQ_INT(echo(there[1]), SCRUB_REPLY);
    OK(is_unreachable(13, 1));
    EQ_INT(echo("fd00:2::2"), SCRUB_PASS);
    EQ_INT(echo(there[0]), SCRUB_PASS);
}

/* Where no frame of the container may get, by no protocol. */
static const char *const nowhere[] = {
    "127.0.0.1", "127.0.0.2", "127.255.255.255", "0.0.0.0", "0.1.2.3", "240.0.0.1",
    "255.255.255.254", "10.0.2.1", "10.0.2.4", "10.0.2.100", "10.0.2.255", "10.0.2.0",
    "::", "::1", "::2", "::7f00:1", "::ffff:127.0.0.1", "::ffff:192.0.2.1", "::ffff:0.0.0.0",
    "::ffff:10.0.2.2", "::10.0.2.2", "::1:127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1",
    "64:ff9b::0.0.0.0", "64:ff9b::10.0.2.2", "64:ff9b::10.0.2.3", "64:ff9b:1::127.0.0.1",
    "2002:7f00:1::", "2002:7f00:1::5", "2002:0:0::1", "2002:a00:202::1", "2002:f000:1::",
    "fd00:2::1", "fd00:2::4", "fd00:2::100", "fd00:2:0:0:ffff::", "fe80::1", "fe80::3",
    "fe80::7f00:1", "febf::1",
};

TEST(refuses_all_that_is_the_hosts_own)
{
    for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
        const char *to = nowhere[i];

        begin();
        EQ_INT(syn(to, 80), SCRUB_REPLY);
        OK(is_reset());
        frames_tcp(&f, to, 80, ACK, "", 0, 10);
        EQ_INT(in(), SCRUB_REPLY);
        OK(is_reset());
        EQ_INT(udp(to, 80), SCRUB_REPLY);
        OK(IS_PROHIBITED);
        EQ_INT(echo(to), SCRUB_REPLY);
        OK(IS_PROHIBITED);
        EQ_INT(drops(), 4);
        /* The same frames to somebody else. */
        to = there[strchr(to, ':') != NULL];
        EQ_INT(syn(to, 80), SCRUB_PASS);
        EQ_INT(udp(to, 80), SCRUB_PASS);
        EQ_INT(echo(to), SCRUB_PASS);
        if (drops() != 4 || tap_failed) {
            printf("# %s\n", nowhere[i]);
            return;
        }
    }
}

TEST(answers_no_multicast)
{
    static const char *const many[] = { "224.0.0.1", "239.255.255.250", "255.255.255.255",
                                        "ff02::1", "ff0e::1", "64:ff9b::224.0.0.1" };

    begin();
    for (size_t i = 0; i < sizeof many / sizeof many[0]; i++) {
        EQ_INT(syn(many[i], 80), SCRUB_DROP);
        EQ_INT(udp(many[i], 5353), SCRUB_DROP);
        EQ_INT(echo(many[i]), SCRUB_DROP);
        EQ_INT(reply.n, 0);
    }
    EQ_INT(counters.v[COUNT_drop_multicast], 18);
    frames_udp(&f, "127.0.0.1", 80, 5);
    bytes[0] = 0xff; /* for all on the link */
    EQ_INT(in(), SCRUB_DROP);
}

TEST(the_gateway_is_the_hosts_loopback_only_when_asked)
{
    struct net_rule ports[] = { { .first_port = 8000, .last_port = 8010, .allow = true } };

    for (int v = 0; v < 2; v++) {
        const char *gateway = v ? "fd00:2::2" : "10.0.2.2";

        begin();
        EQ_INT(syn(gateway, 8000), SCRUB_REPLY);
        OK(is_reset());
        EQ_INT(udp(gateway, 8000), SCRUB_REPLY);
        OK(IS_CLOSED);
        EQ_INT(counters.v[COUNT_drop_loopback], 2);
        net.host_loopback = true;
        EQ_INT(syn(gateway, 8000), SCRUB_PASS);
        EQ_INT(syn(gateway, 7999), SCRUB_PASS);
        EQ_INT(udp(gateway, 8000), SCRUB_PASS);
        net.loopback_ports = (struct net_rules){ ports, 1 };
        EQ_INT(syn(gateway, 7999), SCRUB_REPLY);
        EQ_INT(syn(gateway, 8000), SCRUB_PASS);
        EQ_INT(syn(gateway, 8010), SCRUB_PASS);
        EQ_INT(udp(gateway, 8011), SCRUB_REPLY);
        EQ_INT(syn("127.0.0.1", 8000), SCRUB_REPLY);
    }
}

TEST(the_resolver_serves_names_only)
{
    for (int v = 0; v < 2; v++) {
        const char *dns = v ? "fd00:2::3" : "10.0.2.3";

        begin();
        EQ_INT(udp(dns, 54), SCRUB_REPLY);
        OK(IS_CLOSED);
        EQ_INT(syn(dns, 80), SCRUB_REPLY);
        OK(is_reset());
        EQ_INT(syn(dns, 53), SCRUB_REPLY); /* no resolver */
        OK(is_reset());
        EQ_INT(echo(dns), SCRUB_PASS);
    }
}

TEST(rules_decide_in_their_order)
{
    struct net_rule rules[6] = {
        { .last_port = 65535, .allow = true }, { .first_port = 80, .last_port = 80 },
        { .last_port = 65535 }, { .last_port = 65535 }, { .last_port = 65535 },
    };

    begin();
    ip_parse_prefix("192.0.2.7", &rules[0].to);
    ip_parse_prefix("192.0.2.0/24", &rules[1].to);
    ip_parse_prefix("198.51.100.0/24", &rules[2].to);
    ip_parse_prefix("169.254.169.254", &rules[3].to);
    ip_parse_prefix("2001:db8:1::/48", &rules[4].to);
    net.rules = (struct net_rules){ rules, 5 };
    EQ_INT(syn("192.0.2.7", 80), SCRUB_PASS);
    EQ_INT(syn("192.0.2.8", 81), SCRUB_PASS);
    EQ_STR(scrub_warning(s), NULL);
    EQ_INT(syn("192.0.2.8", 80), SCRUB_REPLY);
    OK(is_reset());
    EQ_STR(scrub_warning(s),
           "the container may not reach 192.0.2.8: denied by the rule for 192.0.2.0/24");
    EQ_INT(udp("192.0.2.8", 80), SCRUB_REPLY);
    OK(IS_PROHIBITED);
    EQ_STR(scrub_warning(s), NULL);
    EQ_INT(udp("192.0.2.8", 81), SCRUB_PASS);
    EQ_INT(echo("192.0.2.8"), SCRUB_PASS);
    EQ_INT(echo("198.51.100.9"), SCRUB_REPLY);
    OK(IS_PROHIBITED);
    EQ_INT(syn("169.254.169.254", 80), SCRUB_REPLY);
    EQ_INT(syn("169.254.169.253", 80), SCRUB_PASS);
    EQ_INT(syn("2001:db8:1::5", 80), SCRUB_REPLY);
    EQ_INT(syn("2001:db8:2::5", 80), SCRUB_PASS);
    EQ_INT(counters.v[COUNT_drop_rule], 5);
}

TEST(a_denied_address_is_denied_in_all_its_forms)
{
    static const char *const forms[] = { "64:ff9b::169.254.169.254", "64:ff9b:1::169.254.169.254",
                                         "2002:a9fe:a9fe::1", "::169.254.169.254",
                                         "::ffff:169.254.169.254", "::ffff:0:169.254.169.254" };
    struct net_rule rules[] = { { .last_port = 65535 } };

    begin();
    ip_parse_prefix("169.254.169.254", &rules[0].to);
    net.rules = (struct net_rules){ rules, 1 };
    for (size_t i = 0; i < 6; i++) {
        EQ_INT(syn(forms[i], 80), SCRUB_REPLY);
        EQ_INT(udp(forms[i], 80), SCRUB_REPLY);
        EQ_INT(echo(forms[i]), SCRUB_REPLY);
    }
    EQ_INT(syn("64:ff9b::169.254.169.253", 80), SCRUB_PASS);
    EQ_INT(syn("2002:a9fe:a9fd::1", 80), SCRUB_PASS);
    rules[0].allow = true;
    EQ_INT(syn(forms[0], 80), SCRUB_PASS);
    EQ_INT(syn(forms[2], 80), SCRUB_PASS);
}

TEST(an_internal_network_has_no_outside)
{
    begin();
    net.internal = true;
    net.host_loopback = true;
    for (int v = 0; v < 2; v++) {
        EQ_INT(syn(there[v], 80), SCRUB_REPLY);
        EQ_INT(udp(there[v], 80), SCRUB_REPLY);
        EQ_INT(echo(there[v]), SCRUB_REPLY);
        EQ_INT(syn(v ? "fd00:2::2" : "10.0.2.2", 80), SCRUB_REPLY);
        EQ_INT(udp(v ? "fd00:2::3" : "10.0.2.3", 53), SCRUB_REPLY);
        EQ_INT(syn(v ? "fd00:2::3" : "10.0.2.3", 53), SCRUB_REPLY);
        /* What answers a published port goes out. */
        frames_tcp(&f, there[v], 80, SYN | ACK, "\2\4\5\xb4", 4, 0);
        EQ_INT(in(), SCRUB_PASS);
    }
}

TEST(a_resets_numbers_are_those_that_are_taken)
{
    begin();
    frames_tcp(&f, "127.0.0.1", 80, SYN, "", 0, 0);
    EQ_INT(in(), SCRUB_REPLY);
    EQ_INT(get32(frames_data(&reply) + 4), 0);
    EQ_INT(get32(frames_data(&reply) + 8), 1001);
    EQ_INT(frames_data(&reply)[13], RST | ACK);
    frames_tcp(&f, "127.0.0.1", 80, ACK | PSH, "", 0, 10);
    EQ_INT(in(), SCRUB_REPLY);
    EQ_INT(get32(frames_data(&reply) + 4), 5000);
    EQ_INT(frames_data(&reply)[13], RST);
    frames_tcp(&f, "127.0.0.1", 80, RST, "", 0, 0);
    EQ_INT(in(), SCRUB_DROP);
    reply.max = 50;
    frames_tcp(&f, "127.0.0.1", 80, SYN, "", 0, 0);
    EQ_INT(in(), SCRUB_DROP);
    reply.max = sizeof reply_bytes;
}

TEST(an_answer_quotes_no_more_than_may_be)
{
    begin();
    frames_udp(&f, "127.0.0.1", 80, 3000);
    EQ_INT(in(), SCRUB_REPLY);
    EQ_INT(reply.n, FRAME_HEADER + 576);
    OK(IS_PROHIBITED);
    frames_udp(&f, "::1", 80, 3000);
    EQ_INT(in(), SCRUB_REPLY);
    EQ_INT(reply.n, FRAME_HEADER + 1280);
    OK(IS_PROHIBITED);
}

TEST(clears_urgent_pointers)
{
    begin();
    for (int v = 0; v < 2; v++)
        for (unsigned pointer = 1; pointer < 65536; pointer += 255) {
            frames_tcp(&f, there[v], 80, ACK | PSH | URG, "", 0, 10);
            put16(frames_data(&f) + 18, (uint16_t)pointer);
            frames_finish(&f, 16);
            EQ_INT(in(), SCRUB_PASS);
            EQ_INT(frames_data(&f)[13], ACK | PSH);
            EQ_INT(get16(frames_data(&f) + 18), 0);
            OK(frames_is_right(&f));
        }
    EQ_INT(counters.v[COUNT_urgent_cleared], 2 * 257);
    frames_tcp(&f, there[0], 80, ACK | URG, "", 0, 10); /* only the flag */
    EQ_INT(in(), SCRUB_PASS);
    EQ_INT(frames_data(&f)[13], ACK);
    OK(frames_is_right(&f));
    put16(frames_data(&f) + 18, 7); /* only the pointer */
    frames_finish(&f, 16);
    EQ_INT(in(), SCRUB_PASS);
    EQ_INT(get16(frames_data(&f) + 18), 0);
    OK(frames_is_right(&f));
}

TEST(raises_the_segment_size_of_answers_where_frames_are_cut)
{
    for (int v = 0; v < 2; v++) {
        begin();
        frames_tcp(&f, there[v], 80, SYN | ACK, "\1\2\4\5\xb4\1\1\1", 8, 0);
        EQ_INT(in(), SCRUB_PASS);
        EQ_INT(get16(frames_data(&f) + 23), 1460);
        net.offload = true;
        EQ_INT(in(), SCRUB_PASS);
        EQ_INT(get16(frames_data(&f) + 23), 65480);
        OK(frames_is_right(&f));
        frames_tcp(&f, there[v], 80, SYN | ACK, "\2\4\5\xb4", 4, 0);
        EQ_INT(in(), SCRUB_PASS);
        EQ_INT(get16(frames_data(&f) + 22), 65480);
        OK(frames_is_right(&f));
        EQ_INT(syn(there[v], 80), SCRUB_PASS);
        EQ_INT(get16(frames_data(&f) + 22), 1460);
    }
}

TEST(a_full_window_is_one_byte_less_where_segments_are_halves)
{
    for (int v = 0; v < 2; v++)
        for (int offload = 0; offload < 2; offload++) {
            begin();
            net.offload = offload;
            for (unsigned window = 0xfffe; window <= 0xffff; window++) {
                frames_tcp(&f, there[v], 80, ACK, "", 0, 10);
                put16(frames_data(&f) + 14, (uint16_t)window);
                frames_finish(&f, 16);
                EQ_INT(in(), SCRUB_PASS);
                EQ_INT(get16(frames_data(&f) + 14), offload ? 0xfffe : window);
                OK(frames_is_right(&f));
            }
        }
}

TEST(tcp_to_the_resolver_goes_there_and_comes_back)
{
    struct ip old[2] = { frames_ip("127.0.0.53"), frames_ip("2001:db8::53") };
    struct ip new[2] = { frames_ip("9.9.9.9"), frames_ip("2620:fe::fe") };

    for (int v = 0; v < 2; v++) {
        const char *dns = v ? "fd00:2::3" : "10.0.2.3";
        size_t to = v ? 24 : 16, from = v ? 8 : 12, width = v ? 16 : 4;
        unsigned char *ip = bytes + FRAME_HEADER, *tcp;

        begin();
        scrub_set_resolver(s, false, &old[0], 5353);
        scrub_set_resolver(s, true, &old[1], 5353);
        EQ_INT(syn(dns, 53), SCRUB_PASS);
        EQ_INT(memcmp(ip + to, old[v].bytes, width), 0);
        EQ_INT(get16(frames_data(&f) + 2), 5353);
        OK(frames_is_right(&f));
        /* It stays there when there are others. */
        scrub_set_resolver(s, false, &new[0], 0);
        scrub_set_resolver(s, true, &new[1], 0);
        frames_tcp(&f, dns, 53, ACK, "", 0, 30);
        EQ_INT(in(), SCRUB_PASS);
        EQ_INT(memcmp(ip + to, old[v].bytes, width), 0);
        OK(frames_is_right(&f));
        /* The answer: libslirp swaps the ends. */
        tcp = frames_head(&f, v ? "2001:db8::53" : "127.0.0.53", frames_own(dns), IPPROTO_TCP, 25);
        put16(tcp, 5353);
        put16(tcp + 2, GUEST_PORT);
        tcp[12] = 5 << 4;
        tcp[13] = SYN | ACK;
        frames_finish(&f, 16);
        scrub_out(s, &f);
        struct ip is = frames_ip(dns);
        EQ_INT(memcmp(ip + from, is.bytes, width), 0);
        EQ_INT(get16(tcp), 53);
        OK(frames_is_right(&f));
        /* A new connection of another port takes the new one; one that never began is refused. */
        frames_tcp(&f, dns, 53, ACK, "", 0, 0);
        put16(frames_data(&f), GUEST_PORT + 1);
        frames_finish(&f, 16);
        EQ_INT(in(), SCRUB_REPLY);
        OK(is_reset());
        frames_tcp(&f, dns, 53, SYN, "", 0, 0);
        put16(frames_data(&f), GUEST_PORT + 1);
        frames_finish(&f, 16);
        EQ_INT(in(), SCRUB_PASS);
        EQ_INT(memcmp(ip + to, new[v].bytes, width), 0);
        EQ_INT(get16(frames_data(&f) + 2), 53);
    }
}

TEST(frames_of_others_come_as_they_are)
{
    struct ip resolver = frames_ip("9.9.9.9"), none = { 0 };
    unsigned char before[100], *tcp;

    begin();
    scrub_set_resolver(s, false, &resolver, 53);
    scrub_set_resolver(s, true, &none, 53);
    EQ_INT(syn("10.0.2.3", 53), SCRUB_PASS);
    EQ_INT(syn("fd00:2::3", 53), SCRUB_REPLY);
    for (int i = 0; i < 2; i++) {
        tcp = frames_head(&f, i ? "9.9.9.9" : "9.9.9.8", "10.0.2.100", IPPROTO_TCP, 20);
        put16(tcp, i ? 54 : 53);
        put16(tcp + 2, GUEST_PORT);
        memcpy(before, bytes, f.n);
        scrub_out(s, &f);
        EQ_INT(memcmp(before, bytes, f.n), 0);
    }
    /* A connection to the resolver itself with that very port. */
    EQ_INT(syn("9.9.9.9", 53), SCRUB_PASS);
    tcp = frames_head(&f, "9.9.9.9", "10.0.2.100", IPPROTO_TCP, 20);
    put16(tcp, 53);
    put16(tcp + 2, GUEST_PORT);
    memcpy(before, bytes, f.n);
    scrub_out(s, &f);
    EQ_INT(memcmp(before, bytes, f.n), 0);
}

static void heard(const char *from, uint16_t port)
{
    unsigned char *data = frames_head(&f, from, frames_own(from), IPPROTO_UDP, 28);

    put16(data, port);
    put16(data + 2, GUEST_PORT);
    put16(data + 4, 28);
    scrub_out(s, &f);
}

TEST(who_spoke_to_a_published_port_gets_an_answer)
{
    static const char *const from[] = { "10.0.2.2", "192.0.2.1", "fd00:2::2", "2001:db8::1" };

    for (int i = 0; i < 4; i++) {
        begin();
        net.internal = true;
        EQ_INT(udp(from[i], 5000), SCRUB_REPLY);
        heard(from[i], 5000);
        EQ_INT(udp(from[i], 5000), SCRUB_PASS);
        EQ_INT(udp(from[i], 5001), SCRUB_REPLY);
        now += 119999;
        EQ_INT(udp(from[i], 5000), SCRUB_PASS);
        now++;
        EQ_INT(udp(from[i], 5000), SCRUB_REPLY);
        heard(from[i], 5000);
        now += 500000;
        EQ_INT(udp(from[i], 5000), SCRUB_PASS);
    }
    begin();
    net.internal = true;
    heard("192.0.2.1", 5000);
    for (unsigned port = 1; port < 20000; port++) { /* it spoke to none of these */
        frames_udp(&f, "192.0.2.1", 5000, 0);
        put16(frames_data(&f), (uint16_t)port);
        NE_INT(in(), SCRUB_PASS);
    }
}

/* A client on the host's loopback is the gateway to the container, but not to libslirp. */
TEST(an_answer_to_the_gateway_goes_to_the_loopback)
{
    struct ip loop[2] = { frames_ip("127.0.0.1"), frames_ip("::1") };

    for (int v = 0; v < 2; v++) {
        const char *gateway = v ? "fd00:2::2" : "10.0.2.2";
        struct ip is = frames_ip(gateway);
        unsigned char *ip = bytes + FRAME_HEADER;

        begin();
        EQ_INT(udp(gateway, 5000), SCRUB_REPLY);
        heard(v ? "::1" : "127.0.0.1", 5000);
        EQ_INT(memcmp(ip + (v ? 8 : 12), is.bytes, v ? 16 : 4), 0);
        EQ_INT(udp(gateway, 5000), SCRUB_PASS);
        EQ_INT(memcmp(ip + (v ? 24 : 16), loop[v].bytes, v ? 16 : 4), 0);
        OK(frames_is_right(&f));
        frames_udp(&f, gateway, 5000, 20);
        put16(frames_data(&f) + 6, 0);
        EQ_INT(in(), SCRUB_PASS);
        EQ_INT(get16(frames_data(&f) + 6), 0); /* has no checksum, and gets none */
        EQ_INT(udp(gateway, 5001), SCRUB_REPLY);
        EQ_INT(udp(v ? "::1" : "127.0.0.1", 5000), SCRUB_REPLY);
        net.host_loopback = true; /* libslirp does it */
        EQ_INT(udp(gateway, 5000), SCRUB_PASS);
        EQ_INT(memcmp(ip + (v ? 24 : 16), is.bytes, v ? 16 : 4), 0);
    }
}

/* libslirp sends what is longer than its MTU in parts, and those after the first have no ports. */
TEST(later_parts_are_of_the_gateway_too)
{
    static const char *const from[] = { "127.0.0.1", "192.0.2.1" };

    for (int i = 0; i < 2; i++) {
        struct ip is = frames_ip(i ? "192.0.2.1" : "10.0.2.2");
        unsigned char *ip = bytes + FRAME_HEADER;
        unsigned char data[28] = { 0 };
        uint16_t sum;

        begin();
        net.internal = true;
        /* What could be taken for ports and a checksum. */
        put16(data, 5000);
        put16(data + 6, 0x1234);
        put16(data + 2, GUEST_PORT);
        memcpy(frames_head(&f, from[i], "10.0.2.100", IPPROTO_UDP, sizeof data), data, sizeof data);
        put16(ip + 6, 0x1ff0);
        memset(ip + 10, 0, 2);
        sum = sum_fold(sum_add(0, ip, 20));
        memcpy(ip + 10, &sum, sizeof sum);
        scrub_out(s, &f);
        EQ_INT(memcmp(ip + 12, is.bytes, 4), 0);
        EQ_INT(sum_fold(sum_add(0, ip, 20)), 0);
        EQ_INT(memcmp(ip + 20, data, sizeof data), 0);
        EQ_INT(udp(i ? "192.0.2.1" : "10.0.2.2", 5000), SCRUB_REPLY); /* no port has spoken */
    }
}
