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

static int need_proc(struct run *r, struct err *e)
{
    return r->host_proc >= 0 ? 0 : os_proc_host(&r->host_proc, e);
}

DO(oom_score)
{
    char text[16];

    (void)s;
    snprintf(text, sizeof text, "%d", (int)u->value);
    TRY(need_proc(r, e));
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
    static const struct {
        const char *word;
        uint32_t type;
    } types[] = { { "user", NS_USER },       { "mount", NS_MOUNT }, { "pid", NS_PID },
                  { "network", NS_NET },     { "ipc", NS_IPC },     { "uts", NS_UTS },
                  { "cgroup", NS_CGROUP },   { "time", NS_TIME } };

    (void)s;
    (void)r;
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (text_is(types[i].word, u->type)) {
            TRY(os_join(u->path, types[i].type, e));
            /* The kernel may have made us dumpable with the new credentials. */
            return types[i].type == NS_USER ? os_set_dumpable(false, e) : 0;
        }
    BUG("namespace type %s", u->type);
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
    TRY(need_proc(r, e));
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
    TRY(os_open_host(u->source, u->nofollow, &fd, e));
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
