#include "host/facts.h"

#include <linux/capability.h>
#include <string.h>

bool facts_has_cap(const struct facts *f, int cap)
{
    return f->self.caps >> cap & 1;
}

bool facts_writes_any_map(const struct facts *f)
{
    return facts_has_cap(f, CAP_SETUID) && facts_has_cap(f, CAP_SETGID);
}

int facts_no_state_root(const char *why, struct err *e)
{
    err_set(e, 0, "no directory for the state of containers: %s", why ? why : "none is usable");
    return err_hint(e, "give one with --root, or set XDG_RUNTIME_DIR to a directory of yours");
}

bool facts_map_has(const struct id_map *map, uint32_t inside, uint32_t *out)
{
    for (size_t i = 0; i < map->n; i++) {
        const struct id_range *r = &map->v[i];

        if (inside < r->inside || inside - r->inside >= r->size)
            continue;
        if (out)
            *out = r->outside + (inside - r->inside);
        return true;
    }
    return false;
}

bool facts_map_has_outside(const struct id_map *map, uint32_t outside, uint32_t *in)
{
    for (size_t i = 0; i < map->n; i++) {
        const struct id_range *r = &map->v[i];

        if (outside < r->outside || outside - r->outside >= r->size)
            continue;
        if (in)
            *in = r->inside + (outside - r->outside);
        return true;
    }
    return false;
}

/* Sorted, since a config may have thousands of mounts. */
const struct path_fact *facts_path(const struct facts *f, const char *path)
{
    size_t low = 0, high = f->paths.n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(path, f->paths.v[middle].path);

        if (order == 0)
            return &f->paths.v[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct ns_fact *facts_namespace(const struct facts *f, const char *path)
{
    for (size_t i = 0; i < f->namespaces.n; i++)
        if (strcmp(f->namespaces.v[i].path, path) == 0)
            return &f->namespaces.v[i];
    return NULL;
}
