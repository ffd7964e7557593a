/* os/tap.h - a tap device and its addresses, made in the network namespace of the caller. */
#ifndef RCRUN_OS_TAP_H
#define RCRUN_OS_TAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "net/ip.h"

struct tap {
    const char *name;      /* "tap0" */
    unsigned char mac[6];
    unsigned mtu;
    bool offload;          /* wanted: virtio-net headers, TCP segmentation */
    bool configure;        /* addresses, routes, up; else only the device */
    struct ip_prefix v4, v6; /* own address with prefix; family 0 = none */
    struct ip gateway4, gateway6;
};

/* Makes the device, non-blocking, close-on-exec.  *offload: what it really has.  Without
 * /dev/net/tun the hint says how to get it.  tun(4), rtnetlink(7). */
int os_tap_make(const struct tap *t, int *fd, bool *offload, struct err *e);

/* Instead of a device: addresses of the loopback.  *net: the network namespace of the caller, whose root
 * it is. */
int os_tap_without(const struct ip_prefix *v4, const struct ip_prefix *v6, int *net, struct err *e);

#endif
