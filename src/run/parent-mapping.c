/* run/parent-mapping.c - other owners for a mount of the container.
 * Runs in:  the launcher.    Power: over the file systems of the host, where it is root.
 * Must not: attach it. */
#include <errno.h>

#include "base/clean.h"
#include "os/mount.h"
#include "run/run.h"

DO(map_source)
{
    OWN_FD mapping = give_fd(&r->mapping);

    (void)s;
    if (os_mount_idmap(r->tree, mapping, u->tree, e) == 0)
        return 0;
    if (e->num == EPERM)
        err_hint(e, "its file system was mounted by somebody with more power, or shows mapped ids "
                    "already");
    if (e->num == EINVAL)
        err_hint(e, "its file system%s cannot map ids: ext4, xfs, btrfs and tmpfs can, overlay, "
                    "proc, sysfs and most of FUSE cannot",
                 u->tree ? ", or one below it," : "");
    return err_ctx(e, "%s", u->source);
}
