/* plan/net.c - the network that rcrun makes for a container.
 *
 * By itself it makes none: a new network namespace has its loopback and nothing else, since a config
 * that says no more is how other tools spell "no network".  Who asks is the option, else the
 * annotation, and that on `run` alone: who uses `create` has engines for it. */
#include <errno.h>
#include <string.h>

#include "base/path.h"
#include "plan/make.h"
#include "spec/names.h"

#define WHY_OPTION "--net"
#define WHY_ANNOTATION ANNOTATION_NETWORK
#define MTU 1500
#define MTU_V6_LEAST 1280 /* RFC 8200, 5 */
#define MTU_WIDE 16384    /* above, one segment at a time is on its way */
#define PATIENCE_MS 1000  /* for the helper to end, after it drained */

/* The descriptors that the helper gets, in the order of run/parent-net.c. */
#define FD_LAUNCHER "3"
#define FD_CONTROL "4"
#define FD_PCAP "5"
#define FD_LOG "6"

/* ---- what is asked ---- */

static int add_words(struct arena *a, const struct dict *words, struct network *n, struct err *e)
{
    for (size_t i = 0; i < words->n; i++) {
        const struct pair *p = &words->v[i];

        if (!p->key)
            TRY(network_mode(a, n, p->value, e));
        else
            TRY(network_key(a, n, p->key, p->value, e));
    }
    return 0;
}

static int read_annotations(struct arena *a, const struct spec *s, struct network *n,
                            struct err *e)
{
    static const char prefix[] = ANNOTATION_NETWORK ".";

    for (size_t i = 0; i < s->annotations.n; i++) {
        const struct pair *p = &s->annotations.v[i];
        int result = 0;

        if (strcmp(p->key, ANNOTATION_NETWORK) == 0)
            result = network_mode(a, n, p->value, e);
        else if (text_starts(p->key, prefix))
            result = network_key(a, n, p->key + sizeof prefix - 1, p->value, e);
        if (result < 0)
            return err_ctx(e, "annotations[\"%s\"]", p->key);
    }
    return 0;
}

/* Both; the stronger one last, so that its words win and its lists come behind.  Where it wants no
 * network of ours, what the annotations say of one is void. */
static int read_asked(struct arena *a, const struct spec *s, const struct plan_options *o,
                      struct network *n, struct err *e)
{
    struct network option = network_start();

    *n = network_start();
    TRY(add_words(a, &o->network, &option, e));
    if (!o->create && !o->exec &&
        (option.mode == NETWORK_CONFIG || network_is_made(option.mode)))
        TRY(read_annotations(a, s, n, e));
    return add_words(a, &o->network, n, e);
}

bool plan_net_wanted(struct arena *a, const struct spec *s, const struct plan_options *o)
{
    struct network n;
    struct err ignored = { 0 };

    return !o->exec && read_asked(a, s, o, &n, &ignored) == 0 && network_is_made(n.mode);
}

/* ---- whether ---- */

/* Somebody else has a hand in this network, by what the config says; NULL = nobody. */
static const char *other_maker(struct maker *m)
{
    const struct spec_hooks *h = m->spec->hooks;
    const char *path = NULL;

    if (spec_namespace(m->spec, NS_NET, &path) && path)
        return arena_printf(m->a, "linux.namespaces joins the network %s", path);
    if (h && h->prestart.n)
        return "hooks.prestart may set up the network";
    if (h && h->create_runtime.n)
        return "hooks.createRuntime may set up the network";
    if (m->spec->linux_ && m->spec->linux_->net_devices.n)
        return "linux.netDevices gives it devices";
    if (!makes(m, NS_NET))
        return "linux.namespaces has no network";
    return NULL;
}

/* Published ports of TCP lead from socket to socket (PF-09): they need an address, and nothing where a
 * packet could go. */
static bool has_device(const struct maker *m)
{
    return m->net.mode != NETWORK_INTERNAL || m->net.publishes_udp || m->net.pcap;
}

static const char *tun_hint(int num)
{
    return num == EACCES || num == EPERM
               ? "sudo chmod 666 /dev/net/tun; or --net=none"
               : "sudo modprobe tun (in an outer container: start that with --device /dev/net/tun); "
                 "or --net=none";
}

static int missing(struct maker *m, struct err *e)
{
    if (!m->f->net.helper) {
        err_set(e, 0, "%s: rcrun-net is not installed", m->net_why);
        return err_hint(e, "install it beside rcrun, or use --net=none");
    }
    if (m->f->net.tun && has_device(m)) {
        err_set(e, m->f->net.tun, "%s: /dev/net/tun", m->net_why);
        return err_hint(e, "%s", tun_hint(m->f->net.tun));
    }
    return 0;
}

/* 1: it is made; 0: not. */
static int decide_whether(struct maker *m, struct err *e)
{
    bool option = text_is(m->net_why, WHY_OPTION);
    const char *other = other_maker(m);

    if (other && option) {
        err_set(e, 0, "--net=%s: %s", names_word(network_modes, m->net.mode), other);
        return err_hint(e, "leave out --net and -p, or change the config");
    }
    if (other) {
        plan_warn(m, "annotations[\"" ANNOTATION_NETWORK "\"]: no network is made: %s", other);
        return 0;
    }
    if (missing(m, e) == 0)
        return 1;
    if (!m->net.optional)
        return -1;
    plan_warn(m, "no network: %s", e->text);
    err_clear(e);
    return 0;
}

/* ---- addresses ---- */

static const char *const choices[] = {
    "10.0.2.0/24", "10.0.3.0/24", "10.0.4.0/24",     "10.0.5.0/24",       "10.0.6.0/24",
    "10.0.7.0/24", "10.0.8.0/24", "10.0.9.0/24", "172.31.255.0/24", "100.115.92.0/24",
};

/* The route or resolver of the host that would be out of reach, or NULL. */
static const char *hides(const struct facts *f, const struct ip_prefix *p)
{
    const struct texts *lists[] = { &f->net.routes, &f->net.servers };

    for (size_t i = 0; i < COUNT_OF(lists); i++)
        for (size_t k = 0; k < lists[i]->n; k++) {
            struct ip_prefix other;

            if (ip_parse_prefix(lists[i]->v[k], &other) && ip_overlap(&other, p))
                return lists[i]->v[k];
        }
    return NULL;
}

static void choose_prefix(struct maker *m, struct ip_prefix *out)
{
    const char *first = NULL;

    for (size_t i = 0; i < COUNT_OF(choices); i++) {
        const char *other;

        ip_parse_prefix(choices[i], out);
        other = hides(m->f, out);
        if (!other && i)
            plan_note(m, "cidr=%s, since the host uses %s", choices[i], first);
        if (!other)
            return;
        first = first ? first : other;
    }
    ip_parse_prefix(choices[0], out);
    plan_warn(m, "cidr=%s: the container cannot reach %s of the host, which it hides; choose another "
                 "with --net=slirp,cidr=...",
              choices[0], first);
}

/* Neither the network itself nor its broadcast address. */
static int check_place(const struct ip_prefix *p, const char *key, const struct ip *ip,
                       struct err *e)
{
    struct ip first = ip_nth(p, 0), last = ip_nth(p, UINT32_MAX);
    char text[IP_TEXT_MAX], net[IP_TEXT_MAX];

    if (!ip_in(ip, p) ||
        (ip->family == AF_INET && (ip_equal(ip, &first) || ip_equal(ip, &last))))
        return err_set(e, 0, "%s=%s: is no address of a device in %s/%u", key, ip_text(ip, text),
                       ip_text(&first, net), p->bits);
    return 0;
}

static int check_places(const struct network_family *v, struct err *e)
{
    bool six = v->prefix.ip.family == AF_INET6;
    char text[IP_TEXT_MAX];

    TRY(check_place(&v->prefix, six ? "ip6" : "ip", &v->guest, e));
    TRY(check_place(&v->prefix, "gateway", &v->gateway, e));
    TRY(check_place(&v->prefix, "dns-ip", &v->dns, e));
    if (ip_equal(&v->guest, &v->gateway) || ip_equal(&v->guest, &v->dns))
        return err_set(e, 0, "%s=%s: is the gateway or the resolver", six ? "ip6" : "ip",
                       ip_text(&v->guest, text));
    if (ip_equal(&v->gateway, &v->dns))
        return err_set(e, 0, "gateway=%s: is the resolver, too", ip_text(&v->gateway, text));
    return 0;
}

static void fill(struct network_family *v, uint32_t guest)
{
    if (!v->guest.family)
        v->guest = ip_nth(&v->prefix, guest);
    if (!v->gateway.family)
        v->gateway = ip_nth(&v->prefix, 2);
    if (!v->dns.family)
        v->dns = ip_nth(&v->prefix, 3);
}

static int decide_v4(struct maker *m, struct err *e)
{
    struct network_family *v = &m->net.v4;
    uint32_t last;

    if (v->on == WORD_OFF) {
        *v = (struct network_family){ .on = WORD_OFF };
        return 0;
    }
    if (!v->prefix.ip.family)
        choose_prefix(m, &v->prefix);
    last = (1u << (32 - v->prefix.bits)) - 2;
    fill(v, last < 100 ? last : 100);
    return check_places(v, e);
}

/* A network that no other container has, and the same one each time: fd00::/8 with 56 bits of the id
 * (RFC 4193). */
static void own_prefix(const char *id, struct ip_prefix *out)
{
    uint64_t h = text_hash(TEXT_HASH_START, id, strlen(id));

    *out = (struct ip_prefix){ .ip.family = AF_INET6, .bits = 64 };
    out->ip.bytes[0] = 0xfd;
    for (int i = 1; i < 8; i++)
        out->ip.bytes[i] = (unsigned char)(h >> 8 * i);
}

static int decide_v6(struct maker *m, struct err *e)
{
    struct network_family *v = &m->net.v6;
    bool narrow = m->net.mtu < MTU_V6_LEAST;

    if (v->on == WORD_AUTO && v->guest.family)
        v->on = WORD_ON;
    if (v->on == WORD_ON && narrow)
        return err_set(e, 0, "mtu=%u: IPv6 needs %d", m->net.mtu, MTU_V6_LEAST);
    if (v->on == WORD_AUTO && narrow && m->f->net.default6)
        plan_note(m, "mtu=%u: too little for IPv6, which is left out", m->net.mtu);
    if (v->on == WORD_OFF || (v->on == WORD_AUTO && (!m->f->net.default6 || narrow))) {
        *v = (struct network_family){ .on = WORD_OFF };
        return 0;
    }
    v->on = WORD_ON;
    if (!v->prefix.ip.family)
        own_prefix(m->o->id, &v->prefix);
    fill(v, 0x100);
    return check_places(v, e);
}

/* Locally administered (IEEE 802, 8.2), and the same one each time. */
static const char *own_mac(struct maker *m)
{
    uint64_t h = text_hash(TEXT_HASH_START, m->o->id, strlen(m->o->id));

    return arena_printf(m->a, "02:%02x:%02x:%02x:%02x:%02x", (unsigned)(h & 0xff),
                        (unsigned)(h >> 8 & 0xff), (unsigned)(h >> 16 & 0xff),
                        (unsigned)(h >> 24 & 0xff), (unsigned)(h >> 32 & 0xff));
}

static int decide_addresses(struct maker *m, struct err *e)
{
    struct network *n = &m->net;

    n->mtu = n->mtu ? n->mtu : MTU;
    if (n->mtu > MTU_WIDE)
        plan_warn(m, "mtu=%u: above %d transfers may stall; 1500 is the fastest", n->mtu, MTU_WIDE);
    TRY(decide_v4(m, e));
    TRY(decide_v6(m, e));
    if (n->v4.on == WORD_OFF && n->v6.on == WORD_OFF) {
        err_set(e, 0, "ipv4=off: then there is no network at all");
        return err_hint(e, "add ipv6=on");
    }
    n->interface = n->interface ? n->interface : "tap0";
    n->mac = n->mac ? n->mac : own_mac(m);
    return 0;
}

/* ---- the decision ---- */

static bool helper_is_heard(const struct maker *m)
{
    return m->o->foreground || m->o->log_file;
}

/* create is for engines, which set up the network themselves. */
static int decide_create(struct maker *m, struct err *e)
{
    if (network_is_made(m->net.mode) || m->net.needs) {
        err_set(e, 0, "%s%s: not for create", m->net.needs ? "" : "--net=",
                m->net.needs ? m->net.needs : names_word(network_modes, m->net.mode));
        return err_hint(e, "engines set up the network between create and start; use run");
    }
    if (spec_annotation(m->spec, ANNOTATION_NETWORK))
        plan_note(m, "annotations[\"" ANNOTATION_NETWORK "\"]: for run alone: with create the network "
                     "is the caller's business");
    return 0;
}

/* What is said of a network that rcrun does not make would be ignored. */
static int refuse_rest(struct maker *m, struct err *e)
{
    const char *mode = names_word(network_modes, m->net.mode);

    if (!m->net.needs)
        return 0;
    if (m->o->network.n) {
        err_set(e, 0, "%s: means nothing with --net=%s", m->net.needs,
                mode ? mode : m->net.mode == NETWORK_CONFIG ? "none" : "path or container");
        return err_hint(e, "use --net=slirp, or --net=internal for published ports alone");
    }
    plan_warn(m, "annotations[\"" ANNOTATION_NETWORK ".%s\"]: without effect: no network is made",
              m->net.needs);
    return 0;
}

/* The first question of people whose container is offline. */
static void tell_offline(struct maker *m)
{
    if (m->net.mode == NETWORK_CONFIG && m->o->foreground && m->f->tty.stderr_tty &&
        !other_maker(m))
        plan_warn(m, "no network: add --net=slirp");
}

/* The helper looks for one, tells where it found none, and follows the file; but in the background
 * nobody hears it. */
static void tell_resolver(struct maker *m)
{
    if (!m->f->net.resolv_why || m->net.dns.n || !plan_net_has_resolver(m))
        return;
    if (helper_is_heard(m))
        plan_note(m, "no resolver: %s", m->f->net.resolv_why);
    else
        plan_warn(m, "no resolver: %s; give one with --dns", m->f->net.resolv_why);
}

int plan_net_decide(struct maker *m, struct err *e)
{
    struct network option = network_start();
    int made;

    TRY(add_words(m->a, &m->o->network, &option, e));
    TRY(read_asked(m->a, m->spec, m->o, &m->net, e));
    if (option.mode != NETWORK_CONFIG)
        plan_note(m, "--net decides the network of this run; config.json stays as it is");
    m->net_why = option.mode != NETWORK_CONFIG ? WHY_OPTION : WHY_ANNOTATION;
    if (m->o->create)
        TRY(decide_create(m, e));
    if (!network_is_made(m->net.mode)) {
        TRY(refuse_rest(m, e));
        tell_offline(m);
        return 0;
    }
    made = decide_whether(m, e);
    if (made <= 0)
        return made;
    m->makes_net = true;
    if (!makes(m, NS_MOUNT))
        plan_warn(m, "no resolv.conf, hosts and hostname: the container has no mount namespace of its "
                     "own");
    tell_resolver(m);
    return decide_addresses(m, e);
}

/* ---- the helper ---- */

static const char *prefixed(struct maker *m, const struct ip *ip, const struct ip_prefix *p)
{
    char text[IP_TEXT_MAX];

    return ip->family ? arena_printf(m->a, "%s/%u", ip_text(ip, text), p->bits) : NULL;
}

static const char *plain(struct maker *m, const struct ip *ip)
{
    char text[IP_TEXT_MAX];

    return ip->family ? arena_text(m->a, ip_text(ip, text)) : NULL;
}

static void add_arg(struct maker *m, struct texts *args, const char *option, const char *value)
{
    if (value)
        *LIST_ADD(m->a, args) = arena_printf(m->a, "--%s=%s", option, value);
}

static void add_number(struct maker *m, struct texts *args, const char *option, uint32_t value)
{
    add_arg(m, args, option, arena_printf(m->a, "%u", value));
}

static void add_families(struct maker *m, struct texts *args)
{
    const struct network_family *v4 = &m->net.v4, *v6 = &m->net.v6;

    if (v4->on == WORD_OFF)
        add_arg(m, args, "ipv4", "off");
    add_arg(m, args, "cidr", prefixed(m, &v4->prefix.ip, &v4->prefix));
    add_arg(m, args, "ip", plain(m, &v4->guest));
    add_arg(m, args, "gateway", plain(m, &v4->gateway));
    add_arg(m, args, "dns-ip", plain(m, &v4->dns));
    add_arg(m, args, "ipv6", prefixed(m, &v6->prefix.ip, &v6->prefix));
    add_arg(m, args, "ip6", plain(m, &v6->guest));
}

/* "80,8000-8010" */
static const char *ports(struct maker *m)
{
    const char *text = "";

    for (size_t i = 0; i < m->net.loopback_ports.n; i++)
        text = arena_printf(m->a, "%s%s%s", text, i ? "," : "", m->net.loopback_ports.v[i]);
    return text;
}

bool plan_net_has_resolver(const struct maker *m)
{
    return !m->net.no_dns && m->net.mode == NETWORK_SLIRP;
}

static struct texts helper_args(struct maker *m)
{
    const struct network *n = &m->net;
    struct texts args = { 0 };

    *LIST_ADD(m->a, &args) = path_last(m->f->net.helper);
    add_arg(m, &args, "launcher-fd", FD_LAUNCHER);
    add_arg(m, &args, "control-fd", FD_CONTROL);
    add_arg(m, &args, "pcap-fd", n->pcap ? FD_PCAP : NULL);
    add_arg(m, &args, "log-fd", helper_is_heard(m) ? FD_LOG : NULL);
    add_arg(m, &args, "log-format", m->o->log_json ? "json" : NULL);
    add_families(m, &args);
    add_arg(m, &args, "mac", n->mac);
    add_number(m, &args, "mtu", n->mtu);
    add_number(m, &args, "drain-ms", n->drain_ms);
    if (n->mode == NETWORK_INTERNAL)
        *LIST_ADD(m->a, &args) = "--internal";
    if (!plan_net_has_resolver(m))
        *LIST_ADD(m->a, &args) = "--disable-dns";
    if (n->host_loopback && n->loopback_ports.n)
        add_arg(m, &args, "host-loopback", ports(m));
    else if (n->host_loopback)
        *LIST_ADD(m->a, &args) = "--host-loopback";
    for (size_t i = 0; i < n->helper.n; i++)
        *LIST_ADD(m->a, &args) = n->helper.v[i];
    *LIST_ADD(m->a, &args) = NULL;
    args.n--;
    return args;
}

/* While the map helpers run: its exec, its link and its listeners cost no time of ours. */
void plan_net_start(struct maker *m)
{
    struct step_start_net *s;

    if (!m->makes_net)
        return;
    ADD_BARE(m, listen_net, PARENT, m->net_why);
    s = ADD(m, start_net, PARENT, m->net_why);
    s->helper = m->f->net.helper;
    s->args = helper_args(m);
    s->tells = helper_is_heard(m);
    s->pcap = m->net.pcap;
}

static void add_device(struct maker *m)
{
    const struct network *n = &m->net;
    struct step_make_tap *s = ADD(m, make_tap, INIT, m->net_why);

    s->name = n->interface;
    s->mac = n->mac;
    s->mtu = n->mtu;
    s->address = prefixed(m, &n->v4.guest, &n->v4.prefix);
    s->gateway = plain(m, &n->v4.gateway);
    s->address6 = prefixed(m, &n->v6.guest, &n->v6.prefix);
    s->gateway6 = plain(m, &n->v6.gateway);
}

/* An address alone: what the prefix has besides is nowhere. */
static const char *alone(struct maker *m, const struct ip *ip)
{
    const struct ip_prefix whole = { .bits = ip->family == AF_INET6 ? 128 : 32 };

    return prefixed(m, ip, &whole);
}

static void add_addresses(struct maker *m)
{
    struct step_inner_net *s = ADD(m, inner_net, INIT, m->net_why);

    s->address = alone(m, &m->net.v4.guest);
    s->address6 = alone(m, &m->net.v6.guest);
}

void plan_net_dress(struct maker *m)
{
    if (!m->makes_net)
        return;
    if (has_device(m))
        add_device(m);
    else
        add_addresses(m);
    plan_meet(m, INIT, PARENT, MSG_TAP, m->net_why);
    ADD_BARE(m, give_tap, PARENT, m->net_why);
}

/* Before anybody who could use it: hooks in the container, the program. */
void plan_net_ready(struct maker *m)
{
    if (!m->makes_net || m->net_ready)
        return;
    m->net_ready = true;
    ADD_BARE(m, await_net, PARENT, m->net_why);
    plan_meet(m, PARENT, INIT, MSG_NET_READY, m->net_why);
}

uint32_t plan_net_patience(const struct maker *m)
{
    return m->makes_net ? m->net.drain_ms + PATIENCE_MS : 0;
}

void plan_net_end(struct maker *m)
{
    if (m->makes_net)
        ADD(m, end_net, PARENT, m->net_why)->patience = plan_net_patience(m);
}
