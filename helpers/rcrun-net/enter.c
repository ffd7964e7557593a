#include "enter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/nsfs.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/clean.h"
#include "base/fd.h"
#include "os/ns.h"
#include "os/process.h"
#include "os/tap.h"

/* ---- from rcrun ---------------------------------------------------------------------------- */

#define GIVEN 2

static int receive(int sock, int fds[GIVEN], struct err *e)
{
    union {
        char bytes[CMSG_SPACE(GIVEN * sizeof(int))];
        struct cmsghdr align;
    } control;
    char byte;
    struct iovec part = { &byte, 1 };
    struct msghdr msg = { .msg_iov = &part,
                          .msg_iovlen = 1,
                          .msg_control = control.bytes,
                          .msg_controllen = sizeof control.bytes };
    const struct cmsghdr *c;
    ssize_t n;

    do
        n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return -1; /* nobody is there to be told */
    c = CMSG_FIRSTHDR(&msg);
    if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
        c->cmsg_len != CMSG_LEN(GIVEN * sizeof(int)))
        return err_set(e, EPROTO, "tap device and process of the container");
    memcpy(fds, CMSG_DATA(c), GIVEN * sizeof(int));
    return 0;
}

/* What the device has is asked of itself. */
static int look_at(struct entered *out, struct err *e)
{
    struct ifreq request = { .ifr_flags = 0 };

    if (ioctl(out->tap, TUNGETIFF, &request) < 0)
        return err_set(e, errno, "tap device");
    if (!(request.ifr_flags & IFF_TAP) || !(request.ifr_flags & IFF_NO_PI))
        return err_set(e, 0, "%s is no tap device without packet information", request.ifr_name);
    out->offload = request.ifr_flags & IFF_VNET_HDR;
    memcpy(out->device, request.ifr_name, sizeof out->device);
    out->device[sizeof out->device - 1] = '\0';
    if (fcntl(out->tap, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
        return err_set(e, errno, "%s", out->device);
    return 0;
}

static bool is_namespace(int fd)
{
    return ioctl(fd, NS_GET_NSTYPE) == (int)NS_NET;
}

int enter_receive(int launcher, struct entered *out, struct err *e)
{
    int fds[GIVEN];

    *out = (struct entered){ .tap = -1, .net = -1, .pidfd = -1 };
    TRY(receive(launcher, fds, e));
    out->pidfd = fds[1];
    if (is_namespace(fds[0])) {
        out->net = fds[0];
        return 0;
    }
    out->tap = fds[0];
    return look_at(out, e);
}

/* ---- alone --------------------------------------------------------------------------------- */

struct places {
    int net, user; /* namespaces, -1 = ours */
};

/* Is it the user namespace that we are in?  Joining that is an error. */
static bool is_own_user(int fd)
{
    struct stat own, other;

    return stat("/proc/self/ns/user", &own) == 0 && fstat(fd, &other) == 0 &&
           own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

static int open_place(const char *path, int *fd, struct err *e)
{
    /* O_NONBLOCK: a FIFO of this name would hang us. */
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    return *fd < 0 ? err_set(e, errno, "%s", path) : 0;
}

static int open_pid(const struct net_options *o, struct places *p, int *pidfd, struct err *e)
{
    char path[40];

    if (os_pidfd_open((pid_t)o->pid, pidfd, e) < 0)
        return err_set(e, e->num, "process %u", o->pid);
    snprintf(path, sizeof path, "/proc/%u/ns/net", o->pid);
    TRY(open_place(path, &p->net, e));
    snprintf(path, sizeof path, "/proc/%u/ns/user", o->pid);
    return open_place(o->user_path ? o->user_path : path, &p->user, e);
}

static int open_path(const struct net_options *o, struct places *p, struct err *e)
{
    TRY(open_place(o->net_path, &p->net, e));
    if (!is_namespace(p->net))
        return err_set(e, 0, "%s is no network namespace", o->net_path);
    if (o->user_path)
        return open_place(o->user_path, &p->user, e);
    /* One that we may not even see is above ours; then we need no other, or none will do. */
    p->user = ioctl(p->net, NS_GET_USERNS);
    return 0;
}

struct answer {
    bool offload;
    struct err error;
};

/* Where nothing goes out there are addresses, but no way; unless it is one for answers. */
static bool has_way(const struct net_options *o)
{
    bool has = !o->net.internal;

    for (size_t i = 0; i < o->publish.n; i++)
        has |= o->publish.v[i].udp;
    return has;
}

static int make(const struct net_options *o, const struct places *p, struct answer *answer, int *tap)
{
    const struct net *net = &o->net;
    struct err *e = &answer->error;
    struct tap t = {
        .name = o->tap,
        .mtu = net->mtu,
        .offload = true,
        .configure = o->configure,
        .v4 = { net->v4.guest, net->v4.prefix.bits },
        .v6 = { net->v6.guest, net->v6.prefix.bits },
    };

    memcpy(t.mac, net->guest_mac, sizeof t.mac);
    if (has_way(o)) {
        t.gateway4 = net->v4.gateway;
        t.gateway6 = net->v6.gateway;
    }
    if (p->user >= 0)
        TRY(os_join_fd(p->user, NS_USER, e));
    TRY(os_join_fd(p->net, NS_NET, e));
    if (o->configure)
        TRY(os_loopback_up(e));
    return os_tap_make(&t, tap, &answer->offload, e);
}

/* Joins, in a process of its own, what we do not want to be in. */
static _Noreturn void child(const struct net_options *o, const struct places *p, int sock)
{
    struct answer answer = { 0 };
    struct err unused;
    int tap = -1;

    prctl(PR_SET_DUMPABLE, 0); /* the container may see us from now on */
    make(o, p, &answer, &tap);
    _exit(fd_send(sock, &answer, sizeof answer, tap, &unused) < 0);
}

static int with_child(const struct net_options *o, const struct places *p, struct entered *out,
                      struct err *e)
{
    struct answer answer;
    int pair[2];
    OWN_FD ours = -1, theirs = -1;
    ssize_t n;

    TRY(fd_pair(pair, e));
    ours = pair[0];
    theirs = pair[1];
    TRY(os_clone(0, false, &out->child, NULL, e));
    if (out->child == 0)
        child(o, p, theirs);
    clean_fd(&theirs);
    n = fd_receive(ours, &answer, sizeof answer, &out->tap, e);
    if (n != (ssize_t)sizeof answer)
        return n < 0 ? -1 : err_set(e, 0, "the process that makes the tap device died");
    if (out->tap < 0) {
        *e = answer.error;
        return -1;
    }
    out->offload = answer.offload;
    snprintf(out->device, sizeof out->device, "%s", o->tap);
    return 0;
}

int enter_make(const struct net_options *o, struct entered *out, struct err *e)
{
    struct places p = { .net = -1, .user = -1 };
    int status;

    *out = (struct entered){ .tap = -1, .net = -1, .pidfd = -1 };
    status = o->pid ? open_pid(o, &p, &out->pidfd, e) : open_path(o, &p, e);
    if (p.user >= 0 && is_own_user(p.user))
        clean_fd(&p.user);
    if (status == 0)
        status = with_child(o, &p, out, e);
    clean_fd(&p.net);
    clean_fd(&p.user);
    return status;
}
