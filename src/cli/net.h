/* cli/net.h - asks the helper that is the network of a container (rcrun-net(1), the control
 * socket). */
#ifndef RCRUN_CLI_NET_H
#define RCRUN_CLI_NET_H

#include "base/text.h"
#include "cli/container.h"

/* One published port, as it is. */
struct net_port {
    const char *proto;
    const char *host; /* address, or path of a unix socket */
    uint32_t host_port;
    const char *to;
    uint32_t port;
    const char *path; /* how its bytes go: splice, slirp or unix */
    const char *spec; /* the words for it */
    uint64_t flows, flows_ever, bytes_in, bytes_out;
};

struct net_ports {
    struct net_port *v;
    size_t n;
};

/* list, add SPEC, remove SPEC: the ports that it answers. */
int net_ask_ports(struct call *c, const struct container *x, const char *line,
                  struct net_ports *out, struct err *e);

/* [{"proto":...},...], one line without its end. */
void net_write_ports(struct text *out, const struct net_ports *ports);

/* Adds what the helper says to the annotations of a container that runs and has one:
 * org.rcrun.network.status, .reason, .ports, .detail.  ports: the last two as well. */
void net_tell(struct call *c, const struct entry *x, struct state *s, bool ports);

/* A pidfd of the helper of a container, -1 = there is none. */
int net_hold(struct call *c, const struct entry *x, const struct state *s);

/* Waits, when the container has ended, until the helper has, too, and its ports are free. */
void net_wait_end(const struct entry *x, const struct state *s, int pidfd);

#endif
