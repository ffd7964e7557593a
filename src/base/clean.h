/* base/clean.h - ownership in three words.
 *
 * OWN_FD x = -1;     closes x at scope end; give_fd(&x) hands it on
 * OWN_TEXT x = {0};  frees a struct text at scope end
 * OWN_MEM x = NULL;  frees malloc'ed memory at scope end
 *
 * A parameter `int fd` is borrowed.  `int own_fd` is consumed, also on failure.
 * An out parameter `int *fd` becomes the caller's. */
#ifndef RCRUN_BASE_CLEAN_H
#define RCRUN_BASE_CLEAN_H

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static inline void clean_fd(int *fd)
{
    int keep = errno;

    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    errno = keep;
}

static inline void clean_mem(void *p)
{
    free(*(void **)p);
}

static inline int give_fd(int *fd)
{
    int given = *fd;

    *fd = -1;
    return given;
}

#define OWN_FD __attribute__((cleanup(clean_fd))) int
#define OWN_MEM __attribute__((cleanup(clean_mem))) char *
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
