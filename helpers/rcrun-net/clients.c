#include "clients.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clean.h"

struct client {
    struct clients *all;
    size_t place;
    struct watch w;
    struct timer late;
    char question[CLIENT_QUESTION_MAX + 1];
    size_t n;
    struct text answer;
    size_t sent;
};

static void drop(struct client *c)
{
    events_forget(c->all->ev, &c->w);
    events_untimer(c->all->ev, &c->late);
    clean_fd(&c->w.fd);
    text_free(&c->answer);
    c->all->v[c->place] = NULL;
    free(c);
}

static void on_late(struct timer *t)
{
    drop(t->of);
}

/* As much of the answer as is taken. */
static void tell(struct client *c)
{
    struct err ignored;
    ssize_t n = send(c->w.fd, c->answer.s + c->sent, c->answer.n - c->sent, MSG_NOSIGNAL);

    if (n > 0)
        c->sent += (size_t)n;
    if (c->sent == c->answer.n || (n < 0 && errno != EAGAIN && errno != EINTR) ||
        events_watch(c->all->ev, &c->w, EPOLLOUT, &ignored) < 0)
        drop(c);
}

static void ask(struct client *c)
{
    c->question[c->n] = '\0';
    c->all->answer(c->all->of, c->question, &c->answer);
    if (c->answer.n)
        tell(c);
    else
        drop(c);
}

static void on_ready(struct watch *w, uint32_t events)
{
    struct client *c = w->of;
    char *end;
    ssize_t n;

    if (c->answer.n) {
        tell(c);
        return;
    }
    (void)events;
    n = recv(w->fd, c->question + c->n, CLIENT_QUESTION_MAX - c->n, 0);
    if (n < 0) {
        if (errno != EAGAIN && errno != EINTR)
            drop(c);
        return;
    }
    c->n += (size_t)n;
    end = c->all->whole ? NULL : memchr(c->question, '\n', c->n);
    if (end)
        c->n = (size_t)(end - c->question);
    /* Too long is cut, and no question then. */
    if (end || n == 0 || c->n == CLIENT_QUESTION_MAX)
        ask(c);
}

static bool is_ours(int fd)
{
    struct ucred who;
    socklen_t size = sizeof who;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 &&
           (who.uid == 0 || who.uid == geteuid());
}

static void on_client(struct watch *w, uint32_t events)
{
    struct clients *all = w->of;
    OWN_FD fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct client *c;
    struct err ignored;
    size_t place = 0;

    (void)events;
    while (place < CLIENTS_MAX && all->v[place])
        place++;
    if (fd < 0 || place == CLIENTS_MAX || !is_ours(fd))
        return;
    c = calloc(1, sizeof *c);
    if (!c)
        return;
    c->all = all;
    c->place = place;
    all->v[place] = c;
    c->w = (struct watch){ .fd = give_fd(&fd), .ready = on_ready, .of = c };
    c->late = (struct timer){ .fire = on_late, .of = c };
    events_timer(all->ev, &c->late, all->ev->now_ms + CLIENT_PATIENCE_MS);
    if (events_watch(all->ev, &c->w, EPOLLIN, &ignored) < 0)
        drop(c);
}

int clients_open(struct clients *c, struct events *ev, int own_fd, bool whole,
                 void (*answer)(void *of, const char *question, struct text *out), void *of,
                 struct err *e)
{
    *c = (struct clients){
        .ev = ev,
        .socket = { .fd = own_fd, .ready = on_client, .of = c },
        .whole = whole,
        .answer = answer,
        .of = of,
    };
    /* Who asked may be gone until we look; the flag is the socket's, whoever else has it. */
    if (fcntl(own_fd, F_SETFL, O_NONBLOCK) < 0)
        return err_set(e, errno, "control socket");
    return events_watch(ev, &c->socket, EPOLLIN, e);
}

void clients_close(struct clients *c)
{
    if (!c->ev)
        return;
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        if (c->v[i])
            drop(c->v[i]);
    events_forget(c->ev, &c->socket);
    clean_fd(&c->socket.fd);
    c->ev = NULL;
}
