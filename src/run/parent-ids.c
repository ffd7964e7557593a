/* run/parent-ids.c - id maps of the new user namespace.
 * Runs in:  the launcher.    Power: the caller's, and what newuidmap(1) has. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clean.h"
#include "base/text.h"
#include "os/ns.h"
#include "os/proc.h"
#include "run/wire.h"

#define HELPER_DEADLINE_MS 10000 /* an LDAP server may have to be asked */

static pid_t target(const struct run *r)
{
    return r->pid[SETUP] ? r->pid[SETUP] : r->pid[INIT];
}

static char *put_number(char *at, uint32_t v)
{
    return at + 1 + snprintf(at, 11, "%u", v);
}

DO(start_map)
{
    size_t n = 2 + 3 * u->map.n;
    /* Ten digits and a NUL for each number. */
    OWN_MEM numbers = malloc((n + 1) * 11);
    OWN_MEM list = malloc((n + 1) * sizeof(char *));
    static const char *const no_env[] = { NULL };
    const char **argv = (const char **)(void *)list;
    char *at = numbers;

    (void)s;
    if (!numbers || !list)
        BUG("out of memory");
    argv[0] = u->tool;
    argv[1] = at;
    at = put_number(at, (uint32_t)target(r));
    for (size_t i = 0; i < u->map.n; i++) {
        const uint32_t v[3] = { u->map.v[i].inside, u->map.v[i].outside, u->map.v[i].size };

        for (size_t k = 0; k < 3; k++) {
            argv[2 + 3 * i + k] = at;
            at = put_number(at, v[k]);
        }
    }
    argv[n] = NULL;
    if (r->helpers == HELPERS)
        BUG("more than %d map helpers", HELPERS);
    TRY(child_start(&r->helper[r->helpers], r->helpers ? &r->helper[0] : NULL, u->tool, argv, no_env, e));
    r->helpers++;
    return 0;
}

/* The steps that started them, for the maps that must have come out. */
static int compare(struct run *r, struct err *e)
{
    for (size_t i = 0; i < r->now; i++) {
        const struct step *s = &r->plan->v[i];

        if (s->kind == STEP_start_map)
            TRY(os_check_map(r->host_proc, target(r), text_is(s->u.start_map.which, "gid"),
                             &s->u.start_map.map, e));
    }
    return 0;
}

DO(finish_maps)
{
    size_t n = r->helpers;
    bool can_be_interrupted = r->signals >= 0;

    (void)s;
    (void)u;
    for (size_t i = 0; can_be_interrupted && i < n; i++) {
        int got = wire_wait(r, r->helper[i].pidfd, HELPER_DEADLINE_MS, e);

        if (got < 0)
            return -1;
        if (got == 0)
            return err_set(e, ETIMEDOUT, "%s did not end within %d s", r->helper[i].path,
                           HELPER_DEADLINE_MS / 1000);
    }
    r->helpers = 0;
    TRY(child_wait(r->helper, n, can_be_interrupted ? -1 : HELPER_DEADLINE_MS, e));
    TRY(run_host_proc(r, e));
    return compare(r, e);
}

DO(deny_setgroups)
{
    (void)s;
    (void)u;
    TRY(run_host_proc(r, e));
    return os_deny_setgroups(r->host_proc, target(r), e);
}

DO(write_map)
{
    (void)s;
    TRY(run_host_proc(r, e));
    return os_write_map(r->host_proc, target(r), text_is(u->which, "gid"), &u->map, e);
}
