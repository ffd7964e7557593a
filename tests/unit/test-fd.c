#include "base/fd.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clean.h"
#include "tap.h"

TEST(receives_the_last_words_of_a_peer_that_did_not_read)
{
    char got[16] = "";
    OWN_FD fd = -1;
    OWN_FD ours = -1;
    struct err e = { 0 };
    int pair[2];

    NEED(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
    ours = pair[0];
    EQ_INT(fd_send(ours, "go", 2, -1, &e), 0);
    EQ_INT(fd_send(pair[1], "help", 5, -1, &e), 0);
    close(pair[1]);
    EQ_INT(fd_receive(ours, got, sizeof got, &fd, &e), 5);
    EQ_STR(got, "help");
    EQ_INT(fd, -1);
    EQ_INT(fd_receive(ours, got, sizeof got, &fd, &e), 0);
}

TEST(a_descriptor_comes_beside_the_bytes)
{
    char got[16];
    OWN_FD fd = -1;
    OWN_FD a = -1;
    OWN_FD b = -1;
    struct err e = { 0 };
    int pair[2];

    NEED(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
    a = pair[0];
    b = pair[1];
    EQ_INT(fd_send(a, "x", 1, b, &e), 0);
    EQ_INT(fd_receive(b, got, sizeof got, &fd, &e), 1);
    OK(fd >= 0 && fd != b);
    EQ_INT(fcntl(fd, F_GETFD), FD_CLOEXEC);
}
