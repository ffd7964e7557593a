#include "cli/out.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"

int out_text(const struct text *t, struct err *e)
{
    int copy;

    if (fd_write(STDOUT_FILENO, t->s, t->n, e) < 0)
        return err_ctx(e, "standard output");
    /* Network file systems tell about a full disk when a descriptor is closed; a copy does
     * for that, and 1 stays taken. */
    copy = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (copy >= 0 && close(copy) < 0 && errno != EINTR)
        return err_set(e, errno, "standard output");
    return 0;
}
