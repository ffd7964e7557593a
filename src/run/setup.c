/* run/setup.c
 * Runs in:  the middle process, which joins and makes namespaces that take effect for
 *           children only.    Power: as early.c.
 * Must:     fork init, tell its pid, end.    Must not: touch the root file system. */
#include <unistd.h>

#include "base/clean.h"
#include "base/log.h"
#include "os/cred.h"
#include "os/ns.h"
#include "run/run.h"

DO(enter_container)
{
    (void)s;
    TRY(os_join_process(r->plan->target, u->join, e));
    /* The credentials are new, and with them the kernel may have made us dumpable. */
    return os_set_dumpable(false, e);
}

/* Who is root in the container can make what is still to be made: the terminal.  Who is not may have
 * no id there at all, so that it would be a terminal that belongs to nobody and can be given to nobody;
 * the program's user has an id. */
DO(be_mapped)
{
    (void)s;
    (void)r;
    if (geteuid() == 0)
        return 0;
    TRY(os_set_ids((uint32_t)u->uid, (uint32_t)u->gid, true, e));
    TRY(os_set_dumpable(false, e));
    /* Lost with the change of ids. */
    return os_die_with_parent(e);
}

DO(fork_init)
{
    pid_t pid;

    (void)s;
    (void)u;
    /* A sibling, so that the launcher is its parent; the number is that of our own pid
     * namespace, which is the launcher's. */
    TRY(os_clone(0, true, &pid, NULL, e));
    if (pid == 0) {
        r->me = INIT;
        log_process(process_names[INIT]);
        clean_fd(&r->wire[PARENT]);
        r->wire[PARENT] = give_fd(&r->peer_end[INIT]);
        return 0;
    }
    r->pid[INIT] = pid;
    return 0;
}
