#include "os/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"

/* 0, or the errno that execve(2) would give for a file that is not fit.  The raw call, since
 * faccessat(3) of the C library may guess from the mode bits. */
static int check_program(const char *path)
{
    struct stat st;

    if (syscall(SYS_faccessat2, AT_FDCWD, path, X_OK, AT_EACCESS) < 0)
        return errno;
    if (stat(path, &st) < 0)
        return errno;
    return S_ISDIR(st.st_mode) ? EISDIR : S_ISREG(st.st_mode) ? 0 : EACCES;
}

/* The words of runc, which engines turn into 126 and 127: see each text in exec.h. */
static int refuse(const char *name, int num, struct err *e)
{
    switch (num) {
    case EISDIR:
        err_set(e, EACCES, "exec: \"%s\"", name);
        return err_hint(e, "%s is a directory", name);
    case EACCES:
    case EPERM:
        return err_set(e, num, "exec: \"%s\"", name);
    default:
        return err_set(e, num, "exec: \"%s\": stat %s", name, name);
    }
}

static const char *find_path(const char *const env[])
{
    for (; *env; env++)
        if (text_starts(*env, "PATH="))
            return *env + strlen("PATH=");
    return "/bin:/usr/bin"; /* as execvp(3) */
}

/* Writes dir/name; an empty entry of PATH is the current directory. */
static int candidate(const char *dir, size_t n, const char *name, char *path, size_t size)
{
    const char *slash = n && dir[n - 1] != '/' ? "/" : "";
    int len;

    if (n >= size)
        return -1;
    len = snprintf(path, size, "%.*s%s%s", (int)n, dir, slash, name);
    return len < 0 || (size_t)len >= size ? -1 : 0;
}

int os_find_program(const char *name, const char *const env[], char *path, size_t size,
                    struct err *e)
{
    const char *dir = find_path(env);
    int refused = 0;
    int num;

    if (strchr(name, '/')) {
        if (strlen(name) >= size)
            return err_set(e, ENAMETOOLONG, "exec: \"%s\": stat %s", name, name);
        num = check_program(name);
        if (num)
            return refuse(name, num, e);
        memcpy(path, name, strlen(name) + 1);
        return 0;
    }
    for (bool more = *name; more; dir++) {
        size_t n = strcspn(dir, ":");

        more = dir[n] == ':';
        if (candidate(dir, n, name, path, size) == 0) {
            num = check_program(path);
            if (num == 0)
                return 0;
            if (num == EACCES || num == EISDIR)
                refused = EACCES;
        }
        dir += n;
    }
    if (refused)
        return refuse(name, refused, e);
    return err_set(e, 0, "exec: \"%s\": executable file not found in $PATH", name);
}

int os_exec(const char *path, const char *const argv[], const char *const env[], struct err *e)
{
    int num;

    /* execve(2) does not write to them, whatever its prototype says. */
    execve(path, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)env);
    num = errno;
    err_set(e, num, "exec: \"%s\"", path);
    /* It was there a moment ago.  Nothing more is asked: a filter may be in force, and
     * would kill us for the question. */
    if (num == ENOENT)
        err_hint(e,
                 "%s is there: missing is the interpreter that its first line, or the "
                 "loader that its ELF header names",
                 path);
    return -1;
}

int os_check_cwd(struct err *e)
{
    char path[PATH_MAX + 16]; /* "(unreachable)" comes in front */

    /* The C library's getcwd(3) would look for a way round. */
    if (syscall(SYS_getcwd, path, sizeof path) < 0)
        return err_set(e, errno, "current directory");
    if (path[0] != '/')
        return err_set(e, 0, "current directory is outside of the container's root");
    return 0;
}
