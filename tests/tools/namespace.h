/* For tests of src/os, after tap.h: parts of a test that need a process or namespaces of
 * their own.  All of it works as an ordinary user: one id is mapped, to root. */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/types.h"

static char tool_dir[64]; /* a new directory, the cwd of every test; see NEW_DIR */

/* clang-format off */
/* What a failing call said, for the reader of the log. */
#define FINE(call) do { struct err *f_ = &tool_err; err_clear(f_); if ((call) < 0) \
    TAP_TELL("%s: %s\n", #call, f_->text); } while (0)
/* The call fails with this errno. */
#define FAILS(call, want) do { err_clear(&tool_err); EQ_INT(call, -1); EQ_INT(tool_err.num, want); } while (0)
/* The last error's text has this word. */
#define SAYS(word) do { if (!strstr(tool_err.text, word)) \
    TAP_TELL("error '%s' lacks '%s'\n", tool_err.text, word); } while (0)
/* clang-format on */

static struct err tool_err __attribute__((unused));

__attribute__((unused)) static int tool_wait(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return status;
}

/* Runs body in a child; its failed checks are the test's. */
__attribute__((unused)) static void apart(void (*body)(void))
{
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        tap_failed = false;
        alarm(60);
        body();
        fflush(stdout);
        _exit(tap_failed);
    }
    EQ_INT(tool_wait(pid), 0);
}

static void tool_put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        TAP_TELL("%s: %s\n", path, strerror(errno));
    close(fd);
}

/* Enters a new user namespace, as root, and others with it. */
__attribute__((unused)) static bool enter(int others)
{
    unsigned uid = geteuid();
    unsigned gid = getegid();
    char text[40];

    if (unshare(CLONE_NEWUSER | others) < 0) {
        printf("# skipped: no user namespaces: %s\n", strerror(errno));
        return false;
    }
    tool_put("/proc/self/setgroups", "deny");
    snprintf(text, sizeof text, "0 %u 1\n", uid);
    tool_put("/proc/self/uid_map", text);
    snprintf(text, sizeof text, "0 %u 1\n", gid);
    tool_put("/proc/self/gid_map", text);
    return true;
}

__attribute__((unused)) static void apart_in(int namespaces, void (*body)(void))
{
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        tap_failed = false;
        alarm(60);
        if (enter(namespaces)) {
            if (namespaces & CLONE_NEWPID)
                apart(body);
            else
                body();
        }
        fflush(stdout);
        _exit(tap_failed);
    }
    EQ_INT(tool_wait(pid), 0);
}

__attribute__((unused)) static void tool_write(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        TAP_TELL("%s: %s\n", path, strerror(errno));
    fchmod(fd, mode);
    close(fd);
}

/* Everything below dir, but the directory itself. */
__attribute__((unused)) static int tool_count(const char *path)
{
    DIR *dir = opendir(path);
    int n = 0;

    if (!dir)
        return -1;
    for (struct dirent *d = readdir(dir); d; d = readdir(dir))
        n += strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
    closedir(dir);
    return n;
}

static void tool_remove(void)
{
    char command[2 * sizeof tool_dir + 40];

    if (!tool_dir[0] || chdir("/") < 0)
        return;
    snprintf(command, sizeof command, "chmod -R u+rwx %s; rm -rf %s", tool_dir, tool_dir);
    if (system(command) != 0)
        printf("# left behind: %s\n", tool_dir);
    tool_dir[0] = '\0';
}

/* At the beginning of a test: a new directory, the cwd, removed with the test program's end
 * or the next NEW_DIR. */
__attribute__((unused)) static void new_dir(void)
{
    static pid_t owner;

    if (!owner) {
        owner = getpid();
        umask(0);
        atexit(tool_remove);
    }
    tool_remove();
    snprintf(tool_dir, sizeof tool_dir, "/tmp/rcrun-test-XXXXXX");
    if (!mkdtemp(tool_dir) || chdir(tool_dir) < 0)
        err_bug(__FILE__, __LINE__, "%s: %s", tool_dir, strerror(errno));
}
