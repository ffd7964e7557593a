/* Sends its arguments to $NOTIFY_SOCKET, one datagram each, as programs in a container would.
 *   TEXT         \n in it is a newline
 *   long:TEXT    TEXT behind 5000 bytes of something else
 *   fd:TEXT      with a descriptor beside it; waits until the receiver has closed it, at most 10 s
 * Static, so that it can be put into any root directory.  Ends with 1 when one cannot be sent. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char text[8000];

static size_t unescape(char *to, const char *from)
{
    char *at = to;

    for (; *from; from++) {
        if (from[0] == '\\' && from[1] == 'n') {
            *at++ = '\n';
            from++;
        } else {
            *at++ = *from;
        }
    }
    return (size_t)(at - to);
}

static int send_fd(int sock, size_t n)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = { { 0 } };
    struct iovec part = { text, n };
    struct msghdr msg = { .msg_iov = &part,
                          .msg_iovlen = 1,
                          .msg_control = control.bytes,
                          .msg_controllen = sizeof control.bytes };
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
    struct pollfd p = { .events = POLLIN };
    int ends[2];

    if (pipe(ends) < 0)
        return -1;
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &ends[1], sizeof(int));
    if (sendmsg(sock, &msg, 0) < 0)
        return -1;
    close(ends[1]);
    p.fd = ends[0];
    return poll(&p, 1, 10000) == 1 ? 0 : -1;
}

static int send_one(int sock, const char *arg)
{
    size_t before = 0;

    if (strncmp(arg, "fd:", 3) == 0)
        return send_fd(sock, unescape(text, arg + 3));
    if (strncmp(arg, "long:", 5) == 0) {
        before = 5000;
        memset(text, 'x', before);
        text[before - 1] = '\n';
        arg += 5;
    }
    return send(sock, text, before + unescape(text + before, arg), 0) < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const char *path = getenv("NOTIFY_SOCKET");
    int sock = socket(AF_UNIX, SOCK_DGRAM, 0);

    if (!path || strlen(path) >= sizeof address.sun_path) {
        fprintf(stderr, "NOTIFY_SOCKET is not set\n");
        return 1;
    }
    strcpy(address.sun_path, path);
    if (sock < 0 || connect(sock, (struct sockaddr *)&address, sizeof address) < 0) {
        perror(path);
        return 1;
    }
    for (int i = 1; i < argc; i++)
        if (send_one(sock, argv[i]) < 0) {
            perror(argv[i]);
            return 1;
        }
    return 0;
}
