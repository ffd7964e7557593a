/* cli/edit-process.c - the options about the program: its words, variables, ids and powers. */
#include <ctype.h>
#include <string.h>

#include "base/clean.h"
#include "cli/edit-parts.h"
#include "spec/names.h"

/* ---- variables ---- */

static bool same_name(const char *a, const char *b)
{
    size_t n = strcspn(a, "=");

    return strncmp(a, b, n) == 0 && strcspn(b, "=") == n;
}

static void set_variable(struct editor *x, const char *variable)
{
    struct texts *env = &editor_process(x)->env;

    for (size_t i = 0; i < env->n; i++)
        if (same_name(env->v[i], variable)) {
            env->v[i] = variable;
            return;
        }
    env->set = true;
    *LIST_ADD(x->a, env) = variable;
}

/* A name alone: what the caller has, if he has it. */
static void take_variable(struct editor *x, const char *name)
{
    for (const char *const *v = x->place->env; v && *v; v++)
        if (strchr(*v, '=') && same_name(*v, name)) {
            set_variable(x, *v);
            return;
        }
}

/* One line of --env-file: nothing is quoted, and what stands behind the first = is the value. */
static int read_line(struct editor *x, const char *file, const char *line, size_t n, size_t number,
                     struct err *e)
{
    const char *variable;

    if (n && line[n - 1] == '\r')
        n--;
    while (n && strchr(" \t", *line)) {
        line++;
        n--;
    }
    if (!n || *line == '#')
        return 0;
    variable = arena_copy(x->a, line, n);
    if (*variable == '=')
        return err_set(e, 0, "--env-file %s: line %zu: the name is missing", file, number);
    if (strcspn(variable, " \t") < strcspn(variable, "="))
        return err_set(e, 0, "--env-file %s: line %zu: a blank in the name", file, number);
    if (strchr(variable, '='))
        set_variable(x, variable);
    else
        take_variable(x, variable);
    return 0;
}

static int read_env_file(struct editor *x, const char *file, const char *text, struct err *e)
{
    static const char mark[] = "\xef\xbb\xbf"; /* what editors of other systems put in front */

    if (text_starts(text, mark))
        text += strlen(mark);
    for (size_t number = 1; *text; number++) {
        size_t n = strcspn(text, "\n");

        TRY(read_line(x, file, text, n, number, e));
        text += n + (text[n] == '\n');
    }
    return 0;
}

static int edit_env(struct editor *x, struct err *e)
{
    const struct edit *edit = x->edit;

    for (size_t i = 0; i < x->place->env_files.n; i++)
        TRY(read_env_file(x, edit->env_files.v[i], x->place->env_files.v[i], e));
    for (size_t i = 0; i < edit->env.n; i++) {
        const char *variable = edit->env.v[i];

        if (!*variable || *variable == '=')
            return err_set(e, 0, "--env: wants NAME=VALUE or NAME, found \"%s\"", variable);
        if (strchr(variable, '='))
            set_variable(x, variable);
        else
            take_variable(x, variable);
    }
    return 0;
}

/* ---- ids ---- */

/* Numbers and nothing else: a name, a sign, a blank would come out as 0 somewhere. */
int edit_user(struct arena *a, const char *text, struct spec_user *u, struct err *e)
{
    const char *colon = strchr(text, ':');
    const char *uid = colon ? arena_copy(a, text, (size_t)(colon - text)) : text;

    if (text_id(uid, &u->uid) && (!colon || text_id(colon + 1, &u->gid)))
        return 0;
    err_set(e, 0, "--user: wants UID or UID:GID, in digits, found \"%s\"", text);
    if (isalpha((unsigned char)*text))
        err_hint(e, "the numbers of names are in etc/passwd of the root directory");
    return -1;
}

/* ---- capabilities ---- */

#define ALL "ALL"

static bool is_all(const struct texts *list)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcasecmp(list->v[i], ALL) == 0)
            return true;
    return false;
}

/* The names of the config for those of an option; ALL is left out. */
static int read_caps(struct editor *x, const char *option, const struct texts *from,
                     struct texts *out, struct err *e)
{
    for (size_t i = 0; i < from->n; i++) {
        char *name = arena_printf(x->a, "%s%s", strncasecmp(from->v[i], "CAP_", 4) ? "CAP_" : "",
                                  from->v[i]);
        const char *near;

        if (strcasecmp(from->v[i], ALL) == 0)
            continue;
        for (char *c = name; *c; c++)
            *c = (char)toupper((unsigned char)*c);
        near = names_nearest(spec_capability_names, name);
        if (!names_find(spec_capability_names, name)) {
            err_set(e, 0, "--%s: there is no capability \"%s\"", option, from->v[i]);
            return near ? err_hint(e, "did you mean %s?", near) : -1;
        }
        *LIST_ADD(x->a, out) = name;
    }
    return 0;
}

/* One set without the one and with the other list. */
static struct texts change_set(struct editor *x, const struct texts *set, const struct texts *add,
                               const struct texts *drop)
{
    bool none = is_all(&x->edit->cap_drop), all = is_all(&x->edit->cap_add);
    struct texts out = { .set = true };

    for (size_t i = 0; i < set->n && !none; i++)
        if (!text_list_has(drop, set->v[i]))
            *LIST_ADD(x->a, &out) = set->v[i];
    for (const struct name *cap = spec_capability_names; all && add && cap->name; cap++)
        if (!text_list_has(&out, cap->name) && !text_list_has(drop, cap->name))
            *LIST_ADD(x->a, &out) = cap->name;
    for (size_t i = 0; add && i < add->n; i++)
        if (!text_list_has(&out, add->v[i]))
            *LIST_ADD(x->a, &out) = add->v[i];
    return out;
}

/* A user who is not root keeps over exec what is ambient, and nothing else. */
static void change_caps(struct editor *x, const struct texts *add, const struct texts *drop)
{
    struct spec_process *p = editor_process(x);
    struct spec_capabilities *c = ARENA_NEW(x->a, struct spec_capabilities);
    const struct texts *kept = p->user.uid ? add : NULL;

    if (p->capabilities)
        *c = *p->capabilities;
    c->bounding = change_set(x, &c->bounding, add, drop);
    c->effective = change_set(x, &c->effective, add, drop);
    c->permitted = change_set(x, &c->permitted, add, drop);
    c->inheritable = change_set(x, &c->inheritable, kept, drop);
    c->ambient = change_set(x, &c->ambient, kept, drop);
    p->capabilities = c;
}

static int edit_caps(struct editor *x, struct err *e)
{
    const struct edit *edit = x->edit;
    struct texts add = { 0 }, drop = { 0 };

    if (!edit->cap_add.n && !edit->cap_drop.n)
        return 0;
    TRY(read_caps(x, "cap-add", &edit->cap_add, &add, e));
    TRY(read_caps(x, "cap-drop", &edit->cap_drop, &drop, e));
    if (is_all(&edit->cap_add) && is_all(&edit->cap_drop))
        return err_set(e, 0, "--cap-add ALL and --cap-drop ALL exclude each other");
    for (size_t i = 0; i < add.n; i++)
        if (text_list_has(&drop, add.v[i]))
            return err_set(e, 0, "--cap-add %s and --cap-drop %s exclude each other", add.v[i],
                           add.v[i]);
    change_caps(x, &add, &drop);
    return 0;
}

/* ---- all ---- */

int edit_process(struct editor *x, const struct texts *command, struct err *e)
{
    const struct edit *edit = x->edit;

    if (command->set && command->n == 0)
        return err_set(e, 0, "no command behind --");
    if (command->set)
        editor_process(x)->args = *command;
    if (edit->tty && edit->no_tty)
        return err_set(e, 0, "--tty and --no-tty exclude each other");
    if (edit->tty || edit->no_tty)
        editor_process(x)->terminal = edit->tty;
    if (edit->cwd && *edit->cwd != '/')
        return err_set(e, 0, "--cwd: wants an absolute path, found \"%s\"", edit->cwd);
    if (edit->cwd)
        editor_process(x)->cwd = edit->cwd;
    if (edit->user)
        TRY(edit_user(x->a, edit->user, &editor_process(x)->user, e));
    TRY(edit_env(x, e));
    return edit_caps(x, e);
}
