#include "cli/command.h"

#include <string.h>

/* clang-format off */
const struct command *const commands[] = {
    &command_run,
    &command_create,
    &command_start,
    &command_state,
    &command_list,
    &command_exec,
    &command_kill,
    &command_delete,
    &command_spec,
    &command_explain,
    &command_check,
    &command_features,
    &command_help,
    NULL,
};
/* clang-format on */

const struct command *command_find(const char *name)
{
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

/* ---- words that are no commands ---- */

/* Commands of an OCI runtime that this version lacks. */
static const char *const absent[] = {
    "ps", "pause", "resume", "update", "events", "checkpoint", "restore", NULL,
};

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
    { "attach", "the commands are logs, and exec -t" },
    { "mounts", "not supported; see rcrun(1) COMPATIBILITY" },
    { NULL, NULL },
};
/* clang-format on */

static const char *const no_images =
    "rcrun starts root directories, it does not fetch images; see rcrun(1) ROOT DIRECTORIES";

static int say_absent(const char *name, struct err *e)
{
    OWN_TEXT list = { 0 };

    for (size_t i = 0; commands[i]; i++)
        text_printf(&list, "%s%s", i ? ", " : "", commands[i]->name);
    return err_set(e, 0, "this version has no %s; it has %s", name, list.s);
}

static const char *nearest(const char *name)
{
    const char *found = NULL;
    unsigned best = 3;

    for (size_t i = 0; commands[i]; i++) {
        unsigned far = names_distance(commands[i]->name, name);

        if (far < best) {
            best = far;
            found = commands[i]->name;
        }
    }
    return found;
}

int command_unknown(const char *name, struct err *e)
{
    const char *near = nearest(name);

    for (size_t i = 0; absent[i]; i++)
        if (strcmp(absent[i], name) == 0)
            return say_absent(name, e);
    for (const struct stranger *s = strangers; s->name; s++)
        if (strcmp(s->name, name) == 0)
            return err_set(e, 0, "%s: %s", name, s->answer ? s->answer : no_images);
    if (near)
        return err_set(e, 0, "unknown command %s (did you mean %s?)", name, near);
    return err_set(e, 0, "unknown command %s", name);
}
