#include "host/read.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clean.h"

int read_text(struct arena *a, const char *path, int flags, const char *last, size_t limit,
              const char **text, size_t *n)
{
    OWN_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | flags);
    size_t size = limit < 8192 ? limit + 1 : 8192, have = 0;
    char *buffer;

    if (fd < 0)
        return errno;
    buffer = arena_get(a, size);
    for (;;) {
        ssize_t got = read(fd, buffer + have, size - 1 - have);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno;
        have += (size_t)got;
        if (got == 0 || (last ? strstr(buffer, last) != NULL : have < size - 1))
            break;
        if (have > limit)
            return EFBIG;
        if (have == size - 1) {
            char *bigger = arena_get(a, size * 4);

            memcpy(bigger, buffer, have);
            buffer = bigger;
            size *= 4;
        }
    }
    *text = buffer;
    *n = have;
    return 0;
}

const char *read_line(struct arena *a, const char *path)
{
    const char *text;
    size_t n;

    if (read_text(a, path, 0, "\n", 4096, &text, &n) != 0)
        return NULL;
    return arena_copy(a, text, strcspn(text, "\n"));
}
