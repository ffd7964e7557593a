/* plan/process.c - the program: environment, limits, and the order of giving up power. */
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

#include "plan/make.h"
#include "spec/names.h"

/* ---- capabilities ---- */

static uint64_t all_caps(const struct maker *m)
{
    uint32_t last = m->f->kernel.last_cap;

    return last >= 63 ? ~0ull : (1ull << (last + 1)) - 1;
}

static uint64_t cap_bits(struct maker *m, const char *set, const struct texts *names)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < names->n; i++) {
        const struct name *n = names_find(spec_capability_names, names->v[i]);

        if (!n || (uint64_t)n->value > m->f->kernel.last_cap)
            plan_warn(m, "process.capabilities.%s: %s is not known %s", set, names->v[i],
                      n ? "to this kernel" : "here");
        else
            bits |= 1ull << n->value;
    }
    return bits;
}

static void limit_to(struct maker *m, const char *set, uint64_t *bits, uint64_t possible,
                     const char *reason)
{
    uint64_t lost = *bits & ~possible;

    for (int64_t cap = 0; lost; cap++, lost >>= 1)
        if (lost & 1)
            plan_warn(m, "process.capabilities.%s: %s cannot be given: %s", set,
                      names_word(spec_capability_names, cap), reason);
    *bits &= possible;
}

struct cap_plan {
    uint64_t bounding, effective, permitted, inheritable, ambient;
};

static void plan_caps(struct maker *m, struct cap_plan *c)
{
    const struct spec_capabilities *want = m->spec->process->capabilities;

    /* Absent means none: a container that says nothing gets nothing. */
    *c = (struct cap_plan){ 0 };
    if (!want)
        return;
    c->bounding = cap_bits(m, "bounding", &want->bounding);
    c->effective = cap_bits(m, "effective", &want->effective);
    c->permitted = cap_bits(m, "permitted", &want->permitted);
    c->inheritable = cap_bits(m, "inheritable", &want->inheritable);
    c->ambient = cap_bits(m, "ambient", &want->ambient);
    if (!m->user_ns) {
        limit_to(m, "bounding", &c->bounding, m->f->self.bounding, "rcrun does not have it");
        limit_to(m, "permitted", &c->permitted, m->f->self.caps, "rcrun does not have it");
    }
    limit_to(m, "effective", &c->effective, c->permitted, "it is not in permitted");
    /* The kernel wants ambient in both (capabilities(7)); engines leave inheritable empty on
     * purpose, so what is ambient is added to it and nothing else. */
    limit_to(m, "ambient", &c->ambient, c->permitted, "it is not in permitted");
    limit_to(m, "ambient", &c->ambient, c->bounding, "it is not in bounding");
    c->inheritable |= c->ambient;
    limit_to(m, "inheritable", &c->inheritable, c->bounding, "it is not in bounding");
}

/* ---- environment ---- */

static void drop_env(struct texts *env, const char *prefix)
{
    size_t kept = 0;

    for (size_t i = 0; i < env->n; i++)
        if (!text_starts(env->v[i], prefix))
            env->v[kept++] = env->v[i];
    env->n = kept;
    env->v[kept] = NULL;
}

/* The last entry of a name wins, in the place of the first; ten thousand variables must
 * not cost ten thousand squared. */
static struct texts make_env(struct maker *m, bool *has_home)
{
    const struct texts *from = &m->spec->process->env;
    size_t n = from->n + m->more_env.n;
    struct texts env = { 0 };
    size_t slots = 16;
    size_t *table;

    while (slots < n * 2)
        slots *= 2;
    table = arena_get(m->a, slots * sizeof *table);
    /* Two more for HOME and LISTEN_PID, one for the NULL that execve(2) wants. */
    env.v = arena_get(m->a, (n + 3) * sizeof *env.v);
    for (size_t i = 0; i < n; i++) {
        const char *s = i < from->n ? from->v[i] : m->more_env.v[i - from->n];
        size_t len = strcspn(s, "=") + 1;
        size_t at = text_hash(TEXT_HASH_START, s, len) & (slots - 1);

        while (table[at] && strncmp(env.v[table[at] - 1], s, len) != 0)
            at = (at + 1) & (slots - 1);
        if (!table[at])
            table[at] = ++env.n;
        env.v[table[at] - 1] = s;
        if (text_starts(s, "HOME=") && s[5])
            *has_home = true;
    }
    /* An empty HOME counts as none. */
    if (!*has_home)
        drop_env(&env, "HOME=");
    if (m->tells_pid)
        drop_env(&env, "LISTEN_PID=");
    return env;
}

static struct texts make_args(struct maker *m)
{
    const struct texts *from = &m->spec->process->args;
    struct texts args = { .n = from->n };

    args.v = arena_get(m->a, (from->n + 1) * sizeof *args.v);
    memcpy(args.v, from->v, from->n * sizeof *args.v);
    return args;
}

/* ---- scheduling and the like ---- */

static void add_scheduler(struct maker *m)
{
    const struct spec_scheduler *s = m->spec->process->scheduler;
    struct step_scheduler *to;

    if (!s)
        return;
    to = ADD(m, scheduler, INIT, "process.scheduler");
    to->policy = s->policy.text;
    to->policy_number = s->policy.value;
    to->nice = s->nice.value;
    to->priority = s->priority.value;
    for (size_t i = 0; i < s->flags.n; i++)
        to->flags |= s->flags.v[i].value;
    to->runtime = (int64_t)s->runtime.value;
    to->deadline = (int64_t)s->deadline.value;
    to->period = (int64_t)s->period.value;
}

static void add_io_priority(struct maker *m)
{
    const struct spec_io_priority *p = m->spec->process->io_priority;
    struct step_io_priority *to;

    if (!p)
        return;
    to = ADD(m, io_priority, INIT, "process.ioPriority");
    to->class = p->class_.text;
    to->class_number = p->class_.value;
    to->level = p->priority.value;
}

static void add_memory_policy(struct maker *m)
{
    const struct spec_memory_policy *p = m->spec->linux_ ? m->spec->linux_->memory_policy : NULL;
    struct step_memory_policy *to;

    if (!p)
        return;
    to = ADD(m, memory_policy, INIT, "linux.memoryPolicy");
    to->mode = p->mode.text;
    to->mode_number = p->mode.value;
    to->nodes = p->nodes;
    for (size_t i = 0; i < p->flags.n; i++)
        to->flags |= p->flags.v[i].value;
}

static void add_ways_to_run(struct maker *m)
{
    const struct spec_linux *l = m->spec->linux_;
    const struct spec_cpu_affinity *cpus = m->spec->process->exec_cpu_affinity;

    if (m->o->exec && cpus && cpus->final && *cpus->final)
        ADD(m, affinity, INIT, "process.execCPUAffinity.final")->cpus = cpus->final;
    else
        ADD_BARE(m, reset_affinity, INIT, "clean start");
    add_io_priority(m);
    add_scheduler(m);
    add_memory_policy(m);
    if (l && l->personality)
        ADD(m, personality, INIT, "linux.personality")->domain = l->personality->domain.value;
}

/* ---- limits ---- */

static int add_limit(struct maker *m, size_t i, enum process who, struct err *e)
{
    const struct spec_rlimit *want = &m->spec->process->rlimits.v[i];
    const struct rlimit_fact *have = &m->f->self.rlimits[want->type.value];
    bool above = want->hard > have->hard;
    struct step_limit *s;

    if (above && (m->f->userns.in_child || !facts_has_cap(m->f, CAP_SYS_RESOURCE))) {
        err_set(e, 0, "process.rlimits[%zu]: %s: the hard limit %llu is above yours, %llu", i,
                want->type.text, (unsigned long long)want->hard, (unsigned long long)have->hard);
        return err_hint(e, "only root can raise a hard limit (ulimit -H shows yours; "
                           "limits.conf(5) sets it at login)");
    }
    if (who == PARENT) {
        struct step_raise_limit *r;

        if (!above)
            return 0;
        /* Init has no power over the host's limits any more, or gives it up; so this much
         * before. */
        r = ADD(m, raise_limit, PARENT, plan_at(m, "process.rlimits", i));
        r->resource = (int)want->type.value;
        r->soft = (int64_t)have->soft;
        r->hard = (int64_t)want->hard;
        return 0;
    }
    s = ADD(m, limit, INIT, plan_at(m, "process.rlimits", i));
    s->resource = (int)want->type.value;
    s->soft = (int64_t)want->soft;
    s->hard = (int64_t)want->hard;
    return 0;
}

int plan_limits(struct maker *m, enum process who, struct err *e)
{
    if (!m->spec->process)
        return 0;
    for (size_t i = 0; i < m->spec->process->rlimits.n; i++)
        TRY(add_limit(m, i, who, e));
    return 0;
}

/* ---- ids ---- */

static const char *list_gids(struct maker *m, const struct spec_user *u)
{
    OWN_TEXT list = { 0 };

    for (size_t i = 0; i < u->additional_gids.n; i++)
        text_printf(&list, "%s%u", i ? ", " : "", u->additional_gids.v[i]);
    return arena_text(m->a, list.s);
}

static void add_groups(struct maker *m)
{
    const struct spec_user *u = &m->spec->process->user;
    struct step_groups *s;

    if (spec_annotation_on(m->spec, ANNOTATION_KEEP_GROUPS)) {
        if (u->additional_gids.n)
            plan_note(m, "process.user.additionalGids: %s: not set, since the groups of the caller "
                         "are kept",
                      list_gids(m, u));
        return;
    }
    if (m->setgroups_denied) {
        if (u->additional_gids.n)
            plan_warn(m, "process.user.additionalGids: %s: not set, since setgroups(2) is denied "
                         "in this user namespace",
                      list_gids(m, u));
        return;
    }
    s = ADD(m, groups, INIT, "process.user.additionalGids");
    /* By a user namespace that is joined, which cannot be seen before. */
    s->may_be_denied = !m->map_known;
    s->gids.n = u->additional_gids.n;
    s->gids.v = u->additional_gids.v;
}

/* A terminal or a pipe that the program's user cannot open again is a trap; a file of the
 * caller keeps its owner. */
static void add_stdio_owner(struct maker *m)
{
    uint32_t uid = m->spec->process->user.uid, out = 0;

    if (m->map_known && facts_map_has(&m->uids, uid, &out) && out == m->f->self.euid)
        return;
    ADD(m, own_stdio, INIT, "process.user.uid")->uid = uid;
}

/* Where the program's user is the one that we are, seen from outside, there is nothing to
 * change; and what the change of ids takes away stays set. */
static void add_ids(struct maker *m)
{
    const struct spec_user *u = &m->spec->process->user;
    uint32_t uid = 0, gid = 0;
    struct step_ids *s;

    if (m->user_ns && m->map_known && !m->pinned && facts_map_has(&m->uids, u->uid, &uid) &&
        facts_map_has(&m->gids, u->gid, &gid) && uid == m->f->self.euid && gid == m->f->self.egid)
        return;
    s = ADD(m, ids, INIT, "process.user");
    s->uid = u->uid;
    s->gid = u->gid;
    if (m->o->foreground)
        ADD(m, die_with_parent, INIT, "foreground run")->again = true;
}

static int add_labels(struct maker *m, struct err *e)
{
    const struct spec_process *p = m->spec->process;
    const char *const text[2] = { p->apparmor_profile, p->selinux_label };
    const char *const kind[2] = { "apparmor", "selinux" };
    const char *const why[2] = { "process.apparmorProfile", "process.selinuxLabel" };
    const bool active[2] = { m->f->kernel.apparmor, m->f->kernel.selinux };

    for (int i = 0; i < 2; i++) {
        struct step_label *s;

        if (!text[i] || !*text[i])
            continue;
        if (!active[i]) {
            err_set(e, 0, "%s: \"%s\" cannot be applied: %s is not active on this host", why[i],
                    text[i], i ? "SELinux" : "AppArmor");
            return err_hint(e, "remove %s from the config", why[i]);
        }
        s = ADD(m, label, INIT, why[i]);
        s->kind = kind[i];
        s->text = text[i];
    }
    return 0;
}

bool plan_changes_dir(const struct maker *m)
{
    /* Both a new root and a joined mount namespace begin in "/"; a shared one leaves us where we
     * are. */
    bool at_root = m->o->exec ? (m->joined & NS_MOUNT) : true;

    return !at_root || !text_is(m->spec->process->cwd, "/");
}

int plan_process(struct maker *m, const struct filter_rules *filter, struct err *e)
{
    const struct spec_process *p = m->spec->process;
    struct cap_plan caps;
    bool has_home = false;
    struct texts env = make_env(m, &has_home);
    struct step_caps *sets;
    struct step_exec *program;

    plan_caps(m, &caps);
    add_ways_to_run(m);
    TRY(add_labels(m, e));
    if (!has_home)
        ADD(m, find_home, INIT, "process.env")->uid = p->user.uid;
    if (m->tells_pid)
        ADD_BARE(m, listen_pid, INIT, "LISTEN_FDS");
    if (p->terminal)
        ADD_BARE(m, use_terminal, INIT, "process.terminal");
    add_stdio_owner(m);
    if (p->no_new_privileges)
        ADD_BARE(m, no_new_privs, INIT, "process.noNewPrivileges");
    /* Without no_new_privs a filter needs CAP_SYS_ADMIN, which goes away below; then it must
     * allow what rcrun itself still does: capset, setresuid, chdir, execve. */
    if (filter && !p->no_new_privileges)
        plan_load_filter(m, filter, false);
    if (caps.bounding != all_caps(m))
        ADD(m, bounding, INIT, "process.capabilities.bounding")->keep = caps.bounding;
    add_groups(m);
    add_ids(m);
    sets = ADD(m, caps, INIT, "process.capabilities");
    sets->effective = caps.effective;
    sets->permitted = caps.permitted;
    sets->inheritable = caps.inheritable;
    sets->ambient = caps.ambient;
    /* Last change of credentials done: now the directory is what the program will have.  To "/" no
     * path leads that could be wrong. */
    if (plan_changes_dir(m))
        ADD(m, check_cwd, INIT, "process.cwd")->path = p->cwd;
    /* As the program's user, and before a filter that may not allow to look. */
    ADD(m, find_program, INIT, "process.args")->name = p->args.v[0];
    ADD(m, umask, INIT, "process.user.umask")->mask =
        p->user.umask.set ? p->user.umask.value : 0022;
    plan_start_point(m);
    TRY(plan_limits(m, INIT, e));
    ADD(m, reset_signals, INIT, "clean start")->ignored =
        (int64_t)m->f->self.ignored_signals;
    ADD(m, close_fds, INIT, "clean start")->keep = m->p->preserve_fds;
    if (filter && p->no_new_privileges)
        plan_load_filter(m, filter, true);
    program = ADD(m, exec, INIT, "process.args");
    program->args = make_args(m);
    program->env = env;
    return 0;
}
