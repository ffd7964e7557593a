#include "rcrun-net/options.h"

#include "tap.h"

static struct arena *a;
static struct net_options o;
static struct err e;

/* Reads words that are divided by blanks. */
static int read_words(const char *line)
{
    const char *words[64];
    size_t n = 0;
    char *at;

    arena_free(a);
    a = arena_new();
    e = (struct err){ 0 };
    at = arena_text(a, line);
    for (char *word; (word = strsep(&at, " "));)
        if (*word)
            words[n++] = word;
    return net_options_parse(a, words, n, &o, &e);
}

static const char *told(const struct ip *ip)
{
    static char text[4][IP_TEXT_MAX];
    static int i;

    return ip_text(ip, text[i++ % 4]);
}

static const char *refusal(const char *line)
{
    return read_words(line) < 0 ? e.text : "taken";
}

TEST(a_pid_is_all_that_is_needed)
{
    EQ_INT(read_words("4711"), 0);
    EQ_INT(o.pid, 4711);
    EQ_STR(o.tap, "tap0");
    EQ_INT(o.configure, false);
    EQ_STR(told(&o.net.v4.guest), "10.0.2.100");
    EQ_STR(told(&o.net.v4.gateway), "10.0.2.2");
    EQ_STR(told(&o.net.v4.dns), "10.0.2.3");
    EQ_INT(o.net.v4.prefix.bits, 24);
    EQ_INT(o.net.v6.on, false);
    EQ_INT(o.net.mtu, 1500);
    EQ_INT(o.net.host_loopback, false);
    EQ_INT(o.net.flows_max, 4096);
    EQ_INT(o.net.half_closed_s, 900);
    EQ_INT(o.restart, true);
    EQ_INT(o.drain_ms, 200);
    EQ_INT(o.ready, -1);
    EQ_INT(o.launcher, -1);
    /* Locally administered, and of one device. */
    EQ_INT(o.net.guest_mac[0] & 3, 2);
}

/* Every option that slirp4netns 1.3 has, and what became of it. */
TEST(takes_the_words_of_slirp4netns)
{
    EQ_INT(read_words("-c -e 3 -r 4 -m 9000 -6 -a /s --cidr=10.9.0.0/16 --disable-host-loopback "
                      "--netns-type=path --userns-path=/u --enable-sandbox --enable-seccomp "
                      "--outbound-addr=192.0.2.1 --outbound-addr6=2001:db8::1 --disable-dns "
                      "--macaddress=02:00:00:00:00:01 --target-type=netns /n eth7"), 0);
    EQ_INT(o.configure, true);
    EQ_INT(o.exit_fd, 3);
    EQ_INT(o.ready, 4);
    EQ_INT(o.net.mtu, 9000);
    EQ_INT(o.net.v6.on, true);
    EQ_STR(told(&o.net.v6.guest), "fd00::100");
    EQ_STR(o.api, "/s");
    EQ_STR(told(&o.net.v4.guest), "10.9.0.100");
    EQ_INT(o.net.host_loopback, false);
    EQ_STR(o.net_path, "/n");
    EQ_STR(o.user_path, "/u");
    EQ_STR(told(&o.outbound4), "192.0.2.1");
    EQ_STR(told(&o.outbound6), "2001:db8::1");
    EQ_INT(o.no_dns, true);
    EQ_INT(o.net.v4.dns.family, 0);
    EQ_INT(o.net.guest_mac[5], 1);
    EQ_STR(o.tap, "eth7");
    EQ_INT(read_words("--configure --exit-fd=3 --ready-fd=4 --mtu=65521 --enable-ipv6 --api-socket=/s 1"),
           0);
    EQ_INT(o.net.mtu, 65520);
    EQ_STR(refusal("--target-type=bess /s"), "--target-type=bess: User Mode Linux needs slirp4netns(1)");
    EQ_INT(read_words("-h"), 0);
    EQ_INT(o.help, true);
    EQ_INT(read_words("-v"), 0);
    EQ_INT(o.version, true);
}

/* podman looks for these in the help before it gives them. */
TEST(the_help_names_what_engines_look_for)
{
    static const char *const names[] = { "--disable-host-loopback", "--mtu", "--enable-sandbox",
                                         "--enable-seccomp",        "--outbound-addr",
                                         "--enable-ipv6",           "--cidr" };
    OWN_TEXT help = { 0 };

    net_options_help(&help);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        OK(strstr(help.s, names[i]));
}

TEST(small_networks_have_room_for_all)
{
    static const struct { const char *cidr, *guest; } cases[] = {
        { "192.168.5.0/24", "192.168.5.100" }, { "192.168.5.77/25", "192.168.5.100" },
        { "192.168.5.64/26", "192.168.5.126" }, { "192.168.5.8/29", "192.168.5.14" },
        { "10.0.0.0/8", "10.0.0.100" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char line[64];

        snprintf(line, sizeof line, "--cidr %s 1", cases[i].cidr);
        EQ_INT(read_words(line), 0);
        EQ_STR(told(&o.net.v4.guest), cases[i].guest);
    }
    EQ_INT(read_words("--cidr 10.1.2.0/24 --ip 10.1.2.7 --gateway 10.1.2.1 --dns-ip 10.1.2.53 1"), 0);
    EQ_STR(told(&o.net.v4.guest), "10.1.2.7");
    EQ_STR(told(&o.net.v4.gateway), "10.1.2.1");
    EQ_STR(told(&o.net.v4.dns), "10.1.2.53");
    EQ_INT(read_words("--ipv6 fd12:3456::/64 --ip6 fd12:3456::9 1"), 0);
    EQ_STR(told(&o.net.v6.guest), "fd12:3456::9");
    EQ_STR(told(&o.net.v6.gateway), "fd12:3456::2");
    EQ_INT(read_words("--ipv4 off --ipv6 on 1"), 0);
    EQ_INT(o.net.v4.on, false);
}

TEST(rules_keep_their_order_and_metadata_comes_last)
{
    const struct net_rule *r;

    EQ_INT(read_words("--deny 10.0.0.0/8:25 --allow 10.1.0.0/16 --deny=[2001:db8::/32]:80-90 "
                      "--deny fd00::/8 1"), 0);
    EQ_INT(o.net.rules.n, 6);
    r = o.net.rules.v;
    OK(!r[0].allow && r[0].first_port == 25 && r[0].last_port == 25 && r[0].to.bits == 8);
    OK(r[1].allow && r[1].first_port == 0 && r[1].last_port == 65535);
    OK(!r[2].allow && r[2].first_port == 80 && r[2].last_port == 90 && r[2].to.bits == 32);
    OK(r[3].to.ip.family == AF_INET6 && r[3].to.bits == 8);
    EQ_STR(told(&r[4].to.ip), "169.254.169.254");
    EQ_STR(told(&r[5].to.ip), "fd00:ec2::254");
    OK(!r[4].allow && r[4].to.bits == 32 && r[5].to.bits == 128);
}

TEST(no_more_rules_than_there_is_room_for)
{
    static char line[300 * 20];
    const char *words[300];
    size_t n = 0, count = 0;
    char *at;

    arena_free(a);
    a = arena_new();
    for (int i = 0; i < 254; i++)
        n += (size_t)snprintf(line + n, sizeof line - n, "--deny=10.0.0.%d ", i);
    at = arena_text(a, line);
    for (char *word; (word = strsep(&at, " "));)
        if (*word)
            words[count++] = word;
    words[count++] = "1";
    e = (struct err){ 0 };
    EQ_INT(net_options_parse(a, words, count, &o, &e), 0);
    EQ_INT(o.net.rules.n, NET_RULES_MAX);
    words[count - 1] = "--deny=1.1.1.1";
    words[count++] = "1";
    EQ_INT(net_options_parse(a, words, count, &o, &e), -1);
    EQ_STR(e.text, "more than 254 rules of --allow and --deny");
}

TEST(the_loopback_of_the_host_is_asked_for)
{
    EQ_INT(read_words("--host-loopback 1"), 0);
    EQ_INT(o.net.host_loopback, true);
    EQ_INT(o.net.loopback_ports.n, 0);
    EQ_INT(o.pid, 1);
    EQ_INT(read_words("--host-loopback=80,8000-8010 1"), 0);
    EQ_INT(o.net.loopback_ports.n, 2);
    EQ_INT(o.net.loopback_ports.v[1].first_port, 8000);
    EQ_INT(o.net.loopback_ports.v[1].last_port, 8010);
    /* As podman gives both. */
    EQ_INT(read_words("--host-loopback --disable-host-loopback 1"), 0);
    EQ_INT(o.net.host_loopback, false);
}

TEST(takes_what_rcrun_gives)
{
    EQ_INT(read_words("--launcher-fd 3 --control-fd 4 --log-fd 2 --mac 02:11:22:33:44:55 --mtu 1280 "
                      "--publish 8080:80 --publish 53:53/udp --publish=auto --dns 192.0.2.53 --dns 2001:db8::53 "
                      "--dns-fallback 192.0.2.54 --internal --fragments=drop --flows-max 9 "
                      "--half-closed 30 "
                      "--drain-ms 7 --restart=no --outbound eth0 --pcap-fd 9 --pcap-max 5 "
                      "--pcap-snap 60"), 0);
    EQ_INT(o.launcher, 3);
    EQ_INT(o.control, 4);
    EQ_INT(o.log, 2);
    EQ_INT(o.publish.n, 2);
    OK(o.publish_auto);
    OK(o.publish.v[1].udp);
    EQ_INT(o.dns.n, 2);
    EQ_STR(told(&o.dns.servers[1]), "2001:db8::53");
    EQ_STR(told(&o.dns_fallback), "192.0.2.54");
    OK(o.net.internal && o.net.drop_fragments && !o.restart);
    EQ_INT(o.net.flows_max, 9);
    EQ_INT(o.net.half_closed_s, 30);
    EQ_INT(o.drain_ms, 7);
    EQ_STR(o.outbound4_device, "eth0");
    EQ_STR(o.outbound6_device, "eth0");
    EQ_INT(o.pcap_fd, 9);
}

/* Whoever waits at the socket hears of an option that is wrong, wherever it stands. */
TEST(the_launcher_is_known_when_another_option_is_wrong)
{
    EQ_INT(read_words("--launcher-fd 5 --no-such-option"), -1);
    EQ_INT(o.launcher, 5);
    EQ_INT(read_words("--launcher-fd 5 --mtu 1"), -1);
    EQ_INT(o.launcher, 5);
}

TEST(refuses_what_is_wrong_and_names_it)
{
    static const struct { const char *line, *text; } cases[] = {
        { "", "the pid or path of the network namespace is missing" },
        { "0", "\"0\" is neither a pid nor a path" },
        { "12x", "\"12x\" is neither a pid nor a path" },
        { "1 tap0 x", "unexpected argument \"x\"" },
        { "1 a/b", "\"a/b\" is no name for a device" },
        { "1 sixteen-letters0", "\"sixteen-letters0\" is no name for a device" },
        { "--cidr 10.0.0.0/30 1", "--cidr: \"10.0.0.0/30\" is no IPv4 network from /8 to /29" },
        { "--cidr 10.0.0.0/7 1", "--cidr: \"10.0.0.0/7\" is no IPv4 network from /8 to /29" },
        { "--cidr fd00::/64 1", "--cidr: \"fd00::/64\" is no IPv4 network from /8 to /29" },
        { "--ip 10.0.3.1 1", "--ip: 10.0.3.1 is not an address for a device of the network" },
        { "--ip 10.0.2.255 1", "--ip: 10.0.2.255 is not an address for a device of the network" },
        { "--gateway 10.0.2.0 1",
          "--gateway: 10.0.2.0 is not an address for a device of the network" },
        { "--ip 10.0.2.2 1", "10.0.2.2 cannot be the container's and another one's" },
        { "--gateway 10.0.2.3 1", "10.0.2.3 cannot be the gateway and the resolver" },
        { "--ipv6 fd00::/48 1", "--ipv6: \"fd00::/48\" is no IPv6 network of 64 bits" },
        { "--ipv4 off 1", "--ipv4=off without --ipv6 leaves no network" },
        { "--mtu 67 1", "--mtu: 67 is not from 68 to 65520" },
        { "--mtu 65522 1", "--mtu: 65522 is not from 68 to 65520" },
        { "-6 --mtu 1279 1", "--mtu: 1279 is less than the 1280 of IPv6" },
        { "--mac 02:00:00:00:00 1", "--mac: \"02:00:00:00:00\" is no address like "
                                    "02:00:00:00:00:01" },
        { "--mac 03:00:00:00:00:01 1", "--mac: 03:00:00:00:00:01 is a group address" },
        { "--mac 0g:00:00:00:00:01 1", "--mac: \"0g:00:00:00:00:01\" is no address like "
                                       "02:00:00:00:00:01" },
        { "--dns x 1", "--dns: \"x\" is no address" },
        { "--deny 10.0.0.0/33 1", "--deny: \"10.0.0.0/33\" is not like 10.0.0.0/8, "
                                  "10.0.0.0/8:80-90 or [fd00::/8]:443" },
        { "--deny 10.0.0.0/8:0 1", "--deny: \"10.0.0.0/8:0\" is not like 10.0.0.0/8, "
                                   "10.0.0.0/8:80-90 or [fd00::/8]:443" },
        { "--allow 1.1.1.1:90-80 1", "--allow: \"1.1.1.1:90-80\" is not like 10.0.0.0/8, "
                                     "10.0.0.0/8:80-90 or [fd00::/8]:443" },
        { "--host-loopback=0 1", "--host-loopback: \"0\" is not like 80,8000-8010" },
        { "--half-closed 0 1", "--half-closed: 0 is not from 1 to 86400" },
        { "--flows-max 0 1", "--flows-max: 0 is not from 1 to 65536" },
        { "--outbound-addr6 fe80:x 1", "--outbound-addr6: \"fe80:x\" is no IPv6 address" },
        { "--ready-fd 99999 1", "--ready-fd: 99999 is no descriptor" },
        { "--launcher-fd 3 12", "--launcher-fd: \"12\" is too much" },
        { "--mtuu 1 1", "unknown option --mtuu (did you mean --mtu?)" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        EQ_STR(refusal(cases[i].line), cases[i].text);
}
