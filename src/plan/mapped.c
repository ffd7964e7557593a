/* plan/mapped.c - mounts that show other owners than are on disk: MOUNT_ATTR_IDMAP.
 *
 * What maps is a user namespace, made for its map alone.  Who does it needs power over the file
 * system, that is, over the user namespace in which it was mounted: of a new tmpfs that is init, of
 * what is bound the parent, if anybody. */
#include <linux/capability.h>

#include "plan/make.h"
#include "spec/names.h"

static int check_power(struct maker *m, const char *where, const char *source, struct err *e)
{
    if (facts_has_cap(m->f, CAP_SYS_ADMIN) && facts_writes_any_map(m->f))
        return 0;
    err_set(e, 0, "%s: %s is in a file system of the host, where only root may map ids", where,
            source);
    return err_hint(e, "--userns keep-id shows your own files as yours, and rcrun unshare chown "
                       "gives files to an id of the container");
}

/* The ids of the host are those of whoever makes the map: for a tmpfs somebody in the container. */
static int set_maps(struct maker *m, const struct spec_mount *from, struct mount_read *r,
                    struct err *e)
{
    const struct id_map *uids = r->bind ? &m->f->userns.uid_map : &m->uids;
    const struct id_map *gids = r->bind ? &m->f->userns.gid_map : &m->gids;
    bool given = from->uid_mappings.n;
    const char *list = given ? r->why : "linux";

    /* Else the kernel gives its files to root of the host; nobody but init is in there yet. */
    r->mapping.dumpable = !r->bind && makes(m, NS_USER);
    r->mapping.uids = given ? plan_map_given(m, &from->uid_mappings) : m->uids;
    r->mapping.gids = given ? plan_map_given(m, &from->gid_mappings) : m->gids;
    TRY(plan_map_split(m, arena_printf(m->a, "%s.uidMappings", list), &r->mapping.uids, uids,
                       !r->bind, e));
    return plan_map_split(m, arena_printf(m->a, "%s.gidMappings", list), &r->mapping.gids, gids,
                          !r->bind, e);
}

int plan_mapped_decide(struct maker *m, size_t i, struct err *e)
{
    const struct spec_mount *from = &m->spec->mounts.v[i];
    struct mount_read *r = &m->mounts[i];
    bool given = from->uid_mappings.n;
    const char *where;

    if (!r->mapped || r->skip)
        return 0;
    where = arena_printf(m->a, "%s.%s", r->why, given ? "uidMappings" : "options");
    if (!given && !m->user_ns)
        return err_set(e, 0, "%s: without mappings of its own the mount gets those of the "
                             "container, which has no user namespace",
                       where);
    if (!r->bind && !text_is(from->type, "tmpfs")) {
        err_set(e, 0, "%s: ids can be mapped in a bind or a tmpfs, not in %s", where, from->type);
        return err_hint(e, "mount it on the host and bind it");
    }
    if (r->bind)
        TRY(check_power(m, where, r->source, e));
    if (!given && !r->bind) {
        plan_note(m, "%s: the ids of a new file system are those of the container anyway", where);
        r->mapped = false;
        return 0;
    }
    if (m->map_known || (given && r->bind))
        return set_maps(m, from, r, e);
    if (given)
        return err_set(e, 0, "%s: not possible for a tmpfs where the container joins a user "
                             "namespace, whose maps are not known",
                       where);
    spec_namespace(m->spec, NS_USER, &r->mapping.path);
    return 0;
}

/* It is opened where the container is, so that what is locked there stays locked, and goes to the
 * parent and back while it hangs in the air: once attached, a mount keeps its ids. */
void plan_mapped_source(struct maker *m, size_t i)
{
    const struct mount_read *r = &m->mounts[i];
    struct step_open_source *s = ADD(m, open_source, INIT, r->why);
    struct step_map_source *map;

    s->slot = r->slot;
    s->source = r->source;
    s->tree = r->tree;
    s->expect = r->fact->kind;
    s->inode = (struct inode){ r->fact->dev, r->fact->ino };
    s->beneath = r->beneath;
    *ADD(m, make_mapping, PARENT, r->why) = r->mapping;
    plan_meet(m, INIT, PARENT, MSG_SOURCE, r->why);
    map = ADD(m, map_source, PARENT, r->why);
    map->source = r->source;
    map->tree = r->mapped_tree;
    plan_meet(m, PARENT, INIT, MSG_MAPPED, r->why);
}
