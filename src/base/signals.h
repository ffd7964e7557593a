/* base/signals.h - signals as a program expects to find them. */
#ifndef RCRUN_BASE_SIGNALS_H
#define RCRUN_BASE_SIGNALS_H

#include <signal.h>
#include <stdint.h>

#define SIGNALS_ALL (~(UINT64_C(1) << (SIGKILL - 1) | UINT64_C(1) << (SIGSTOP - 1)))

/* Gives the signals of a set (bit 0 is signal 1) their standard meaning, and blocks none.  Only
 * system calls, so that a child may call it in the memory of its parent.  Returns 0, or the signal
 * of which the kernel has none; -1 when it is the mask that failed; errno as sigaction(2). */
int signals_reset(uint64_t set);

#endif
