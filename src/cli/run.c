#include "run/run.h"

#include <string.h>

#include "base/log.h"
#include "cli/out.h"
#include "cli/start.h"
#include "host/hint.h"

struct run_options {
    struct start_options start;
    bool dry_run;
};

/* clang-format off */
static const struct option_row options[] = {
    START_OPTIONS(struct run_options, start),
    { "dry-run", 0, OPTION_FLAG, offsetof(struct run_options, dry_run), NULL,
      "print the steps, do none of them; see rcrun-plan(7)", GROUP_PLAIN, NULL },
    DETACH_OPTIONS(struct run_options, start),
    SOCKET_OPTIONS(struct run_options, start),
    EDIT_OPTIONS(struct run_options, start.edit),
    { 0 },
};
/* clang-format on */

static int print(const struct plan *p, struct err *e)
{
    OWN_TEXT out = { 0 };

    plan_print(&out, p);
    return out_text(&out, e);
}

static int run(struct call *c, struct err *e)
{
    const struct run_options *o = c->options;
    struct start *s = ARENA_NEW(c->arena, struct start);
    const char *id = c->operands.v[0];

    if (o->start.print_config)
        return start_print_config(c, &o->start, id, s, e);
    if (o->start.facts_from && !o->dry_run)
        return err_set(e, 0, "--facts-from goes with --dry-run");
    s->runs = !o->dry_run;
    if (s->runs)
        return start_do(c, &o->start, id, s, e);
    TRY(start_plan(c, &o->start, id, s, e));
    start_close(s);
    return print(&s->plan, e);
}

static const char *const examples[] = {
    "rcrun run web",
    "rcrun run --rootfs /srv/debian --ephemeral -v .:/src web -- /bin/ls /src",
    NULL,
};

const struct command command_run = {
    .name = "run",
    .usage = "[OPTION...] ID [-- COMMAND [ARG...]]",
    .sentence = "Runs a container; in the foreground, the exit status is that of the program.",
    .line = "run a container",
    .options = options,
    .size = sizeof(struct run_options),
    .least = 1,
    .most = 1,
    .operand = "container id",
    .takes_command = true,
    .examples = examples,
    .run = run,
};
