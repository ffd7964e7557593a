/* host/probe-net.c - what the network of a container depends on. */
#include "host/probe-net.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
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

/* /proc/net/route: name, destination, gateway, flags, three numbers, mask; addresses as they lie in
 * memory.  A default route says nothing of who is where. */
void net_parse_routes(struct arena *a, const char *text, struct texts *routes)
{
    for (const char *line = strchr(text, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
        unsigned to, flags, mask;
        struct ip_prefix p = { .ip = { .family = AF_INET } };

        if (sscanf(line + 1, "%*s %8x %*x %8x %*d %*d %*d %8x", &to, &flags, &mask) != 3 || !mask)
            continue;
        p.ip.v4.s_addr = to;
        p.bits = (unsigned)__builtin_popcount(mask);
        add_route(a, routes, &p);
    }
}

static bool parse_six(const char *hex, struct in6_addr *out)
{
    for (int i = 0; i < 16; i++) {
        unsigned byte;

        if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
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

    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        struct ip_prefix p = { .ip = { .family = AF_INET6 } };
        char hex[33], name[32];
        unsigned flags;

        if (sscanf(line, "%32s %2x %*s %*x %*s %*x %*x %*x %8x %31s", hex, &p.bits, &flags, name) !=
                4 ||
            flags & REJECT || text_is(name, "lo") || !parse_six(hex, &p.ip.v6))
            continue;
        if (p.bits == 0)
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

#define HELPER "rcrun-net"

/* Never by $PATH or the current directory: who calls us need not be who may choose. */
const char *net_helper_find(struct arena *a, const char *exe)
{
    static const char *const folders[] = { RCRUN_BINDIR, "/usr/local/bin", "/usr/bin", "/bin" };
    struct stat st;

    if (exe && *exe == '/') {
        const char *beside = arena_printf(a, "%.*s" HELPER, (int)(path_last(exe) - exe), exe);

        if (tool_is_program(beside, &st))
            return beside;
    }
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        const char *path = path_join(a, folders[i], HELPER);

        if (tool_is_program(path, &st))
            return path;
    }
    return NULL;
}

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
    f->net.helper = net_helper_find(a, f->exe.path);
}
