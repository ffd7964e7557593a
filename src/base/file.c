#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clean.h"
#include "base/fd.h"
#include "base/path.h"

int file_read(struct arena *a, int dir_fd, const char *path, size_t limit, const char **text,
              size_t *n, struct err *e)
{
    OWN_FD fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    char *buffer;

    if (fd < 0)
        return err_set(e, errno, "%s", path);
    if (fstat(fd, &st) < 0)
        return err_set(e, errno, "%s", path);
    if (!S_ISREG(st.st_mode))
        return err_set(e, S_ISDIR(st.st_mode) ? EISDIR : EINVAL, "%s: not a regular file", path);
    if ((size_t)st.st_size > limit)
        return err_set(e, EFBIG, "%s has %zu bytes, more than %zu", path, (size_t)st.st_size, limit);
    buffer = arena_get(a, (size_t)st.st_size + 1);
    TRY(fd_read_whole(fd, path, (size_t)st.st_size, buffer, n, e));
    *text = buffer;
    return 0;
}

int file_read_small(int dir_fd, const char *path, char *buffer, size_t size)
{
    OWN_FD fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    size_t have = 0;

    if (fd < 0)
        return -1;
    while (have < size - 1) {
        ssize_t got = read(fd, buffer + have, size - 1 - have);

        if (got < 0)
            return -1;
        if (got == 0)
            break;
        have += (size_t)got;
    }
    buffer[have] = '\0';
    return 0;
}

DIR *file_list(int dir_fd)
{
    OWN_FD again = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = again < 0 ? NULL : fdopendir(again);

    if (list)
        again = -1; /* the listing has it */
    return list;
}

int file_replace(const char *path, const char *text, size_t n, unsigned mode, struct err *e)
{
    char temp[4200];
    const char *name = path_last(path);
    int len = (int)(name - path);
    OWN_FD fd = -1;

    if (!*name || snprintf(temp, sizeof temp, "%.*s.%s.%d", len, path, name, (int)getpid()) >=
                      (int)sizeof temp)
        return err_set(e, ENAMETOOLONG, "%s", path);
    fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return err_set(e, errno, "%s", path);
    if (fd_write(fd, text, n, e) < 0 || rename(temp, path) < 0) {
        int num = e->num ? e->num : errno;

        unlink(temp);
        return err_set(e, num, "%s", path);
    }
    return 0;
}
