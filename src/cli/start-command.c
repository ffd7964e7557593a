/* cli/start-command.c - starts the program of a container that was created. */
#include <errno.h>

#include "base/clean.h"
#include "base/log.h"
#include "cli/container.h"
#include "host/service.h"
#include "plan/plan.h"
#include "run/hook.h"
#include "run/notify.h"
#include "run/state.h"
#include "spec/names.h"

static int poststart(struct call *c, const struct container *x, const struct spec *s, struct err *e)
{
    struct hooks hooks = plan_poststart(c->arena, s, x->state.bundle);
    OWN_TEXT text = { 0 };

    state_write_oci(&text, &x->state, STATUS_RUNNING, x->state.init.pid, false);
    for (size_t i = 0; i < hooks.n; i++)
        if (hook_run(&hooks.v[i], text.s, text.n, x->state.bundle, -1, NULL, e) < 0)
            return err_ctx(e, "hooks.poststart[%zu]", i);
    return 0;
}

static int start(struct container *x, const struct spec *s, int *notify, struct err *e)
{
    OWN_TEXT state = { 0 };
    struct listener l = { .path = spec_listener(s),
                          .metadata = spec_listener_metadata(s),
                          .pid = x->state.init.pid };

    state_write_oci(&state, &x->state, STATUS_CREATED, x->state.init.pid, false);
    l.state = state.s;
    return run_start(&x->entry, &l, notify, e);
}

/* A container whose start failed is stopped, and its poststop hooks run. */
static int stop(struct call *c, struct container *x, const struct spec *s)
{
    struct hooks hooks = plan_poststop(c->arena, s, x->state.bundle);
    struct err ignored = { 0 };
    bool won;

    (void)container_end(c, x, &ignored);
    (void)store_remove(x->root, &x->entry, &won, &ignored);
    if (won)
        run_poststop(&hooks, &x->state);
    return -1;
}

/* The program runs; when it is ready, the service manager of this command is told. */
static void tell_ready(const struct container *x, int notify)
{
    const char *manager = service_notify();

    if (!manager)
        return;
    if (notify < 0)
        log_warn("NOTIFY_SOCKET: not passed on: it was not set when the container was created");
    else
        notify_wait(notify, manager, (pid_t)x->state.init.pid, x->pidfd);
}

static int run(struct call *c, struct err *e)
{
    OWN_CONTAINER x = CONTAINER_NONE;
    OWN_FD notify = -1;
    struct spec *s = ARENA_NEW(c->arena, struct spec);

    TRY(container_open(c, c->operands.v[0], true, &x, e));
    if (x.status == STATUS_STOPPED)
        return err_set(e, 0, "cannot start a container that has stopped");
    if (x.status == STATUS_CREATING)
        return err_set(e, 0, "cannot start a container that is still being created");
    if (x.status != STATUS_CREATED)
        return err_set(e, 0, "cannot start an already running container");
    TRY(container_spec(c, &x, s, e));
    if (start(&x, s, &notify, e) < 0)
        return e->num == EALREADY ? -1 : stop(c, &x, s);
    if (poststart(c, &x, s, e) < 0)
        return stop(c, &x, s);
    /* That may take long, and others have business with the container. */
    entry_close(&x.entry);
    tell_ready(&x, notify);
    return 0;
}

static const char *const examples[] = { "rcrun start web", NULL };

const struct command command_start = {
    .name = "start",
    .usage = "ID",
    .sentence = "Starts the program of a container that was created.",
    .line = "start the program of a created container",
    .least = 1,
    .most = 1,
    .operand = "container id",
    .examples = examples,
    .run = run,
};
