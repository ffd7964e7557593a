/* run/hook.c
 * Runs in:  the launcher, or init for hooks that run in the container.    Power: theirs.
 * Must not: hang on a hook that does not read, does not end, or leaves a child with its output. */
#include "run/hook.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clean.h"
#include "base/fd.h"
#include "run/wire.h"

#define TAIL_MAX 4096

struct tail {
    char text[TAIL_MAX + 1];
    size_t n;
};

/* A file and not a pipe: a hook may not read at all, however long the state is. */
static int state_file(const char *state, size_t n, int *fd, struct err *e)
{
    OWN_FD file = memfd_create("state", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (file < 0)
        return err_set(e, errno, "state for hooks");
    TRY(fd_write(file, state, n, e));
    if (lseek(file, 0, SEEK_SET) < 0 ||
        fcntl(file, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
        return err_set(e, errno, "state for hooks");
    *fd = give_fd(&file);
    return 0;
}

/* Keeps the end.  Returns false at the end of the output. */
static bool add_output(struct tail *t, int fd)
{
    char buffer[TAIL_MAX];
    ssize_t n = read(fd, buffer, sizeof buffer);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    if (n == 0)
        return false;
    if (t->n + (size_t)n > TAIL_MAX) {
        size_t drop = t->n + (size_t)n - TAIL_MAX;

        drop = drop > t->n ? t->n : drop;
        memmove(t->text, t->text + drop, t->n - drop);
        t->n -= drop;
    }
    memcpy(t->text + t->n, buffer, (size_t)n);
    t->n += (size_t)n;
    return true;
}

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

enum outcome { ENDED, LATE, ORPHANED, INTERRUPTED };

static int step_ms(int64_t end, bool looks)
{
    int64_t left = end ? end - now_ms() : INT64_MAX;

    if (looks && left > WIRE_LOOK_MS)
        return WIRE_LOOK_MS;
    return !end ? -1 : left < 0 ? 0 : (int)left;
}

/* Until the hook itself ends; children that it leaves may keep the pipe.  Before the program runs
 * (there is an init to watch) who waits for us may end it all. */
static enum outcome watch(int pidfd, int output, int init, int64_t timeout_s, struct tail *t,
                          struct err *e)
{
    int64_t end = timeout_s ? now_ms() + timeout_s * 1000 : 0;
    struct pollfd p[3] = { { .fd = pidfd, .events = POLLIN },
                           { .fd = output, .events = POLLIN },
                           { .fd = init, .events = POLLIN } };

    for (;;) {
        if (poll(p, 3, step_ms(end, init >= 0)) < 0 && errno != EINTR)
            return ENDED;
        if (p[0].revents)
            break;
        if (p[2].revents)
            return ORPHANED;
        if (p[1].revents && !add_output(t, output))
            p[1].fd = -1;
        if (end && now_ms() >= end)
            return LATE;
        if (init >= 0 && wire_look_for_end(e) < 0)
            return INTERRUPTED;
    }
    while (p[1].fd >= 0 && poll(&p[1], 1, 0) > 0 && add_output(t, output))
        continue;
    return ENDED;
}

static const char *last_line(struct tail *t)
{
    char *line;

    while (t->n && (t->text[t->n - 1] == '\n' || t->text[t->n - 1] == ' '))
        t->n--;
    t->text[t->n] = '\0';
    line = strrchr(t->text, '\n');
    return line ? line + 1 : t->text;
}

static int judge(const struct hook *h, int status, enum outcome how, struct tail *t, struct err *e)
{
    const char *words;

    if (how == INTERRUPTED)
        return -1;
    if (how == ORPHANED)
        return err_set(e, 0, "the container was killed while hook %s ran", h->path);
    if (how == LATE)
        return err_set(e, 0, "hook %s ran past its timeout of %lld s", h->path,
                       (long long)h->timeout_s);
    if (status == 0)
        return 0;
    words = last_line(t);
    if (WIFSIGNALED(status))
        err_set(e, 0, "hook %s was killed by signal %d", h->path, WTERMSIG(status));
    else
        err_set(e, 0, "hook %s: exit status %d", h->path, WEXITSTATUS(status));
    if (*words) {
        struct err place = *e;

        err_set(e, 0, "%s: %.300s", place.text, words);
    }
    return -1;
}

/* Not blocking: a FIFO that nobody reads is an error, and no trap. */
static int open_file(const char *path, int *fd, struct err *e)
{
    const int flags = O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;

    if (!path)
        return 0;
    *fd = open(path, flags, 0600);
    if (*fd < 0 || fcntl(*fd, F_SETFL, O_APPEND) < 0)
        return err_set(e, errno, "output of hooks: %s", path);
    return 0;
}

static void close_files(struct hook_files *files)
{
    clean_fd(&files->output);
    clean_fd(&files->errors);
}

int hook_open(const char *output, const char *errors, struct hook_files *files, struct err *e)
{
    *files = HOOK_FILES_NONE;
    if (open_file(output, &files->output, e) == 0 && open_file(errors, &files->errors, e) == 0)
        return 0;
    close_files(files);
    return -1;
}

static int run(const struct hook *h, const char *state, size_t n, const char *cwd, int init,
               const struct hook_files *files, struct err *e)
{
    static const char *const none[] = { NULL };
    struct child_setup setup = { h->path, h->args.v, h->env.n ? h->env.v : none, .cwd = cwd,
                                 .session = true };
    OWN_FD input = -1;
    OWN_FD output = -1;
    OWN_FD write_end = -1;
    OWN_FD pidfd = -1;
    struct tail tail = { .n = 0 };
    enum outcome how = ENDED;
    int ends[2], status;
    pid_t pid;

    TRY(state_file(state, n, &input, e));
    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_set(e, errno, "pipe");
    output = ends[0];
    write_end = ends[1];
    setup.input = input;
    setup.output = files->output >= 0 ? files->output : write_end;
    setup.errors = files->errors >= 0 ? files->errors : write_end;
    pid = child_spawn(&setup, &pidfd, e);
    if (pid < 0)
        return err_ctx(e, "hook");
    clean_fd(&write_end);
    how = watch(pidfd, output, init, h->timeout_s, &tail, e);
    if (how != ENDED)
        kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return judge(h, status, how, &tail, e);
}

int hook_run(const struct hook *h, const char *state, size_t n, const char *cwd, int init,
             const struct hook_files *files, struct err *e)
{
    struct hook_files own;
    int result;

    if (files)
        return run(h, state, n, cwd, init, files, e);
    TRY(hook_open(h->output, h->errors, &own, e));
    result = run(h, state, n, cwd, init, &own, e);
    close_files(&own);
    return result;
}
