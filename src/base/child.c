#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/path.h"
#include "base/signals.h"
#include "base/stack.h"

#define MORE_MAX 8

struct start {
    const struct child_setup *setup;
    int num; /* errno of the child, seen by the parent since memory is shared */
};

/* The standard descriptors.  Only what is used has to be there: a container may come without
 * /dev/null. */
static OTHER_STACK int put_in_place(const struct child_setup *x)
{
    bool wants_null = x->input < 0 || x->output < 0 || x->errors < 0;
    int null = wants_null ? open("/dev/null", O_RDWR | O_CLOEXEC) : -1;

    if (wants_null && null < 0)
        return -1;
    if (dup2(x->input < 0 ? null : x->input, 0) < 0 ||
        dup2(x->output < 0 ? null : x->output, 1) < 0)
        return -1;
    return dup2(x->errors < 0 ? null : x->errors, 2);
}

/* The others: out of the way of all that are put in place, then there.  What is in the table is
 * close-on-exec. */
static OTHER_STACK int lift_more(const struct child_setup *x, int high[MORE_MAX])
{
    for (size_t i = 0; i < x->more_n; i++) {
        high[i] = x->more[i] < 0 ? -1 : fcntl(x->more[i], F_DUPFD_CLOEXEC, 3 + MORE_MAX);
        if (x->more[i] >= 0 && high[i] < 0)
            return -1;
    }
    return 0;
}

static OTHER_STACK int put_more(const struct child_setup *x, const int high[MORE_MAX])
{
    for (size_t i = 0; i < x->more_n; i++)
        if (high[i] >= 0 && dup2(high[i], 3 + (int)i) < 0)
            return -1;
    return 0;
}

/* Runs in the child, in the parent's memory: only system calls, nothing that
 * would change state of the C library. */
static OTHER_STACK int become(void *start)
{
    struct start *s = start;
    const struct child_setup *x = s->setup;
    int high[MORE_MAX];

    if (x->session)
        setsid();
    /* What the caller ignores is nothing to a hook. */
    signals_reset(x->session ? SIGNALS_ALL : 0);
    /* execve(2) does not write to them, whatever its prototype says. */
    if ((!x->cwd || chdir(x->cwd) == 0 || chdir("/") == 0) && lift_more(x, high) == 0 &&
        put_in_place(x) >= 0 && put_more(x, high) == 0)
        execve(x->path, (char *const *)(uintptr_t)x->argv, (char *const *)(uintptr_t)x->env);
    s->num = errno;
    _exit(127);
}

#define STACK (64 << 10)

pid_t child_spawn(const struct child_setup *setup, int *pidfd, struct err *e)
{
    /* rcrun has no signal handlers, so none can run in the child, on memory that is ours.  We
     * stand still until it has its own, so the stack may be ours, too. */
    char stack[STACK] __attribute__((aligned(16)));
    struct start s = { .setup = setup };
    int fd = -1;
    pid_t pid;

    if (setup->more_n > MORE_MAX)
        BUG("%zu descriptors for %s", setup->more_n, setup->path);
    pid = clone(become, stack + STACK, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &s, &fd);

    if (pid < 0)
        s.num = errno;
    if (pid > 0 && s.num) {
        waitpid(pid, NULL, 0);
        clean_fd(&fd);
    }
    if (pid < 0 || s.num)
        return err_set(e, s.num, "%s", setup->path);
    *pidfd = fd;
    return pid;
}

/* output: what shall be its stdout, -1 = /dev/null. */
static int start_with(struct child *c, const struct child *beside, const char *path,
                      const char *const argv[], const char *const env[], int output, struct err *e)
{
    struct child_setup setup = { path, argv, env, .input = -1, .output = output };

    *c = CHILD_NONE;
    if (!beside && pipe2(c->errors, O_CLOEXEC) < 0)
        return err_set(e, errno, "pipe");
    setup.errors = beside ? beside->errors[1] : c->errors[1];
    c->path = path;
    c->pid = child_spawn(&setup, &c->pidfd, e);
    if (c->pid > 0)
        return 0;
    c->pid = 0;
    child_drop(c);
    return -1;
}

int child_start(struct child *c, const struct child *beside, const char *path,
                const char *const argv[], const char *const env[], struct err *e)
{
    return start_with(c, beside, path, argv, env, -1, e);
}

void child_kill(pid_t *pid)
{
    if (*pid <= 0)
        return;
    kill(*pid, SIGKILL);
    while (waitpid(*pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    *pid = 0;
}

void child_drop(struct child *c)
{
    child_kill(&c->pid);
    clean_fd(&c->pidfd);
    clean_fd(&c->errors[0]);
    clean_fd(&c->errors[1]);
}

/* The last line in the pipe that begins with the name of the child, else the last one; reads at
 * most a pipe full. */
static void last_words(int pipe, const char *name, char *out, size_t size)
{
    char text[4096], *at = text, *last = text;
    bool named = false;
    ssize_t n = 0, got;

    fcntl(pipe, F_SETFL, O_NONBLOCK);
    while (n < (ssize_t)sizeof text - 1 &&
           (got = read(pipe, text + n, sizeof text - 1 - (size_t)n)) > 0)
        n += got;
    text[n] = '\0';
    for (char *line; (line = strsep(&at, "\n"));) {
        bool its = strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':';

        if (*line && (its || !named)) {
            /* Once is enough. */
            last = its ? line + strlen(name) + 1 : line;
            named = its;
        }
    }
    snprintf(out, size, "%.400s", last + strspn(last, " "));
}

static int judge(const struct child *c, int pipe, struct err *e)
{
    const char *name = path_last(c->path);
    char words[512];

    if (c->status == 0)
        return 0;
    last_words(pipe, name, words, sizeof words);
    if (WIFSIGNALED(c->status))
        return err_set(e, 0, "%s was killed by signal %d", name, WTERMSIG(c->status));
    if (words[0])
        return err_set(e, 0, "%s: %s", name, words);
    return err_set(e, 0, "%s: exit status %d without a word", name, WEXITSTATUS(c->status));
}

static int left_ms(const struct timespec *start, int deadline_ms)
{
    struct timespec now;
    long passed;

    clock_gettime(CLOCK_MONOTONIC, &now);
    passed = (now.tv_sec - start->tv_sec) * 1000 + (now.tv_nsec - start->tv_nsec) / 1000000;
    return passed >= deadline_ms ? 0 : deadline_ms - (int)passed;
}

static int wait_one(struct child *c, int pipe, const struct timespec *start, int deadline_ms,
                    struct err *e)
{
    struct pollfd p = { .fd = c->pidfd, .events = POLLIN };

    while (deadline_ms >= 0) {
        int ms = left_ms(start, deadline_ms);
        int ready = poll(&p, 1, ms);

        if (ready > 0)
            break;
        if (ready < 0 && errno != EINTR)
            return err_set(e, errno, "poll");
        if (ready == 0)
            return err_set(e, ETIMEDOUT, "%s did not end within %d s", c->path, deadline_ms / 1000);
    }
    while (waitpid(c->pid, &c->status, 0) < 0)
        if (errno != EINTR)
            return err_set(e, errno, "%s", c->path);
    c->pid = 0;
    return judge(c, pipe, e);
}

int child_wait(struct child *v, size_t n, int deadline_ms, struct err *e)
{
    struct timespec start;
    int result = 0;

    clock_gettime(CLOCK_MONOTONIC, &start);
    for (size_t i = 0; i < n && result == 0; i++)
        result = wait_one(&v[i], v[i].errors[0] < 0 ? v[0].errors[0] : v[i].errors[0], &start, deadline_ms, e);
    for (size_t i = 0; i < n; i++)
        child_drop(&v[i]);
    return result;
}

/* Reads to the end of file or the deadline; what does not come in time is for child_wait()
 * to tell. */
static int read_output(const char *path, int fd, const struct timespec *begin,
                       int deadline_ms, char *out, size_t size, struct err *e)
{
    size_t have = 0;

    out[0] = '\0';
    for (;;) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        int ready = poll(&p, 1, left_ms(begin, deadline_ms));
        ssize_t got;

        if (ready == 0)
            return 0;
        got = ready < 0 ? -1 : read(fd, out + have, size - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set(e, errno, "output of %s", path);
        if (got == 0)
            break;
        have += (size_t)got;
        if (have == size)
            return err_set(e, EFBIG, "output of %s", path);
    }
    out[have] = '\0';
    return 0;
}

int child_run_output(const char *path, const char *const argv[], const char *const env[],
                     int deadline_ms, char *out, size_t size, struct err *e)
{
    struct child c = CHILD_NONE;
    struct timespec begin;
    OWN_FD read_end = -1;
    int ends[2];
    int result;

    clock_gettime(CLOCK_MONOTONIC, &begin);
    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_set(e, errno, "pipe");
    read_end = ends[0];
    result = start_with(&c, NULL, path, argv, env, ends[1], e);
    close(ends[1]);
    if (result < 0)
        return -1;
    if (read_output(path, read_end, &begin, deadline_ms, out, size, e) < 0) {
        child_drop(&c);
        return -1;
    }
    /* It may go on after it closed its stdout. */
    if (child_wait(&c, 1, left_ms(&begin, deadline_ms), e) == 0)
        return 0;
    return e->num != ETIMEDOUT ? -1
                               : err_set(e, ETIMEDOUT, "%s did not end within %d s", path,
                                         deadline_ms / 1000);
}
