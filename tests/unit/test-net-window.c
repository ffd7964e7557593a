#include "rcrun-net/window.h"

#include "net-segment.h"
#include "tap.h"

enum { DATA = 100 };

static struct windows s;

static void guest(bool v6, uint16_t port, unsigned flags)
{
    unsigned char f[300];

    window_input(&s, f, segment(f, v6, true, port, 1000, 7, flags, 5000, DATA));
    window_input_end(&s);
}

/* A segment of the container, and the window in the answer. */
static void talk(bool v6, uint16_t port, uint16_t window, unsigned flags)
{
    unsigned char in[300], out[300];
    size_t n = segment(in, v6, true, port, 1000, 7, ACK, 5000, DATA);

    window_input(&s, in, n);
    window_output(&s, out, segment(out, v6, false, port, 7, 1000 + DATA, flags, window, 0));
    window_input_end(&s);
}

static void answer(bool v6, uint16_t port, uint16_t window)
{
    unsigned char out[300];

    window_output(&s, out, segment(out, v6, false, port, 7, 1000 + DATA, ACK, window, 0));
}

static void asks(bool v6)
{
    unsigned char want[300];
    struct window w;
    size_t n = segment(want, v6, true, 4000, 1000 + DATA - 1, 7, ACK, 5000, 0);
    unsigned char *ip = w.probe + FRAME_HEADER, *tcp = ip + (v6 ? 40 : 20);

    s = (struct windows){ 0 };
    talk(v6, 4000, 0, ACK);
    NEED(window_probe(&s, &w));
    EQ_INT(w.n, n);
    EQ_INT(sum_fold(sum_add(sum_pseudo(ip, 6, 20), tcp, 20)), 0);
    if (!v6) {
        EQ_INT(sum_fold(sum_add(0, ip, 20)), 0);
        memset(ip + 10, 0, 2);
    }
    memset(tcp + 16, 0, 2);
    EQ_INT(memcmp(w.probe, want, n), 0);
    answer(v6, 4000, 100);
    OK(window_probe(&s, &w));
    answer(v6, 4000, 65535);
    OK(!window_probe(&s, &w));
}

TEST(asks_as_the_container_would_until_the_window_is_open)
{
    asks(false);
    asks(true);
}

TEST(asks_for_nothing_that_needs_no_asking)
{
    struct window w;

    s = (struct windows){ 0 };
    talk(false, 4000, 16384, ACK);
    talk(false, 4000, 0, ACK | RST);
    talk(false, 4000, 0, ACK | FIN);
    talk(false, 4000, 0, SYN | ACK);
    answer(false, 4000, 0); /* to nothing that is there */
    OK(!window_probe(&s, &w));
    /* Control: the same with a small window and no flag. */
    talk(false, 4000, 16383, ACK);
    OK(window_probe(&s, &w));
}

TEST(keeps_connections_apart)
{
    struct window w;

    s = (struct windows){ 0 };
    talk(false, 4000, 0, ACK);
    talk(false, 4001, 0, ACK);
    talk(true, 4000, 0, ACK);
    EQ_INT(s.n, 3);
    talk(false, 4000, 0, ACK);
    EQ_INT(s.n, 3);
    answer(false, 4001, 65535);
    EQ_INT(s.n, 2);
    guest(false, 4001, SYN);
    EQ_INT(s.n, 2);
    guest(false, 4000, SYN);
    EQ_INT(s.n, 1);
    guest(true, 4000, ACK);
    EQ_INT(s.n, 1);
    guest(true, 4000, RST);
    OK(!window_probe(&s, &w));
}

TEST(has_an_end)
{
    struct window w;
    unsigned n = 0;

    s = (struct windows){ 0 };
    for (uint16_t port = 1; port <= WINDOWS_MAX + 10; port++)
        talk(false, port, 0, ACK);
    EQ_INT(s.n, WINDOWS_MAX);
    while (n < 10000 && window_probe(&s, &w))
        n++;
    EQ_INT(n, 32 * WINDOWS_MAX);
    talk(false, 5, 0, ACK);
    OK(window_probe(&s, &w));
}

TEST(reads_no_byte_that_is_not_there)
{
    unsigned char in[300], out[300];
    struct window w;

    s = (struct windows){ 0 };
    for (int v6 = 0; v6 <= 1; v6++) {
        size_t n = segment(in, v6, true, 4000, 1000, 7, ACK, 5000, 0);

        segment(out, v6, false, 4000, 7, 1100, ACK, 0, 0);
        for (size_t cut = 0; cut < n; cut++) {
            window_input(&s, in, n);
            window_output(&s, out, cut);
            window_input(&s, in, cut);
            window_output(&s, out, n);
            window_input_end(&s);
        }
    }
    OK(!window_probe(&s, &w));
}
