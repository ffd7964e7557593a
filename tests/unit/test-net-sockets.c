#include <stdio.h>

#include "rcrun-net/sockets.h"
#include "tap.h"

#define REST " 00000000:00000000 00:00000000 00000000     0        0 12708570 2 0 0\n"

/* As the kernel writes it: each four bytes as a number of this machine. */
static const char *line(const char *address, unsigned port, unsigned state)
{
    static char text[256];
    struct ip ip = { 0 };
    char hex[33] = "";
    size_t n;

    ip_parse(address, &ip);
    n = ip.family == AF_INET6 ? 16 : 4;
    for (size_t i = 0; i < n; i += 4) {
        uint32_t word;

        memcpy(&word, ip.bytes + i, sizeof word);
        snprintf(hex + 2 * i, sizeof hex - 2 * i, "%08X", word);
    }
    snprintf(text, sizeof text, "  12: %s:%04X %s:0000 %02X" REST, hex, port, hex, state);
    return text;
}

static const struct { const char *address; sa_family_t family; } addresses[] = {
    { "0.0.0.0", AF_INET },
    { "10.0.2.100", AF_INET },
    { "::", AF_INET6 },
    { "2001:db8:1:2:3:4:5:6", AF_INET6 },
};

TEST(reads_who_has_a_port)
{
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        struct socket_row row;
        struct ip want;

        ip_parse(addresses[i].address, &want);
        OK(socket_row(line(addresses[i].address, 8080, 10), addresses[i].family, &row));
        EQ_INT(row.port, 8080);
        OK(ip_equal(&row.at, &want));
        EQ_INT(row.state, SOCKET_LISTENS);
        EQ_INT(row.inode, 12708570);
        OK(socket_row(line(addresses[i].address, 8080, 1), addresses[i].family, &row));
        EQ_INT(row.state, 1);
    }
}

TEST(takes_nothing_else_for_a_socket)
{
    static const char *const wrong[] = {
        "",
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid",
        "  0:",
        "  0: 00000000:1F90 00000000:0000 0",
        "  0: 0000000g:1F90 00000000:0000 0A 00000000:00000000",
        "  0: 00000000:1F9x 00000000:0000 0A 00000000:00000000",
        "  0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0\n",
    };
    struct socket_row row;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        OK(!socket_row(wrong[i], AF_INET, &row));
        OK(!socket_row(wrong[i], AF_INET6, &row));
    }
}
