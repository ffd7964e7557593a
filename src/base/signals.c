#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/signals.h"

int signals_reset(uint64_t set)
{
    /* SIG_DFL, no flags, empty mask; larger than the kernel's struct on any machine.  The raw
     * call, since the C library keeps its own two signals to itself. */
    static const unsigned long standard[16];
    static const unsigned long none[_NSIG / 8 / sizeof(unsigned long)];

    for (int sig = 1; sig <= 64; sig++)
        if (set >> (sig - 1) & 1 &&
            syscall(SYS_rt_sigaction, sig, standard, NULL, sizeof none) < 0)
            return sig;
    return syscall(SYS_rt_sigprocmask, SIG_SETMASK, none, NULL, sizeof none) < 0 ? -1 : 0;
}
