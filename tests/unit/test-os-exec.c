#include "os/exec.h"

#include "tap.h"
#include "tools/namespace.h"

#include "base/clean.h"

static struct err *const e = &tool_err;

/* Looks a name up; the path found, or the error's text. */
static const char *find(const char *path_variable, const char *name)
{
    static char path[4096];
    const char *env[] = { "A=B", "PATHS=/no", path_variable, "PATH=/second", NULL };

    if (os_find_program(name, env, path, sizeof path, e) < 0)
        return e->text;
    return path;
}

static void make_programs(void)
{
    new_dir();
    mkdir("one", 0755);
    mkdir("two", 0755);
    mkdir("three", 0755);
    mkdir("one/dir", 0755);
    tool_write("one/plain", "no", 0644);
    tool_write("two/tool", "#!/bin/sh\nexit 3\n", 0755);
    tool_write("three/tool", "#!/bin/sh\nexit 4\n", 0755);
    tool_write("three/plain", "#!/bin/sh\nexit 5\n", 0755);
    tool_write("three/dir", "#!/bin/sh\nexit 6\n", 0755);
}

TEST(finds_a_program_in_path)
{
    make_programs();
    EQ_STR(find("PATH=one:two:three", "tool"), "two/tool");
    EQ_STR(find("PATH=one/:two//:three", "tool"), "two//tool");
    EQ_STR(find("PATH=/nosuch:three:two", "tool"), "three/tool");
    /* Not executable, a directory: passed over. */
    EQ_STR(find("PATH=one:three", "plain"), "three/plain");
    EQ_STR(find("PATH=one:three", "dir"), "three/dir");
    /* An empty entry is the current directory. */
    tool_write("here", "#!/bin/sh\n", 0755);
    EQ_STR(find("PATH=one:", "here"), "here");
    EQ_STR(find("PATH=", "here"), "here");
    EQ_STR(find("PATH=:one", "here"), "here");
    EQ_STR(find("PATH=one::two", "here"), "here");
}

TEST(has_a_path_when_none_is_given)
{
    char path[100];
    const char *env[] = { NULL };

    FINE(os_find_program("sh", env, path, sizeof path, e));
    EQ_STR(path, "/bin/sh");
}

TEST(says_what_engines_look_for)
{
    make_programs();
    EQ_STR(find("PATH=one:two", "nosuch"), "exec: \"nosuch\": executable file not found in $PATH");
    EQ_STR(find("PATH=one:two", ""), "exec: \"\": executable file not found in $PATH");
    EQ_STR(find("PATH=/", "/nosuch"), "exec: \"/nosuch\": stat /nosuch: no such file or directory");
    EQ_STR(find("PATH=/", "one/plain/x"),
           "exec: \"one/plain/x\": stat one/plain/x: not a directory");
    EQ_STR(find("PATH=/", "one/plain"), "exec: \"one/plain\": permission denied");
    EQ_STR(e->hint, "");
    EQ_STR(find("PATH=/", "/etc"), "exec: \"/etc\": permission denied");
    EQ_STR(e->hint, "/etc is a directory");
    EQ_STR(find("PATH=one", "plain"), "exec: \"plain\": permission denied");
    EQ_STR(find("PATH=one", "dir"), "exec: \"dir\": permission denied");
    EQ_STR(find("PATH=/", "two/tool"), "two/tool");
}

TEST(long_names_fit_or_fail)
{
    char path[12];
    char name[40] = "/bin/";
    const char *env[] = { "PATH=/a/very/long/directory:/bin", NULL };

    FINE(os_find_program("sh", env, path, sizeof path, e));
    EQ_STR(path, "/bin/sh");
    memset(name + 5, 'x', 30);
    FAILS(os_find_program(name, env, path, sizeof path, e), ENAMETOOLONG);
    FAILS(os_find_program(name + 5, env, path, sizeof path, e), 0);
    SAYS("not found in $PATH");
}

/* ---- starting ----------------------------------------------------------------------------- */

static const char *run_path;

static void runs(void)
{
    const char *argv[] = { "name", "7", NULL };
    const char *env[] = { "A=B", NULL };

    os_exec(run_path, argv, env, e);
    printf("# %s\n", e->text);
    _exit(99);
}

static int run(const char *path)
{
    pid_t pid;

    run_path = path;
    fflush(stdout);
    pid = fork();
    if (pid == 0)
        runs();
    return WEXITSTATUS(tool_wait(pid));
}

TEST(starts_a_program)
{
    new_dir();
    tool_write("good", "#!/bin/sh\n[ \"$A\" = B ] && exit $1\n", 0755);
    EQ_INT(run("./good"), 7);
}

TEST(says_why_a_program_does_not_start)
{
    const char *none[] = { NULL };

    new_dir();
    tool_write("script", "#!/nosuch/interpreter\n", 0755);
    FAILS(os_exec("./script", none, none, e), ENOENT);
    EQ_STR(e->text, "exec: \"./script\": no such file or directory");
    OK(strstr(e->hint, "interpreter"));
    tool_write("rubbish", "\177 not a program", 0755);
    FAILS(os_exec("./rubbish", none, none, e), ENOEXEC);
    EQ_STR(e->text, "exec: \"./rubbish\": exec format error");
    EQ_STR(e->hint, "");
    FAILS(os_exec("/etc", none, none, e), EACCES);
    EQ_STR(e->text, "exec: \"/etc\": permission denied");
}

/* ---- where we are ------------------------------------------------------------------------- */

static void leaves_its_root(void)
{
    OWN_FD outer = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

    FINE(os_check_cwd(e));
    EQ_INT(chroot("root"), 0);
    FAILS(os_check_cwd(e), 0); /* still where we were, which is outside now */
    EQ_STR(e->text, "current directory is outside of the container's root");
    EQ_INT(chdir("/"), 0);
    FINE(os_check_cwd(e));
    EQ_INT(fchdir(outer), 0);
    FAILS(os_check_cwd(e), 0);
}

TEST(notices_a_directory_outside_of_the_root)
{
    new_dir();
    mkdir("root", 0755);
    apart_in(0, leaves_its_root);
}

static void loses_its_directory(void)
{
    mkdir("gone", 0755);
    EQ_INT(chdir("gone"), 0);
    EQ_INT(rmdir("../gone"), 0);
    FAILS(os_check_cwd(e), ENOENT);
}

TEST(notices_a_directory_that_was_removed)
{
    new_dir();
    apart(loses_its_directory);
}
