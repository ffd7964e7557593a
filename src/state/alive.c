/* state/alive.c - is this still our process?  (SR-28) */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/file.h"
#include "base/procstat.h"
#include "state/state.h"

/* The boot that the machine is in; "" where it cannot be read. */
static void boot_id(char *out, size_t size)
{
    if (file_read_small(AT_FDCWD, "/proc/sys/kernel/random/boot_id", out, size) < 0)
        out[0] = '\0';
    out[strcspn(out, "\n")] = '\0';
}

static bool read_stat(int64_t pid, struct procstat *out)
{
    char path[40];

    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    return procstat_read(AT_FDCWD, path, out);
}

/* Before Linux 6.9 all pidfds shared one inode, which nobody may execute. */
static uint64_t pidfs_inode(int pidfd)
{
    struct stat st;

    return fstat(pidfd, &st) == 0 && (st.st_mode & S_IXUSR) ? st.st_ino : 0;
}

static void add_boot(struct arena *a, struct identity *who)
{
    char boot[64];

    boot_id(boot, sizeof boot);
    who->boot = arena_text(a, boot);
}

static uint64_t own_pid_ns(void)
{
    OWN_FD fd = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
    struct stat st;

    return fstat(fd, &st) == 0 ? st.st_ino : 0;
}

void identity_add_place(struct arena *a, struct identity *who)
{
    add_boot(a, who);
    who->pid_ns = own_pid_ns();
}

int identity_take(struct arena *a, int64_t pid, int pidfd, struct identity *out, struct err *e)
{
    struct procstat stat;
    *out = (struct identity){ .pid = pid, .pidfs = pidfs_inode(pidfd) };
    if (!read_stat(pid, &stat))
        return err_set(e, errno, "start time of process %lld", (long long)pid);
    out->start_time = stat.start_time;
    /* An inode has no second in a boot, and none with the same pid and time in another. */
    if (!out->pidfs)
        add_boot(a, out);
    return 0;
}

static bool same_boot(const struct identity *who)
{
    char boot[64];

    if (!who->boot)
        return true;
    boot_id(boot, sizeof boot);
    return strcmp(boot, who->boot) == 0;
}

bool identity_is_elsewhere(const struct identity *who)
{
    return who->pid_ns && who->pid_ns != own_pid_ns() && same_boot(who);
}

bool identity_lives(const struct identity *who)
{
    struct procstat stat;

    return read_stat(who->pid, &stat) && stat.start_time == who->start_time && !stat.ended &&
           same_boot(who);
}

int identity_open(const struct identity *who)
{
    OWN_FD pidfd = (int)syscall(SYS_pidfd_open, (pid_t)who->pid, 0);
    struct pollfd p = { .fd = pidfd, .events = POLLIN };

    if (pidfd < 0)
        return -1;
    /* The start time has ticks of 10 ms, which a pid can come round in; the inode has not. */
    if (who->pidfs ? pidfs_inode(pidfd) != who->pidfs : !identity_lives(who))
        return -1;
    /* Readable is the end: a zombie is gone, too.  Whose stat was read before still lives now, so
     * it was this process's. */
    if (poll(&p, 1, 0) != 0)
        return -1;
    return give_fd(&pidfd);
}
