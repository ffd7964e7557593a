/* kill-at.c - kills a command of rcrun at the entry of its N-th system call.
 *
 *     kill-at [-u UID:GID] WHO N COMMAND [ARG...]
 *
 * WHO: launcher   the N-th call of the command itself: it is killed
 *      child      the N-th call of any process that it made: that one is killed
 *      all        the N-th call of any of them: all are killed
 *
 * Only calls of rcrun count: a child that has executed another program is none of its processes any
 * more.  After the kill the others go on untraced.  Prints what it did; status 0: killed; 1: the command
 * ended before, and `calls` says how many there are.
 *
 * It is no strace(1): that counts for each process, and waits for the container, too.  As root it runs
 * the command as -u, so that set-user-ID programs keep their power. */
#include <elf.h>
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

#define MANY 64

enum who { LAUNCHER, CHILD, ALL };
static const char *const words[] = { "launcher", "child", "all" };

static struct {
    pid_t pid;
    bool other; /* executed something else */
} known[MANY];
static size_t n_known;
static pid_t launcher;
static bool begun; /* the command was executed */

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "kill-at: %s: %s\n", what, strerror(errno));
    exit(99);
}

static size_t index_of(pid_t pid)
{
    for (size_t i = 0; i < n_known; i++)
        if (known[i].pid == pid)
            return i;
    if (n_known == MANY) {
        errno = E2BIG;
        die("processes");
    }
    known[n_known].pid = pid;
    known[n_known].other = false;
    return n_known++;
}

static void forget(pid_t pid)
{
    known[index_of(pid)] = known[--n_known];
}

static void become(const char *user)
{
    unsigned uid, gid;
    gid_t group;

    if (!user)
        return;
    if (sscanf(user, "%u:%u", &uid, &gid) != 2)
        die("-u wants UID:GID");
    group = gid;
    if (setgroups(1, &group) < 0 || setgid(gid) < 0 || setuid(uid) < 0)
        die(user);
}

/* The command, traced from before its execve on. */
static void begin(const char *user, char **command)
{
    int ready[2], status;
    char c = 0;

    if (pipe(ready) < 0)
        die("pipe");
    launcher = fork();
    if (launcher < 0)
        die("fork");
    if (launcher == 0) {
        close(ready[1]);
        if (read(ready[0], &c, 1) != 1)
            _exit(99);
        close(ready[0]);
        become(user);
        execv(command[0], command);
        _exit(99);
    }
    close(ready[0]);
    if (ptrace(PTRACE_SEIZE, launcher, 0,
               PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK |
                   PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE) < 0 ||
        ptrace(PTRACE_INTERRUPT, launcher, 0, 0) < 0 || waitpid(launcher, &status, __WALL) < 0 ||
        ptrace(PTRACE_SYSCALL, launcher, 0, 0) < 0)
        die("ptrace");
    index_of(launcher);
    if (write(ready[1], &c, 1) != 1)
        die("write");
    close(ready[1]);
}

/* The number of the call that this process is about to make, -1: it is none that counts. */
static long long entered(pid_t pid, enum who who)
{
    struct __ptrace_syscall_info info;

    if (!begun || known[index_of(pid)].other || (who == LAUNCHER && pid != launcher) ||
        (who == CHILD && pid == launcher))
        return -1;
    memset(&info, 0, sizeof info);
    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) < 0 ||
        info.op != PTRACE_SYSCALL_INFO_ENTRY)
        return -1;
    return (long long)info.entry.nr;
}

static void kill_them(pid_t pid, enum who who)
{
    for (size_t i = 0; i < n_known; i++)
        if (who == ALL ? !known[i].other : known[i].pid == pid)
            kill(known[i].pid, SIGKILL);
}

static void note_exec(pid_t pid)
{
    if (pid == launcher)
        begun = true;
    else
        known[index_of(pid)].other = true;
}

/* Lets it go on; a signal that it got is given to it. */
static void resume(pid_t pid, int status, bool tracing)
{
    int sig = WSTOPSIG(status), event = status >> 16;
    long how = tracing ? PTRACE_SYSCALL : PTRACE_CONT;

    if (event == PTRACE_EVENT_STOP && sig != SIGTRAP)
        how = PTRACE_LISTEN;
    if (event || sig == (SIGTRAP | 0x80))
        sig = 0;
    if (ptrace((enum __ptrace_request)how, pid, 0, sig) < 0 && errno != ESRCH)
        die("ptrace");
}

static int trace(enum who who, long n)
{
    long calls = 0;
    bool done = false;

    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, __WALL);
        long long call = -1;

        if (pid < 0)
            die("waitpid");
        if (!WIFSTOPPED(status)) {
            forget(pid);
            if (pid != launcher)
                continue;
            printf("calls %ld status %d\n", calls,
                   WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
            return done ? 0 : 1;
        }
        index_of(pid);
        if (status >> 16 == PTRACE_EVENT_EXEC)
            note_exec(pid);
        if (!done && WSTOPSIG(status) == (SIGTRAP | 0x80))
            call = entered(pid, who);
        if (call >= 0 && ++calls == n) {
            done = true;
            printf("killed %s at call %ld, number %lld\n", pid == launcher ? "launcher" : "child", calls,
                   call);
            kill_them(pid, who);
        }
        resume(pid, status, !done);
    }
}

int main(int argc, char **argv)
{
    const char *user = NULL;
    int who = LAUNCHER;

    if (argc > 2 && strcmp(argv[1], "-u") == 0) {
        user = argv[2];
        argc -= 2;
        argv += 2;
    }
    if (argc < 4)
        return 99;
    while (who <= ALL && strcmp(words[who], argv[1]) != 0)
        who++;
    if (who > ALL)
        return 99;
    setvbuf(stdout, NULL, _IOLBF, 0);
    begin(user, argv + 3);
    return trace((enum who)who, atol(argv[2]));
}
