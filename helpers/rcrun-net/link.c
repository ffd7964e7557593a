#include "link.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/clean.h"
#include "base/fd.h"

#define UP_TO(member) (offsetof(struct link_packet, member) + sizeof(((struct link_packet *)0)->member))

/* How much of a packet its kind uses; 0 for what is no kind. */
static size_t length_of(const struct link_packet *p)
{
    switch (p->kind) {
    case LINK_READY:
    case LINK_UNLISTEN:
    case LINK_MINT:
    case LINK_TAP:
    case LINK_ASK:
    case LINK_STOP:
        return UP_TO(number);
    case LINK_FAILED:
    case LINK_DONE:
        return UP_TO(error);
    case LINK_WARN:
        return UP_TO(line);
    case LINK_COUNTERS:
        return UP_TO(flows); /* the last member */
    case LINK_COUNT:
        return UP_TO(count);
    case LINK_LISTEN:
        return UP_TO(listener);
    case LINK_RESOLVERS:
        return UP_TO(resolvers);
    }
    return 0;
}

int link_send(int sock, const struct link_packet *p, int fd, struct err *e)
{
    return fd_send(sock, p, length_of(p), fd, e);
}

/* The other side may be in an enemy's hands: texts end, numbers fit. */
static bool fits(struct link_packet *p, size_t n)
{
    if (n < UP_TO(number) || n != length_of(p))
        return false;
    if (p->kind == LINK_FAILED || p->kind == LINK_DONE) {
        p->error.text[sizeof p->error.text - 1] = '\0';
        p->error.hint[sizeof p->error.hint - 1] = '\0';
    }
    if (p->kind == LINK_WARN)
        p->line[sizeof p->line - 1] = '\0';
    return p->kind != LINK_RESOLVERS || p->resolvers.n <= RESOLV_SERVERS_MAX;
}

int link_receive(int sock, struct link_packet *p, int *fd, struct err *e)
{
    OWN_FD came = -1;
    ssize_t n;

    memset(p, 0, sizeof *p);
    n = fd_receive(sock, p, sizeof *p, &came, e);
    if (n <= 0)
        return (int)n;
    if (!fits(p, (size_t)n))
        return err_set(e, EPROTO, "packet of %zd bytes between the processes of rcrun-net", n);
    if (fd)
        *fd = give_fd(&came);
    return 1;
}
