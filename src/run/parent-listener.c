/* run/parent-listener.c
 * Runs in:  the launcher, or the start command in its place.    Power: the caller's.
 * Must:     see that somebody has the listener before init goes on. */
#include "run/listener.h"

#include <sys/socket.h>

#include "base/clean.h"
#include "base/fd.h"
#include "base/json-write.h"
#include "base/socket.h"
#include "run/wire.h"

static void write_message(struct text *out, const struct listener *l)
{
    struct json_out j;

    json_start(&j, out, false);
    json_open(&j, '{');
    json_key(&j, "ociVersion");
    json_text(&j, STATE_OCI_VERSION);
    json_key(&j, "fds");
    json_open(&j, '[');
    json_text(&j, "seccompFd");
    json_close(&j);
    json_key(&j, "pid");
    json_i64(&j, l->pid);
    if (l->metadata) {
        json_key(&j, "metadata");
        json_text(&j, l->metadata);
    }
    json_close(&j);
    /* The state is JSON already; it takes the place of the last brace. */
    out->n--;
    text_printf(out, ",\"state\":%s}", l->state);
}

int listener_send(const struct listener *l, int fd, struct err *e)
{
    OWN_TEXT message = { 0 };
    OWN_FD sock = -1;

    write_message(&message, l);
    if (socket_connect(l->path, SOCK_STREAM, &sock, e) < 0)
        return err_ctx(e, "seccomp listener");
    if (fd_send(sock, message.s, message.n, fd, e) < 0)
        return err_ctx(e, "seccomp listener %s", l->path);
    return 0;
}

DO(send_listener)
{
    struct letter taken = { 0 };
    const struct letter delivered = { .msg = MSG_DELIVERED };
    OWN_TEXT state = { 0 };
    OWN_FD fd = -1;
    struct listener l = { .path = u->path, .metadata = u->metadata, .pid = r->pid[INIT] };

    (void)s;
    TRY(wire_await(r, INIT, MSG_LISTENER, &taken, &fd, e));
    /* That of exec is known already. */
    l.state = r->plan->container;
    if (!l.state) {
        state_write_oci(&state, &r->state,
                        text_is(u->status, "created") ? STATUS_CREATED : STATUS_CREATING,
                        r->pid[INIT], false);
        l.state = state.s;
    }
    TRY(listener_send(&l, fd, e));
    return wire_tell(r, INIT, &delivered, -1, e);
}
