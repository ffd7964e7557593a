#include "automatic.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/clean.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "ports.h"
#include "sockets.h"

#define LOOK_MS 1000
#define PORT_LEAST 1024

/* ---- what the container listens at --------------------------------------------------------- */

struct seen {
    uint16_t v[AUTOMATIC_MAX];
    size_t n;
};

static bool has(const uint16_t *v, size_t n, uint16_t port)
{
    for (size_t i = 0; i < n; i++)
        if (v[i] == port)
            return true;
    return false;
}

/* Its loopback is its own (PF-08). */
static bool is_reachable(const struct keeper *k, const struct ip *at)
{
    return ip_is_any(at) || ip_equal(at, &k->net.v4.guest) || ip_equal(at, &k->net.v6.guest);
}

/* The mint is in that namespace, and who listens comes first in the list: connections may be many. */
static bool look_at(const struct keeper *k, const char *file, sa_family_t family, struct seen *s)
{
    static char text[1 << 16];
    char path[40];

    snprintf(path, sizeof path, "/proc/%d/net/%s", (int)k->mint, file);
    if (file_read_small(AT_FDCWD, path, text, sizeof text) < 0)
        return false;
    for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        struct socket_row row;

        *end = '\0';
        if (socket_row(line, family, &row) && row.state == SOCKET_LISTENS && row.port >= PORT_LEAST &&
            is_reachable(k, &row.at) && s->n < COUNT_OF(s->v) && !has(s->v, s->n, row.port))
            s->v[s->n++] = row.port;
    }
    return true;
}

/* ---- what follows from it ------------------------------------------------------------------ */

static bool is_published(const struct keeper *k, uint16_t port)
{
    for (size_t i = 0; i < k->ports_n; i++)
        if (!k->ports[i].l.udp && k->ports[i].l.port == port)
            return true;
    return false;
}

static void open_port(struct keeper *k, uint16_t port, struct seen *refused)
{
    const struct publish p = {
        .host_first = port, .host_last = port, .first = port, .last = port,
    };
    struct err e = { 0 };

    if (ports_publish(k, &p, &e) == 0) {
        for (size_t i = 0; i < k->ports_n; i++)
            k->ports[i].automatic |= !k->ports[i].l.udp && k->ports[i].l.port == port;
        return;
    }
    if (!has(k->automatic_refused, k->automatic_refused_n, port))
        log_warn("publish=auto: %s", e.text);
    refused->v[refused->n++] = port;
}

static void look(struct timer *t)
{
    struct keeper *k = t->of;
    struct seen seen = { .n = 0 }, refused = { .n = 0 };

    events_timer(&k->ev, t, k->ev.now_ms + LOOK_MS);
    /* Without a mint nobody knows, and what there is waits for the next one. */
    if (k->stopping || !k->mint)
        return;
    if (!look_at(k, "tcp", AF_INET, &seen)) {
        events_untimer(&k->ev, t);
        log_warn("publish=auto: no ports are published: /proc/%d/net/tcp cannot be read", (int)k->mint);
        return;
    }
    look_at(k, "tcp6", AF_INET6, &seen);
    for (size_t i = k->ports_n; i-- > 0;)
        if (k->ports[i].automatic && !has(seen.v, seen.n, k->ports[i].l.port))
            ports_remove(k, i);
    for (size_t i = 0; i < seen.n; i++)
        if (!is_published(k, seen.v[i]))
            open_port(k, seen.v[i], &refused);
    memcpy(k->automatic_refused, refused.v, sizeof refused.v);
    k->automatic_refused_n = refused.n;
}

void automatic_start(struct keeper *k)
{
    if (k->mint_failed) {
        log_warn("publish=auto: no ports are published: nobody sees what the container listens at");
        return;
    }
    k->automatic = (struct timer){ .fire = look, .of = k };
    events_timer(&k->ev, &k->automatic, k->ev.now_ms + LOOK_MS);
}
