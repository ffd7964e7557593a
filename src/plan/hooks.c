/* plan/hooks.c - the six kinds of hooks: who runs them, and when (runtime-spec, Lifecycle). */
#include "base/path.h"
#include "plan/make.h"
#include "spec/names.h"

static struct texts with_null(struct maker *m, const struct texts *from, const char *first)
{
    struct texts list = { 0 };

    if (from->n == 0 && first)
        *LIST_ADD(m->a, &list) = first;
    for (size_t i = 0; i < from->n; i++)
        *LIST_ADD(m->a, &list) = from->v[i];
    *LIST_ADD(m->a, &list) = NULL;
    list.n--;
    return list;
}

/* The file that an annotation names; a relative path begins at the bundle. */
static const char *file_of(struct maker *m, const char *key)
{
    const char *path = spec_annotation(m->spec, key);

    return path && *path ? path_clean(m->a, m->o->bundle, path) : NULL;
}

static struct hook *read_hook(struct maker *m, const char *kind, const struct spec_hook *from)
{
    struct hook *h = ARENA_NEW(m->a, struct hook);

    h->kind = kind;
    h->path = from->path;
    h->args = with_null(m, &from->args, from->path);
    h->env = with_null(m, &from->env, NULL);
    h->timeout_s = from->timeout.set ? from->timeout.value : 0;
    h->output = file_of(m, ANNOTATION_HOOKS_STDOUT);
    h->errors = file_of(m, ANNOTATION_HOOKS_STDERR);
    return h;
}

static const char *place(struct maker *m, const char *kind, size_t i)
{
    return arena_printf(m->a, "hooks.%s[%zu]", kind, i);
}

static void add_outside(struct maker *m, const char *kind, const struct spec_hook_list *list,
                        bool optional)
{
    for (size_t i = 0; i < list->n; i++) {
        struct step *s = plan_add(m, STEP_hook, PARENT, place(m, kind, i));

        s->u.hook.hook = read_hook(m, kind, &list->v[i]);
        s->optional = optional;
    }
}

static void add_inside(struct maker *m, const char *kind, const char *status,
                       const struct spec_hook_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        struct step_hook_inside *s = ADD(m, hook_inside, INIT, place(m, kind, i));

        s->hook = read_hook(m, kind, &list->v[i]);
        s->status = status;
    }
}

/* Hooks of the runtime look at the namespaces of the container in /proc, which the kernel allows
 * the caller only while init is dumpable.  That is no harm where nobody else is in the container
 * who could look into init, too. */
static bool is_alone(const struct maker *m)
{
    return makes(m, NS_USER) && makes(m, NS_PID) && !m->joined;
}

/* Hooks in the container write to files of the host, so they are opened before it is there. */
void plan_hooks_open(struct maker *m)
{
    const struct spec_hooks *h = m->spec->hooks;
    struct step_open_hook_files s = { .output = file_of(m, ANNOTATION_HOOKS_STDOUT),
                                      .errors = file_of(m, ANNOTATION_HOOKS_STDERR) };

    if ((s.output || s.errors) && h && (h->create_container.n || h->start_container.n))
        *ADD(m, open_hook_files, PARENT,
             s.output ? ANNOTATION_HOOKS_STDOUT : ANNOTATION_HOOKS_STDERR) = s;
}

void plan_hooks_create(struct maker *m)
{
    const struct spec_hooks *h = m->spec->hooks;
    bool outside = h && (h->prestart.n || h->create_runtime.n);
    bool seen = outside && is_alone(m);
    const char *why = outside ? "hooks" : m->o->pid_file ? "--pid-file" : "pidfd";

    if (outside || (h && h->create_container.n))
        plan_net_ready(m);
    if (outside || m->o->pid_file || plan_pidfd_socket(m)) {
        if (seen)
            ADD(m, be_seen, INIT, "hooks")->on = true;
        plan_meet(m, INIT, PARENT, MSG_NAMESPACES, why);
        if (m->o->pid_file)
            ADD(m, write_pid_file, PARENT, "--pid-file")->path = m->o->pid_file;
        plan_send_pidfd(m);
        if (outside) {
            add_outside(m, "prestart", &h->prestart, false);
            add_outside(m, "createRuntime", &h->create_runtime, false);
        }
        plan_meet(m, PARENT, INIT, MSG_HOOKED, why);
        if (seen)
            ADD(m, be_seen, INIT, "security")->on = false;
    }
    if (h)
        add_inside(m, "createContainer", "creating", &h->create_container);
}

void plan_hooks_start(struct maker *m)
{
    if (m->spec->hooks)
        add_inside(m, "startContainer", "created", &m->spec->hooks->start_container);
}

void plan_hooks_started(struct maker *m)
{
    if (m->spec->hooks)
        add_outside(m, "poststart", &m->spec->hooks->poststart, false);
}

/* A failure of one is a warning, and the others run all the same. */
void plan_hooks_stopped(struct maker *m)
{
    if (m->spec->hooks)
        add_outside(m, "poststop", &m->spec->hooks->poststop, true);
}

static struct hooks hooks_of(struct arena *a, const struct spec *s, const char *bundle,
                             const char *kind, const struct spec_hook_list *list)
{
    const struct plan_options o = { .bundle = bundle };
    struct maker m = { .a = a, .spec = s, .o = &o };
    struct hooks out = { 0 };

    for (size_t i = 0; i < list->n; i++)
        *LIST_ADD(a, &out) = *read_hook(&m, kind, &list->v[i]);
    return out;
}

struct hooks plan_poststart(struct arena *a, const struct spec *s, const char *bundle)
{
    return s->hooks ? hooks_of(a, s, bundle, "poststart", &s->hooks->poststart)
                    : (struct hooks){ 0 };
}

struct hooks plan_poststop(struct arena *a, const struct spec *s, const char *bundle)
{
    return s->hooks ? hooks_of(a, s, bundle, "poststop", &s->hooks->poststop)
                    : (struct hooks){ 0 };
}
