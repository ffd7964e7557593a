#include "os/seccomp.h"

#include <time.h>

#include "tap.h"
#include "tools/namespace.h"
#include "tools/profile.h"

static struct err *const e = &tool_err;

/* ---- the cache ---------------------------------------------------------------------------- */

static struct filter_program first;

/* The one file of the cache. */
static const char *entry(void)
{
    static char path[300];
    DIR *dir = opendir("cache");

    path[0] = '\0';
    for (struct dirent *d = dir ? readdir(dir) : NULL; d; d = readdir(dir))
        if (d->d_name[0] != '.')
            snprintf(path, sizeof path, "cache/%s", d->d_name);
    if (dir)
        closedir(dir);
    return path;
}

static void compile_cached(void)
{
    FINE(os_compile_filter(&p.rules, "cache", &p.program, e));
}

static bool is_first(void)
{
    return p.program.n == first.n &&
           memcmp(p.program.code, first.code, first.n * sizeof first.code[0]) == 0;
}

static void start_cache(void)
{
    new_dir();
    profile(SCMP_ACT_ERRNO(EPERM));
    allow_life();
    compile_cached();
    first = p.program;
}

TEST(keeps_programs_for_the_next_start)
{
    struct stat st;

    start_cache();
    EQ_INT(stat("cache", &st), 0);
    EQ_INT(st.st_mode, S_IFDIR | 0700);
    EQ_INT(stat(entry(), &st), 0);
    EQ_INT(st.st_mode, S_IFREG | 0600);
    p.program.n = 0;
    compile_cached();
    OK(is_first());
    EQ_INT(tool_count("cache"), 1);
    /* Another profile is another entry. */
    rule(SCMP_ACT_ALLOW, "dup", NULL);
    compile_cached();
    EQ_INT(tool_count("cache"), 2);
    OK(!is_first());
}

static uint64_t hash(uint64_t h, const void *data, size_t n)
{
    for (size_t i = 0; i < n; i++)
        h = (h ^ ((const unsigned char *)data)[i]) * 0x100000001b3;
    return h;
}

/* Changes the last instruction in the file, with the right sum: seen in the result, it proves
 * that the file was used. */
static void mark(bool right_sum)
{
    static unsigned char file[100000];
    int fd = open(entry(), O_RDWR | O_CLOEXEC);
    ssize_t n = read(fd, file, sizeof file);
    uint32_t level, count;
    uint64_t sum;

    memcpy(&level, file + 4, 4);
    memcpy(&count, file + 12, 4);
    file[n - 1] ^= 0x40;
    sum = hash(hash(0xcbf29ce484222325, &level, 4), file + n - count * 8, count * 8);
    if (right_sum)
        memcpy(file + 16, &sum, 8);
    pwrite(fd, file, (size_t)n, 0);
    close(fd);
}

TEST(a_program_in_the_cache_is_used_when_nothing_is_odd)
{
    start_cache();
    mark(true);
    compile_cached();
    OK(!is_first());
    EQ_INT(p.program.n, first.n);
    start_cache();
    mark(false);
    compile_cached();
    OK(is_first());
}

static void expect_compiled(const char *what)
{
    p.program.n = 0;
    compile_cached();
    if (!is_first())
        TAP_TELL("%s: another program\n", what);
}

TEST(an_odd_entry_is_no_entry)
{
    char kept[300];

    start_cache();
    mark(true);
    snprintf(kept, sizeof kept, "%s", entry());
    chmod(kept, 0644);
    expect_compiled("mode");
    EQ_INT(tool_count("cache"), 1);
    mark(true);
    link(kept, "second");
    expect_compiled("links");
    mark(true);
    rename(kept, "elsewhere");
    symlink("../elsewhere", kept);
    expect_compiled("symbolic link");
    mark(true);
    truncate(kept, 60);
    expect_compiled("short");
    truncate(kept, 0);
    expect_compiled("empty");
    mark(true);
    truncate(kept, 1 << 20);
    expect_compiled("long");
    unlink(kept);
    mkfifo(kept, 0600);
    alarm(10);
    expect_compiled("fifo");
    alarm(0);
    unlink(kept);
    mkdir(kept, 0700);
    expect_compiled("directory");
}

TEST(an_odd_directory_is_no_cache)
{
    start_cache();
    mark(true);
    chmod("cache", 0770);
    expect_compiled("mode");
    chmod("cache", 0700);
    rename("cache", "other");
    symlink("other", "cache");
    expect_compiled("link");
    unlink("cache");
    tool_write("cache", "", 0600);
    expect_compiled("file");
    unlink("cache");
    if (geteuid() == 0) {
        rename("other", "cache");
        chown("cache", 1, 1);
        expect_compiled("owner");
    }
    FINE(os_compile_filter(&p.rules, "no/such/parent", &p.program, e));
    FINE(os_compile_filter(&p.rules, "/proc", &p.program, e));
}

TEST(the_cache_keeps_64_entries)
{
    char name[20];

    start_cache();
    for (int i = 0; i < 70; i++) {
        snprintf(name, sizeof name, "nosuch%d", i);
        p.rules.rules.n = 1;
        rule(SCMP_ACT_ALLOW, name, NULL);
        compile_cached();
    }
    EQ_INT(tool_count("cache"), 64);
    /* The last ones are there. */
    mark(true);
    EQ_INT(tool_count("cache"), 64);
}

TEST(what_a_killed_writer_left_goes_with_the_next)
{
    const struct timespec old[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = time(NULL) - 61 } };

    start_cache();
    tool_write("cache/new-1-0123456789abcdef", "x", 0600);
    tool_write("cache/new-2-0123456789abcdef", "x", 0600);
    OK(utimensat(AT_FDCWD, "cache/new-1-0123456789abcdef", old, 0) == 0);
    EQ_INT(tool_count("cache"), 3);
    p.rules.rules.n = 1;
    rule(SCMP_ACT_ALLOW, "nosuch", NULL);
    compile_cached();
    EQ_INT(tool_count("cache"), 3);
    OK(access("cache/new-1-0123456789abcdef", F_OK) < 0);
    OK(access("cache/new-2-0123456789abcdef", F_OK) == 0);
}

/* ---- trees -------------------------------------------------------------------------------- */

static void big_profile(void)
{
    size_t n = 0;
    struct filter_rule *r;

    profile(SCMP_ACT_ERRNO(EPERM));
    r = rule(SCMP_ACT_ALLOW, NULL);
    for (int nr = 0; nr < 450; nr++) {
        const char *name = call_name(nr);

        if (name && strcmp(name, "acct") != 0 && strcmp(name, "dup") != 0)
            p.names[0][n++] = name;
    }
    r->names.n = n;
    r = rule(SCMP_ACT_ALLOW, "dup", NULL);
    arg(r, 0, SCMP_CMP_NE, 77, 0);
}

static void check_big(void)
{
    EQ_INT(try(SYS_dup, 77, 0, 0), EPERM);
    EQ_INT(try(SYS_dup, 78, 0, 0), EBADF);
    EQ_INT(try(SYS_acct, 0, 0, 0), EPERM);
    EQ_INT(try(SYS_dup3, -1, 5, 0), EBADF);
    EQ_INT(try(9999, 0, 0, 0), ENOSYS);
}

TEST(a_large_profile_is_a_tree_in_the_cache)
{
    uint32_t linear;

    new_dir();
    big_profile();
    compiled();
    linear = p.program.n;
    check_big();
    compile_cached();
    OK(p.program.n > linear);
    check_big();
}

TEST(a_slow_tree_is_grown_after_the_start)
{
    uint32_t linear;

    if (seccomp_arch_native() != SCMP_ARCH_X86_64) {
        printf("# skipped: for x86-64\n");
        return;
    }
    new_dir();
    big_profile();
    arch(SCMP_ARCH_X86);
    arch(SCMP_ARCH_X32);
    os_tune_filter(&p.rules, "cache"); /* nothing there: nothing done */
    EQ_INT(tool_count("cache"), -1);
    compiled();
    linear = p.program.n;
    compile_cached();
    EQ_INT(p.program.n, linear);
    compile_cached();
    EQ_INT(p.program.n, linear);
    os_tune_filter(&p.rules, "cache");
    EQ_INT(tool_count("cache"), 1);
    compile_cached();
    OK(p.program.n > linear);
    check_big();
}
