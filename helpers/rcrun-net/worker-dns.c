/* Resolvers of the host.  Datagrams are ours (dns.h); TCP is led to the first that has the family of the
 * connection.  Where none has, it is led to a listener of the worker, and from there by a socket of the
 * other family. */
#include <errno.h>
#include <sys/socket.h>

#include "base/clean.h"
#include "dns.h"
#include "engine.h"
#include "scrub.h"
#include "splice.h"
#include "worker-parts.h"

/* No numbers that the keeper comes to. */
static uint32_t number_of(bool v6)
{
    return UINT32_MAX - v6;
}

static const struct ip *first_of(const struct link_resolvers *given, int family)
{
    for (unsigned i = 0; i < given->n; i++)
        if (given->servers[i].family == family)
            return &given->servers[i];
    return NULL;
}

/* Others of this host can see the listener; they are sent away. */
static bool is_of_engine(void *of, const struct ip *ip, uint16_t port)
{
    const struct worker *w = of;

    return engine_has(w->engine, ip, port);
}

/* A listener on the loopback, with a port of the kernel's choice. */
static int listen_for(struct worker *w, struct listener *l, struct err *e)
{
    struct sockaddr_storage address;
    socklen_t n = ip_sockaddr(&l->host, 0, &address);
    OWN_FD fd = socket(l->host.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct ip unused;

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, n) < 0 || listen(fd, SOMAXCONN) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &n) < 0 ||
        !ip_from_sockaddr(&address, &unused, &l->host_port))
        return err_set(e, errno, "TCP to the resolver");
    splice_admit(w->splice, is_of_engine, w);
    return splice_listen(w->splice, l, give_fd(&fd), e);
}

static void lead(struct worker *w, bool v6, const struct link_resolvers *given)
{
    const struct net_family *own = v6 ? &w->o->net->v6 : &w->o->net->v4;
    const struct ip *same = first_of(given, v6 ? AF_INET6 : AF_INET), none = { 0 };
    struct listener l = { .number = number_of(v6), .outside = true, .port = given->port };
    struct err ignored;

    splice_unlisten(w->splice, l.number);
    scrub_set_resolver(w->scrub, v6, same ? same : &none, given->port);
    if (same || !own->on || !w->engine || given->n == 0)
        return;
    l.to = given->servers[0];
    ip_parse(v6 ? "::1" : "127.0.0.1", &l.host);
    if (listen_for(w, &l, &ignored) == 0)
        scrub_set_resolver(w->scrub, v6, &l.host, l.host_port);
}

void worker_take_resolvers(struct worker *w, const struct link_resolvers *given)
{
    struct resolv r = { .port = given->port, .n = given->n };

    for (unsigned i = 0; i < given->n; i++)
        r.servers[i] = given->servers[i];
    if (w->dns)
        dns_set_resolvers(w->dns, &r);
    lead(w, false, given);
    lead(w, true, given);
}
