/* outbound.h - the addresses of the host from which packets go out. */
#ifndef RCRUN_NET_OUTBOUND_H
#define RCRUN_NET_OUTBOUND_H

#include "options.h"

/* Looks up what was given as a device, and tries all by a bind: one that is not of this host would let
 * every connection fail. */
int outbound_find(const struct net_options *o, struct ip *v4, struct ip *v6, struct err *e);

#endif
