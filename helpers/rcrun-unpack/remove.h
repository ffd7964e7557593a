/* remove.h - a name goes, with all that is below it. */
#ifndef RCRUN_UNPACK_REMOVE_H
#define RCRUN_UNPACK_REMOVE_H

#include "base/err.h"

/* However deep it is: two descriptors and no recursion.  Nothing there is no error.  For trees that
 * nobody else changes: the way up is "..". */
int remove_at(int dir, const char *name, struct err *e);

#endif
