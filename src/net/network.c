#include "net/network.h"

#include <string.h>

#include "base/clean.h"
#include "base/names.h"
#include "net/publish.h"
#include "net/rule.h"

const struct name network_modes[] = {
    { "none", NETWORK_NONE },
    { "host", NETWORK_HOST },
    { "internal", NETWORK_INTERNAL },
    { "slirp", NETWORK_SLIRP },
    { NULL, 0 },
};

static const struct name switches[] = {
    { "on", WORD_ON }, { "off", WORD_OFF }, { "yes", WORD_ON }, { "no", WORD_OFF }, { NULL, 0 },
};

bool network_is_made(enum network_mode mode)
{
    return mode == NETWORK_SLIRP || mode == NETWORK_INTERNAL;
}

struct network network_start(void)
{
    return (struct network){ .drain_ms = NETWORK_DRAIN_MS };
}

/* ---- one value ---- */

struct key;
struct value {
    struct arena *a;
    struct network *n;
    const struct key *key;
    const char *text; /* NULL: the key stood alone */
};

struct key {
    const char *name;
    int (*read)(const struct value *v, struct err *e);
    size_t where;         /* offset in struct network */
    uint32_t least, most; /* of numbers */
    const char *helper;   /* the option of rcrun-net, NULL = the planner's business */
    bool list;            /* may have several values, and be given again */
    bool alone;           /* needs no value */
};

#define AT(v, type) ((type *)(void *)((char *)(v)->n + (v)->key->where))

static void add_helper(const struct value *v)
{
    if (v->key->helper)
        *LIST_ADD(v->a, &v->n->helper) =
            v->text ? arena_printf(v->a, "--%s=%s", v->key->helper, v->text)
                    : arena_printf(v->a, "--%s", v->key->helper);
}

static int bad(const struct value *v, struct err *e, const char *wants)
{
    return err_set(e, 0, "%s=%s: wants %s", v->key->name, v->text, wants);
}

static int read_flag(const struct value *v, struct err *e)
{
    const struct name *word = v->text ? names_find(switches, v->text) : NULL;

    if (v->text && !word)
        return bad(v, e, "on or off");
    *AT(v, bool) = !word || word->value == WORD_ON;
    return 0;
}

static int read_switch(const struct value *v, struct err *e)
{
    const struct name *word = names_find(switches, v->text);

    if (!word)
        return bad(v, e, "on or off");
    *AT(v, uint32_t) = (uint32_t)word->value;
    return 0;
}

static int read_number(const struct value *v, struct err *e)
{
    uint32_t n;

    if (!text_u32(v->text, &n) || n < v->key->least || n > v->key->most)
        return err_set(e, 0, "%s=%s: wants a number from %u to %u", v->key->name, v->text,
                       v->key->least, v->key->most);
    if (v->key->helper)
        add_helper(v);
    else
        *AT(v, uint32_t) = n;
    return 0;
}

static int read_cidr(const struct value *v, struct err *e)
{
    struct ip_prefix p;

    if (!strchr(v->text, '/') || !ip_parse_prefix(v->text, &p) || p.ip.family != AF_INET ||
        p.bits < 8 || p.bits > 29)
        return bad(v, e, "an IPv4 network from /8 to /29, like 10.0.2.0/24");
    p.ip = ip_nth(&p, 0);
    v->n->v4.prefix = p;
    return 0;
}

/* on, off, or the network to have. */
static int read_six(const struct value *v, struct err *e)
{
    const struct name *word = names_find(switches, v->text);
    struct ip_prefix p;

    if (word) {
        v->n->v6.on = (uint32_t)word->value;
        return 0;
    }
    if (!ip_parse_prefix(v->text, &p) || p.ip.family != AF_INET6 || p.bits != 64)
        return bad(v, e, "on, off, or an IPv6 network of 64 bits, like fd00:1::/64");
    memset(p.ip.bytes + 8, 0, 8);
    v->n->v6.on = WORD_ON;
    v->n->v6.prefix = p;
    return 0;
}

/* least: the family, 0 = any. */
static int read_address(const struct value *v, struct err *e)
{
    struct ip ip;

    if (!ip_parse(v->text, &ip) || (v->key->least && ip.family != v->key->least))
        return bad(v, e, v->key->least == AF_INET6  ? "an IPv6 address"
                         : v->key->least == AF_INET ? "an IPv4 address"
                                                    : "an address");
    if (v->key->helper)
        add_helper(v);
    else
        *AT(v, struct ip) = ip;
    return 0;
}

bool network_parse_mac(const char *text, unsigned char mac[6])
{
    if (strlen(text) != 17)
        return false;
    for (size_t i = 0; i < 6; i++) {
        uint32_t byte;

        if (!text_hex(text + 3 * i, 2, &byte) || (i < 5 && text[3 * i + 2] != ':'))
            return false;
        mac[i] = (unsigned char)byte;
    }
    return true;
}

static int read_mac(const struct value *v, struct err *e)
{
    static const unsigned char zero[6];
    unsigned char mac[6];

    if (!network_parse_mac(v->text, mac))
        return bad(v, e, "six bytes like 02:00:5e:00:53:01");
    if (mac[0] & 1 || memcmp(mac, zero, sizeof mac) == 0)
        return bad(v, e, "the address of one device, not of a group");
    *AT(v, const char *) = arena_printf(v->a, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
                                        mac[2], mac[3], mac[4], mac[5]);
    return 0;
}

static bool is_device(const char *s)
{
    size_t n = strlen(s);

    return n > 0 && n <= 15 && strcspn(s, "/: \t\n%") == n && !text_is(s, ".") && !text_is(s, "..");
}

static int read_interface(const struct value *v, struct err *e)
{
    if (!is_device(v->text) || text_is(v->text, "lo") || text_is(v->text, "all") ||
        text_is(v->text, "default"))
        return bad(v, e, "the name of a device, at most 15 bytes");
    *AT(v, const char *) = v->text;
    return 0;
}

static int read_text(const struct value *v, struct err *e)
{
    if (!*v->text)
        return bad(v, e, "a word");
    *AT(v, const char *) = v->text;
    return 0;
}

/* ---- lists ---- */

/* rcrun-net reads it again. */
static int read_rule(const struct value *v, struct err *e)
{
    struct ip_prefix to;
    uint16_t first, last;

    if (!rule_parse(v->text, &to, &first, &last))
        return bad(v, e, "ADDRESS[/BITS][:PORT[-PORT]], an IPv6 one with ports in brackets");
    add_helper(v);
    return 0;
}

static int read_loopback(const struct value *v, struct err *e)
{
    uint16_t first, last;

    v->n->host_loopback = true;
    if (!v->text)
        return 0;
    if (!rule_parse_ports(v->text, strlen(v->text), &first, &last))
        return bad(v, e, "PORT or PORT-PORT");
    *LIST_ADD(v->a, &v->n->loopback_ports) = v->text;
    return 0;
}

static int read_publish(const struct value *v, struct err *e)
{
    struct publish p = { 0 };

    if (!text_is(v->text, "auto"))
        TRY(publish_parse(v->a, v->text, &p, e));
    v->n->publishes_udp |= p.udp;
    add_helper(v);
    return 0;
}

static int read_dns(const struct value *v, struct err *e)
{
    struct ip ip;

    if (text_is(v->text, "none")) {
        v->n->no_dns = true;
        return 0;
    }
    if (!ip_parse(v->text, &ip))
        return bad(v, e, "an address, or none");
    *LIST_ADD(v->a, &v->n->dns) = v->text;
    add_helper(v);
    return 0;
}

/* A word of resolv.conf(5): it could begin a line of its own. */
static int read_word(const struct value *v, struct err *e)
{
    if (!*v->text || strpbrk(v->text, " \t\n\r#;"))
        return bad(v, e, "one word");
    *LIST_ADD(v->a, AT(v, struct texts)) = v->text;
    return 0;
}

static int read_host(const struct value *v, struct err *e)
{
    const char *colon = strchr(v->text, ':');
    struct ip ip;

    if (!colon || colon == v->text || strcspn(v->text, " \t\n\r#") != strlen(v->text) ||
        (!text_is(colon + 1, "host-gateway") && !ip_parse(colon + 1, &ip)))
        return bad(v, e, "NAME:ADDRESS, or NAME:host-gateway");
    *LIST_ADD(v->a, &v->n->hosts) = v->text;
    return 0;
}

/* An address of the host, or a device that has one. */
static int read_outbound(const struct value *v, struct err *e)
{
    struct ip ip;

    if (ip_parse(v->text, &ip) ? v->key->least && ip.family != v->key->least
                               : !is_device(v->text))
        return bad(v, e, v->key->least ? "an IPv6 address or a device" : "an address or a device");
    add_helper(v);
    return 0;
}

static int read_fragments(const struct value *v, struct err *e)
{
    if (!text_is(v->text, "drop") && !text_is(v->text, "join"))
        return bad(v, e, "join or drop");
    add_helper(v);
    return 0;
}

static int read_hosts(const struct value *v, struct err *e)
{
    if (!text_is(v->text, "image"))
        return bad(v, e, "image");
    v->n->image_hosts = true;
    return 0;
}

static int read_restart(const struct value *v, struct err *e)
{
    if (!text_is(v->text, "yes") && !text_is(v->text, "no"))
        return bad(v, e, "yes or no");
    add_helper(v);
    return 0;
}

/* ---- all of them ---- */

#define IN(member) .where = offsetof(struct network, member)

static const struct key keys[] = {
    { "add-host", read_host, .list = true },
    { "allow", read_rule, .list = true, .helper = "allow" },
    { .name = "cidr", .read = read_cidr },
    { "deny", read_rule, .list = true, .helper = "deny" },
    { "dns", read_dns, .list = true, .helper = "dns" },
    { "dns-fallback", read_address, .helper = "dns-fallback" },
    { "dns-ip", read_address, IN(v4.dns), .least = AF_INET },
    { "dns-option", read_word, IN(options), .list = true },
    { "dns-search", read_word, IN(search), .list = true },
    { "drain-ms", read_number, IN(drain_ms), .most = 60000 },
    { "flows-max", read_number, .least = 1, .most = 65536, .helper = "flows-max" },
    { "flows-per-second", read_number, .least = 1, .most = 1000000, .helper = "flows-per-second" },
    { "fragments", read_fragments, .helper = "fragments" },
    { "gateway", read_address, IN(v4.gateway), .least = AF_INET },
    { "half-closed", read_number, .least = 1, .most = 86400, .helper = "half-closed" },
    { "host-loopback", read_loopback, .list = true, .alone = true },
    { .name = "hosts", .read = read_hosts },
    { "ifname", read_interface, IN(interface) },
    { "ip", read_address, IN(v4.guest), .least = AF_INET },
    { "ip6", read_address, IN(v6.guest), .least = AF_INET6 },
    { "ipv4", read_switch, IN(v4.on) },
    { .name = "ipv6", .read = read_six },
    { "mac", read_mac, IN(mac) },
    { "mtu", read_number, IN(mtu), .least = 68, .most = 65520 },
    { "no-hostname", read_flag, IN(no_hostname), .alone = true },
    { "no-hosts", read_flag, IN(no_hosts), .alone = true },
    { "optional", read_flag, IN(optional), .alone = true },
    { "outbound", read_outbound, .helper = "outbound" },
    { "outbound6", read_outbound, .least = AF_INET6, .helper = "outbound-addr6" },
    { "pcap", read_text, IN(pcap) },
    { "pcap-max", read_number, .least = 1, .most = UINT32_MAX, .helper = "pcap-max" },
    { "pcap-snap", read_number, .least = 64, .most = 65535, .helper = "pcap-snap" },
    { "publish", read_publish, .list = true, .helper = "publish" },
    { "restart", read_restart, .helper = "restart" },
};

static const struct key *find(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (text_is(name, keys[i].name))
            return &keys[i];
    return NULL;
}

static int unknown(const char *name, struct err *e)
{
    const char *near = NULL;
    unsigned best = 3;

    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        unsigned far = names_distance(keys[i].name, name);

        if (far < best) {
            best = far;
            near = keys[i].name;
        }
    }
    return near ? err_set(e, 0, "unknown key %s (did you mean %s?)", name, near)
                : err_set(e, 0, "unknown key %s", name);
}

/* Each word of a list on its own. */
static int read_list(const struct value *v, struct err *e)
{
    const char *at = v->text + strspn(v->text, " \t\n");

    if (!*at)
        return bad(v, e, "a value");
    while (*at) {
        size_t n = strcspn(at, " \t\n");
        struct value one = *v;

        one.text = arena_copy(v->a, at, n);
        TRY(v->key->read(&one, e));
        at += n + strspn(at + n, " \t\n");
    }
    return 0;
}

bool network_is_list(const char *key)
{
    const struct key *k = find(key);

    return k && k->list;
}

int network_key(struct arena *a, struct network *n, const char *key, const char *value,
                struct err *e)
{
    const struct key *k = find(key);
    struct value v = { .a = a, .n = n, .key = k, .text = value };

    if (!k)
        return unknown(key, e);
    if (!value && !k->alone)
        return err_set(e, 0, "%s: wants a value", key);
    if (!n->needs && !text_is(key, "optional"))
        n->needs = k->name;
    return value && k->list ? read_list(&v, e) : k->read(&v, e);
}

static int read_mode(struct arena *a, struct network *n, const char *text, struct err *e)
{
    static const struct {
        const char *prefix;
        enum network_mode mode;
    } places[] = { { "path:", NETWORK_PATH }, { "ns:", NETWORK_PATH },
                   { "container:", NETWORK_CONTAINER } };
    const struct name *word = names_find(network_modes, text);
    const char *near;

    if (word) {
        n->mode = (enum network_mode)word->value;
        return 0;
    }
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        if (!text_starts(text, places[i].prefix))
            continue;
        n->mode = places[i].mode;
        n->target = arena_text(a, text + strlen(places[i].prefix));
        if (n->mode == NETWORK_PATH && *n->target != '/')
            return err_set(e, 0, "%s: wants an absolute path", text);
        return *n->target ? 0 : err_set(e, 0, "%s: wants an id", text);
    }
    near = names_nearest(network_modes, text);
    err_set(e, 0, "unknown network \"%s\"", text);
    if (near)
        return err_set(e, 0, "unknown network \"%s\" (did you mean %s?)", text, near);
    return err_hint(e, "one of none, host, internal, slirp, path:/PATH, container:ID");
}

int network_mode(struct arena *a, struct network *n, const char *text, struct err *e)
{
    size_t len = strcspn(text, ",");

    TRY(read_mode(a, n, arena_copy(a, text, len), e));
    for (const char *at = text + len; *at; at += len) {
        char *key, *value;

        at++;
        len = strcspn(at, ",");
        key = arena_copy(a, at, len);
        value = strchr(key, '=');
        if (value)
            *value++ = '\0';
        TRY(network_key(a, n, key, value, e));
    }
    return 0;
}
