/* cli/start-command.c - starts the program of a container that was created. */
#include <errno.h>

#include "cli/container.h"
#include "plan/plan.h"
#include "run/hook.h"
#include "run/state.h"


static int poststart(struct call *c, const struct container *x, const struct spec *s, struct err *e)
{
    struct hooks hooks;
    OWN_TEXT text = { 0 };

    if (!s->hooks)
        return 0;
    hooks = plan_hooks_of(c->arena, "poststart", &s->hooks->poststart);
    state_write_oci(&text, &x->state, STATUS_RUNNING, x->state.init.pid, false);
    for (size_t i = 0; i < hooks.n; i++)
        if (hook_run(&hooks.v[i], text.s, text.n, x->state.bundle, -1, e) < 0)
            return err_ctx(e, "hooks.poststart[%zu]", i);
    return 0;
}

/* A container whose start failed is stopped, and its poststop hooks run. */
static int stop(struct call *c, struct container *x, const struct spec *s)
{
    struct err ignored = { 0 };
    bool won;

    (void)container_end(c, x, &ignored);
    (void)store_remove(x->root, &x->entry, &won, &ignored);
    if (won && s->hooks) {
        struct hooks hooks = plan_hooks_of(c->arena, "poststop", &s->hooks->poststop);

        run_poststop(&hooks, &x->state);
    }
    return -1;
}

static int run(struct call *c, struct err *e)
{
    OWN_CONTAINER x = CONTAINER_NONE;
    struct spec *s = ARENA_NEW(c->arena, struct spec);

    TRY(container_open(c, c->operands.v[0], true, &x, e));
    if (x.status == STATUS_STOPPED)
        return err_set(e, 0, "cannot start a container that has stopped");
    if (x.status == STATUS_CREATING)
        return err_set(e, 0, "cannot start a container that is still being created");
    if (x.status != STATUS_CREATED)
        return err_set(e, 0, "cannot start an already running container");
    TRY(container_spec(c, &x, s, e));
    if (run_start(&x.entry, e) < 0)
        return e->num == EALREADY ? -1 : stop(c, &x, s);
    return poststart(c, &x, s, e) < 0 ? stop(c, &x, s) : 0;
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
