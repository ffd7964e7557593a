#include "base/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "base/clean.h"

/* An address has room for 107 bytes of a path.  What is longer goes through a descriptor of the
 * socket itself, in *held, which must stay open until the address was used. */
static int address_of(const char *path, struct sockaddr_un *address, socklen_t *size, int *held)
{
    size_t n = strlen(path);

    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    *size = sizeof *address;
    if (path[0] == '@') {
        if (n > sizeof address->sun_path)
            return ENAMETOOLONG;
        memcpy(address->sun_path + 1, path + 1, n - 1);
        *size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
        return 0;
    }
    if (n < sizeof address->sun_path) {
        memcpy(address->sun_path, path, n);
        return 0;
    }
    *held = open(path, O_PATH | O_CLOEXEC);
    if (*held < 0)
        return errno;
    snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d", *held);
    return 0;
}

#define PATIENCE_S 10

int socket_connect(const char *path, int type, int *fd, struct err *e)
{
    const struct timeval patience = { .tv_sec = PATIENCE_S };
    struct sockaddr_un address;
    OWN_FD sock = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    OWN_FD held = -1;
    socklen_t size;
    int num = sock < 0 ? errno : address_of(path, &address, &size, &held);

    /* It is for connect(2), too, when the queue of who listens is full. */
    if (num == 0 && (setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0 ||
                     connect(sock, (const void *)&address, size) < 0))
        num = errno == EAGAIN ? ETIMEDOUT : errno;
    if (num)
        return err_set(e, num, "%s", path);
    *fd = give_fd(&sock);
    return 0;
}

int socket_address_at(int dir, const char *name, struct sockaddr_un *address, struct err *e)
{
    int n;

    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    n = snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/%s", dir, name);
    return n < (int)sizeof address->sun_path ? 0 : err_set(e, ENAMETOOLONG, "%s", name);
}

int socket_bind_at(int dir, const char *name, int type, int *fd, struct err *e)
{
    struct sockaddr_un address;
    OWN_FD sock = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    TRY(socket_address_at(dir, name, &address, e));
    if (sock < 0 || bind(sock, (const void *)&address, sizeof address) < 0)
        return err_set(e, errno, "socket %s", name);
    *fd = give_fd(&sock);
    return 0;
}
