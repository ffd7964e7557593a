/* /proc/PID/mountinfo: users choose names of mount points, so any byte may be in there. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/mountinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    struct mount_list m = { 0 };
    const char *targets[3];

    mountinfo_parse(a, (const char *)data, size, &m);
    for (size_t i = 0; i < m.n; i++) {
        if (m.v[i].target[0] != '/' || !m.v[i].type || !m.v[i].source || !m.v[i].super_options)
            abort();
        if (strlen(m.v[i].target) + strlen(m.v[i].root) + strlen(m.v[i].options) > size)
            abort();
        mountinfo_has(m.v[i].options, "ro");
    }
    mountinfo_of(&m, "/proc/self");
    mountinfo_hiding(&m, "/proc", targets, 3);
    arena_free(a);
    return 0;
}
