#include <string.h>

#include "base/path.h"
#include "cli/out.h"
#include "cli/start.h"
#include "host/facts-json.h"

enum format { FORMAT_TEXT, FORMAT_JSON };

static const struct name formats[] = {
    { "text", FORMAT_TEXT },
    { "json", FORMAT_JSON },
    { NULL, 0 },
};

struct explain_options {
    struct start_options start;
    int format;
    bool facts;
    const char *why;
};

/* clang-format off */
#define AT(member) offsetof(struct explain_options, member)
static const struct option_row options[] = {
    START_OPTIONS(struct explain_options, start),
    DETACH_OPTIONS(struct explain_options, start),
    SOCKET_OPTIONS(struct explain_options, start),
    { "format", 0, OPTION_WORD, AT(format), "WORD",
      "text or json (default: text)", GROUP_PLAIN, formats },
    { "facts", 0, OPTION_FLAG, AT(facts), NULL,
      "print what was asked of the host, as JSON", GROUP_PLAIN, NULL },
    { "why", 0, OPTION_TEXT, AT(why), "TEXT",
      "print the steps that have TEXT in them", GROUP_PLAIN, NULL },
    EDIT_OPTIONS(struct explain_options, start.edit),
    { 0 },
};
#undef AT
/* clang-format on */

static int add_matching(struct text *out, const struct plan *p, const char *why, struct err *e)
{
    for (size_t i = 0; i < p->n; i++) {
        OWN_TEXT line = { 0 };

        plan_print_step(&line, p, i, true);
        if (line.n && strstr(line.s, why))
            text_printf(out, "%s%s", line.s, line.s[line.n - 1] == '\n' ? "" : "\n");
    }
    if (!out->n)
        return err_set(e, 0, "no step has \"%s\" in it", why);
    return 0;
}

static int explain(struct call *c, const struct explain_options *o, const char *id, struct start *s,
                   struct err *e)
{
    OWN_TEXT out = { 0 };

    if (o->facts) {
        TRY(start_load(c, &o->start, id, s, e));
        facts_write(&out, &s->facts);
        return out_text(&out, e);
    }
    TRY(start_plan(c, &o->start, id, s, e));
    if (o->why)
        TRY(add_matching(&out, &s->plan, o->why, e));
    else if (o->format == FORMAT_JSON)
        plan_print_json(&out, &s->plan);
    else
        plan_explain(&out, &s->plan);
    return out_text(&out, e);
}

static int run(struct call *c, struct err *e)
{
    const struct explain_options *o = c->options;
    struct start *s = ARENA_NEW(c->arena, struct start);
    const char *id = c->operands.n ? c->operands.v[0] : "ID";
    int done;

    if (o->start.print_config)
        return start_print_config(c, &o->start, id, s, e);
    done = explain(c, o, id, s, e);
    start_close(s);
    return done;
}

static const char *const examples[] = {
    "rcrun explain web",
    "rcrun explain --why /proc web",
    NULL,
};

const struct command command_explain = {
    .name = "explain",
    .usage = "[OPTION...] [ID] [-- COMMAND [ARG...]]",
    .sentence = "Tells what run would do with the same options, and why; does nothing.",
    .line = "tell what run would do, and why",
    .options = options,
    .size = sizeof(struct explain_options),
    .most = 1,
    .operand = "container id",
    .takes_command = true,
    .examples = examples,
    .run = run,
};
