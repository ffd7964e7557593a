#include "cli/userns.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/text.h"
#include "cli/container.h"
#include "cli/out.h"
#include "cli/start.h"
#include "host/hint.h"
#include "host/owners.h"
#include "host/probe.h"
#include "plan/plan.h"
#include "run/run.h"
#include "spec/check.h"
#include "spec/names.h"

/* A config that asks for nothing but the map. */
static struct spec *config_of(struct arena *a, const struct userns_map *map)
{
    const struct spec *from = map->config;
    const char *words = map->words ? map->words : from ? spec_annotation(from, ANNOTATION_USERNS) : NULL;
    struct spec *s = ARENA_NEW(a, struct spec);
    struct spec_namespace *ns;

    s->linux_ = ARENA_NEW(a, struct spec_linux);
    s->process = ARENA_NEW(a, struct spec_process);
    if (words)
        *LIST_ADD(a, &s->annotations) = (struct pair){ ANNOTATION_USERNS, words };
    if (!map->words && from && from->linux_) {
        s->linux_->uid_mappings = from->linux_->uid_mappings;
        s->linux_->gid_mappings = from->linux_->gid_mappings;
        /* Root's containers need not have one. */
        if (!(spec_namespaces(from) & NS_USER))
            return s;
    }
    ns = LIST_ADD(a, &s->linux_->namespaces);
    ns->type = (struct opt_word){ NS_USER, true, "user" };
    return s;
}

static void fill(struct arena *a, const struct userns_command *what, struct spec *s,
                 struct unshare_options *o)
{
    s->process->args = what->args;
    o->mounts = what->mounts;
    o->dir = what->dir;
    for (char **v = environ; v && *v; v++)
        *LIST_ADD(a, &o->env) = *v;
    for (size_t i = 0; i < what->keep_n; i++)
        *LIST_ADD(a, &o->keep) = (uint32_t)what->keep[i];
}

static int make_plan(struct call *c, const struct spec *s, const struct unshare_options *o,
                     const char *facts_from, struct facts *f, struct plan *p, struct err *e)
{
    struct questions q = { 0 };

    plan_want_unshare(c->arena, s, o, &q);
    TRY(facts_from ? start_read_facts(c->arena, facts_from, f, e)
                   : facts_probe(c->arena, &q, NULL, f, e));
    TRY(plan_unshare(c->arena, s, o, f, p, e));
    return plan_check(p, e);
}

static void warn(const struct plan *p)
{
    for (size_t i = 0; i < p->warnings.n; i++)
        log_warn("%s", p->warnings.v[i]);
}

static void add_span(struct text *t, const char *what, const struct id_span *span)
{
    if (!span->any)
        return;
    text_printf(t, "%s%s %u", t->n ? " and " : "", what, span->low);
    if (span->high != span->low)
        text_printf(t, " to %u", span->high);
}

/* What is left may belong to ids that we no longer have, or never had. */
static void name_owners(struct call *c, const struct plan *p, const char *dir, const struct facts *f,
                        struct err *e)
{
    const struct id_map *map[2] = { NULL, NULL };
    OWN_TEXT whose = { 0 };
    OWN_TEXT add = { 0 };
    struct owners left;

    for (size_t i = 0; i < p->n; i++) {
        const struct step *s = &p->v[i];

        if (s->kind == STEP_start_map)
            map[text_is(s->u.start_map.which, "gid")] = &s->u.start_map.map;
        if (s->kind == STEP_write_map)
            map[text_is(s->u.write_map.which, "gid")] = &s->u.write_map.map;
    }
    if (!map[0] || !map[1])
        return;
    owners_beyond(dir, map[0], map[1], &left);
    add_span(&whose, "uid", &left.uids);
    add_span(&whose, "gid", &left.gids);
    if (!whose.n)
        return;
    if (left.uids.any)
        text_printf(&add, " --add-subuids %u-%u", left.uids.low, left.uids.high);
    if (left.gids.any)
        text_printf(&add, " --add-subgids %u-%u", left.gids.low, left.gids.high);
    err_hint(e, "what is left belongs to %s, which are not yours; as root: usermod%s %s", whose.s,
             add.s, container_owner(c, f->self.euid));
}

/* A user namespace may fail for other reasons than the rest, whoever makes it. */
static const char *name_for_hint(const struct step *s)
{
    bool user = s->kind == STEP_unshare && s->u.unshare.create & NS_USER;

    return step_names[user ? STEP_spawn : s->kind];
}

static int run(struct call *c, const struct userns_map *map, const struct userns_command *what,
               struct unshare_options *o, int *status, struct err *e)
{
    struct spec *s = config_of(c->arena, map);
    struct facts *f = ARENA_NEW(c->arena, struct facts);
    struct plan *p = ARENA_NEW(c->arena, struct plan);

    if (what)
        fill(c->arena, what, s, o);
    TRY(make_plan(c, s, o, NULL, f, p, e));
    if (what)
        warn(p);
    if (run_plan(p, c->argv, status, e) == 0)
        return 0;
    if (o->remove && !e->hint[0])
        name_owners(c, p, o->remove, f, e);
    if (e->step > 0 && (size_t)e->step <= p->n)
        hint_find(f, e, &(struct hint_step){ .name = name_for_hint(&p->v[e->step - 1]) });
    return -1;
}

int userns_exec(struct call *c, const struct userns_command *what, int *status, struct err *e)
{
    struct unshare_options o = { 0 };

    return run(c, &what->map, what, &o, status, e);
}

int userns_become(struct call *c, const struct userns_command *what, struct err *e)
{
    struct unshare_options o = { .in_place = true };
    int status;

    return run(c, &what->map, what, &o, &status, e);
}

int userns_tell(struct call *c, const struct userns_command *what, const char *facts_from,
                struct err *e)
{
    struct unshare_options o = { .in_place = true, .only_tell = true };
    struct spec *s = config_of(c->arena, &what->map);
    struct facts *f = ARENA_NEW(c->arena, struct facts);
    struct plan *p = ARENA_NEW(c->arena, struct plan);
    OWN_TEXT out = { 0 };

    fill(c->arena, what, s, &o);
    TRY(make_plan(c, s, &o, facts_from, f, p, e));
    warn(p);
    plan_print(&out, p);
    return out_text(&out, e);
}

int userns_remove(struct call *c, const char *dir, const struct userns_map *map, struct err *e)
{
    struct unshare_options o = { .remove = dir };
    int status = 0;

    TRY(run(c, map, NULL, &o, &status, e));
    return status ? err_set(e, 0, "%s: who removes it ended with status %d", dir, status) : 0;
}

int userns_record(struct call *c, const struct userns_map *map, struct map_record *r, struct err *e)
{
    const struct spec *s = config_of(c->arena, map);
    struct facts *f = ARENA_NEW(c->arena, struct facts);
    struct unshare_options o = { 0 };
    struct questions q = { 0 };

    plan_want_unshare(c->arena, s, &o, &q);
    TRY(facts_probe(c->arena, &q, NULL, f, e));
    return plan_map_record(c->arena, s, f, r, e);
}

int userns_note(struct call *c, const char *bundle, const struct map_record *r, struct err *e)
{
    OWN_TEXT text = { 0 };

    map_record_write(&text, r);
    return file_replace(path_join(c->arena, bundle, MAP_RECORD_FILE), text.s, text.n, 0644, e);
}

/* ---- signals ---- */

static void ending_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGHUP);
}

int userns_hold(struct err *e)
{
    sigset_t set;

    ending_signals(&set);
    return sigprocmask(SIG_BLOCK, &set, NULL) < 0 ? err_set(e, errno, "signals") : 0;
}

void userns_forget(void)
{
    const struct timespec now = { 0 };
    sigset_t set;

    ending_signals(&set);
    while (sigtimedwait(&set, NULL, &now) > 0)
        continue;
}
