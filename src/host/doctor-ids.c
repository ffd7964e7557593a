/* Rows about the kernel and about ids. */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "host/doctor-rows.h"
#include "host/gate.h"
#include "host/kernel.h"
#include "host/subid.h"

#define DEFAULT_RANGE "100000-165535"

void row_kernel(struct exam *x, struct check *c)
{
    const char *missing = kernel_missing_call(!x->f.userns.in_child && facts_has_cap(&x->f, CAP_SYS_ADMIN));

    if (missing) {
        row_set(x, c, CHECK_FAIL, "%s: %s(2) is missing", x->f.kernel.release, missing);
        if (x->f.self.seccomp_mode == 2 && kernel_is_at_least(&x->f, 5, 12))
            c->hint = "the seccomp filter of the outer container hides it: --security-opt "
                      "seccomp=unconfined, or a newer engine there";
        else
            c->hint = "Linux 5.12 or newer is needed";
        return;
    }
    row_set(x, c, CHECK_OK, "Linux %s, no required system call is missing", x->f.kernel.release);
}

void row_userns(struct exam *x, struct check *c)
{
    uint64_t left;

    if (x->t.userns != 0) {
        row_set(x, c, CHECK_FAIL, "clone(CLONE_NEWUSER): %s", err_text(x->t.userns));
        c->hint = gate_user_ns(x->a, &x->f, x->t.userns);
        return;
    }
    if (x->t.mount_ns || x->t.pid_ns || x->t.ipc_ns || x->t.uts_ns || x->t.name) {
        int num = x->t.mount_ns ? x->t.mount_ns
                  : x->t.pid_ns ? x->t.pid_ns
                  : x->t.ipc_ns ? x->t.ipc_ns
                  : x->t.uts_ns ? x->t.uts_ns
                                : x->t.name;

        row_set(x, c, CHECK_FAIL, "a user namespace is made, but it has no power: %s",
                num > 0 ? err_text(num) : "the child died");
        c->hint = gate_other_ns(x->a, &x->f, num);
        return;
    }
    if (gate_sysctl(x->a, "user/max_user_namespaces", &left))
        row_set(x, c, CHECK_OK, "clone(CLONE_NEWUSER) works, at most %llu of them%s",
                (unsigned long long)left, x->f.userns.in_child ? " (this runs in one)" : "");
    else
        row_set(x, c, CHECK_OK, "clone(CLONE_NEWUSER) works");
}

void row_idmap(struct exam *x, struct check *c)
{
    struct id_map map;

    if (x->t.userns != 0) {
        row_set(x, c, CHECK_SKIP, "no user namespace");
        return;
    }
    if (x->t.map != 0 && x->t.single) {
        row_set(x, c, CHECK_FAIL, "not even the own id can be mapped: %s",
                x->t.map > 0 ? err_text(x->t.map) : "the child died");
        c->hint = gate_map(x->a, &x->f, "");
        return;
    }
    trial_map(x->a, x->f.self.euid, &x->f.subid.uids, &map);
    if (x->t.tools == 0) {
        row_set(x, c, CHECK_OK, "%s by %s", row_map(x->a, &map), x->f.subid.newuidmap.path);
    } else if (x->t.tools > 0) {
        row_set(x, c, CHECK_WARN, "one id only: %s", x->t.tools_text);
        c->hint = gate_map(x->a, &x->f, x->t.tools_text);
    } else if (facts_writes_any_map(&x->f)) {
        row_set(x, c, CHECK_OK, "any id of %s, written directly",
                row_map(x->a, &x->f.userns.uid_map));
    } else {
        row_set(x, c, CHECK_WARN, "one id only (0:%u:1), images with other owners show nobody",
                x->f.self.euid);
    }
}

static void row_subids(struct exam *x, struct check *c, bool gids)
{
    struct id_map ids;
    const char *why = NULL;
    uint64_t sum = 0;

    subid_read(x->a, &x->f, gids, &ids, &why);
    if (why) {
        row_set(x, c, facts_writes_any_map(&x->f) ? CHECK_SKIP : CHECK_WARN, "%s", why);
        if (c->status == CHECK_WARN && strstr(why, "has no line"))
            c->hint = arena_printf(x->a, "sudo usermod --add-sub%cids " DEFAULT_RANGE " %s",
                                   gids ? 'g' : 'u', x->f.self.name ? x->f.self.name : "USER");
        return;
    }
    for (size_t i = 0; i < ids.n; i++)
        sum += ids.v[i].size;
    if (ids.n == 1)
        row_set(x, c, CHECK_OK, "%llu ids: %u-%u", (unsigned long long)sum, ids.v[0].outside,
                ids.v[0].outside + (ids.v[0].size - 1));
    else
        row_set(x, c, CHECK_OK, "%llu ids in %zu ranges", (unsigned long long)sum, ids.n);
}

void row_subuid(struct exam *x, struct check *c)
{
    row_subids(x, c, false);
}

void row_subgid(struct exam *x, struct check *c)
{
    row_subids(x, c, true);
}

void row_helpers(struct exam *x, struct check *c)
{
    struct map_helper u, g;
    const struct map_helper *bad;

    subid_probe_helper(x->a, &x->f, false, &u);
    subid_probe_helper(x->a, &x->f, true, &g);
    bad = !u.works ? &u : !g.works ? &g : NULL;
    if (!bad && x->f.self.egid != x->f.self.primary_gid) {
        row_set(x, c, CHECK_WARN, "they work for the primary group %u only, the current one is %u",
                x->f.self.primary_gid, x->f.self.egid);
        c->hint = "leave newgrp(1) or sg(1)";
        return;
    }
    if (!bad) {
        row_set(x, c, CHECK_OK, "%s, %s", u.path, g.path);
        return;
    }
    row_set(x, c, facts_writes_any_map(&x->f) ? CHECK_SKIP : CHECK_WARN, "%s%s%s", bad->path ? bad->path : "",
            bad->path ? " " : "", bad->why);
    if (c->status == CHECK_WARN && !bad->path)
        c->hint = gate_package(x->a);
    else if (c->status == CHECK_WARN && strstr(bad->why, "file capabilities"))
        c->hint = "install its package again, or: sudo chmod u+s (without file capabilities)";
}
