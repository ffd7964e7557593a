/* follow.h - the resolvers of the host, read again when it changes them (ND-11 to ND-14). */
#ifndef RCRUN_NET_FOLLOW_H
#define RCRUN_NET_FOLLOW_H

#include "events.h"
#include "net/resolv.h"

struct follow;

/* Reads the file now and calls changed() with what is in it before it returns, and from then on
 * whenever that becomes different.  fallback: asked where the file names none; family 0 = none, and
 * then the resolver of systemd if one answers.  A file that is not as it should be is warned of, and
 * never an error. */
int follow_open(struct follow **out, struct events *ev, const char *path,
                const struct ip *fallback,
                void (*changed)(void *of, const struct resolv *resolvers), void *of,
                struct err *e);
void follow_close(struct follow *f);

#endif
