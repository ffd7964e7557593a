/* sockets.h - the lists of sockets in /proc/net.  Pure. */
#ifndef RCRUN_NET_SOCKETS_H
#define RCRUN_NET_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>

#include "net/ip.h"

#define SOCKET_LISTENS 0x0a /* TCP_LISTEN of the kernel */

struct socket_row {
    struct ip at;
    uint16_t port;
    uint32_t state;
    uint64_t inode;
};

/* A line of tcp, udp (family AF_INET), tcp6 or udp6; false: it is none. */
bool socket_row(const char *line, sa_family_t family, struct socket_row *out);

#endif
