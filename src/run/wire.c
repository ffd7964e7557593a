#include "run/wire.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include "base/clean.h"
#include "base/fd.h"

/* Who may say what to whom: once in a start, but for those about a mount. */
static const struct {
    enum message msg;
    enum process from, to;
    bool carries_fd;
} rows[] = {
    { MSG_USERNS_MADE, SETUP, PARENT, false }, { MSG_USERNS_MADE, INIT, PARENT, false },
    { MSG_PREPARED, PARENT, SETUP, false },
    { MSG_PREPARED, PARENT, INIT, false },     { MSG_INIT_PID, SETUP, PARENT, false },
    { MSG_CONSOLE, INIT, PARENT, true },       { MSG_READY_SOCKET, INIT, PARENT, true },
    { MSG_TAP, INIT, PARENT, true },           { MSG_NET_READY, PARENT, INIT, false },
    { MSG_FUSE, INIT, PARENT, true },          { MSG_USER_NS, INIT, PARENT, true },
    { MSG_FUSE_MOUNT, PARENT, INIT, true },    { MSG_ROOT_WORKS, INIT, PARENT, false },
    { MSG_SOURCE, INIT, PARENT, true },        { MSG_MAPPED, PARENT, INIT, true },
    { MSG_NAMESPACES, INIT, PARENT, false },
    { MSG_HOOKED, PARENT, INIT, false },       { MSG_CREATED, INIT, PARENT, false },
    { MSG_GO, PARENT, INIT, false },           { MSG_LISTENER, INIT, PARENT, true },
    { MSG_DELIVERED, PARENT, INIT, false },    { MSG_ERROR, SETUP, PARENT, false },
    { MSG_ERROR, INIT, PARENT, false },        { MSG_ERROR, PARENT, INIT, false },
};

static bool is_allowed(enum message msg, enum process from, enum process to, bool has_fd)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].msg == msg && rows[i].from == from && rows[i].to == to)
            return rows[i].carries_fd == has_fd;
    return false;
}

int wire_tell(struct run *r, enum process to, const struct letter *l, int fd, struct err *e)
{
    size_t n = l->msg == MSG_ERROR ? sizeof *l : offsetof(struct letter, err);

    if (!is_allowed(l->msg, r->me, to, fd >= 0))
        BUG("%s may not tell %s to %s", process_names[r->me], message_names[l->msg],
            process_names[to]);
    if (fd_send(r->wire[to], l, n, fd, e) < 0)
        return err_ctx(e, "%s to %s", message_names[l->msg], process_names[to]);
    return 0;
}

/* Signals that mean "end": they must work while a start hangs, too. */
static bool wants_end(int sig)
{
    return sig == SIGINT || sig == SIGTERM || sig == SIGHUP || sig == SIGQUIT;
}

int wire_look_for_end(struct err *e)
{
    sigset_t pending;

    sigpending(&pending);
    for (int sig = 1; sig < NSIG; sig++)
        if (wants_end(sig) && sigismember(&pending, sig) == 1) {
            err_set(e, 0, "interrupted by signal %d before the program was started", sig);
            e->exit = 128 + sig;
            return -1;
        }
    return 0;
}

int wire_wait(struct run *r, int fd, int ms, struct err *e)
{
    struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
                           { .fd = r->signals, .events = POLLIN } };

    /* Where nothing else is awaited, the caller may just as well wait in its next call. */
    if (r->me != PARENT || (r->signals < 0 && ms < 0))
        return 1;
    for (;;) {
        /* As long as a signal lies there that is no end, the descriptor tells nothing more; then
         * one has to look. */
        int slice = p[1].fd < 0 && (ms < 0 || ms > WIRE_LOOK_MS) ? WIRE_LOOK_MS : ms;
        int n = poll(p, 2, slice);

        if (n < 0 && errno != EINTR)
            return err_set(e, errno, "poll");
        if (n > 0 && p[0].revents)
            return 1;
        TRY(wire_look_for_end(e));
        if (n == 0 && ms >= 0 && (ms -= slice) <= 0)
            return 0;
        p[1].fd = -1;
    }
}

static int take(struct run *r, enum process from, struct letter *l, int *fd, struct err *e)
{
    ssize_t n;

    TRY(wire_wait(r, r->wire[from], -1, e));
    n = fd_receive(r->wire[from], l, sizeof *l, fd, e);
    if (n < 0)
        return -1;
    if (n == 0)
        return 0;
    if ((size_t)n < offsetof(struct letter, err) ||
        !is_allowed(l->msg, from, r->me, *fd >= 0) ||
        (l->msg == MSG_ERROR && (size_t)n != sizeof *l)) {
        clean_fd(fd);
        return err_set(e, EPROTO, "%s said something unexpected", process_names[from]);
    }
    if (l->msg == MSG_ERROR) {
        *e = l->err;
        e->peer = 1;
        return -1;
    }
    return 1;
}

int wire_await(struct run *r, enum process from, enum message msg, struct letter *l, int *fd,
               struct err *e)
{
    int got = take(r, from, l, fd, e);

    if (got < 0)
        return -1;
    if (got == 0)
        return err_set(e, 0, "%s ended without a word", process_names[from]);
    if (l->msg != msg) {
        clean_fd(fd);
        return err_set(e, EPROTO, "%s said %s instead of %s", process_names[from],
                       message_names[l->msg], message_names[msg]);
    }
    return 0;
}

int wire_await_exec(struct run *r, struct err *e)
{
    struct letter l = { 0 };
    OWN_FD fd = -1;
    int got = take(r, INIT, &l, &fd, e);

    if (got > 0)
        return err_set(e, EPROTO, "init said %s at its end", message_names[l.msg]);
    return got;
}

void wire_fail(struct run *r, const struct err *e)
{
    struct letter l = { .msg = MSG_ERROR, .err = *e };
    enum process to = r->me == PARENT ? INIT : PARENT;
    struct err ignored;

    /* Who is gone cannot be told. */
    if (r->wire[to] >= 0)
        (void)wire_tell(r, to, &l, -1, &ignored);
}

bool wire_is_dead(int sock)
{
    char c;

    return recv(sock, &c, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

bool wire_pending_error(struct run *r, struct err *e)
{
    const enum process peers[] = { SETUP, INIT, PARENT };

    for (size_t i = 0; i < COUNT_OF(peers); i++) {
        struct letter l = { 0 };
        struct err told;
        OWN_FD fd = -1;
        int sock = r->wire[peers[i]];

        for (int tries = 0; sock >= 0 && tries < 4; tries++) {
            struct pollfd p = { .fd = sock, .events = POLLIN };

            if (poll(&p, 1, 0) <= 0 || !(p.revents & POLLIN))
                break;
            if (fd_receive(sock, &l, sizeof l, &fd, &told) <= 0)
                break;
            if (l.msg == MSG_ERROR) {
                *e = l.err;
                e->peer = 1;
                return true;
            }
        }
    }
    return false;
}
