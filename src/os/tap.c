#include "os/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clean.h"
#include "os/netlink.h"

#define TUN "/dev/net/tun"

static int no_tun(int num, struct err *e)
{
    err_set(e, num, TUN);
    switch (num) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
        return err_hint(e, "a network needs it: modprobe tun, or docker run --device " TUN);
    case EACCES:
        return err_hint(e, "a network needs it: chmod 666 " TUN " (udev does that elsewhere)");
    case EPERM:
        return err_hint(e, "the device cgroup of an outer container keeps it from us: docker run "
                           "--device " TUN);
    default:
        return -1;
    }
}

static int no_device(const struct tap *t, int num, struct err *e)
{
    err_set(e, num, "tap device %s", t->name);
    if (num == EPERM)
        return err_hint(e, "the network namespace belongs to another user namespace");
    if (num == EBUSY)
        return err_hint(e, "a device of this name is there already");
    return -1;
}

static int attach(const struct tap *t, short flags, int *fd, struct err *e)
{
    struct ifreq request = { .ifr_flags = flags };
    OWN_FD tap = open(TUN, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    size_t n = strlen(t->name);

    if (tap < 0)
        return no_tun(errno, e);
    if (n >= sizeof request.ifr_name)
        return err_set(e, ENAMETOOLONG, "tap device %s", t->name);
    memcpy(request.ifr_name, t->name, n + 1);
    if (ioctl(tap, TUNSETIFF, &request) < 0)
        return no_device(t, errno, e);
    *fd = give_fd(&tap);
    return 0;
}

/* With headers that say how to cut and to sum; kernels and sandboxes that lack that give a plain
 * device. */
static int make(const struct tap *t, int *fd, bool *offload, struct err *e)
{
    *offload = t->offload;
    if (t->offload) {
        OWN_FD tap = -1;

        if (attach(t, IFF_TAP | IFF_NO_PI | IFF_VNET_HDR, &tap, e) == 0) {
            if (ioctl(tap, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6) == 0) {
                *fd = give_fd(&tap);
                return 0;
            }
        } else if (e->num != EINVAL) {
            return -1;
        }
        err_clear(e);
    }
    *offload = false;
    return attach(t, IFF_TAP | IFF_NO_PI, fd, e);
}

/* The addresses are given, so nobody's advertisements are wanted.  The file is one of the network
 * namespace of who opens it.  A kernel without IPv6 has none. */
static void ignore_advertisements(const char *name)
{
    char path[sizeof "/proc/sys/net/ipv6/conf//accept_ra" + IFNAMSIZ];
    OWN_FD fd = -1;

    snprintf(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/accept_ra", name);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0 && write(fd, "0", 1) < 0)
        return;
}

static int add_family(int sock, int index, const struct ip_prefix *own, const struct ip *gateway,
                      struct err *e)
{
    struct route r = { .to.ip.family = own->ip.family, .gateway = *gateway, .index = index };

    if (!own->ip.family)
        return 0;
    if (os_address_add(sock, index, own, e) < 0) {
        if (own->ip.family == AF_INET6 && (e->num == EACCES || e->num == EOPNOTSUPP))
            err_hint(e, "IPv6 is switched off here: --ipv6=off does without");
        return -1;
    }
    return gateway->family ? os_route_add(sock, &r, e) : 0;
}

static int configure(const struct tap *t, struct err *e)
{
    int index = (int)if_nametoindex(t->name);
    OWN_FD sock = -1;

    if (index == 0)
        return err_set(e, errno, "tap device %s", t->name);
    ignore_advertisements(t->name);
    TRY(os_netlink_open(&sock, e));
    /* A matter of silence only: kernels without IPv6 refuse it. */
    if (os_device_quiet(sock, index, e) < 0)
        err_clear(e);
    if (os_device_up(sock, index, t->mtu, t->mac, e) < 0)
        return err_ctx(e, "%s", t->name);
    TRY(add_family(sock, index, &t->v4, &t->gateway4, e));
    return add_family(sock, index, &t->v6, &t->gateway6, e);
}

int os_tap_make(const struct tap *t, int *fd, bool *offload, struct err *e)
{
    OWN_FD tap = -1;

    TRY(make(t, &tap, offload, e));
    if (t->configure)
        TRY(configure(t, e));
    *fd = give_fd(&tap);
    return 0;
}

int os_tap_without(const struct ip_prefix *v4, const struct ip_prefix *v6, int *net, struct err *e)
{
    const struct ip none = { 0 };
    int index = (int)if_nametoindex("lo");
    OWN_FD sock = -1;

    if (index == 0)
        return err_set(e, errno, "loopback device");
    TRY(os_netlink_open(&sock, e));
    TRY(add_family(sock, index, v4, &none, e));
    TRY(add_family(sock, index, v6, &none, e));
    *net = ioctl(sock, SIOCGSKNS);
    return *net < 0 ? err_set(e, errno, "network namespace of its own") : 0;
}
