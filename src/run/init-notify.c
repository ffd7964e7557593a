/* run/init-notify.c - the socket on which the program says that it is ready.
 * Runs in:  init, before enter_root; and again when the start command has come.
 * Power:    root of the user namespace. */
#include <errno.h>
#include <linux/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/clean.h"
#include "base/socket.h"
#include "os/mount.h"
#include "run/init-mount.h"
#include "run/wire.h"

#define SOCKET_NAME "notify.sock"

DO(notify_socket)
{
    OWN_FD fs = -1;
    OWN_FD mount = -1;
    OWN_FD at = -1;

    (void)s;
    TRY(os_fs_open("tmpfs", &fs, e));
    TRY(os_fs_set(fs, "mode", "755", e));
    TRY(os_fs_set(fs, "size", "4k", e));
    TRY(os_fs_mount(fs, "tmpfs", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, &mount, e));
    TRY(socket_bind_at(mount, SOCKET_NAME, SOCK_DGRAM, &r->notify, e));
    /* Every user of the container may speak, nobody can put something else there. */
    if (fchmodat(mount, SOCKET_NAME, 0777, 0) < 0)
        return err_set(e, errno, "mode of " SOCKET_NAME);
    TRY(os_mount_change(mount, &u->change, e));
    TRY(open_target(r, u->target, true, false, false, &at, e));
    return os_move_mount(mount, at, e);
}

DO(give_notify)
{
    const struct letter l = { .msg = MSG_READY_SOCKET };

    (void)s;
    (void)u;
    TRY(wire_tell(r, PARENT, &l, r->notify, e));
    clean_fd(&r->notify);
    return 0;
}
