/* plan/ns.c - which namespaces are made, which are joined, and in which order.
 *
 * With nothing to join and no time namespace one clone(2) makes them all, and the plan has
 * two processes.  Else setup joins and unshares, then forks init: a pid or time namespace
 * takes effect for children only, and joining needs a process that is still outside. */
#include <linux/capability.h>
#include <string.h>

#include "plan/make.h"
#include "spec/names.h"

/* Mount last: it changes what a path means.  User comes on its own. */
static const uint32_t join_order[] = { NS_NET, NS_IPC, NS_UTS, NS_CGROUP, NS_TIME, NS_PID, NS_MOUNT };

static const char *type_name(uint32_t type)
{
    const char *word = names_word(spec_namespace_names, (int64_t)type);

    return word ? word : "?";
}

static bool is_admin(const struct facts *f)
{
    return facts_has_cap(f, CAP_SYS_ADMIN);
}

static const char *entry(struct maker *m, uint32_t type, const char **path)
{
    const struct spec_linux *l = m->spec->linux_;

    *path = NULL;
    for (size_t i = 0; l && i < l->namespaces.n; i++)
        if ((uint32_t)l->namespaces.v[i].type.value == type) {
            *path = l->namespaces.v[i].path && *l->namespaces.v[i].path ? l->namespaces.v[i].path
                                                                        : NULL;
            return plan_at(m, "linux.namespaces", i);
        }
    return NULL;
}

static int join(struct maker *m, uint32_t type, const char *path, const char *why, struct err *e)
{
    const struct ns_fact *fact = facts_namespace(m->f, path);

    if (!fact)
        BUG("namespace %s was not asked for", path);
    if (fact->num)
        return err_set(e, fact->num, "%s.path: %s", why, path);
    if (fact->type != type) {
        if (!fact->type)
            return err_set(e, 0, "%s.path: %s is not a namespace", why, path);
        return err_set(e, 0, "%s.path: %s is a namespace of type %s, not %s", why, path,
                       type_name(fact->type), type_name(type));
    }
    /* Joining the own user namespace is EINVAL, and the others need nothing. */
    if (fact->is_own) {
        plan_note(m, "%s: %s is the namespace that rcrun is in", why, path);
        return 0;
    }
    m->joined |= type;
    return 0;
}

/* A namespace of another owner cannot be joined from inside a new user namespace. */
static int check_owner(struct maker *m, uint32_t type, const char *path, const char *why,
                       struct err *e)
{
    const struct ns_fact *fact = facts_namespace(m->f, path);

    if (!makes(m, NS_USER) || (fact->owned_by_us && is_admin(m->f)))
        return 0;
    err_set(e, 0, "%s.path: the %s namespace %s belongs to another user namespace than the "
                  "container's new one", why, type_name(type), path);
    return err_hint(e, "join its owner too: { \"type\": \"user\", \"path\": \"/proc/PID/ns/user\" }");
}

int plan_ns_user(struct maker *m, struct err *e)
{
    const struct facts *f = m->f;
    const char *path, *why = entry(m, NS_USER, &path);

    if (why) {
        if (path)
            TRY(join(m, NS_USER, path, why, e));
        else
            m->create |= NS_USER;
        m->user_ns = ((m->create | m->joined) & NS_USER) != 0;
        if (m->user_ns || is_admin(f))
            return 0;
        err_set(e, 0, "%s.path: %s is the user namespace that you are in, without the rights "
                      "to make a container there",
                why, path);
        return err_hint(e, "leave out the path for a new one");
    }
    if (spec_annotation(m->spec, ANNOTATION_USERNS)) {
        m->create |= NS_USER;
        m->user_ns = true;
        return 0;
    }
    if (f->self.euid == 0 && is_admin(f))
        return 0;
    if (m->o->require_userns) {
        err_set(e, 0, "linux.namespaces: a container without root needs a user namespace");
        return err_hint(e, "rcrun spec --rootless writes such a config; without "
                           "--rootless=false it is added by itself");
    }
    plan_warn(m, "the config has no user namespace: one was added, since %s",
              f->self.euid ? "you are not root" : "root has no CAP_SYS_ADMIN here");
    m->create |= NS_USER;
    m->user_ns = true;
    return 0;
}

int plan_ns_decide(struct maker *m, struct err *e)
{
    TRY(plan_ns_user(m, e));
    for (size_t i = 0; i < COUNT_OF(join_order); i++) {
        uint32_t type = join_order[i];
        const char *path, *why = entry(m, type, &path);

        if (!why)
            continue;
        if (!path) {
            m->create |= type;
            continue;
        }
        TRY(join(m, type, path, why, e));
        if (m->joined & type)
            TRY(check_owner(m, type, path, why, e));
    }
    if (makes(m, NS_TIME) && !m->f->kernel.time_ns)
        return err_set(e, 0, "linux.namespaces: this kernel (%s) has no time namespaces",
                       m->f->kernel.release);
    if ((m->joined & NS_USER) && m->spec->linux_->time_offsets)
        return err_set(e, 0, "linux.timeOffsets: cannot be set in a user namespace that is joined");
    if (!((m->create | m->joined) & NS_PID))
        plan_warn(m, "linux.namespaces: without a pid namespace of its own the container's "
                     "processes are not ended with its program");
    m->three = m->joined || makes(m, NS_TIME);
    /* Without namespaces at all there is still init, forked like any other. */
    m->early = m->three ? SETUP : INIT;
    return 0;
}

/* Over a namespace of our own user namespace nobody in the container's has power, so it is
 * joined before that; but for a mount namespace, where paths lead elsewhere. */
static bool is_ours(const struct maker *m, uint32_t type)
{
    const char *path;

    if (!(m->joined & type) || type == NS_MOUNT || !is_admin(m->f))
        return false;
    spec_namespace(m->spec, type, &path);
    return facts_namespace(m->f, path)->owned_by_us;
}

static void add_join(struct maker *m, uint32_t type)
{
    const char *path, *why = entry(m, type, &path);
    struct step_join *s = ADD(m, join, SETUP, why);

    s->type = type_name(type);
    s->path = path;
}

static bool oom_differs(const struct maker *m)
{
    const struct opt_i64 *want = &m->spec->process->oom_score_adj;

    return want->set && want->value != m->f->self.oom_score_adj;
}

bool plan_oom_changes(const struct maker *m)
{
    const struct facts *f = m->f;

    return oom_differs(m) &&
           (m->spec->process->oom_score_adj.value > f->self.oom_score_adj ||
            (!f->userns.in_child && facts_has_cap(f, CAP_SYS_RESOURCE)));
}

void plan_oom(struct maker *m)
{
    const struct opt_i64 *want = &m->spec->process->oom_score_adj;
    const struct facts *f = m->f;

    if (!oom_differs(m))
        return;
    if (!plan_oom_changes(m)) {
        plan_warn(m, "process.oomScoreAdj: %lld is below yours, %lld, which stays: lowering it "
                     "needs CAP_SYS_RESOURCE",
                  (long long)want->value, (long long)f->self.oom_score_adj);
        return;
    }
    /* Before harden: the files of a process that is not dumpable belong to root. */
    ADD(m, oom_score, m->early, "process.oomScoreAdj")->value = want->value;
}

/* Before harden: the file of a process that is not dumpable belongs to root. */
static void add_time(struct maker *m)
{
    const struct spec_linux *l = m->spec->linux_;
    const struct spec_time_offset *v[2];
    static const char *const clock[2] = { "monotonic", "boottime" };

    if (!makes(m, NS_TIME))
        return;
    ADD(m, unshare, SETUP, "linux.namespaces")->create = NS_TIME;
    if (!l->time_offsets)
        return;
    v[0] = l->time_offsets->monotonic;
    v[1] = l->time_offsets->boottime;
    for (int i = 0; i < 2; i++) {
        struct step_time_offset *s;

        if (!v[i])
            continue;
        s = ADD(m, time_offset, SETUP, "linux.timeOffsets");
        s->clock = clock[i];
        s->secs = v[i]->secs.value;
        s->nanosecs = v[i]->nanosecs.value;
    }
}

/* The map files of a process that is not dumpable cannot be opened by another one, but the
 * setuid helpers do not care. */
static void add_maps(struct maker *m, enum process who)
{
    const char *why = "linux.uidMappings";

    if (m->map_by_tools)
        ADD_BARE(m, harden, who, "security");
    if (m->three)
        plan_meet(m, SETUP, PARENT, MSG_USERNS_MADE, why);
    plan_ids_start(m);
}

void plan_ns_enter(struct maker *m)
{
    enum process who = m->early;
    struct step_spawn *spawn = ADD(m, spawn, PARENT, "linux.namespaces");

    spawn->who = who;
    spawn->create = m->three ? 0 : m->create & ~NS_CGROUP;
    ADD_BARE(m, die_with_parent, who, "clean end");
    plan_oom(m);
    if (m->three) {
        for (size_t i = 0; i < COUNT_OF(join_order); i++)
            if (makes(m, NS_USER) && (m->joined & join_order[i]))
                add_join(m, join_order[i]);
        if (makes(m, NS_USER))
            ADD(m, unshare, SETUP, "linux.namespaces")->create = NS_USER;
        if (!(m->joined & NS_USER))
            add_time(m);
    }
    if (makes(m, NS_USER)) {
        add_maps(m, who);
    } else {
        /* Before the first foreign namespace: somebody in it could look into our memory. */
        ADD_BARE(m, harden, who, "security");
    }
}

/* What setup does once the ids are there (or when there is nothing to map). */
void plan_ns_join(struct maker *m)
{
    uint32_t late = m->create & ~(NS_USER | NS_CGROUP | NS_TIME);
    bool joined = m->joined & NS_USER;

    for (size_t i = 0; i < COUNT_OF(join_order); i++)
        if (joined && is_ours(m, join_order[i]))
            add_join(m, join_order[i]);
    if (joined)
        add_join(m, NS_USER);
    for (size_t i = 0; i < COUNT_OF(join_order); i++)
        if (!makes(m, NS_USER) && (m->joined & join_order[i]) &&
            !(joined && is_ours(m, join_order[i])))
            add_join(m, join_order[i]);
    if (late)
        ADD(m, unshare, SETUP, "linux.namespaces")->create = late;
    if (m->joined & NS_USER)
        add_time(m);
}

void plan_ns_dress(struct maker *m)
{
    /* Here and not with the others: its root is the cgroup that the process is in then. */
    if (makes(m, NS_CGROUP))
        ADD(m, unshare, INIT, "linux.namespaces")->create = NS_CGROUP;
    if (makes(m, NS_NET))
        ADD_BARE(m, loopback_up, INIT, "linux.namespaces");
    plan_net_dress(m);
    if (m->spec->hostname && *m->spec->hostname)
        ADD(m, hostname, INIT, "hostname")->name = m->spec->hostname;
    if (m->spec->domainname && *m->spec->domainname)
        ADD(m, domainname, INIT, "domainname")->name = m->spec->domainname;
}
