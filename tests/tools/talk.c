/* talk - both ends of a conversation, for tests of networks; static, so that it runs in any root.
 *
 *   talk serve tcp|udp ADDRESS PORT WORD     serves until it is killed; "ready" is its first line
 *   talk serve unix PATH WORD
 *   talk get tcp|udp ADDRESS PORT [TEXT]     sends TEXT, prints the answer
 *   talk get unix PATH [TEXT]
 *   talk send tcp ADDRESS PORT BYTES         sends a pattern; prints what a server of `sum` answers
 *   talk take tcp ADDRESS PORT               prints length and sum of what a `flow:BYTES` server sends
 *   talk many tcp ADDRESS PORT N             N connections, one after the other; how many were answered
 *   talk pace tcp ADDRESS PORT BYTES         sends so much, reads to the end; prints how much came, and
 *                                            the longest time in ms in which nothing moved
 *   talk hold tcp ADDRESS PORT N             opens N connections, says how many, waits to be killed
 *
 * WORD: peer     tells the client its own address and port
 *       echo     sends back what comes
 *       sum      reads to the end, then tells "LENGTH SUM"
 *       flow:N   sends N bytes of the pattern
 *       say:TEXT
 *       keep     takes connections and does nothing with them
 *       dns:NAME=ADDRESS
 *                a name server that knows this one
 *
 * Exit status of get, send, take: 0, or 1 and the errno's text; a get waits 5 s at most. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "names.h"

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un path;
    struct sockaddr_storage room;
};

static unsigned char buffer[128 * 1024];

static void die(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static socklen_t read_address(union address *a, char **argv)
{
    memset(a, 0, sizeof *a);
    if (strcmp(argv[0], "unix") == 0) {
        a->path.sun_family = AF_UNIX;
        snprintf(a->path.sun_path, sizeof a->path.sun_path, "%s", argv[1]);
        return sizeof a->path;
    }
    if (inet_pton(AF_INET, argv[1], &a->v4.sin_addr) == 1) {
        a->v4.sin_family = AF_INET;
        a->v4.sin_port = htons((uint16_t)atoi(argv[2]));
        return sizeof a->v4;
    }
    if (inet_pton(AF_INET6, argv[1], &a->v6.sin6_addr) != 1) {
        fprintf(stderr, "no address: %s\n", argv[1]);
        exit(2);
    }
    a->v6.sin6_family = AF_INET6;
    a->v6.sin6_port = htons((uint16_t)atoi(argv[2]));
    return sizeof a->v6;
}

/* FNV-1a over the stream. */
static uint64_t sum_on(uint64_t sum, const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum = (sum ^ p[i]) * 0x100000001b3u;
    return sum;
}
#define SUM_START 0xcbf29ce484222325u

static void pattern(uint64_t at, unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (unsigned char)((at + i) * 131 >> 7);
}

/* read(2) for who may be stopped meanwhile. */
static ssize_t take_some(int fd, void *data, size_t max)
{
    ssize_t n;

    do
        n = read(fd, data, max);
    while (n < 0 && errno == EINTR);
    return n;
}

static int write_all(int fd, const void *data, size_t n)
{
    const char *p = data;

    for (ssize_t done; n > 0; p += done, n -= (size_t)done) {
        done = send(fd, p, n, MSG_NOSIGNAL);
        if (done < 0 && errno == EINTR)
            done = 0;
        if (done < 0)
            return -1;
    }
    return 0;
}

static int flow(int fd, uint64_t bytes)
{
    for (uint64_t at = 0; at < bytes;) {
        size_t n = bytes - at < sizeof buffer ? (size_t)(bytes - at) : sizeof buffer;

        pattern(at, buffer, n);
        if (write_all(fd, buffer, n) < 0)
            return -1;
        at += n;
    }
    return 0;
}

static int read_sum(int fd, char *text, size_t max)
{
    uint64_t sum = SUM_START;
    uint64_t length = 0;
    ssize_t n;

    while ((n = take_some(fd, buffer, sizeof buffer)) > 0) {
        sum = sum_on(sum, buffer, (size_t)n);
        length += (uint64_t)n;
    }
    snprintf(text, max, "%llu %016llx\n", (unsigned long long)length, (unsigned long long)sum);
    return n < 0 ? -1 : 0;
}

static void name(const union address *a, char *text, size_t max)
{
    char host[INET6_ADDRSTRLEN] = "unix";
    unsigned port = 0;

    if (a->any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &a->v4.sin_addr, host, sizeof host);
        port = ntohs(a->v4.sin_port);
    } else if (a->any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &a->v6.sin6_addr, host, sizeof host);
        port = ntohs(a->v6.sin6_port);
    }
    snprintf(text, max, "%s %u\n", host, port);
}

static void serve_names(int fd, const char *word)
{
    unsigned char *p = buffer + 2;

    while (recv(fd, buffer, 2, MSG_WAITALL) == 2) {
        size_t n = (size_t)buffer[0] << 8 | buffer[1];

        if (recv(fd, p, n, MSG_WAITALL) != (ssize_t)n || (n = name_answer(p, n, word)) == 0)
            return;
        buffer[0] = (unsigned char)(n >> 8);
        buffer[1] = (unsigned char)n;
        write_all(fd, buffer, n + 2);
    }
}

static void serve_one(int fd, const char *word, const union address *peer)
{
    char text[128];
    ssize_t n;

    if (strcmp(word, "peer") == 0) {
        name(peer, text, sizeof text);
        write_all(fd, text, strlen(text));
    } else if (strcmp(word, "sum") == 0) {
        if (read_sum(fd, text, sizeof text) == 0)
            write_all(fd, text, strlen(text));
    } else if (strncmp(word, "flow:", 5) == 0) {
        flow(fd, strtoull(word + 5, NULL, 10));
    } else if (strncmp(word, "say:", 4) == 0) {
        write_all(fd, word + 4, strlen(word + 4));
        write_all(fd, "\n", 1);
    } else if (strncmp(word, "dns:", 4) == 0) {
        serve_names(fd, word + 4);
    } else {
        while ((n = read(fd, buffer, sizeof buffer)) > 0)
            if (write_all(fd, buffer, (size_t)n) < 0)
                return;
    }
    shutdown(fd, SHUT_WR);
    /* So that what the client still sends does not turn our last words into a reset. */
    while (read(fd, buffer, sizeof buffer) > 0)
        ;
}

static void serve_stream(int fd, const char *word)
{
    signal(SIGCHLD, SIG_IGN);
    while (strcmp(word, "keep") == 0)
        accept(fd, NULL, NULL);
    for (;;) {
        union address peer;
        socklen_t n = sizeof peer;
        int one = accept(fd, &peer.any, &n);

        if (one < 0)
            continue;
        if (fork() == 0) {
            close(fd);
            serve_one(one, word, &peer);
            _exit(0);
        }
        close(one);
    }
}

static void serve_datagrams(int fd, const char *word)
{
    for (;;) {
        union address peer;
        socklen_t size = sizeof peer;
        char text[128];
        ssize_t n = recvfrom(fd, buffer, sizeof buffer, 0, &peer.any, &size);

        if (n < 0)
            continue;
        if (strcmp(word, "peer") == 0) {
            name(&peer, text, sizeof text);
            sendto(fd, text, strlen(text), 0, &peer.any, size);
        } else if (strncmp(word, "say:", 4) == 0) {
            sendto(fd, word + 4, strlen(word + 4), 0, &peer.any, size);
        } else if (strncmp(word, "dns:", 4) == 0) {
            n = (ssize_t)name_answer(buffer, (size_t)n, word + 4);
            if (n > 0)
                sendto(fd, buffer, (size_t)n, 0, &peer.any, size);
        } else {
            sendto(fd, buffer, (size_t)n, 0, &peer.any, size);
        }
    }
}

static int make_socket(char **argv, union address *a, socklen_t *n)
{
    int type = strcmp(argv[0], "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM;
    int fd;

    *n = read_address(a, argv);
    fd = socket(a->any.sa_family, type, 0);
    if (fd < 0)
        die("socket");
    return fd;
}

static int serve(char **argv)
{
    union address a;
    socklen_t n;
    int one = 1;
    int fd = make_socket(argv, &a, &n);
    const char *word = argv[a.any.sa_family == AF_UNIX ? 2 : 3];

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (a.any.sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    if (bind(fd, &a.any, n) < 0)
        die("bind");
    if (strcmp(argv[0], "udp") != 0 && listen(fd, 4096) < 0)
        die("listen");
    puts("ready");
    if (strcmp(argv[0], "udp") == 0)
        serve_datagrams(fd, word);
    else
        serve_stream(fd, word);
    return 1;
}

static int dial(char **argv)
{
    union address a;
    socklen_t n;
    struct timeval patience = { .tv_sec = 5 };
    int fd = make_socket(argv, &a, &n);

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(fd, &a.any, n) < 0)
        die("connect");
    return fd;
}

static int get(char **argv)
{
    int fd = dial(argv);
    const char *text = argv[strcmp(argv[0], "unix") == 0 ? 2 : 3];
    bool udp = strcmp(argv[0], "udp") == 0;
    ssize_t n;

    if (text && write_all(fd, text, strlen(text)) < 0)
        die("send");
    if (udp) {
        n = recv(fd, buffer, sizeof buffer, 0);
        if (n > 0)
            fwrite(buffer, 1, (size_t)n, stdout);
    } else {
        shutdown(fd, SHUT_WR);
        while ((n = read(fd, buffer, sizeof buffer)) > 0)
            fwrite(buffer, 1, (size_t)n, stdout);
    }
    if (n < 0)
        die("receive");
    return 0;
}

static int send_pattern(char **argv)
{
    int fd = dial(argv);
    struct timeval patience = { .tv_sec = 60 };
    char text[128];
    ssize_t n;

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (flow(fd, strtoull(argv[3], NULL, 10)) < 0)
        die("send");
    shutdown(fd, SHUT_WR);
    while ((n = take_some(fd, text, sizeof text)) > 0)
        fwrite(text, 1, (size_t)n, stdout);
    if (n < 0)
        die("receive");
    return 0;
}

static int take(char **argv)
{
    char text[128];

    if (read_sum(dial(argv), text, sizeof text) < 0)
        die("receive");
    fputs(text, stdout);
    return 0;
}

static int many(char **argv)
{
    long n = atol(argv[3]);
    long answered = 0;

    for (long i = 0; i < n; i++) {
        int fd = dial(argv);

        shutdown(fd, SHUT_WR);
        answered += read(fd, buffer, sizeof buffer) > 0;
        close(fd);
    }
    printf("%ld\n", answered);
    return 0;
}

/* Sets *longest to the time since *last, where that is longer. */
static void step(int64_t *last, int64_t *longest)
{
    struct timespec t;
    int64_t now;

    clock_gettime(CLOCK_MONOTONIC, &t);
    now = (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
    if (*last > 0 && now - *last > *longest)
        *longest = now - *last;
    *last = now;
}

static int pace(char **argv)
{
    int fd = dial(argv);
    uint64_t left = strtoull(argv[3], NULL, 10);
    uint64_t came = 0;
    int64_t last = 0;
    int64_t longest = 0;
    ssize_t n = 1;

    step(&last, &longest);
    while (left > 0 && n > 0) {
        n = send(fd, buffer, left < sizeof buffer ? left : sizeof buffer, MSG_NOSIGNAL);
        left -= n > 0 ? (uint64_t)n : 0;
        step(&last, &longest);
    }
    if (n < 0)
        die("send");
    shutdown(fd, SHUT_WR);
    while ((n = read(fd, buffer, sizeof buffer)) > 0) {
        came += (uint64_t)n;
        step(&last, &longest);
    }
    step(&last, &longest);
    if (n < 0)
        die("receive");
    printf("%llu %lld\n", (unsigned long long)came, (long long)longest);
    return 0;
}

static int hold(char **argv)
{
    long n = atol(argv[3]);
    long got = 0;
    struct rlimit files;

    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    for (long i = 0; i < n; i++) {
        union address a;
        socklen_t size;
        int fd = make_socket(argv, &a, &size);

        got += connect(fd, &a.any, size) == 0;
    }
    printf("%ld\n", got);
    pause();
    return 0;
}

static const struct {
    const char *name;
    int (*run)(char **argv);
    int least;
} commands[] = { { "serve", serve, 5 },       { "get", get, 4 },   { "send", send_pattern, 6 },
                 { "take", take, 5 },         { "many", many, 6 }, { "pace", pace, 6 },
                 { "hold", hold, 6 },         { NULL, NULL, 0 } };

int main(int argc, char **argv)
{
    /* Who is killed has said what there was to say. */
    setvbuf(stdout, NULL, _IONBF, 0);
    for (size_t i = 0; argc > 1 && commands[i].name; i++)
        if (strcmp(argv[1], commands[i].name) == 0 && argc >= commands[i].least)
            return commands[i].run(argv + 2);
    fprintf(stderr, "talk: see the head of tests/tools/talk.c\n");
    return 2;
}
