#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int fd_fill_stdio(struct err *e)
{
    struct pollfd p[3] = { { .fd = 0 }, { .fd = 1 }, { .fd = 2 } };

    /* One call for all three: POLLNVAL says that a descriptor is closed. */
    if (poll(p, 3, 0) < 0)
        return err_set(e, errno, "standard descriptors");
    for (int fd = 0; fd <= 2; fd++) {
        if (!(p[fd].revents & POLLNVAL))
            continue;
        /* The lowest free number is fd, since those below are open. */
        if (open("/dev/null", O_RDWR | O_NOCTTY) != fd)
            return err_set(e, errno, "/dev/null for closed descriptor %d", fd);
    }
    return 0;
}

int fd_cloexec_from(unsigned first, struct err *e)
{
    /* The raw call: glibc 2.36 has a wrapper, older and other libraries have not. */
    if (syscall(SYS_close_range, first, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
        return err_set(e, errno, "close_range from descriptor %u", first);
    return 0;
}

int fd_keep(int fd, struct err *e)
{
    if (fcntl(fd, F_SETFD, 0) < 0)
        return err_set(e, errno, "descriptor %d", fd);
    return 0;
}

int fd_write(int fd, const void *data, size_t n, struct err *e)
{
    const char *p = data;

    while (n) {
        ssize_t got = write(fd, p, n);

        if (got < 0) {
            if (errno == EINTR)
                continue;
            return err_set(e, errno, "write");
        }
        p += got;
        n -= (size_t)got;
    }
    return 0;
}

int fd_read_whole(int fd, const char *path, size_t size, char *buffer, size_t *n, struct err *e)
{
    size_t have = 0;

    /* One byte more than it says, to see one that grows: a single pass, no second chance. */
    while (have <= size) {
        ssize_t got = read(fd, buffer + have, size + 1 - have);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set(e, errno, "%s", path);
        have += (size_t)got;
        /* Less than asked for is the end of a regular file. */
        if (have <= size)
            break;
    }
    if (have > size)
        return err_set(e, 0, "%s grew while it was read", path);
    buffer[have] = '\0';
    *n = have;
    return 0;
}

int fd_pair(int pair[2], struct err *e)
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return err_set(e, errno, "socket pair");
    return 0;
}

#define FDS_MAX 8

union control {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
};

int fd_send_more(int sock, const void *data, size_t n, const int *fds, size_t fds_n, struct err *e)
{
    union {
        char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
        struct cmsghdr align;
    } control = { { 0 } };
    struct iovec part = { (void *)(uintptr_t)data, n };
    struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1 };

    if (fds_n > FDS_MAX)
        BUG("%zu descriptors in one message", fds_n);
    if (fds_n) {
        struct cmsghdr *c;

        msg.msg_control = control.bytes;
        msg.msg_controllen = CMSG_SPACE(fds_n * sizeof *fds);
        c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(fds_n * sizeof *fds);
        memcpy(CMSG_DATA(c), fds, fds_n * sizeof *fds);
    }
    for (;;) {
        ssize_t sent = sendmsg(sock, &msg, MSG_NOSIGNAL);

        /* Less than all is a stream whose time to send is over (SO_SNDTIMEO). */
        if (sent >= 0)
            return (size_t)sent == n ? 0 : err_set(e, ETIMEDOUT, "send");
        if (errno != EINTR)
            return err_set(e, errno == EAGAIN ? ETIMEDOUT : errno, "send");
    }
}

int fd_send(int sock, const void *data, size_t n, int fd, struct err *e)
{
    return fd_send_more(sock, data, n, &fd, fd >= 0, e);
}

ssize_t fd_receive(int sock, void *data, size_t n, int *fd, struct err *e)
{
    union control control = { { 0 } };
    struct iovec part = { data, n };
    struct msghdr msg = { .msg_iov = &part,
                          .msg_iovlen = 1,
                          .msg_control = control.bytes,
                          .msg_controllen = sizeof control.bytes };
    ssize_t got;
    int resets = 0;

    *fd = -1;
    /* A peer that ends without having read all makes one ECONNRESET, which comes before the
     * messages that it sent; behind it they are there, and then the end. */
    do
        got = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
    while (got < 0 && (errno == EINTR || (errno == ECONNRESET && resets++ == 0)));
    if (got < 0)
        return err_set(e, errno, "receive");
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
            memcpy(fd, CMSG_DATA(c), sizeof *fd);
    return got;
}
