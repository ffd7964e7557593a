/* run/init-fuse.c - a root directory that is served by a program.
 * Runs in:  init, before the change of the root.    Power: root of the user namespace. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clean.h"
#include "os/mount.h"
#include "os/ns.h"
#include "os/path.h"
#include "run/wire.h"

static int set_number(int fs, const char *key, int64_t value, struct err *e)
{
    char text[24];

    snprintf(text, sizeof text, "%lld", (long long)value);
    return os_fs_set(fs, key, text, e);
}

/* By init, since the device must be opened in the user namespace that the file system is for.  Nobody
 * needs a mount point or a privileged helper, and what asks before there is a server waits. */
DO(make_fuse)
{
    OWN_FD device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    OWN_FD fs = -1;

    (void)s;
    if (device < 0)
        return err_set(e, errno, "/dev/fuse");
    TRY(os_fs_open("fuse", &fs, e));
    TRY(os_fs_set(fs, "source", "fuse-overlayfs", e));
    TRY(set_number(fs, "fd", device, e));
    TRY(os_fs_set(fs, "rootmode", "40000", e));
    TRY(set_number(fs, "user_id", u->uid, e));
    TRY(set_number(fs, "group_id", u->gid, e));
    /* Else for nobody but the server itself, and with all of its power. */
    TRY(os_fs_set(fs, "allow_other", NULL, e));
    TRY(os_fs_set(fs, "default_permissions", NULL, e));
    TRY(os_fs_mount(fs, "fuse", 0, &r->fuse_mount, e));
    r->fuse_dev = give_fd(&device);
    return 0;
}

/* For the server to join. */
DO(name_users)
{
    (void)s;
    (void)u;
    return os_open_own_userns(&r->user_ns, e);
}

/* The first question: it comes back when the server answers, or is gone. */
static int look(int root, struct err *e)
{
    struct stat st;

    if (fstatat(root, "", &st, AT_EMPTY_PATH) < 0)
        return err_set(e, errno, "root directory that fuse-overlayfs serves");
    return S_ISDIR(st.st_mode) ? 0 : err_set(e, ENOTDIR, "root that fuse-overlayfs serves");
}

DO(open_fuse_root)
{
    const struct letter works = { .msg = MSG_ROOT_WORKS };
    OWN_FD root = give_fd(&r->fuse_mount);
    OWN_FD at = -1;

    (void)s;
    if (u->slot >= 0)
        at = give_fd(&r->pin[u->slot]);
    else
        TRY(os_open_host(u->source, NULL, &at, e));
    TRY(os_expect(at, u->source, KIND_DIR, u->inode.dev, u->inode.ino, e));
    TRY(look(root, e));
    /* Over the lowest layer, as any root: where does not matter. */
    TRY(os_move_mount(root, at, e));
    r->root = give_fd(&root);
    return wire_tell(r, PARENT, &works, -1, e);
}
