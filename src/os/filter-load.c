/* os/filter-load.c - a compiled filter takes effect; see seccomp.h. */
#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/stack.h"
#include "os/compat.h"
#include "os/seccomp.h"

static const struct {
    uint32_t flag;
    const char *name;
} flag_names[] = {
    { SECCOMP_FILTER_FLAG_TSYNC, "TSYNC" },
    { SECCOMP_FILTER_FLAG_LOG, "LOG" },
    { SECCOMP_FILTER_FLAG_SPEC_ALLOW, "SPEC_ALLOW" },
    { SECCOMP_FILTER_FLAG_NEW_LISTENER, "NEW_LISTENER" },
    { SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, "WAIT_KILLABLE_RECV" },
};

static long load(const struct filter_program *program, uint32_t flags, struct err *e)
{
    struct sock_fprog fprog = {
        .len = (unsigned short)program->n,
        .filter = (struct sock_filter *)(uintptr_t)program->code,
    };
    long got = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &fprog);
    char text[120] = "";
    int num = errno;
    size_t n = 0;

    /* A thread that could not be brought along; rcrun has one only. */
    if (got > 0 && flags & SECCOMP_FILTER_FLAG_TSYNC)
        return err_set(e, EBUSY, "seccomp filter for thread %ld", got);
    if (got >= 0)
        return got;
    for (size_t i = 0; i < COUNT_OF(flag_names); i++)
        if (flags & flag_names[i].flag)
            n += (size_t)snprintf(text + n, sizeof text - n, " %s", flag_names[i].name);
    return err_set(e, num, "seccomp filter of %u instructions%s%s", program->n, n ? ", flags" : "",
                   text);
}

int os_load_filter(const struct filter_program *program, uint32_t flags, struct err *e)
{
    /* It is about a listener, and refused without one. */
    flags &= ~(uint32_t)SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    return load(program, flags, e) < 0 ? -1 : 0;
}

/* ---- with a listener ----------------------------------------------------------------------
 *
 * The descriptor of the listener is there when the filter holds, and the filter may notify or
 * refuse any call by which it could be given away.  So a thread that was made before, which the
 * filter does not hold, gives it away.  The loading thread meanwhile makes no call at all: every
 * one of them could wait for a listener that has nothing to answer with yet. */

#define NO_LISTENER (-1)
#define NOT_LOADED (-2)

struct handing {
    void (*deliver)(void *arg, int listener);
    void *arg;
    atomic_bool ready;  /* the thread runs, and will not touch errno before there is a listener */
    atomic_int listener;
    atomic_bool done;
};

static OTHER_STACK int hand_over(void *x)
{
    static const struct sched_param no_priority;
    struct handing *h = x;
    int fd;

    /* The loader waits by spinning; of a real-time policy it leaves us the time that the kernel
     * keeps for others. */
    (void)sched_setscheduler(0, SCHED_OTHER, &no_priority);
    atomic_store(&h->ready, true);
    while ((fd = atomic_load(&h->listener)) == NO_LISTENER)
        sched_yield();
    if (fd >= 0) {
        h->deliver(h->arg, fd);
        close(fd);
        atomic_store(&h->done, true);
    }
    /* This thread alone, of which the C library does not know. */
    return (int)syscall(SYS_exit, 0);
}

int os_load_filter_listener(const struct filter_program *program, uint32_t flags,
                            void (*deliver)(void *arg, int listener), void *arg, struct err *e)
{
    static _Alignas(64) char stack[65536];
    static struct handing h; /* the thread may look at it for a moment after we went on */
    const int share = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
                      CLONE_SYSVSEM;
    long got;

    h = (struct handing){ .deliver = deliver, .arg = arg, .listener = NO_LISTENER };
    if (clone(hand_over, stack + sizeof stack, share, &h) < 0)
        return err_set(e, errno, "thread that hands over the seccomp listener");
    while (!atomic_load(&h.ready))
        sched_yield();
    /* Else it would hold the thread as well. */
    flags &= ~(uint32_t)SECCOMP_FILTER_FLAG_TSYNC;
    got = load(program, flags | SECCOMP_FILTER_FLAG_NEW_LISTENER, e);
    atomic_store(&h.listener, got < 0 ? NOT_LOADED : (int)got);
    if (got < 0)
        return -1;
    while (!atomic_load(&h.done))
        continue;
    return 0;
}
