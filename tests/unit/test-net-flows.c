#include "unit/scrub-rig.h"

TEST(new_flows_have_limits)
{
    begin();
    net.flows_max = 10;
    scrub_set_flows(s, 8, 0);
    EQ_INT(syn(there[0], 80), SCRUB_PASS);
    EQ_INT(udp(there[0], 80), SCRUB_PASS);
    EQ_INT(syn(there[0], 80), SCRUB_REPLY);
    OK(is_reset());
    EQ_INT(udp(there[1], 80), SCRUB_DROP); /* of the other family: another socket */
    EQ_INT(counters.v[COUNT_drop_limit], 2);
    EQ_INT(udp(there[0], 81), SCRUB_PASS); /* has a flow */
    frames_tcp(&f, there[0], 80, ACK, "", 0, 1);
    EQ_INT(in(), SCRUB_PASS);
    EQ_INT(echo(there[0]), SCRUB_DROP);
    EQ_INT(udp("10.0.2.3", 53), SCRUB_DNS);
    now += 241000;
    EQ_INT(udp(there[0], 81), SCRUB_DROP); /* has none any more */
    scrub_set_flows(s, 9, 0);
    EQ_INT(udp(there[0], 81), SCRUB_PASS);
}

/* A program may ask each question from another port, and libslirp keeps each port for minutes. */
TEST(datagrams_leave_half_of_the_flows_to_connections)
{
    begin();
    net.flows_max = 10;
    scrub_set_flows(s, 4, 4);
    EQ_INT(udp(there[0], 80), SCRUB_PASS);
    EQ_INT(udp(there[1], 80), SCRUB_DROP);
    EQ_INT(counters.v[COUNT_drop_limit], 1);
    EQ_INT(syn(there[0], 80), SCRUB_PASS);
    scrub_set_flows(s, 4, 3);
    EQ_INT(udp(there[1], 80), SCRUB_PASS);
}

/* Where there is no room, those that rest longest make some, but none that was used just now. */
TEST(datagrams_that_rest_make_room)
{
    begin();
    net.flows_max = 1000;
    for (uint16_t port = 1; port <= 40; port++) {
        now += 1000;
        frames_udp(&f, there[0], 80, 20);
        put16(frames_data(&f), port);
        put16(frames_data(&f) + 6, 0);
        EQ_INT(in(), SCRUB_PASS);
    }
    EQ_INT(scrub_udp_rest(s, now), 35);
    EQ_INT(scrub_udp_rest(s, now), 31);
    net.flows_max = 10;
    scrub_set_flows(s, 5, 5);
    put16(frames_data(&f), 40);
    EQ_INT(in(), SCRUB_PASS); /* has a flow */
    put16(frames_data(&f), 9);
    EQ_INT(in(), SCRUB_DROP); /* has none any more */
    while (scrub_udp_rest(s, now))
        continue;
    put16(frames_data(&f), 31);
    EQ_INT(in(), SCRUB_PASS);
    put16(frames_data(&f), 30);
    EQ_INT(in(), SCRUB_DROP);
}

/* To the container; whose addresses it has makes no difference here. */
static void answer(unsigned flags)
{
    frames_tcp(&f, there[0], 80, flags, "", 0, 0);
    scrub_out(s, &f);
}

/* Floods and searches are to be slow, not clients that are served. */
TEST(connections_that_are_taken_do_not_count_for_the_rate)
{
    int passed = 0;

    begin();
    net.flows_per_second = 10;
    for (int i = 0; i < 100; i++) {
        passed += syn(there[0], 80) == SCRUB_PASS;
        answer(SYN | ACK);
    }
    EQ_INT(passed, 100);
    /* A refusal is no such answer, nor is what comes later. */
    for (int i = 0; i < 100; i++) {
        passed += syn(there[0], 80) == SCRUB_PASS;
        answer(i % 2 ? RST | ACK : ACK);
    }
    EQ_INT(passed, 110);
    /* Nothing is saved up by one that is said again. */
    for (int i = 0; i < 100; i++)
        answer(SYN | ACK);
    for (int i = 0; i < 100; i++)
        passed += syn(there[0], 80) == SCRUB_PASS;
    EQ_INT(passed, 120);
}

TEST(new_flows_have_a_rate)
{
    int passed = 0;

    begin();
    net.flows_per_second = 100;
    for (int i = 0; i < 500; i++)
        passed += syn(there[0], 80) == SCRUB_PASS;
    EQ_INT(passed, 100);
    EQ_INT(counters.v[COUNT_drop_rate], 400);
    now += 9;
    EQ_INT(syn(there[0], 80), SCRUB_REPLY);
    now += 1;
    EQ_INT(syn(there[0], 80), SCRUB_PASS);
    EQ_INT(syn(there[0], 80), SCRUB_REPLY);
    now += 100000;
    for (int i = 0; i < 500; i++)
        passed += syn(there[0], 80) == SCRUB_PASS;
    EQ_INT(passed, 200);
    now += 1000;
    EQ_INT(syn(there[0], 80), SCRUB_PASS);
    now += 900;
    for (int i = 0; i < 500; i++)
        passed += syn(there[0], 80) == SCRUB_PASS;
    EQ_INT(passed, 300); /* none are saved up */
}
