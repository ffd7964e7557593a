/* plan/paths.c - sysctls, read-only and masked paths. */
#include <string.h>

#include "plan/make.h"
#include "spec/check.h"

static int add_sysctls(struct maker *m, struct err *e)
{
    const struct spec_linux *l = m->spec->linux_;

    for (size_t i = 0; i < l->sysctl.n; i++) {
        const struct pair *p = &l->sysctl.v[i];
        const char *why = arena_printf(m->a, "linux.sysctl.%s", p->key);
        struct step_sysctl *s;
        char *path = NULL;

        if (spec_sysctl_path(m->a, p->key, &path) < 0)
            return err_set(e, 0, "%s: not a sysctl name", why);
        /* The file is root's even for the owner of the namespace; the call is not. */
        if (strcmp(path, "kernel/domainname") == 0) {
            ADD(m, domainname, INIT, why)->name = p->value;
            continue;
        }
        s = ADD(m, sysctl, INIT, why);
        s->path = path;
        s->value = p->value;
    }
    return 0;
}

int plan_paths(struct maker *m, struct err *e)
{
    const struct spec_linux *l = m->spec->linux_;
    const struct spec_process *p = m->spec->process;

    if ((l && l->sysctl.n) || (p && (p->apparmor_profile || p->selinux_label)))
        ADD(m, open_proc, INIT, l && l->sysctl.n ? "linux.sysctl" : "process labels")->own =
            makes(m, NS_PID);
    if (!l)
        return 0;
    TRY(add_sysctls(m, e));
    for (size_t i = 0; i < l->readonly_paths.n; i++)
        ADD(m, readonly_path, INIT, plan_at(m, "linux.readonlyPaths", i))->target =
            l->readonly_paths.v[i];
    for (size_t i = 0; i < l->masked_paths.n; i++)
        ADD(m, mask_path, INIT, plan_at(m, "linux.maskedPaths", i))->target = l->masked_paths.v[i];
    return 0;
}
