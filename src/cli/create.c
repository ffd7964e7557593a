/* cli/create.c - makes a container up to its program, which start starts. */
#include "cli/container.h"
#include "cli/start.h"
#include "run/run.h"

struct create_options {
    struct start_options start;
};

/* clang-format off */
static const struct option_row options[] = {
    START_OPTIONS(struct create_options, start),
    SOCKET_OPTIONS(struct create_options, start),
    EDIT_OPTIONS(struct create_options, start.edit),
    { 0 },
};
/* clang-format on */

static int run(struct call *c, struct err *e)
{
    const struct create_options *o = c->options;
    struct start *s = ARENA_NEW(c->arena, struct start);

    if (o->start.print_config)
        return start_print_config(c, &o->start, c->operands.v[0], s, e);
    s->runs = true;
    s->creates = true;
    return start_do(c, &o->start, c->operands.v[0], s, e);
}

static const char *const examples[] = { "rcrun create web", "rcrun create --bundle /srv/web web", NULL };

const struct command command_create = {
    .name = "create",
    .usage = "[OPTION...] ID [-- COMMAND [ARG...]]",
    .sentence = "Makes a container; its program waits for the start command.",
    .line = "make a container, up to its program",
    .options = options,
    .size = sizeof(struct create_options),
    .least = 1,
    .most = 1,
    .operand = "container id",
    .takes_command = true,
    .examples = examples,
    .run = run,
};
