/* run/start.c
 * Runs in:  the start command, in the caller's namespaces.    Power: the caller's. */
#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/fd.h"
#include "base/socket.h"
#include "run/state.h"
#include "run/wire.h"

static int go_on(struct entry *x, struct err *e)
{
    TRY(store_advance(x, PHASE_RUNNING, e));
    if (unlinkat(x->dir, STATE_SOCKET, 0) < 0)
        return err_set(e, errno, "start socket of container %s", x->id);
    return 0;
}

static int started(struct entry *x, struct err *e)
{
    TRY(go_on(x, e));
    return err_set(e, EALREADY, "cannot start an already running container");
}

/* Init has a filter that notifies, and waits until somebody has the listener. */
static int deliver(int wire, const struct letter *answer, const struct listener *l, int fd,
                   struct err *e)
{
    const struct letter delivered = { .msg = MSG_DELIVERED };

    if (fd < 0 || !l->path)
        return err_set(e, EPROTO, "init said %s", message_names[answer->msg]);
    TRY(listener_send(l, fd, e));
    return fd_send(wire, &delivered, offsetof(struct letter, err), -1, e);
}

int run_start(struct entry *x, const struct listener *l, int *notify, struct err *e)
{
    struct letter go = { .msg = MSG_GO };
    struct letter answer = { 0 };
    struct sockaddr_un address;
    OWN_FD wire = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    OWN_FD fd = -1;
    ssize_t n;

    TRY(socket_address_at(x->dir, STATE_SOCKET, &address, e));
    if (wire < 0 || connect(wire, (void *)&address, sizeof address) < 0) {
        int num = errno;

        err_set(e, num, "start socket of container %s", x->id);
        /* Nobody listens: a start that was killed had come so far. */
        return num == ECONNREFUSED ? started(x, e) : -1;
    }
    TRY(fd_send(wire, &go, offsetof(struct letter, err), -1, e));
    n = fd_receive(wire, &answer, sizeof answer, &fd, e);
    while (n > 0 && (answer.msg == MSG_READY_SOCKET || answer.msg == MSG_LISTENER)) {
        if (answer.msg == MSG_LISTENER)
            TRY(deliver(wire, &answer, l, fd, e));
        else
            *notify = give_fd(&fd);
        clean_fd(&fd);
        n = fd_receive(wire, &answer, sizeof answer, &fd, e);
    }
    /* The end of the wire is the exec; who comes later finds no socket, and so no second start. */
    if (n > 0 && answer.msg == MSG_ERROR && (size_t)n == sizeof answer) {
        *e = answer.err;
        return -1;
    }
    if (n < 0 && e->num != ECONNRESET)
        return -1;
    if (n > 0)
        return err_set(e, EPROTO, "init said something unexpected");
    return go_on(x, e);
}
