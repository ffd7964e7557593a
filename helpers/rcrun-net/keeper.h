/* keeper.h - the process that stays: it holds what must survive the worker (tap, listeners, mint), ends
 * with the container, follows the resolvers of the host and answers `rcrun port`. */
#ifndef RCRUN_NET_KEEPER_H
#define RCRUN_NET_KEEPER_H

#include "options.h"

/* Binds the listeners, gets the tap, starts mint and worker, tells who waits (o->launcher or o->ready)
 * that the network works, then serves until the container ends.  An error is told to the launcher as
 * well: one packet of text, and behind a newline what can be done about it. */
int keeper_run(const struct net_options *o, struct err *e);

/* For errors before that; what the launcher was told is no error of ours any more. */
void keeper_tell_failure(int launcher, struct err *e);

#endif
