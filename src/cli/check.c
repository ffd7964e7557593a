/* cli/check.c - tells what this host lets the caller do. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clean.h"
#include "cli/command.h"
#include "cli/out.h"
#include "cli/start.h"
#include "host/doctor.h"

enum format { FORMAT_TABLE, FORMAT_JSON };

static const struct name formats[] = {
    { "table", FORMAT_TABLE },
    { "json", FORMAT_JSON },
    { NULL, 0 },
};

struct check_options {
    int format;
    bool fix_hints;
    struct start_options start; /* its bundle is all that can be given */
};

/* clang-format off */
#define AT(member) offsetof(struct check_options, member)
static const struct option_row options[] = {
    { "format", 0, OPTION_WORD, AT(format), "WORD",
      "table or json (default: table)", GROUP_PLAIN, formats },
    { "bundle", 'b', OPTION_TEXT, AT(start.bundle), "DIR",
      "plan this bundle as well", GROUP_PLAIN, NULL },
    { "fix-hints", 0, OPTION_FLAG, AT(fix_hints), NULL,
      "print only what to do", GROUP_PLAIN, NULL },
    { 0 },
};
#undef AT
/* clang-format on */

/* ---- the bundle ---- */

static void check_bundle(struct call *c, const struct start_options *o, struct doctor_result *r)
{
    struct start *s = ARENA_NEW(c->arena, struct start);
    struct check *row = LIST_ADD(c->arena, &r->checks);
    struct err e = { 0 };

    row->id = "bundle";
    if (start_plan(c, o, "check", s, &e) == 0) {
        row->status = CHECK_OK;
        row->detail = arena_printf(c->arena, "%s can be run", s->bundle.dir);
    } else {
        row->status = CHECK_FAIL;
        row->detail = arena_text(c->arena, e.text);
        row->hint = e.hint[0] ? arena_text(c->arena, e.hint) : NULL;
        r->verdict = VERDICT_UNUSABLE;
    }
    start_close(s);
}

/* ---- colours ---- */

static bool wants_colour(void)
{
    const char *off = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    return isatty(STDOUT_FILENO) && !(off && *off) && term && *term && !text_is(term, "dumb");
}

static const struct {
    const char *word;
    const char *colour;
} colours[] = { { "ok ", "\033[32m" }, { "warn ", "\033[33m" }, { "fail ", "\033[31m" } };

/* The status at the beginning of a line, and nothing else. */
static void add_coloured(struct text *out, const char *line, size_t n)
{
    for (size_t i = 0; i < COUNT_OF(colours); i++) {
        size_t word = strlen(colours[i].word) - 1;

        if (n <= word || strncmp(line, colours[i].word, word + 1) != 0)
            continue;
        text_printf(out, "%s%.*s\033[0m", colours[i].colour, (int)word, line);
        line += word;
        n -= word;
        break;
    }
    text_add_n(out, line, n);
}

static int print_table(const struct doctor_result *r, struct err *e)
{
    OWN_TEXT plain = { 0 };
    OWN_TEXT coloured = { 0 };

    doctor_print_table(&plain, r);
    if (!wants_colour())
        return out_text(&plain, e);
    for (const char *line = plain.s; line && *line;) {
        size_t n = strcspn(line, "\n");

        n += line[n] == '\n';
        add_coloured(&coloured, line, n);
        line += n;
    }
    return out_text(&coloured, e);
}

static int run(struct call *c, struct err *e)
{
    const struct check_options *o = c->options;
    struct doctor_result r = { 0 };
    OWN_TEXT out = { 0 };

    if (o->fix_hints && o->format == FORMAT_JSON)
        return err_set(e, 0, "--fix-hints: not with --format json, which has the hints");
    doctor_run(c->arena, c->global->root, &r);
    if (o->start.bundle)
        check_bundle(c, &o->start, &r);
    c->status = r.verdict == VERDICT_UNUSABLE;
    if (o->format == FORMAT_TABLE && !o->fix_hints)
        return print_table(&r, e);
    if (o->fix_hints)
        doctor_print_hints(&out, &r);
    else
        doctor_print_json(&out, &r);
    return out_text(&out, e);
}

static const char *const examples[] = { "rcrun check", "rcrun check --format json", NULL };

const struct command command_check = {
    .name = "check",
    .usage = "[OPTION...]",
    .sentence = "Tells what this host lets the caller do, and how to get what is missing.",
    .line = "tell what this host lets you do",
    .options = options,
    .size = sizeof(struct check_options),
    .examples = examples,
    .run = run,
};
