/* Frames whose form is wrong, or of a kind that nobody needs: each beside one that is taken. */
#include "rcrun-net/scrub.h"
#include "tap.h"
#include "unit/frames.h"

static unsigned char bytes[FRAME_MAX], reply_bytes[FRAME_MAX];
static struct frame f = { .data = bytes, .max = sizeof bytes };
static struct frame reply = { .data = reply_bytes, .max = sizeof reply_bytes };
static struct net net;
static struct counters counters;
static struct scrub *s;

static void begin(void)
{
    scrub_free(s);
    net = frames_net();
    counters = (struct counters){ 0 };
    s = scrub_new(&net, &counters);
}

static enum verdict in(void)
{
    return scrub_in(s, &f, &reply, 1000);
}

/* What the last frame counted as, and only that. */
#define DROPPED(why) do { EQ_INT(in(), SCRUB_DROP); EQ_INT(counters.v[COUNT_drop_##why], 1); \
    counters = (struct counters){ 0 }; } while (0)

static void arp(const char *sender, const char *target)
{
    struct ip from = frames_ip(sender), to = frames_ip(target);

    memcpy(bytes, "\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x01\x08\x06", 14);
    memcpy(bytes + 14, "\x00\x01\x08\x00\x06\x04\x00\x01\x02\x00\x00\x00\x00\x01", 14);
    memcpy(bytes + 28, from.bytes, 4);
    memset(bytes + 32, 0, 6);
    memcpy(bytes + 38, to.bytes, 4);
    f.n = 42;
}

static void neighbour(const char *from, const char *to, unsigned type, size_t n)
{
    unsigned char *icmp = frames_head(&f, from, to, IPPROTO_ICMPV6, n);

    icmp[0] = (unsigned char)type;
    if (n >= 32) {
        icmp[24] = 1;
        icmp[25] = 1;
    }
    frames_finish(&f, 2);
}

/* Whole frames of each kind, and how long their headers are. */
static size_t make(int kind)
{
    static const char *const to[] = { "192.0.2.1", "2001:db8::1", "10.0.2.3", "fd00:2::3" };
    const char *there = to[kind % 4];

    switch (kind / 4) {
    case 0:
        frames_tcp(&f, there, 80, SYN, "\2\4\5\xb4\1\1\4\2", 8, 0);
        break;
    case 1:
        frames_udp(&f, there, 53, 0);
        break;
    case 2:
        frames_echo(&f, there);
        frames_data(&f)[-(kind % 2 ? 35 : 17)] = (unsigned char)(kind % 2 ? 8 : 28);
        f.n -= kind % 2 ? 16 : 16;
        break;
    default:
        if (kind % 2)
            neighbour("fd00:2::100", "ff02::1:ff00:2", 135, 32);
        else
            arp("10.0.2.100", "10.0.2.2");
        break;
    }
    return f.n;
}

TEST(every_truncated_frame_is_dropped)
{
    int frames = 0;

    for (int kind = 0; kind < 16; kind++) {
        size_t whole;

        begin();
        whole = make(kind);
        for (size_t n = 0; n < whole; n++, frames++) {
            /* In memory of its own length, for the sanitizer to see who reads beyond. */
            unsigned char *exact = malloc(n + (n == 0));
            struct frame cut = { .data = exact, .n = n, .max = n };

            make(kind);
            memcpy(exact, bytes, n);
            EQ_INT(scrub_in(s, &cut, &reply, 1000), SCRUB_DROP);
            free(exact);
        }
        EQ_INT(counters.v[COUNT_drop_short], whole);
    }
    OK(frames > 600);
}

TEST(headers_may_not_say_less_than_there_must_be)
{
    for (int kind = 0; kind < 12; kind++) {
        size_t whole, head;

        begin();
        whole = make(kind);
        head = frames_is_v6(&f) ? 54u : 34u;
        for (size_t n = head; n < whole; n++) {
            make(kind);
            if (frames_is_v6(&f))
                put16(bytes + 18, (uint16_t)(n - 54));
            else
                put16(bytes + 16, (uint16_t)(n - 14));
            EQ_INT(in(), SCRUB_DROP);
        }
        EQ_INT(counters.v[COUNT_drop_short], whole - head);
    }
}

TEST(all_kinds_pass_when_they_are_whole)
{
    begin();
    struct ip v4 = frames_ip("9.9.9.9"), v6 = frames_ip("2620:fe::fe");
    scrub_set_resolver(s, false, &v4, 53);
    scrub_set_resolver(s, true, &v6, 53);
    for (int kind = 0; kind < 16; kind++) {
        enum verdict verdict;

        make(kind);
        verdict = in();
        /* TCP to port 80 of the resolver is refused, UDP is answered. */
        EQ_INT(verdict, kind == 2 || kind == 3   ? SCRUB_REPLY
                        : kind == 6 || kind == 7 ? SCRUB_DNS
                                                 : SCRUB_PASS);
    }
}

TEST(only_three_ethertypes)
{
    static const unsigned types[] = { 0x88f8, 0x88cc, 0x8100, 0x88a8, 0, 46, 1500, 0x0842, 0x8864,
                                      0x0801, 0x86dc };

    begin();
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        frames_udp(&f, "192.0.2.1", 9, 20);
        put16(bytes + 12, (uint16_t)types[i]);
        DROPPED(ethertype);
    }
    frames_udp(&f, "192.0.2.1", 9, 20);
    EQ_INT(in(), SCRUB_PASS);
    net.v4.on = false;
    DROPPED(ethertype);
    arp("10.0.2.100", "10.0.2.2");
    DROPPED(ethertype);
    frames_udp(&f, "2001:db8::1", 9, 20);
    EQ_INT(in(), SCRUB_PASS);
    net.v6.on = false;
    DROPPED(ethertype);
}

TEST(arp_is_ethernet_and_ipv4)
{
    static const size_t fields[] = { 14, 15, 16, 17, 18, 19, 20, 21 };

    begin();
    arp("10.0.2.100", "10.0.2.2");
    f.n = 60;
    EQ_INT(in(), SCRUB_PASS);
    EQ_INT(f.n, 42);
    arp("0.0.0.0", "10.0.2.100"); /* is it mine? */
    EQ_INT(in(), SCRUB_PASS);
    bytes[21] = 2;
    EQ_INT(in(), SCRUB_PASS);
    for (size_t i = 0; i < 8; i++) {
        arp("10.0.2.100", "10.0.2.2");
        bytes[fields[i]] ^= 0x40;
        DROPPED(arp);
    }
    arp("10.0.2.2", "10.0.2.100"); /* the gateway is elsewhere */
    DROPPED(source);
}

TEST(sources_are_the_containers_own)
{
    begin();
    frames_udp(&f, "192.0.2.1", 9, 20);
    EQ_INT(in(), SCRUB_PASS);
    frames_from(&f, "10.0.2.101", 6);
    DROPPED(source);
    frames_from(&f, "127.0.0.1", 6);
    DROPPED(source);
    frames_from(&f, "0.0.0.0", 6);
    DROPPED(source);
    frames_udp(&f, "2001:db8::1", 9, 20);
    EQ_INT(in(), SCRUB_PASS);
    frames_from(&f, "fd00:2::101", 6);
    DROPPED(source);
    frames_from(&f, "fe80::1", 6);
    DROPPED(source);
    frames_from(&f, "::", 6);
    DROPPED(source);
    frames_from(&f, "::1", 6);
    DROPPED(source);
}

TEST(ip_headers_are_plain)
{
    begin();
    frames_udp(&f, "192.0.2.1", 9, 20);
    f.n += 6; /* padding */
    EQ_INT(in(), SCRUB_PASS);
    EQ_INT(f.n, 14 + 20 + 28);
    bytes[14] = 0x46;
    DROPPED(options);
    bytes[14] = 0x44;
    DROPPED(header);
    bytes[14] = 0x65;
    DROPPED(header);
    bytes[14] = 0x45;
    bytes[20] = 0x80;
    DROPPED(header);
    bytes[20] = 0x40; /* do not fragment */
    EQ_INT(in(), SCRUB_PASS);
    for (unsigned protocol = 0; protocol < 256; protocol++) {
        if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_ICMP)
            continue;
        bytes[23] = (unsigned char)protocol;
        DROPPED(protocol);
    }
    frames_udp(&f, "2001:db8::1", 9, 20);
    f.n += 6;
    EQ_INT(in(), SCRUB_PASS);
    EQ_INT(f.n, 14 + 40 + 28);
    bytes[14] = 0x40;
    DROPPED(header);
    bytes[14] = 0x60;
    static const unsigned char extensions[] = { 0, 43, 59, 60 };
    for (size_t i = 0; i < sizeof extensions; i++) {
        bytes[20] = extensions[i];
        DROPPED(options);
    }
    bytes[20] = IPPROTO_ICMP;
    DROPPED(protocol);
    bytes[20] = 132;
    DROPPED(protocol);
}

TEST(tcp_headers_make_sense)
{
    static const char *const bad[] = { "\2\4\5", "\2\0\5\xb4", "\2\1\5\xb4", "\1\1\2\4", "\x08\x0a\0\0",
                                       "\1\1\1\5", "\2\3\5\xb4", "\x08\0\1\1", "\x08\1\1\1" };

    begin();
    frames_tcp(&f, "192.0.2.1", 80, SYN, "\2\4\5\xb4\0\0\0\2", 8, 0);
    EQ_INT(in(), SCRUB_PASS);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        frames_tcp(&f, "192.0.2.1", 80, SYN, bad[i], 4, 0);
        if (i == 0)
            frames_data(&f)[21] = 40;
        DROPPED(header);
    }
    frames_tcp(&f, "192.0.2.1", 80, SYN | FIN, "", 0, 0);
    DROPPED(header);
    frames_tcp(&f, "192.0.2.1", 80, SYN | RST, "", 0, 0);
    DROPPED(header);
    frames_tcp(&f, "192.0.2.1", 80, SYN, "", 0, 0);
    frames_data(&f)[12] = 4 << 4;
    DROPPED(header);
    frames_data(&f)[12] = 6 << 4;
    DROPPED(short);
}

TEST(udp_is_as_long_as_it_says)
{
    begin();
    for (int v = 0; v < 2; v++) {
        frames_udp(&f, v ? "2001:db8::1" : "192.0.2.1", 9, 20);
        put16(frames_data(&f) + 4, 27);
        DROPPED(header);
        put16(frames_data(&f) + 4, 0);
        DROPPED(header);
        put16(frames_data(&f) + 4, 29);
        DROPPED(short);
        put16(frames_data(&f) + 4, 28);
        EQ_INT(in(), SCRUB_PASS);
    }
}

TEST(the_services_of_libslirp_are_not_reached)
{
    static const char *const to[] = { "10.0.2.2", "10.0.2.3", "255.255.255.255", "10.0.2.255",
                                      "fd00:2::2", "fd00:2::3", "ff02::1:2", "fe80::2" };
    static const uint16_t ports[] = { 67, 68, 69, 546, 547 };

    begin();
    net.host_loopback = true; /* not even there */
    for (size_t i = 0; i < sizeof to / sizeof to[0]; i++)
        for (size_t k = 0; k < 5; k++) {
            frames_udp(&f, to[i], ports[k], 30);
            DROPPED(service);
        }
    frames_udp(&f, "10.0.2.2", 70, 30);
    EQ_INT(in(), SCRUB_PASS);
}

TEST(icmp_is_echo_and_neighbours)
{
    begin();
    for (int v = 0; v < 2; v++)
        for (unsigned type = 0; type < 256; type++) {
            frames_echo(&f, v ? "2001:db8::1" : "192.0.2.1");
            frames_data(&f)[0] = (unsigned char)type;
            if (type == (v ? 128 : 8)) {
                EQ_INT(in(), SCRUB_PASS);
                frames_data(&f)[1] = 1;
                DROPPED(icmp);
            } else if (v && (type == 133 || type == 135 || type == 136)) {
                EQ_INT(in(), SCRUB_DROP);
                counters = (struct counters){ 0 };
            } else {
                DROPPED(icmp);
            }
        }
}

TEST(neighbours_are_found)
{
    begin();
    neighbour("fd00:2::100", "ff02::1:ff00:2", 135, 32);
    EQ_INT(in(), SCRUB_PASS);
    neighbour("fe80::55", "ff02::1:ff00:2", 135, 32);
    EQ_INT(in(), SCRUB_PASS);
    neighbour("::", "ff02::1:ff00:100", 135, 24);
    EQ_INT(in(), SCRUB_PASS);
    neighbour("::", "ff02::1:ff00:100", 135, 32);
    frames_data(&f)[24] = 14; /* the nonce of Linux */
    EQ_INT(in(), SCRUB_PASS);
    neighbour("fe80::55", "ff02::2", 133, 16);
    frames_data(&f)[8] = 1;
    frames_data(&f)[9] = 1;
    EQ_INT(in(), SCRUB_PASS);
    neighbour("::", "ff02::2", 133, 8);
    EQ_INT(in(), SCRUB_PASS);
    neighbour("fd00:2::100", "fd00:2::2", 136, 32);
    frames_data(&f)[24] = 2;
    EQ_INT(in(), SCRUB_PASS);
    neighbour("fd00:2::100", "fe80::2", 136, 24);
    EQ_INT(in(), SCRUB_PASS);
    /* and what is not quite that */
    neighbour("fd00:2::100", "fd00:2::4", 135, 32);
    DROPPED(local);
    neighbour("fd00:2::100", "fe80::2", 135, 32);
    bytes[21] = 254;
    DROPPED(icmp);
    bytes[21] = 255;
    frames_data(&f)[1] = 1;
    DROPPED(icmp);
    frames_data(&f)[1] = 0;
    frames_data(&f)[24] = 5;
    DROPPED(icmp);
    frames_data(&f)[24] = 1;
    frames_data(&f)[25] = 0;
    DROPPED(icmp);
    frames_data(&f)[25] = 2;
    DROPPED(icmp);
    frames_data(&f)[25] = 1;
    EQ_INT(in(), SCRUB_PASS);
    neighbour("fd00:2::100", "fe80::2", 135, 31);
    DROPPED(icmp);
    neighbour("2001:db8::1", "fe80::2", 135, 32);
    DROPPED(source);
    neighbour("::", "fe80::2", 128, 32);
    DROPPED(source);
    neighbour("fe80::55", "fe80::2", 128, 32);
    EQ_INT(in(), SCRUB_PASS);
    neighbour("fe80::55", "2001:db8::1", 128, 32);
    DROPPED(source);
}
