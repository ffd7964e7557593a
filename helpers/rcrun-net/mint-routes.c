/* A server answers to the client's own address, which is somewhere else: the default route leads
 * into the tap.  So connections that keep their source have a mark, which the accepted socket takes
 * over, and a table of its own says that for them every address is here. */
#include <net/if.h>

#include "base/clean.h"
#include "mint-parts.h"
#include "os/netlink.h"
#include "os/proc.h"

int mint_routes(sa_family_t family, struct err *e)
{
    struct route r = {
        .to.ip.family = family, .index = (int)if_nametoindex("lo"), .table = MINT_TABLE, .local = true
    };
    OWN_FD sock = -1;
    OWN_FD proc = -1;

    /* Below /proc/sys/net are the values of the namespace that looks.  The first is for both
     * families; without the second the reset of a closed port does not come back. */
    TRY(os_proc_host(&proc, e));
    TRY(os_proc_write(proc, "sys/net/ipv4/tcp_fwmark_accept", "1", e));
    TRY(os_proc_write(proc, family == AF_INET ? "sys/net/ipv4/fwmark_reflect"
                                              : "sys/net/ipv6/fwmark_reflect", "1", e));
    TRY(os_netlink_open(&sock, e));
    TRY(os_route_add(sock, &r, e));
    return os_rule_add(sock, family, MINT_MARK, MINT_TABLE, e);
}
