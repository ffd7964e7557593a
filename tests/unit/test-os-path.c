#include "os/path.h"

#include "tap.h"
#include "tools/namespace.h"

#include <limits.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/clean.h"
#include "os/mount.h"

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

/* A tree to work in, root/, and a directory beside it that must stay empty, outside/. */
static int new_root(void)
{
    new_dir();
    mkdir("root", 0755);
    mkdir("outside", 0755);
    return open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static char *absolute(const char *name)
{
    static char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/%s", tool_dir, name);
    return path;
}

static bool same(int fd, const char *path)
{
    struct stat a, b;

    return fstat(fd, &a) == 0 && lstat(path, &b) == 0 && a.st_ino == b.st_ino &&
           a.st_dev == b.st_dev;
}

static mode_t mode_of(const char *path)
{
    struct stat st;

    return lstat(path, &st) < 0 ? 0 : st.st_mode;
}

/* ---- opening -------------------------------------------------------------------------------- */

TEST(opens_below_the_root_only)
{
    OWN_FD root = new_root();
    OWN_FD fd = -1;
    struct err *e = &tool_err;

    mkdir("root/etc", 0755);
    tool_write("root/etc/name", "in", 0644);
    tool_write("outside/name", "out", 0644);
    symlink("/etc/name", "root/absolute");
    symlink("../../../../../etc/name", "root/etc/up");
    symlink(absolute("outside/name"), "root/host");
    symlink("../outside/name", "root/beside");
    FINE(os_open_in(root, "/absolute", O_PATH, &fd, e));
    OK(same(fd, "root/etc/name"));
    clean_fd(&fd);
    FINE(os_open_in(root, "etc/up", O_PATH, &fd, e));
    OK(same(fd, "root/etc/name"));
    clean_fd(&fd);
    FINE(os_open_in(root, "/../../../..", O_PATH, &fd, e));
    OK(same(fd, "root"));
    FAILS(os_open_in(root, "host", O_PATH, &fd, e), ENOENT);
    FAILS(os_open_in(root, "beside", O_PATH, &fd, e), ENOENT);
    SAYS("beside: no such file or directory");
    FAILS(os_open_in(root, "", O_PATH, &fd, e), ENOENT);
}

TEST(refuses_magic_links)
{
    OWN_FD root = open("/", O_PATH | O_CLOEXEC);
    OWN_FD fd = -1;
    struct err *e = &tool_err;

    FAILS(os_open_in(root, "/proc/self/root/etc", O_PATH, &fd, e), ELOOP);
    FAILS(os_open_in(root, "/proc/self/fd/0", O_PATH, &fd, e), ELOOP);
    FAILS(os_open_in(root, "/proc/self/exe", O_RDONLY, &fd, e), ELOOP);
}

TEST(strict_refuses_links_and_mounts)
{
    OWN_FD root = new_root();
    OWN_FD top = open("/", O_PATH | O_CLOEXEC);
    OWN_FD fd = -1;
    struct err *e = &tool_err;

    mkdir("root/dir", 0755);
    symlink("dir", "root/link");
    FINE(os_open_strict(root, "/dir", O_PATH, true, &fd, e));
    clean_fd(&fd);
    FAILS(os_open_strict(root, "/link", O_PATH | O_DIRECTORY, false, &fd, e), ELOOP);
    FAILS(os_open_strict(root, "/link/.", O_PATH, false, &fd, e), ELOOP);
    FAILS(os_open_strict(top, "/proc/version", O_PATH, true, &fd, e), EXDEV);
    FINE(os_open_strict(top, "/proc/version", O_PATH, false, &fd, e));
}

/* ---- making --------------------------------------------------------------------------------- */

/* Makes a directory and says where it came to be. */
static void makes(int root, const char *path, const char *where, int made)
{
    OWN_FD fd = -1;
    int n = -1;

    FINE(os_make_dir(root, path, 0750, &fd, &n, &tool_err));
    EQ_INT(n, made);
    if (!same(fd, where))
        TAP_TELL("%s is not %s\n", path, where);
    EQ_INT(tool_count("outside"), 0);
}

TEST(makes_missing_directories)
{
    OWN_FD root = new_root();

    makes(root, "/", "root", 0);
    makes(root, "a", "root/a", 1);
    makes(root, "/a/b/c/d", "root/a/b/c/d", 3);
    makes(root, "/a/b/c/d", "root/a/b/c/d", 0);
    makes(root, "//x//y/", "root/x/y", 2);
    makes(root, "/p/./q", "root/p/q", 2);
    EQ_INT(mode_of("root/a/b/c") & 07777, 0750);
    EQ_INT(mode_of("root/x/y") & 07777, 0750);
}

TEST(dots_cannot_leave_the_root)
{
    OWN_FD root = new_root();

    makes(root, "/../../up", "root/up", 1);
    makes(root, "a/../../../b", "root/b", 2);
    makes(root, "..", "root", 0);
    makes(root, "../outside/z", "root/outside/z", 2);
}

TEST(dangling_links_lead_inside_the_root)
{
    OWN_FD root = new_root();
    char inside[PATH_MAX];

    mkdir("root/etc", 0755);
    symlink("/run/one", "root/etc/absolute");
    symlink("two", "root/etc/relative");
    symlink("../../../../three", "root/etc/up");
    symlink("../outside/four", "root/beside");
    symlink(absolute("five"), "root/host");
    symlink("missing/deep", "root/middle");
    makes(root, "/etc/absolute", "root/run/one", 2);
    makes(root, "/etc/relative", "root/etc/two", 1);
    makes(root, "/etc/up", "root/three", 1);
    makes(root, "/beside", "root/outside/four", 2);
    makes(root, "/middle/x", "root/missing/deep/x", 3);
    OK(S_ISLNK(mode_of("root/middle")));
    snprintf(inside, sizeof inside, "root%s/five/x", tool_dir);
    makes(root, "/host/x", inside, 4);
}

TEST(follows_forty_links_and_no_more)
{
    OWN_FD root = new_root();
    OWN_FD fd = -1;
    char from[16], to[32];

    for (int i = 1; i <= 40; i++) {
        snprintf(from, sizeof from, i == 40 ? "end" : "l%d", i + 1);
        snprintf(to, sizeof to, "root/l%d", i);
        symlink(from, to);
    }
    makes(root, "l1/x", "root/end/x", 2);
    symlink("l1", "root/l0");
    FAILS(os_make_dir(root, "l0/y", 0755, &fd, NULL, &tool_err), ELOOP);
    symlink("loop", "root/loop");
    FAILS(os_make_dir(root, "loop", 0755, &fd, NULL, &tool_err), ELOOP);
    FAILS(os_make_file(root, "loop", &fd, NULL, &tool_err), ELOOP);
    /* A link that grows with each step: never found twice, never found. */
    symlink("grow/x", "root/grow");
    FAILS(os_make_dir(root, "grow", 0755, &fd, NULL, &tool_err), ELOOP);
}

TEST(makes_files_and_takes_what_is_there)
{
    OWN_FD root = new_root();
    OWN_FD fd = -1;
    struct err *e = &tool_err;
    int n;

    FINE(os_make_file(root, "/etc/new", &fd, &n, e));
    EQ_INT(n, 2);
    EQ_INT(mode_of("root/etc/new"), S_IFREG | 0644);
    EQ_INT(mode_of("root/etc"), S_IFDIR | 0755);
    OK(same(fd, "root/etc/new"));
    tool_write("root/etc/full", "text", 0600);
    FINE(os_make_file(root, "/etc/full", &fd, &n, e));
    EQ_INT(n, 0);
    /* Opened for reading it would hang. */
    mkfifo("root/fifo", 0600);
    alarm(10);
    FINE(os_make_file(root, "fifo", &fd, &n, e));
    alarm(0);
    OK(same(fd, "root/fifo"));
    FAILS(os_make_file(root, "etc", &fd, NULL, e), EISDIR);
    FAILS(os_make_file(root, "etc/", &fd, NULL, e), EISDIR);
    FAILS(os_make_file(root, "etc/..", &fd, NULL, e), EISDIR);
    FAILS(os_make_file(root, "etc/new/x", &fd, NULL, e), ENOTDIR);
    FAILS(os_make_dir(root, "etc/new", 0755, &fd, NULL, e), ENOTDIR);
}

TEST(makes_the_file_a_dangling_link_names)
{
    OWN_FD root = new_root();
    OWN_FD fd = -1;
    int n;

    mkdir("root/etc", 0755);
    symlink("/run/rccase-net/resolv.conf", "root/etc/resolv.conf");
    FINE(os_make_file(root, "/etc/resolv.conf", &fd, &n, &tool_err));
    EQ_INT(n, 3);
    OK(same(fd, "root/run/rccase-net/resolv.conf"));
    OK(S_ISLNK(mode_of("root/etc/resolv.conf")));
    symlink("dir/../x", "root/odd");
    FINE(os_make_file(root, "odd", &fd, &n, &tool_err));
    OK(same(fd, "root/x"));
    mkdir("root/there", 0755);
    symlink("gone/../there", "root/to-dir");
    FAILS(os_make_file(root, "to-dir", &fd, NULL, &tool_err), EISDIR);
    EQ_INT(tool_count("outside"), 0);
}

TEST(refuses_what_cannot_be)
{
    OWN_FD root = new_root();
    OWN_FD fd = -1;
    char name[NAME_MAX + 2];
    char path[PATH_MAX + 10];
    struct err *e = &tool_err;

    memset(name, 'n', sizeof name);
    name[NAME_MAX + 1] = '\0';
    FAILS(os_make_dir(root, name, 0755, &fd, NULL, e), ENAMETOOLONG);
    name[NAME_MAX] = '\0';
    FINE(os_make_dir(root, name, 0755, &fd, NULL, e));
    memset(path, '/', sizeof path);
    path[sizeof path - 2] = 'a';
    path[sizeof path - 1] = '\0';
    FAILS(os_make_dir(root, path, 0755, &fd, NULL, e), ENAMETOOLONG);
    FAILS(os_make_dir(root, "", 0755, &fd, NULL, e), ENOENT);
    FAILS(os_make_file(root, "", &fd, NULL, e), EISDIR);
    mkdir("root/locked", 0555);
    if (geteuid() != 0) {
        FAILS(os_make_dir(root, "locked/x", 0755, &fd, NULL, e), EACCES);
        SAYS("locked/x: cannot make x: permission denied");
    }
}

TEST(opens_the_parent_of_a_name)
{
    OWN_FD root = new_root();
    OWN_FD fd = -1;
    const char *name = NULL;
    struct err *e = &tool_err;

    FINE(os_open_parent(root, "/a/b/c", true, &fd, &name, e));
    EQ_STR(name, "c");
    OK(same(fd, "root/a/b"));
    clean_fd(&fd);
    FINE(os_open_parent(root, "x", false, &fd, &name, e));
    EQ_STR(name, "x");
    OK(same(fd, "root"));
    clean_fd(&fd);
    FINE(os_open_parent(root, "/x", false, &fd, &name, e));
    OK(same(fd, "root"));
    FAILS(os_open_parent(root, "no/x", false, &fd, &name, e), ENOENT);
    FAILS(os_open_parent(root, "a/", true, &fd, &name, e), EINVAL);
    FAILS(os_open_parent(root, "a/..", true, &fd, &name, e), EINVAL);
}

/* ---- races ---------------------------------------------------------------------------------- */

/* A process that changes the tree all the time, until it is killed. */
static pid_t start_mischief(void (*one)(void))
{
    pid_t pid = fork();

    if (pid == 0) {
        alarm(30);
        for (;;)
            one();
    }
    return pid;
}

static void exchange(void)
{
    syscall(SYS_renameat2, AT_FDCWD, "root/d", AT_FDCWD, "root/l", RENAME_EXCHANGE);
    syscall(SYS_renameat2, AT_FDCWD, "root/d", AT_FDCWD, "root/m", RENAME_EXCHANGE);
}

static void take_away(void)
{
    rename("root/d/n0", "root/gone");
    rmdir("root/gone/sub");
    unlink("root/gone/f");
    rmdir("root/gone");
    rmdir("root/d/n0/sub");
    rmdir("root/d/n0");
}

static int make_naively(int root, const char *path, bool file)
{
    struct stat st;
    char whole[100];

    /* What SR-01 is against: look, then go by the name. */
    if (fstatat(root, "d", &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode))
        return -1;
    exchange();
    snprintf(whole, sizeof whole, "root%s", path);
    mkdir("root/d/n", 0755);
    return file ? mknod(whole, S_IFREG | 0644, 0) : mkdir(whole, 0755);
}

static int make_well(int root, const char *path, bool file)
{
    OWN_FD fd = -1;
    struct err e;

    return file ? os_make_file(root, path, &fd, NULL, &e)
                : os_make_dir(root, path, 0755, &fd, NULL, &e);
}

/* Makes things below d while `one` runs, a number of times and two seconds at most: each time
 * others, so that what lands elsewhere stays there, or the same ones after removing them.  Says
 * how many were made. */
static int make_under(int root, void (*one)(void), bool same)
{
    struct timespec start, now;
    pid_t pid = start_mischief(one);
    int done = 0;

    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 0; i < 4000; i++) {
        char path[40];

        snprintf(path, sizeof path, "/d/n%d/%s", same ? 0 : i, i % 2 ? "f" : "sub");
        done += make_well(root, path, i % 2) == 0;
        if (same) {
            unlink("root/d/n0/f");
            rmdir("root/d/n0/sub");
            rmdir("root/d/n0");
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec - start.tv_sec >= 2)
            break;
    }
    kill(pid, SIGKILL);
    tool_wait(pid);
    return done;
}

TEST(links_swapped_in_lead_nowhere)
{
    OWN_FD root = new_root();

    mkdir("root/d", 0755);
    symlink(absolute("outside"), "root/l");
    symlink("../outside", "root/m");
    OK(make_under(root, exchange, false) > 0);
    EQ_INT(tool_count("outside"), 0);
    /* The links were followed, inside. */
    EQ_INT(tool_count("."), 2);
}

/* The control: this is what the race does to a careless maker, when it comes at the worst
 * moment. */
TEST(links_swapped_in_lead_a_naive_maker_out)
{
    OWN_FD root = new_root();

    mkdir("root/d", 0755);
    symlink("../outside", "root/l");
    symlink("../outside", "root/m");
    for (int i = 0; i < 10; i++)
        make_naively(root, i % 2 ? "/d/n/f" : "/d/n/sub", i % 2);
    OK(tool_count("outside") > 0);
}

TEST(directories_taken_away_are_made_again)
{
    OWN_FD root = new_root();

    mkdir("root/d", 0755);
    OK(make_under(root, take_away, true) > 0);
    EQ_INT(tool_count("outside"), 0);
    EQ_INT(tool_count("root") <= 2, 1);
}

/* ---- kinds ---------------------------------------------------------------------------------- */

TEST(tells_kinds_apart)
{
    OWN_FD fd = new_root();
    struct stat st;
    struct err *e = &tool_err;

    fstat(fd, &st);
    EQ_INT(os_kind(S_IFDIR | 0755), KIND_DIR);
    EQ_INT(os_kind(S_IFSOCK), KIND_SOCKET);
    FINE(os_expect(fd, "/srv", KIND_ANY, 0, 0, e));
    FINE(os_expect(fd, "/srv", KIND_DIR, st.st_dev, st.st_ino, e));
    FAILS(os_expect(fd, "/srv", KIND_FILE, 0, 0, e), 0);
    EQ_STR(e->text, "/srv is a directory, not a file");
    FAILS(os_expect(fd, "/srv", KIND_DIR, st.st_dev, st.st_ino + 1, e), 0);
    EQ_STR(e->text, "/srv is no longer what the plan saw");
    FAILS(os_expect(fd, "/srv", KIND_DIR, st.st_dev + 1, 0, e), 0);
}

/* ---- reading -------------------------------------------------------------------------------- */

TEST(reads_a_file_of_the_image)
{
    OWN_FD root = new_root();
    struct err *e = &tool_err;
    OWN_MEM text = NULL;
    size_t n = 0;

    mkdir("root/etc", 0755);
    tool_write("root/etc/passwd", "root:x:0:0\n", 0644);
    symlink("/etc/passwd", "root/etc/link");
    FINE(os_read_in(root, "/etc/link", 11, &text, &n, e));
    EQ_STR(text, "root:x:0:0\n");
    EQ_INT(n, 11);
    clean_mem(&text);
    text = NULL;
    FAILS(os_read_in(root, "/etc/passwd", 10, &text, &n, e), EFBIG);
    tool_write("root/empty", "", 0644);
    FINE(os_read_in(root, "/empty", 10, &text, &n, e));
    EQ_INT(n, 0);
    FAILS(os_read_in(root, "/none", 10, &text, &n, e), ENOENT);
}

TEST(reading_odd_files_ends_at_once)
{
    OWN_FD root = new_root();
    OWN_FD top = open("/", O_PATH | O_CLOEXEC);
    struct err *e = &tool_err;
    char *text = NULL;
    size_t n;

    alarm(10);
    mkfifo("root/fifo", 0666);
    FAILS(os_read_in(root, "fifo", 1 << 20, &text, &n, e), 0);
    EQ_STR(e->text, "fifo is a named pipe, not a file");
    FAILS(os_read_in(root, "/", 1 << 20, &text, &n, e), 0);
    tool_write("root/sparse", "", 0644);
    EQ_INT(truncate("root/sparse", 10LL << 30), 0);
    FAILS(os_read_in(root, "sparse", 1 << 20, &text, &n, e), EFBIG);
    FAILS(os_read_in(top, "/proc/self/environ", 1 << 20, &text, &n, e), 0);
    SAYS("procfs");
    FAILS(os_read_in(top, "/dev/zero", 1 << 20, &text, &n, e), 0);
    SAYS("character device");
    symlink("link", "root/link");
    FAILS(os_read_in(root, "link", 1 << 20, &text, &n, e), ELOOP);
    alarm(0);
    OK(text == NULL);
}

/* The image cannot make devices, but a mount may bring one under any name. */
static void read_bound_zero(void)
{
    OWN_FD root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    OWN_FD tree = -1, at = -1;
    char *text = NULL;
    size_t n;

    FINE(os_open_tree(AT_FDCWD, "/dev/zero", false, &tree, &tool_err));
    FINE(os_make_file(root, "etc/passwd", &at, NULL, &tool_err));
    FINE(os_move_mount(tree, at, &tool_err));
    FAILS(os_read_in(root, "etc/passwd", 1 << 20, &text, &n, &tool_err), 0);
    SAYS("character device");
}

TEST(a_device_mounted_over_a_file_is_not_read)
{
    OWN_FD root = new_root();

    OK(root >= 0);
    apart_in(CLONE_NEWNS, read_bound_zero);
}
