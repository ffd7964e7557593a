#include "rcrun-net/closing.h"

#include "net-segment.h"
#include "tap.h"

static struct closings c;

/* The host ends it with the sequence number 70. */
static void host_ends(bool v6, uint16_t port)
{
    unsigned char f[300];

    closing_output(&c, f, segment(f, v6, false, port, 65, 1000, ACK | FIN, 5000, 5));
}

/* Then the container, after 10 more bytes, which acknowledges `ack`; libslirp answers with `answer`. */
static void guest_ends(bool v6, uint16_t port, uint32_t ack, uint32_t answer)
{
    unsigned char in[300], out[300];

    closing_input(&c, in, segment(in, v6, true, port, 1000, ack, ACK | FIN, 5000, 10));
    closing_output(&c, out, segment(out, v6, false, port, 71, answer, ACK, 5000, 0));
    closing_input_end(&c);
}

static void ends_with_a_reset(bool v6)
{
    unsigned char want[300];
    size_t n = segment(want, v6, true, 4000, 1011, 71, RST | ACK, 5000, 0);
    struct closed closed;
    unsigned char *ip = closed.reset + FRAME_HEADER, *tcp = ip + (v6 ? 40 : 20);

    c = (struct closings){ 0 };
    host_ends(v6, 4000);
    OK(!closing_reset(&c, &closed));
    guest_ends(v6, 4000, 71, 1011);
    NEED(closing_reset(&c, &closed));
    EQ_INT(closed.n, n);
    EQ_INT(sum_fold(sum_add(sum_pseudo(ip, 6, 20), tcp, 20)), 0);
    if (!v6) {
        EQ_INT(sum_fold(sum_add(0, ip, 20)), 0);
        memset(ip + 10, 0, 2);
    }
    memset(tcp + 16, 0, 2);
    EQ_INT(memcmp(closed.reset, want, n), 0);
    OK(!closing_reset(&c, &closed));
    /* Once. */
    guest_ends(v6, 4000, 71, 1011);
    OK(!closing_reset(&c, &closed));
}

TEST(what_both_have_closed_is_reset)
{
    ends_with_a_reset(false);
    ends_with_a_reset(true);
}

TEST(what_one_side_has_open_is_not)
{
    unsigned char f[300];
    struct closed closed;

    c = (struct closings){ 0 };
    /* The container is the first: libslirp does not wait. */
    guest_ends(false, 4000, 71, 1011);
    OK(!closing_reset(&c, &closed));
    /* It has not all that the host sent. */
    host_ends(false, 4000);
    guest_ends(false, 4000, 70, 1011);
    OK(!closing_reset(&c, &closed));
    /* libslirp has not all that the container sent, and then it has. */
    guest_ends(false, 4000, 71, 1000);
    OK(!closing_reset(&c, &closed));
    guest_ends(false, 4000, 71, 1011);
    OK(closing_reset(&c, &closed));
    /* Another connection. */
    host_ends(false, 4000);
    guest_ends(false, 4001, 71, 1011);
    guest_ends(true, 4000, 71, 1011);
    OK(!closing_reset(&c, &closed));
    /* More data, but no end. */
    closing_input(&c, f, segment(f, false, true, 4000, 1000, 71, ACK, 5000, 10));
    closing_output(&c, f, segment(f, false, false, 4000, 71, 1010, ACK, 5000, 0));
    closing_input_end(&c);
    OK(!closing_reset(&c, &closed));
}

TEST(a_new_connection_of_the_same_ports_lives)
{
    unsigned char f[300];
    struct closed closed;

    c = (struct closings){ 0 };
    host_ends(false, 4000);
    guest_ends(false, 4000, 71, 1011);
    host_ends(false, 4001);
    guest_ends(false, 4001, 71, 1011);
    host_ends(false, 4002);
    for (uint16_t port = 4000; port <= 4002; port += 2) {
        closing_input(&c, f, segment(f, false, true, port, 5000, 0, SYN, 5000, 0));
        closing_input_end(&c);
    }
    guest_ends(false, 4002, 71, 1011);
    NEED(closing_reset(&c, &closed));
    EQ_INT(get16(closed.reset + FRAME_HEADER + 20), 4001);
    OK(!closing_reset(&c, &closed));
}

TEST(more_than_there_is_room_for_wait)
{
    struct closed closed;
    unsigned n = 0;

    c = (struct closings){ 0 };
    for (uint16_t port = 1; port < 5000; port++) {
        host_ends(false, port);
        guest_ends(false, port, 71, 1011);
    }
    while (closing_reset(&c, &closed))
        n++;
    EQ_INT(n, CLOSINGS_MAX);
}
