#include "dns.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "base/clean.h"
#include "dns-packet.h"

enum {
    QUERIES_MAX = 256,
    /* How long a server has, and how long the last one has, counted from the query: a name that
     * must be looked for takes a while, and who asks waits for 5 s. */
    NEXT_MS = 2000,
    LAST_MS = 4000,
    /* Wrong answers that are read from a socket in a row, before others have their turn. */
    TRIES = 16,
};

/* One server asked.  A socket of its own has a random port, given by the kernel. */
struct ask {
    struct watch watch; /* of: the query; fd -1 = not asked */
    struct ip server;
    uint16_t port;
    uint16_t id;
    unsigned number; /* of the server in the list */
};

struct query {
    struct dns *dns;
    struct query *older, *newer; /* in flight; newer: of those that are free, too */
    struct timer timer;
    int64_t since_ms;
    struct ask asks[2]; /* in turn: who was given up may still answer, until one more is */
    unsigned asked;     /* servers so far */
    struct dns_asker asker;
    uint16_t id;          /* the container's */
    unsigned char *bytes; /* with the id of the last one asked */
    size_t n, question;
};

struct dns {
    struct events *ev;
    const struct net *net;
    struct counters *counters;
    void (*send)(void *of, const void *frame, size_t n);
    void *of;
    struct resolv resolvers;
    unsigned sockets;
    struct query queries[QUERIES_MAX];
    struct query *oldest, *newest, *free;
    unsigned char datagram[DNS_UDP_HEADER + DNS_ANSWER_MAX + 1]; /* one more: is it longer? */
    unsigned char room[FRAME_MAX];
};

/* ---- one server ---- */

static void forget_server(struct dns *d, struct ask *k)
{
    if (k->watch.fd < 0)
        return;
    events_forget(d->ev, &k->watch);
    clean_fd(&k->watch.fd);
    d->sockets--;
}

static bool is_from(const struct ask *k, const struct sockaddr_storage *from)
{
    struct ip ip;
    uint16_t port;

    return ip_from_sockaddr(from, &ip, &port) && ip_equal(&ip, &k->server) && port == k->port;
}

static void take_answers(struct watch *w, uint32_t events);

static int open_socket(struct dns *d, struct ask *k)
{
    struct sockaddr_storage to;
    socklen_t n = ip_sockaddr(&k->server, k->port, &to);
    struct err ignored;

    k->watch.fd = socket(k->server.family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (k->watch.fd < 0)
        return -1;
    d->sockets++;
    TRY(connect(k->watch.fd, (struct sockaddr *)&to, n));
    return events_watch(d->ev, &k->watch, EPOLLIN, &ignored);
}

/* The next server of the list; false when it cannot be asked. */
static bool ask_server(struct query *q)
{
    struct dns *d = q->dns;
    struct ask *k = &q->asks[q->asked % COUNT_OF(q->asks)];

    forget_server(d, k);
    *k = (struct ask){
        .watch = { .fd = -1, .ready = take_answers, .of = q },
        .server = d->resolvers.servers[q->asked],
        .port = d->resolvers.port ? d->resolvers.port : DNS_PORT,
        .number = q->asked++,
    };
    if (getrandom(&k->id, sizeof k->id, 0) == sizeof k->id && open_socket(d, k) == 0) {
        put16(q->bytes, k->id);
        if (send(k->watch.fd, q->bytes, q->n, MSG_NOSIGNAL) == (ssize_t)q->n)
            return true;
    }
    forget_server(d, k);
    return false;
}

/* ---- a query ---- */

static void end_query(struct query *q)
{
    struct dns *d = q->dns;

    for (size_t i = 0; i < COUNT_OF(q->asks); i++)
        forget_server(d, &q->asks[i]);
    events_untimer(d->ev, &q->timer);
    *(q->older ? &q->older->newer : &d->oldest) = q->newer;
    *(q->newer ? &q->newer->older : &d->newest) = q->older;
    free(q->bytes);
    q->bytes = NULL;
    q->newer = d->free;
    d->free = q;
}

/* Sends the message in d->datagram. */
static void send_message(struct dns *d, const struct dns_asker *asker, uint16_t id, size_t n)
{
    uint32_t fragments = 0;

    put16(d->datagram + DNS_UDP_HEADER, id);
    if (getrandom(&fragments, sizeof fragments, 0) == sizeof fragments)
        dns_write(d->net, asker, d->datagram, n, fragments, d->room, d->send, d->of);
}

static void send_failure(struct dns *d, const struct dns_asker *asker, uint16_t id,
                         const unsigned char *query, size_t question)
{
    COUNT(d->counters, dns_failed);
    dns_make_failure(query, question, d->datagram + DNS_UDP_HEADER);
    send_message(d, asker, id, question);
}

/* Servers that cannot be asked are passed over at once. */
static void ask_next(struct query *q)
{
    struct dns *d = q->dns;
    int64_t next_ms = d->ev->now_ms + NEXT_MS, last_ms = q->since_ms + LAST_MS;

    while (q->asked < d->resolvers.n)
        if (ask_server(q)) {
            bool last = q->asked == d->resolvers.n;

            events_timer(d->ev, &q->timer, last && next_ms < last_ms ? last_ms : next_ms);
            return;
        }
    if (d->ev->now_ms < last_ms && (q->asks[0].watch.fd >= 0 || q->asks[1].watch.fd >= 0)) {
        events_timer(d->ev, &q->timer, last_ms);
        return;
    }
    send_failure(d, &q->asker, q->id, q->bytes, q->question);
    end_query(q);
}

static void give_up_server(struct timer *t)
{
    ask_next(t->of);
}

/* Of those that were asked. */
static bool is_last(const struct query *q, const struct ask *k)
{
    return k->number + 1 == q->asked;
}

/* One that does not know, or is not there. */
static void lose_server(struct query *q, struct ask *k)
{
    forget_server(q->dns, k);
    if (is_last(q, k))
        ask_next(q);
}

/* d->datagram has the answer.  Returns whether the query goes on with this socket. */
static bool take_answer(struct query *q, struct ask *k, size_t n)
{
    struct dns *d = q->dns;
    unsigned char *message = d->datagram + DNS_UDP_HEADER;

    if (!dns_is_answer(q->bytes, q->question, k->id, message, n)) {
        COUNT(d->counters, dns_refused);
        return true;
    }
    if (dns_is_failure(message) && (!is_last(q, k) || q->asked < d->resolvers.n)) {
        lose_server(q, k);
        return false;
    }
    COUNT(d->counters, dns_answered);
    send_message(d, &q->asker, q->id, n);
    end_query(q);
    return false;
}

static void take_answers(struct watch *w, uint32_t events)
{
    struct query *q = w->of;
    struct dns *d = q->dns;
    struct ask *k = &q->asks[w == &q->asks[1].watch];

    (void)events;
    for (int i = 0; i < TRIES; i++) {
        struct sockaddr_storage from = { 0 };
        socklen_t from_n = sizeof from;
        ssize_t n = recvfrom(k->watch.fd, d->datagram + DNS_UDP_HEADER, DNS_ANSWER_MAX + 1, 0,
                             (struct sockaddr *)&from, &from_n);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n < 0) {
            lose_server(q, k);
            return;
        }
        if (!is_from(k, &from))
            COUNT(d->counters, dns_refused);
        else if (!take_answer(q, k, (size_t)n))
            return;
    }
}

/* ---- the relay ---- */

static struct query *new_query(struct dns *d)
{
    struct query *q;

    if (!d->free) {
        COUNT(d->counters, dns_failed);
        end_query(d->oldest);
    }
    q = d->free;
    d->free = q->newer;
    *q = (struct query){
        .dns = d,
        .older = d->newest,
        .timer = { .fire = give_up_server, .of = q },
        .since_ms = d->ev->now_ms,
        .asks = { { .watch.fd = -1 }, { .watch.fd = -1 } },
    };
    *(q->older ? &q->older->newer : &d->oldest) = q;
    d->newest = q;
    return q;
}

void dns_query(struct dns *d, const struct frame *f)
{
    struct dns_asker asker;
    const unsigned char *message;
    unsigned char *copy;
    struct query *q;
    size_t n = 0, question;

    message = dns_read(f, d->net, &asker, &n);
    question = message ? dns_question(message, n) : 0;
    if (question == 0) {
        COUNT(d->counters, dns_refused);
        return;
    }
    COUNT(d->counters, dns_asked);
    copy = d->resolvers.n ? malloc(n) : NULL;
    if (!copy) {
        send_failure(d, &asker, get16(message), message, question);
        return;
    }
    memcpy(copy, message, n);
    q = new_query(d);
    q->asker = asker;
    q->id = get16(message);
    q->bytes = copy;
    q->n = n;
    q->question = question;
    ask_next(q);
}

void dns_set_resolvers(struct dns *d, const struct resolv *r)
{
    d->resolvers = (struct resolv){ .port = r->port };
    /* Names are a way out, too. */
    for (size_t i = 0; i < r->n && i < RESOLV_SERVERS_MAX && !d->net->internal; i++) {
        struct ip server = r->servers[i];

        /* Whoever is asked there answers from the loopback. */
        if (ip_is_any(&server))
            ip_parse(server.family == AF_INET ? "127.0.0.1" : "::1", &server);
        if (server.family == AF_INET || server.family == AF_INET6)
            d->resolvers.servers[d->resolvers.n++] = server;
    }
}

unsigned dns_flows(const struct dns *d)
{
    return d->sockets;
}

int dns_open(struct dns **out, struct events *ev, const struct net *net, struct counters *counters,
             void (*send)(void *of, const void *frame, size_t n), void *of, struct err *e)
{
    struct dns *d = calloc(1, sizeof *d);

    if (!d)
        return err_set(e, ENOMEM, "the resolver");
    d->ev = ev;
    d->net = net;
    d->counters = counters;
    d->send = send;
    d->of = of;
    for (size_t i = 0; i < QUERIES_MAX; i++) {
        d->queries[i].newer = d->free;
        d->free = &d->queries[i];
    }
    *out = d;
    return 0;
}

void dns_close(struct dns *d)
{
    while (d->oldest)
        end_query(d->oldest);
    free(d);
}
