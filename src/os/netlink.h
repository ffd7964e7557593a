/* os/netlink.h - devices, addresses, routes and rules of the network namespace of the caller: one
 * request of rtnetlink(7) a function, its answer waited for. */
#ifndef RCRUN_OS_NETLINK_H
#define RCRUN_OS_NETLINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "net/ip.h"

/* Requests of this socket are about the namespace in which it was opened. */
int os_netlink_open(int *sock, struct err *e);

/* No link-local address of IPv6 from now on, and so no solicitations.  Only before the device is up.
 * EAFNOSUPPORT, EOPNOTSUPP: there is no IPv6 here. */
int os_device_quiet(int sock, int index, struct err *e);

/* mtu 0, mac NULL: as it is. */
int os_device_up(int sock, int index, unsigned mtu, const unsigned char *mac, struct err *e);

/* The address at once, without the second in which IPv6 looks for duplicates. */
int os_address_add(int sock, int index, const struct ip_prefix *address, struct err *e);

/* What of a route is wanted; the rest stays zero. */
struct route {
    struct ip_prefix to;   /* /0: the default route; its family counts */
    struct ip gateway;     /* family 0 = none */
    int index;             /* of the device */
    uint32_t table;        /* 0 = main */
    bool local;            /* delivered here, whatever the address is */
};

/* One that is there already is no error. */
int os_route_add(int sock, const struct route *r, struct err *e);

/* Packets of this family with this mark look into this table first; a rule that is there already is
 * no error. */
int os_rule_add(int sock, sa_family_t family, uint32_t mark, uint32_t table, struct err *e);

#endif
