#include "options.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/options.h"
#include "net/network.h"
#include "net/rule.h"

/* ---- the words ----------------------------------------------------------------------------- */

enum { TYPE_PID, TYPE_PATH };
enum { TARGET_NAMESPACE, TARGET_BESS };

/* As given; empty values are absent. */
struct given {
    const char *cidr, *ip, *gateway, *dns_ip, *ipv6, *ip6, *mac, *outbound, *outbound6;
    const char *loopback_ports, *api, *pcap, *user_path, *resolv_conf, *dns_fallback;
    uint32_t mtu, flows_max, flows_per_second, half_closed, drain_ms, pcap_max, pcap_snap;
    uint32_t launcher, control, ready, exit_fd, log, pcap_fd;
    int no_ipv4, no_restart, drop_fragments, type, target, log_json;
    struct texts publish, dns;
    struct dict rules;
    bool configure, ipv6_too, no_loopback, no_dns, internal, sandbox, no_jail, version;
};

#define NO_FD UINT32_MAX

static const struct name on_off[] = { { "on", 0 }, { "off", 1 }, { NULL, 0 } };
static const struct name yes_no[] = { { "yes", 0 }, { "no", 1 }, { NULL, 0 } };
static const struct name fragments[] = { { "join", 0 }, { "drop", 1 }, { NULL, 0 } };
static const struct name types[] = { { "pid", TYPE_PID }, { "path", TYPE_PATH }, { NULL, 0 } };
static const struct name targets[] = {
    { "netns", TARGET_NAMESPACE },
    { "bess", TARGET_BESS },
    { NULL, 0 },
};
static const struct name log_formats[] = { { "text", 0 }, { "json", 1 }, { NULL, 0 } };

#define AT(member) offsetof(struct given, member)

static const struct option_row rows[] = {
    { "configure", 'c', OPTION_FLAG, AT(configure), NULL,
      "give the device its addresses and routes, and bring the loopback up", GROUP_PLAIN, NULL },
    { "mtu", 'm', OPTION_NUMBER, AT(mtu), "N",
      "size of packets (default: 1500, which is also the fastest)", GROUP_PLAIN, NULL },
    { "mac", 0, OPTION_TEXT, AT(mac), "MAC", "address of the device (default: any)", GROUP_PLAIN,
      NULL },
    { "cidr", 0, OPTION_TEXT, AT(cidr), "CIDR", "network (default: 10.0.2.0/24)", GROUP_PLAIN,
      NULL },
    { "ip", 0, OPTION_TEXT, AT(ip), "ADDRESS", "of the container (default: the 100th, or the last)",
      GROUP_PLAIN, NULL },
    { "gateway", 0, OPTION_TEXT, AT(gateway), "ADDRESS", "of the way out (default: the 2nd)",
      GROUP_PLAIN, NULL },
    { "dns-ip", 0, OPTION_TEXT, AT(dns_ip), "ADDRESS", "of the resolver (default: the 3rd)",
      GROUP_PLAIN, NULL },
    { "ipv4", 0, OPTION_WORD, AT(no_ipv4), "on|off", "IPv4 (default: on)", GROUP_PLAIN, on_off },
    { "ipv6", 0, OPTION_TEXT, AT(ipv6), "on|off|CIDR",
      "IPv6, and its network of 64 bits (default: off; on is fd00::/64)", GROUP_PLAIN, NULL },
    { "ip6", 0, OPTION_TEXT, AT(ip6), "ADDRESS", "of the container in that (default: ::100)",
      GROUP_PLAIN, NULL },
    { "publish", 'p', OPTION_LIST, AT(publish), "SPEC",
      "lead a port of the host into the container; auto: those that it listens at",
      GROUP_PLAIN, NULL },
    { "dns", 0, OPTION_LIST, AT(dns), "ADDRESS",
      "resolver to ask (default: those of the host, followed when they change)", GROUP_PLAIN,
      NULL },
    { "dns-fallback", 0, OPTION_TEXT, AT(dns_fallback), "ADDRESS",
      "resolver to ask when the host has none", GROUP_PLAIN, NULL },
    { "resolv-conf", 0, OPTION_TEXT, AT(resolv_conf), "FILE",
      "where the host names its resolvers (default: /etc/resolv.conf)", GROUP_PLAIN, NULL },
    { "allow", 0, OPTION_PAIRS, AT(rules), "CIDR[:PORTS]",
      "let packets there out, whatever later rules say", GROUP_PLAIN, NULL },
    { "deny", 0, OPTION_PAIRS, AT(rules), "CIDR[:PORTS]",
      "refuse packets there (always the last: 169.254.169.254 and fd00:ec2::254)", GROUP_PLAIN,
      NULL },
    { "host-loopback", 0, OPTION_TEXT_MAYBE, AT(loopback_ports), "[=PORTS]",
      "the gateway leads to 127.0.0.1 and ::1 of the host, or to these ports of it", GROUP_PLAIN,
      NULL },
    { "outbound", 0, OPTION_TEXT, AT(outbound), "ADDRESS|DEVICE",
      "address of the host from which packets go out", GROUP_PLAIN, NULL },
    { "internal", 0, OPTION_FLAG, AT(internal), NULL, "nothing goes out: published ports only",
      GROUP_PLAIN, NULL },
    { "fragments", 0, OPTION_WORD, AT(drop_fragments), "join|drop",
      "what to do with parts of datagrams (default: join)", GROUP_PLAIN, fragments },
    { "flows-max", 0, OPTION_NUMBER, AT(flows_max), "N", "connections at a time (default: 4096)",
      GROUP_PLAIN, NULL },
    { "flows-per-second", 0, OPTION_NUMBER, AT(flows_per_second), "N",
      "new ones that nobody has taken (default: 2000)", GROUP_PLAIN, NULL },
    { "half-closed", 0, OPTION_NUMBER, AT(half_closed), "SECONDS",
      "reset a connection that one side has closed, when it rests so long (default: 900)",
      GROUP_PLAIN, NULL },
    { "pcap", 0, OPTION_TEXT, AT(pcap), "FILE", "write a copy of all packets", GROUP_PLAIN, NULL },
    { "pcap-fd", 0, OPTION_NUMBER, AT(pcap_fd), "FD", "the same, into an open file", GROUP_PLAIN,
      NULL },
    { "pcap-max", 0, OPTION_NUMBER, AT(pcap_max), "BYTES",
      "stop when so many are written (default: 67108864)", GROUP_PLAIN, NULL },
    { "pcap-snap", 0, OPTION_NUMBER, AT(pcap_snap), "BYTES",
      "the first of each packet only (default: 65535)", GROUP_PLAIN, NULL },
    { "restart", 0, OPTION_WORD, AT(no_restart), "yes|no",
      "when the process that carries packets dies (default: yes, once a minute at most)",
      GROUP_PLAIN, yes_no },
    { "drain-ms", 0, OPTION_NUMBER, AT(drain_ms), "N",
      "let what is on its way arrive when the container ends (default: 200)", GROUP_PLAIN, NULL },
    { "launcher-fd", 0, OPTION_NUMBER, AT(launcher), "FD",
      "socket of rcrun: gives the device, is told the outcome", GROUP_PLAIN, NULL },
    { "control-fd", 0, OPTION_NUMBER, AT(control), "FD", "socket that listens for rcrun port",
      GROUP_PLAIN, NULL },
    { "log-fd", 0, OPTION_NUMBER, AT(log), "FD", "append warnings (default: standard error)",
      GROUP_PLAIN, NULL },
    { "log-format", 0, OPTION_WORD, AT(log_json), "text|json", "of these (default: text)",
      GROUP_PLAIN, log_formats },
    { "version", 'v', OPTION_FLAG, AT(version), NULL,
      "print the versions, and what this libslirp lacks", GROUP_PLAIN, NULL },

    { "ready-fd", 'r', OPTION_NUMBER, AT(ready), "FD", "gets a \"1\" when the network works",
      GROUP_SHORT_WAY, NULL },
    { "exit-fd", 'e', OPTION_NUMBER, AT(exit_fd), "FD", "end when something happens there",
      GROUP_SHORT_WAY, NULL },
    { "api-socket", 'a', OPTION_TEXT, AT(api), "PATH",
      "socket for add_hostfwd, list_hostfwd, remove_hostfwd", GROUP_SHORT_WAY, NULL },
    { "netns-type", 0, OPTION_WORD, AT(type), "pid|path",
      "what the first operand is (default: pid, or path when it has a slash)", GROUP_SHORT_WAY,
      types },
    { "userns-path", 0, OPTION_TEXT, AT(user_path), "PATH",
      "user namespace to enter (default: the owner of the other)", GROUP_SHORT_WAY, NULL },
    { "enable-ipv6", '6', OPTION_FLAG, AT(ipv6_too), NULL, "as --ipv6 on", GROUP_SHORT_WAY, NULL },
    { "macaddress", 0, OPTION_TEXT, AT(mac), "MAC", "as --mac", GROUP_SHORT_WAY, NULL },
    { "outbound-addr", 0, OPTION_TEXT, AT(outbound), "ADDRESS|DEVICE", "as --outbound",
      GROUP_SHORT_WAY, NULL },
    { "outbound-addr6", 0, OPTION_TEXT, AT(outbound6), "ADDRESS|DEVICE",
      "as --outbound, for IPv6 alone", GROUP_SHORT_WAY, NULL },
    { "disable-dns", 0, OPTION_FLAG, AT(no_dns), NULL, "no resolver", GROUP_SHORT_WAY, NULL },
    { "disable-host-loopback", 0, OPTION_FLAG, AT(no_loopback), NULL,
      "accepted: so it is without --host-loopback", GROUP_SHORT_WAY, NULL },
    { "enable-sandbox", 0, OPTION_FLAG, AT(sandbox), NULL, "accepted: it always is",
      GROUP_SHORT_WAY, NULL },
    { "enable-seccomp", 0, OPTION_FLAG, AT(sandbox), NULL, "accepted: it always is",
      GROUP_SHORT_WAY, NULL },
    { "target-type", 0, OPTION_WORD, AT(target), "netns", "accepted; bess is refused",
      GROUP_SHORT_WAY, targets },

    /* Older spellings, and what only helps who works on rcrun-net. */
    { "create-sandbox", 0, OPTION_FLAG, AT(sandbox), NULL, "", GROUP_HIDDEN, NULL },
    { "disable-sandbox", 0, OPTION_FLAG, AT(no_jail), NULL, "", GROUP_HIDDEN, NULL },
    { .name = NULL },
};

void net_options_help(struct text *out)
{
    text_add(out, "Usage: rcrun-net [OPTION...] PID|PATH [DEVICE]\n\n"
                  "Gives a network namespace a way out, without root.\n\nOptions:\n");
    options_help(out, rows, GROUP_PLAIN);
    text_add(out, "\nAs slirp4netns(1) has them:\n");
    options_help(out, rows, GROUP_SHORT_WAY);
    text_add(out, "\nSee rcrun-net(1).\n");
}

/* ---- values -------------------------------------------------------------------------------- */

/* The first byte is even: no single device has another. */
static int parse_mac(const char *s, unsigned char *mac, struct err *e)
{
    if (!network_parse_mac(s, mac))
        return err_set(e, 0, "--mac: \"%s\" is no address like 02:00:00:00:00:01", s);
    if (mac[0] & 1)
        return err_set(e, 0, "--mac: %s is a group address", s);
    return 0;
}

/* Any one of our own: the bit of locally administered addresses set. */
static int invent_mac(unsigned char *mac, struct err *e)
{
    if (getrandom(mac, 6, 0) != 6)
        return err_set(e, 0, "no random numbers for an address of the device");
    mac[0] = (unsigned char)((mac[0] & 0xfc) | 2);
    return 0;
}

static int parse_ip(const char *option, const char *s, sa_family_t family, struct ip *out,
                    struct err *e)
{
    if (!ip_parse(s, out) || (family && out->family != family))
        return err_set(e, 0, "--%s: \"%s\" is no %saddress", option, s,
                       family == AF_INET    ? "IPv4 "
                       : family == AF_INET6 ? "IPv6 "
                                            : "");
    return 0;
}

/* Addresses at which clouds hand out passwords to every process of a machine. */
static const char *const metadata[] = { "169.254.169.254", "fd00:ec2::254" };

static int take_rules(struct arena *a, const struct dict *given, struct net_rules *out,
                      struct err *e)
{
    struct net_rule r;

    for (size_t i = 0; i < given->n; i++) {
        const struct pair *p = &given->v[i];

        r = (struct net_rule){ .allow = strcmp(p->key, "allow") == 0 };
        if (!rule_parse(p->value, &r.to, &r.first_port, &r.last_port))
            return err_set(e, 0, "--%s: \"%s\" is not like 10.0.0.0/8, 10.0.0.0/8:80-90 or "
                                 "[fd00::/8]:443", p->key, p->value);
        *LIST_ADD(a, out) = r;
    }
    for (size_t i = 0; i < sizeof metadata / sizeof *metadata; i++) {
        r = (struct net_rule){ .last_port = UINT16_MAX };
        ip_parse_prefix(metadata[i], &r.to);
        *LIST_ADD(a, out) = r;
    }
    if (out->n > NET_RULES_MAX)
        return err_set(e, 0, "more than %zu rules of --allow and --deny",
                       NET_RULES_MAX - sizeof metadata / sizeof *metadata);
    return 0;
}

/* "80,443,8000-8010". */
static int take_loopback(struct arena *a, const char *s, struct net *net, struct err *e)
{
    if (!s)
        return 0;
    net->host_loopback = true;
    for (const char *at = s; *at;) {
        size_t n = strcspn(at, ",");
        struct net_rule r = { .allow = true };

        if (!rule_parse_ports(at, n, &r.first_port, &r.last_port))
            return err_set(e, 0, "--host-loopback: \"%s\" is not like 80,8000-8010", s);
        *LIST_ADD(a, &net->loopback_ports) = r;
        at += n + (at[n] == ',');
    }
    return 0;
}

static int take_outbound(const struct given *g, struct net_options *o, struct err *e)
{
    struct ip ip = { 0 };

    if (g->outbound && ip_parse(g->outbound, &ip)) {
        *(ip.family == AF_INET ? &o->outbound4 : &o->outbound6) = ip;
    } else if (g->outbound) {
        o->outbound4_device = g->outbound;
        o->outbound6_device = g->outbound;
    }
    if (!g->outbound6)
        return 0;
    o->outbound6 = (struct ip){ 0 };
    o->outbound6_device = NULL;
    if (!strchr(g->outbound6, ':'))
        o->outbound6_device = g->outbound6;
    else
        TRY(parse_ip("outbound-addr6", g->outbound6, AF_INET6, &o->outbound6, e));
    return 0;
}

/* ---- the networks -------------------------------------------------------------------------- */

/* The number of an address in its network of `hosts` addresses; 0 = outside, or one of its two ends. */
static bool usable(const struct ip *ip, const struct ip_prefix *p)
{
    struct ip first = ip_nth(p, 0), last = ip_nth(p, UINT32_MAX >> p->bits);

    return ip_in(ip, p) && !ip_equal(ip, &first) && !ip_equal(ip, &last);
}

static int take_one(const char *option, const char *s, const struct net_family *f, struct ip *out,
                    struct err *e)
{
    if (!s)
        return 0;
    TRY(parse_ip(option, s, f->prefix.ip.family, out, e));
    if (f->prefix.ip.family == AF_INET ? !usable(out, &f->prefix) : !ip_in(out, &f->prefix))
        return err_set(e, 0, "--%s: %s is not an address for a device of the network", option, s);
    return 0;
}

static int differ(const struct net_family *f, struct err *e)
{
    char text[IP_TEXT_MAX];

    if (ip_equal(&f->guest, &f->gateway) || ip_equal(&f->guest, &f->dns))
        return err_set(e, 0, "%s cannot be the container's and another one's",
                       ip_text(&f->guest, text));
    if (ip_equal(&f->gateway, &f->dns))
        return err_set(e, 0, "%s cannot be the gateway and the resolver",
                       ip_text(&f->gateway, text));
    return 0;
}

static int take_v4(const struct given *g, struct net_family *f, struct err *e)
{
    const char *cidr = g->cidr ? g->cidr : "10.0.2.0/24";
    uint32_t last;

    f->on = !g->no_ipv4;
    if (!f->on)
        return 0;
    if (!ip_parse_prefix(cidr, &f->prefix) || f->prefix.ip.family != AF_INET ||
        f->prefix.bits < 8 || f->prefix.bits > 29)
        return err_set(e, 0, "--cidr: \"%s\" is no IPv4 network from /8 to /29", cidr);
    f->prefix.ip = ip_nth(&f->prefix, 0);
    last = (1u << (32 - f->prefix.bits)) - 2;
    f->gateway = ip_nth(&f->prefix, 2);
    f->dns = ip_nth(&f->prefix, 3);
    f->guest = ip_nth(&f->prefix, last < 100 ? last : 100);
    TRY(take_one("ip", g->ip, f, &f->guest, e));
    TRY(take_one("gateway", g->gateway, f, &f->gateway, e));
    TRY(take_one("dns-ip", g->dns_ip, f, &f->dns, e));
    return differ(f, e);
}

static int take_v6(const struct given *g, struct net_family *f, struct err *e)
{
    const char *cidr = g->ipv6 ? g->ipv6 : g->ipv6_too || g->ip6 ? "on" : "off";

    f->on = strcmp(cidr, "off") != 0;
    if (!f->on)
        return 0;
    if (strcmp(cidr, "on") == 0)
        cidr = "fd00::/64";
    if (!ip_parse_prefix(cidr, &f->prefix) || f->prefix.ip.family != AF_INET6 ||
        f->prefix.bits != 64)
        return err_set(e, 0, "--ipv6: \"%s\" is no IPv6 network of 64 bits", cidr);
    memset(f->prefix.ip.bytes + 8, 0, 8);
    f->gateway = ip_nth(&f->prefix, 2);
    f->dns = ip_nth(&f->prefix, 3);
    f->guest = ip_nth(&f->prefix, 0x100);
    TRY(take_one("ip6", g->ip6, f, &f->guest, e));
    return differ(f, e);
}

static int take_mtu(const struct given *g, struct net *net, struct err *e)
{
    /* slirp4netns takes one more than this, and means the same. */
    net->mtu = g->mtu == 0 ? 1500 : g->mtu == 65521 ? 65520 : g->mtu;
    if (net->mtu < 68 || net->mtu > 65520)
        return err_set(e, 0, "--mtu: %u is not from 68 to 65520", g->mtu);
    if (net->v6.on && net->mtu < 1280)
        return err_set(e, 0, "--mtu: %u is less than the 1280 of IPv6", g->mtu);
    return 0;
}

static int take_net(struct arena *a, const struct given *g, struct net *net, struct err *e)
{
    TRY(take_v4(g, &net->v4, e));
    TRY(take_v6(g, &net->v6, e));
    if (!net->v4.on && !net->v6.on)
        return err_set(e, 0, "--ipv4=off without --ipv6 leaves no network");
    TRY(take_mtu(g, net, e));
    if (g->mac)
        TRY(parse_mac(g->mac, net->guest_mac, e));
    else
        TRY(invent_mac(net->guest_mac, e));
    TRY(take_loopback(a, g->no_loopback ? NULL : g->loopback_ports, net, e));
    TRY(take_rules(a, &g->rules, &net->rules, e));
    net->internal = g->internal;
    net->drop_fragments = g->drop_fragments;
    net->flows_max = g->flows_max;
    net->flows_per_second = g->flows_per_second;
    net->half_closed_s = g->half_closed;
    if (net->flows_max < 1 || net->flows_max > 65536)
        return err_set(e, 0, "--flows-max: %u is not from 1 to 65536", net->flows_max);
    if (net->half_closed_s < 1 || net->half_closed_s > 86400)
        return err_set(e, 0, "--half-closed: %u is not from 1 to 86400", net->half_closed_s);
    return 0;
}

/* ---- all of it ----------------------------------------------------------------------------- */

static int take_container(const struct given *g, const struct texts *operands,
                          struct net_options *o, struct err *e)
{
    const char *target = operands->n ? operands->v[0] : NULL;

    if (g->target == TARGET_BESS)
        return err_set(e, 0, "--target-type=bess: User Mode Linux needs slirp4netns(1)");
    if (o->launcher >= 0)
        return target ? err_set(e, 0, "--launcher-fd: \"%s\" is too much", target) : 0;
    if (!target)
        return err_set(e, 0, "the pid or path of the network namespace is missing");
    if (operands->n > 1)
        o->tap = operands->v[1];
    if (!*o->tap || strlen(o->tap) > 15 || strpbrk(o->tap, "/ :%"))
        return err_set(e, 0, "\"%s\" is no name for a device", o->tap);
    if (g->type == TYPE_PATH || strchr(target, '/'))
        o->net_path = target;
    else if (!text_u32(target, &o->pid) || o->pid == 0 || o->pid > INT32_MAX)
        return err_set(e, 0, "\"%s\" is neither a pid nor a path", target);
    o->user_path = g->user_path;
    return 0;
}

static int take_resolvers(const struct given *g, struct net_options *o, struct err *e)
{
    if (g->dns.n > RESOLV_SERVERS_MAX)
        return err_set(e, 0, "--dns: more than %d resolvers", RESOLV_SERVERS_MAX);
    for (size_t i = 0; i < g->dns.n; i++)
        TRY(parse_ip("dns", g->dns.v[i], 0, &o->dns.servers[o->dns.n++], e));
    if (g->dns_fallback)
        TRY(parse_ip("dns-fallback", g->dns_fallback, 0, &o->dns_fallback, e));
    o->resolv_conf = g->resolv_conf ? g->resolv_conf : "/etc/resolv.conf";
    o->no_dns = g->no_dns;
    if (o->no_dns) {
        o->net.v4.dns = (struct ip){ 0 };
        o->net.v6.dns = (struct ip){ 0 };
    }
    return 0;
}

static int take_fds(const struct given *g, struct net_options *o, struct err *e)
{
    const struct { const char *name; uint32_t given; int *fd; } fds[] = {
        { "launcher-fd", g->launcher, &o->launcher }, { "control-fd", g->control, &o->control },
        { "ready-fd", g->ready, &o->ready },          { "exit-fd", g->exit_fd, &o->exit_fd },
        { "log-fd", g->log, &o->log },                { "pcap-fd", g->pcap_fd, &o->pcap_fd },
    };

    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
        if (fds[i].given != NO_FD && fds[i].given > 65535)
            return err_set(e, 0, "--%s: %u is no descriptor", fds[i].name, fds[i].given);
        *fds[i].fd = (int)fds[i].given;
    }
    return 0;
}

static int take(struct arena *a, const struct given *g, const struct texts *operands,
                struct net_options *o, struct err *e)
{
    TRY(take_fds(g, o, e));
    TRY(take_container(g, operands, o, e));
    TRY(take_net(a, g, &o->net, e));
    TRY(take_outbound(g, o, e));
    TRY(take_resolvers(g, o, e));
    for (size_t i = 0; i < g->publish.n; i++)
        if (strcmp(g->publish.v[i], "auto") == 0)
            o->publish_auto = true;
        else
            TRY(publish_parse(a, g->publish.v[i], LIST_ADD(a, &o->publish), e));
    o->configure = g->configure;
    o->api = g->api;
    o->log_json = g->log_json;
    o->pcap = g->pcap;
    o->pcap_max = g->pcap_max;
    o->pcap_snap = g->pcap_snap;
    o->restart = !g->no_restart;
    o->drain_ms = g->drain_ms;
    o->no_jail = g->no_jail;
    return 0;
}

int net_options_parse(struct arena *a, const char *const *words, size_t n, struct net_options *o,
                      struct err *e)
{
    struct given g = {
        .flows_max = 4096, .flows_per_second = 2000, .half_closed = 900, .drain_ms = 200,
        .pcap_max = 64u << 20, .pcap_snap = 65535, .launcher = NO_FD, .control = NO_FD, .ready = NO_FD,
        .exit_fd = NO_FD, .log = NO_FD, .pcap_fd = NO_FD,
    };
    struct parse p = { .rows = rows, .store = &g, .most = 2 };

    *o = (struct net_options){ .tap = "tap0", .launcher = -1, .control = -1, .ready = -1,
                               .exit_fd = -1, .log = -1, .pcap_fd = -1 };
    /* Whoever waits at that socket wants to know what is wrong with the rest. */
    if (options_parse(a, &p, words, n, e) < 0) {
        if (g.launcher != NO_FD)
            o->launcher = (int)g.launcher;
        return -1;
    }
    o->help = p.help;
    o->version = g.version;
    return o->help || o->version ? 0 : take(a, &g, &p.operands, o, e);
}
