#include "cli/command.h"

#include <string.h>

/* clang-format off */
const struct command_row commands[] = {
    { "Commands that start a container", &command_run },
    { NULL, &command_create },
    { NULL, &command_start },
    { "Commands for containers that are there", &command_list },
    { NULL, &command_state },
    { NULL, &command_ps },
    { NULL, &command_events },
    { NULL, &command_exec },
    { NULL, &command_kill },
    { NULL, &command_pause },
    { NULL, &command_resume },
    { NULL, &command_update },
    { NULL, &command_port },
    { NULL, &command_delete },
    { NULL, &command_checkpoint },
    { NULL, &command_restore },
    { "Commands for root directories", &command_unpack },
    { NULL, &command_remap },
    { NULL, &command_unshare },
    { "Commands that prepare and tell", &command_spec },
    { NULL, &command_explain },
    { NULL, &command_check },
    { NULL, &command_features },
    { NULL, &command_help },
    { NULL, NULL },
};
/* clang-format on */

const struct command *command_find(const char *name)
{
    for (const struct command_row *row = commands; row->command; row++)
        if (strcmp(row->command->name, name) == 0)
            return row->command;
    return NULL;
}

/* ---- words that are no commands ---- */

/* What people know from other tools. */
/* clang-format off */
static const struct stranger {
    const char *name;
    const char *answer;
} strangers[] = {
    { "pull", NULL },
    { "push", NULL },
    { "build", NULL },
    { "images", NULL },
    { "image", NULL },
    { "commit", NULL },
    { "stop", "the command is kill" },
    { "rm", "the command is delete" },
    { "inspect", "the command is state" },
    { "ls", "the command is list" },
    { "top", "the command is ps" },
    { "stats", "the command is events" },
    { "unpause", "the command is resume" },
    { "attach", "the command is exec -t, which runs another program on your terminal" },
    { "mounts", "not supported; see rcrun(1) COMPATIBILITY" },
    { NULL, NULL },
};
/* clang-format on */

static const char *const no_images =
    "rcrun starts root directories, it does not fetch images; see rcrun(1) ROOT DIRECTORIES";

static const char *nearest(const char *name)
{
    const char *found = NULL;
    unsigned best = 3;

    for (const struct command_row *row = commands; row->command; row++) {
        unsigned far = names_distance(row->command->name, name);

        if (far < best) {
            best = far;
            found = row->command->name;
        }
    }
    return found;
}

int command_unknown(const char *name, struct err *e)
{
    const char *near = nearest(name);

    for (const struct stranger *s = strangers; s->name; s++)
        if (strcmp(s->name, name) == 0)
            return err_set(e, 0, "%s: %s", name, s->answer ? s->answer : no_images);
    if (near)
        return err_set(e, 0, "unknown command %s (did you mean %s?)", name, near);
    return err_set(e, 0, "unknown command %s", name);
}
