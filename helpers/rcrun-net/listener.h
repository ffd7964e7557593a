/* listener.h - one published port, as the keeper, the worker and the lists know it. */
#ifndef RCRUN_NET_LISTENER_H
#define RCRUN_NET_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "net/ip.h"
#include "net/publish.h"

enum listener_way {
    WAY_SPLICE, /* TCP or unix: from socket to socket */
    WAY_ENGINE, /* UDP, or TCP without a mint: by libslirp */
};

struct listener {
    uint32_t number;          /* of this helper, never used twice */
    enum listener_way way;
    bool udp;
    struct ip host;           /* family 0: a unix socket */
    uint16_t host_port;
    struct ip to;
    uint16_t port;
    enum publish_source source;
    bool outside;             /* to: not in the container, but of the host's network; and no port of the
                               * container's, who come from libslirp only */
};

struct listener_count {
    unsigned flows;
    uint64_t flows_ever, bytes_in, bytes_out;
};

#endif
