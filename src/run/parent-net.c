/* run/parent-net.c - the helper that is the network of the container.
 * Runs in:  the launcher.    Power: the caller's.
 * Must:     leave no helper behind that has no container. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/socket.h"
#include "run/wire.h"

#define ANSWER_MAX 2048
#define ANSWER_MS 20000
#define WORKS '1'

/* Who may reach the directory of the state may ask. */
DO(listen_net)
{
    (void)s;
    (void)u;
    TRY(socket_bind_at(r->entry.dir, STATE_NET_SOCKET, SOCK_STREAM, &r->net_control, e));
    if (listen(r->net_control, SOMAXCONN) < 0)
        return err_set(e, errno, "network socket of container %s", r->plan->id);
    return 0;
}

/* By us, since the helper has no power over files. */
static int open_pcap(const char *path, int *fd, struct err *e)
{
    if (!path)
        return 0;
    *fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK,
               0600);
    return *fd < 0 ? err_set(e, errno, "pcap=%s", path) : 0;
}

DO(start_net)
{
    static const char *const none[] = { NULL };
    OWN_FD theirs = -1;
    OWN_FD pcap = -1;
    int pair[2], more[4];
    struct child_setup setup = { .path = u->helper,
                                 .argv = u->args.v,
                                 .env = none,
                                 .input = -1,
                                 .output = -1,
                                 .errors = -1,
                                 .session = true,
                                 .cwd = "/",
                                 .more = more,
                                 .more_n = COUNT_OF(more) };

    (void)s;
    TRY(open_pcap(u->pcap, &pcap, e));
    TRY(fd_pair(pair, e));
    r->net = pair[0];
    theirs = pair[1];
    more[0] = theirs;
    more[1] = r->net_control;
    more[2] = pcap;
    more[3] = !u->tells ? -1 : log_fd() >= 0 ? log_fd() : STDERR_FILENO;
    r->net_pid = child_spawn(&setup, &r->net_pidfd, e);
    clean_fd(&r->net_control);
    if (r->net_pid > 0)
        return 0;
    r->net_pid = 0;
    return -1;
}

DO(give_tap)
{
    const int fds[2] = { r->tap, r->pidfd[INIT] };

    (void)s;
    (void)u;
    /* One that is gone has told why; await_net reads it. */
    if (fd_send_more(r->net, "t", 1, fds, COUNT_OF(fds), e) < 0) {
        if (e->num != EPIPE && e->num != ECONNRESET)
            return -1;
        err_clear(e);
    }
    clean_fd(&r->tap);
    return 0;
}

/* "TEXT" or, with what to do, "TEXT\nHINT". */
static int tell_failure(char *answer, struct err *e)
{
    char *hint = strchr(answer, '\n');

    if (hint)
        *hint++ = '\0';
    err_set(e, 0, "%s", answer);
    return hint && *hint ? err_hint(e, "%.*s", (int)strcspn(hint, "\n"), hint) : -1;
}

/* What hangs must not hang us, who may be in the background and get no signal. */
static int wait_for_answer(struct run *r, struct err *e)
{
    struct pollfd p = { .fd = r->net, .events = POLLIN };
    int ready;

    if (r->signals >= 0) {
        TRY(ready = wire_wait(r, r->net, ANSWER_MS, e));
    } else {
        do
            ready = poll(&p, 1, ANSWER_MS);
        while (ready < 0 && errno == EINTR);
    }
    if (ready < 0)
        return err_set(e, errno, "poll");
    return ready ? 0 : err_set(e, ETIMEDOUT, "rcrun-net does not answer");
}

DO(await_net)
{
    char answer[ANSWER_MAX];
    OWN_FD none = -1;
    ssize_t n;

    (void)s;
    (void)u;
    TRY(wait_for_answer(r, e));
    n = fd_receive(r->net, answer, sizeof answer - 1, &none, e);
    if (n < 0)
        return err_ctx(e, "rcrun-net");
    if (n == 0)
        return err_set(e, 0, "rcrun-net ended without a word");
    answer[n] = '\0';
    if (n != 1 || answer[0] != WORKS)
        return tell_failure(answer, e);
    return 0;
}

/* It ends by itself when the container has ended, and what came from that has gone out.  It hangs up
 * when its ports are free again; the end of the device, which takes longer, nobody has to wait for. */
DO(end_net)
{
    struct pollfd p[2] = { { .fd = r->net_pidfd, .events = POLLIN },
                           { .fd = r->net, .events = POLLIN } };
    int ready;

    (void)s;
    (void)e;
    if (r->net_pid <= 0)
        return 0;
    do
        ready = poll(p, COUNT_OF(p), (int)u->patience);
    while (ready < 0 && errno == EINTR);
    if (ready == 0)
        log_warn("rcrun-net did not end within %u ms after the container; it was killed",
                 u->patience);
    if (!p[1].revents)
        child_kill(&r->net_pid);
    return 0;
}
