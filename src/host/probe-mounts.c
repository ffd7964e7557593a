/* host/probe-mounts.c - what the mounts of the host say of the paths of a spec. */
#include <linux/magic.h>
#include <sys/vfs.h>

#include "host/mountinfo.h"
#include "host/probe.h"

void probe_windows(struct facts *f)
{
    struct statfs fs;

    for (size_t i = 0; i < f->paths.n; i++) {
        struct path_fact *p = &f->paths.v[i];

        p->no_modes = p->kind == KIND_DIR && statfs(p->path, &fs) == 0 && fs.f_type == V9FS_MAGIC;
    }
}

void probe_below(struct arena *a, struct facts *f)
{
    struct mount_list m;

    if (mountinfo_read(a, "self", &m) != 0)
        return;
    for (size_t i = 0; i < f->paths.n; i++) {
        struct path_fact *p = &f->paths.v[i];
        const char *real = p->kind == KIND_DIR ? probe_real(a, p->path) : NULL;

        if (real)
            p->writable_below = mountinfo_below(&m, real, "ro");
    }
}
