#include "host/mountinfo.h"

#include "tap.h"

static struct mount_list parse(struct arena *a, const char *text)
{
    struct mount_list m = { 0 };

    mountinfo_parse(a, text, strlen(text), &m);
    return m;
}

TEST(reads_a_line_with_optional_fields)
{
    struct arena *a = arena_new();
    struct mount_list m = parse(a, "36 35 98:0 /mnt1 /mnt2 rw,noatime shared:2 master:1 - ext3 "
                                   "/dev/root rw,errors=continue\n");

    NEED(m.n == 1);
    EQ_INT(m.v[0].id, 36);
    EQ_INT(m.v[0].parent, 35);
    EQ_INT(m.v[0].major, 98);
    EQ_INT(m.v[0].minor, 0);
    EQ_STR(m.v[0].root, "/mnt1");
    EQ_STR(m.v[0].target, "/mnt2");
    EQ_STR(m.v[0].options, "rw,noatime");
    OK(m.v[0].shared);
    EQ_STR(m.v[0].type, "ext3");
    EQ_STR(m.v[0].source, "/dev/root");
    EQ_STR(m.v[0].super_options, "rw,errors=continue");
    arena_free(a);
}

TEST(reads_lines_without_optional_fields_source_or_newline)
{
    struct arena *a = arena_new();
    struct mount_list m = parse(a, "1 1 0:2 / / rw - rootfs none rw\n"
                                   "2 1 0:3 / /a rw - tmpfs  rw,size=1k\n"
                                   "3 1 0:4 net:[4026531840] /b rw - nsfs nsfs rw");

    NEED(m.n == 3);
    OK(!m.v[0].shared);
    EQ_STR(m.v[1].source, "");
    EQ_STR(m.v[1].super_options, "rw,size=1k");
    EQ_STR(m.v[2].root, "net:[4026531840]");
    EQ_STR(m.v[2].super_options, "rw");
    arena_free(a);
}

TEST(undoes_escapes)
{
    struct arena *a = arena_new();
    struct mount_list m =
        parse(a, "1 1 0:2 /x\\134y /a\\040b\\011c\\012d\\043 rw - fuse.x q\\040z rw\n"
                 "2 1 0:2 / /\\0 rw - x \\999 rw\n");

    NEED(m.n == 2);
    EQ_STR(m.v[0].root, "/x\\y");
    EQ_STR(m.v[0].target, "/a b\tc\nd#");
    EQ_STR(m.v[0].source, "q z");
    EQ_STR(m.v[1].target, "/\\0");
    EQ_STR(m.v[1].source, "\\999");
    arena_free(a);
}

TEST(skips_what_is_no_such_line)
{
    struct arena *a = arena_new();
    struct mount_list m = parse(a, "\nrubbish\n1 1 0:2 / / rw\n1 1 02 / / rw - x x x\n"
                                   "1 1 0:2 / relative rw - x x rw\nx 1 0:2 / / rw - x x rw\n"
                                   "1 1 0:2 / / rw shared:1 shared:2\n7 1 0:2 / /ok rw - x x rw\n");

    NEED(m.n == 1);
    EQ_INT(m.v[0].id, 7);
    arena_free(a);
}

TEST(finds_the_mount_of_a_path)
{
    struct arena *a = arena_new();
    struct mount_list m = parse(a, "1 1 0:1 / / rw - x x rw\n2 1 0:2 / /home rw - x x rw\n"
                                   "3 1 0:3 / /homer rw - x x rw\n4 2 0:4 / /home rw - x x rw\n");

    EQ_INT(mountinfo_of(&m, "/home/u")->id, 4);
    EQ_INT(mountinfo_of(&m, "/home")->id, 4);
    EQ_INT(mountinfo_of(&m, "/homes")->id, 1);
    arena_free(a);
}

TEST(names_what_hides_parts_of_proc)
{
    struct arena *a = arena_new();
    struct mount_list m = parse(a, "1 1 0:1 / /proc rw - proc proc rw\n"
                                   "2 1 0:2 / /proc/sys/fs/binfmt_misc rw - autofs x rw\n"
                                   "3 1 0:3 / /proc/kcore rw - tmpfs x rw\n"
                                   "4 1 0:3 / /proc/kcore rw - tmpfs x rw\n"
                                   "5 1 0:3 / /proc/scsi ro - tmpfs x rw\n"
                                   "6 1 0:3 / /process ro - tmpfs x rw\n"
                                   "7 1 0:3 / /sys/fs/cgroup ro - tmpfs x rw\n");
    const char *targets[1] = { NULL };

    EQ_INT(mountinfo_hiding(&m, "/proc", targets, 1), 2);
    EQ_STR(targets[0], "/proc/kcore");
    EQ_INT(mountinfo_hiding(&m, "/sys", targets, 1), 0);
    arena_free(a);
}

TEST(finds_what_is_mounted_below)
{
    struct arena *a = arena_new();
    struct mount_list m = parse(a, "1 1 0:1 / /a rw - ext4 x rw\n"
                                   "2 1 0:2 / /ab rw - tmpfs x rw\n"
                                   "3 1 0:3 / /a/ro ro,nosuid - tmpfs x rw\n"
                                   "4 1 0:4 / /a/b\\040c rw - tmpfs x rw\n");

    EQ_STR(mountinfo_below(&m, "/a", NULL), "/a/ro");
    EQ_STR(mountinfo_below(&m, "/a", "ro"), "/a/b c");
    EQ_STR(mountinfo_below(&m, "/", "rw"), "/a/ro");
    OK(!mountinfo_below(&m, "/ab", NULL));
    OK(!mountinfo_below(&m, "/a/ro", NULL));
    arena_free(a);
}

TEST(knows_whole_option_words)
{
    OK(mountinfo_has("rw,nosuid,relatime", "nosuid"));
    OK(mountinfo_has("ro", "ro"));
    OK(mountinfo_has("rw,ro", "ro"));
    OK(!mountinfo_has("errors=remount-ro", "ro"));
    OK(!mountinfo_has("", "ro"));
}

TEST(reads_that_of_this_process)
{
    struct arena *a = arena_new();
    struct mount_list m;

    EQ_INT(mountinfo_read(a, "self", &m), 0);
    OK(m.n > 0);
    OK(mountinfo_of(&m, "/proc/self") != NULL);
    arena_free(a);
}
