/* run/parent-notify.c
 * Runs in:  the launcher, or the start command.    Power: the caller's.
 * Must not: pass on what the container says, but for the one fact that it is ready. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/socket.h"
#include "run/notify.h"
#include "run/run.h"

#define MESSAGE_MAX 4096
#define BARRIER_MS 30000
#define LAST_WORDS_MS 100

/* ---- from the container ---- */

#define SAID_READY 1u
#define SAID_BARRIER 2u

static bool has_line(const char *text, size_t n, const char *line)
{
    size_t len = strlen(line);

    while (n) {
        const char *end = memchr(text, '\n', n);
        size_t have = end ? (size_t)(end - text) : n;

        if (have == len && memcmp(text, line, len) == 0)
            return true;
        have += end != NULL;
        text += have;
        n -= have;
    }
    return false;
}

/* A burst at most, so that who writes all the time cannot keep us here.  No room for descriptors
 * is given, so the kernel closes those that come: for a barrier that is the answer. */
static unsigned take(int sock)
{
    char text[MESSAGE_MAX];
    unsigned said = 0;

    for (int i = 0; i < 64; i++) {
        ssize_t n = recv(sock, text, sizeof text, MSG_DONTWAIT | MSG_TRUNC);

        if (n < 0)
            break;
        if (n > (ssize_t)sizeof text)
            continue;
        if (has_line(text, (size_t)n, "READY=1"))
            said |= SAID_READY;
        if (has_line(text, (size_t)n, "BARRIER=1"))
            said |= SAID_BARRIER;
    }
    return said;
}

bool notify_take(int sock)
{
    return take(sock) & SAID_READY;
}

/* ---- to the manager ---- */

/* The manager closes the descriptor when it has read everything before it. */
static int wait_for_manager(int sock, struct err *e)
{
    OWN_FD read_end = -1;
    OWN_FD write_end = -1;
    struct pollfd p = { .events = POLLIN };
    int ends[2], ready;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_set(e, errno, "pipe");
    read_end = ends[0];
    write_end = ends[1];
    TRY(fd_send(sock, "BARRIER=1", strlen("BARRIER=1"), write_end, e));
    clean_fd(&write_end);
    p.fd = read_end;
    do
        ready = poll(&p, 1, BARRIER_MS);
    while (ready < 0 && errno == EINTR);
    return ready == 0 ? err_set(e, ETIMEDOUT, "no answer") : 0;
}

static int pass(int sock, pid_t main_pid, bool barrier, struct err *e)
{
    /* A manager that hangs must not hang us. */
    struct timeval patience = { .tv_sec = 5 };
    char text[32];
    int n = snprintf(text, sizeof text, "MAINPID=%d\n", (int)main_pid);

    setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    TRY(fd_send(sock, "READY=1\n", strlen("READY=1\n"), -1, e));
    TRY(fd_send(sock, text, (size_t)n, -1, e));
    return barrier ? wait_for_manager(sock, e) : 0;
}

void notify_pass(const char *manager, pid_t main_pid, bool barrier)
{
    OWN_FD sock = -1;
    struct err e = { 0 };

    if (socket_connect(manager, SOCK_DGRAM, &sock, &e) < 0)
        log_warn("NOTIFY_SOCKET: %s", e.text);
    else if (pass(sock, main_pid, barrier, &e) < 0)
        log_warn("NOTIFY_SOCKET: %s: %s", manager, e.text);
}

/* systemd-notify(1) sends a barrier behind its message and fails when nobody takes it. */
static void hear_last_words(int sock)
{
    struct pollfd p = { .fd = sock, .events = POLLIN };

    for (int i = 0; i < 10 && poll(&p, 1, LAST_WORDS_MS) > 0; i++)
        if (take(sock) & SAID_BARRIER)
            return;
}

void notify_wait(int sock, const char *manager, pid_t pid, int pidfd)
{
    struct pollfd p[2] = { { .fd = sock, .events = POLLIN }, { .fd = pidfd, .events = POLLIN } };

    for (;;) {
        unsigned said = 0;

        if (poll(p, 2, -1) < 0) {
            if (errno == EINTR)
                continue;
            return;
        }
        if (p[0].revents)
            said = take(sock);
        if (said & SAID_READY) {
            notify_pass(manager, pid, true);
            if (!(said & SAID_BARRIER))
                hear_last_words(sock);
            return;
        }
        if (p[1].revents)
            return;
    }
}

DO(await_ready)
{
    (void)s;
    (void)e;
    notify_wait(r->notify, u->manager, r->pid[INIT], r->pidfd[INIT]);
    clean_fd(&r->notify);
    return 0;
}
