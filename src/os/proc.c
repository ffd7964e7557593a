#include "os/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/text.h"
#include "os/mount.h"
#include "os/path.h"

int os_proc_host(int *proc, struct err *e)
{
    OWN_FD fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    struct statfs fs;

    if (fd < 0 || fstatfs(fd, &fs) < 0)
        return err_set(e, errno, "/proc");
    if (fs.f_type != PROC_SUPER_MAGIC)
        return err_set(e, 0, "/proc is not a procfs");
    *proc = give_fd(&fd);
    return 0;
}

int os_proc_private(int *proc, struct err *e)
{
    OWN_FD context = -1;

    TRY(os_fs_open("proc", &context, e));
    return os_fs_mount(context, "proc", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
                       proc, e);
}

#define PAGE 4096

/* A container may have bound another file over the one we mean, and that other file may be of
 * procfs too: its type alone proves nothing.  That no mount was crossed below the handle does. */
static int open_file(int proc, const char *path, int flags)
{
    return os_open_below(proc, path, flags | O_NOFOLLOW | O_NOCTTY);
}

int os_proc_write(int proc, const char *path, const char *text, struct err *e)
{
    OWN_FD fd = open_file(proc, path, O_WRONLY);
    size_t n = strlen(text);
    ssize_t got;

    if (fd < 0)
        return err_set(e, errno, "/proc/%s", path);
    got = write(fd, text, n);
    if (got < 0)
        return err_set(e, errno, "/proc/%s", path);
    if ((size_t)got != n)
        return err_set(e, 0, "/proc/%s: only %zd of %zu bytes were taken", path, got, n);
    return 0;
}

int os_proc_read(int proc, const char *path, char *buffer, size_t size, struct err *e)
{
    OWN_FD fd = open_file(proc, path, O_RDONLY);
    size_t have = 0;
    ssize_t got;

    if (fd < 0)
        return err_set(e, errno, "/proc/%s", path);
    /* These files come in pages, less what of a record does not fit: half of one is the end. */
    do {
        got = read(fd, buffer + have, size - 1 - have);
        if (got < 0)
            return err_set(e, errno, "/proc/%s", path);
        have += (size_t)got;
    } while (got >= PAGE / 2 && have < size - 1);
    if (have == size - 1)
        return err_set(e, EFBIG, "/proc/%s", path);
    buffer[have] = '\0';
    return 0;
}

int os_proc_own_pid(int proc, uint32_t *pid, struct err *e)
{
    /* One of the two links of procfs that we follow, by reading it. */
    OWN_FD link = os_open_below(proc, "self", O_PATH | O_NOFOLLOW);
    char text[16];
    ssize_t n;

    if (link < 0)
        return err_set(e, errno, "/proc/self");
    n = readlinkat(link, "", text, sizeof text - 1);
    if (n <= 0)
        return err_set(e, errno, "/proc/self");
    text[n] = '\0';
    if (!text_u32(text, pid) || *pid == 0)
        return err_set(e, 0, "/proc/self is no pid");
    return 0;
}

static int self_path(int proc, const char *name, char *path, size_t size, struct err *e)
{
    uint32_t pid;

    TRY(os_proc_own_pid(proc, &pid, e));
    if (snprintf(path, size, "%u/%s", pid, name) >= (int)size)
        return err_set(e, ENAMETOOLONG, "/proc/self/%s", name);
    return 0;
}

int os_proc_write_self(int proc, const char *name, const char *text, struct err *e)
{
    char path[128];

    TRY(self_path(proc, name, path, sizeof path, e));
    return os_proc_write(proc, path, text, e);
}

int os_proc_read_self(int proc, const char *name, char *buffer, size_t size, struct err *e)
{
    char path[128];

    TRY(self_path(proc, name, path, sizeof path, e));
    return os_proc_read(proc, path, buffer, size, e);
}

int os_proc_read_number(int proc, bool self, const char *name, uint64_t *out, struct err *e)
{
    char text[128];

    TRY(self ? os_proc_read_self(proc, name, text, sizeof text, e)
             : os_proc_read(proc, name, text, sizeof text, e));
    text[strcspn(text, " \n")] = '\0';
    if (!text_u64(text, out))
        return err_set(e, 0, "/proc/%s%s: not a number", self ? "self/" : "", name);
    return 0;
}

/* ---- labels ------------------------------------------------------------------------------ */

/* AppArmor adds the mode: "profile (enforce)". */
static bool is_label(const char *got, const char *label)
{
    size_t n = strlen(label);

    return strncmp(got, label, n) == 0 &&
           (!got[n] || got[n] == '\n' || strncmp(got + n, " (", 2) == 0);
}

int os_set_label(int proc, const char *kind, const char *label, struct err *e)
{
    bool apparmor = strcmp(kind, "apparmor") == 0;
    const char *name = apparmor ? "attr/apparmor/exec" : "attr/exec";
    char path[128];
    char text[4096];

    if (snprintf(text, sizeof text, "%s%s", apparmor ? "exec " : "", label) >= (int)sizeof text)
        return err_set(e, ENAMETOOLONG, "%s label", kind);
    TRY(self_path(proc, name, path, sizeof path, e));
    if (os_proc_write(proc, path, text, e) < 0)
        return err_ctx(e, "%s label %s", kind, label);
    if (os_proc_read(proc, path, text, sizeof text, e) < 0)
        return err_ctx(e, "%s label %s", kind, label);
    if (!is_label(text, label))
        return err_set(e, 0, "%s label %s: the kernel has %s instead", kind, label,
                       text[0] ? text : "none");
    return 0;
}
