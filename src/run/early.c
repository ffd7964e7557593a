/* run/early.c
 * Runs in:  setup, or init where the plan has no setup; before the ids change.
 * Power:    the caller's ids, and all capabilities in the new user namespace.
 * Must not: open anything that the container's image controls. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/text.h"
#include "os/cred.h"
#include "os/mount.h"
#include "os/ns.h"
#include "os/path.h"
#include "os/proc.h"
#include "run/run.h"

DO(oom_score)
{
    char text[16];

    (void)s;
    snprintf(text, sizeof text, "%d", (int)u->value);
    TRY(run_host_proc(r, e));
    return os_proc_write_self(r->host_proc, "oom_score_adj", text, e);
}

DO(harden)
{
    (void)s;
    (void)r;
    (void)u;
    /* Processes that are in the container already, or will be, must not look into our memory:
     * it has the plan and the caller's environment. */
    return os_set_dumpable(false, e);
}

DO(join)
{
    uint32_t type = os_ns_type(u->type);

    (void)s;
    (void)r;
    TRY(os_join(u->path, type, e));
    /* The kernel may have made us dumpable with the new credentials. */
    return type == NS_USER ? os_set_dumpable(false, e) : 0;
}

DO(unshare)
{
    (void)s;
    (void)r;
    return os_unshare(u->create, e);
}

DO(time_offset)
{
    (void)s;
    TRY(run_host_proc(r, e));
    return os_time_offset(r->host_proc, u->clock, u->secs, (uint32_t)u->nanosecs, e);
}

DO(propagation)
{
    (void)s;
    (void)r;
    return os_mount_propagation(text_is(u->word, "slave") ? MS_SLAVE : MS_PRIVATE, e);
}

DO(pin_source)
{
    OWN_FD fd = -1;

    (void)s;
    TRY(os_open_host(u->source, u->beneath, &fd, e));
    TRY(os_expect(fd, u->source, u->expect, u->inode.dev, u->inode.ino, e));
    r->pin[u->slot] = give_fd(&fd);
    return 0;
}

DO(become_root)
{
    (void)s;
    (void)r;
    TRY(os_set_ids((uint32_t)u->uid, (uint32_t)u->gid, true, e));
    TRY(os_set_dumpable(false, e));
    /* Lost with the change of ids. */
    return os_die_with_parent(e);
}
