#include "os/process.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

int os_pidfd_open(pid_t pid, int *pidfd, struct err *e)
{
    *pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (*pidfd < 0)
        return err_set(e, errno, "pidfd of process %d", (int)pid);
    return 0;
}

int os_pidfd_signal(int pidfd, int sig, struct err *e)
{
    if (syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0) < 0 && errno != ESRCH)
        return err_set(e, errno, "signal %d", sig);
    return 0;
}

void os_close_except(int keep)
{
    if (keep > 0)
        syscall(SYS_close_range, 0, keep - 1, 0);
    syscall(SYS_close_range, keep + 1, ~0u, 0);
}
