/* ports.h - the published ports: their sockets are the keeper's, so that no port is lost with a worker. */
#ifndef RCRUN_NET_PORTS_H
#define RCRUN_NET_PORTS_H

#include "keeper-parts.h"

/* Binds what is asked for, all or nothing; the new ones are the last of k->ports then.  Nobody is told:
 * ports_publish() does that.  What is there already with the same words is left as it is. */
int ports_bind(struct keeper *k, const struct publish *p, struct err *e);

/* Binds, and sees to it that connections are led. */
int ports_publish(struct keeper *k, const struct publish *p, struct err *e);

/* Is this port one that `p` stands for?  words: of `p`, canonical. */
bool port_is_of(const struct port *port, const struct publish *p, const char *words);

void ports_remove(struct keeper *k, size_t i);
void ports_close(struct keeper *k);

/* A unix socket for our user alone that listens; one that nobody listens at any more gives way. */
int ports_bind_path(const char *path, int *fd, struct err *e);

/* No mint: what libslirp can do instead is left to it. */
void ports_without_mint(struct keeper *k);

/* The error for a port that could not be bound (owner.c). */
int port_refused(const struct keeper *k, int num, bool udp, const struct ip *host, uint16_t port,
                 const char *device, struct err *e);

#endif
