/* mint-parts.h - what the files of the mint share. */
#ifndef RCRUN_NET_MINT_PARTS_H
#define RCRUN_NET_MINT_PARTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"

/* What is on packets whose source is kept, and the table of routes that it selects. */
#define MINT_MARK 0x7263u
#define MINT_TABLE 0x7263u

/* In the network namespace: packets with the mark come back by the loopback device, and sockets that
 * a server accepts have the mark of who connected. */
int mint_routes(sa_family_t family, struct err *e);

/* Last: no capability but CAP_NET_ADMIN where the sockets need it, then only the calls of serving. */
int mint_jail(bool net_admin, struct err *e);

/* Options that a new socket gets, with those that need the capability last. */
struct mint_option { int family, level, name, value; bool net_admin; };
extern const struct mint_option mint_options[];
extern const unsigned mint_options_n;

#endif
