#include "mint.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clean.h"
#include "base/fd.h"
#include "mint-parts.h"
#include "net/ip.h"
#include "os/cred.h"
#include "os/ns.h"
#include "os/process.h"

/* What the mint says first. */
struct hello {
    bool kept;
    struct err error; /* no text: it works */
};

union control {
    char bytes[CMSG_SPACE(MINT_BATCH * sizeof(int))];
    struct cmsghdr align;
};

/* What only connections need that last, the worker sets when they do.  REUSEADDR: the port of a client
 * who comes again is in TIME_WAIT.  BIND_ADDRESS_NO_PORT: without it each connection that gets some
 * port keeps it from all others to the same address. */
const struct mint_option mint_options[] = {
    { 0, SOL_SOCKET, SO_REUSEADDR, 1, false },
    { 0, IPPROTO_TCP, TCP_NODELAY, 1, false },
    { 0, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1, false },
    { 0, SOL_SOCKET, SO_MARK, MINT_MARK, true },
    { AF_INET, IPPROTO_IP, IP_TRANSPARENT, 1, true },
    { AF_INET6, IPPROTO_IPV6, IPV6_TRANSPARENT, 1, true },
};
const unsigned mint_options_n = COUNT_OF(mint_options);

/* ---- the mint ---------------------------------------------------------------------------- */

static int new_socket(int family, bool transparent)
{
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    for (unsigned i = 0; i < mint_options_n && fd >= 0; i++) {
        const struct mint_option *o = &mint_options[i];

        if ((o->family && o->family != family) || (o->net_admin && !transparent))
            continue;
        if (setsockopt(fd, o->level, o->name, &o->value, sizeof o->value) < 0 && o->net_admin) {
            close(fd);
            return -1;
        }
    }
    return fd;
}

/* Fewer than asked for where there are no more. */
static int answer(int sock, struct mint_ask *ask, bool transparent)
{
    union control control = { { 0 } };
    struct iovec part = { ask, sizeof *ask };
    struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1 };
    int fds[MINT_BATCH];
    int n = 0;
    ssize_t sent;

    while (n < ask->n && (fds[n] = new_socket(ask->family, transparent)) >= 0)
        n++;
    ask->n = n;
    ask->transparent = transparent;
    if (n) {
        struct cmsghdr *c;

        msg.msg_control = control.bytes;
        msg.msg_controllen = CMSG_SPACE((size_t)n * sizeof fds[0]);
        c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN((size_t)n * sizeof fds[0]);
        memcpy(CMSG_DATA(c), fds, (size_t)n * sizeof fds[0]);
    }
    do
        sent = sendmsg(sock, &msg, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    for (int i = 0; i < n; i++)
        close(fds[i]);
    return sent < 0 ? -1 : 0;
}

static void serve(int sock, bool kept4, bool kept6)
{
    struct mint_ask ask;
    struct iovec part = { &ask, sizeof ask };

    for (;;) {
        struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1 };
        ssize_t n = recvmsg(sock, &msg, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n != (ssize_t)sizeof ask || (ask.family != AF_INET && ask.family != AF_INET6) ||
            ask.n < 1 || ask.n > MINT_BATCH)
            return;
        if (answer(sock, &ask, ask.family == AF_INET ? kept4 : kept6) < 0)
            return;
    }
}

static int join(int net, int user, struct err *e)
{
    /* Before it can be seen from in there. */
    TRY(os_set_dumpable(false, e));
    if (user >= 0)
        TRY(os_join_fd(user, NS_USER, e));
    TRY(os_join_fd(net, NS_NET, e));
    return 0;
}

/* Also off by net.ipv6.conf.all.disable_ipv6: then the loopback device has no address of it. */
static bool family_works(int family)
{
    struct ip loopback = { .family = (sa_family_t)family };
    struct sockaddr_storage address;
    OWN_FD fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t n;

    ip_parse(family == AF_INET ? "127.0.0.1" : "::1", &loopback);
    n = ip_sockaddr(&loopback, 0, &address);
    return fd >= 0 && bind(fd, (struct sockaddr *)&address, n) == 0;
}

static bool family_kept(int family)
{
    struct err ignored = { 0 };

    /* Without it servers see the container's own address, which works for all but their logs. */
    return family_works(family) && mint_routes((sa_family_t)family, &ignored) == 0;
}

__attribute__((noreturn)) static void mint_main(int sock, int net, int user, bool transparent)
{
    struct hello hello = { 0 };
    bool kept4 = false;
    bool kept6 = false;
    int keep[] = { sock, net, user };
    int failed;

    os_close_except(3, keep, COUNT_OF(keep));
    failed = os_die_with_parent(&hello.error);
    if (failed == 0)
        failed = join(net, user, &hello.error);
    /* Joining changes the credentials, and that takes the signal away. */
    if (failed == 0)
        failed = os_die_with_parent(&hello.error);
    if (failed == 0 && transparent) {
        kept4 = family_kept(AF_INET);
        kept6 = family_kept(AF_INET6);
        hello.kept = (kept4 || !family_works(AF_INET)) && (kept6 || !family_works(AF_INET6)) &&
                     (kept4 || kept6);
    }
    os_close_except(3, &sock, 1);
    if (failed == 0)
        failed = mint_jail(kept4 || kept6, &hello.error);
    if (fd_send(sock, &hello, sizeof hello, -1, &hello.error) == 0 && failed == 0)
        serve(sock, kept4, kept6);
    /* Not _exit(3): where addresses are sanitized, other calls come before it. */
    for (;;)
        syscall(SYS_exit_group, 0);
}

/* ---- who starts it ----------------------------------------------------------------------- */

int mint_start(int net, int user, bool transparent, pid_t *pid, int *sock, bool *kept, struct err *e)
{
    struct hello hello;
    OWN_FD ours = -1;
    OWN_FD its = -1;
    int pair[2];
    int none;
    ssize_t n;

    TRY(fd_pair(pair, e));
    ours = pair[0];
    its = pair[1];
    TRY(os_clone(0, false, pid, NULL, e));
    if (*pid == 0)
        mint_main(its, net, user, transparent);
    clean_fd(&its);
    n = fd_receive(ours, &hello, sizeof hello, &none, e);
    if (n == (ssize_t)sizeof hello && hello.error.text[0] == '\0') {
        *kept = hello.kept;
        *sock = give_fd(&ours);
        return 0;
    }
    child_kill(pid);
    if (n == (ssize_t)sizeof hello)
        *e = hello.error;
    else if (n >= 0)
        err_set(e, 0, "it ended");
    return err_ctx(e, "process for sockets of the container");
}
