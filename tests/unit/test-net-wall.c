/* libslirp and a guest, and the scrubber between them or not: what gets through without it must not
 * with it, and what the scrubber adds must work with the real library. */
#include <netinet/in.h>

#include "net-engine.h"

/* All of them are the host itself for connect(2). */
static const uint32_t hosts_own[] = { 0x7f000001, 0x00000000 };

TEST(without_the_scrubber_the_hosts_loopback_is_open)
{
    for (size_t i = 0; i < COUNT_OF(hosts_own); i++) {
        struct sockaddr_in a, b;
        OWN_FD tcp = listener(SOCK_STREAM, &a);
        OWN_FD udp = listener(SOCK_DGRAM, &b);
        OWN_FD peer = -1;
        char got[10];

        guest_net(&net);
        NEED(begin(false));
        guest_connect(&guest, hosts_own[i], ntohs(a.sin_port));
        UNTIL(guest.established);
        OK(guest.established);
        peer = accept(tcp, NULL, NULL);
        OK(peer >= 0);
        guest_datagram(&guest, hosts_own[i], ntohs(b.sin_port), "in", 2);
        turn(10);
        EQ_INT(recv(udp, got, sizeof got, 0), 2);
        end();
    }
}

TEST(with_it_the_loopback_is_closed_and_says_so)
{
    static const uint32_t to[] = { 0x7f000001, 0x00000000, 0x7f000002, 0x7fffffff, 0x00000001,
                                   GATEWAY_IP, DNS_IP, 0x0a000204, 0xf0000001 };

    for (size_t i = 0; i < COUNT_OF(to); i++) {
        struct sockaddr_in a, b;
        OWN_FD tcp = listener(SOCK_STREAM, &a);
        OWN_FD udp = listener(SOCK_DGRAM, &b);
        char got[10];

        guest_net(&net);
        NEED(begin(true));
        guest_connect(&guest, to[i], ntohs(a.sin_port));
        deliver();
        OK(guest.reset);
        guest_datagram(&guest, to[i], ntohs(b.sin_port), "in", 2);
        deliver();
        EQ_INT(guest.icmp, 1);
        for (int turns = 0; turns < 5; turns++)
            turn(10);
        EQ_INT(accept(tcp, NULL, NULL), -1);
        EQ_INT(recv(udp, got, sizeof got, 0), -1);
        OK(!guest.established);
        EQ_INT(engine_flows(engine), 0);
        end();
    }
}

TEST(names_are_asked_over_tcp_of_a_resolver_on_the_loopback)
{
    struct sockaddr_in a;
    OWN_FD fd = listener(SOCK_STREAM, &a);
    OWN_FD peer = -1;
    struct ip resolver = { .family = AF_INET, .v4 = a.sin_addr }, none = { 0 };
    char got[10];

    guest_net(&net);
    NEED(begin(true));
    scrub_set_resolver(wall, false, &resolver, ntohs(a.sin_port));
    scrub_set_resolver(wall, true, &none, ntohs(a.sin_port));
    guest_connect(&guest, DNS_IP, 53);
    UNTIL(guest.established);
    NEED(guest.established);
    EQ_INT(guest.to_port, 53);
    peer = accept(fd, NULL, NULL);
    NEED(peer >= 0);
    guest_write(&guest, "query", 5);
    turn(10);
    EQ_INT(recv(peer, got, sizeof got, MSG_DONTWAIT), 5);
    send(peer, "answer", 6, 0);
    UNTIL(guest.data_n == 6);
    EQ_INT(guest.data_n, 6);
    guest_finish(&guest);
    turn(10);
    EQ_INT(recv(peer, got, sizeof got, MSG_DONTWAIT), 0);
    end();
}

/* From the host's loopback, whose clients are the gateway to the container. */
static ssize_t answer_of_a_published_port(bool with_wall)
{
    struct sockaddr_in a;
    struct ip host = { .family = AF_INET, .v4.s_addr = htonl(INADDR_LOOPBACK) };
    OWN_FD client = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    ssize_t got = -1;
    char data[10];

    clean_fd(&(int){ listener(SOCK_DGRAM, &a) }); /* a free port */
    guest_net(&net);
    if (!begin(with_wall))
        return -2;
    engine_publish(engine, true, &host, ntohs(a.sin_port), &net.v4.guest, 5000, &e);
    guest.udp_port = 5000;
    for (unsigned i = 1; i < 3; i++) { /* libslirp changes its mind after the first */
        sendto(client, "ask", 3, 0, (struct sockaddr *)&a, sizeof a);
        UNTIL(guest.datagrams == i);
        guest_datagram(&guest, GATEWAY_IP, guest.udp_from, "answer", 6);
        turn(10);
        got = recv(client, data, sizeof data, 0);
    }
    if (wall)
        EQ_INT(counters.v[COUNT_drop_loopback], 0);
    end();
    return got;
}

TEST(a_published_datagram_from_the_loopback_is_answered)
{
    EQ_INT(answer_of_a_published_port(false), -1);
    EQ_INT(answer_of_a_published_port(true), 6);
}

/* Cuts a frame of the outbox in pieces of 1000 bytes. */
static void cut_last(void)
{
    unsigned char *whole = outbox[--outbox_n].data;
    size_t n = get16(whole + 16) - 20u;

    for (size_t at = 0; at < n; at += 1000) {
        unsigned char frame[14 + 20 + 1000];
        size_t part = n - at > 1000 ? 1000 : n - at;

        memcpy(frame, whole, 34);
        put16(frame + 16, (uint16_t)(20 + part));
        put16(frame + 18, 77);
        put16(frame + 20, (uint16_t)((at + part < n ? 0x2000 : 0) | at / 8));
        put16(frame + 24, 0);
        put16(frame + 24, guest_sum(frame + 14, 20, 0));
        memcpy(frame + 34, whole + 34 + at, part);
        from_guest(NULL, frame, 34 + part);
    }
    free(whole);
}

TEST(long_datagrams_arrive_whole)
{
    static char sent[65507], got[sizeof sent];
    static const size_t sizes[] = { 1473, 8000, 65507 };
    struct sockaddr_in a;
    OWN_FD fd = listener(SOCK_DGRAM, &a);

    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (char)(i * 31 >> 3);
    guest_net(&net);
    net.host_loopback = true;
    NEED(begin(true));
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        ssize_t n = -1;

        guest_datagram(&guest, GATEWAY_IP, ntohs(a.sin_port), sent, sizes[i]);
        cut_last();
        UNTIL((n = recv(fd, got, sizeof got, 0)) >= 0);
        EQ_INT(n, sizes[i]);
        EQ_INT(memcmp(sent, got, sizes[i]), 0);
    }
    EQ_INT(counters.v[COUNT_reassembled], 3);
    end();
}
