#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/fd.h"
#include "rcrun-net/link.h"
#include "tap.h"

static struct link_packet p;
static struct err e;

TEST(a_packet_arrives_as_it_was_sent_and_with_its_descriptor)
{
    struct link_packet sent = { .kind = LINK_LISTEN, .number = 7 };
    OWN_FD fd = eventfd(0, EFD_CLOEXEC);
    OWN_FD came = -1;
    int pair[2];

    NEED(fd_pair(pair, &e) == 0);
    sent.listener = (struct listener){ .number = 7, .udp = true, .host_port = 80 };
    EQ_INT(link_send(pair[0], &sent, fd, &e), 0);
    EQ_INT(link_receive(pair[1], &p, &came, &e), 1);
    EQ_INT(p.kind, LINK_LISTEN);
    EQ_INT(p.listener.host_port, 80);
    OK(came >= 0);
    sent = (struct link_packet){ .kind = LINK_COUNTERS, .flows = 9 };
    EQ_INT(link_send(pair[0], &sent, fd, &e), 0);
    /* Nobody wants this one; it is closed. */
    EQ_INT(link_receive(pair[1], &p, NULL, &e), 1);
    EQ_INT(p.flows, 9);
    close(pair[0]);
    EQ_INT(link_receive(pair[1], &p, NULL, &e), 0);
    close(pair[1]);
}

TEST(what_is_not_whole_or_not_known_is_refused)
{
    const struct link_packet warn = { .kind = LINK_WARN };
    struct link_packet odd = { .kind = LINK_STOP };
    int pair[2];

    NEED(fd_pair(pair, &e) == 0);
    for (size_t n = 1; n < 8; n++) {
        send(pair[0], &warn, n, 0);
        EQ_INT(link_receive(pair[1], &p, NULL, &e), -1);
    }
    send(pair[0], &warn, 100, 0);
    EQ_INT(link_receive(pair[1], &p, NULL, &e), -1);
    odd.kind = 77;
    send(pair[0], &odd, 8, 0);
    EQ_INT(link_receive(pair[1], &p, NULL, &e), -1);
    odd.kind = LINK_RESOLVERS;
    odd.resolvers.n = RESOLV_SERVERS_MAX + 1;
    EQ_INT(link_send(pair[0], &odd, -1, &e), 0);
    EQ_INT(link_receive(pair[1], &p, NULL, &e), -1);
    close(pair[0]);
    close(pair[1]);
}

TEST(texts_of_the_other_side_end)
{
    struct link_packet odd = { .kind = LINK_FAILED };
    int pair[2];

    NEED(fd_pair(pair, &e) == 0);
    memset(odd.error.text, 'x', sizeof odd.error.text);
    memset(odd.error.hint, 'x', sizeof odd.error.hint);
    link_send(pair[0], &odd, -1, &e);
    EQ_INT(link_receive(pair[1], &p, NULL, &e), 1);
    EQ_INT(strnlen(p.error.text, sizeof p.error.text), sizeof p.error.text - 1);
    EQ_INT(strnlen(p.error.hint, sizeof p.error.hint), sizeof p.error.hint - 1);
    close(pair[0]);
    close(pair[1]);
}
