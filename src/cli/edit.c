#include "cli/edit.h"

static struct spec_root *root_of(struct arena *a, struct spec *s)
{
    if (!s->root)
        s->root = ARENA_NEW(a, struct spec_root);
    return s->root;
}

static struct spec_process *process_of(struct arena *a, struct spec *s)
{
    if (!s->process) {
        s->process = ARENA_NEW(a, struct spec_process);
        s->process->cwd = "/";
    }
    return s->process;
}

int edit_spec(struct arena *a, const struct edit *edit, const struct texts *command, struct spec *s,
              struct err *e)
{
    if (edit->ro && edit->rw)
        return err_set(e, 0, "--ro and --rw exclude each other");
    if (edit->ro || edit->rw)
        root_of(a, s)->readonly = edit->ro;
    if (command->set && command->n == 0)
        return err_set(e, 0, "no command behind --");
    if (command->set)
        process_of(a, s)->args = *command;
    return 0;
}
