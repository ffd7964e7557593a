#include "os/limit.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/text.h"
#include "os/compat.h"

static const char *const rlimit_name[] = {
    [RLIMIT_AS] = "RLIMIT_AS",
    [RLIMIT_CORE] = "RLIMIT_CORE",
    [RLIMIT_CPU] = "RLIMIT_CPU",
    [RLIMIT_DATA] = "RLIMIT_DATA",
    [RLIMIT_FSIZE] = "RLIMIT_FSIZE",
    [RLIMIT_LOCKS] = "RLIMIT_LOCKS",
    [RLIMIT_MEMLOCK] = "RLIMIT_MEMLOCK",
    [RLIMIT_MSGQUEUE] = "RLIMIT_MSGQUEUE",
    [RLIMIT_NICE] = "RLIMIT_NICE",
    [RLIMIT_NOFILE] = "RLIMIT_NOFILE",
    [RLIMIT_NPROC] = "RLIMIT_NPROC",
    [RLIMIT_RSS] = "RLIMIT_RSS",
    [RLIMIT_RTPRIO] = "RLIMIT_RTPRIO",
    [RLIMIT_RTTIME] = "RLIMIT_RTTIME",
    [RLIMIT_SIGPENDING] = "RLIMIT_SIGPENDING",
    [RLIMIT_STACK] = "RLIMIT_STACK",
};

int os_set_rlimit(pid_t pid, int resource, uint64_t soft, uint64_t hard, struct err *e)
{
    const uint64_t limit[2] = { soft, hard }; /* struct rlimit64, on every machine */
    const char *name = "resource limit";

    if (syscall(SYS_prlimit64, pid, resource, limit, NULL) == 0)
        return 0;
    if (resource >= 0 && (size_t)resource < COUNT_OF(rlimit_name))
        name = rlimit_name[resource];
    return err_set(e, errno, "%s soft %ju hard %ju", name, (uintmax_t)soft, (uintmax_t)hard);
}

int os_set_scheduler(const struct sched_values *v, struct err *e)
{
    struct compat_sched_attr attr = {
        .size = sizeof attr,
        .policy = v->policy,
        .flags = v->flags,
        .nice = v->nice,
        .priority = v->priority,
        .runtime = v->runtime,
        .deadline = v->deadline,
        .period = v->period,
    };

    if (syscall(SYS_sched_setattr, 0, &attr, 0) < 0)
        return err_set(e, errno, "scheduling policy %u", v->policy);
    return 0;
}

int os_set_io_priority(int class_, int level, struct err *e)
{
    if (syscall(SYS_ioprio_set, IOPRIO_WHO_PGRP, 0, class_ << IOPRIO_CLASS_SHIFT | level) < 0)
        return err_set(e, errno, "i/o priority class %d level %d", class_, level);
    return 0;
}

int os_set_personality(unsigned long domain, struct err *e)
{
    if (personality(domain) < 0)
        return err_set(e, errno, "personality 0x%lx", domain);
    return 0;
}

/* ---- lists of nodes and processors ------------------------------------------------------- */

#define NODES_MAX 1024
#define CPUS_MAX 8192 /* the largest NR_CPUS; the kernel cuts it to what there is */
#define WORD_BITS (8 * sizeof(unsigned long))

/* Digits at *s as a number below max; *s moves behind them. */
static bool take_number(const char **s, unsigned max, unsigned *number)
{
    size_t n = strspn(*s, "0123456789");
    unsigned v = 0;

    if (n == 0 || n > 4)
        return false;
    for (size_t i = 0; i < n; i++)
        v = 10 * v + (unsigned)((*s)[i] - '0');
    *s += n;
    *number = v;
    return v < max;
}

/* "0-3,7" as bits, of which there are max. */
static bool parse_list(const char *s, unsigned long *words, unsigned max)
{
    for (;;) {
        unsigned first, last;

        if (!take_number(&s, max, &first))
            return false;
        last = first;
        if (*s == '-' && (s++, !take_number(&s, max, &last)))
            return false;
        if (last < first)
            return false;
        for (unsigned i = first; i <= last; i++)
            words[i / WORD_BITS] |= 1UL << i % WORD_BITS;
        if (!*s)
            return true;
        if (*s++ != ',')
            return false;
    }
}

int os_set_memory_policy(int mode, unsigned flags, const char *nodes, struct err *e)
{
    unsigned long mask[NODES_MAX / WORD_BITS] = { 0 };

    if (nodes && !parse_list(nodes, mask, NODES_MAX))
        return err_set(e, EINVAL, "memory nodes %s", nodes);
    /* The kernel takes one bit less than it is told. */
    if (syscall(SYS_set_mempolicy, mode | (int)flags, nodes ? mask : NULL,
                nodes ? NODES_MAX + 1 : 0) < 0)
        return err_set(e, errno, "memory policy %d%s%s", mode, nodes ? " nodes " : "",
                       nodes ? nodes : "");
    return 0;
}

int os_set_affinity(const char *cpus, struct err *e)
{
    unsigned long mask[CPUS_MAX / WORD_BITS] = { 0 };

    if (!parse_list(cpus, mask, CPUS_MAX))
        return err_set(e, EINVAL, "processors %s", cpus);
    if (syscall(SYS_sched_setaffinity, 0, sizeof mask, mask) < 0)
        return err_set(e, errno, "processors %s", cpus);
    return 0;
}

int os_reset_affinity(struct err *e)
{
    unsigned char all[CPUS_MAX / 8];

    memset(all, 0xff, sizeof all);
    if (syscall(SYS_sched_setaffinity, 0, sizeof all, all) < 0)
        return err_set(e, errno, "processor affinity");
    return 0;
}
