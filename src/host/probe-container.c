/* host/probe-container.c - the container that exec enters. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/clean.h"
#include "host/probe.h"

/* Joining a namespace that is our own already is refused by the kernel, and needs nothing. */
int probe_container(struct arena *a, int64_t pid, uint32_t made, struct facts *f, struct err *e)
{
    static const struct {
        const char *file, *word;
        uint32_t type;
    } kinds[] = {
        { "user", "user", NS_USER },  { "mnt", "mount", NS_MOUNT },   { "pid", "pid", NS_PID },
        { "net", "network", NS_NET }, { "ipc", "ipc", NS_IPC },       { "uts", "uts", NS_UTS },
        { "cgroup", "cgroup", NS_CGROUP }, { "time", "time", NS_TIME },
    };

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        char path[60];
        struct stat here, there;

        if (!(made & kinds[i].type)) {
            snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[i].file);
            if (stat(path, &here) < 0)
                continue;
            snprintf(path, sizeof path, "/proc/%lld/ns/%s", (long long)pid, kinds[i].file);
            if (stat(path, &there) < 0)
                return err_set(e, errno, "%s", path);
            if (here.st_ino == there.st_ino)
                continue;
        }
        *LIST_ADD(a, &f->container.join) =
            (struct opt_word){ .value = kinds[i].type, .set = true, .text = kinds[i].word };
    }
    return 0;
}
