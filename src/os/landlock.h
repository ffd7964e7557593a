/* os/landlock.h - landlock(7). */
#ifndef RCRUN_OS_LANDLOCK_H
#define RCRUN_OS_LANDLOCK_H

#include <stdbool.h>

#include "base/err.h"

/* From here on this process opens, makes and changes no file; where the kernel can (6.12), it reaches
 * no process and no abstract socket outside either.  Descriptors that are open stay as they are.  It
 * needs no_new_privs.  *there: the kernel has Landlock; without it nothing is done. */
int os_landlock_nothing(bool *there, struct err *e);

#endif
