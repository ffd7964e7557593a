/* listener SOCKET DIR [CALL=VALUE ...] - takes listeners of seccomp filters
 * (runtime-spec, config-linux), and answers what they notify.
 *
 * Each connection, by its number: DIR/message.N gets all bytes of it, DIR/how.N what came with the
 * first recvmsg(2).  A CALL is answered with the value, or, below zero, with that error; any other
 * goes on in the kernel.  DIR/calls gets a line "CALL PID" for each that was answered.  SOCKET
 * is there when it can be connected to. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MOST 32

static struct {
    int nr;
    const char *name;
    long long value;
} answers[MOST];
static int answers_n;
static const char *dir;

static void die(const char *what)
{
    fprintf(stderr, "listener: %s: %s\n", what, strerror(errno));
    exit(1);
}

static FILE *open_in_dir(const char *name, int number, const char *mode)
{
    char path[4096];
    FILE *f;

    snprintf(path, sizeof path, number ? "%s/%s.%d" : "%s/%s", dir, name, number);
    f = fopen(path, mode);
    if (!f)
        die(path);
    return f;
}

static int make_socket(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const char *slash = strrchr(path, '/');
    int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char parent[4096];
    int fd;

    snprintf(parent, sizeof parent, "%.*s/", (int)(slash - path), path);
    fd = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        die(parent);
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/new", fd);
    if (sock < 0 || bind(sock, (void *)&address, sizeof address) < 0 || listen(sock, 8) < 0 ||
        renameat(fd, "new", fd, slash + 1) < 0)
        die(path);
    close(fd);
    return sock;
}

/* Returns the descriptor that came, or -1. */
static int take(int sock)
{
    static int number;
    union {
        char bytes[CMSG_SPACE(4 * sizeof(int))];
        struct cmsghdr align;
    } control;
    static char data[1 << 20];
    struct iovec part = { data, sizeof data };
    struct msghdr msg = { .msg_iov = &part,
                          .msg_iovlen = 1,
                          .msg_control = &control,
                          .msg_controllen = sizeof control };
    int conn = accept4(sock, NULL, NULL, SOCK_CLOEXEC);
    ssize_t first = conn < 0 ? -1 : recvmsg(conn, &msg, MSG_CMSG_CLOEXEC);
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
    size_t fds = 0;
    int fd = -1;
    FILE *f, *how;
    ssize_t n;

    if (first < 0)
        die("receive");
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
        fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(&fd, CMSG_DATA(c), sizeof fd);
    }
    number++;
    how = open_in_dir("how", number, "w");
    fprintf(how, "fds=%zu", fds);
    f = open_in_dir("message", number, "w");
    for (n = first; n > 0; n = read(conn, data, sizeof data)) {
        fprintf(how, " %s", n == first ? "first" : "more");
        fwrite(data, 1, (size_t)n, f);
    }
    fprintf(how, " end\n");
    fclose(f);
    fclose(how);
    close(conn);
    return fd;
}

static void answer(int fd)
{
    struct seccomp_notif *q;
    struct seccomp_notif_resp *a;
    FILE *f;

    if (seccomp_notify_alloc(&q, &a) < 0)
        die("memory");
    if (seccomp_notify_receive(fd, q) == 0) {
        a->id = q->id;
        a->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        for (int i = 0; i < answers_n; i++) {
            if (answers[i].nr != q->data.nr)
                continue;
            a->flags = 0;
            if (answers[i].value < 0)
                a->error = (int)answers[i].value;
            else
                a->val = answers[i].value;
            f = open_in_dir("calls", 0, "a");
            fprintf(f, "%s %u\n", answers[i].name, q->pid);
            fclose(f);
        }
        /* Who asked may be gone by now. */
        (void)seccomp_notify_respond(fd, a);
    }
    seccomp_notify_free(q, a);
}

int main(int argc, char *argv[])
{
    struct pollfd p[MOST];
    nfds_t n = 1;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (argc < 3 || argc - 3 > MOST)
        return 2;
    dir = argv[2];
    for (int i = 3; i < argc; i++) {
        char *equals = strchr(argv[i], '=');

        if (!equals)
            return 2;
        *equals = '\0';
        answers[answers_n].name = argv[i];
        answers[answers_n].nr = seccomp_syscall_resolve_name(argv[i]);
        answers[answers_n++].value = strtoll(equals + 1, NULL, 10);
    }
    p[0] = (struct pollfd){ .fd = make_socket(argv[1]), .events = POLLIN };
    for (;;) {
        if (poll(p, n, -1) < 0)
            die("poll");
        for (nfds_t i = 1; i < n; i++) {
            if (p[i].revents & POLLIN)
                answer(p[i].fd);
            else if (p[i].revents)
                close(p[i].fd), p[i].fd = -1;
        }
        if (p[0].revents && n < MOST) {
            int fd = take(p[0].fd);

            if (fd >= 0)
                p[n++] = (struct pollfd){ .fd = fd, .events = POLLIN };
        }
    }
}
