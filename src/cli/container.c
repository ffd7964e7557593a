#include "cli/container.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/file.h"
#include "cli/bundle.h"
#include "cli/processes.h"
#include "host/facts.h"
#include "host/stateroot.h"
#include "host/subid.h"
#include "os/process.h"
#include "spec/load.h"

#define END_MS 10000

int container_root(struct call *c, int *fd, struct err *e)
{
    const char *why = NULL;
    const char *path = state_root_find(c->arena, c->global->root, &why);

    *fd = -1;
    if (!path)
        return facts_no_state_root(why, e);
    *fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (*fd < 0 && errno != ENOENT)
        return err_set(e, errno, "%s", path);
    return 0;
}

void container_look(struct container *x)
{
    clean_fd(&x->pidfd);
    x->status = store_status(&x->entry, &x->state, &x->pidfd);
}

/* With sudo, or with another root, one looks in the wrong place. */
static int hint_elsewhere(struct call *c, const char *id, struct err *e)
{
    const char *root = state_root_other(c->arena, c->global->root, id);
    int num = e->num;

    if (!root)
        return -1;
    err_hint(e, "there is a container %s in %s: use --root %s, as its user", id, root, root);
    e->num = num;
    return -1;
}

int container_open(struct call *c, const char *id, bool lock, struct container *x, struct err *e)
{
    TRY(id_check(id, e));
    TRY(container_root(c, &x->root, e));
    if ((x->root < 0 ? store_not_there(id, e) : store_open(x->root, id, lock, &x->entry, e)) < 0)
        return e->num == ENOENT ? hint_elsewhere(c, id, e) : -1;
    TRY(store_read(c->arena, &x->entry, &x->state, e));
    container_look(x);
    return 0;
}

int container_spec(struct call *c, const struct container *x, struct spec *s, struct err *e)
{
    const char *text;
    size_t n;

    TRY(store_config(c->arena, &x->entry, &x->state, &text, &n, e));
    return spec_load(c->arena, "config", text, n, s, e);
}

void container_close(struct container *x)
{
    clean_fd(&x->pidfd);
    entry_close(&x->entry);
    clean_fd(&x->root);
}

int container_not_running(const struct container *x, struct err *e)
{
    return err_set(e, 0, "container not running: %s", x->entry.id);
}

const char *container_owner(struct call *c, uint32_t uid)
{
    const char *text, *name = NULL;
    struct err ignored = { 0 };
    uint32_t gid;
    size_t n;

    if (file_read(c->arena, AT_FDCWD, "/etc/passwd", JSON_TEXT_MAX, &text, &n, &ignored) == 0 &&
        subid_parse_passwd(c->arena, text, uid, &name, &gid) && name)
        return name;
    return arena_printf(c->arena, "%u", uid);
}

int container_end(struct call *c, struct container *x, struct err *e)
{
    struct pollfd p = { .fd = x->pidfd, .events = POLLIN };
    OWN_FD server = x->state.server ? identity_open(x->state.server) : -1;
    int ready;

    if (x->pidfd < 0) {
        os_end_server(server, -1);
        return 0;
    }
    if (x->state.namespaces & NS_PID)
        TRY(os_pidfd_signal(x->pidfd, SIGKILL, e));
    else
        TRY(processes_signal(c, x, SIGKILL, e));
    os_end_server(server, x->pidfd);
    do
        ready = poll(&p, 1, END_MS);
    while (ready < 0 && errno == EINTR);
    if (ready == 0)
        return err_set(e, ETIMEDOUT, "process %lld of container %s does not end",
                       (long long)x->state.init.pid, x->entry.id);
    container_look(x);
    return 0;
}
