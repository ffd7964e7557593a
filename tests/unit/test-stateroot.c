#include "host/stateroot.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "tap.h"

static char dir[64]; /* a folder of ours for one test */
static struct arena *a;
static const char *why;

/* A clean environment with XDG_RUNTIME_DIR and HOME; NULL = not set. */
static void begin(const char *xdg, const char *home)
{
    snprintf(dir, sizeof dir, "/tmp/rcrun-stateroot.XXXXXX");
    if (!mkdtemp(dir))
        perror(dir);
    a = arena_new();
    why = NULL;
    unsetenv("RCRUN_ROOT");
    unsetenv("USER");
    if (xdg)
        setenv("XDG_RUNTIME_DIR", arena_printf(a, "%s%s", dir, xdg), 1);
    else
        unsetenv("XDG_RUNTIME_DIR");
    if (home)
        setenv("HOME", arena_printf(a, "%s%s", dir, home), 1);
    else
        unsetenv("HOME");
}

static void end(void)
{
    static const char *const made[] = { "x/rcrun", "h/.rcrun/run", "h/.rcrun", "x", "h", "l" };
    int fd = open(dir, O_DIRECTORY);

    /* Only empty folders and links were made. */
    for (size_t i = 0; i < sizeof made / sizeof *made; i++)
        if (unlinkat(fd, made[i], 0) < 0)
            unlinkat(fd, made[i], AT_REMOVEDIR);
    close(fd);
    rmdir(dir);
    arena_free(a);
}

static void make(const char *name, mode_t mode)
{
    const char *path = arena_printf(a, "%s%s", dir, name);

    if (mkdir(path, 0700) < 0 || chmod(path, mode) < 0)
        perror(path);
}

/* As the root of a user namespace, so that the test means the same for root. */
static const char *find(const char *option)
{
    return state_root_find_as(a, option, geteuid(), true, &why);
}

static const char *in(const char *name)
{
    return arena_printf(a, "%s%s", dir, name);
}

TEST(takes_the_runtime_directory)
{
    begin("/x", NULL);
    make("/x", 0700);
    EQ_STR(find(NULL), in("/x/rcrun"));
    EQ_STR(why, NULL);
    end();
}

TEST(takes_an_existing_root_only_when_it_is_ours_alone)
{
    begin("/x", "/h");
    make("/x", 0700);
    make("/h", 0755);
    make("/x/rcrun", 0700);
    EQ_STR(find(NULL), in("/x/rcrun"));
    chmod(in("/x/rcrun"), 0770);
    NE_STR(find(NULL), in("/x/rcrun"));
    OK(why && strstr(why, "can be written by others (mode 0770)"));
    end();
}

TEST(ignores_a_runtime_directory_that_others_can_write)
{
    begin("/x", "/h");
    make("/x", 0777);
    make("/h", 0755);
    NE_STR(find(NULL), in("/x/rcrun"));
    OK(why && strstr(why, "XDG_RUNTIME_DIR is ignored: "));
    OK(why && strstr(why, "can be written by others"));
    chmod(in("/x"), 01777); /* sticky does not help: the name rcrun could be taken */
    NE_STR(find(NULL), in("/x/rcrun"));
    end();
}

TEST(ignores_a_runtime_directory_that_is_a_link_a_file_relative_or_missing)
{
    begin("/l", "/h");
    make("/x", 0700);
    make("/h", 0755);
    OK(symlink("x", in("/l")) == 0);
    NE_STR(find(NULL), in("/l/rcrun"));
    OK(why && strstr(why, "is a symbolic link"));
    setenv("XDG_RUNTIME_DIR", "/etc/passwd", 1);
    NE_STR(find(NULL), "/etc/passwd/rcrun");
    OK(why && strstr(why, "is not a directory"));
    setenv("XDG_RUNTIME_DIR", "tmp", 1);
    OK(find(NULL) != NULL);
    OK(why && strstr(why, "tmp is not an absolute path"));
    setenv("XDG_RUNTIME_DIR", in("/missing"), 1);
    NE_STR(find(NULL), in("/missing/rcrun"));
    OK(why && strstr(why, "no such file"));
    end();
}

TEST(ignores_a_runtime_directory_of_somebody_else)
{
    begin("/x", "/h");
    make("/x", 0700);
    make("/h", 0755);
    if (geteuid() != 0 || chown(in("/x"), 4242, 4242) < 0)
        setenv("XDG_RUNTIME_DIR", "/usr", 1);
    OK(find(NULL) != NULL);
    OK(why && strstr(why, "belongs to uid "));
    end();
}

TEST(ignores_a_runtime_directory_two_hundred_levels_deep)
{
    OWN_TEXT deep = { 0 };

    begin(NULL, "/h");
    make("/h", 0755);
    for (int i = 0; i < 4000; i++)
        text_add(&deep, "/x");
    setenv("XDG_RUNTIME_DIR", deep.s, 1);
    OK(find(NULL) != NULL);
    OK(why && strstr(why, "too long"));
    end();
}

TEST(falls_back_to_the_home)
{
    const char *root;

    begin(NULL, "/h");
    make("/h", 0755);
    root = find(NULL);
    /* Where there is a /run/user/UID that one is taken. */
    OK(root && (strcmp(root, in("/h/.rcrun/run")) == 0 || strstr(root, "/run/user/")));
    end();
}

TEST(never_takes_tmp_by_itself)
{
    const char *root;

    begin(NULL, NULL);
    root = find(NULL);
    OK(!root || strstr(root, "/run/user/"));
    if (!root)
        OK(why && strstr(why, "HOME is not set"));
    end();
}

TEST(takes_the_option_and_nothing_else)
{
    begin("/x", NULL);
    make("/x", 0700);
    EQ_STR(find(in("/h")), in("/h"));
    EQ_STR(find(in("/h/a/b/../c/")), in("/h/a/c"));
    EQ_STR(find("/"), NULL);
    EQ_STR(find("/tmp/.."), NULL);
    EQ_STR(why, "the state root cannot be /");
    EQ_STR(find(""), NULL);
    EQ_STR(find("/etc/passwd"), NULL);
    OK(symlink("x", in("/l")) == 0);
    EQ_STR(find(in("/l")), NULL);
    OK(why && strstr(why, "is a symbolic link"));
    make("/h", 0777);
    EQ_STR(find(in("/h")), NULL);
    EQ_STR(find(in("/h/root")), NULL); /* others could put theirs there */
    chmod(in("/h"), 01777);
    EQ_STR(find(in("/h/root")), in("/h/root"));
    setenv("RCRUN_ROOT", in("/x"), 1);
    EQ_STR(find(NULL), in("/x"));
    EQ_STR(find(in("/h/root")), in("/h/root"));
    end();
}

TEST(a_relative_option_is_below_the_current_directory)
{
    begin(NULL, NULL);
    OK(chdir(dir) == 0);
    EQ_STR(find("h"), in("/h"));
    OK(chdir("/") == 0);
    end();
}

TEST(makes_what_is_missing_whatever_the_umask)
{
    struct err e = { 0 };
    struct stat st;
    mode_t mask;
    int fd = -1;

    begin(NULL, NULL);
    make("/h", 0700);
    mask = umask(0777);
    EQ_INT(state_root_make(a, in("/h/.rcrun/run"), &fd, &e), 0);
    EQ_STR(e.text, "");
    OK(fd >= 0 && fstat(fd, &st) == 0);
    EQ_INT(st.st_mode, S_IFDIR | S_ISVTX | 0700);
    close(fd);
    EQ_INT(state_root_make(a, in("/h/.rcrun/run"), &fd, &e), 0);
    close(fd);
    umask(mask);
    end();
}

TEST(makes_nothing_through_links_or_in_open_folders)
{
    struct err e = { 0 };
    int fd = -1;

    begin(NULL, NULL);
    make("/x", 0700);
    OK(symlink("x", in("/l")) == 0);
    EQ_INT(state_root_make(a, in("/l"), &fd, &e), -1);
    err_clear(&e);
    make("/h", 0777);
    EQ_INT(state_root_make(a, in("/h/root"), &fd, &e), -1);
    OK(strstr(e.text, "can be written by others") != NULL);
    err_clear(&e);
    EQ_INT(state_root_make(a, in("/h"), &fd, &e), -1);
    end();
}

TEST(the_real_root_has_its_own)
{
    begin("/x", NULL);
    make("/x", 0700);
    if (geteuid() == 0)
        EQ_STR(state_root_find_as(a, NULL, 0, false, &why), "/run/rcrun");
    else
        EQ_STR(state_root_find_as(a, NULL, geteuid(), false, &why), in("/x/rcrun"));
    end();
}
