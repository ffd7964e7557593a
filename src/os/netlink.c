#include "os/netlink.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clean.h"

int os_netlink_open(int *sock, struct err *e)
{
    const int on = 1;
    OWN_FD fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    if (fd < 0)
        return err_set(e, errno, "rtnetlink");
    /* An error comes without a copy of the request. */
    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
    *sock = give_fd(&fd);
    return 0;
}

/* ---- a request, piece by piece ------------------------------------------------------------- */

#define REQUEST_MAX 512 /* more than any that is made here */

union request {
    struct nlmsghdr head;
    char bytes[REQUEST_MAX];
};

static void *add(union request *r, size_t n)
{
    size_t at = NLMSG_ALIGN(r->head.nlmsg_len);

    if (at + NLMSG_ALIGN(n) > REQUEST_MAX)
        BUG("rtnetlink request of more than %d bytes", REQUEST_MAX);
    r->head.nlmsg_len = (uint32_t)(at + n);
    return r->bytes + at;
}

/* The fixed part of `size` bytes, to be filled in. */
static void *begin(union request *r, uint16_t type, uint16_t flags, size_t size)
{
    memset(r, 0, sizeof *r);
    r->head.nlmsg_len = NLMSG_HDRLEN;
    r->head.nlmsg_type = type;
    r->head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
    return add(r, size);
}

static struct rtattr *attribute(union request *r, uint16_t type, const void *data, size_t n)
{
    struct rtattr *a = add(r, RTA_LENGTH(n));

    a->rta_type = type;
    a->rta_len = (uint16_t)RTA_LENGTH(n);
    if (n)
        memcpy(RTA_DATA(a), data, n);
    return a;
}

static void attribute_u32(union request *r, uint16_t type, uint32_t value)
{
    attribute(r, type, &value, sizeof value);
}

static size_t width(sa_family_t family)
{
    return family == AF_INET ? 4 : 16;
}

static void attribute_ip(union request *r, uint16_t type, const struct ip *ip)
{
    attribute(r, type, ip->bytes, width(ip->family));
}

/* The attributes from `a` on are inside of it. */
static void nest(union request *r, struct rtattr *a)
{
    a->rta_len = (uint16_t)(r->bytes + r->head.nlmsg_len - (char *)a);
}

/* The errno of the answer, 0 when it worked. */
static int ask(int sock, union request *r)
{
    struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
    union {
        struct nlmsghdr head;
        char bytes[1024];
    } answer;
    const struct nlmsgerr *result = (const void *)(answer.bytes + NLMSG_HDRLEN);
    ssize_t n;

    if (sendto(sock, r, r->head.nlmsg_len, 0, (const void *)&kernel, sizeof kernel) < 0)
        return errno;
    do
        n = recv(sock, &answer, sizeof answer, 0);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno;
    if ((size_t)n < NLMSG_HDRLEN + sizeof result->error || answer.head.nlmsg_type != NLMSG_ERROR)
        return EPROTO;
    return -result->error;
}

/* ---- the requests -------------------------------------------------------------------------- */

int os_device_quiet(int sock, int index, struct err *e)
{
    const uint8_t none = IN6_ADDR_GEN_MODE_NONE;
    union request r;
    struct ifinfomsg *info = begin(&r, RTM_NEWLINK, 0, sizeof *info);
    struct rtattr *families, *family;
    int num;

    info->ifi_index = index;
    families = attribute(&r, IFLA_AF_SPEC, NULL, 0);
    family = attribute(&r, AF_INET6, NULL, 0);
    attribute(&r, IFLA_INET6_ADDR_GEN_MODE, &none, sizeof none);
    nest(&r, family);
    nest(&r, families);
    num = ask(sock, &r);
    return num ? err_set(e, num, "IPv6 of network device %d", index) : 0;
}

int os_device_up(int sock, int index, unsigned mtu, const unsigned char *mac, struct err *e)
{
    union request r;
    struct ifinfomsg *info = begin(&r, RTM_NEWLINK, 0, sizeof *info);
    int num;

    info->ifi_index = index;
    info->ifi_flags = IFF_UP;
    info->ifi_change = IFF_UP;
    if (mac)
        attribute(&r, IFLA_ADDRESS, mac, 6);
    if (mtu)
        attribute_u32(&r, IFLA_MTU, mtu);
    num = ask(sock, &r);
    return num ? err_set(e, num, "network device %d", index) : 0;
}

int os_address_add(int sock, int index, const struct ip_prefix *address, struct err *e)
{
    const struct ip *ip = &address->ip;
    union request r;
    struct ifaddrmsg *a = begin(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof *a);
    char text[IP_TEXT_MAX];
    int num;

    a->ifa_family = (uint8_t)ip->family;
    a->ifa_prefixlen = (uint8_t)address->bits;
    a->ifa_index = (uint32_t)index;
    attribute_ip(&r, IFA_LOCAL, ip);
    attribute_ip(&r, IFA_ADDRESS, ip);
    if (ip->family == AF_INET6) {
        a->ifa_flags = IFA_F_NODAD;
    } else if (address->bits < 31) {
        struct ip broadcast = *ip;

        broadcast.v4.s_addr |= htonl(UINT32_MAX >> address->bits);
        attribute_ip(&r, IFA_BROADCAST, &broadcast);
    }
    num = ask(sock, &r);
    return num ? err_set(e, num, "address %s/%u", ip_text(ip, text), address->bits) : 0;
}

int os_route_add(int sock, const struct route *r, struct err *e)
{
    union request q;
    struct rtmsg *m = begin(&q, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, sizeof *m);
    char to[IP_TEXT_MAX], gateway[IP_TEXT_MAX];
    int num;

    m->rtm_family = (uint8_t)r->to.ip.family;
    m->rtm_dst_len = (uint8_t)r->to.bits;
    m->rtm_protocol = RTPROT_STATIC;
    m->rtm_type = r->local ? RTN_LOCAL : RTN_UNICAST;
    m->rtm_scope = r->local            ? RT_SCOPE_HOST
                   : r->gateway.family ? RT_SCOPE_UNIVERSE
                                       : RT_SCOPE_LINK;
    attribute_u32(&q, RTA_TABLE, r->table ? r->table : RT_TABLE_MAIN);
    attribute_u32(&q, RTA_OIF, (uint32_t)r->index);
    if (r->to.bits)
        attribute_ip(&q, RTA_DST, &r->to.ip);
    if (r->gateway.family)
        attribute_ip(&q, RTA_GATEWAY, &r->gateway);
    num = ask(sock, &q);
    if (num == 0 || num == EEXIST)
        return 0;
    ip_text(&r->gateway, gateway);
    return err_set(e, num, "route to %s/%u%s%s", ip_text(&r->to.ip, to), r->to.bits,
                   gateway[0] ? " by " : "", gateway);
}

#define RULE_PRIORITY 1000 /* after the table of own addresses (0), before all that is made by default */

int os_rule_add(int sock, sa_family_t family, uint32_t mark, uint32_t table, struct err *e)
{
    union request r;
    struct fib_rule_hdr *h = begin(&r, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, sizeof *h);
    int num;

    h->family = (uint8_t)family;
    h->action = FR_ACT_TO_TBL;
    /* Without one the kernel takes the next that is free, and a rule is never there already. */
    attribute_u32(&r, FRA_PRIORITY, RULE_PRIORITY);
    attribute_u32(&r, FRA_FWMARK, mark);
    attribute_u32(&r, FRA_TABLE, table);
    num = ask(sock, &r);
    if (num == 0 || num == EEXIST)
        return 0;
    return err_set(e, num, "rule for mark %u", mark);
}
