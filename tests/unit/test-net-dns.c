/* What becomes of queries: who is asked, when, and which answer the container gets. */
#include "dns-rig.h"

static void relays(bool v6, int who)
{
    setup();
    USE(who);
    ask_from(v6, GUEST_PORT, QUERY, QUERY_N);
    EQ_INT(dns_flows(rig.dns), 1);
    EQ_INT(heard(who, 1000), QUERY_N);
    OK(memcmp(rig.message + 2, REST, sizeof REST - 1) == 0);
    answer(who, 0, 100);
    OK(wait_frame(1000));
    EQ_INT(code_received(v6, 100), 0);
    EQ_INT(dns_flows(rig.dns), 0);
    EQ_INT(count(COUNT_dns_asked), 1);
    EQ_INT(count(COUNT_dns_answered), 1);
    EQ_INT(count(COUNT_dns_refused) + count(COUNT_dns_failed), 0);
    teardown();
}

TEST(brings_an_answer_to_each_family)
{
    relays(false, ONE);
    relays(true, ONE);
}

TEST(asks_servers_of_each_family)
{
    setup();
    bool six = has_six();
    teardown();
    if (!six)
        return;
    relays(false, SIX);
    relays(true, SIX);
}

TEST(goes_on_at_once_where_nobody_is)
{
    setup();
    USE(ONE, TWO);
    close(rig.server[ONE]);
    rig.server[ONE] = -1;
    ask();
    OK(!wait_frame(50));
    EQ_INT(heard(TWO, 500), QUERY_N);
    answer(TWO, 0, 1);
    OK(wait_frame(1000));
    EQ_INT(code_received(false, 1), 0);
    teardown();
}

TEST(goes_on_after_two_seconds_of_silence)
{
    setup();
    USE(ONE, TWO);
    ask();
    EQ_INT(heard(ONE, 1000), QUERY_N);
    OK(!wait_frame(1800));
    EQ_INT(heard(TWO, 0), -1);
    OK(!wait_frame(500));
    EQ_INT(heard(TWO, 0), QUERY_N);
    answer(TWO, 0, 1);
    OK(wait_frame(1000));
    EQ_INT(code_received(false, 1), 0);
    EQ_INT(dns_flows(rig.dns), 0);
    teardown();
}

TEST(still_takes_the_late_answer_of_the_one_before)
{
    unsigned char late[QUERY_N];
    struct sockaddr_storage by;

    setup();
    USE(ONE, TWO);
    ask();
    EQ_INT(heard(ONE, 1000), QUERY_N);
    by = rig.asked_by;
    memcpy(late, rig.message, sizeof late);
    OK(!wait_frame(2200));
    EQ_INT(heard(TWO, 0), QUERY_N);
    rig.asked_by = by;
    memcpy(rig.message, late, sizeof late);
    answer(ONE, 0, 7);
    OK(wait_frame(500));
    EQ_INT(code_received(false, 7), 0);
    EQ_INT(dns_flows(rig.dns), 0);
    teardown();
}

TEST(says_so_when_all_are_silent)
{
    setup();
    USE(ONE);
    ask();
    OK(!wait_frame(3500));
    OK(wait_frame(1500));
    EQ_INT(code_received(false, 0), 2);
    EQ_INT(count(COUNT_dns_failed), 1);
    EQ_INT(dns_flows(rig.dns), 0);
    teardown();
}

TEST(goes_on_at_once_when_a_server_fails)
{
    setup();
    USE(ONE, TWO, THREE);
    ask();
    EQ_INT(heard(ONE, 1000), QUERY_N);
    answer(ONE, 2, 3);
    OK(!wait_frame(50));
    EQ_INT(heard(TWO, 0), QUERY_N);
    answer(TWO, 5, 3);
    OK(!wait_frame(50));
    EQ_INT(heard(THREE, 0), QUERY_N);
    answer(THREE, 3, 3);
    OK(wait_frame(500));
    EQ_INT(code_received(false, 3), 3);
    EQ_INT(count(COUNT_dns_answered), 1);
    teardown();
}

TEST(passes_on_what_the_last_one_says)
{
    setup();
    USE(ONE, TWO);
    ask();
    EQ_INT(heard(ONE, 1000), QUERY_N);
    answer(ONE, 2, 3);
    OK(!wait_frame(50));
    EQ_INT(heard(TWO, 0), QUERY_N);
    answer(TWO, 5, 9);
    OK(wait_frame(500));
    EQ_INT(code_received(false, 9), 5);
    EQ_INT(dns_flows(rig.dns), 0);
    teardown();
}

/* An address of a link without its zone: connect(2) fails. */
TEST(says_so_at_once_when_there_is_nobody_to_ask)
{
    struct resolv r = { .servers = { ip("fe80::1"), ip("fe80::2") }, .n = 2 };

    setup();
    ask();
    EQ_INT(code_received(false, 0), 2);
    ask_from(true, GUEST_PORT, QUERY, QUERY_N);
    EQ_INT(code_received(true, 0), 2);
    dns_set_resolvers(rig.dns, &r);
    ask();
    EQ_INT(code_received(false, 0), 2);
    rig.net.internal = true;
    USE(ONE);
    ask();
    EQ_INT(code_received(false, 0), 2);
    EQ_INT(heard(ONE, 0), -1);
    EQ_INT(count(COUNT_dns_failed), 4);
    teardown();
}

TEST(asks_who_is_a_resolver_now)
{
    setup();
    USE(ONE, TWO, THREE);
    ask();
    EQ_INT(heard(ONE, 1000), QUERY_N);
    USE(TWO);
    answer(ONE, 2, 0);
    OK(wait_frame(500));
    EQ_INT(code_received(false, 0), 2);
    ask();
    EQ_INT(heard(TWO, 1000), QUERY_N);
    answer(TWO, 0, 0);
    OK(wait_frame(500));
    EQ_INT(code_received(false, 0), 0);
    teardown();
}

TEST(reaches_the_loopback_by_the_address_of_nobody)
{
    struct resolv r = { .servers = { { .family = AF_INET } }, .n = 1 };

    setup();
    r.port = rig.port;
    dns_set_resolvers(rig.dns, &r);
    ask();
    EQ_INT(heard(ONE, 1000), QUERY_N);
    answer(ONE, 0, 0);
    OK(wait_frame(500));
    EQ_INT(code_received(false, 0), 0);
    teardown();
}

/* Each is dropped and counted, and the right one, which is sent last, arrives. */
TEST(drops_answers_that_were_not_asked_for)
{
    unsigned char right[QUERY_N], wrong[QUERY_N];
    const struct {
        size_t at;
        unsigned char flip;
    } lies[] = { { 0, 1 },  { 1, 1 },  { 2, 0x80 },  { 2, 0x08 },  { 5, 3 },  { 4, 1 }, { 12, 1 },
                 { 13, 1 }, { 29, 2 }, { 17, 0x80 }, { 30, 0x80 }, { 31, 1 }, { 32, 1 } };
    const size_t n = sizeof lies / sizeof *lies;
    int other = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    setup();
    USE(ONE);
    ask();
    EQ_INT(heard(ONE, 1000), QUERY_N);
    memcpy(right, rig.message, QUERY_N);
    right[2] |= 0x80;
    for (size_t i = 0; i < n; i++) {
        memcpy(wrong, right, QUERY_N);
        wrong[lies[i].at] ^= lies[i].flip;
        answer_from(rig.server[ONE], wrong, QUERY_N);
    }
    for (size_t cut = 0; cut < QUERY_N; cut++)
        answer_from(rig.server[ONE], right, cut);
    OK(!wait_frame(50));
    EQ_INT(count(COUNT_dns_refused), n + QUERY_N);
    /* From elsewhere: the kernel keeps them away from a connected socket. */
    answer_from(other, right, QUERY_N);
    answer_from(rig.server[TWO], right, QUERY_N);
    OK(!wait_frame(50));
    EQ_INT(dns_flows(rig.dns), 1);
    right[14] ^= 0x20;
    answer_from(rig.server[ONE], right, QUERY_N);
    OK(wait_frame(500));
    EQ_INT(received(false), QUERY_N);
    EQ_INT(memcmp(rig.message + 14, "W", 1), 0);
    close(other);
    teardown();
}

TEST(drops_an_answer_that_fits_no_datagram)
{
    setup();
    if (has_six()) {
        USE(SIX);
        ask();
        EQ_INT(heard(SIX, 1000), QUERY_N);
        answer(SIX, 0, 65527 - QUERY_N);
        OK(!wait_frame(50));
        EQ_INT(count(COUNT_dns_refused), 1);
        EQ_INT(dns_flows(rig.dns), 1);
    }
    teardown();
}

static void fragments(bool v6, unsigned mtu, size_t more)
{
    size_t total = 8 + QUERY_N + more, header = v6 ? 40 : 20, each;

    setup();
    rig.net.mtu = mtu;
    USE(ONE);
    ask_from(v6, GUEST_PORT, QUERY, QUERY_N);
    EQ_INT(heard(ONE, 1000), QUERY_N);
    answer(ONE, 0, more);
    OK(wait_frame(1000));
    each = header + total <= mtu ? total : (mtu - header - (v6 ? 8 : 0)) / 8 * 8;
    EQ_INT(rig.frames_n, (total + each - 1) / each);
    EQ_INT(code_received(v6, more), 0);
    teardown();
}

TEST(cuts_what_is_longer_than_the_device_takes)
{
    for (int v6 = 0; v6 <= 1; v6++) {
        size_t fits = 1500 - (v6 ? 48 : 28) - QUERY_N;

        fragments(v6, 1500, fits);
        fragments(v6, 1500, fits + 1);
        fragments(v6, 1280, 4096);
        fragments(v6, 65520, 65507 - QUERY_N);
        fragments(v6, 1499, 65507 - QUERY_N);
    }
    fragments(false, 68, 8192);
}

TEST(forgets_the_oldest_of_many)
{
    static unsigned char ids[300][2];
    unsigned char message[QUERY_N];
    int n = 0;

    setup();
    USE(ONE);
    for (int i = 0; i < 300; i++) {
        memcpy(message, QUERY, QUERY_N);
        put16(message, (uint16_t)i);
        ask_from(false, GUEST_PORT, message, QUERY_N);
    }
    EQ_INT(dns_flows(rig.dns), 256);
    EQ_INT(count(COUNT_dns_asked), 300);
    EQ_INT(count(COUNT_dns_failed), 44);
    for (; heard(ONE, 100) == QUERY_N; n++) {
        rig.message[2] |= 0x80;
        answer_from(rig.server[ONE], rig.message, QUERY_N);
    }
    EQ_INT(n, 300);
    for (int i = 0; i < 50; i++) {
        struct err e;

        events_round(&rig.ev, 5, &e);
    }
    EQ_INT(rig.frames_n, 256);
    EQ_INT(dns_flows(rig.dns), 0);
    for (size_t i = 0; i < rig.frames_n; i++) {
        uint16_t id = get16(rig.frames[i] + FRAME_HEADER + 28);

        OK(id >= 44 && id < 300);
        if (id < 300)
            ids[id][0]++;
    }
    for (int i = 44; i < 300; i++)
        EQ_INT(ids[i][0], 1);
    EQ_INT(count(COUNT_dns_answered), 256);
    teardown();
}

/* Of 64 pairs an enemy who saw one could guess none: at least half of all bits must differ by
 * chance. */
TEST(asks_with_a_random_id_from_a_random_port)
{
    unsigned same_id = 0, same_port = 0, last_id = 0, last_port = 0;

    setup();
    USE(ONE);
    for (int i = 0; i < 64; i++) {
        unsigned id, port;

        ask();
        EQ_INT(heard(ONE, 1000), QUERY_N);
        id = get16(rig.message);
        port = ntohs(((struct sockaddr_in *)&rig.asked_by)->sin_port);
        same_id += id - last_id + 8 < 16 || id == 0x1234;
        same_port += port - last_port + 8 < 16;
        last_id = id;
        last_port = port;
    }
    OK(same_id < 4);
    OK(same_port < 4);
    teardown();
}
