/* pack.h - the other way: a tree becomes an archive. */
#ifndef RCRUN_UNPACK_PACK_H
#define RCRUN_UNPACK_PACK_H

#include "base/err.h"

/* Writes the current directory to standard output, as a pax archive with hard links, attributes,
 * access control lists, holes, and times in nanoseconds. */
int pack_in_jail(struct err *e);

#endif
