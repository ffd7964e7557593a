#include "os/mount.h"

#include "tap.h"
#include "tools/namespace.h"

#include <linux/mount.h>
#include <signal.h>
#include <sys/vfs.h>

#include "base/clean.h"
#include "os/compat.h"
#include "os/path.h"

#define ROOT_NS (CLONE_NEWNS)

static struct err *const e = &tool_err;

/* A detached tmpfs. */
static int new_tmpfs(uint64_t attributes)
{
    OWN_FD context = -1;
    int fd = -1;

    FINE(os_fs_open("tmpfs", &context, e));
    FINE(os_fs_set(context, "size", "1m", e));
    FINE(os_fs_mount(context, "tmpfs", attributes, &fd, e));
    return fd;
}

/* Attaches it at a new directory of this name. */
static void attach(int tree, const char *name)
{
    OWN_FD at = -1;

    mkdir(name, 0755);
    at = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    FINE(os_move_mount(tree, at, e));
}

static unsigned long flags_of(int fd)
{
    struct statfs fs = { 0 };

    EQ_INT(fstatfs(fd, &fs), 0);
    return (unsigned long)fs.f_flags & (1 | 2 | 4 | 8); /* ST_RDONLY NOSUID NODEV NOEXEC */
}

/* ---- file systems ------------------------------------------------------------------------- */

static void builds_file_systems(void)
{
    OWN_FD fd = new_tmpfs(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
    OWN_FD seen = -1;
    uint64_t detached = 0, attached = 1;

    EQ_INT(flags_of(fd), 2 | 4);
    FINE(os_mount_id(fd, &detached, e));
    attach(fd, "m");
    seen = open("m", O_PATH | O_CLOEXEC);
    FINE(os_mount_id(seen, &attached, e));
    EQ_INT(attached, detached);
    EQ_INT(flags_of(seen), 2 | 4);
}

TEST(builds_detached_and_attaches)
{
    new_dir();
    apart_in(ROOT_NS, builds_file_systems);
}

static void tells_what_the_kernel_said(void)
{
    OWN_FD context = -1;
    OWN_FD other = -1;
    OWN_FD overlay = -1;
    int fd;

    FAILS(os_fs_open("nosuchfs", &fd, e), ENODEV);
    EQ_STR(e->text, "file system nosuchfs: no such device");
    FINE(os_fs_open("tmpfs", &context, e));
    FAILS(os_fs_set(context, "size", "many", e), EINVAL);
    EQ_STR(e->text, "size=many: tmpfs: Bad value for 'size': invalid argument");
    FINE(os_fs_open("tmpfs", &other, e));
    FAILS(os_fs_set(other, "nosuch", NULL, e), EINVAL);
    SAYS("nosuch: tmpfs: Unknown parameter 'nosuch'");
    FINE(os_fs_open("overlay", &overlay, e));
    FINE(os_fs_set(overlay, "lowerdir", "/etc", e));
    FAILS(os_fs_mount(overlay, "overlay", 0, &fd, e), EINVAL);
    SAYS("overlay: ");
}

TEST(tells_what_the_kernel_said_of_options)
{
    new_dir();
    apart_in(ROOT_NS, tells_what_the_kernel_said);
}

static void takes_layers_by_descriptor(void)
{
    OWN_FD context = -1;
    OWN_FD one = -1, two = -1;
    OWN_FD fd = -1;

    mkdir("one:a,b", 0755);
    mkdir("two", 0755);
    one = open("one:a,b", O_PATH | O_CLOEXEC);
    two = open("two", O_PATH | O_CLOEXEC);
    FINE(os_fs_open("overlay", &context, e));
    /* Linux 6.13 */
    if (os_fs_set_fd(context, "lowerdir+", one, e) < 0) {
        printf("# skipped: %s\n", e->text);
        return;
    }
    FINE(os_fs_set_fd(context, "lowerdir+", two, e));
    FINE(os_fs_mount(context, "overlay", MOUNT_ATTR_RDONLY, &fd, e));
    EQ_INT(os_fs_set_fd(context, "upperdir", -1, e), -1);
    SAYS("upperdir: ");
}

TEST(takes_overlay_layers_by_descriptor)
{
    new_dir();
    apart_in(ROOT_NS, takes_layers_by_descriptor);
}

static void reconfigures(void)
{
    OWN_FD fd = new_tmpfs(0);
    OWN_FD top = -1;
    const char *options[] = { "size=64k", "ro" };
    const char *wrong[] = { "size=64k", "mode=rwx" };
    struct statfs fs = { 0 };

    attach(fd, "m");
    top = open("m", O_PATH | O_CLOEXEC);
    FINE(os_fs_reconfigure(top, &(struct texts){ options, 2, true }, e));
    fstatfs(top, &fs);
    EQ_INT(fs.f_blocks * (unsigned long)fs.f_bsize, 65536);
    EQ_INT(mkdir("m/x", 0755), -1);
    EQ_INT(errno, EROFS);
    FAILS(os_fs_reconfigure(top, &(struct texts){ wrong, 2, true }, e), EINVAL);
    SAYS("mode=rwx");
}

TEST(changes_a_mounted_file_system)
{
    new_dir();
    apart_in(ROOT_NS, reconfigures);
}

/* ---- trees -------------------------------------------------------------------------------- */

/* A mount "m" with another one "m/sub" in it. */
static void make_two(void)
{
    OWN_FD upper = new_tmpfs(0);
    OWN_FD lower = new_tmpfs(0);

    attach(upper, "m");
    attach(lower, "m/sub");
}

static void changes_flags(void)
{
    OWN_FD tree = -1;

    make_two();
    FINE(os_open_tree(AT_FDCWD, "m", true, &tree, e));
    FINE(os_mount_change(tree, &(struct mount_change){ .set = MOUNT_ATTR_RDONLY }, e));
    attach(tree, "copy");
    EQ_INT(mkdir("copy/x", 0755), -1);
    EQ_INT(errno, EROFS);
    EQ_INT(mkdir("copy/sub/x", 0755), 0);
    /* The tree, but not its top. */
    FINE(os_mount_change(
        tree, &(struct mount_change){ .tree_set = MOUNT_ATTR_RDONLY, .clear = MOUNT_ATTR_RDONLY },
        e));
    EQ_INT(mkdir("copy/x", 0755), 0);
    EQ_INT(mkdir("copy/sub/y", 0755), -1);
    /* The copy's flags are its own. */
    EQ_INT(mkdir("m/sub/y", 0755), 0);
    FAILS(os_mount_change(tree, &(struct mount_change){ .set = MOUNT_ATTR_NOATIME }, e), EINVAL);
    SAYS("mount flags +atime: invalid");
}

TEST(changes_flags_of_mount_and_tree)
{
    new_dir();
    apart_in(ROOT_NS, changes_flags);
}

static bool mountinfo_says(const char *name, const char *word)
{
    FILE *f = fopen("/proc/self/mountinfo", "re");
    char line[1000], end[100];
    bool found = false;

    snprintf(end, sizeof end, "/%s ", name);
    while (f && fgets(line, sizeof line, f))
        found |= strstr(line, end) && strstr(line, word);
    if (f)
        fclose(f);
    return found;
}

static void changes_propagation(void)
{
    OWN_FD tree = -1;

    make_two();
    OK(!mountinfo_says("m/sub", " shared:"));
    tree = open("m", O_PATH | O_CLOEXEC);
    FINE(os_mount_change(
        tree, &(struct mount_change){ .propagation = MS_SHARED, .propagate_tree = true }, e));
    OK(mountinfo_says("m/sub", " shared:"));
    FINE(os_mount_change(tree, &(struct mount_change){ .propagation = MS_PRIVATE }, e));
    OK(!mountinfo_says("m", " shared:"));
    OK(mountinfo_says("m/sub", " shared:"));
    FINE(os_mount_propagation(MS_SLAVE, e));
    OK(!mountinfo_says("m/sub", " shared:"));
    FINE(os_mount_propagation(MS_SHARED, e));
    OK(mountinfo_says("m", " shared:"));
    FINE(os_mount_propagation(MS_PRIVATE, e));
    OK(!mountinfo_says("m", " shared:"));
}

TEST(changes_propagation_of_mount_and_tree)
{
    new_dir();
    apart_in(ROOT_NS, changes_propagation);
}

/* In a user namespace of its own, the mounts of the outer one are locked. */
static void meets_locks(void)
{
    OWN_FD tree = -1;

    FAILS(os_open_tree(AT_FDCWD, "m", false, &tree, e), EINVAL);
    SAYS("open_tree m");
    FINE(os_open_tree(AT_FDCWD, "m", true, &tree, e));
    FAILS(os_mount_change(tree, &(struct mount_change){ .clear = MOUNT_ATTR_NOSUID }, e), EPERM);
    EQ_STR(e->text, "mount flags -nosuid: operation not permitted");
    /* Nothing asked, nothing done. */
    FINE(os_mount_change(-1, &(struct mount_change){ 0 }, e));
}

static void locks_mounts(void)
{
    OWN_FD tree = -1;

    make_two();
    tree = open("m", O_PATH | O_CLOEXEC);
    FINE(os_mount_change(tree, &(struct mount_change){ .set = MOUNT_ATTR_NOSUID }, e));
    apart_in(CLONE_NEWNS, meets_locks);
}

TEST(keeps_what_is_locked)
{
    new_dir();
    apart_in(ROOT_NS, locks_mounts);
}

/* ---- roots -------------------------------------------------------------------------------- */

/* A new root "m" with a directory "in" in it. */
static int new_root(void)
{
    OWN_FD fd = new_tmpfs(0);

    attach(fd, "m");
    mkdir("m/in", 0755);
    return open("m", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void pivots(void)
{
    OWN_FD root = new_root();
    struct stat st;

    FINE(os_mount_propagation(MS_SLAVE, e));
    FINE(os_pivot(root, e));
    EQ_INT(stat("/in", &st), 0);
    EQ_INT(stat("/../../proc", &st), -1);
    EQ_INT(tool_count("/"), 1);
    EQ_INT(stat(".", &st), 0);
    EQ_INT(tool_count("."), 1);
}

TEST(makes_a_mount_the_root)
{
    new_dir();
    apart_in(ROOT_NS, pivots);
}

static void moves(void)
{
    OWN_FD outer = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    OWN_FD root = new_root();
    struct stat st;

    FINE(os_mount_propagation(MS_SLAVE, e));
    FINE(os_move_root(root, e));
    EQ_INT(stat("/in", &st), 0);
    EQ_INT(tool_count("/"), 1);
    /* Who comes back to the old root finds nothing of the host's kernel there. */
    EQ_INT(fstatat(outer, "proc/self", &st, 0), -1);
    EQ_INT(fstatat(outer, "sys/kernel", &st, 0), -1);
    EQ_INT(fstatat(outer, "etc", &st, 0), 0);
}

TEST(moves_a_mount_over_the_root)
{
    new_dir();
    apart_in(ROOT_NS, moves);
}

/* A user namespace below ours, with root mapped to our root. */
static int new_userns(void)
{
    int ends[2];
    pid_t pid;
    char path[40];
    char c = 0;
    int fd;

    EQ_INT(pipe(ends), 0);
    pid = fork();
    if (pid == 0) {
        enter(0);
        write(ends[1], "", 1);
        pause();
    }
    EQ_INT(read(ends[0], &c, 1), 1);
    snprintf(path, sizeof path, "/proc/%d/ns/user", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    kill(pid, SIGKILL);
    tool_wait(pid);
    close(ends[0]);
    close(ends[1]);
    return fd;
}

static void shifts(void)
{
    OWN_FD tree = new_tmpfs(0);
    OWN_FD self = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
    OWN_FD file = open("/etc", O_PATH | O_CLOEXEC);
    OWN_FD child = new_userns();

    FAILS(os_mount_idmap(tree, file, true, e), EBADF);
    SAYS("id-mapped mount: ");
    /* The namespace of the file system itself shifts nothing. */
    EQ_INT(os_mount_idmap(tree, self, false, e), -1);
    /* Linux 6.3 for a tmpfs of a user namespace. */
    if (os_mount_idmap(tree, child, false, e) < 0)
        printf("# %s\n", e->text);
    else
        attach(tree, "m");
}

TEST(shifts_ids_of_a_tree)
{
    new_dir();
    apart_in(ROOT_NS, shifts);
}
