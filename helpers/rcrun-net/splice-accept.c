/* A client comes: a socket of the container is bound to whom the server shall see, and connects. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clean.h"
#include "splice-parts.h"

#define ACCEPTS_A_TURN 32
#define IDLE_MAX 1000 /* turns in which nothing came, within IDLE_MS: it is broken */
#define IDLE_MS 100

#define FLOW_MASK (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET)

/* ::ffff:192.0.2.1 is 192.0.2.1. */
static void plain(struct ip *ip)
{
    if (ip->family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&ip->v6)) {
        struct ip v4 = { .family = AF_INET };

        for (int i = 0; i < 4; i++)
            v4.bytes[i] = ip->bytes[12 + i];
        *ip = v4;
    }
}

/* Has the address a meaning in the container?  A link-local one is of a link of ours. */
static bool can_be_kept(const struct ip *client, int family)
{
    return client->family == family && !ip_is_loopback(client) && !ip_is_any(client) &&
           !(family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&client->v6));
}

/* What to bind to, family 0 = nothing.  False: not as it was asked for. */
static bool source_for(struct splice *s, const struct listener *l, const struct ip *client,
                       struct ip *source)
{
    int family = l->to.family;
    const struct net_family *own = family == AF_INET6 ? &s->net->v6 : &s->net->v4;

    *source = (struct ip){ 0 };
    if (!mint_pool_of(s, family)->transparent)
        return l->source != SOURCE_KEEP;
    if (l->source != SOURCE_GATEWAY && can_be_kept(client, family)) {
        *source = *client;
        return true;
    }
    if (own->gateway.family == family)
        *source = own->gateway;
    return l->source != SOURCE_KEEP || ip_is_loopback(client);
}

/* 0 = it connects, else errno. */
static int try_connect(int fd, const struct listener *l, const struct ip *source, uint16_t port)
{
    struct sockaddr_storage address;
    socklen_t n;

    if (source->family) {
        n = ip_sockaddr(source, port, &address);
        if (bind(fd, (struct sockaddr *)&address, n) < 0)
            return errno;
    }
    n = ip_sockaddr(&l->to, l->port, &address);
    return connect(fd, (struct sockaddr *)&address, n) < 0 && errno != EINPROGRESS ? errno : 0;
}

/* Returns -1 when the server cannot be reached. */
static int connect_minted(struct splice *s, const struct listener *l, const struct ip *client,
                          uint16_t port)
{
    struct ip source;

    if (!source_for(s, l, client, &source))
        return -1;
    for (;;) {
        int fd = mint_take(s, l->to.family);
        int num = fd < 0 ? EMFILE : try_connect(fd, l, &source, port);

        if (num == 0)
            return fd;
        clean_fd(&fd);
        /* The client's port is in use in the container, or was a moment ago: any other, then. */
        if (port == 0 || (num != EADDRINUSE && num != EADDRNOTAVAIL))
            return -1;
        port = 0;
    }
}

static int connect_outside(struct splice *s, const struct listener *l, const struct ip *client,
                           uint16_t port)
{
    const struct ip none = { 0 };
    OWN_FD fd = -1;

    if (!s->admits || !s->admits(s->admits_of, client, port))
        return -1;
    fd = socket(l->to.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return fd >= 0 && try_connect(fd, l, &none, 0) == 0 ? give_fd(&fd) : -1;
}

static void refuse(int fd)
{
    const struct linger at_once = { .l_onoff = 1 };

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
}

static struct flow *flow_new(struct port *p, int client, int server)
{
    struct flow *f = calloc(1, sizeof *f);
    struct splice *s = p->s;

    if (!f)
        return NULL;
    f->port = p;
    f->connecting = true;
    f->since_ms = s->ev->now_ms;
    for (int i = 0; i < 2; i++) {
        f->side[i].watch = (struct watch){ .fd = i == CLIENT ? client : server,
                                           .ready = flow_ready,
                                           .of = f };
        f->way[i].pipe = (struct pipe){ .in = -1, .out = -1 };
    }
    ring_init(&f->ready);
    ring_add(&s->flows, &f->all);
    s->flows_n++;
    p->count.flows++;
    p->count.flows_ever++;
    if (!p->l.outside)
        COUNT(s->counters, flows_published);
    return f;
}

static void start(struct port *p, int own_client, const struct sockaddr_storage *from)
{
    struct splice *s = p->s;
    struct err ignored = { 0 };
    struct ip client = { 0 };
    uint16_t port = 0;
    struct flow *f;
    int server;

    if (ip_from_sockaddr(from, &client, &port))
        plain(&client);
    server = p->l.outside ? connect_outside(s, &p->l, &client, port)
                          : connect_minted(s, &p->l, &client, port);
    f = server < 0 ? NULL : flow_new(p, own_client, server);
    if (!f) {
        clean_fd(&server);
        refuse(own_client);
        return;
    }
    if (events_watch(s->ev, &f->side[SERVER].watch, FLOW_MASK, &ignored) < 0 ||
        events_watch(s->ev, &f->side[CLIENT].watch, FLOW_MASK, &ignored) < 0)
        flow_end(f, true);
}

/* A listener that is ready and has nobody would keep the processor busy for ever. */
static void nobody(struct port *p)
{
    struct splice *s = p->s;

    if (p->idle == 0 || s->ev->now_ms - p->idle_ms > IDLE_MS) {
        p->idle = 0;
        p->idle_ms = s->ev->now_ms;
    }
    if (++p->idle <= IDLE_MAX)
        return;
    p->idle = 0;
    COUNT(s->counters, spins);
    splice_warn(s, "published ports: a listener is ready for nothing");
    splice_pause(s);
}

/* In a round that follows one of the same the next client is likely there already.  Else to look for
 * it takes the kernel half as long as to have found one, and it tells again. */
void splice_accept(struct watch *w, uint32_t events)
{
    struct port *p = w->of;
    struct splice *s = p->s;
    bool burst = p->round + 1 == s->ev->rounds;

    (void)events;
    p->round = s->ev->rounds;
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        struct sockaddr_storage from = { 0 };
        socklen_t n = sizeof from;
        int fd;

        /* Two: the first may turn out to be of no use. */
        p->waits = mint_lacks(s, &p->l);
        if (p->waits)
            mint_ask(s, p->l.to.family);
        splice_watch_port(p);
        if (!p->watch.mask)
            return;
        fd = accept4(w->fd, (struct sockaddr *)&from, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            p->idle = 0;
            start(p, fd, &from);
            if (s->flows_n >= s->flows_max) {
                s->resume = s->flows_max * 9 / 10;
                s->full = true;
            }
            if (!burst)
                return;
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            splice_no_descriptors(s);
        else
            nobody(p);
        return;
    }
}
