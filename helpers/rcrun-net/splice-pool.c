/* What a flow needs, ready before it comes: sockets of the container and pipes. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clean.h"
#include "splice-parts.h"

/* ---- pipes --------------------------------------------------------------------------------- */

static void pipe_close(struct splice *s, struct pipe *p)
{
    clean_fd(&p->in);
    clean_fd(&p->out);
    s->pipes.large -= p->large;
    p->large = false;
}

/* The kernel counts the pages of all pipes of a user: we leave most of them to others.  Above its
 * limit a new pipe has two pages, with which copying is faster. */
static bool pipe_size(struct splice *s, struct pipe *p)
{
    struct pipe_pool *pool = &s->pipes;

    if (!pool->no_large && pool->large < PIPES_LARGE) {
        if (fcntl(p->in, F_SETPIPE_SZ, PIPE_LARGE) >= 0) {
            p->large = true;
            pool->large++;
            return true;
        }
        pool->no_large = true;
    }
    return fcntl(p->in, F_GETPIPE_SZ) >= (int)COPY_BYTES;
}

bool pipe_take(struct splice *s, struct pipe *p)
{
    struct pipe_pool *pool = &s->pipes;
    int fd[2];

    if (pool->n) {
        *p = pool->kept[--pool->n];
        return true;
    }
    if (s->ev->now_ms < pool->not_until)
        return false;
    pool->not_until = 0;
    if (pipe2(fd, O_NONBLOCK | O_CLOEXEC) == 0) {
        *p = (struct pipe){ .in = fd[1], .out = fd[0] };
        if (pipe_size(s, p))
            return true;
        pipe_close(s, p);
    }
    /* Copying goes on meanwhile. */
    pool->not_until = s->ev->now_ms + 1000;
    pool->no_large = false;
    return false;
}

void pipe_give(struct splice *s, struct pipe *p, bool clean)
{
    if (p->in < 0)
        return;
    if (clean && s->pipes.n < PIPES_KEPT)
        s->pipes.kept[s->pipes.n++] = *p;
    else
        pipe_close(s, p);
    *p = (struct pipe){ .in = -1, .out = -1 };
}

void pipe_pool_close(struct splice *s)
{
    while (s->pipes.n)
        pipe_close(s, &s->pipes.kept[--s->pipes.n]);
}

/* ---- sockets of the container ------------------------------------------------------------ */

union control {
    char bytes[CMSG_SPACE(MINT_BATCH * sizeof(int))];
    struct cmsghdr align;
};

struct mint_pool *mint_pool_of(struct splice *s, int family)
{
    return family == AF_INET6 ? &s->minted6 : &s->minted4;
}

void mint_ask(struct splice *s, int family)
{
    struct mint_pool *pool = mint_pool_of(s, family);
    struct mint_ask ask = { .family = family, .n = MINT_BATCH };

    if (pool->asked || s->mint.fd < 0 || pool->n >= MINTED_LOW)
        return;
    pool->asked = send(s->mint.fd, &ask, sizeof ask, MSG_DONTWAIT | MSG_NOSIGNAL) > 0;
}

int mint_take(struct splice *s, int family)
{
    struct mint_pool *pool = mint_pool_of(s, family);
    int fd = pool->n ? pool->fd[--pool->n] : -1;

    mint_ask(s, family);
    return fd;
}

bool mint_lacks(struct splice *s, const struct listener *l)
{
    return !l->outside && mint_pool_of(s, l->to.family)->n < 2;
}

static unsigned put(struct mint_pool *pool, struct msghdr *msg)
{
    unsigned came = 0;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < n; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            came++;
            if (pool && pool->n < COUNT_OF(pool->fd))
                pool->fd[pool->n++] = fd;
            else
                close(fd);
        }
    }
    return came;
}

void mint_answer(struct watch *w, uint32_t events)
{
    struct splice *s = w->of;
    union control control;
    struct mint_ask head = { 0 };
    struct iovec part = { &head, sizeof head };
    struct msghdr msg = { .msg_iov = &part,
                          .msg_iovlen = 1,
                          .msg_control = control.bytes,
                          .msg_controllen = sizeof control.bytes };
    ssize_t n = recvmsg(w->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    struct mint_pool *pool;

    (void)events;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    /* ECONNRESET, of one that died with a question unread: nothing was written there. */
    if (n < 0)
        msg.msg_controllen = 0;
    if (n != (ssize_t)sizeof head || (head.family != AF_INET && head.family != AF_INET6)) {
        put(NULL, &msg);
        splice_set_mint(s, -1);
        splice_warn(s, "published ports: no more sockets of the container");
        return;
    }
    pool = mint_pool_of(s, head.family);
    pool->asked = false;
    pool->transparent = head.transparent;
    if (put(pool, &msg) == 0)
        splice_later(s);
    /* Fewer than were sent. */
    if (msg.msg_flags & MSG_CTRUNC)
        splice_no_descriptors(s);
    splice_ports_go(s);
}

void mint_pool_close(struct splice *s)
{
    struct mint_pool *pools[] = { &s->minted4, &s->minted6 };

    for (size_t i = 0; i < COUNT_OF(pools); i++)
        while (pools[i]->n)
            close(pools[i]->fd[--pools[i]->n]);
}
