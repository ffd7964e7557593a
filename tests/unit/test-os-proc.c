#include "os/proc.h"

#include "tap.h"
#include "tools/namespace.h"

#include <linux/magic.h>
#include <sys/prctl.h>
#include <sys/vfs.h>

#include "base/clean.h"
#include "os/mount.h"
#include "os/path.h"

#define OWN_PROC (CLONE_NEWNS | CLONE_NEWPID)

static struct err *const e = &tool_err;

TEST(opens_the_hosts_procfs)
{
    OWN_FD proc = -1;
    char text[100];

    FINE(os_proc_host(&proc, e));
    EQ_INT(fcntl(proc, F_GETFD), FD_CLOEXEC);
    FINE(os_proc_read(proc, "sys/kernel/ostype", text, sizeof text, e));
    EQ_STR(text, "Linux\n");
    FAILS(os_proc_read(proc, "sys/kernel/ostype", text, 3, e), EFBIG);
    FAILS(os_proc_read(proc, "nosuch", text, sizeof text, e), ENOENT);
    EQ_STR(e->text, "/proc/nosuch: no such file or directory");
}

TEST(follows_no_link_and_does_not_leave)
{
    OWN_FD proc = -1;
    char text[100];

    FINE(os_proc_host(&proc, e));
    FAILS(os_proc_read(proc, "self/comm", text, sizeof text, e), ELOOP);
    FAILS(os_proc_read(proc, "mounts", text, sizeof text, e), ELOOP);
    FAILS(os_proc_read(proc, "../etc/passwd", text, sizeof text, e), EXDEV);
    FAILS(os_proc_read(proc, "/etc/passwd", text, sizeof text, e), EXDEV);
    FAILS(os_proc_read_self(proc, "root/etc/passwd", text, sizeof text, e), ELOOP);
    FAILS(os_proc_read_self(proc, "exe", text, sizeof text, e), ELOOP);
}

TEST(knows_its_own_directory)
{
    OWN_FD proc = -1;
    char before[32], text[32];
    char comm[16] = "";

    FINE(os_proc_host(&proc, e));
    FINE(os_proc_read_self(proc, "comm", text, sizeof text, e));
    prctl(PR_GET_NAME, comm);
    strcat(comm, "\n");
    EQ_STR(text, comm);
    FINE(os_proc_read_self(proc, "oom_score_adj", before, sizeof before, e));
    FINE(os_proc_write_self(proc, "oom_score_adj", "777", e));
    FINE(os_proc_read_self(proc, "oom_score_adj", text, sizeof text, e));
    EQ_STR(text, "777\n");
    FAILS(os_proc_write_self(proc, "oom_score_adj", "7777", e), EINVAL);
    SAYS("/oom_score_adj: invalid argument");
    os_proc_write_self(proc, "oom_score_adj", before, e);
}

/* ---- a procfs of our own ------------------------------------------------------------------ */

static void sees_itself_by_another_pid(void)
{
    OWN_FD host = -1, own = -1;
    char text[2000], pid[20];

    FINE(os_proc_host(&host, e));
    FINE(os_proc_private(&own, e));
    FINE(os_proc_read_self(own, "status", text, sizeof text, e));
    OK(strstr(text, "\nPid:\t1\n"));
    /* The host's procfs knows this very process by another number. */
    FINE(os_proc_read_self(host, "status", text, sizeof text, e));
    OK(!strstr(text, "\nPid:\t1\n"));
    OK(strstr(text, "\t1\n")); /* NSpid */
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    EQ_STR(pid, "1");
    FINE(os_proc_read(own, "sys/kernel/ostype", text, sizeof text, e));
}

TEST(a_private_procfs_has_our_pid_namespace)
{
    apart_in(OWN_PROC, sees_itself_by_another_pid);
}

/* ---- mounts over it ----------------------------------------------------------------------- */

static void bind_over(const char *source, const char *target)
{
    OWN_FD tree = -1;
    OWN_FD at = open(target, O_PATH | O_CLOEXEC);

    FINE(os_open_tree(AT_FDCWD, source, false, &tree, e));
    FINE(os_move_mount(tree, at, e));
}

/* What a look at the type of the file alone would let happen. */
static bool naive_open(const char *path)
{
    OWN_FD fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    struct statfs fs = { 0 };

    return fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

static void is_overmounted(void)
{
    OWN_FD own = -1, at = -1, proc = -1, tmpfs = -1, context = -1, clean = -1;
    char text[2000];

    FINE(os_proc_private(&own, e));
    at = open("/proc", O_PATH | O_CLOEXEC);
    FINE(os_move_mount(own, at, e));
    FINE(os_proc_host(&proc, e));
    FINE(os_proc_read_self(proc, "oom_score_adj", text, sizeof text, e));
    bind_over("/proc/self/sched", "/proc/self/attr/exec");
    bind_over("/proc/self/sched", "/proc/thread-self/attr/exec");
    bind_over("/proc/self/sched", "/proc/self/oom_score_adj");
    bind_over("/dev/null", "/proc/self/uid_map");
    OK(naive_open("/proc/self/attr/exec"));
    OK(naive_open("/proc/thread-self/attr/exec"));
    FAILS(os_proc_write_self(proc, "attr/exec", "x", e), EXDEV);
    FAILS(os_proc_write_self(proc, "task/1/attr/exec", "x", e), EXDEV);
    FAILS(os_proc_write_self(proc, "oom_score_adj", "5", e), EXDEV);
    FAILS(os_proc_write(proc, "1/uid_map", "0 0 1", e), EXDEV);
    FAILS(os_set_label(proc, "selinux", "x", e), EXDEV);
    /* A directory above it, and the way there. */
    FINE(os_fs_open("tmpfs", &context, e));
    FINE(os_fs_mount(context, "tmpfs", 0, &tmpfs, e));
    clean_fd(&at);
    at = open("/proc/1/attr", O_PATH | O_CLOEXEC);
    FINE(os_move_mount(tmpfs, at, e));
    tool_write("/proc/1/attr/exec", "", 0666);
    FAILS(os_proc_write_self(proc, "attr/exec", "x", e), EXDEV);
    /* A private one has nothing of all that. */
    FINE(os_proc_private(&clean, e));
    FINE(os_proc_write_self(clean, "oom_score_adj", "888", e));
    FINE(os_proc_read_self(clean, "oom_score_adj", text, sizeof text, e));
    EQ_STR(text, "888\n");
}

TEST(refuses_what_is_mounted_over_procfs)
{
    apart_in(OWN_PROC, is_overmounted);
}

static void has_a_foreign_self(void)
{
    OWN_FD own = -1, at = -1, proc = -1, tree = -1, link = -1, context = -1, tmpfs = -1;
    char text[100];

    FINE(os_proc_private(&own, e));
    at = open("/proc", O_PATH | O_CLOEXEC);
    FINE(os_move_mount(own, at, e));
    FINE(os_proc_host(&proc, e));
    /* A link may be mounted over, with another link. */
    FINE(os_fs_open("tmpfs", &context, e));
    FINE(os_fs_mount(context, "tmpfs", 0, &tmpfs, e));
    clean_fd(&at);
    at = open("/mnt", O_PATH | O_CLOEXEC);
    FINE(os_move_mount(tmpfs, at, e));
    symlink("2", "/mnt/self");
    link = open("/mnt/self", O_PATH | O_NOFOLLOW | O_CLOEXEC);
    FINE(os_open_tree(link, "", false, &tree, e));
    clean_fd(&at);
    at = open("/proc/self", O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (os_move_mount(tree, at, e) < 0) {
        printf("# skipped: %s\n", e->text);
        return;
    }
    EQ_INT(readlink("/proc/self", text, sizeof text), 1);
    FAILS(os_proc_read_self(proc, "comm", text, sizeof text, e), EXDEV);
}

TEST(refuses_a_foreign_link_as_self)
{
    if (access("/mnt", F_OK) < 0)
        printf("# skipped: no /mnt\n");
    else
        apart_in(OWN_PROC, has_a_foreign_self);
}

static void has_no_procfs(void)
{
    OWN_FD context = -1, tmpfs = -1, at = -1;
    int proc;

    FINE(os_fs_open("tmpfs", &context, e));
    FINE(os_fs_mount(context, "tmpfs", 0, &tmpfs, e));
    at = open("/proc", O_PATH | O_CLOEXEC);
    FINE(os_move_mount(tmpfs, at, e));
    FAILS(os_proc_host(&proc, e), 0);
    EQ_STR(e->text, "/proc is not a procfs");
}

TEST(refuses_another_file_system_as_proc)
{
    apart_in(CLONE_NEWNS, has_no_procfs);
}

/* ---- labels ------------------------------------------------------------------------------- */

TEST(a_label_without_its_module_is_an_error)
{
    OWN_FD proc = -1;

    FINE(os_proc_host(&proc, e));
    if (access("/sys/fs/selinux/enforce", F_OK) == 0 ||
        access("/sys/kernel/security/apparmor", F_OK) == 0) {
        printf("# skipped: a security module is active\n");
        return;
    }
    EQ_INT(os_set_label(proc, "selinux", "system_u:system_r:container_t:s0", e), -1);
    SAYS("selinux label system_u:system_r:container_t:s0: ");
    /* Engines know an error of labels by this path. */
    SAYS("/attr/exec: ");
    EQ_INT(os_set_label(proc, "apparmor", "profile", e), -1);
    SAYS("apparmor label profile: ");
    SAYS("/attr/apparmor/exec: ");
}
