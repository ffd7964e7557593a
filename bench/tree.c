/* tree - runs a command and tells of each process below it how many system calls it made and how
 * much memory it had at most.  By ptrace(2), so slow; the numbers do not depend on the load.
 *
 *     tree [-u UID:GID] PROGRAM [ARG...]
 *
 * Root may run the command as another user: programs with set-user-id work then, which they do
 * not below a tracer that is an ordinary user.
 *
 * For each program that a process has been, when it ends or becomes the next one, a line of
 *
 *     PROCESS  PROGRAM  SYSTEM-CALLS  PEAK-KIB  exec|exit
 *
 * on descriptor 3.  Calls are those that began, execve(2) of the next
 * program too; threads have lines of their own with the process they belong to. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/compat.h"

enum { TASKS = 256, OUT = 3 };

struct task {
    pid_t id, process;
    char program[64];
    long calls, peak;
    bool inside; /* between entry and exit of a system call */
};

static struct task tasks[TASKS];
static bool started; /* the command itself is running */

/* ---- what /proc knows ---- */

static void look(struct task *t)
{
    char path[64], text[4096];
    const char *at;
    ssize_t n;
    int fd;

    snprintf(path, sizeof path, "/proc/%d/status", (int)t->id);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    close(fd);
    text[n < 0 ? 0 : n] = '\0';
    at = strstr(text, "\nTgid:");
    t->process = at ? (pid_t)strtol(at + strlen("\nTgid:"), NULL, 10) : t->id;
    at = strstr(text, "\nVmHWM:");
    if (at && strtol(at + strlen("\nVmHWM:"), NULL, 10) > t->peak)
        t->peak = strtol(at + strlen("\nVmHWM:"), NULL, 10);
}

/* The file name alone; that of a copy in memory is "memfd:NAME (deleted)". */
static void name_program(struct task *t)
{
    char path[64], target[1024], *name;
    ssize_t n;

    snprintf(path, sizeof path, "/proc/%d/exe", (int)t->id);
    n = readlink(path, target, sizeof target - 1);
    target[n < 0 ? 0 : n] = '\0';
    target[strcspn(target, " ")] = '\0';
    name = strrchr(target, '/') ? strrchr(target, '/') + 1 : target;
    snprintf(t->program, sizeof t->program, "%.63s", *name ? name : "?");
}

/* ---- tasks ---- */

static struct task *find(pid_t id)
{
    for (size_t i = 0; i < TASKS; i++)
        if (tasks[i].id == id)
            return &tasks[i];
    return NULL;
}

static struct task *add(pid_t id)
{
    struct task *t = find(0);

    if (!t)
        errx(2, "more than %d tasks", TASKS);
    *t = (struct task){ .id = id };
    name_program(t);
    look(t);
    return t;
}

static void tell(struct task *t, const char *end)
{
    if (started)
        dprintf(OUT, "%d\t%s\t%ld\t%ld\t%s\n", (int)t->process, t->program, t->calls, t->peak, end);
    t->calls = t->peak = 0;
}

/* A thread that calls execve(2) takes the id of its process, and the others are gone. */
static void has_executed(struct task *t)
{
    unsigned long former = 0;
    struct task *caller;

    ptrace(PTRACE_GETEVENTMSG, t->id, NULL, &former);
    caller = find((pid_t)former);
    if (caller && caller != t) {
        tell(caller, "exit");
        caller->id = 0;
    }
    tell(t, "exec");
    started = true;
    name_program(t);
    /* Memory of before the call is not told: it was looked at when the call began. */
    look(t);
}

static void system_call(struct task *t)
{
    struct __ptrace_syscall_info call = { 0 };

    t->inside = !t->inside;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, t->id, (void *)sizeof call, &call) < 0)
        return;
    if (call.op != PTRACE_SYSCALL_INFO_ENTRY)
        return;
    t->calls++;
    if (call.entry.nr == SYS_execve || call.entry.nr == SYS_execveat)
        look(t);
}

/* Returns the signal to give to it. */
static int stopped(pid_t id, int status)
{
    int sig = WSTOPSIG(status), event = status >> 16;
    struct task *t = find(id);

    if (!t) {
        add(id);
        return sig == SIGSTOP ? 0 : sig;
    }
    if (sig == (SIGTRAP | 0x80))
        system_call(t);
    else if (event == PTRACE_EVENT_EXEC)
        has_executed(t);
    else if (event == PTRACE_EVENT_EXIT)
        look(t);
    else if (!event)
        return sig;
    return 0;
}

static int follow(pid_t first)
{
    int status, result = 2;
    pid_t id;

    while ((id = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
        struct task *t = find(id);

        if (WIFSTOPPED(status)) {
            int sig = stopped(id, status);

            ptrace(PTRACE_SYSCALL, id, NULL, (void *)(intptr_t)sig);
            continue;
        }
        if (t) {
            tell(t, "exit");
            t->id = 0;
        }
        if (id == first)
            result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    return result;
}

static _Noreturn void become(const char *ids, char **argv)
{
    char *end;
    uid_t uid = ids ? (uid_t)strtoul(ids, &end, 10) : 0;
    gid_t gid = ids && *end == ':' ? (gid_t)strtoul(end + 1, NULL, 10) : 0;

    close(OUT);
    /* While still root: the kernel asks later whether the tracer was privileged at this time. */
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
        err(2, "ptrace");
    raise(SIGSTOP);
    if (ids && (setgroups(1, &gid) < 0 || setgid(gid) < 0 || setuid(uid) < 0))
        err(2, "become %s", ids);
    execv(argv[0], argv);
    err(2, "%s", argv[0]);
}

int main(int argc, char **argv)
{
    const unsigned long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT |
                                  PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                                  PTRACE_O_EXITKILL;
    const char *ids = NULL;
    int option, status;
    pid_t pid;

    while ((option = getopt(argc, argv, "+u:")) != -1) {
        if (option == '?')
            return 2;
        ids = optarg;
    }
    if (optind == argc || fcntl(OUT, F_GETFD) < 0)
        errx(2, "usage: tree [-u UID:GID] /PROGRAM [ARG...] 3>FILE");
    pid = fork();
    if (pid < 0)
        err(2, "fork");
    if (pid == 0)
        become(ids, argv + optind);
    if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
        ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)options) < 0)
        errx(2, "%s cannot be traced", argv[optind]);
    add(pid);
    ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
    return follow(pid);
}
