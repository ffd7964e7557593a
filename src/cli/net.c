#include "cli/net.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/fd.h"
#include "base/json-load.h"
#include "base/json-write.h"
#include "base/log.h"
#include "base/socket.h"
#include "os/process.h"

#define ANSWER_MAX (4u << 20)
#define PATIENCE_S 5

struct answer {
    const char *error, *hint;
    const char *status, *reason;
    int64_t pid; /* of the helper */
    struct net_ports ports;
};

#define T struct net_port
static const struct json_field port_fields[] = {
    J_MUST(T, "proto", proto),
    J_MUST(T, "host", host),
    J(T, "host_port", host_port),
    J(T, "to", to),
    J(T, "port", port),
    J(T, "path", path),
    J_MUST(T, "spec", spec),
    J(T, "flows", flows),
    J(T, "flows_ever", flows_ever),
    J(T, "bytes_in", bytes_in),
    J(T, "bytes_out", bytes_out),
};
static const struct json_type net_port_type = JSON_TYPE(T, port_fields);
#undef T

#define T struct answer
static const struct json_field answer_fields[] = {
    J(T, "error", error),
    J(T, "hint", hint),
    J(T, "status", status),
    J(T, "reason", reason),
    J(T, "pid", pid),
    J_LIST(T, "ports", ports, net_port),
};
static const struct json_type answer_type = JSON_TYPE(T, answer_fields);
#undef T

static int connect_to(const struct entry *x, int *fd, struct err *e)
{
    const struct timeval patience = { .tv_sec = PATIENCE_S };
    struct sockaddr_un address;
    OWN_FD sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    TRY(socket_address_at(x->dir, STATE_NET_SOCKET, &address, e));
    if (sock < 0 || setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0 ||
        setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0 ||
        connect(sock, (void *)&address, sizeof address) < 0)
        return err_set(e, errno, "network of container %s", x->id);
    *fd = give_fd(&sock);
    return 0;
}

static int read_answer(int sock, const char *id, struct text *out, struct err *e)
{
    for (;;) {
        char part[4096];
        ssize_t n = recv(sock, part, sizeof part, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set(e, errno == EAGAIN ? ETIMEDOUT : errno, "network of container %s", id);
        if (n == 0)
            return out->n ? 0 : err_set(e, 0, "network of container %s: no answer", id);
        text_add_n(out, part, (size_t)n);
        if (out->n > ANSWER_MAX)
            return err_set(e, EFBIG, "network of container %s", id);
    }
}

/* One line there, one line back. */
static int ask(struct call *c, const struct entry *x, const char *line, const char **raw,
               struct answer *out, struct err *e)
{
    OWN_FD sock = -1;
    OWN_TEXT said = { 0 };
    const char *question = arena_printf(c->arena, "%s\n", line);

    TRY(connect_to(x, &sock, e));
    if (fd_send(sock, question, strlen(question), -1, e) < 0 ||
        read_answer(sock, x->id, &said, e) < 0)
        return -1;
    *raw = arena_copy(c->arena, said.s, strcspn(said.s, "\n"));
    *out = (struct answer){ 0 };
    TRY(json_load(c->arena, "rcrun-net", *raw, strlen(*raw), &answer_type, out, e));
    if (!out->error)
        return 0;
    err_set(e, 0, "%s", out->error);
    return out->hint ? err_hint(e, "%s", out->hint) : -1;
}

int net_ask_ports(struct call *c, const struct container *x, const char *line,
                  struct net_ports *out, struct err *e)
{
    struct answer answer;
    const char *raw;

    if (x->status == STATUS_STOPPED)
        return container_not_running(x, e);
    if (!x->state.network) {
        err_set(e, 0, "container %s has no network that rcrun made", x->entry.id);
        return err_hint(e, "start it with --net=slirp, or --net=internal for published ports alone");
    }
    if (ask(c, &x->entry, line, &raw, &answer, e) < 0)
        return e->num == ECONNREFUSED ? err_set(e, 0, "the network of container %s is down: rcrun-net "
                                                      "is gone",
                                                x->entry.id)
                                      : -1;
    *out = answer.ports;
    return 0;
}

void net_write_ports(struct text *out, const struct net_ports *ports)
{
    struct json_out j;

    json_start(&j, out, false);
    json_open(&j, '[');
    for (size_t i = 0; i < ports->n; i++)
        json_write(&j, &net_port_type, &ports->v[i]);
    json_close(&j);
}

static void annotate(struct call *c, struct state *s, const char *key, const char *value)
{
    *LIST_ADD(c->arena, &s->annotations) = (struct pair){ key, value };
}

void net_tell(struct call *c, const struct entry *x, struct state *s, bool ports)
{
    struct err e = { 0 };
    struct answer answer;
    const char *raw;
    OWN_TEXT list = { 0 };

    if (!s->network)
        return;
    if (ask(c, x, "status", &raw, &answer, &e) < 0) {
        annotate(c, s, "org.rcrun.network.status", "down");
        annotate(c, s, "org.rcrun.network.reason",
                 e.num == ECONNREFUSED || e.num == ENOENT ? "rcrun-net is gone"
                                                          : arena_text(c->arena, e.text));
        return;
    }
    annotate(c, s, "org.rcrun.network.status", answer.status ? answer.status : "up");
    if (answer.reason)
        annotate(c, s, "org.rcrun.network.reason", answer.reason);
    if (!ports)
        return;
    annotate(c, s, "org.rcrun.network.detail", raw);
    if (ask(c, x, "list", &raw, &answer, &e) < 0)
        return;
    net_write_ports(&list, &answer.ports);
    annotate(c, s, "org.rcrun.network.ports", arena_text(c->arena, list.s));
}

int net_hold(struct call *c, const struct entry *x, const struct state *s)
{
    struct err ignored = { 0 };
    struct answer answer;
    const char *raw;
    int fd = -1;

    if (s->network && ask(c, x, "status", &raw, &answer, &ignored) == 0 && answer.pid > 1)
        (void)os_pidfd_open((pid_t)answer.pid, &fd, &ignored);
    return fd;
}

void net_wait_end(const struct entry *x, const struct state *s, int pidfd)
{
    struct pollfd p = { .fd = pidfd, .events = POLLIN };
    int ready;

    if (pidfd < 0)
        return;
    do
        ready = poll(&p, 1, (int)s->network);
    while (ready < 0 && errno == EINTR);
    if (ready == 0)
        log_warn("container %s: rcrun-net has not ended within %u ms", x->id, s->network);
}
