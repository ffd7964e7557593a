/* net-world.h - two network namespaces without a link between them: ours is "the host", with
 * addresses of a LAN on its loopback device, and a child has "the container", with servers. */
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clean.h"
#include "net/ip.h"
#include "os/cred.h"
#include "os/netlink.h"
#include "os/ns.h"
#include "os/process.h"
#include "tap.h"

#define HOST4 "192.0.2.7"
#define HOST6 "2001:db8::7"
#define GUEST4 "10.0.2.100"
#define GUEST6 "fd00::64"
#define GATEWAY4 "10.0.2.2"
#define GATEWAY6 "fd00::2"
#define BULK (64u << 20)

enum service {
    NOBODY = 7000, /* nobody listens */
    WHO,           /* says who you are, then echoes */
    SHORT,         /* a byte and one back, one connection after the other */
    SINK,          /* reads to the end, then says the hash of it */
    SOURCE,        /* BULK bytes */
    RESETS,        /* after a byte: "d" sends data, then resets */
    TELLS,         /* tells the pipe how the connection ended */
    STALLS,        /* accepts and does nothing more */
    FULL,          /* does not even accept */
};

struct ending { int num; int bytes; };

struct world {
    pid_t guest;
    int net, user;    /* of the guest */
    int endings[2];   /* of TELLS */
    int commands[2];  /* to the guest: a byte, answered by one */
};
static struct world world;

static inline struct ip address(const char *text)
{
    struct ip ip = { 0 };

    ip_parse(text, &ip);
    return ip;
}

static inline uint64_t mix(uint64_t h, const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 0x100000001b3u;
    return h;
}

/* The bytes from an offset on, n of them; different for each offset below 2^32. */
static inline void pattern(unsigned char *p, size_t at, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t x = (uint32_t)(at + i);

        p[i] = (unsigned char)(x ^ x >> 8 ^ x >> 16 ^ x >> 24);
    }
}

static inline bool write_all(int fd, const void *data, size_t n)
{
    for (const char *p = data; n;) {
        ssize_t got = send(fd, p, n, MSG_NOSIGNAL);

        if (got <= 0)
            return false;
        p += got;
        n -= (size_t)got;
    }
    return true;
}

static inline bool send_pattern(int fd, size_t n)
{
    static unsigned char buffer[1 << 20];

    for (size_t at = 0; at < n; at += sizeof buffer) {
        size_t part = n - at < sizeof buffer ? n - at : sizeof buffer;

        pattern(buffer, at, part);
        if (!write_all(fd, buffer, part))
            return false;
    }
    return true;
}

/* To the end; returns the number of bytes, the hash in *h. */
static inline size_t read_all(int fd, uint64_t *h)
{
    static unsigned char buffer[1 << 18];
    size_t sum = 0;
    ssize_t n;

    *h = 1;
    while ((n = read(fd, buffer, sizeof buffer)) > 0) {
        *h = mix(*h, buffer, (size_t)n);
        sum += (size_t)n;
    }
    return sum;
}

static inline uint64_t pattern_hash(size_t n)
{
    static unsigned char buffer[1 << 20];
    uint64_t h = 1;

    for (size_t at = 0; at < n; at += sizeof buffer) {
        size_t part = n - at < sizeof buffer ? n - at : sizeof buffer;

        pattern(buffer, at, part);
        h = mix(h, buffer, part);
    }
    return h;
}

static inline void close_reset(int fd)
{
    const struct linger at_once = { .l_onoff = 1 };

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
}

static inline int listening(const struct ip *ip, uint16_t port, int backlog)
{
    const int on = 1;
    struct sockaddr_storage a;
    socklen_t n = ip_sockaddr(ip, port, &a);
    int fd = socket(ip->family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (ip->family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&a, n) == 0 && listen(fd, backlog) == 0)
        return fd;
    clean_fd(&fd);
    return -1;
}

/* ---- the container ------------------------------------------------------------------------ */

static inline void serve_who(int fd, const struct sockaddr_storage *from)
{
    char text[IP_TEXT_MAX], line[80];
    struct ip ip = { 0 };
    uint16_t port = 0;
    ssize_t n;

    ip_from_sockaddr(from, &ip, &port);
    snprintf(line, sizeof line, "%s %d\n", ip_text(&ip, text), port);
    write_all(fd, line, strlen(line));
    while ((n = read(fd, line, sizeof line)) > 0)
        write_all(fd, line, (size_t)n);
}

static inline void serve_one(enum service service, int fd, const struct sockaddr_storage *from)
{
    struct ending ending = { 0 };
    char buffer[64] = "";
    uint64_t h;
    ssize_t n;

    switch (service) {
    case WHO:
        serve_who(fd, from);
        break;
    case SINK:
        read_all(fd, &h);
        write_all(fd, &h, sizeof h);
        break;
    case SOURCE:
        send_pattern(fd, BULK);
        break;
    case RESETS:
        read(fd, buffer, 1);
        if (buffer[0] == 'd')
            write_all(fd, "data", 4);
        close_reset(fd);
        break;
    case TELLS:
        while ((n = read(fd, buffer, sizeof buffer)) > 0)
            ending.bytes += (int)n;
        ending.num = n < 0 ? errno : 0;
        write(world.endings[1], &ending, sizeof ending);
        break;
    case NOBODY:
    case SHORT:
    case STALLS:
    case FULL:
        break;
    }
}

static inline void serve(enum service service, int family)
{
    int fd = listening(&(struct ip){ .family = (sa_family_t)family }, (uint16_t)service,
                       service == FULL ? 0 : 1000);
    struct err e = { 0 };

    if (fork())
        return;
    os_die_with_parent(&e);
    for (;;) {
        struct sockaddr_storage from;
        socklen_t n = sizeof from;
        int one = service == FULL ? pause() : accept(fd, (struct sockaddr *)&from, &n);
        char byte = 0;

        if (service == SHORT) {
            if (read(one, &byte, 1) == 1)
                write(one, &byte, 1);
        } else if (service != STALLS && fork() == 0) {
            serve_one(service, one, &from);
            _exit(0);
        }
        if (service != STALLS)
            close(one);
    }
}

/* ip rule del fwmark ...; returns errno. */
static inline int delete_rule(sa_family_t family, uint32_t mark)
{
    struct {
        struct nlmsghdr head;
        struct fib_rule_hdr rule;
        struct rtattr attribute;
        uint32_t mark;
    } ask = { { sizeof ask, RTM_DELRULE, NLM_F_REQUEST | NLM_F_ACK, 1, 0 },
              { .family = (uint8_t)family, .action = FR_ACT_TO_TBL },
              { RTA_LENGTH(sizeof mark), FRA_FWMARK },
              mark };
    struct { struct nlmsghdr head; struct nlmsgerr error; char rest[400]; } answer = { 0 };
    OWN_FD sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    if (sock < 0 || send(sock, &ask, sizeof ask, 0) < 0 || recv(sock, &answer, sizeof answer, 0) < 0)
        return errno;
    return -answer.error.error;
}

static inline void add_address(const char *text, unsigned bits)
{
    struct ip_prefix p = { .ip = address(text), .bits = bits };
    struct err e = { 0 };
    OWN_FD sock = -1;

    if (os_netlink_open(&sock, &e) < 0 || os_address_add(sock, (int)if_nametoindex("lo"), &p, &e) < 0)
        printf("# %s: %s\n", text, e.text);
}

static inline void enter_namespaces(void)
{
    static const char *const files[] = { "setgroups", "uid_map", "gid_map" };
    struct err e = { 0 };
    unsigned uid = getuid(), gid = getgid();

    if (os_unshare(NS_USER | NS_NET, &e) < 0 || os_loopback_up(&e) < 0)
        printf("# %s\n", e.text);
    for (int i = 0; i < 3; i++) {
        char path[40], text[40];
        OWN_FD fd = -1;

        snprintf(path, sizeof path, "/proc/self/%s", files[i]);
        snprintf(text, sizeof text, i ? "0 %u 1" : "deny", i == 1 ? uid : gid);
        fd = open(path, O_WRONLY | O_CLOEXEC);
        write(fd, text, strlen(text));
    }
}

static inline char write_sysctl(const char *path, char value)
{
    OWN_FD fd = open(path, O_WRONLY | O_CLOEXEC);

    return fd >= 0 && write(fd, &value, 1) == 1 ? 0 : 1;
}

static inline void guest_main(int sock)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    struct err e = { 0 };
    char byte = 1;

    os_die_with_parent(&e);
    enter_namespaces();
    add_address(GUEST4, 32);
    add_address(GUEST6, 128);
    sigaction(SIGCHLD, &ignore, NULL);
    for (int service = WHO; service <= FULL; service++) {
        serve((enum service)service, AF_INET);
        serve((enum service)service, AF_INET6);
    }
    do {
        if (byte == 'f')
            for (byte = 0; delete_rule(AF_INET, 0x7263) == 0; byte++)
                delete_rule(AF_INET6, 0x7263);
        if (byte == '4' || byte == '6')
            byte = write_sysctl("/proc/sys/net/ipv6/conf/lo/disable_ipv6", byte == '4' ? '1' : '0');
        write(sock, &byte, 1);
    } while (read(sock, &byte, 1) == 1);
    _exit(0);
}

static inline int open_namespace(const char *which)
{
    char path[60];

    snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)world.guest, which);
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* Once.  False where the machine does not let us. */
static inline bool world_open(void)
{
    char byte = 0;

    if (world.guest)
        return world.user >= 0;
    enter_namespaces();
    add_address(HOST4, 32);
    add_address(HOST6, 128);
    pipe2(world.endings, O_CLOEXEC);
    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, world.commands);
    world.guest = fork();
    if (world.guest == 0)
        guest_main(world.commands[1]);
    read(world.commands[0], &byte, 1);
    world.net = open_namespace("net");
    world.user = open_namespace("user");
    return world.user >= 0;
}

static inline int guest_does(char command)
{
    write(world.commands[0], &command, 1);
    return read(world.commands[0], &command, 1) == 1 ? command : -1;
}
