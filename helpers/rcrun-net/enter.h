/* enter.h - the tap: from rcrun, or made by a child in the container's namespaces. */
#ifndef RCRUN_NET_ENTER_H
#define RCRUN_NET_ENTER_H

#include "options.h"

struct entered {
    int tap;      /* -1: a network without one */
    int net;      /* its network namespace, where there is no tap to ask; else -1 */
    int pidfd;    /* of who must live, -1 = nobody */
    bool offload; /* the tap has virtio-net headers */
    pid_t child;  /* that made it and ends now, for the caller to reap; 0 = none */
    char device[16];
};

/* Waits for one packet with two descriptors: tap (or, for --internal, the network namespace) and
 * pidfd.  An error without text: who waited for us is gone. */
int enter_receive(int launcher, struct entered *out, struct err *e);

int enter_make(const struct net_options *o, struct entered *out, struct err *e);

#endif
