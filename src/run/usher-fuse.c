/* run/usher-fuse.c - hands on what the server of a root directory mounted.
 * Runs in:  a child of the server, in all of its namespaces.
 * Power:    that of the server.
 * Must:     leave no mount to the server, which would keep itself alive by it; end with the server,
 *           and end it when there is no launcher left to take what it mounts.
 *
 * Since version 2, fuse-overlayfs takes no mount that is there already.  It makes its own, in its
 * own mount namespace, out of which somebody has to bring it who is in there. */
#include "run/usher-fuse.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/fd.h"
#include "os/cred.h"
#include "os/mount.h"
#include "os/ns.h"
#include "os/process.h"

#define LOOK_MS 1

/* The question comes back when the server answers, too. */
static bool is_served(const char *place)
{
    struct statfs fs;

    return statfs(place, &fs) == 0 && fs.f_type == FUSE_SUPER_MAGIC;
}

/* The container's mount is a copy of the server's, and then the only one. */
static int hand_on(int wire, const char *place, struct err *e)
{
    OWN_FD tree = -1;

    TRY(os_open_tree(AT_FDCWD, place, false, &tree, e));
    TRY(os_detach_path(place, e));
    return fd_send(wire, "m", 1, tree, e);
}

static _Noreturn void usher(int wire, const char *place, pid_t server)
{
    struct pollfd launcher = { .fd = wire };
    struct err e = { 0 };

    if (os_signal_at_death(SIGKILL, &e) < 0 || getppid() != server)
        _exit(1);
    os_close_except(0, &wire, 1);
    while (!is_served(place))
        if (poll(&launcher, 1, LOOK_MS) > 0) {
            kill(server, SIGKILL);
            _exit(1);
        }
    if (hand_on(wire, place, &e) < 0)
        (void)fd_send(wire, e.text, strlen(e.text), -1, &e);
    _exit(0);
}

int fuse_usher(int wire, const char *place, struct err *e)
{
    const pid_t server = getpid();
    pid_t pid;

    TRY(os_clone(0, false, &pid, NULL, e));
    if (pid == 0)
        usher(wire, place, server);
    return 0;
}
