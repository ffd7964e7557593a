/* cli/pause.c - stops all processes of a container, and lets them go on. */
#include "cli/cgroup.h"

static int pause_it(struct call *c, struct err *e)
{
    OWN_CONTAINER x = CONTAINER_NONE;

    TRY(cgroup_open(c, &x, e));
    cgroup_missing(e);
    err_ctx(e, "cannot pause container %s", x.entry.id);
    return err_hint(e, "rcrun kill %s STOP stops its first process alone", x.entry.id);
}

static int resume_it(struct call *c, struct err *e)
{
    OWN_CONTAINER x = CONTAINER_NONE;

    TRY(cgroup_open(c, &x, e));
    err_set(e, 0, "container not paused: %s", x.entry.id);
    return err_hint(e, "rcrun kill %s CONT continues a first process that a signal has stopped",
                    x.entry.id);
}

static const char *const pause_examples[] = { "rcrun pause web", NULL };
static const char *const resume_examples[] = { "rcrun resume web", NULL };

const struct command command_pause = {
    .name = "pause",
    .usage = "ID",
    .sentence = "Stops all processes of a container.  Not yet: it needs a cgroup.",
    .line = "stop all processes of a container",
    .least = 1,
    .most = 1,
    .operand = "container id",
    .examples = pause_examples,
    .run = pause_it,
};

const struct command command_resume = {
    .name = "resume",
    .usage = "ID",
    .sentence = "Lets the processes of a paused container go on.",
    .line = "let a paused container go on",
    .least = 1,
    .most = 1,
    .operand = "container id",
    .examples = resume_examples,
    .run = resume_it,
};
