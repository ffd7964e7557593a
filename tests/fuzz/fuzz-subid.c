/* Every text of the host that becomes ids.  First byte: which; what it must hold for any text:
 * ranges that do not overlap, are not empty, end before 2^32 - 1 and leave the own id out. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/subid.h"

#define OWN 1000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct id_map *ids)
{
    if (ids->n > SUBID_MAX)
        abort();
    for (size_t i = 0; i < ids->n; i++) {
        uint64_t low = ids->v[i].outside, high = low + ids->v[i].size;

        if (low >= high || high > UINT32_MAX || (OWN >= low && OWN < high))
            abort();
        for (size_t k = 0; k < i; k++) {
            uint64_t other = ids->v[k].outside;

            if (other < high && other + ids->v[k].size > low)
                abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a;
    struct id_map ids = { 0 }, ours = { 0 };
    struct subid_notes notes = { 0 };
    const char *text, *name;
    uint32_t gid;

    if (size < 1)
        return 0;
    a = arena_new();
    text = arena_copy(a, (const char *)data + 1, size - 1);
    switch (data[0] % 5) {
    case 0:
        subid_parse(a, text, size - 1, "ann", OWN, OWN, &ids, &notes);
        check(&ids);
        break;
    case 1:
        subid_parse_tool(a, text, OWN, &ids);
        check(&ids);
        break;
    case 2:
        subid_parse_map(a, text, &ours);
        ids.v = arena_get(a, 2 * sizeof *ids.v);
        ids.v[0] = (struct id_range){ 0, 0, UINT32_MAX };
        ids.v[1] = (struct id_range){ 0, 7, 5 };
        ids.n = 2;
        subid_within(a, &ours, &ids);
        break;
    case 3:
        subid_parse_passwd(a, text, OWN, &name, &gid);
        break;
    case 4:
        subid_parse_nsswitch(text, "subid", "files compat", false);
        break;
    }
    arena_free(a);
    return 0;
}
