/* run/parent-relay.c
 * Runs in:  the launcher, while the program runs in the foreground.    Power: the caller's.
 * Must:     forward signals, carry the terminal both ways, leave the caller's terminal as it
 *           was on every way out. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/log.h"
#include "os/process.h"
#include "os/tty.h"
#include "run/notify.h"
#include "run/run.h"

struct pipe_buffer {
    char data[8192];
    size_t start, n; /* n bytes from start on wait to be written */
};

struct relay {
    struct run *r;
    struct pipe_buffer in;  /* our stdin -> master */
    struct pipe_buffer out; /* master -> our stdout */
    bool in_open;           /* stdin may have more */
    bool master_open;
    bool raw;
    bool ready; /* the manager was told */
    struct termios before;
};

static void forward(struct relay *x, const struct signalfd_siginfo *info)
{
    int sig = (int)info->ssi_signo;
    struct err ignored;

    if (sig == SIGWINCH && x->r->console >= 0) {
        (void)os_copy_size(STDIN_FILENO, x->r->console, &ignored);
        return;
    }
    if (sig == SIGPIPE)
        return; /* about our own writes */
    (void)os_pidfd_signal(x->r->pidfd[INIT], sig, &ignored);
}

static void take_signals(struct relay *x)
{
    struct signalfd_siginfo info[8];
    ssize_t n;

    while ((n = read(x->r->signals, info, sizeof info)) > 0)
        for (size_t i = 0; i < (size_t)n / sizeof info[0]; i++)
            forward(x, &info[i]);
}

/* Both return false when this direction is over. */
static bool fill(int fd, struct pipe_buffer *b)
{
    ssize_t n = read(fd, b->data, sizeof b->data);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    b->start = 0;
    b->n = (size_t)n;
    return n > 0;
}

static bool drain(int fd, struct pipe_buffer *b)
{
    ssize_t n = write(fd, b->data + b->start, b->n);

    if (n < 0) {
        if (errno == EAGAIN || errno == EINTR)
            return true;
        b->n = 0;
        return false;
    }
    b->start += (size_t)n;
    b->n -= (size_t)n;
    return true;
}

enum { P_EXIT, P_SIGNALS, P_IN, P_OUT, P_MASTER, P_NOTIFY, P_NET, P_SERVER, P_COUNT };

static void choose(const struct relay *x, struct pollfd p[P_COUNT])
{
    bool tty = x->master_open;

    p[P_EXIT] = (struct pollfd){ .fd = x->r->pidfd[INIT], .events = POLLIN };
    p[P_SIGNALS] = (struct pollfd){ .fd = x->r->signals, .events = POLLIN };
    p[P_IN] = (struct pollfd){ .fd = tty && x->in_open && !x->in.n ? STDIN_FILENO : -1,
                               .events = POLLIN };
    p[P_OUT] = (struct pollfd){ .fd = x->out.n ? STDOUT_FILENO : -1, .events = POLLOUT };
    p[P_MASTER] = (struct pollfd){ .fd = tty ? x->r->console : -1,
                                   .events = (short)((x->out.n ? 0 : POLLIN) |
                                                     (x->in.n ? POLLOUT : 0)) };
    p[P_NOTIFY] = (struct pollfd){ .fd = x->r->notify, .events = POLLIN };
    p[P_NET] = (struct pollfd){ .fd = x->r->net_pidfd, .events = POLLIN };
    p[P_SERVER] = (struct pollfd){ .fd = x->r->fuse.pidfd, .events = POLLIN };
    /* Nothing wanted of it now: a hang-up alone would spin. */
    if (!p[P_MASTER].events)
        p[P_MASTER].fd = -1;
}

/* On a terminal an end of file is a key, typed before the terminal was made raw: the program's
 * terminal gets the same key.  A hang-up is passed on as one. */
static void end_of_input(struct relay *x, short events)
{
    struct termios t;

    if ((events & POLLHUP) || tcgetattr(x->r->console, &t) < 0) {
        x->in_open = x->master_open = false;
        clean_fd(&x->r->console);
        return;
    }
    x->in.data[0] = (char)t.c_cc[VEOF];
    x->in.start = 0;
    x->in.n = 1;
}

static void carry(struct relay *x, const struct pollfd p[P_COUNT])
{
    if (p[P_IN].revents && !fill(STDIN_FILENO, &x->in))
        end_of_input(x, p[P_IN].revents);
    if (p[P_MASTER].revents & POLLOUT)
        (void)drain(x->r->console, &x->in);
    if (p[P_MASTER].revents & (POLLIN | POLLHUP | POLLERR) && !x->out.n &&
        !fill(x->r->console, &x->out))
        x->master_open = false;
    if (p[P_OUT].revents)
        (void)drain(STDOUT_FILENO, &x->out);
}

/* What the terminal still holds when the program is gone. */
static void empty(struct relay *x)
{
    while (x->r->console >= 0) {
        while (x->out.n)
            if (!drain(STDOUT_FILENO, &x->out))
                return;
        if (!x->master_open)
            return;
        errno = 0;
        if (!fill(x->r->console, &x->out))
            x->master_open = false;
        else if (!x->out.n)
            return;
    }
}

static int open_terminal(struct relay *x, struct err *e)
{
    struct run *r = x->r;

    if (fcntl(r->console, F_SETFL, O_NONBLOCK) < 0)
        return err_set(e, errno, "terminal of the container");
    x->in_open = x->master_open = true;
    if (!isatty(STDIN_FILENO))
        return 0;
    TRY(os_raw(STDIN_FILENO, &x->before, e));
    x->raw = true;
    return 0;
}

/* We stay, and our status is the program's: so we are the main process, and nobody has to wait
 * until the manager has read it.  Later messages are read all the same, so that who sends them
 * does not wait for ever. */
static void take_notify(struct relay *x, const char *manager)
{
    bool ready = notify_take(x->r->notify);

    if (ready && !x->ready)
        notify_pass(manager, getpid(), false);
    x->ready = x->ready || ready;
}

/* It shall end after the container; the container goes on without. */
static void net_ended(struct run *r)
{
    int status = 0;

    clean_fd(&r->net_pidfd);
    while (waitpid(r->net_pid, &status, 0) < 0 && errno == EINTR)
        continue;
    r->net_pid = 0;
    if (WIFSIGNALED(status))
        log_warn("the network is down: rcrun-net was killed by signal %d", WTERMSIG(status));
    else
        log_warn("the network is down: rcrun-net ended with status %d", WEXITSTATUS(status));
}

static int loop(struct relay *x, const char *manager, struct err *e)
{
    for (;;) {
        struct pollfd p[P_COUNT];

        choose(x, p);
        if (poll(p, P_COUNT, -1) < 0) {
            if (errno == EINTR)
                continue;
            return err_set(e, errno, "poll");
        }
        if (p[P_SIGNALS].revents)
            take_signals(x);
        carry(x, p);
        if (p[P_NOTIFY].revents)
            take_notify(x, manager);
        if (p[P_EXIT].revents)
            return 0;
        if (p[P_NET].revents)
            net_ended(x->r);
        if (p[P_SERVER].revents)
            run_server_ended(x->r);
    }
}

DO(relay)
{
    struct relay x = { .r = r };
    int result = 0;

    (void)s;
    if (u->terminal)
        result = open_terminal(&x, e);
    if (result == 0)
        result = loop(&x, u->manager, e);
    if (result == 0)
        empty(&x);
    if (x.raw)
        os_restore(STDIN_FILENO, &x.before);
    TRY(result);
    while (waitpid(r->pid[INIT], &r->status, 0) < 0)
        if (errno != EINTR)
            return err_set(e, errno, "wait for the program");
    r->pid[INIT] = 0;
    child_kill(&r->guard);
    return 0;
}
