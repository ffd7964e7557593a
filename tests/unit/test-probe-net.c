#include "host/probe-net.h"

#include "tap.h"

TEST(routes_are_read_and_default_ones_left_out)
{
    static const char text[] =
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
        "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
        "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
        "eth1\t000200C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n"
        "tun0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0\n"
        "tun0\t0502A8C0\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0\n"
        "cut\t0502";
    struct arena *a = arena_new();
    struct texts routes = { 0 };

    net_parse_routes(a, text, &routes);
    EQ_INT(routes.n, 3);
    EQ_STR(routes.v[0], "192.0.2.0/24");
    EQ_STR(routes.v[1], "10.0.0.0/8");
    EQ_STR(routes.v[2], "192.168.2.5/32");
    net_parse_routes(a, "", &routes);
    EQ_INT(routes.n, 3);
    arena_free(a);
}

#define ZERO "00000000000000000000000000000000"
#define LINE(to, bits, flags, name) \
    to " " bits " " ZERO " 00 " ZERO " 00000400 00000001 00000000 " flags " " name "\n"

TEST(a_default_route_of_ipv6_is_one_that_leads_somewhere)
{
    static const struct {
        const char *text;
        bool found;
    } rows[] = {
        { LINE(ZERO, "00", "00000003", "    eth0"), true },
        { LINE(ZERO, "00", "00000001", "     wg0"), true },
        { LINE(ZERO, "00", "00200200", "      lo"), false },
        { LINE(ZERO, "00", "00000200", "    eth0"), false },
        { LINE("fe800000000000000000000000000000", "40", "00000001", "eth0"), false },
        { "", false },
        { ZERO " 00", false },
        { LINE("20010db8000000000000000000000000", "20", "00000001", "eth0")
          LINE(ZERO, "00", "00000003", "eth0"), true },
    };
    struct arena *a = arena_new();
    struct texts routes = { 0 };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        EQ_INT(net_parse_routes6(a, rows[i].text, &routes), rows[i].found);
    EQ_INT(routes.n, 1);
    EQ_STR(routes.v[0], "2001:db8::/32");
    arena_free(a);
}
