/* plan/ids.c - who writes the maps of the container, and who is in them.
 *
 * user_namespaces(7).  Three ways: one own id is written by ourselves (setgroups denied
 * first); with CAP_SETUID and CAP_SETGID over our own user namespace any map is written by
 * ourselves, split where the outer map has borders; else newuidmap(1) and newgidmap(1). */
#include <linux/capability.h>

#include "plan/make.h"
#include "spec/names.h"

static bool is_single_own(const struct id_map *map, uint32_t own)
{
    return map->n == 1 && map->v[0].outside == own && map->v[0].size == 1;
}

/* newuidmap would refuse it too, but says less. */
static int check_allowed(struct maker *m, const char *name, const struct id_map *map, uint32_t own,
                         const struct id_map *ranges, struct err *e)
{
    for (size_t i = 0; i < map->n; i++) {
        const struct id_range *r = &map->v[i];
        uint64_t first = r->outside, end = first + r->size;

        /* Adjacent and overlapping ranges may cover it together; the own id may stand
         * anywhere among them. */
        while (first < end) {
            uint64_t reached = first;

            if (first == own)
                reached = first + 1;
            for (size_t j = 0; j < ranges->n; j++) {
                uint64_t low = ranges->v[j].outside, high = low + ranges->v[j].size;

                if (first >= low && first < high && high > reached)
                    reached = high;
            }
            if (reached == first) {
                err_set(e, 0, "linux.%s[%zu]: host id %llu is neither yours nor one of your "
                              "subordinate ids",
                        name, i, (unsigned long long)first);
                return err_hint(e, "add the range to /etc/%s, for example: usermod --add-%ss "
                                   "100000-165535 %s",
                                name[0] == 'u' ? "subuid" : "subgid",
                                name[0] == 'u' ? "subuid" : "subgid",
                                m->f->self.name ? m->f->self.name : "USER");
            }
            first = reached;
        }
    }
    return 0;
}

static int check_tools(struct maker *m, struct err *e)
{
    const struct facts *f = m->f;
    const char *why = plan_map_tools_why(f);

    if (!why && f->subid.known) {
        TRY(check_allowed(m, "uidMappings", &m->uids, f->self.euid, &f->subid.uids, e));
        TRY(check_allowed(m, "gidMappings", &m->gids, f->self.egid, &f->subid.gids, e));
    }
    if (!why)
        return 0;
    err_set(e, 0, "linux.uidMappings: these maps need newuidmap(1) and newgidmap(1): %s", why);
    if (!f->subid.newuidmap.path || !f->subid.newgidmap.path)
        err_hint(e, "install them (Debian and Ubuntu: uidmap, Fedora: shadow-utils, Alpine: "
                    "shadow-uidmap), or map only your own id");
    return -1;
}

static int choose_writer(struct maker *m, struct err *e)
{
    const struct facts *f = m->f;

    if (facts_writes_any_map(f)) {
        uint32_t zero;

        TRY(plan_map_split(m, "linux.uidMappings", &m->uids, &f->userns.uid_map, false, e));
        TRY(plan_map_split(m, "linux.gidMappings", &m->gids, &f->userns.gid_map, false, e));
        for (size_t i = 0; i < m->uids.n; i++) {
            zero = m->uids.v[i].outside;
            if (zero == 0 && !facts_has_cap(f, CAP_SETFCAP))
                return err_set(e, 0, "linux.uidMappings[%zu]: mapping id 0 of this user "
                                     "namespace needs CAP_SETFCAP",
                               i);
        }
        m->setgroups_denied = f->self.setgroups_denied;
        return 0;
    }
    if (is_single_own(&m->uids, f->self.euid) && is_single_own(&m->gids, f->self.egid)) {
        if (f->self.euid == 0 && !facts_has_cap(f, CAP_SETFCAP)) {
            err_set(e, 0, "linux.uidMappings[0]: mapping id 0 of this user namespace needs "
                          "CAP_SETFCAP");
            return err_hint(e, "run as another user than root, or keep that capability");
        }
        m->setgroups_denied = true;
        return 0;
    }
    m->map_by_tools = true;
    if (m->map_given)
        TRY(check_tools(m, e));
    /* newgidmap denies setgroups by itself when only the own gid is mapped; what is denied in
     * our user namespace is denied in all below it. */
    m->setgroups_denied = f->self.setgroups_denied || is_single_own(&m->gids, f->self.egid);
    return 0;
}

/* Under which ids inodes are made: root's, or, where 0 is not mapped, the caller's or any. */
static void choose_root_ids(struct maker *m)
{
    const struct facts *f = m->f;
    const struct id_map *map[2] = { &m->uids, &m->gids };
    uint32_t own[2] = { f->self.euid, f->self.egid };
    uint32_t *id[2] = { &m->root_uid, &m->root_gid };

    for (int k = 0; k < 2; k++) {
        uint32_t out = 0;

        *id[k] = 0;
        if (!facts_map_has(map[k], 0, NULL) && map[k]->n) {
            *id[k] = map[k]->v[0].inside;
            facts_map_has_outside(map[k], own[k], id[k]);
        }
        if (!facts_map_has(map[k], *id[k], &out) || out != own[k])
            m->pinned = true;
    }
}

void plan_ids_shared(struct maker *m)
{
    m->uids = plan_map_identity(m, &m->f->userns.uid_map);
    m->gids = plan_map_identity(m, &m->f->userns.gid_map);
    m->map_known = true;
    m->setgroups_denied = m->f->self.setgroups_denied;
}

int plan_ids_decide(struct maker *m, struct err *e)
{
    const struct spec_linux *l = m->spec->linux_;
    bool given = l && (l->uid_mappings.n || l->gid_mappings.n);

    /* Engines send maps along with a path, so it is no error. */
    if (given && !makes(m, NS_USER))
        plan_warn(m, "linux.%s: not used, since the user namespace that the container joins has "
                     "its maps already",
                  l->uid_mappings.n ? "uidMappings" : "gidMappings");
    if (!m->user_ns) {
        plan_ids_shared(m);
        return 0;
    }
    if (m->joined & NS_USER) {
        if (spec_annotation(m->spec, ANNOTATION_USERNS))
            return err_set(e, 0, "annotations[\"%s\"]: the user namespace that the container joins "
                                 "has its map already",
                           ANNOTATION_USERNS);
        /* Whose ids these are only the kernel knows; sources are opened with ours. */
        m->pinned = true;
        return 0;
    }
    m->map_known = true;
    TRY(plan_map_choose(m, e));
    TRY(choose_writer(m, e));
    choose_root_ids(m);
    return 0;
}

void plan_ids_start(struct maker *m)
{
    const char *why[2] = { "linux.uidMappings", "linux.gidMappings" };

    if (!makes(m, NS_USER))
        return;
    if (m->map_by_tools) {
        /* Both at once: they are half of the cost of a start. */
        *ADD(m, start_map, PARENT, why[1]) = (struct step_start_map){
            .which = "gid", .tool = m->f->subid.newgidmap.path, .map = m->gids
        };
        *ADD(m, start_map, PARENT, why[0]) = (struct step_start_map){
            .which = "uid", .tool = m->f->subid.newuidmap.path, .map = m->uids
        };
        return;
    }
    if (m->setgroups_denied && !m->f->self.setgroups_denied)
        ADD_BARE(m, deny_setgroups, PARENT, "one own gid");
    *ADD(m, write_map, PARENT, why[1]) = (struct step_write_map){ .which = "gid", .map = m->gids };
    *ADD(m, write_map, PARENT, why[0]) = (struct step_write_map){ .which = "uid", .map = m->uids };
}

void plan_ids_finish(struct maker *m)
{
    if (makes(m, NS_USER) && m->map_by_tools)
        ADD_BARE(m, finish_maps, PARENT, "linux.uidMappings");
}

static int check_id(struct maker *m, const char *path, const char *what, uint32_t id,
                    const struct id_map *map, struct err *e)
{
    if (facts_map_has(map, id, NULL))
        return 0;
    err_set(e, 0, "%s: %s %u is not mapped: the container has %s", path, what, id,
            map_text(m->a, map));
    if (m->user_ns && map->n == 1 && map->v[0].size == 1)
        return err_hint(e, "more ids come from /etc/subuid and /etc/subgid; see rcrun check");
    return -1;
}

int plan_ids_user(struct maker *m, struct err *e)
{
    const struct spec_user *u = &m->spec->process->user;

    if (!m->map_known)
        return 0;
    TRY(check_id(m, "process.user.uid", "uid", u->uid, &m->uids, e));
    TRY(check_id(m, "process.user.gid", "gid", u->gid, &m->gids, e));
    if (m->setgroups_denied || spec_annotation_on(m->spec, ANNOTATION_KEEP_GROUPS))
        return 0;
    for (size_t i = 0; i < u->additional_gids.n; i++)
        TRY(check_id(m, plan_at(m, "process.user.additionalGids", i), "gid",
                     u->additional_gids.v[i], &m->gids, e));
    return 0;
}
