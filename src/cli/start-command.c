/* cli/start-command.c - starts the program of a container that was created. */
#include "cli/container.h"
#include "plan/plan.h"
#include "run/hook.h"
#include "run/state.h"
#include "spec/load.h"

static int read_hooks(struct call *c, const struct container *x, struct spec *s, struct err *e)
{
    const char *text;
    size_t n;

    TRY(store_config(c->arena, &x->entry, &text, &n, e));
    return spec_load(c->arena, STATE_CONFIG, text, n, s, e);
}

static int poststart(struct call *c, const struct container *x, const struct spec *s, struct err *e)
{
    struct hooks hooks;
    OWN_TEXT text = { 0 };

    if (!s->hooks)
        return 0;
    hooks = plan_hooks_of(c->arena, "poststart", &s->hooks->poststart);
    state_write_oci(&text, &x->state, STATUS_RUNNING, x->state.init.pid, false);
    for (size_t i = 0; i < hooks.n; i++)
        if (hook_run(&hooks.v[i], text.s, text.n, x->state.bundle, e) < 0)
            return err_ctx(e, "hooks.poststart[%zu]", i);
    return 0;
}

/* A container whose start failed is stopped, and its poststop hooks run. */
static int stop(struct call *c, struct container *x, const struct spec *s, struct err *e)
{
    struct err ignored = { 0 };

    (void)container_end(x, &ignored);
    if (s->hooks) {
        struct hooks hooks = plan_hooks_of(c->arena, "poststop", &s->hooks->poststop);

        run_poststop(&hooks, &x->state);
    }
    (void)store_remove(x->root, &x->entry, &ignored);
    (void)e;
    return -1;
}

static int run(struct call *c, struct err *e)
{
    OWN_CONTAINER x = CONTAINER_NONE;
    struct spec *s = ARENA_NEW(c->arena, struct spec);

    TRY(container_open(c, c->operands.v[0], true, &x, e));
    if (x.status == STATUS_STOPPED)
        return err_set(e, 0, "cannot start a container that has stopped");
    if (x.status != STATUS_CREATED)
        return err_set(e, 0, "cannot start an already running container");
    TRY(read_hooks(c, &x, s, e));
    if (run_start(&x.entry, e) < 0 || poststart(c, &x, s, e) < 0)
        return stop(c, &x, s, e);
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
