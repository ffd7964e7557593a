/* cli/state.c - prints the state of a container. */
#include "cli/net.h"
#include "cli/out.h"

static int run(struct call *c, struct err *e)
{
    OWN_CONTAINER x = CONTAINER_NONE;
    OWN_TEXT out = { 0 };

    TRY(container_open(c, c->operands.v[0], false, &x, e));
    if (x.status == STATUS_RUNNING)
        net_tell(c, &x.entry, &x.state, true);
    x.state.owner = container_owner(c, x.state.uid);
    state_write_oci(&out, &x.state, x.status, x.state.init.pid, true);
    return out_text(&out, e);
}

static const char *const examples[] = { "rcrun state web", NULL };

const struct command command_state = {
    .name = "state",
    .usage = "ID",
    .sentence = "Prints the state of a container, as JSON.",
    .line = "print the state of a container",
    .least = 1,
    .most = 1,
    .operand = "container id",
    .examples = examples,
    .run = run,
};
