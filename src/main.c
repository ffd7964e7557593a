/* main.c - what must be right before anything else is done. */

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "cli/command.h"

/* rcrun has no privileged mode: were it installed set-user-ID, everything that its caller may
 * choose would be done with somebody else's rights. */
static int refuse_privilege(struct err *e)
{
    if (getauxval(AT_SECURE) || getauxval(AT_EUID) != getauxval(AT_UID) ||
        getauxval(AT_EGID) != getauxval(AT_GID))
        return err_set(e, 0, "refuses to run set-user-ID, set-group-ID or with file capabilities");
    return 0;
}

int main(int argc, char **argv)
{
    const struct sigaction standard = { .sa_handler = SIG_DFL };
    struct err e = { 0 };

    /* First: no descriptor of ours may become 0, 1 or 2, and none of the caller's may reach
     * a helper or the container unless it is asked for. */
    if (fd_fill_stdio(&e) < 0 || fd_cloexec_from(3, &e) < 0 || refuse_privilege(&e) < 0) {
        log_final("rcrun", &e);
        return 1;
    }
    /* A caller that ignores it would have our children reaped by the kernel, and their status
     * lost (wait(2), notes). */
    sigaction(SIGCHLD, &standard, NULL);
    return command_line(argc, argv);
}
