/* os/compat.h - numbers and structs that the headers of Debian 12 (Linux 6.1, glibc 2.36,
 * libseccomp 2.5) or of other C libraries lack.  The only place that probes for them. */
#ifndef RCRUN_OS_COMPAT_H
#define RCRUN_OS_COMPAT_H

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* <linux/fcntl.h> has it, but cannot be included beside <fcntl.h>. */
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

/* <sys/mount.h> has these, but cannot be included beside <linux/mount.h> everywhere. */
#ifndef MNT_DETACH
#define MNT_DETACH 2
#endif

#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000u
#endif
#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x4000u /* Linux 6.8 */
#endif

#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x20 /* Linux 6.3 */
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 0x10u /* Linux 6.3 */
#endif

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65 /* Linux 6.3 */
#define PR_MDWE_REFUSE_EXEC_GAIN 1UL
#endif

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5) /* Linux 5.19 */
#endif

/* Architectures that libseccomp 2.5 has no names for. */
#ifndef SCMP_ARCH_LOONGARCH64
#define SCMP_ARCH_LOONGARCH64 0xc0000102u
#endif
#ifndef SCMP_ARCH_M68K
#define SCMP_ARCH_M68K 4u
#endif
#ifndef SCMP_ARCH_SH
#define SCMP_ARCH_SH 0x4000002au
#endif
#ifndef SCMP_ARCH_SHEB
#define SCMP_ARCH_SHEB 42u
#endif

/* The kernel's struct sched_attr as of Linux 5.3: <linux/sched/types.h> clashes with
 * <sched.h> of older C libraries, newer ones define the name themselves. */
struct compat_sched_attr {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime;
    uint64_t deadline;
    uint64_t period;
    uint32_t util_min;
    uint32_t util_max;
};

/* clone(2) like fork(2): no new stack.  The place of the stack differs by machine. */
static inline pid_t compat_clone(unsigned long flags, int *pidfd)
{
#if defined __s390__
    return (pid_t)syscall(SYS_clone, 0, flags, pidfd, 0, 0);
#else
    return (pid_t)syscall(SYS_clone, flags, 0, pidfd, 0, 0);
#endif
}

#endif
