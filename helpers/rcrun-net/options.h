/* options.h - the command line of rcrun-net: its own words and those of slirp4netns(1). */
#ifndef RCRUN_NET_OPTIONS_H
#define RCRUN_NET_OPTIONS_H

#include "base/arena.h"
#include "base/err.h"
#include "net.h"
#include "net/publish.h"
#include "net/resolv.h"

struct net_options {
    struct net net;

    /* The container: one of these. */
    int launcher;             /* a socket on which the tap and a pidfd come, and the outcome goes; -1 */
    uint32_t pid;
    const char *net_path;
    const char *user_path;    /* beside net_path; NULL = the one that owns it */

    const char *tap;          /* name of the device to make; "tap0" */
    bool configure;           /* addresses, routes and the loopback too */
    int ready, exit_fd;       /* slirp4netns' --ready-fd and --exit-fd; -1 */
    int control;              /* listening unix socket for `rcrun port`; -1 */
    const char *api;          /* path of a socket that speaks slirp4netns' JSON; NULL */
    int log;                  /* where to log; -1 = stderr, or nowhere with a launcher */
    bool log_json;
    const char *pcap;
    int pcap_fd;
    uint64_t pcap_max;
    uint32_t pcap_snap;
    struct ip outbound4, outbound6;
    const char *outbound4_device, *outbound6_device; /* their first address, looked up at start */
    struct { struct publish *v; size_t n; } publish;
    bool publish_auto;        /* what the container listens at, too */
    struct resolv dns;        /* --dns; n 0: follow resolv_conf */
    const char *resolv_conf;  /* "/etc/resolv.conf" */
    struct ip dns_fallback;   /* where resolv_conf names none; family 0 = none */
    bool no_dns;
    bool restart;             /* a worker that dies gets a successor */
    unsigned drain_ms;
    bool no_jail;
    bool help, version;
};

/* Memory is the arena's; the words stay where they are. */
int net_options_parse(struct arena *a, const char *const *words, size_t n, struct net_options *o,
                      struct err *e);
void net_options_help(struct text *out);

#endif
