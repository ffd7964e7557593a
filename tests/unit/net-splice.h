/* net-splice.h - what the tests of published ports have: loop, mint, and the part that is tested. */
#pragma once
#include <signal.h>

#include "net-world.h"
#include "rcrun-net/mint.h"
#include "rcrun-net/splice.h"

static struct rig {
    struct events ev;
    struct net net;
    struct counters counters;
    struct splice *splice;
    pid_t mint;
    int mint_sock;
    bool kept;
    struct err e;
} rig;

static uint32_t last_number;

static inline bool rig_open(unsigned flows_max)
{
    if (!world_open())
        return false;
    memset(&rig, 0, sizeof rig);
    rig.net.flows_max = flows_max;
    rig.net.half_closed_s = 900;
    rig.net.v4 = (struct net_family){ .on = true, .guest = address(GUEST4), .gateway = address(GATEWAY4) };
    rig.net.v6 = (struct net_family){ .on = true, .guest = address(GUEST6), .gateway = address(GATEWAY6) };
    EQ_INT(events_open(&rig.ev, &rig.e), 0);
    EQ_INT(mint_start(world.net, world.user, true, &rig.mint, &rig.mint_sock, &rig.kept, &rig.e), 0);
    EQ_INT(splice_open(&rig.splice, &rig.ev, &rig.net, &rig.counters, rig.mint_sock, &rig.e), 0);
    EQ_STR(rig.e.text, "");
    return rig.splice != NULL;
}

static inline void rig_close(void)
{
    int status = -1;

    EQ_STR(rig.e.text, "");
    splice_close(rig.splice);
    events_close(&rig.ev);
    close(rig.mint_sock);
    /* It ends when nobody can ask any more, and by itself. */
    EQ_INT(waitpid(rig.mint, &status, 0), rig.mint);
    EQ_INT(status, 0);
}

static inline int publish_from(const struct ip *host, uint16_t port, const char *to, enum service service,
                        enum publish_source source)
{
    struct listener l = { .number = ++last_number,
                          .host = *host,
                          .host_port = port,
                          .to = address(to),
                          .port = (uint16_t)service,
                          .source = source };
    int fd = listening(host, port, 4096);

    OK(fd >= 0);
    return splice_listen(rig.splice, &l, fd, &rig.e);
}

/* Every address of a family, at the port of the service. */
static inline void publish(enum service service)
{
    struct ip any4 = { .family = AF_INET };
    struct ip any6 = { .family = AF_INET6 };

    EQ_INT(publish_from(&any4, (uint16_t)service, GUEST4, service, SOURCE_AUTO), 0);
    EQ_INT(publish_from(&any6, (uint16_t)service, GUEST6, service, SOURCE_AUTO), 0);
}

static inline void rounds(int ms)
{
    int64_t end = rig.ev.now_ms + ms;

    do
        EQ_INT(events_round(&rig.ev, 5, &rig.e), 0);
    while (rig.ev.now_ms < end);
}

/* Until there are that many connections. */
static inline void settle(unsigned flows)
{
    for (int i = 0; i < 2000 && splice_flows(rig.splice) != flows; i++)
        EQ_INT(events_round(&rig.ev, 5, &rig.e), 0);
    EQ_INT(splice_flows(rig.splice), flows);
}

/* A client in a process of its own; we serve until it ends.  Returns what it returned. */
static inline int client(int (*run)(long), long arg)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        int keep[] = { world.endings[0] };

        os_close_except(3, keep, COUNT_OF(keep));
        setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 1024, 1024 });
        alarm(60);
        _exit(run(arg));
    }
    while (waitpid(pid, &status, WNOHANG) == 0)
        EQ_INT(events_round(&rig.ev, 2, &rig.e), 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static inline int dial(const char *to, uint16_t port)
{
    struct ip ip = address(to);
    struct sockaddr_storage a;
    socklen_t n = ip_sockaddr(&ip, port, &a);
    int fd = socket(ip.family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (connect(fd, (struct sockaddr *)&a, n) < 0)
        clean_fd(&fd);
    return fd;
}
