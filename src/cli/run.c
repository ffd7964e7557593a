#include "run/run.h"

#include <string.h>

#include "base/log.h"
#include "cli/out.h"
#include "cli/start.h"
#include "host/hint.h"

struct run_options {
    struct start_options start;
    bool dry_run;
    bool detach;
    bool keep;
};

/* clang-format off */
#define LATER(name, letter, arg, why) \
    { name, letter, OPTION_LATER, 0, arg, why, GROUP_HIDDEN, NULL }
static const struct option_row options[] = {
    START_OPTIONS(struct run_options, start),
    { "dry-run", 0, OPTION_FLAG, offsetof(struct run_options, dry_run), NULL,
      "print the steps, do none of them; see rcrun-plan(7)", GROUP_PLAIN, NULL },
    { "detach", 'd', OPTION_FLAG, offsetof(struct run_options, detach), NULL,
      "return when the program runs", GROUP_PLAIN, NULL },
    { "keep", 0, OPTION_FLAG, offsetof(struct run_options, keep), NULL,
      "leave the stopped container for delete", GROUP_PLAIN, NULL },
    CONSOLE_OPTIONS(struct run_options, start),
    EDIT_OPTIONS(struct run_options, start.edit),
    LATER("pidfd-socket", 0, "SOCKET", "use --pid-file"),
    { 0 },
};
#undef LATER
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

    if (o->start.facts_from && !o->dry_run)
        return err_set(e, 0, "--facts-from goes with --dry-run");
    s->detaches = o->detach;
    s->keeps = o->keep;
    s->runs = !o->dry_run;
    if (s->runs)
        return start_do(c, &o->start, id, s, e);
    TRY(start_plan(c, &o->start, id, s, e));
    start_close(s);
    return print(&s->plan, e);
}

static const char *const examples[] = {
    "rcrun run web",
    "rcrun run --bundle /srv/web --rw web -- /bin/sh -c 'date > /now'",
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
