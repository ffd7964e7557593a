/* Hints in surroundings that refuse something.  Each is made in a child: a user namespace of its
 * own, in which a limit is set or a mount made, and hint_find() asked there. */
#include "host/hint.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "host/mountinfo.h"
#include "host/probe.h"
#include "tap.h"

static char got[700]; /* the hint */

static bool put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

    if (fd >= 0)
        close(fd);
    return good;
}

/* A user namespace in which we are root; more: other namespaces, CLONE_*. */
static bool enter(int more)
{
    unsigned uid = geteuid(), gid = getegid();
    char text[32];

    if (unshare(CLONE_NEWUSER | more) < 0)
        return false;
    put("/proc/self/setgroups", "deny");
    snprintf(text, sizeof text, "0 %u 1", uid);
    if (!put("/proc/self/uid_map", text))
        return false;
    snprintf(text, sizeof text, "0 %u 1", gid);
    return put("/proc/self/gid_map", text);
}

static void ask(const char *step, int num, const char *fstype, const char *said)
{
    struct questions q = { 0 };
    struct arena *a = arena_new();
    struct facts f;
    struct err e = { 0 };

    facts_probe(a, &q, NULL, &f, &e);
    err_clear(&e);
    err_set(&e, num, "%s", said);
    hint_find(&f, &e, &(struct hint_step){ .name = step, .fstype = fstype });
    snprintf(got, sizeof got, "%s", e.hint);
    arena_free(a);
}

/* Runs `run` in a child and takes over what it got; false when its surroundings could not be
 * made here, which is told as a comment. */
static bool in_child(bool (*run)(void))
{
    int ends[2], status = 0;
    pid_t pid;
    ssize_t n;

    got[0] = '\0';
    if (pipe(ends) < 0)
        return false;
    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        if (!run())
            _exit(1);
        _exit(write(ends[1], got, strlen(got) + 1) < 0 ? 1 : 0);
    }
    close(ends[1]);
    n = read(ends[0], got, sizeof got - 1);
    close(ends[0]);
    got[n > 0 ? n : 0] = '\0';
    waitpid(pid, &status, 0);
    if (status != 0)
        printf("# cannot be made here\n");
    return status == 0;
}

static bool no_user_ns(void)
{
    if (!enter(0) || !put("/proc/sys/user/max_user_namespaces", "0"))
        return false;
    ask("spawn", ENOSPC, NULL, "new namespaces");
    return true;
}

TEST(names_the_limit_of_user_namespaces)
{
    if (in_child(no_user_ns))
        EQ_STR(got,
               "user.max_user_namespaces is 0, which switches them off: set it to a value like "
               "15000");
}

static bool no_net_ns(void)
{
    if (!enter(0) || !put("/proc/sys/user/max_net_namespaces", "0"))
        return false;
    ask("spawn", ENOSPC, NULL, "new namespaces");
    return true;
}

TEST(names_the_limit_that_it_is)
{
    if (in_child(no_net_ns))
        EQ_STR(got, "user.max_net_namespaces is 0, which switches them off: set it to a value like "
                    "15000");
}

static bool hidden_proc(void)
{
    if (!enter(CLONE_NEWNS) || mount("none", "/proc/fs", "tmpfs", 0, NULL) < 0)
        return false;
    ask("mount_fs", EPERM, "proc", "/proc");
    return true;
}

TEST(names_what_hides_proc)
{
    if (in_child(hidden_proc)) {
        OK(strstr(got, "a new /proc is refused") != NULL);
        OK(strstr(got, "/proc/fs") != NULL);
    }
}

static bool unmapped(void)
{
    if (unshare(CLONE_NEWUSER) < 0)
        return false;
    ask("spawn", EPERM, NULL, "new namespaces");
    return true;
}

TEST(knows_a_caller_without_a_mapping)
{
    if (in_child(unmapped))
        OK(strstr(got, "is not mapped in the user namespace") != NULL);
}

static bool in_chroot(void)
{
    if (!enter(CLONE_NEWNS) || mount("/", "/tmp", NULL, MS_BIND | MS_REC, NULL) < 0 ||
        mount("none", "/tmp/proc/fs", "tmpfs", 0, NULL) < 0 || chroot("/tmp/usr") < 0 ||
        chdir("/") < 0)
        return false;
    /* There is no /proc in /usr, so nothing can be confirmed. */
    ask("spawn", EPERM, NULL, "new namespaces");
    return true;
}

TEST(says_nothing_that_it_cannot_know)
{
    if (in_child(in_chroot))
        EQ_STR(got, "");
    ask("chdir", EPERM, NULL, "x");
    EQ_STR(got, "");
    ask("no_such_step", EPERM, NULL, "x");
    EQ_STR(got, "");
    ask("bind", ENOENT, NULL, "x");
    EQ_STR(got, "");
}

TEST(never_replaces_a_hint)
{
    struct facts f = { 0 };
    struct err e = { 0 };

    err_set(&e, ENODEV, "x");
    err_hint(&e, "mine");
    hint_find(&f, &e, &(struct hint_step){ .name = "mount_fs", .fstype = "no-such-fs" });
    EQ_STR(e.hint, "mine");
    err_clear(&e);
    err_set(&e, ENODEV, "x");
    hint_find(&f, &e, &(struct hint_step){ 0 });
    EQ_STR(e.hint, "");
}

static void ask_bind(int num, const char *source, uint64_t cleared)
{
    struct facts f = { 0 };
    struct err e = { 0 };

    err_set(&e, num, "x");
    hint_find(&f, &e,
              &(struct hint_step){ .name = "bind", .bind = { .source = source, .cleared = cleared } });
    snprintf(got, sizeof got, "%s", e.hint);
}

TEST(words_what_locked_flags_are_when_the_mount_is_not_known)
{
    ask_bind(EPERM, NULL, MOUNT_ATTR_NOSUID);
    OK(strstr(got, "leave out rw, suid, dev, exec") != NULL);
    ask_bind(EPERM, NULL, 0);
    EQ_STR(got, "");
    ask_bind(EINVAL, "/nonexistent", 0);
    EQ_STR(got, "");
}

TEST(tells_that_an_owner_has_no_number_there)
{
    ask("mount_tmpfs", EOVERFLOW, "tmpfs", "x");
    OK(strstr(got, "the id is not mapped in that mount") != NULL);
}

/* A file with a label of SELinux, which is enforcing, as far as anybody can tell here. */
static bool labelled(void)
{
    const char *label = "u:object_r:user_home_t:s0";

    if (!enter(CLONE_NEWNS) || mount("tmpfs", "/sys", "tmpfs", 0, NULL) < 0 ||
        mount("tmpfs", "/mnt", "tmpfs", 0, NULL) < 0)
        return false;
    mkdir("/sys/fs", 0755);
    mkdir("/sys/fs/selinux", 0755);
    close(open("/sys/fs/selinux/enforce", O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    mkdir("/mnt/x", 0755);
    if (!put("/sys/fs/selinux/enforce", "1\n") ||
        setxattr("/mnt/x", "security.selinux", label, strlen(label), 0) < 0)
        return false;
    ask_bind(EACCES, "/mnt/x", 0);
    return true;
}

TEST(names_the_label_that_containers_may_not_use)
{
    if (in_child(labelled))
        EQ_STR(got, "SELinux is enforcing, and the label of /mnt/x is u:object_r:user_home_t:s0: "
                    "chcon -Rt container_file_t /mnt/x");
    ask_bind(EACCES, "/", 0);
    EQ_STR(got, "");
}

TEST(names_a_missing_file_system)
{
    ask("mount_fs", ENODEV, "no-such-fs", "x");
    EQ_STR(got, "this kernel has no file system no-such-fs; if it is a module: sudo modprobe "
                "no-such-fs");
    ask("mount_fs", ENODEV, "tmpfs", "x");
    EQ_STR(got, "");
}

TEST(words_a_range_that_newuidmap_refused)
{
    ask("finish_maps", 0, NULL,
        "newuidmap: uid range [1-11) -> [4000000000-4000000010) not allowed");
    /* Or what is wrong with the file, or with the group, which comes first. */
    OK(got[0] != '\0');
    if (strstr(got, "usermod"))
        OK(strstr(got, "--add-subuids 4000000000-4000000009") != NULL);
    ask("finish_maps", 0, NULL, "newuidmap: uid range [1-11) -> [x-y) not allowed");
    OK(strstr(got, "usermod") == NULL);
}
