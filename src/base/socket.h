/* base/socket.h - unix sockets by name. */
#ifndef RCRUN_BASE_SOCKET_H
#define RCRUN_BASE_SOCKET_H

#include <sys/un.h>

#include "base/err.h"

/* Connects a new socket of this type (SOCK_STREAM and the like; close-on-exec) to the one at
 * `path`: an absolute path of any length, or "@name" for one of the abstract namespace.  The error
 * has the path in it.  Neither
 * this nor what is sent on it waits longer than 10 s for who does not accept or read: ETIMEDOUT,
 * and EAGAIN from send(2). */
int socket_connect(const char *path, int type, int *fd, struct err *e);

/* The address of `name` in an open directory, however long the path of that is. */
int socket_address_at(int dir, const char *name, struct sockaddr_un *address, struct err *e);

/* Makes a socket of this type (close-on-exec) and binds it there.  EADDRINUSE when the name is
 * there. */
int socket_bind_at(int dir, const char *name, int type, int *fd, struct err *e);

#endif
