#include <errno.h>
#include <stdlib.h>

#include "base/clean.h"
#include "worker-parts.h"

static void answer(struct worker *w, const struct link_packet *p)
{
    struct err ignored;

    if (link_send(w->o->link, p, -1, &ignored) < 0)
        w->keeper_gone = true;
}

/* ---- published ports ---------------------------------------------------------------------- */

static bool is_there(const struct worker *w, uint32_t number)
{
    for (const struct forward *f = w->forwards; f; f = f->next)
        if (f->listener.number == number)
            return true;
    return false;
}

int worker_publish(struct worker *w, const struct listener *l, struct err *e)
{
    struct forward *f;

    if (is_there(w, l->number))
        return 0;
    if (!w->engine) {
        err_set(e, 0, "port %u: an internal network that began without published UDP ports has none later",
                l->host_port);
        return err_hint(e, "publish one when it starts, or use TCP");
    }
    f = malloc(sizeof *f);
    if (!f)
        return err_set(e, ENOMEM, "published port");
    if (engine_publish(w->engine, l->udp, &l->host, l->host_port, &l->to, l->port, e) < 0) {
        free(f);
        return -1;
    }
    *f = (struct forward){ .listener = *l, .next = w->forwards };
    w->forwards = f;
    return 0;
}

static int listen_on(struct worker *w, const struct listener *l, int own_fd, struct err *e)
{
    OWN_FD fd = own_fd;

    if (l->way == WAY_ENGINE)
        return worker_publish(w, l, e);
    if (fd < 0)
        return err_set(e, EBADF, "published port without a socket");
    return splice_listen(w->splice, l, give_fd(&fd), e);
}

static int unlisten(struct worker *w, uint32_t number, struct err *e)
{
    for (struct forward **at = &w->forwards; *at; at = &(*at)->next) {
        struct forward *f = *at;
        struct listener l = f->listener;

        if (l.number != number)
            continue;
        *at = f->next;
        free(f);
        return engine_unpublish(w->engine, l.udp, &l.host, l.host_port, e);
    }
    splice_unlisten(w->splice, number);
    return 0;
}

/* ---- the rest ----------------------------------------------------------------------------- */

static void count(struct worker *w, uint32_t number)
{
    struct link_packet p = { .kind = number ? LINK_COUNT : LINK_COUNTERS, .number = number };

    if (number) {
        splice_count(w->splice, number, &p.count);
    } else {
        p.counters = w->counters;
        p.flows = worker_flows(w);
    }
    answer(w, &p);
}

static void take_mint(struct worker *w, int own_fd)
{
    splice_set_mint(w->splice, own_fd);
    clean_fd(&w->mint);
    w->mint = own_fd;
}

static void obey(struct worker *w, const struct link_packet *p, int own_fd)
{
    struct link_packet done = { .kind = LINK_DONE, .number = p->number };
    OWN_FD fd = own_fd;

    switch (p->kind) {
    case LINK_LISTEN:
        done.number = p->listener.number;
        listen_on(w, &p->listener, give_fd(&fd), &done.error);
        answer(w, &done);
        break;
    case LINK_UNLISTEN:
        unlisten(w, p->number, &done.error);
        answer(w, &done);
        break;
    case LINK_RESOLVERS:
        worker_take_resolvers(w, &p->resolvers);
        break;
    case LINK_TAP:
        if (fd < 0 || w->guest)
            err_set(&done.error, EBADF, "tap");
        else
            worker_take_tap(w, give_fd(&fd), &done.error);
        answer(w, &done);
        break;
    case LINK_MINT:
        take_mint(w, give_fd(&fd));
        break;
    case LINK_ASK:
        count(w, p->number);
        break;
    case LINK_STOP:
        w->stopping = true;
        w->stop_at = w->ev.now_ms + p->number;
        break;
    case LINK_READY: /* what only we say */
    case LINK_FAILED:
    case LINK_WARN:
    case LINK_DONE:
    case LINK_COUNTERS:
    case LINK_COUNT:
        break;
    }
}

static void on_link(struct watch *watch, uint32_t events)
{
    struct worker *w = watch->of;
    struct link_packet p;
    struct err ignored;
    int fd;

    (void)events;
    if (link_receive(w->o->link, &p, &fd, &ignored) == 1)
        obey(w, &p, fd);
    else
        w->keeper_gone = true;
}

int worker_link_open(struct worker *w, struct err *e)
{
    w->link = (struct watch){ .fd = w->o->link, .ready = on_link, .of = w };
    return events_watch(&w->ev, &w->link, EPOLLIN, e);
}
