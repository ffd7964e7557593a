/* plan/map.c - which ids the container has: given ones, all subordinate ids, one, or all of them with
 * the caller at another number than 0. */
#include "plan/make.h"
#include "spec/names.h"
#include "spec/userns.h"

void plan_map_add(struct arena *a, struct id_map *map, uint32_t inside, uint32_t outside,
                  uint32_t size)
{
    if (size)
        *LIST_ADD(a, map) = (struct id_range){ inside, outside, size };
}

struct id_map plan_map_given(struct maker *m, const struct spec_id_maps *maps)
{
    struct id_map map = { 0 };

    for (size_t i = 0; i < maps->n; i++)
        plan_map_add(m->a, &map, maps->v[i].container_id, maps->v[i].host_id, maps->v[i].size);
    return map;
}

struct id_map plan_default_map(struct arena *a, uint32_t own, const struct id_map *ranges)
{
    struct id_map map = { 0 };
    uint32_t inside = 1;

    plan_map_add(a, &map, 0, own, 1);
    for (size_t i = 0; i < ranges->n && map.n < MAP_RANGES; i++) {
        uint32_t size = ranges->v[i].size;

        /* 4294967295 is no id: it means "leave it" to the kernel. */
        if (size > UINT32_MAX - inside)
            size = UINT32_MAX - inside;
        plan_map_add(a, &map, inside, ranges->v[i].outside, size);
        inside += size;
    }
    return map;
}

struct id_map plan_map_identity(struct maker *m, const struct id_map *own)
{
    struct id_map map = { 0 };

    for (size_t i = 0; i < own->n; i++)
        plan_map_add(m->a, &map, own->v[i].inside, own->v[i].inside, own->v[i].size);
    return map;
}

/* The range of `home` that an id is in; outer: as seen from outside. */
static const struct id_range *home_of(uint32_t id, const struct id_map *home, bool outer)
{
    for (size_t i = 0; i < home->n; i++) {
        uint32_t first = outer ? home->v[i].outside : home->v[i].inside;

        if (id >= first && id - first < home->v[i].size)
            return &home->v[i];
    }
    return NULL;
}

int plan_map_split(struct maker *m, const char *list, struct id_map *map, const struct id_map *home,
                   bool outer, struct err *e)
{
    struct id_map parts = { 0 };

    for (size_t i = 0; i < map->n; i++) {
        struct id_range left = map->v[i];

        while (left.size) {
            const struct id_range *in = home_of(left.outside, home, outer);
            uint32_t size, before;

            if (!in)
                return err_set(e, 0, "%s[%zu]: host id %u %s, which has %s", list, i, left.outside,
                               outer ? "does not exist in the container"
                                     : "does not exist in this user namespace",
                               map_text(m->a, home));
            before = left.outside - (outer ? in->outside : in->inside);
            size = in->size - before;
            if (size > left.size)
                size = left.size;
            plan_map_add(m->a, &parts, left.inside, in->inside + before, size);
            left.inside += size;
            left.outside += size;
            left.size -= size;
        }
    }
    if (parts.n > MAP_RANGES)
        return err_set(e, 0, "%s: %zu ranges, the kernel takes %d", list, parts.n, MAP_RANGES);
    *map = parts;
    return 0;
}

static void single(struct maker *m)
{
    const struct facts *f = m->f;

    m->uids = m->gids = (struct id_map){ 0 };
    plan_map_add(m->a, &m->uids, 0, f->self.euid, 1);
    plan_map_add(m->a, &m->gids, 0, f->self.egid, 1);
}

const char *plan_map_tools_why(const struct facts *f)
{
    const struct map_helper *h[] = { &f->subid.newuidmap, &f->subid.newgidmap };

    if (f->subid.why)
        return f->subid.why;
    for (size_t i = 0; i < 2; i++)
        if (!h[i]->path || !h[i]->works)
            return h[i]->why ? h[i]->why : "newuidmap(1) and newgidmap(1) cannot be used";
    return NULL;
}

/* As many as there are. */
static int all(struct maker *m, struct err *e)
{
    const struct facts *f = m->f;
    bool ranges = f->subid.uids.n && f->subid.gids.n;

    if (facts_writes_any_map(f) && !ranges) {
        /* Unasked, it is root of somebody's container, which is the border that there is. */
        if (!f->userns.in_child && spec_namespace(m->spec, NS_USER, NULL))
            return err_set(e, 0, "linux.uidMappings: root has no subordinate ids to map; "
                                 "give mappings or add ranges to /etc/subuid and /etc/subgid");
        m->uids = plan_map_identity(m, &f->userns.uid_map);
        m->gids = plan_map_identity(m, &f->userns.gid_map);
        return 0;
    }
    if (ranges && (facts_writes_any_map(f) || !plan_map_tools_why(f))) {
        m->uids = plan_default_map(m->a, f->self.euid, &f->subid.uids);
        m->gids = plan_default_map(m->a, f->self.egid, &f->subid.gids);
        return 0;
    }
    single(m);
    if (plan_map_tools_why(f))
        plan_warn(m, "only one id is available: %s; files of other owners will show as nobody",
                  plan_map_tools_why(f));
    else
        plan_warn(m, "no subordinate ids for %s in /etc/subuid and /etc/subgid: only one id is "
                     "available; files of other owners will show as nobody",
                  f->self.name ? f->self.name : "this user");
    return 0;
}

/* ---- keep-id ----------------------------------------------------------------------------- */

/* The same map, with a range of its own for one id that is in it. */
static struct id_map cut_out(struct arena *a, const struct id_map *map, uint32_t id)
{
    struct id_map cut = { 0 };

    for (size_t i = 0; i < map->n; i++) {
        const struct id_range *r = &map->v[i];
        uint32_t before = id - r->inside;

        if (id < r->inside || before >= r->size) {
            plan_map_add(a, &cut, r->inside, r->outside, r->size);
            continue;
        }
        plan_map_add(a, &cut, r->inside, r->outside, before);
        plan_map_add(a, &cut, id, r->outside + before, 1);
        plan_map_add(a, &cut, id + 1, r->outside + before + 1, r->size - before - 1);
    }
    return cut;
}

static struct id_range *range_of(struct id_map *map, uint32_t id)
{
    for (size_t i = 0; i < map->n; i++)
        if (map->v[i].inside == id)
            return &map->v[i];
    BUG("id %u is not in the map", id);
}

/* Two ids change places, so that the files of all others keep their owners: the caller becomes `id`,
 * and in its place comes who was that.  Where nobody was, the last one is taken, which is the least
 * likely to own anything; the caller alone has nobody to change with. */
static void keep(struct maker *m, struct id_map *map, uint32_t own, const struct opt_u32 *want)
{
    uint32_t id = want->set ? want->value : own;
    uint32_t place, other = id, outside;
    struct id_range *mine, *its;

    if (!facts_map_has_outside(map, own, &place) || place == id)
        return;
    if (map->n > MAP_RANGES - 4)
        map->n = MAP_RANGES - 4; /* cutting makes up to four more */
    if (!facts_map_has(map, id, NULL))
        other = map->v[map->n - 1].inside + map->v[map->n - 1].size - 1;
    *map = cut_out(m->a, map, place);
    *map = cut_out(m->a, map, other);
    mine = range_of(map, place);
    its = range_of(map, other);
    outside = its->outside;
    its->outside = mine->outside;
    mine->outside = outside;
    its->inside = id;
}

/* ---- which of them ------------------------------------------------------------------------ */

/* In words, or as org.rcrun.userns says. */
static int by_words(struct maker *m, const char *words, struct err *e)
{
    struct userns u;

    if (userns_parse(m->a, words, &u, e) < 0)
        return err_ctx(e, "annotations[\"%s\"]", ANNOTATION_USERNS);
    if (u.kind == USERNS_SINGLE) {
        single(m);
        return 0;
    }
    TRY(all(m, e));
    if (u.kind != USERNS_KEEP_ID)
        return 0;
    keep(m, &m->uids, m->f->self.euid, &u.uid);
    keep(m, &m->gids, m->f->self.egid, &u.gid);
    return 0;
}

int plan_map_choose(struct maker *m, struct err *e)
{
    const struct spec_linux *l = m->spec->linux_;
    const char *words = spec_annotation(m->spec, ANNOTATION_USERNS);
    bool uids = l && l->uid_mappings.n, gids = l && l->gid_mappings.n;

    if (words && (uids || gids))
        return err_set(e, 0, "annotations[\"%s\"]: the config has linux.%s, too: one of the two has "
                             "to go",
                       ANNOTATION_USERNS, uids ? "uidMappings" : "gidMappings");
    if (uids != gids)
        return err_set(e, 0, "linux.%s: is missing, linux.%s is there",
                       uids ? "gidMappings" : "uidMappings", uids ? "uidMappings" : "gidMappings");
    if (!uids)
        return words ? by_words(m, words, e) : all(m, e);
    m->map_given = true;
    m->uids = plan_map_given(m, &l->uid_mappings);
    m->gids = plan_map_given(m, &l->gid_mappings);
    return 0;
}
