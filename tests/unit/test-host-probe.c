#include "host/probe.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "host/kernel.h"
#include "tap.h"

TEST(reads_proc_status)
{
    static const char text[] = "Name:\tx\nUmask:\t0027\nUid:\t1000\t1001\t1000\t1000\n"
                               "Gid:\t100\t101\t100\t100\nGroups:\t4 24 100 \n"
                               "CapInh:\t0000000000000000\nCapEff:\t000001ffffffffff\n"
                               "CapBnd:\t000001fffeffffff\nNoNewPrivs:\t1\nSeccomp:\t2\n"
                               "Seccomp_filters:\t1\n";
    struct arena *a = arena_new();
    struct facts f = { 0 };

    OK(probe_parse_status(a, text, &f));
    EQ_INT(f.self.uid, 1000);
    EQ_INT(f.self.euid, 1001);
    EQ_INT(f.self.gid, 100);
    EQ_INT(f.self.egid, 101);
    EQ_INT(f.self.umask, 027);
    NEED(f.self.groups.n == 3);
    EQ_INT(f.self.groups.v[2], 100);
    EQ_INT(f.self.caps, 0x1ffffffffff);
    EQ_INT(f.self.bounding, 0x1fffeffffff);
    OK(f.self.no_new_privs);
    EQ_INT(f.self.seccomp_mode, 2);
    OK(f.kernel.seccomp);
    arena_free(a);
}

TEST(reads_proc_status_of_a_small_kernel)
{
    static const char text[] = "Name:\tUid:\t7\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t\n"
                               "CapEff:\t0\nCapBnd:\t0\n";
    struct arena *a = arena_new();
    struct facts f = { 0 };

    OK(probe_parse_status(a, text, &f));
    EQ_INT(f.self.groups.n, 0);
    OK(!f.kernel.seccomp);
    OK(!probe_parse_status(a, "Uid:\t0\t0\t0\t0\n", &f));
    OK(!probe_parse_status(a, "", &f));
    arena_free(a);
}

TEST(finds_the_own_cgroup)
{
    struct arena *a = arena_new();

    EQ_STR(probe_parse_cgroup(a, "0::/user.slice/a b.scope\n"), "/user.slice/a b.scope");
    EQ_STR(probe_parse_cgroup(a, "4:memory:/x\n0::/\n"), "/");
    EQ_STR(probe_parse_cgroup(a, "0::/../other\n"), NULL);
    EQ_STR(probe_parse_cgroup(a, "4:memory:/x\n"), NULL);
    EQ_STR(probe_parse_cgroup(a, ""), NULL);
    arena_free(a);
}

TEST(reads_releases)
{
    uint32_t major = 0, minor = 0;

    OK(kernel_parse_release("6.1.0-18-amd64", &major, &minor));
    EQ_INT(major, 6);
    EQ_INT(minor, 1);
    OK(kernel_parse_release("5.15", &major, &minor));
    EQ_INT(minor, 15);
    OK(kernel_parse_release("10.0-rc1", &major, &minor));
    OK(!kernel_parse_release("six", &major, &minor));
    OK(!kernel_parse_release("6", &major, &minor));
    OK(!kernel_parse_release("6.", &major, &minor));
    OK(!kernel_parse_release("999999999999.1", &major, &minor));
}

TEST(compares_releases)
{
    struct facts f = { .kernel = { .major = 5, .minor = 12 } };

    OK(kernel_is_at_least(&f, 5, 12));
    OK(kernel_is_at_least(&f, 4, 20));
    OK(!kernel_is_at_least(&f, 5, 13));
    OK(!kernel_is_at_least(&f, 6, 0));
}

TEST(no_call_is_missing_where_tests_run)
{
    EQ_STR(kernel_missing_call(false), NULL);
}

TEST(answers_what_a_path_is)
{
    struct arena *a = arena_new();
    struct path_fact p;
    struct stat st;

    probe_path(a, "/proc/self/exe", &p);
    EQ_INT(p.kind, KIND_FILE);
    NEED(stat("/proc/self/exe", &st) == 0);
    EQ_INT(p.ino, st.st_ino);
    EQ_INT(p.dev, st.st_dev);
    probe_path(a, "/dev/null", &p);
    EQ_INT(p.kind, KIND_CHAR);
    EQ_INT(p.rdev, makedev(1, 3));
    probe_path(a, "/nowhere/at/all", &p);
    EQ_INT(p.kind, KIND_MISSING);
    EQ_INT(p.num, ENOENT);
    probe_path(a, "/dev/null/x", &p);
    EQ_INT(p.num, ENOTDIR);
    arena_free(a);
}

TEST(names_the_folder_that_cannot_be_searched)
{
    struct arena *a = arena_new();
    struct path_fact p;
    char dir[] = "/tmp/rcrun-probe.XXXXXX";
    const char *closed, *link;

    if (geteuid() == 0) { /* to whom nothing is closed */
        arena_free(a);
        return;
    }
    NEED(mkdtemp(dir) != NULL);
    closed = arena_printf(a, "%s/closed", dir);
    link = arena_printf(a, "%s/link", dir);
    OK(mkdir(closed, 0700) == 0 && mkdir(arena_printf(a, "%s/in", closed), 0700) == 0);
    OK(symlink("closed/in", link) == 0);
    OK(chmod(closed, 0600) == 0);
    probe_path(a, arena_printf(a, "%s/in/deep/er", closed), &p);
    EQ_INT(p.num, EACCES);
    EQ_STR(p.stop, closed);
    EQ_INT(p.mode, 0600);
    EQ_INT(p.uid, geteuid());
    probe_path(a, arena_printf(a, "%s/x/..", link), &p);
    EQ_STR(p.stop, closed);
    OK(chmod(closed, 0700) == 0);
    rmdir(arena_printf(a, "%s/in", closed));
    rmdir(closed);
    unlink(link);
    rmdir(dir);
    arena_free(a);
}

TEST(knows_namespaces)
{
    struct ns_fact n;

    probe_namespace("/proc/self/ns/net", &n);
    EQ_INT(n.type, NS_NET);
    OK(n.is_own);
    EQ_INT(n.num, 0);
    probe_namespace("/etc/passwd", &n);
    EQ_INT(n.type, 0);
    EQ_INT(n.num, 0);
    probe_namespace("/dev/null", &n);
    EQ_INT(n.type, 0);
    probe_namespace("/nowhere", &n);
    EQ_INT(n.num, ENOENT);
}

TEST(asks_each_path_once_and_finds_all)
{
    static const char *const paths[] = { "/tmp", "/etc", "/tmp", "/", "/dev", "/etc" };
    struct questions q = { 0 };
    struct arena *a = arena_new();
    struct facts f;
    struct err e = { 0 };
    struct stat st;

    q.paths.v = (const char **)(uintptr_t)paths;
    q.paths.n = 6;
    EQ_INT(facts_probe(a, &q, NULL, &f, &e), 0);
    EQ_INT(f.paths.n, 4);
    for (int i = 0; i < 6; i++)
        OK(facts_path(&f, paths[i]) != NULL);
    OK(facts_path(&f, "/usr") == NULL);
    EQ_INT(f.self.euid, geteuid());
    EQ_INT(f.self.egid, getegid());
    OK(f.mounts.proc_there);
    OK(f.exe.path && strstr(f.exe.path, "test-host-probe"));
    /* What belongs to the caller can be written by the root of a container. */
    if (stat("/proc/self/exe", &st) == 0 && st.st_uid == geteuid())
        OK(f.exe.seal != SEAL_NONE);
    arena_free(a);
}
