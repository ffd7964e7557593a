/* plan/told.c - what engines and service managers hand over, and what they want to be told:
 * sockets that listen already, readiness, a pidfd. */
#include <linux/mount.h>

#include "plan/make.h"
#include "spec/names.h"

#define NOTIFY_DIR "/run/notify"

static void add_env(struct maker *m, const char *variable)
{
    *LIST_ADD(m->a, &m->more_env) = variable;
}

/* ---- sockets that listen (sd_listen_fds(3)) ---- */

static void decide_listen(struct maker *m)
{
    uint32_t n = m->f->service.listen_fds;

    m->p->preserve_fds = m->o->preserve_fds + n;
    if (!n)
        return;
    add_env(m, arena_printf(m->a, "LISTEN_FDS=%u", n));
    if (m->f->service.listen_names)
        add_env(m, arena_printf(m->a, "LISTEN_FDNAMES=%s", m->f->service.listen_names));
    /* Elsewhere its number is known when it is there. */
    if (makes(m, NS_PID))
        add_env(m, "LISTEN_PID=1");
    else
        m->tells_pid = true;
}

/* ---- readiness (sd_notify(3)) ---- */

static void decide_notify(struct maker *m)
{
    const char *manager = m->f->service.notify;

    if (!manager)
        return;
    if (*manager != '/' && *manager != '@') {
        plan_warn(m, "NOTIFY_SOCKET: %s is not passed on: neither an absolute path nor the name of an "
                     "abstract socket",
                  manager);
        return;
    }
    if (!makes(m, NS_MOUNT)) {
        plan_warn(m, "NOTIFY_SOCKET: not passed on: the container has no mount namespace of its own");
        return;
    }
    m->notify = true;
    add_env(m, "NOTIFY_SOCKET=" NOTIFY_DIR "/notify.sock");
}

void plan_told_decide(struct maker *m)
{
    decide_listen(m);
    decide_notify(m);
}

/* A file system of its own, so that nothing of the host is shown.  Who is going to tell the manager
 * gets the socket: the launcher, or the start command, which has a manager of its own. */
void plan_notify_mount(struct maker *m)
{
    struct step_notify_socket *s;

    if (!m->notify)
        return;
    s = ADD(m, notify_socket, INIT, "NOTIFY_SOCKET");
    s->target = NOTIFY_DIR;
    s->change.set = MOUNT_ATTR_RDONLY;
    plan_default_propagation(m, &s->change);
    if (!m->o->create)
        plan_meet(m, INIT, PARENT, MSG_READY_SOCKET, "NOTIFY_SOCKET");
}

void plan_notify_give(struct maker *m)
{
    if (m->notify)
        ADD_BARE(m, give_notify, INIT, "NOTIFY_SOCKET");
}

/* By who does not stay. */
void plan_notify_wait(struct maker *m)
{
    if (m->notify)
        ADD(m, await_ready, PARENT, "NOTIFY_SOCKET")->manager = m->f->service.notify;
}

/* ---- the pidfd ---- */

const char *plan_pidfd_socket(const struct maker *m)
{
    if (m->o->pidfd_socket || m->o->exec)
        return m->o->pidfd_socket;
    return spec_annotation(m->spec, ANNOTATION_PIDFD_RECEIVER);
}

void plan_send_pidfd(struct maker *m)
{
    const char *path = plan_pidfd_socket(m);
    struct step_send_pidfd *s;

    if (!path)
        return;
    s = ADD(m, send_pidfd, PARENT, m->o->pidfd_socket ? "--pidfd-socket" : "annotations");
    s->path = path;
    /* The words by which receivers tell the two apart. */
    s->words = m->o->exec ? "setns" : "standard";
}
