#include "os/seal.h"

#include "tap.h"
#include "tools/namespace.h"

#include <sys/prctl.h>
#include <sys/sendfile.h>

#include "base/clean.h"
#include "base/fd.h"

static struct err *const e = &tool_err;

/* The sealed program is a copy of this one, in a directory as a user has one for his own
 * programs.  It plays the test that its argument names; SEAL_TEST says how, SEAL_SOCKET where
 * the descriptor of what it runs from is wanted. */
#define COPY "bin/prog:ram,x"

static int running = -1; /* what the copy ran from */

static bool copy_self(const char *path)
{
    OWN_FD from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    OWN_FD to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    ssize_t n;

    do
        n = sendfile(to, from, NULL, 1 << 30);
    while (n > 0);
    return n == 0;
}

/* What the copy told, as comments: its TAP is not ours. */
static void tell_output(void)
{
    FILE *f = fopen("output", "re");
    char line[600];

    while (f && fgets(line, sizeof line, f))
        printf("# %s", line);
    if (f)
        fclose(f);
}

static int run_copy(const char *test, const char *part)
{
    char socket[12], byte;
    int status;
    int pair[2];
    pid_t pid;

    FINE(fd_pair(pair, e));
    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        char *const argv[] = { (char *)(uintptr_t) "rcrun", (char *)(uintptr_t)test, NULL };

        FINE(fd_keep(pair[1], e));
        dup2(open("output", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), 1);
        snprintf(socket, sizeof socket, "%d", pair[1]);
        setenv("SEAL_TEST", part, 1);
        setenv("SEAL_SOCKET", socket, 1);
        alarm(60);
        execv(COPY, argv);
        _exit(98);
    }
    close(pair[1]);
    fd_receive(pair[0], &byte, 1, &running, e);
    close(pair[0]);
    status = tool_wait(pid);
    tell_output();
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* ---- the parts that the copy plays -------------------------------------------------------- */

static void is_out_of_reach(void)
{
    EQ_INT(open("/proc/self/exe", O_WRONLY | O_CLOEXEC), -1);
    EQ_INT(open("/proc/self/exe", O_RDWR | O_TRUNC | O_CLOEXEC), -1);
    EQ_INT(truncate("/proc/self/exe", 0), -1);
}

TEST(copy_seals_itself)
{
    char *argv[] = { (char *)(uintptr_t) "rcrun", (char *)(uintptr_t) "copy_seals_itself", NULL };
    const char *part = getenv("SEAL_TEST");
    OWN_FD exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    char name[20] = "";

    if (!part)
        return;
    if (!getenv("SEAL_DONE")) {
        OK(!os_is_sealed());
        setenv("SEAL_DONE", "1", 1);
        if (strcmp(part, "overlay") == 0)
            os_seal_overlay(argv, e);
        else
            os_seal_memfd(argv, e);
        printf("# %s\n", e->text);
        _exit(strstr(e->text, "new namespaces") ? 77 : 1);
    }
    OK(os_is_sealed());
    prctl(PR_GET_NAME, name);
    printf("# runs as %s\n", name);
    is_out_of_reach();
    apart_in(CLONE_NEWNS, is_out_of_reach);
    FINE(fd_send(atoi(getenv("SEAL_SOCKET")), "", 1, exe, e));
}

/* A program that is gone cannot be sealed by its path. */
TEST(copy_removes_itself)
{
    char *argv[] = { (char *)(uintptr_t) "rcrun", NULL };

    if (!getenv("SEAL_TEST"))
        return;
    EQ_INT(unlink(COPY), 0);
    OK(!os_is_sealed());
    EQ_INT(os_seal_overlay(argv, e), -1);
    EQ_STR(e->text, "exec of the sealed copy: no such file or directory");
}

/* ---- the tests ------------------------------------------------------------------------------ */

static void make_copy(void)
{
    new_dir();
    mkdir("bin", 0755);
    OK(copy_self(COPY));
}

static bool equal(int fd, const char *path)
{
    OWN_FD other = open(path, O_RDONLY | O_CLOEXEC);
    char a[4096], b[4096];
    ssize_t n;
    off_t at = 0;

    do {
        n = pread(fd, a, sizeof a, at);
        if (n < 0 || pread(other, b, sizeof b, at) != n || memcmp(a, b, (size_t)n) != 0)
            return false;
        at += n;
    } while (n > 0);
    return at > 0;
}

/* No process executes it any more, so that ETXTBSY protects nothing: what does is tried, as
 * its owner and as root of a container. */
static void cannot_be_written(void)
{
    char path[40];
    OWN_FD fd = -1;

    snprintf(path, sizeof path, "/proc/self/fd/%d", running);
    fd = open(path, O_RDWR | O_CLOEXEC);
    printf("# opened for write: %s\n", fd < 0 ? strerror(errno) : "yes");
    if (fd >= 0) {
        EQ_INT(write(fd, "#!/bin/sh\n", 10), -1);
        EQ_INT(ftruncate(fd, 0), -1);
        EQ_INT(fallocate(fd, 0, 0, 1 << 30), -1);
        EQ_INT(fcntl(fd, F_ADD_SEALS, 0), -1);
    }
    EQ_INT(truncate(path, 0), -1);
}

static void run_sealed(const char *part)
{
    int status;

    make_copy();
    status = run_copy("copy_seals_itself", part);
    if (status == 77) {
        printf("# skipped: no user namespaces\n");
        return;
    }
    EQ_INT(status, 0);
    NEED(running >= 0);
    OK(equal(running, COPY));
    cannot_be_written();
    apart_in(CLONE_NEWNS, cannot_be_written);
    OK(equal(running, COPY));
    OK(equal(running, "/proc/self/exe"));
    clean_fd(&running);
}

TEST(runs_from_an_overlay_that_nobody_can_write)
{
    if (!getenv("SEAL_TEST"))
        run_sealed("overlay");
}

TEST(runs_from_memory_that_nobody_can_write)
{
    if (!getenv("SEAL_TEST"))
        run_sealed("memfd");
}

TEST(a_program_that_is_gone_cannot_be_sealed_by_path)
{
    if (getenv("SEAL_TEST"))
        return;
    make_copy();
    EQ_INT(run_copy("copy_removes_itself", "gone"), 0);
}

/* The control: unsealed, the idle program is open to its owner, and to his containers. */
static void can_be_written(void)
{
    OWN_FD fd = open(COPY, O_WRONLY | O_CLOEXEC);

    OK(fd >= 0);
    EQ_INT(pwrite(fd, "#", 1, 0), 1);
}

TEST(an_unsealed_program_can_be_written)
{
    if (getenv("SEAL_TEST"))
        return;
    OK(!os_is_sealed());
    make_copy();
    apart_in(CLONE_NEWNS, can_be_written);
}
