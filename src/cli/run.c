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
#define LATER(name, letter, arg, why) \
    { name, letter, OPTION_LATER, 0, arg, why, GROUP_HIDDEN, NULL }
static const struct option_row options[] = {
    START_OPTIONS(struct run_options, start),
    { "dry-run", 0, OPTION_FLAG, offsetof(struct run_options, dry_run), NULL,
      "print the steps, do none of them; see rcrun-plan(7)", GROUP_PLAIN, NULL },
    EDIT_OPTIONS(struct run_options, start.edit),
    LATER("detach", 'd', NULL, "run stays in the foreground"),
    LATER("keep", 0, NULL, "nothing of a container stays behind"),
    LATER("console-socket", 0, "SOCKET", "the terminal is that of the caller"),
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

/* What the file system of a step is called, for the hints; NULL when it mounts none. */
static const char *fs_type(const struct step *s)
{
    if (s->kind == STEP_mount_fs)
        return s->u.mount_fs.type;
    if (s->kind == STEP_mount_tmpfs)
        return "tmpfs";
    if (s->kind == STEP_mount_overlay)
        return "overlay";
    return NULL;
}

/* One word with blanks in it, and no such program: "ps -a" was meant as two. */
static void hint_quotes(const struct spec *s, struct err *e)
{
    const struct texts *args = &s->process->args;

    /* Engines read the end of this line, so nothing may be added to it in a log. */
    if (e->hint[0] || log_fd() >= 0 || !text_starts(e->text, "exec: "))
        return;
    if (args->n == 1 && strchr(args->v[0], ' '))
        err_hint(e, "the program and its arguments are one word; write them as several");
}

static void explain_failure(const struct start *s, struct err *e)
{
    const struct step *step = NULL;

    if (e->step > 0 && (size_t)e->step <= s->plan.n)
        step = &s->plan.v[e->step - 1];
    hint_find(&s->facts, e, step ? step_names[step->kind] : NULL, step ? fs_type(step) : NULL);
    hint_quotes(&s->spec, e);
}

static int run_start(struct call *c, const struct run_options *o, struct start *s, struct err *e)
{
    s->runs = !o->dry_run;
    TRY(start_plan(c, &o->start, c->operands.v[0], s, e));
    start_close(s);
    if (o->dry_run)
        return print(&s->plan, e);
    if (run_plan(&s->plan, c->argv, &c->status, e) < 0) {
        explain_failure(s, e);
        return -1;
    }
    return 0;
}

static int run(struct call *c, struct err *e)
{
    const struct run_options *o = c->options;
    struct start *s = ARENA_NEW(c->arena, struct start);
    int done;

    if (o->start.facts_from && !o->dry_run)
        return err_set(e, 0, "--facts-from goes with --dry-run");
    done = run_start(c, o, s, e);
    start_close(s);
    return done;
}

static const char *const examples[] = {
    "rcrun run web",
    "rcrun run --bundle /srv/web --rw web -- /bin/sh -c 'date > /now'",
    NULL,
};

const struct command command_run = {
    .name = "run",
    .usage = "[OPTION...] ID [-- COMMAND [ARG...]]",
    .sentence = "Runs a container in the foreground; its exit status is that of the program.",
    .line = "run a container in the foreground",
    .options = options,
    .size = sizeof(struct run_options),
    .least = 1,
    .most = 1,
    .operand = "container id",
    .takes_command = true,
    .examples = examples,
    .run = run,
};
