/* net-load - both ends of the loads that bench/net.sh puts on a network.
 *
 *     net-load server PORT                               serves all of them, until it is killed
 *     net-load client LOAD ADDRESS PORT MS [PID...]      puts a load on it for so long
 *     net-load hold ADDRESS PORT N                       N idle connections, until standard input
 * ends net-load ready fd|exit COMMAND [ARG...]            milliseconds until the command is ready
 *     net-load memory PID...                             KiB of these and all below them
 *     net-load tell SOCKET TEXT                          sends a text to a unix socket, prints the
 * answer
 *
 * LOAD: up, down       one TCP connection, writes of 128 KiB          Gbit/s
 *       echo           64 bytes there and back, TCP                   microseconds, median
 *       udp-echo       the same by UDP
 *       rate           connect, a byte there and back, RST            connections/s
 *       udp-up         datagrams of 1200 bytes, those that arrive     packets/s
 *       udp-down
 *
 * A client prints "VALUE COST": COST is what the processes PID and all below them used of the
 * processors meanwhile, in microseconds of CPU for each Mbit, round trip, connection or packet
 * ("-" without PID).  What lasts some seconds longer than it may has failed.
 *
 * ready: "fd" is a byte on descriptor 3, after which the command is killed; "exit" that it ends. */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "processes.h"

enum {
    BULK = 128 * 1024,
    ECHO = 64,
    DATAGRAM = 1200,
    LATE_S = 6,
    SAMPLES = 1 << 20,
};

static unsigned char buffer[BULK];

static int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * (int64_t)1000000 + t.tv_nsec / 1000;
}

static long number(const char *text)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (*end || end == text || n < 0)
        errx(2, "%s is no number", text);
    return n;
}

static struct sockaddr_in6 address(const char *text, const char *port)
{
    char mapped[64];
    struct sockaddr_in6 a = { .sin6_family = AF_INET6 };

    snprintf(mapped, sizeof mapped, "%s%s", strchr(text, ':') ? "" : "::ffff:", text);
    if (inet_pton(AF_INET6, mapped, &a.sin6_addr) != 1)
        errx(2, "%s is no address", text);
    a.sin6_port = htons((uint16_t)number(port));
    return a;
}

/* A socket of both families. */
static int new_socket(int type)
{
    int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0), off = 0, on = 1;

    if (fd < 0)
        err(1, "socket");
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (type == SOCK_STREAM)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static int connected(int type, const struct sockaddr_in6 *to)
{
    int fd = new_socket(type);

    if (connect(fd, (const struct sockaddr *)to, sizeof *to) < 0)
        err(1, "connect");
    return fd;
}

static void write_all(int fd, size_t n)
{
    for (size_t at = 0; at < n;) {
        ssize_t got = send(fd, buffer + at, n - at, MSG_NOSIGNAL);

        if (got < 0)
            err(1, "write");
        at += (size_t)got;
    }
}

/* False at the end of the file. */
static bool read_all(int fd, size_t n)
{
    for (size_t at = 0; at < n;) {
        ssize_t got = read(fd, buffer + at, n - at);

        if (got <= 0)
            return false;
        at += (size_t)got;
    }
    return true;
}

/* ---- the server ---- */

/* One TCP connection, in a process of its own. */
static void serve_bulk(int fd, char load)
{
    uint64_t total = 0;
    ssize_t n;

    switch (load) {
    case 'u':
        while ((n = read(fd, buffer, BULK)) > 0)
            total += (uint64_t)n;
        send(fd, &total, sizeof total, MSG_NOSIGNAL);
        break;
    case 'd':
        while (send(fd, buffer, BULK, MSG_NOSIGNAL) > 0)
            ;
        break;
    case 'e':
        while (read_all(fd, ECHO) && send(fd, buffer, ECHO, MSG_NOSIGNAL) == ECHO)
            ;
        break;
    }
    _exit(0);
}

/* The first byte of a connection is its load; short ones are served here, idle ones are kept. */
static void serve_connection(int epoll, int fd)
{
    char load;
    ssize_t n = recv(fd, &load, 1, MSG_DONTWAIT);

    if (n < 0 && errno == EAGAIN)
        return;
    if (n == 1 && load == 'c') {
        send(fd, &load, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        return;
    }
    if (n == 1 && strchr("ude", load)) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
        if (fork() == 0)
            serve_bulk(fd, load);
        n = 0;
    }
    if (n <= 0)
        close(fd);
}

/* 'e': echo.  'p': counted.  'q': how many?  'r': from 0 on, then the same answer.  'd' and
 * milliseconds: as many as there is time for. */
static void serve_datagram(int fd)
{
    static uint64_t count;
    struct sockaddr_storage from;
    socklen_t from_n = sizeof from;
    ssize_t n = recvfrom(fd, buffer, BULK, MSG_DONTWAIT, (struct sockaddr *)&from, &from_n);
    uint32_t ms;

    if (n < 1)
        return;
    switch (buffer[0]) {
    case 'p':
        count++;
        return;
    case 'e':
        sendto(fd, buffer, (size_t)n, 0, (struct sockaddr *)&from, from_n);
        return;
    case 'r':
        count = 0;
        __attribute__((fallthrough));
    case 'q':
        sendto(fd, &count, sizeof count, 0, (struct sockaddr *)&from, from_n);
        return;
    case 'd':
        if (n < 5 || fork() != 0)
            return;
        memcpy(&ms, buffer + 1, sizeof ms);
        for (int64_t end = now_us() + ms * (int64_t)1000; now_us() < end;)
            sendto(fd, buffer, DATAGRAM, 0, (struct sockaddr *)&from, from_n);
        _exit(0);
    }
}

static void add(int epoll, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
        err(1, "epoll_ctl");
}

static void server(const char *port)
{
    struct sockaddr_in6 any = address("::", port);
    int tcp = new_socket(SOCK_STREAM), udp = new_socket(SOCK_DGRAM),
        epoll = epoll_create1(EPOLL_CLOEXEC);
    int on = 1, size = 4 << 20;
    struct epoll_event ready[64];

    signal(SIGCHLD, SIG_IGN);
    setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(udp, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (bind(tcp, (struct sockaddr *)&any, sizeof any) < 0 || listen(tcp, 4096) < 0 ||
        bind(udp, (struct sockaddr *)&any, sizeof any) < 0)
        err(1, "port %s", port);
    add(epoll, tcp);
    add(epoll, udp);
    for (;;) {
        int n = epoll_wait(epoll, ready, 64, -1);

        for (int i = 0; i < n; i++)
            if (ready[i].data.fd == udp) {
                serve_datagram(udp);
            } else if (ready[i].data.fd == tcp) {
                int fd = accept4(tcp, NULL, NULL, SOCK_CLOEXEC);

                if (fd >= 0)
                    add(epoll, fd);
            } else {
                serve_connection(epoll, ready[i].data.fd);
            }
    }
}

/* ---- the client ---- */

struct result {
    double value; /* as printed */
    double units; /* that the cost is for */
};

/* Until everything has arrived. */
static struct result up(const struct sockaddr_in6 *to, int64_t us)
{
    int fd = connected(SOCK_STREAM, to);
    int64_t start = now_us();
    uint64_t total;

    buffer[0] = 'u';
    do
        write_all(fd, BULK);
    while (now_us() < start + us);
    shutdown(fd, SHUT_WR);
    if (recv(fd, &total, sizeof total, MSG_WAITALL) != sizeof total)
        errx(1, "the server has not answered");
    return (struct result){ (double)total * 8 / (double)(now_us() - start) / 1e3,
                            (double)total * 8 / 1e6 };
}

static void reset(int fd)
{
    struct linger none = { 1, 0 };

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(fd);
}

static struct result down(const struct sockaddr_in6 *to, int64_t us)
{
    int fd = connected(SOCK_STREAM, to);
    int64_t start = now_us();
    uint64_t total = 0;

    send(fd, "d", 1, MSG_NOSIGNAL);
    while (now_us() < start + us) {
        ssize_t n = read(fd, buffer, BULK);

        if (n <= 0)
            errx(1, "the server has ended");
        total += (uint64_t)n;
    }
    us = now_us() - start;
    reset(fd);
    return (struct result){ (double)total * 8 / (double)us / 1e3, (double)total * 8 / 1e6 };
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/* One datagram may be lost, so it is sent again after a while. */
static bool echo_once(int fd, bool udp)
{
    struct pollfd p = { fd, POLLIN, 0 };

    for (int tries = 0; tries < 20; tries++) {
        write_all(fd, ECHO);
        if (!udp)
            return read_all(fd, ECHO);
        if (poll(&p, 1, 100) == 1)
            return recv(fd, buffer, BULK, 0) == ECHO;
    }
    return false;
}

static struct result echo(const struct sockaddr_in6 *to, int64_t us, bool udp)
{
    static double took[SAMPLES];
    int fd = connected(udp ? SOCK_DGRAM : SOCK_STREAM, to);
    size_t n = 0;

    memset(buffer, 'e', ECHO);
    if (!udp)
        send(fd, "e", 1, MSG_NOSIGNAL);
    for (int64_t start = now_us(), before = start; before < start + us && n < SAMPLES; n++) {
        struct timespec t[2];

        clock_gettime(CLOCK_MONOTONIC, &t[0]);
        if (!echo_once(fd, udp))
            errx(1, "no echo");
        clock_gettime(CLOCK_MONOTONIC, &t[1]);
        took[n] =
            (double)(t[1].tv_sec - t[0].tv_sec) * 1e6 + (double)(t[1].tv_nsec - t[0].tv_nsec) / 1e3;
        before = now_us();
    }
    qsort(took, n, sizeof *took, by_size);
    return (struct result){ took[n / 2], (double)n };
}

static struct result rate(const struct sockaddr_in6 *to, int64_t us)
{
    int64_t start = now_us(), end = start;
    double n = 0;

    for (; end < start + us; n++, end = now_us()) {
        int fd = connected(SOCK_STREAM, to);
        char byte = 'c';

        if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1 || read(fd, &byte, 1) != 1)
            errx(1, "no answer to connection %.0f", n);
        reset(fd);
    }
    return (struct result){ n * 1e6 / (double)(end - start), n };
}

static uint64_t ask_count(int fd, const char *word)
{
    struct pollfd p = { fd, POLLIN, 0 };
    uint64_t count;

    for (int tries = 0; tries < 20; tries++) {
        send(fd, word, 1, 0);
        while (poll(&p, 1, 100) == 1)
            if (recv(fd, buffer, BULK, 0) == sizeof count) {
                memcpy(&count, buffer, sizeof count);
                return count;
            }
    }
    errx(1, "the server does not tell");
}

static struct result udp_up(const struct sockaddr_in6 *to, int64_t us)
{
    int fd = connected(SOCK_DGRAM, to);
    struct timespec rest = { 0, 100000000 };
    int64_t start;
    double n;

    ask_count(fd, "r");
    buffer[0] = 'p';
    start = now_us();
    while (now_us() < start + us)
        send(fd, buffer, DATAGRAM, 0);
    us = now_us() - start;
    nanosleep(&rest, NULL);
    n = (double)ask_count(fd, "q");
    return (struct result){ n * 1e6 / (double)us, n };
}

static struct result udp_down(const struct sockaddr_in6 *to, int64_t us)
{
    int fd = connected(SOCK_DGRAM, to);
    struct pollfd p = { fd, POLLIN, 0 };
    uint32_t ms = (uint32_t)(us / 1000);
    double n = 0;

    ask_count(fd, "q");
    buffer[0] = 'd';
    memcpy(buffer + 1, &ms, sizeof ms);
    send(fd, buffer, DATAGRAM, 0);
    for (int wait = 1000; poll(&p, 1, wait) == 1; wait = 200)
        n += recv(fd, buffer, BULK, 0) == DATAGRAM;
    return (struct result){ n * 1e6 / (double)us, n };
}

static void client(const char *load, const struct sockaddr_in6 *to, int64_t us, char **pids)
{
    struct itimerval late = { .it_value.tv_sec = us / 1000000 + LATE_S };
    double before = processes_used(pids).cpu_us, units;
    struct result r;

    setitimer(ITIMER_REAL, &late, NULL);
    if (strcmp(load, "up") == 0)
        r = up(to, us);
    else if (strcmp(load, "down") == 0)
        r = down(to, us);
    else if (strcmp(load, "echo") == 0 || strcmp(load, "udp-echo") == 0)
        r = echo(to, us, *load == 'u');
    else if (strcmp(load, "rate") == 0)
        r = rate(to, us);
    else if (strcmp(load, "udp-up") == 0)
        r = udp_up(to, us);
    else if (strcmp(load, "udp-down") == 0)
        r = udp_down(to, us);
    else
        errx(2, "%s is no load", load);
    units = r.units;
    if (units == 0)
        errx(1, "nothing has arrived");
    if (*pids)
        printf("%.4f %.4f\n", r.value, (processes_used(pids).cpu_us - before) / units);
    else
        printf("%.4f -\n", r.value);
}

static void hold(const struct sockaddr_in6 *to, long n)
{
    for (long i = 0; i < n; i++)
        if (send(connected(SOCK_STREAM, to), "h", 1, MSG_NOSIGNAL) != 1)
            err(1, "connection %ld", i);
    puts("held");
    fflush(stdout);
    while (read(STDIN_FILENO, buffer, BULK) > 0)
        ;
}

/* ---- the rest ---- */

static void ready(bool by_fd, char **command)
{
    int pipe_fd[2], status;
    char byte;
    int64_t start;
    pid_t pid;

    if (pipe2(pipe_fd, O_CLOEXEC) < 0)
        err(1, "pipe");
    start = now_us();
    pid = fork();
    if (pid == 0) {
        /* dup2(2) to the same number would leave close-on-exec there. */
        if (pipe_fd[1] == 3)
            fcntl(3, F_SETFD, 0);
        else
            dup2(pipe_fd[1], 3);
        execvp(command[0], command);
        err(127, "%s", command[0]);
    }
    close(pipe_fd[1]);
    if (by_fd ? read(pipe_fd[0], &byte, 1) != 1 : waitpid(pid, &status, 0) < 0 || status != 0)
        errx(1, "%s does not become ready", command[0]);
    printf("%.3f -\n", (double)(now_us() - start) / 1e3);
    if (by_fd) {
        kill(pid, SIGTERM);
        waitpid(pid, NULL, 0);
    }
}

static void tell(const char *path, const char *text)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ssize_t n;

    snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    if (connect(fd, (struct sockaddr *)&a, sizeof a) < 0)
        err(1, "%s", path);
    send(fd, text, strlen(text), MSG_NOSIGNAL);
    shutdown(fd, SHUT_WR);
    while ((n = read(fd, buffer, BULK)) > 0)
        fwrite(buffer, 1, (size_t)n, stdout);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    struct rlimit files;

    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (strcmp(what, "server") == 0 && argc == 3) {
        server(argv[2]);
    } else if (strcmp(what, "client") == 0 && argc >= 6) {
        struct sockaddr_in6 to = address(argv[3], argv[4]);

        client(argv[2], &to, number(argv[5]) * (int64_t)1000, argv + 6);
    } else if (strcmp(what, "hold") == 0 && argc == 5) {
        struct sockaddr_in6 to = address(argv[2], argv[3]);

        hold(&to, number(argv[4]));
    } else if (strcmp(what, "ready") == 0 && argc >= 4) {
        ready(strcmp(argv[2], "fd") == 0, argv + 3);
    } else if (strcmp(what, "memory") == 0) {
        printf("%.0f -\n", processes_used(argv + 2).rss_kib);
    } else if (strcmp(what, "tell") == 0 && argc == 4) {
        tell(argv[2], argv[3]);
    } else {
        errx(2, "usage: see the head of net-load.c");
    }
    return 0;
}
