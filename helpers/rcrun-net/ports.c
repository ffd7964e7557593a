#include "ports.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/clean.h"
#include "base/path.h"
#include "base/socket.h"

/* Two addresses need the same port of the kernel's choice: so often it may choose anew. */
#define CHOICES 32

/* ---- one socket ---------------------------------------------------------------------------- */

/* Returns an errno, or 0 and the port that it got. */
static int bind_socket(const struct publish *p, const struct ip *host, uint16_t port, int *fd,
                       uint16_t *got)
{
    const int on = 1;
    struct sockaddr_storage address;
    socklen_t size = ip_sockaddr(host, port, &address);
    OWN_FD sock = socket(host->family,
                         (p->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct ip unused;

    if (sock < 0)
        return errno;
    /* TCP: connections that ended lately are no hindrance.  UDP would share the port. */
    if (!p->udp && setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
        return errno;
    if (host->family == AF_INET6 &&
        setsockopt(sock, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) < 0)
        return errno;
    if (p->interface && setsockopt(sock, SOL_SOCKET, SO_BINDTODEVICE, p->interface,
                                   (socklen_t)strlen(p->interface)) < 0)
        return errno;
    if (bind(sock, (const void *)&address, size) < 0 ||
        (!p->udp && listen(sock, INT_MAX) < 0) ||
        getsockname(sock, (void *)&address, &(socklen_t){ sizeof address }) < 0)
        return errno;
    ip_from_sockaddr(&address, &unused, got);
    *fd = give_fd(&sock);
    return 0;
}

/* A socket that nobody listens at any more is one of a helper that was killed. */
static bool is_left_over(int directory, const char *name)
{
    struct sockaddr_un address;
    struct err ignored;
    OWN_FD sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    return sock >= 0 && socket_address_at(directory, name, &address, &ignored) == 0 &&
           connect(sock, (const void *)&address, sizeof address) < 0 && errno == ECONNREFUSED;
}

int ports_bind_path(const char *path, int *fd, struct err *e)
{
    const char *name = path_last(path);
    char directory[PATH_MAX];
    size_t n = (size_t)(name - path);
    OWN_FD dir = -1, sock = -1;
    mode_t mask;
    int status;

    if (n >= sizeof directory)
        return err_set(e, ENAMETOOLONG, "%s", path);
    memcpy(directory, path, n);
    directory[n] = '\0';
    dir = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return err_set(e, errno, "%s", path);
    mask = umask(0177);
    status = socket_bind_at(dir, name, SOCK_STREAM | SOCK_NONBLOCK, &sock, e);
    if (status < 0 && e->num == EADDRINUSE && is_left_over(dir, name)) {
        err_clear(e);
        unlinkat(dir, name, 0);
        status = socket_bind_at(dir, name, SOCK_STREAM | SOCK_NONBLOCK, &sock, e);
    }
    umask(mask);
    if (status < 0)
        return err_set(e, e->num, "%s", path);
    if (listen(sock, INT_MAX) < 0)
        return err_set(e, errno, "%s", path);
    *fd = give_fd(&sock);
    return 0;
}

/* ---- the list ------------------------------------------------------------------------------ */

static char *copy(const char *s)
{
    char *new = s ? strdup(s) : NULL;

    if (s && !new)
        BUG("out of memory");
    return new;
}

static struct port *append(struct keeper *k, const struct publish *p, const char *words, int own_fd,
                           struct err *e)
{
    struct port *port = &k->ports[k->ports_n];
    OWN_FD fd = own_fd;

    if (k->ports_n == PUBLISH_PORTS_MAX) {
        err_set(e, 0, "more than %d published ports", PUBLISH_PORTS_MAX);
        return NULL;
    }
    *port = (struct port){ .fd = give_fd(&fd), .path = copy(p->path), .spec = copy(words) };
    port->l = (struct listener){ .number = ++k->numbers, .udp = p->udp, .source = p->source };
    k->ports_n++;
    return port;
}

static void forget(struct port *p)
{
    clean_fd(&p->fd);
    if (p->path)
        unlink(p->path);
    free(p->path);
    free(p->spec);
}

void ports_remove(struct keeper *k, size_t i)
{
    struct err ignored;

    worker_unlisten(k, k->ports[i].l.number, &ignored);
    forget(&k->ports[i]);
    k->ports_n--;
    memmove(&k->ports[i], &k->ports[i + 1], (k->ports_n - i) * sizeof *k->ports);
}

static void cut(struct keeper *k, size_t n)
{
    while (k->ports_n > n)
        forget(&k->ports[--k->ports_n]);
}

void ports_close(struct keeper *k)
{
    cut(k, 0);
    free(k->ports);
    k->ports = NULL;
}

/* ---- what a specification stands for ------------------------------------------------------- */

struct targets {
    struct ip v[2];
    bool optional[2]; /* not named: left out where this host has no IPv6 */
    size_t n;
};

static void targets_of(const struct publish *p, struct targets *t)
{
    *t = (struct targets){ 0 };
    if (p->host.family) {
        t->v[t->n++] = p->host;
        return;
    }
    ip_parse(p->everywhere ? "0.0.0.0" : "127.0.0.1", &t->v[0]);
    ip_parse(p->everywhere ? "::" : "::1", &t->v[1]);
    t->optional[1] = true;
    t->n = 2;
}

/* Where in the container: of the same family when there is one, so that the server sees who it is.  But
 * who says "localhost" does not think of families, and servers without IPv6 are many. */
static struct ip inside(const struct keeper *k, const struct publish *p, const struct ip *host)
{
    bool loopback = !p->host.family && !p->everywhere;

    if (p->to.family)
        return p->to;
    if (host->family == AF_INET6 && k->net.v6.on && (!loopback || !k->net.v4.on || p->udp))
        return k->net.v6.guest;
    return k->net.v4.on ? k->net.v4.guest : k->net.v6.guest;
}

/* libslirp leads UDP within one family. */
static bool crosses(const struct publish *p, const struct ip *host, const struct ip *to)
{
    return p->udp && host->family != to->family;
}

/* libslirp knows who is answered by the container's port alone: of two sockets it takes any. */
static int refuse_second(const struct keeper *k, const struct publish *p, const struct ip *to,
                         uint16_t port, struct err *e)
{
    char text[IP_TEXT_MAX];

    for (size_t i = 0; i < k->ports_n; i++) {
        const struct listener *l = &k->ports[i].l;

        if (!l->udp || !p->udp || l->port != port || !ip_equal(&l->to, to))
            continue;
        err_set(e, 0, "UDP port %u of the container is published already, at %s:%u", port,
                ip_text(&l->host, text), l->host_port);
        return err_hint(e, "publish it once, for all addresses: *:%u:%u/udp", l->host_port, port);
    }
    return 0;
}

struct binding {
    struct keeper *k;
    const struct publish *p;
    const char *words;
    struct targets targets;
    struct err *e;
};

/* One port at all its addresses.  1 = another choice may do (told in *e). */
static int bind_at(struct binding *b, uint16_t host_port, uint16_t port)
{
    size_t before = b->k->ports_n;

    for (size_t i = 0; i < b->targets.n; i++) {
        const struct ip *host = &b->targets.v[i];
        struct ip to = inside(b->k, b->p, host);
        OWN_FD fd = -1;
        uint16_t got;
        struct port *new;
        int num;

        if (crosses(b->p, host, &to)) {
            if (b->targets.optional[i])
                continue;
            return err_set(b->e, 0, "%s: UDP of one family cannot be led to the other", b->words);
        }
        if (refuse_second(b->k, b->p, &to, port, b->e) < 0) {
            cut(b->k, before);
            return -1;
        }
        num = bind_socket(b->p, host, host_port, &fd, &got);
        if (num && b->targets.optional[i] && (num == EAFNOSUPPORT || num == EADDRNOTAVAIL))
            continue;
        if (num) {
            cut(b->k, before);
            port_refused(b->k, num, b->p->udp, host, host_port, b->p->interface, b->e);
            return num == EADDRINUSE ? 1 : -1;
        }
        /* A socket of UDP only showed that the port is free. */
        if (b->p->udp)
            clean_fd(&fd);
        host_port = got;
        new = append(b->k, b->p, b->words, give_fd(&fd), b->e);
        if (!new)
            return -1;
        new->l.way = b->p->udp || b->k->mint_failed ? WAY_ENGINE : WAY_SPLICE;
        new->l.host = *host;
        new->l.host_port = got;
        new->l.to = to;
        new->l.port = port;
    }
    return b->k->ports_n > before ? 0 : err_set(b->e, 0, "%s: no address of this host", b->words);
}

/* The n-th port of the container. */
static int bind_one(struct binding *b, unsigned n)
{
    const struct publish *p = b->p;
    unsigned hosts = p->host_last - p->host_first + 1u, ports = p->last - p->first + 1u;
    uint16_t port = (uint16_t)(p->first + n);
    int status = 1;

    if (!p->host_first) {
        for (int i = 0; status == 1 && i < CHOICES; i++)
            status = bind_at(b, 0, port);
    } else if (hosts == ports) {
        status = bind_at(b, (uint16_t)(p->host_first + n), port);
    } else {
        for (unsigned i = 0; status == 1 && i < hosts; i++)
            status = bind_at(b, (uint16_t)(p->host_first + i), port);
    }
    return status ? -1 : 0;
}

static int bind_unix(struct binding *b)
{
    OWN_FD fd = -1;
    struct ip none = { 0 };
    struct port *new;

    TRY(ports_bind_path(b->p->path, &fd, b->e));
    new = append(b->k, b->p, b->words, give_fd(&fd), b->e);
    if (!new)
        return -1;
    new->l.to = inside(b->k, b->p, &none);
    new->l.port = b->p->first;
    return 0;
}

/* ---- all of one specification -------------------------------------------------------------- */

/* What was asked for stays, whatever it came from before. */
static bool is_there(struct keeper *k, const char *words)
{
    bool there = false;

    for (size_t i = 0; i < k->ports_n; i++)
        if (strcmp(k->ports[i].spec, words) == 0) {
            k->ports[i].automatic = false;
            there = true;
        }
    return there;
}

int ports_bind(struct keeper *k, const struct publish *p, struct err *e)
{
    size_t before = k->ports_n;
    OWN_TEXT words = { 0 };
    struct binding b = { .k = k, .p = p, .e = e };
    int status = 0;

    publish_write(&words, p);
    b.words = words.s;
    if (is_there(k, words.s))
        return 0;
    targets_of(p, &b.targets);
    if (p->path)
        status = bind_unix(&b);
    else if (p->udp && p->interface)
        status = err_set(e, 0, "%s: %%%s is for TCP", words.s, p->interface);
    else
        for (unsigned i = 0; status == 0 && i <= (unsigned)(p->last - p->first); i++)
            status = bind_one(&b, i);
    if (status < 0)
        cut(k, before);
    else
        err_clear(e); /* of choices that were not the last */
    return status;
}

/* We could have this port, as root, but libslirp opens it, in the jail by now. */
static int refuse_late(const struct listener *l, const char *words, struct err *e)
{
    if (l->way != WAY_ENGINE || e->num != EACCES)
        return -1;
    err_set(e, EACCES, "%s: a %s port of root's can be had when the network starts only", words,
            l->udp ? "UDP" : "TCP");
    return err_hint(e, "give it to rcrun run, or publish one that all may have");
}

int ports_publish(struct keeper *k, const struct publish *p, struct err *e)
{
    size_t before = k->ports_n;
    int status = ports_bind(k, p, e);

    if (status == 0)
        status = worker_need_mint(k, e);
    for (size_t i = before; status == 0 && i < k->ports_n; i++) {
        const struct port *port = &k->ports[i];

        status = worker_listen(k, port, e);
        if (status < 0)
            refuse_late(&port->l, port->spec, e);
    }
    if (status < 0) {
        struct err unused;

        for (size_t i = before; i < k->ports_n; i++)
            worker_unlisten(k, k->ports[i].l.number, &unused);
        cut(k, before);
    }
    return status;
}

void ports_without_mint(struct keeper *k)
{
    for (size_t i = 0; i < k->ports_n; i++) {
        struct port *p = &k->ports[i];

        if (p->l.way != WAY_SPLICE || p->path)
            continue;
        p->l.way = WAY_ENGINE;
        clean_fd(&p->fd);
    }
}

bool port_is_of(const struct port *port, const struct publish *p, const char *words)
{
    const struct listener *l = &port->l;
    struct targets t;
    unsigned n;
    bool here = false;

    if (strcmp(port->spec, words) == 0)
        return true;
    if (p->path || port->path)
        return p->path && port->path && strcmp(p->path, port->path) == 0 && l->port == p->first;
    if (!p->host_first || l->udp != p->udp || l->port < p->first || l->port > p->last ||
        l->host_port < p->host_first || l->host_port > p->host_last)
        return false;
    n = l->port - p->first;
    if (p->host_last - p->host_first == p->last - p->first && l->host_port != p->host_first + n)
        return false;
    targets_of(p, &t);
    for (size_t i = 0; i < t.n; i++)
        here |= ip_equal(&t.v[i], &l->host);
    return here;
}
