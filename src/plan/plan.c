#include "plan/make.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const step_names[STEP_KINDS] = {
#define STEP(name, process, undo, fields) [STEP_##name] = #name,
#include "plan/steps.def"
};

const char *const process_names[PROCESSES] = {
    [PARENT] = "parent",
    [SETUP] = "setup",
    [INIT] = "init",
};

const char *const message_names[MSG_ERROR + 1] = {
    [MSG_NONE] = "none",           [MSG_USERNS_MADE] = "userns-made",
    [MSG_PREPARED] = "prepared", [MSG_INIT_PID] = "init-pid",
    [MSG_CONSOLE] = "console",     [MSG_NAMESPACES] = "namespaces",
    [MSG_READY_SOCKET] = "ready-socket",
    [MSG_TAP] = "tap",             [MSG_NET_READY] = "net-ready",
    [MSG_FUSE] = "fuse",           [MSG_USER_NS] = "user-ns",
    [MSG_FUSE_MOUNT] = "fuse-mount", [MSG_ROOT_WORKS] = "root-works",
    [MSG_SOURCE] = "source",       [MSG_MAPPED] = "mapped",
    [MSG_HOOKED] = "hooked",       [MSG_CREATED] = "created",
    [MSG_GO] = "go",               [MSG_LISTENER] = "listener",
    [MSG_DELIVERED] = "delivered", [MSG_ERROR] = "error",
};

bool plan_has(const struct plan *p, enum step_kind kind)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->v[i].kind == kind)
            return true;
    return false;
}

struct step *plan_add(struct maker *m, enum step_kind kind, enum process at, const char *why)
{
    struct step *s = LIST_ADD(m->a, m->p);

    s->kind = kind;
    s->at = at;
    s->why = why;
    return s;
}

void plan_meet(struct maker *m, enum process from, enum process to, enum message msg,
               const char *why)
{
    ADD(m, tell, from, why)->msg = msg;
    ADD(m, await, to, why)->msg = msg;
}

static __attribute__((format(printf, 3, 0))) void say(struct maker *m, struct texts *list, const char *fmt, va_list ap)
{
    char line[700];

    vsnprintf(line, sizeof line, fmt, ap);
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->v[i], line) == 0)
            return;
    *LIST_ADD(m->a, list) = arena_text(m->a, line);
}

void plan_warn(struct maker *m, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say(m, &m->p->warnings, fmt, ap);
    va_end(ap);
}

const char *plan_stop(struct maker *m, const struct path_fact *fact)
{
    return arena_printf(m->a, "%s, which belongs to uid %u and gid %u and has mode %04o",
                        fact->stop, fact->uid, fact->gid, fact->mode);
}

void plan_note(struct maker *m, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say(m, &m->p->notes, fmt, ap);
    va_end(ap);
}

const char *plan_at(struct maker *m, const char *list, size_t i)
{
    return arena_printf(m->a, "%s[%zu]", list, i);
}

const char *map_text(struct arena *a, const struct id_map *map)
{
    const char *text = "";

    for (size_t i = 0; i < map->n; i++)
        text = arena_printf(a, "%s%s%u:%u:%u", text, i ? " " : "", map->v[i].inside,
                            map->v[i].outside, map->v[i].size);
    return text;
}

bool spec_namespace(const struct spec *s, uint32_t type, const char **path)
{
    if (path)
        *path = NULL;
    for (size_t i = 0; s->linux_ && i < s->linux_->namespaces.n; i++) {
        const struct spec_namespace *ns = &s->linux_->namespaces.v[i];

        if ((uint32_t)ns->type.value != type)
            continue;
        if (path && ns->path && *ns->path)
            *path = ns->path;
        return true;
    }
    return false;
}

bool unprivileged(const struct maker *m)
{
    return m->user_ns || m->f->userns.in_child;
}

bool makes(const struct maker *m, uint32_t type)
{
    return (m->create & type) != 0;
}
