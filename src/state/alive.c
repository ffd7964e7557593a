/* state/alive.c - is this still our process?  (SR-28) */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/file.h"
#include "state/state.h"

#define PIDFS_MAGIC 0x50494446 /* linux/magic.h of 6.9 */

/* The boot that the machine is in; "" where it cannot be read. */
static void boot_id(char *out, size_t size)
{
    if (file_read_small(AT_FDCWD, "/proc/sys/kernel/random/boot_id", out, size) < 0)
        out[0] = '\0';
    out[strcspn(out, "\n")] = '\0';
}

/* Field 22; the name in field 2 may hold blanks and parentheses. */
static bool start_time(int64_t pid, uint64_t *out)
{
    char path[40], text[1024], *at;

    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    if (file_read_small(AT_FDCWD, path, text, sizeof text) < 0 || !(at = strrchr(text, ')')))
        return false;
    for (int field = 2; field < 22; field++) {
        at = strchr(at + 1, ' ');
        if (!at)
            return false;
    }
    at[1 + strcspn(at + 1, " \n")] = '\0';
    return text_u64(at + 1, out);
}

/* Before Linux 6.9 all pidfds shared one inode. */
static uint64_t pidfs_inode(int pidfd)
{
    struct statfs fs;
    struct stat st;

    if (fstatfs(pidfd, &fs) < 0 || fs.f_type != PIDFS_MAGIC || fstat(pidfd, &st) < 0)
        return 0;
    return st.st_ino;
}

int identity_take(struct arena *a, int64_t pid, struct identity *out, struct err *e)
{
    OWN_FD pidfd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
    char boot[64];

    if (pidfd < 0)
        return err_set(e, errno, "process %lld", (long long)pid);
    boot_id(boot, sizeof boot);
    *out = (struct identity){ .pid = pid, .pidfs = pidfs_inode(pidfd), .boot = arena_text(a, boot) };
    if (!start_time(pid, &out->start_time))
        return err_set(e, errno, "start time of process %lld", (long long)pid);
    return 0;
}

int identity_open(const struct identity *who)
{
    OWN_FD pidfd = -1;
    struct pollfd p = { .events = POLLIN };
    uint64_t start;
    char boot[64];

    if (who->pid <= 1)
        return -1;
    boot_id(boot, sizeof boot);
    if (who->boot && strcmp(boot, who->boot) != 0)
        return -1;
    pidfd = (int)syscall(SYS_pidfd_open, (pid_t)who->pid, 0);
    if (pidfd < 0)
        return -1;
    /* The start time has ticks of 10 ms, which a pid can come round in; the inode has not. */
    if (who->pidfs ? pidfs_inode(pidfd) != who->pidfs
                   : !start_time(who->pid, &start) || start != who->start_time)
        return -1;
    /* Readable is the end: a zombie is gone, too. */
    p.fd = pidfd;
    if (poll(&p, 1, 0) != 0)
        return -1;
    return give_fd(&pidfd);
}
