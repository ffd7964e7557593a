#include "net/publish.h"

#include <net/if.h>
#include <string.h>

static const char *const source_words[] = { "auto", "keep", "gateway" };

/* One part of the words, for the message when it is wrong. */
static int wrong(struct err *e, const char *part, const char *why)
{
    return err_set(e, 0, "\"%s\" %s", part, why);
}

/* ---- ports ------------------------------------------------------------------------------- */

static int parse_port(const char *s, uint16_t *out, struct err *e)
{
    uint32_t port;

    /* Not 080 and not 000080: what is written differently is not the same twice. */
    if (!text_u32(s, &port) || port == 0 || port > 65535 || s[0] == '0')
        return wrong(e, s, "is no port from 1 to 65535");
    *out = (uint16_t)port;
    return 0;
}

static int parse_ports(struct arena *a, const char *s, uint16_t *first, uint16_t *last,
                       struct err *e)
{
    const char *dash = strchr(s, '-');

    if (!dash) {
        TRY(parse_port(s, first, e));
        *last = *first;
        return 0;
    }
    TRY(parse_port(arena_copy(a, s, (size_t)(dash - s)), first, e));
    TRY(parse_port(dash + 1, last, e));
    if (*last < *first)
        return wrong(e, s, "goes backwards");
    if (*last - *first >= PUBLISH_PORTS_MAX) {
        wrong(e, s, "is too many ports");
        return err_hint(e, "a container has at most %d of them", PUBLISH_PORTS_MAX);
    }
    return 0;
}

/* "80", "80-90/udp". */
static int parse_container(struct arena *a, const char *s, struct publish *p, struct err *e)
{
    const char *slash = strchr(s, '/');
    const char *ports = slash ? arena_copy(a, s, (size_t)(slash - s)) : s;

    if (slash && !text_is(slash + 1, "tcp") && !text_is(slash + 1, "udp"))
        return wrong(e, slash + 1, "is not tcp or udp");
    p->udp = slash && text_is(slash + 1, "udp");
    return parse_ports(a, ports, &p->first, &p->last, e);
}

/* ---- where on the host ------------------------------------------------------------------- */

/* As the kernel has it (dev_valid_name); the comma and the slash are ours. */
static int parse_interface(const char *s, struct publish *p, struct err *e)
{
    if (!*s || strlen(s) >= IFNAMSIZ || text_is(s, ".") || text_is(s, ".."))
        return wrong(e, s, "is no name of an interface");
    for (const char *at = s; *at; at++)
        if (*at <= ' ' || *at == 0x7f || strchr("/:%[]", *at))
            return wrong(e, s, "is no name of an interface");
    p->interface = s;
    return 0;
}

static int parse_address(struct arena *a, const char *s, struct publish *p, struct err *e)
{
    size_t n = strlen(s);
    bool bracket = n >= 2 && s[0] == '[' && s[n - 1] == ']';
    const char *bare = bracket ? arena_copy(a, s + 1, n - 2) : s;

    /* No word at all is the loopback: nobody opens a network to others without saying so. */
    if (!*s)
        return 0;
    if (text_is(s, "*")) {
        p->everywhere = true;
        return 0;
    }
    if (!ip_parse(bare, &p->host) || bracket != (p->host.family == AF_INET6)) {
        wrong(e, s, "is no address");
        return err_hint(e, "host names are not looked up, and an IPv6 address stands in brackets");
    }
    return 0;
}

static int parse_host(struct arena *a, const char *s, struct publish *p, struct err *e)
{
    const char *percent = strchr(s, '%');
    const char *address = percent ? arena_copy(a, s, (size_t)(percent - s)) : s;

    /* [fe80::1%eth0] has its percent sign inside. */
    if (percent && *address == '[' && !strchr(address, ']'))
        return wrong(e, s, "has the interface inside the brackets");
    TRY(parse_address(a, address, p, e));
    p->everywhere = p->everywhere || (percent && !*address);
    return percent ? parse_interface(percent + 1, p, e) : 0;
}

/* The colon that ends the address, if there is one: the second last that is not in brackets. */
static int split(const char *s, const char **address_end, const char **port, struct err *e)
{
    const char *colons[3];
    size_t n = 0;
    bool inside = false;

    for (const char *at = s; *at; at++) {
        if (*at == '[' || *at == ']')
            inside = *at == '[';
        if (*at != ':' || inside)
            continue;
        if (n == 2) {
            wrong(e, s, "has too many colons");
            return err_hint(e, "an IPv6 address stands in brackets: [::1]:8080:80");
        }
        colons[n++] = at;
    }
    if (inside)
        return wrong(e, s, "has a bracket that is not closed");
    *address_end = n == 2 ? colons[0] : NULL;
    *port = n ? colons[n - 1] : NULL;
    return 0;
}

static int parse_internet(struct arena *a, const char *s, struct publish *p, struct err *e)
{
    const char *address_end = NULL;
    const char *port = NULL;
    const char *host;
    unsigned hosts, guests;

    TRY(split(s, &address_end, &port, e));
    host = address_end ? address_end + 1 : s;
    TRY(parse_container(a, port ? port + 1 : s, p, e));
    TRY(parse_host(a, address_end ? arena_copy(a, s, (size_t)(address_end - s)) : "", p, e));
    if (!port || port == host)
        return 0;
    host = arena_copy(a, host, (size_t)(port - host));
    TRY(parse_ports(a, host, &p->host_first, &p->host_last, e));
    hosts = p->host_last - p->host_first;
    guests = p->last - p->first;
    if (guests && hosts != guests)
        return err_set(e, 0, "\"%s\" are %u ports, \"%s\" %u", host, hosts + 1, port + 1,
                       guests + 1);
    return 0;
}

/* A path may have colons of its own: the last one with a number behind it counts. */
static int parse_unix(struct arena *a, const char *s, struct publish *p, struct err *e)
{
    const char *colon = strrchr(s, ':');

    if (*s != '/')
        return wrong(e, s, "is no absolute path");
    if (!colon)
        return wrong(e, s, "has no port of the container behind the path");
    TRY(parse_container(a, colon + 1, p, e));
    if (p->udp || p->first != p->last)
        return wrong(e, colon + 1, "is not one TCP port, which is all that a unix socket can be");
    p->path = arena_copy(a, s, (size_t)(colon - s));
    if (p->path[strlen(p->path) - 1] == '/')
        return wrong(e, p->path, "is a directory");
    return 0;
}

/* ---- options ----------------------------------------------------------------------------- */

static int parse_to(struct arena *a, const char *s, struct publish *p, struct err *e)
{
    size_t n = strlen(s);
    const char *bare = n >= 2 && s[0] == '[' && s[n - 1] == ']' ? arena_copy(a, s + 1, n - 2) : s;

    if (p->to.family)
        return wrong(e, "to", "is there twice");
    if (!ip_parse(bare, &p->to) || (bare != s && p->to.family != AF_INET6))
        return wrong(e, s, "is no address");
    if (ip_is_any(&p->to) || p->to.bytes[0] == 0xff ||
        (p->to.family == AF_INET && p->to.bytes[0] >= 224))
        return wrong(e, s, "is no address of one machine");
    return 0;
}

static int parse_source(const char *s, bool *seen, struct publish *p, struct err *e)
{
    if (*seen)
        return wrong(e, "source", "is there twice");
    *seen = true;
    for (unsigned i = 0; i < sizeof source_words / sizeof source_words[0]; i++)
        if (text_is(s, source_words[i])) {
            p->source = (enum publish_source)i;
            return 0;
        }
    return wrong(e, s, "is not auto, keep or gateway");
}

static int parse_options(struct arena *a, const char *s, struct publish *p, struct err *e)
{
    bool seen = false;

    while (s) {
        const char *comma = strchr(s, ',');
        const char *word = comma ? arena_copy(a, s, (size_t)(comma - s)) : s;

        if (text_starts(word, "to="))
            TRY(parse_to(a, word + 3, p, e));
        else if (text_starts(word, "source="))
            TRY(parse_source(word + 7, &seen, p, e));
        else
            return wrong(e, word, "is not to=ADDRESS or source=WORD");
        s = comma ? comma + 1 : NULL;
    }
    return 0;
}

/* What each part allows and all together do not. */
static int check(const struct publish *p, struct err *e)
{
    if (p->udp && ip_is_loopback(&p->to))
        return err_set(e, 0, "only TCP gets to the loopback of the container");
    if (p->path && p->source == SOURCE_KEEP)
        return err_set(e, 0, "who comes by a unix socket has no address to keep");
    if (p->source == SOURCE_KEEP && p->to.family && p->host.family &&
        p->to.family != p->host.family)
        return err_set(e, 0, "the source cannot be kept from one family to the other");
    return 0;
}

/* In unix:/a,b:80,to=::1 the options begin behind the port, and a port has no comma. */
static const char *options_of(const char *text, bool is_unix)
{
    const char *at = text;

    if (!is_unix)
        return strchr(text, ',');
    for (; (at = strchr(at, ',')) != NULL; at++)
        if (text_starts(at + 1, "to=") || text_starts(at + 1, "source=")) {
            const char *end = at;

            while (end > text && end[-1] != ':' && end[-1] != '/')
                end--;
            if (end > text && end[-1] == ':')
                return at;
        }
    return NULL;
}

static int parse(struct arena *a, const char *text, struct publish *p, struct err *e)
{
    bool is_unix = text_starts(text, "unix:");
    const char *comma = options_of(text, is_unix);
    const char *where = comma ? arena_copy(a, text, (size_t)(comma - text)) : arena_text(a, text);

    TRY(is_unix ? parse_unix(a, where + 5, p, e) : parse_internet(a, where, p, e));
    TRY(parse_options(a, comma ? comma + 1 : NULL, p, e));
    return check(p, e);
}

int publish_parse(struct arena *a, const char *text, struct publish *out, struct err *e)
{
    struct publish p = { 0 };

    if (parse(a, text, &p, e) < 0)
        return err_ctx(e, "publish %s", text);
    *out = p;
    return 0;
}

/* ---- and back ---------------------------------------------------------------------------- */

static void write_ports(struct text *out, uint16_t first, uint16_t last)
{
    text_printf(out, first == last ? "%u" : "%u-%u", first, last);
}

static void write_host(struct text *out, const struct publish *p)
{
    char address[IP_TEXT_MAX];

    if (p->host.family)
        text_printf(out, p->host.family == AF_INET6 ? "[%s]" : "%s", ip_text(&p->host, address));
    if (p->interface)
        text_printf(out, "%%%s", p->interface);
    else if (p->everywhere)
        text_add(out, "*");
    if (p->host.family || p->everywhere)
        text_add(out, ":");
    if (p->host_first)
        write_ports(out, p->host_first, p->host_last);
    if (p->host_first || p->host.family || p->everywhere)
        text_add(out, ":");
}

void publish_write(struct text *out, const struct publish *p)
{
    char address[IP_TEXT_MAX];

    if (p->path)
        text_printf(out, "unix:%s:", p->path);
    else
        write_host(out, p);
    write_ports(out, p->first, p->last);
    if (p->udp)
        text_add(out, "/udp");
    if (p->to.family)
        text_printf(out, ",to=%s", ip_text(&p->to, address));
    if (p->source != SOURCE_AUTO)
        text_printf(out, ",source=%s", source_words[p->source]);
}
