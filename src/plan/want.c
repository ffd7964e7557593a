/* plan/want.c - which questions a spec raises. */
#include "base/path.h"
#include "plan/make.h"
#include "spec/names.h"
#include "spec/userns.h"

static void ask_path(struct arena *a, struct questions *q, const char *path)
{
    *LIST_ADD(a, &q->paths) = path;
}

static void ask_linux(struct arena *a, const struct spec_linux *l, struct questions *q)
{
    for (size_t i = 0; i < l->namespaces.n; i++)
        if (l->namespaces.v[i].path && *l->namespaces.v[i].path)
            *LIST_ADD(a, &q->namespaces) = l->namespaces.v[i].path;
    for (size_t i = 0; i < l->devices.n; i++)
        if (l->devices.v[i].type.value != 'p')
            ask_path(a, q, path_clean(a, "/", l->devices.v[i].path));
    q->labels = l->mount_label && *l->mount_label;
}

static void ask_mounts(struct arena *a, const struct spec *s, const struct plan_options *o,
                       struct questions *q)
{
    for (size_t i = 0; i < s->mounts.n; i++) {
        const struct spec_mount *m = &s->mounts.v[i];
        const char *path;

        if (spec_is_bind(m) && m->source) {
            ask_path(a, q, path_clean(a, o->bundle, m->source));
            q->below = q->below || (o->notes && text_list_has(&m->options, "ro") &&
                                    text_list_has(&m->options, "rbind"));
        }
        else if (text_is(m->type, "mqueue") && (!spec_namespace(s, NS_IPC, &path) || path))
            ask_path(a, q, "/dev/mqueue");
        else if (text_is(m->type, "cgroup") || text_is(m->type, "cgroup2"))
            q->cgroup = true;
        else if (text_is(m->type, "sysfs"))
            q->sysfs = true;
        else if (text_is(m->type, "overlay"))
            plan_mount_overlay_want(a, m, o->bundle, q);
    }
}

static bool is_one_id(const struct spec_id_maps *maps)
{
    return maps->n == 1 && maps->v[0].size == 1;
}

/* Maps that are given are judged by the tools that write them, which say no with a reason;
 * when nothing will be done, the planner has to judge. */
static void ask_ids(const struct spec *s, const struct plan_options *o, struct questions *q)
{
    const struct spec_linux *l = s->linux_;
    const char *path;

    if (spec_namespace(s, NS_USER, &path) && path)
        return;
    if (!l || (!l->uid_mappings.n && !l->gid_mappings.n)) {
        const char *words = spec_annotation(s, ANNOTATION_USERNS);

        q->subids = !text_is(words, "single");
        return;
    }
    q->map_tools = true;
    q->one_mapped = is_one_id(&l->uid_mappings) && is_one_id(&l->gid_mappings);
    if (!q->one_mapped) {
        q->subids = o->only_tell;
        return;
    }
    q->mapped_uid = l->uid_mappings.v[0].host_id;
    q->mapped_gid = l->gid_mappings.v[0].host_id;
}

/* Who makes a root directory outside of the bundle leaves no note there, but one that is typed may
 * lie in another bundle. */
static void ask_record(struct arena *a, const struct plan_options *o, const char *root,
                       struct questions *q)
{
    if (o->root_typed)
        q->map_record = path_clean(a, root, "../" MAP_RECORD_FILE);
    else if (path_inside(root, o->bundle))
        q->map_record = path_join(a, o->bundle, MAP_RECORD_FILE);
}

void plan_want(struct arena *a, const struct spec *s, const struct plan_options *o,
               struct questions *q)
{
    const char *root = path_clean(a, o->bundle, s->root->path);

    ask_path(a, q, root);
    ask_mounts(a, s, o, q);
    plan_overlay_want(a, s, o, q);
    if (s->linux_)
        ask_linux(a, s->linux_, q);
    ask_ids(s, o, q);
    ask_record(a, o, root, q);
    q->cwd = o->only_tell;
    q->state_root = true;
    q->service = true;
    q->net = plan_net_wanted(a, s, o);
    q->time_ns = spec_namespace(s, NS_TIME, NULL);
    if (!s->process)
        return;
    q->tty = s->process->terminal;
    q->labels = q->labels || (s->process->apparmor_profile && *s->process->apparmor_profile) ||
                (s->process->selinux_label && *s->process->selinux_label);
    q->oom_score_adj = s->process->oom_score_adj.set;
    for (size_t i = 0; i < s->process->rlimits.n; i++)
        q->rlimits |= 1u << s->process->rlimits.v[i].type.value;
}

void plan_want_unshare(struct arena *a, const struct spec *s, const struct unshare_options *o,
                       struct questions *q)
{
    const struct plan_options none = { .only_tell = o->only_tell };

    ask_ids(s, &none, q);
    if (o->remove)
        ask_path(a, q, o->remove);
}
