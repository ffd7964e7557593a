/* lend.h - files of an OCI layout for who may not see its directory.
 *
 * Whoever has a directory open can leave it by "..", so the process that reads hostile data gets none:
 * another one has it, and hands out what it is asked for, which can only be an index or a blob. */
#ifndef RCRUN_UNPACK_LEND_H
#define RCRUN_UNPACK_LEND_H

#include <stdbool.h>

#include "base/err.h"

/* Starts that process, which ends when the last descriptor of the socket is closed. */
int lend_start(int dir, int *sock, struct err *e);

/* Asks it for a file.  The error has no name in it. */
int lend_ask(int sock, const char *name, int *fd, struct err *e);

/* "oci-layout", "index.json" or "blobs/sha256/" with a digest behind. */
bool lend_may(const char *name);

#endif
