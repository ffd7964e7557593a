/* keeper.h - the process that stays: it holds what must survive the worker (tap, listeners, mint), ends
 * with the container, follows the resolvers of the host and answers `rcrun port`. */
#ifndef RCRUN_NET_KEEPER_H
#define RCRUN_NET_KEEPER_H

#include "options.h"

/* tap, pidfd (-1 = none): consumed.  Binds the listeners, starts mint and worker, tells who waits
 * (o->launcher or o->ready) that the network works, then serves until the container ends.  An error
 * is told to the launcher as well. */
int keeper_run(struct arena *a, const struct net_options *o, int own_tap, int own_pidfd,
               struct err *e);

#endif
