#include "net/network.h"

#include <string.h>

#include "tap.h"

static struct arena *a;

static int read_mode(const char *text, struct network *n, struct err *e)
{
    *n = network_start();
    *e = (struct err){ 0 };
    return network_mode(a, n, text, e);
}

TEST(modes_are_words_or_places)
{
    static const struct {
        const char *text;
        enum network_mode mode;
        const char *target;
    } rows[] = {
        { "none", NETWORK_NONE, NULL },
        { "host", NETWORK_HOST, NULL },
        { "slirp", NETWORK_SLIRP, NULL },
        { "internal", NETWORK_INTERNAL, NULL },
        { "path:/run/netns/a", NETWORK_PATH, "/run/netns/a" },
        { "ns:/proc/1/ns/net", NETWORK_PATH, "/proc/1/ns/net" },
        { "container:web", NETWORK_CONTAINER, "web" },
    };

    a = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct network n;
        struct err e;

        EQ_INT(read_mode(rows[i].text, &n, &e), 0);
        EQ_INT(n.mode, rows[i].mode);
        if (rows[i].target)
            EQ_STR(n.target, rows[i].target);
        OK(!n.needs);
    }
    arena_free(a);
}

/* What is refused, and the part that the error names. */
static const struct {
    const char *text, *part;
} bad[] = {
    { "", "unknown network \"\"" },
    { "bridge", "unknown network \"bridge\"" },
    { "Slirp", "did you mean slirp?" },
    { "path:ns", "wants an absolute path" },
    { "container:", "wants an id" },
    { "slirp,", "unknown key " },
    { "slirp,mtuu=1", "did you mean mtu?" },
    { "slirp,mtu", "mtu: wants a value" },
    { "slirp,mtu=", "from 68 to 65520" },
    { "slirp,mtu=67", "from 68 to 65520" },
    { "slirp,mtu=65521", "from 68 to 65520" },
    { "slirp,mtu=1e3", "from 68 to 65520" },
    { "slirp,cidr=10.0.2.0", "wants an IPv4 network" },
    { "slirp,cidr=10.0.2.0/30", "wants an IPv4 network" },
    { "slirp,cidr=10.0.2.0/7", "wants an IPv4 network" },
    { "slirp,cidr=fd00::/64", "wants an IPv4 network" },
    { "slirp,ip=fd00::1", "wants an IPv4 address" },
    { "slirp,ip6=10.0.2.1", "wants an IPv6 address" },
    { "slirp,ipv4=maybe", "wants on or off" },
    { "slirp,ipv6=fd00::/65", "an IPv6 network of 64 bits" },
    { "slirp,mac=02:00:00:00:00", "wants six bytes" },
    { "slirp,mac=02:00:00:00:00:0g", "wants six bytes" },
    { "slirp,mac=02:00:00:00:00:00:", "wants six bytes" },
    { "slirp,mac=03:00:00:00:00:01", "not of a group" },
    { "slirp,mac=00:00:00:00:00:00", "not of a group" },
    { "slirp,ifname=lo", "the name of a device" },
    { "slirp,ifname=a/b", "the name of a device" },
    { "slirp,ifname=a-name-of-16-byt", "the name of a device" },
    { "slirp,allow=10.0.0.0/33", "wants ADDRESS" },
    { "slirp,allow=10.0.0.0/8:0", "wants ADDRESS" },
    { "slirp,deny=10.0.0.0/8:90-80", "wants ADDRESS" },
    { "slirp,deny=fd00::/8:80", "wants ADDRESS" },
    { "slirp,deny=[fd00::/8]80", "wants ADDRESS" },
    { "slirp,host-loopback=0", "wants PORT" },
    { "slirp,host-loopback=x", "wants PORT" },
    { "slirp,outbound6=192.0.2.1", "an IPv6 address or a device" },
    { "slirp,dns=resolver", "an address, or none" },
    { "slirp,dns-search=a#b", "one word" },
    { "slirp,add-host=a", "NAME:ADDRESS" },
    { "slirp,add-host=:1.2.3.4", "NAME:ADDRESS" },
    { "slirp,add-host=a:b", "NAME:ADDRESS" },
    { "slirp,publish=80/sctp", "\"sctp\" is not tcp or udp" },
    { "slirp,fragments=keep", "join or drop" },
    { "slirp,restart=maybe", "yes or no" },
    { "slirp,drain-ms=60001", "from 0 to 60000" },
    { "slirp,flows-max=0", "from 1 to 65536" },
};

TEST(an_error_names_the_faulty_part)
{
    a = arena_new();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct network n;
        struct err e;

        EQ_INT(read_mode(bad[i].text, &n, &e), -1);
        if (!strstr(e.text, bad[i].part))
            EQ_STR(e.text, bad[i].part);
    }
    arena_free(a);
}

TEST(keys_are_where_they_belong)
{
    struct network n;
    struct err e;
    char text[IP_TEXT_MAX];

    a = arena_new();
    EQ_INT(read_mode("slirp,mtu=9000,cidr=192.0.2.77/24,ip=192.0.2.5,mac=02:00:5E:00:53:01,ipv6=fd00:1::9/64",
                     &n, &e), 0);
    EQ_INT(n.mtu, 9000);
    EQ_STR(ip_text(&n.v4.prefix.ip, text), "192.0.2.0");
    EQ_INT(n.v4.prefix.bits, 24);
    EQ_STR(ip_text(&n.v4.guest, text), "192.0.2.5");
    EQ_STR(n.mac, "02:00:5e:00:53:01");
    EQ_STR(ip_text(&n.v6.prefix.ip, text), "fd00:1::");
    EQ_INT(n.v6.on, WORD_ON);
    EQ_STR(n.needs, "mtu");
    EQ_INT(n.helper.n, 0);
    EQ_INT(read_mode("none,optional", &n, &e), 0);
    OK(n.optional && !n.needs);
    arena_free(a);
}

TEST(lists_take_several_and_keep_their_order)
{
    struct network n = network_start();
    struct err e = { 0 };

    a = arena_new();
    EQ_INT(network_key(a, &n, "publish", "8080:80  81\t82/udp", &e), 0);
    EQ_INT(network_key(a, &n, "deny", "10.0.0.0/8", &e), 0);
    EQ_INT(network_key(a, &n, "allow", "10.1.0.0/16:80-90 [2001:db8::/32]:443 ::1", &e), 0);
    EQ_INT(n.helper.n, 7);
    EQ_STR(n.helper.v[0], "--publish=8080:80");
    EQ_STR(n.helper.v[2], "--publish=82/udp");
    EQ_STR(n.helper.v[3], "--deny=10.0.0.0/8");
    EQ_STR(n.helper.v[4], "--allow=10.1.0.0/16:80-90");
    EQ_STR(n.helper.v[5], "--allow=[2001:db8::/32]:443");
    EQ_INT(network_key(a, &n, "host-loopback", NULL, &e), 0);
    OK(n.host_loopback && n.loopback_ports.n == 0);
    EQ_INT(network_key(a, &n, "host-loopback", "80 8000-8010", &e), 0);
    EQ_INT(n.loopback_ports.n, 2);
    EQ_INT(network_key(a, &n, "dns", "none", &e), 0);
    OK(n.no_dns && n.dns.n == 0);
    EQ_INT(network_key(a, &n, "publish", " ", &e), -1);
    arena_free(a);
}
