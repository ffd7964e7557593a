/* os/seccomp.h - rules to a BPF program by libseccomp, and its loading. */
#ifndef RCRUN_OS_SECCOMP_H
#define RCRUN_OS_SECCOMP_H

#include <linux/filter.h>

#include "base/err.h"
#include "base/types.h"

#define FILTER_MAX 4096 /* BPF_MAXINSNS */

/* Lives in memory shared by the processes of one start. */
struct filter_program {
    uint32_t n; /* instructions, 0 = none yet */
    struct sock_filter code[FILTER_MAX];
};

/* Compiles the rules, or takes the finished program that stands in their place.  System calls newer than every one the profile names answer ENOSYS
 * when the default action is ERRNO (else programs cannot tell "refused" from "not there").
 * Unknown names are skipped (an error when the rules are strict), rules with the default action dropped; two conditions on one
 * argument make two rules.  Other architectures than the native one and the listed are killed.
 * cache: a directory for compiled programs (0700, ours; made when missing, with its parent),
 * NULL = none; any doubt about an entry = compile.  What goes to the cache is made a binary
 * tree when that costs little.  E2BIG: more than FILTER_MAX instructions. */
int os_compile_filter(const struct filter_rules *rules, const char *cache,
                      struct filter_program *out, struct err *e);

/* The same for rules that are known when we are built, and takes a hundredth of the time: each has one
 * name, whose number (__SNR_name) is in the array, and conditions of equality only; for the native
 * architecture alone. */
int os_build_filter(const struct filter_rules *rules, const int *numbers, struct filter_program *out,
                    struct err *e);

/* To be called when the container runs: makes the cache's entry a binary tree where that was
 * too slow for the start (up to 100 ms).  Never fails. */
void os_tune_filter(const struct filter_rules *rules, const char *cache);

/* seccomp(2) SECCOMP_SET_MODE_FILTER.  A flag that the kernel does not know is an error.
 * WAIT_KILLABLE_RECV is for listeners and ignored without one. */
int os_load_filter(const struct filter_program *program, uint32_t flags, struct err *e);
/* The same with a listener, for programs that notify: deliver() gets the descriptor (close-on-exec,
 * closed afterwards) in a thread of its own, which the filter does not hold, and may make any
 * system call, but no memory and no lock: it shares them.  When it cannot deliver it must end the
 * process, since the caller, whom the filter holds, waits for it without a system call.  Call it at
 * most once in a process. */
int os_load_filter_listener(const struct filter_program *program, uint32_t flags,
                            void (*deliver)(void *arg, int listener), void *arg, struct err *e);

#endif
