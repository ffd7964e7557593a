#include "cli/help.h"

#include <string.h>

#include "cli/out.h"

static const char *const group_titles[OPTION_GROUPS] = {
    [GROUP_PLAIN] = "Options",
    [GROUP_SHORT_WAY] = "Short way",
    [GROUP_MORE] = "More edits, see rcrun-run(1)",
};

#define HELP_COMMAND 12
#define HELP_WIDTH 76

static void add_commands(struct text *out)
{
    for (const struct command_row *row = commands; row->command; row++) {
        if (row->title)
            text_printf(out, "%s%s:\n", row == commands ? "" : "\n", row->title);
        text_printf(out, "  %-*s%s\n", HELP_COMMAND, row->command->name, row->command->line);
    }
}

/* A group in each line, or in two where it is long. */
static void add_names(struct text *out)
{
    size_t begin = 0;

    for (const struct command_row *row = commands; row->command; row++) {
        if (row->title)
            text_printf(out, "%s%s:\n ", row == commands ? "" : "\n", row->title);
        if (row->title)
            begin = out->n;
        if (out->n - begin + strlen(row->command->name) > HELP_WIDTH) {
            text_add(out, "\n ");
            begin = out->n;
        }
        text_printf(out, " %s", row->command->name);
    }
    text_add(out, "\n");
}

void help_short(struct text *out)
{
    text_add(out, "Usage: rcrun [OPTION...] COMMAND [ARG...]\n\n");
    add_names(out);
    text_add(out, "\nrcrun --help tells more.\n");
}

void help_program(struct text *out)
{
    text_add(out, "Usage: rcrun [OPTION...] COMMAND [ARG...]\n\n"
                  "Starts OCI containers, without root.\n\n");
    add_commands(out);
    text_add(out, "\nOptions, before the command:\n");
    options_help(out, global_options, GROUP_PLAIN);
    text_add(out, "\nrcrun COMMAND --help tells about a command.\nSee rcrun(1).\n");
}

static bool has_group(const struct option_row *rows, enum option_group group)
{
    /* --help is everywhere. */
    if (group == GROUP_PLAIN)
        return true;
    for (; rows && rows->name; rows++)
        if (rows->group == group)
            return true;
    return false;
}

void help_command(struct text *out, const struct command *c)
{
    text_printf(out, "Usage: rcrun %s%s%s\n\n%s\n", c->name, *c->usage ? " " : "", c->usage,
                c->sentence);
    for (enum option_group g = 0; g < OPTION_GROUPS; g++) {
        if (!has_group(c->options, g))
            continue;
        text_printf(out, "\n%s:\n", group_titles[g]);
        options_help(out, c->options, g);
    }
    text_add(out, "\nExamples:\n");
    for (size_t i = 0; c->examples[i]; i++)
        text_printf(out, "  %s\n", c->examples[i]);
    text_printf(out, "\nSee rcrun-%s(1).\n", c->name);
}

static int run(struct call *c, struct err *e)
{
    OWN_TEXT out = { 0 };
    const struct command *about;

    if (c->operands.n == 0) {
        help_program(&out);
        return out_text(&out, e);
    }
    about = command_find(c->operands.v[0]);
    if (!about)
        return command_unknown(c->operands.v[0], e);
    help_command(&out, about);
    return out_text(&out, e);
}

static const char *const examples[] = { "rcrun help", "rcrun help run", NULL };

const struct command command_help = {
    .name = "help",
    .usage = "[COMMAND]",
    .sentence = "Tells how to call rcrun, or one of its commands.",
    .line = "tell how to call rcrun, or a command",
    .most = 1,
    .operand = "command",
    .examples = examples,
    .run = run,
};
