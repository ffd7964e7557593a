/* host/probe-net.c - what the network of a container depends on. */
#include "host/probe-net.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/path.h"
#include "host/read.h"
#include "host/tool.h"
#include "net/ip.h"
#include "net/resolv.h"

#define ROUTES_MAX (1u << 20) /* bytes */
#define REJECT 0x0200u        /* linux/route.h: RTF_REJECT */

static void add_route(struct arena *a, struct texts *routes, const struct ip_prefix *p)
{
    char address[IP_TEXT_MAX];
    const char *text = arena_printf(a, "%s/%u", ip_text(&p->ip, address), p->bits);

    for (size_t i = 0; i < routes->n; i++)
        if (text_is(routes->v[i], text))
            return;
    *LIST_ADD(a, routes) = text;
}

struct field { const char *s; size_t n; };

/* The first fields of a line, all of them there or false; *at goes on to the next line. */
static bool split(const char **at, struct field f[], size_t n)
{
    const char *end = strchrnul(*at, '\n');
    const char *s = *at;
    size_t got = 0;

    *at = *end ? end + 1 : end;
    while (got < n) {
        s += strspn(s, " \t");
        if (s >= end)
            return false;
        f[got].s = s;
        f[got].n = strcspn(s, " \t\n");
        s += f[got++].n;
    }
    return true;
}

static bool hex(const struct field *f, uint32_t *out)
{
    return text_hex(f->s, f->n, out);
}

/* /proc/net/route: name, destination, gateway, flags, three numbers, mask; addresses as they lie in
 * memory.  A default route says nothing of who is where. */
void net_parse_routes(struct arena *a, const char *text, struct texts *routes)
{
    while (*text) {
        struct ip_prefix p = { .ip = { .family = AF_INET } };
        struct field f[8];
        uint32_t to, flags, mask;

        if (!split(&text, f, COUNT_OF(f)) || !hex(&f[1], &to) || !hex(&f[3], &flags) ||
            !hex(&f[7], &mask) || !mask)
            continue;
        p.ip.v4.s_addr = to;
        p.bits = (unsigned)__builtin_popcount(mask);
        add_route(a, routes, &p);
    }
}

static bool parse_six(const struct field *f, struct in6_addr *out)
{
    if (f->n != 32)
        return false;
    for (size_t i = 0; i < 16; i++) {
        uint32_t byte;

        if (!text_hex(f->s + 2 * i, 2, &byte))
            return false;
        out->s6_addr[i] = (unsigned char)byte;
    }
    return true;
}

/* /proc/net/ipv6_route: destination, its bits, source, its bits, next, metric, two counters, flags,
 * name. */
bool net_parse_routes6(struct arena *a, const char *text, struct texts *routes)
{
    bool found = false;

    while (*text) {
        struct ip_prefix p = { .ip = { .family = AF_INET6 } };
        struct field f[10];
        uint32_t bits, flags;

        if (!split(&text, f, COUNT_OF(f)) || !parse_six(&f[0], &p.ip.v6) || !hex(&f[1], &bits) ||
            !hex(&f[8], &flags) || flags & REJECT || (f[9].n == 2 && strncmp(f[9].s, "lo", 2) == 0))
            continue;
        p.bits = bits;
        if (bits == 0)
            found = true;
        else if (!IN6_IS_ADDR_LINKLOCAL(&p.ip.v6) && !IN6_IS_ADDR_MULTICAST(&p.ip.v6))
            add_route(a, routes, &p);
    }
    return found;
}

/* ---- resolvers ---- */

#define RESOLV "/etc/resolv.conf"

static const char *shown(struct arena *a)
{
    char to[PATH_MAX];
    ssize_t n = readlink(RESOLV, to, sizeof to - 1);

    if (n <= 0)
        return RESOLV;
    to[n] = '\0';
    return arena_printf(a, RESOLV " (a link to %s)", to);
}

/* Whatever is odd about it, a container starts. */
static void probe_resolvers(struct arena *a, struct facts *f)
{
    struct resolv r = { 0 };
    const char *text;
    size_t n;
    int num = read_text(a, RESOLV, 0, NULL, RESOLV_TEXT_MAX, &text, &n);
    char address[IP_TEXT_MAX];

    if (num) {
        f->net.resolv_why = arena_printf(a, "%s: %s", shown(a), err_text(num));
        return;
    }
    resolv_parse(a, text, n, &r);
    for (size_t i = 0; i < r.n; i++)
        *LIST_ADD(a, &f->net.servers) = arena_text(a, ip_text(&r.servers[i], address));
    f->net.search = r.search;
    f->net.options = r.options;
    if (!r.n)
        f->net.resolv_why = arena_printf(a, "%s: names no server", shown(a));
}

/* ---- the helper ---- */

int net_probe_tun(void)
{
    OWN_FD fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

    return fd < 0 ? errno : 0;
}

void net_probe(struct arena *a, struct facts *f)
{
    const char *text;
    size_t n;

    if (read_text(a, "/proc/net/route", 0, "\n\n", ROUTES_MAX, &text, &n) == 0)
        net_parse_routes(a, text, &f->net.routes);
    if (read_text(a, "/proc/net/ipv6_route", 0, "\n\n", ROUTES_MAX, &text, &n) == 0)
        f->net.default6 = net_parse_routes6(a, text, &f->net.routes);
    probe_resolvers(a, f);
    f->net.tun = net_probe_tun();
    f->net.helper = tool_find_helper(a, f->exe.path, "rcrun-net");
}
