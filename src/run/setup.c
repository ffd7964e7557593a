/* run/setup.c
 * Runs in:  the middle process, which joins and makes namespaces that take effect for
 *           children only.    Power: as early.c.
 * Must:     fork init, tell its pid, end.    Must not: touch the root file system. */
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
