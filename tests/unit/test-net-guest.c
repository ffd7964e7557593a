#include <sys/socket.h>
#include <unistd.h>

#include "base/clean.h"
#include "rcrun-net/guest.h"
#include "tap.h"

static struct events ev;
static struct net net;
static struct counters counters;
static struct guest *guest;
static struct err e;
static int far = -1, near = -1;
static unsigned came, teed;
static size_t last_n;

static void on_frame(void *of, struct frame *f)
{
    (void)of;
    came++;
    last_n = f->n;
}

static void on_tee(void *of, const void *frame, size_t n)
{
    (void)of;
    (void)frame;
    (void)n;
    teed++;
}

static bool begin(void)
{
    int cable[2];

    net = (struct net){ .mtu = 1500 };
    counters = (struct counters){ 0 };
    came = teed = 0;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, cable) < 0 ||
        events_open(&ev, &e) < 0)
        return false;
    near = cable[0];
    far = cable[1];
    return guest_open(&guest, &ev, &net, &counters, near, on_frame, NULL, &e) == 0;
}

static void end(void)
{
    guest_close(guest);
    events_close(&ev);
    clean_fd(&near);
    clean_fd(&far);
}

TEST(takes_many_frames_a_turn_but_not_all)
{
    char frame[100] = { 0 };

    NEED(begin());
    setsockopt(far, SOL_SOCKET, SO_SNDBUF, &(int){ 1 << 20 }, sizeof(int));
    for (int i = 0; i < 100; i++)
        EQ_INT(send(far, frame, sizeof frame, 0), sizeof frame);
    events_round(&ev, 0, &e);
    EQ_INT(came, 64);
    EQ_INT(last_n, 100);
    events_round(&ev, 0, &e);
    EQ_INT(came, 100);
    EQ_INT(counters.v[COUNT_frames_in], 100);
    EQ_INT(counters.v[COUNT_bytes_in], 100 * sizeof frame);
    end();
}

TEST(counts_frames_that_are_too_short)
{
    char frame[14] = { 0 };

    NEED(begin());
    send(far, frame, 13, 0);
    send(far, frame, 1, 0);
    events_round(&ev, 0, &e);
    EQ_INT(came, 0);
    EQ_INT(counters.v[COUNT_drop_short], 2);
    send(far, frame, 14, 0);
    events_round(&ev, 0, &e);
    EQ_INT(came, 1);
    end();
}

/* LS-06: whoever does not read loses frames and stops nobody. */
TEST(a_guest_that_does_not_read_has_64_frames_waiting)
{
    static char frame[1500], got[2000];
    unsigned sent = 0, read_n = 0;

    NEED(begin());
    guest_tee(guest, on_tee, NULL);
    while (counters.v[COUNT_drop_full] < 100 && sent < 100000) {
        frame[20] = (char)(sent >> 8);
        frame[21] = (char)sent++;
        guest_send(guest, frame, sizeof frame);
    }
    EQ_INT(counters.v[COUNT_drop_full], 100);
    EQ_INT(teed, sent);
    EQ_INT(sent, counters.v[COUNT_frames_out] + 64 + 100);
    /* It reads again: what waited comes, in order, and nothing else. */
    for (int i = 0; i < 300; i++) {
        while (recv(far, got, sizeof got, 0) > 0) {
            EQ_INT((unsigned char)got[20] << 8 | (unsigned char)got[21], read_n);
            read_n++;
        }
        events_round(&ev, 0, &e);
    }
    EQ_INT(read_n, sent - 100);
    EQ_INT(counters.v[COUNT_frames_out], read_n);
    guest_send(guest, frame, sizeof frame);
    EQ_INT(recv(far, got, sizeof got, 0), sizeof frame);
    end();
}

TEST(tells_when_it_is_gone)
{
    NEED(begin());
    OK(!guest_gone(guest));
    clean_fd(&far);
    events_round(&ev, 0, &e);
    OK(guest_gone(guest));
    EQ_INT(ev.epoll >= 0 && events_round(&ev, 0, &e), 0);
    end();
}
