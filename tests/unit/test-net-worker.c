#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/fd.h"
#include "net-guest.h"
#include "base/sanitized.h"
#include "rcrun-net/link.h"
#include "rcrun-net/worker.h"
#include "tap.h"

#define WAIT_MS 5000

/* A worker in its jail; we are its keeper, and by a socket in place of a tap its guest. */
static struct net net;
static struct net_guest guest;
static struct worker_options options;
static struct err e;
static struct link_packet said; /* the last packet of the worker */
static pid_t worker;
static char warned[sizeof said.line]; /* the last warning */
static rlim_t files_max;              /* of the next worker; 0 = as we have it */
static int tap = -1, keeper = -1;

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * (int64_t)1000 + t.tv_nsec / 1000000;
}

static void to_worker(void *of, const void *frame, size_t n)
{
    (void)of;
    write(tap, frame, n);
}

static void turn(int ms)
{
    static unsigned char frame[FRAME_MAX];
    struct pollfd p = { .fd = tap, .events = POLLIN };
    ssize_t n;

    poll(&p, 1, ms);
    while ((n = recv(tap, frame, sizeof frame, MSG_DONTWAIT)) > 0)
        guest_take(&guest, frame, (size_t)n);
}

#define UNTIL(holds) \
    for (int64_t until_ = now_ms() + WAIT_MS; !(holds) && now_ms() < until_;) turn(5)

static bool hears(enum link_kind kind)
{
    struct pollfd p = { .fd = keeper, .events = POLLIN };

    while (poll(&p, 1, WAIT_MS) > 0 && link_receive(keeper, &said, NULL, &e) > 0) {
        if (said.kind == LINK_WARN)
            memcpy(warned, said.line, sizeof warned);
        if (said.kind == kind)
            return true;
        if (said.kind == LINK_FAILED)
            printf("# %s\n", said.error.text);
    }
    return false;
}

static bool begin(void)
{
    int link[2], cable[2];

    memset(&guest, 0, sizeof guest);
    guest.out = to_worker;
    if (fd_pair(link, &e) < 0 ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, cable) < 0)
        return false;
    options.net = &net;
    options.tap = cable[0];
    options.link = link[0];
    options.mint = options.pcap = -1;
    fflush(stdout);
    worker = fork();
    if (worker == 0) {
        if (files_max)
            setrlimit(RLIMIT_NOFILE, &(struct rlimit){ files_max, files_max });
        worker_main(&options);
    }
    close(link[0]);
    close(cable[0]);
    keeper = link[1];
    tap = cable[1];
    if (!hears(LINK_READY))
        return false;
    guest_arp(&guest, 1, (const unsigned char[]){ 255, 255, 255, 255, 255, 255 }, GATEWAY_IP);
    return true;
}

/* The status of the worker, which gets WAIT_MS for its end. */
static int ends(void)
{
    int status = -1;

    for (int64_t until = now_ms() + WAIT_MS; now_ms() < until; turn(5))
        if (waitpid(worker, &status, WNOHANG) == worker) {
            worker = 0;
            break;
        }
    if (worker) {
        kill(worker, SIGKILL);
        waitpid(worker, NULL, 0);
    }
    clean_fd(&tap);
    clean_fd(&keeper);
    return status;
}

static int stop(uint32_t ms)
{
    const struct link_packet p = { .kind = LINK_STOP, .number = ms };

    link_send(keeper, &p, -1, &e);
    return ends();
}

static int listener(uint16_t *port)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    bind(fd, (struct sockaddr *)&a, sizeof a);
    listen(fd, 100);
    getsockname(fd, (struct sockaddr *)&a, &n);
    *port = ntohs(a.sin_port);
    return fd;
}

static int connected(int fd, uint16_t port)
{
    int peer = -1;

    guest_connect(&guest, GATEWAY_IP, port);
    UNTIL(guest.established && (peer >= 0 || (peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK)) >= 0));
    return peer;
}

/* What comes within the time, to its end. */
static size_t take(int fd, char *data, size_t n, int ms)
{
    size_t got = 0;

    for (int64_t until = now_ms() + ms; got < n && now_ms() < until; turn(5)) {
        ssize_t r = read(fd, data + got, n - got);

        if (r == 0)
            break;
        got += r > 0 ? (size_t)r : 0;
    }
    return got;
}

static bool status_has(const char *line)
{
    static char text[8192];
    char path[64];
    ssize_t n;
    OWN_FD fd = -1;

    snprintf(path, sizeof path, "/proc/%d/status", (int)worker);
    fd = open(path, O_RDONLY);
    n = read(fd, text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    return strstr(text, line) != NULL;
}

static unsigned long resident_kib(void)
{
    static char text[8192];
    char path[64];
    const char *line;
    ssize_t n;
    OWN_FD fd = -1;

    snprintf(path, sizeof path, "/proc/%d/status", (int)worker);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = read(fd, text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    line = strstr(text, "\nVmRSS:");
    return line ? strtoul(line + 7, NULL, 10) : 0;
}

/* NL-26, with the size of packets that a tap with segmentation gives libslirp; and that it is small
 * before (NG-08): the first test, since a fork has the memory of its parent. */
TEST(idle_flows_cost_little)
{
    static int peers[1000];
    struct rlimit limit;
    size_t n = 0;
    uint16_t port;
    OWN_FD fd = listener(&port);

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    guest_net(&net);
    net.host_loopback = true;
    net.mtu = 65520;
    net.flows_max = 4000;
    NEED(begin());
    OK(resident_kib() > 0);
    OK(SANITIZED || resident_kib() < 6 * 1024);
    for (int i = 0; i < 1000; i++) {
        OWN_FD peer = connected(fd, port);

        NEED(peer >= 0);
        guest_segment(&guest, guest.sent, RST | ACK, 0, "", 0);
    }
    while (n < COUNT_OF(peers) && (peers[n] = connected(fd, port)) >= 0)
        n++;
    EQ_INT(n, COUNT_OF(peers));
    OK(SANITIZED || resident_kib() < 32 * 1024);
    EQ_INT(stop(100), 0);
    while (n-- > 0)
        close(peers[n]);
}

/* NL-24: the guest takes what fits into its window, and then no more. */
TEST(readers_that_stop_cost_what_they_may)
{
    static char block[160 * 1024], got[4];
    static int peers[900];
    static uint32_t sent[COUNT_OF(peers)];
    size_t n = 0;
    unsigned long before;
    uint16_t port, first;
    OWN_FD fd = listener(&port);
    OWN_FD last = -1;

    guest_net(&net);
    net.host_loopback = true;
    net.flows_max = 4000;
    NEED(begin());
    before = resident_kib();
    while (n < COUNT_OF(peers) && (peers[n] = connected(fd, port)) >= 0)
        sent[n++] = guest.sent;
    EQ_INT(n, COUNT_OF(peers));
    first = (uint16_t)(guest.port - n + 1);
    /* From now on none of these is answered: it has but one connection at a time. */
    last = connected(fd, port);
    NEED(last >= 0);
    for (size_t i = 0; i < n; i++)
        write(peers[i], block, sizeof block);
    for (int64_t until = now_ms() + 2000; now_ms() < until;)
        turn(5);
    printf("# %lu KiB\n", resident_kib() - before);
    OK(SANITIZED || resident_kib() - before < 88 * 1024);
    NEED(hears(LINK_WARN));
    EQ_STR(said.line, "the container does not read: 64 MiB wait for it, and no more is taken");
    /* What goes out is not stopped by that; what comes in goes on when the others are gone. */
    guest_write(&guest, "out", 3);
    EQ_INT(take(last, got, 3, WAIT_MS), 3);
    write(last, "in", 2);
    for (; n-- > 0; turn(2)) { /* the cable takes no more than some at once */
        static struct net_guest other;

        other.out = to_worker;
        other.to = guest.to;
        other.to_port = port;
        other.port = (uint16_t)(first + n);
        guest_segment(&other, sent[n], RST | ACK, 0, "", 0);
        close(peers[n]);
    }
    UNTIL(guest.data_n == 2);
    EQ_INT(guest.data_n, 2);
    EQ_INT(stop(100), 0);
}

TEST(carries_a_connection_out_of_its_jail)
{
    char got[16];
    uint16_t port;
    OWN_FD fd = listener(&port);
    OWN_FD peer = -1;

    guest_net(&net);
    net.host_loopback = true;
    NEED(begin());
    OK(status_has("\nCapEff:\t0000000000000000\n"));
    OK(status_has("\nCapPrm:\t0000000000000000\n"));
    OK(status_has("\nCapBnd:\t0000000000000000\n"));
    OK(status_has("\nNoNewPrivs:\t1\n"));
    OK(status_has("\nSeccomp:\t2\n"));
    peer = connected(fd, port);
    NEED(peer >= 0);
    guest_write(&guest, "hello", 5);
    EQ_INT(take(peer, got, 5, WAIT_MS), 5);
    EQ_INT(write(peer, "world", 5), 5);
    UNTIL(guest.data_n == 5);
    OK(memcmp(guest.data, "world", 5) == 0);
    EQ_INT(stop(100), 0);
}

/* SLP-06; test-net-engine shows what libslirp does with it when nothing stands in front. */
TEST(an_urgent_pointer_sends_what_was_sent)
{
    static char got[1 << 16];
    static const uint16_t pointers[] = { 1, 9, 10, 11, 100, 2000, 32768, 65535 };
    uint16_t port;
    OWN_FD fd = listener(&port);

    guest_net(&net);
    net.host_loopback = true;
    NEED(begin());
    for (size_t i = 0; i < COUNT_OF(pointers); i++) {
        OWN_FD peer = connected(fd, port);

        NEED(peer >= 0);
        setsockopt(peer, SOL_SOCKET, SO_OOBINLINE, &(int){ 1 }, sizeof(int));
        guest_segment(&guest, guest.sent, PSH | ACK | URG, pointers[i], "0123456789", 10);
        guest.sent += 10;
        guest_finish(&guest);
        EQ_INT(take(peer, got, sizeof got, WAIT_MS), 10);
        OK(memcmp(got, "0123456789", 10) == 0);
    }
    EQ_INT(stop(100), 0);
}

TEST(obeys_its_keeper)
{
    const struct link_packet ask = { .kind = LINK_ASK };
    struct link_packet l = { .kind = LINK_LISTEN };
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    uint16_t port;
    OWN_FD fd = listener(&port); /* a port that is free */
    OWN_FD client = -1;

    guest_net(&net);
    clean_fd(&fd);
    NEED(begin());
    link_send(keeper, &ask, -1, &e);
    NEED(hears(LINK_COUNTERS));
    OK(said.counters.v[COUNT_frames_in] > 0);
    l.listener = (struct listener){ .number = 7, .way = WAY_ENGINE, .udp = true, .port = 5000 };
    ip_parse("127.0.0.1", &l.listener.host);
    ip_parse("10.0.2.100", &l.listener.to);
    l.listener.host_port = port;
    link_send(keeper, &l, -1, &e);
    NEED(hears(LINK_DONE));
    EQ_STR(said.error.text, "");
    EQ_INT(said.number, 7);
    l.listener.number = 8;
    link_send(keeper, &l, -1, &e);
    NEED(hears(LINK_DONE));
    OK(strstr(said.error.text, "address already in use"));
    guest.udp_port = 5000;
    client = socket(AF_INET, SOCK_DGRAM, 0);
    a.sin_port = htons(port);
    sendto(client, "in", 2, 0, (struct sockaddr *)&a, sizeof a);
    UNTIL(guest.datagrams == 1);
    EQ_INT(guest.datagrams, 1);
    l.kind = LINK_UNLISTEN;
    l.number = 7;
    link_send(keeper, &l, -1, &e);
    NEED(hears(LINK_DONE));
    EQ_STR(said.error.text, "");
    EQ_INT(stop(100), 0);
}

/* What was taken from a guest before it ended reaches a peer that reads slowly: here more than the
 * kernel has room for, so that some is still with libslirp. */
TEST(drains_before_it_ends)
{
    static char block[1400], got[1 << 23];
    const struct link_packet p = { .kind = LINK_STOP, .number = 3000 };
    size_t sent = 0;
    uint16_t port;
    OWN_FD fd = listener(&port);
    OWN_FD peer = -1;

    guest_net(&net);
    net.host_loopback = true;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){ 4096 }, sizeof(int));
    NEED(begin());
    peer = connected(fd, port);
    NEED(peer >= 0);
    for (int64_t until = now_ms() + 300; now_ms() < until && sent < sizeof got / 2; turn(5))
        while (guest.sent - guest.acked + sizeof block <= guest.room) {
            guest_write(&guest, block, sizeof block);
            sent += sizeof block;
            until = now_ms() + 300;
        }
    UNTIL(guest.acked == guest.sent);
    link_send(keeper, &p, -1, &e);
    EQ_INT(take(peer, got, sizeof got, 3000), sent);
    EQ_INT(ends(), 0);
}

/* NL-21. */
TEST(takes_as_many_flows_as_it_has_descriptors_for)
{
    guest_net(&net);
    net.flows_max = 1000;
    files_max = 100;
    NEED(begin());
    files_max = 0;
    EQ_STR(warned, "at most 18 flows instead of 1000: RLIMIT_NOFILE is 100");
    EQ_INT(stop(100), 0);
}

TEST(ends_with_its_keeper)
{
    guest_net(&net);
    NEED(begin());
    clean_fd(&keeper);
    EQ_INT(ends(), 0);
}

TEST(tells_that_the_tap_is_gone)
{
    guest_net(&net);
    NEED(begin());
    clean_fd(&tap);
    OK(hears(LINK_FAILED));
    EQ_INT(ends(), 256);
}
