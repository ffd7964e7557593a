#include "outbound.h"

#include <errno.h>
#include <ifaddrs.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clean.h"

/* The first address of a family; of IPv6 none of the link, which would need a zone. */
static bool address_of(const struct ifaddrs *all, const char *device, sa_family_t family,
                       struct ip *out)
{
    for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
        struct sockaddr_storage address = { 0 };
        struct ip ip;

        if (!a->ifa_addr || a->ifa_addr->sa_family != family || strcmp(a->ifa_name, device) != 0)
            continue;
        memcpy(&address, a->ifa_addr,
               family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
        if (!ip_from_sockaddr(&address, &ip, NULL) ||
            (family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&ip.v6)))
            continue;
        *out = ip;
        return true;
    }
    return false;
}

/* One device may be given for both families; it needs an address of one of them. */
static int by_device(const struct net_options *o, struct ip *v4, struct ip *v6, struct err *e)
{
    struct ifaddrs *all;

    if (!o->outbound4_device && !o->outbound6_device)
        return 0;
    if (getifaddrs(&all) < 0)
        return err_set(e, errno, "addresses of this host");
    if (o->outbound4_device)
        address_of(all, o->outbound4_device, AF_INET, v4);
    if (o->outbound6_device)
        address_of(all, o->outbound6_device, AF_INET6, v6);
    freeifaddrs(all);
    if (o->outbound4_device && !v4->family && !(o->outbound6_device && v6->family))
        return err_set(e, ENODEV, "--outbound: \"%s\" is neither an address nor a device with one",
                       o->outbound4_device);
    if (o->outbound6_device && !v6->family && o->outbound6_device != o->outbound4_device)
        return err_set(e, ENODEV, "--outbound-addr6: \"%s\" is no device with an IPv6 address",
                       o->outbound6_device);
    return 0;
}

static int try_bind(const struct ip *ip, struct err *e)
{
    struct sockaddr_storage address;
    char text[IP_TEXT_MAX];
    socklen_t size;
    OWN_FD sock = -1;

    if (!ip->family)
        return 0;
    size = ip_sockaddr(ip, 0, &address);
    sock = socket(ip->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sock < 0 || bind(sock, (const void *)&address, size) < 0)
        return err_set(e, errno, "--outbound: %s", ip_text(ip, text));
    return 0;
}

int outbound_find(const struct net_options *o, struct ip *v4, struct ip *v6, struct err *e)
{
    *v4 = o->outbound4;
    *v6 = o->outbound6;
    TRY(by_device(o, v4, v6, e));
    TRY(try_bind(v4, e));
    return try_bind(v6, e);
}
