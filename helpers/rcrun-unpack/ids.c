#include "ids.h"

#include <inttypes.h>
#include <string.h>

#include "base/clean.h"
#include "base/text.h"
#include "place.h"

int ids_parse(struct arena *a, const char *text, struct ids *out, struct err *e)
{
    uint64_t sum = 0;

    while (*text) {
        struct id_range r = { 0 };
        uint32_t *const v[] = { &r.inside, &r.outside, &r.size };

        for (size_t i = 0; i < COUNT_OF(v); i++) {
            size_t n;

            text += strspn(text, " ");
            n = strcspn(text, " \n");
            if (!text_u32(arena_copy(a, text, n), v[i]))
                return err_set(e, 0, "id map: not three numbers");
            text += n;
        }
        text += strspn(text, " \n");
        *LIST_ADD(a, &out->map) = r;
        sum += r.size;
    }
    out->one = sum == 1;
    return sum ? 0 : err_set(e, 0, "this user namespace has no ids");
}

static bool is_there(const struct id_map *map, uint64_t id)
{
    for (size_t i = 0; i < map->n; i++)
        if (id >= map->v[i].inside && id - map->v[i].inside < map->v[i].size)
            return true;
    return false;
}

static uint64_t count(const struct id_map *map)
{
    uint64_t n = 0;

    for (size_t i = 0; i < map->n; i++)
        n += map->v[i].size;
    return n;
}

int ids_take(const struct ids *ids, int64_t id, const char *kind, const char *name, uint32_t *out,
             enum ids_answer *how, struct err *e)
{
    bool there = id >= 0 && id < UINT32_MAX && is_there(&ids->map, (uint64_t)id);

    *how = there ? IDS_SAME : IDS_CHANGED;
    *out = (uint32_t)id;
    if (there)
        return 0;
    *out = ids->one ? ids->map.v[0].inside : OVERFLOW_ID;
    if (ids->one || (ids->clamp && is_there(&ids->map, OVERFLOW_ID)))
        return 0;
    place_err(e, 0, name, "%s %" PRId64 " is not among the %" PRIu64 " ids that are mapped", kind, id,
              count(&ids->map));
    return ids->clamp ? err_hint(e, "%d, which it would be stored as, is not mapped either", OVERFLOW_ID)
                      : err_hint(e, "--ids=clamp stores it as %d", OVERFLOW_ID);
}
