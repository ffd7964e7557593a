#include "os/process.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
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

bool os_await_end(int pidfd, int ms)
{
    struct pollfd p = { .fd = pidfd, .events = POLLIN };
    int ready;

    do
        ready = poll(&p, 1, ms);
    while (ready < 0 && errno == EINTR);
    return ready > 0;
}

void os_end_server(int server, int init)
{
    struct err ignored;

    if (server < 0)
        return;
    if (init >= 0 && !os_await_end(init, SERVER_MS))
        (void)os_pidfd_signal(server, SIGKILL, &ignored);
    if (!os_await_end(server, SERVER_MS))
        (void)os_pidfd_signal(server, SIGKILL, &ignored);
}

void os_close_except(int first, const int *keep, size_t n)
{
    for (;;) {
        int next = INT_MAX;

        for (size_t i = 0; i < n; i++)
            if (keep[i] >= first && keep[i] < next)
                next = keep[i];
        if (next == INT_MAX)
            break;
        if (next > first)
            syscall(SYS_close_range, first, next - 1, 0);
        first = next + 1;
    }
    syscall(SYS_close_range, first, ~0u, 0);
}
