/* host/read.h - files of the system, read with as few system calls as there can be. */
#ifndef RCRUN_HOST_READ_H
#define RCRUN_HOST_READ_H

#include <stddef.h>

#include "base/arena.h"

/* Reads the whole file into the arena, NUL terminated.  flags: 0 or O_NOFOLLOW.  `last`: when
 * the text has this in it, it is whole, and no call is spent to see the end of the file; NULL:
 * a short read is the end, which is so for regular files.  Returns 0 or an errno: EFBIG for
 * more than `limit` bytes.  Never hangs on a FIFO. */
int read_text(struct arena *a, const char *path, int flags, const char *last, size_t limit,
              const char **text, size_t *n);

/* The same for one number or word of procfs or sysfs: the first line, without its end.
 * NULL when it cannot be read. */
const char *read_line(struct arena *a, const char *path);

#endif
