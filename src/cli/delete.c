/* cli/delete.c - removes what is left of a container. */
#include <errno.h>

#include "base/clean.h"
#include "cli/bundle.h"
#include "cli/net.h"
#include "cli/userns.h"
#include "plan/plan.h"
#include "run/state.h"

struct delete_options {
    bool force;
};

/* clang-format off */
static const struct option_row options[] = {
    { "force", 'f', OPTION_FLAG, offsetof(struct delete_options, force), NULL,
      "end it first; an id that is not there is no error", GROUP_PLAIN, NULL },
    { 0 },
};
/* clang-format on */

/* Read before the state is removed, run after it. */
static struct hooks poststop_of(struct call *c, const struct container *x)
{
    struct spec *s = ARENA_NEW(c->arena, struct spec);
    struct err e = { 0 };

    if (container_spec(c, x, s, &e) < 0)
        return (struct hooks){ 0 };
    return plan_poststop(c->arena, s, x->state.bundle);
}

/* Whose state cannot be read can still be removed. */
static int remove_unreadable(struct container *x, struct err *e)
{
    struct err fresh = { 0 };

    if (x->entry.dir < 0 || store_remove(x->root, &x->entry, NULL, &fresh) < 0)
        return -1;
    err_clear(e);
    return 0;
}

/* The upper layer of an overlay that is thrown away.  When it cannot be removed the container stays,
 * so that one can see to it and come again. */
static int remove_upper(struct call *c, const struct container *x, struct err *e)
{
    struct spec *s = ARENA_NEW(c->arena, struct spec);
    struct userns_map map = { 0 };
    struct err none = { 0 };

    if (!x->state.upper)
        return 0;
    if (container_spec(c, x, s, &none) == 0)
        map.config = s;
    if (userns_remove(c, x->state.upper, &map, e) == 0)
        return 0;
    return e->num == ENOENT ? (err_clear(e), 0) : err_ctx(e, "container %s: upper layer", x->entry.id);
}

static int run(struct call *c, struct err *e)
{
    const struct delete_options *o = c->options;
    OWN_CONTAINER x = CONTAINER_NONE;
    OWN_FD net = -1;
    struct hooks hooks;
    bool won;

    TRY(id_check(c->operands.v[0], e));
    if (container_open(c, c->operands.v[0], true, &x, e) < 0) {
        if (o->force && e->num == ENOENT && x.entry.dir < 0)
            return 0;
        return o->force ? remove_unreadable(&x, e) : -1;
    }
    if (x.status != STATUS_STOPPED && !o->force) {
        err_set(e, 0, "cannot delete container %s that is not stopped: %s", x.entry.id,
                status_names[x.status]);
        return err_hint(e, "rcrun delete --force %s ends it first", x.entry.id);
    }
    hooks = poststop_of(c, &x);
    net = net_hold(c, &x.entry, &x.state);
    TRY(container_end(c, &x, e));
    net_wait_end(&x.entry, &x.state, net);
    TRY(remove_upper(c, &x, e));
    TRY(store_remove(x.root, &x.entry, &won, e));
    if (won)
        run_poststop(&hooks, &x.state);
    return 0;
}

static const char *const examples[] = { "rcrun delete web", "rcrun delete --force web", NULL };

const struct command command_delete = {
    .name = "delete",
    .usage = "[OPTION...] ID",
    .sentence = "Removes what is left of a container that has stopped.",
    .line = "remove a container",
    .options = options,
    .size = sizeof(struct delete_options),
    .least = 1,
    .most = 1,
    .operand = "container id",
    .examples = examples,
    .run = run,
};
