#include "host/kernel.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/file.h"
#include "base/text.h"
#include "host/read.h"

#define FLOOR_MAJOR 5
#define FLOOR_MINOR 12

bool kernel_parse_release(const char *release, uint32_t *major, uint32_t *minor)
{
    const char *s = release;
    uint32_t parts[2] = { 0, 0 };

    for (int i = 0; i < 2; i++) {
        if (*s < '0' || *s > '9')
            return false;
        for (; *s >= '0' && *s <= '9'; s++) {
            if (parts[i] > 99999)
                return false;
            parts[i] = parts[i] * 10 + (uint32_t)(*s - '0');
        }
        if (i == 0 && *s++ != '.')
            return false;
    }
    *major = parts[0];
    *minor = parts[1];
    return true;
}

bool kernel_is_at_least(const struct facts *f, uint32_t major, uint32_t minor)
{
    return f->kernel.major > major || (f->kernel.major == major && f->kernel.minor >= minor);
}

struct call {
    const char *name;
    long number;
    long args[6];
    bool asks_first; /* the kernel wants CAP_SYS_ADMIN before it looks at the arguments */
};

#define BAD_FLAGS 0x7fffff00L

/* Arguments that the call itself refuses with EINVAL or EBADF.  fsopen, move_mount and fsmount
 * refuse everybody without CAP_SYS_ADMIN first, with the EPERM that a filter gives, too: there
 * EPERM says nothing, and fsconfig and open_tree, which filters treat alike, stand for them. */
static const struct call calls[] = {
    { "openat2", SYS_openat2, { -1, 0, 0, 0 }, false },
    { "open_tree", SYS_open_tree, { -1, 0, BAD_FLAGS }, false },
    { "fsconfig", SYS_fsconfig, { -1, BAD_FLAGS, 0, 0, 0 }, false },
    { "fsopen", SYS_fsopen, { 0, BAD_FLAGS }, true },
    { "fsmount", SYS_fsmount, { -1, BAD_FLAGS, 0 }, true },
    { "move_mount", SYS_move_mount, { -1, 0, -1, 0, BAD_FLAGS }, true },
    { "mount_setattr", SYS_mount_setattr, { -1, 0, BAD_FLAGS, 0, 0 }, false },
    { "close_range", SYS_close_range, { 1, 0, 0 }, false },
    { "pidfd_open", SYS_pidfd_open, { -1, 0 }, false },
};

const char *kernel_missing_call(bool has_admin)
{
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        const struct call *c = &calls[i];

        if (syscall(c->number, c->args[0], c->args[1], c->args[2], c->args[3], c->args[4],
                    c->args[5]) >= 0)
            continue;
        if (errno == ENOSYS ||
            ((errno == EPERM || errno == EACCES) && (has_admin || !c->asks_first)))
            return c->name;
    }
    return NULL;
}

/* 40 since 5.9.  Asking the kernel for the next one is one call, /proc/sys/kernel/cap_last_cap
 * would be three. */
static uint32_t find_last_cap(const struct facts *f)
{
    uint32_t last = kernel_is_at_least(f, 5, 9) ? 40 : 37;

    while (last < 63 && prctl(PR_CAPBSET_READ, last + 1UL, 0, 0, 0) >= 0)
        last++;
    return last;
}

#ifdef RCRUN_FAULTS
/* Test builds take an older kernel's ways where they are told to: all of these are still there. */
static void be_older(struct facts *f)
{
    const char *release = getenv("RCRUN_KERNEL");

    if (release)
        kernel_parse_release(release, &f->kernel.major, &f->kernel.minor);
}
#else
#define be_older(f)
#endif

void kernel_probe(struct arena *a, struct facts *f)
{
    struct utsname u;
    /* In a child user namespace the mount namespace may belong to an outer one, where our
     * capabilities count for nothing. */
    bool has_admin = !f->userns.in_child && facts_has_cap(f, CAP_SYS_ADMIN);

    f->kernel.release = "unknown";
    if (uname(&u) == 0) {
        f->kernel.release = arena_text(a, u.release);
        kernel_parse_release(u.release, &f->kernel.major, &f->kernel.minor);
    }
    be_older(f);
    /* Older kernels may have them by backport; a filter may hide them on any. */
    if (f->self.seccomp_mode != 0 || !kernel_is_at_least(f, FLOOR_MAJOR, FLOOR_MINOR))
        f->kernel.missing = kernel_missing_call(has_admin);
    f->kernel.last_cap = find_last_cap(f);
    f->kernel.time_ns = kernel_is_at_least(f, 5, 6);
    f->kernel.overlay_fd_layers = kernel_is_at_least(f, 6, 13);
    f->kernel.overlay_lowerdir_plus = kernel_is_at_least(f, 6, 7);
    f->kernel.clone_detached = kernel_is_at_least(f, 6, 15);
    f->kernel.weighted_interleave = kernel_is_at_least(f, 6, 9);
}

void kernel_probe_asked(struct arena *a, const struct questions *q, struct facts *f)
{
    /* CONFIG_TIME_NS may be off. */
    if (q->time_ns)
        f->kernel.time_ns = access("/proc/self/ns/time", F_OK) == 0;
    if (q->labels) {
        f->kernel.selinux = access("/sys/fs/selinux/enforce", F_OK) == 0;
        f->kernel.apparmor = text_is(read_line(a, "/sys/module/apparmor/parameters/enabled"), "Y");
    }
}
