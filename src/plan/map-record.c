/* plan/map-record.c - the note about the map for which the files of a root directory were made.
 *
 * Three ids tell maps apart: who the caller is, and what the first of the others is outside.  So maps
 * that are written out in a config can be compared as well as words. */
#include "plan/make.h"
#include "spec/names.h"
#include "spec/userns.h"

/* The first id that is not the caller. */
static uint32_t other(uint32_t caller)
{
    return caller == 1 ? 0 : 1;
}

static uint32_t base_of(const struct id_map *map, uint32_t caller)
{
    uint32_t out = 0;

    facts_map_has(map, other(caller), &out);
    return out;
}

int plan_map_record(struct arena *a, const struct spec *s, const struct facts *f,
                    struct map_record *r, struct err *e)
{
    const struct plan_options none = { 0 };
    struct plan p = { 0 };
    struct maker m = { .a = a, .spec = s, .o = &none, .f = f, .p = &p };
    const char *words = spec_annotation(s, ANNOTATION_USERNS);
    struct userns u = { 0 };

    *r = (struct map_record){ 0 };
    TRY(plan_ns_user(&m, e));
    TRY(plan_ids_decide(&m, e));
    if (words)
        TRY(userns_parse(a, words, &u, e));
    facts_map_has_outside(&m.uids, f->self.euid, &r->uid);
    facts_map_has_outside(&m.gids, f->self.egid, &r->gid);
    r->base = base_of(&m.uids, r->uid);
    r->gbase = base_of(&m.gids, r->gid);
    r->kind = u.kind == USERNS_KEEP_ID ? USERNS_KEEP_ID
              : r->base || r->gbase    ? USERNS_DEFAULT
                                       : USERNS_SINGLE;
    return 0;
}

static bool fits(const struct id_map *map, uint32_t own, uint32_t caller, uint32_t base)
{
    uint32_t out;

    if (!facts_map_has(map, caller, &out) || out != own)
        return false;
    return !base || (facts_map_has(map, other(caller), &out) && out == base);
}

static const char *words_of(struct maker *m)
{
    const struct userns u = {
        .kind = m->f->map_record.kind,
        .uid = { m->f->map_record.uid, m->f->map_record.kind == USERNS_KEEP_ID },
        .gid = { m->f->map_record.gid, m->f->map_record.kind == USERNS_KEEP_ID },
    };

    return userns_text(m->a, &u);
}

int plan_map_compare(struct maker *m, struct err *e)
{
    const struct facts *f = m->f;
    uint32_t base = f->map_record.base;

    if (f->map_record.why)
        plan_warn(m, "%s; so nobody knows for which ids the files of the root directory were made",
                  f->map_record.why);
    if (!f->map_record.there || !m->map_known)
        return 0;
    if (fits(&m->uids, f->self.euid, f->map_record.uid, base) &&
        fits(&m->gids, f->self.egid, f->map_record.gid, f->map_record.gbase))
        return 0;
    if (base)
        err_set(e, 0, "root.path: its files were made for --userns %s with subordinate ids from %u "
                      "on, and the container has %s",
                words_of(m), base, map_text(m->a, &m->uids));
    else
        err_set(e, 0, "root.path: its files were made for --userns %s, and the container has %s",
                words_of(m), map_text(m->a, &m->uids));
    if (base && !m->map_given && !f->subid.uids.n)
        return err_hint(e, "more ids come from /etc/subuid and /etc/subgid; see rcrun check");
    if (base && !m->map_given && f->subid.uids.v[0].outside != base)
        return err_hint(e, "the subordinate ids are others now: give them back in /etc/subuid and "
                           "/etc/subgid, or unpack it again");
    return err_hint(e, "run it with --userns %s, or change the files with rcrun remap", words_of(m));
}
