#include "cli/edit.h"

#include <string.h>

#include "base/clean.h"
#include "spec/check.h"
#include "spec/names.h"

static struct spec_root *root_of(struct arena *a, struct spec *s)
{
    if (!s->root)
        s->root = ARENA_NEW(a, struct spec_root);
    return s->root;
}

static struct spec_process *process_of(struct arena *a, struct spec *s)
{
    if (!s->process) {
        s->process = ARENA_NEW(a, struct spec_process);
        s->process->cwd = "/";
    }
    return s->process;
}

/* ---- network ---- */

static void add_word(struct arena *a, struct dict *words, const char *key, const char *value)
{
    *LIST_ADD(a, words) = (struct pair){ key, value };
}

static void add_list(struct arena *a, struct dict *words, const char *key, const struct texts *list)
{
    for (size_t i = 0; i < list->n; i++)
        add_word(a, words, key, list->v[i]);
}

/* The same words as in --net=slirp,KEY=VALUE. */
static void collect(struct arena *a, const struct edit *edit, const struct spec *s,
                    struct dict *words)
{
    if (edit->net)
        add_word(a, words, NULL, edit->net);
    else if (edit->publish.n && !spec_annotation(s, ANNOTATION_NETWORK))
        add_word(a, words, NULL, "slirp");
    add_list(a, words, "publish", &edit->publish);
    add_list(a, words, "dns", &edit->dns);
    add_list(a, words, "dns-search", &edit->dns_search);
    add_list(a, words, "dns-option", &edit->dns_option);
    add_list(a, words, "add-host", &edit->add_host);
    if (edit->no_hosts)
        add_word(a, words, "no-hosts", NULL);
    if (edit->no_hostname)
        add_word(a, words, "no-hostname", NULL);
}

static int check(struct arena *a, const struct dict *words, struct network *n, struct err *e)
{
    *n = network_start();
    for (size_t i = 0; i < words->n; i++) {
        const struct pair *p = &words->v[i];

        if (!p->key && network_mode(a, n, p->value, e) < 0)
            return err_ctx(e, "--net");
        if (p->key)
            TRY(network_key(a, n, p->key, p->value, e));
    }
    return 0;
}

static struct spec_linux *linux_of(struct arena *a, struct spec *s)
{
    if (!s->linux_)
        s->linux_ = ARENA_NEW(a, struct spec_linux);
    return s->linux_;
}

/* path NULL: a new one. */
static void set_namespace(struct arena *a, struct spec_linux *l, const char *word, const char *path)
{
    const struct name *type = names_find(spec_namespace_names, word);
    struct spec_namespace *ns = NULL;

    for (size_t i = 0; i < l->namespaces.n && !ns; i++)
        if (l->namespaces.v[i].type.value == type->value)
            ns = &l->namespaces.v[i];
    if (!ns)
        ns = LIST_ADD(a, &l->namespaces);
    *ns = (struct spec_namespace){ .type = { type->value, true, type->name }, .path = path };
}

static void drop_namespace(struct spec_linux *l, int64_t type)
{
    size_t kept = 0;

    for (size_t i = 0; i < l->namespaces.n; i++)
        if (l->namespaces.v[i].type.value != type)
            l->namespaces.v[kept++] = l->namespaces.v[i];
    l->namespaces.n = kept;
}

/* The host's /sys shows the devices of the host's network; the other way round the planner binds it
 * where no new one can be mounted. */
static void new_sys(struct arena *a, struct spec *s)
{
    for (size_t i = 0; i < s->mounts.n; i++) {
        struct spec_mount *m = &s->mounts.v[i];
        struct texts options = { .set = true };

        if (!text_is(m->destination, "/sys") || !text_is(m->source, "/sys") || !spec_is_bind(m))
            continue;
        for (size_t k = 0; k < m->options.n; k++)
            if (!text_is(m->options.v[k], "bind") && !text_is(m->options.v[k], "rbind"))
                *LIST_ADD(a, &options) = m->options.v[k];
        m->type = m->source = "sysfs";
        m->options = options;
    }
}

/* The namespaces of another container, which belong to its user namespace. */
static void join(struct arena *a, struct spec *s, const struct edit *edit)
{
    struct spec_linux *l = linux_of(a, s);

    set_namespace(a, l, "network", edit->container_net);
    if (!edit->container_user)
        return;
    set_namespace(a, l, "user", edit->container_user);
    l->uid_mappings = l->gid_mappings = (struct spec_id_maps){ 0 };
}

static void apply(struct arena *a, const struct edit *edit, const struct network *n, struct spec *s)
{
    switch (n->mode) {
    case NETWORK_CONFIG:
        return;
    case NETWORK_HOST:
        drop_namespace(linux_of(a, s), NS_NET);
        return;
    case NETWORK_PATH:
        set_namespace(a, linux_of(a, s), "network", n->target);
        return;
    case NETWORK_CONTAINER:
        join(a, s, edit);
        return;
    case NETWORK_NONE:
        if (!(spec_namespaces(s) & NS_NET))
            new_sys(a, s);
        set_namespace(a, linux_of(a, s), "network", NULL);
        return;
    case NETWORK_INTERNAL:
    case NETWORK_SLIRP:
        /* One with a path stays: the planner refuses it. */
        if (spec_namespaces(s) & NS_NET)
            return;
        new_sys(a, s);
        set_namespace(a, linux_of(a, s), "network", NULL);
    }
}

int edit_container(struct arena *a, const struct edit *edit, const char **id, struct err *e)
{
    struct network n = network_start();

    *id = NULL;
    if (!edit->net)
        return 0;
    if (network_mode(a, &n, edit->net, e) < 0)
        return err_ctx(e, "--net");
    if (n.mode == NETWORK_CONTAINER)
        *id = n.target;
    return 0;
}

int edit_spec(struct arena *a, const struct edit *edit, const struct texts *command, struct spec *s,
              struct dict *network, struct err *e)
{
    struct network n;

    if (edit->ro && edit->rw)
        return err_set(e, 0, "--ro and --rw exclude each other");
    if (edit->ro || edit->rw)
        root_of(a, s)->readonly = edit->ro;
    if (command->set && command->n == 0)
        return err_set(e, 0, "no command behind --");
    if (command->set)
        process_of(a, s)->args = *command;
    *network = (struct dict){ 0 };
    collect(a, edit, s, network);
    TRY(check(a, network, &n, e));
    apply(a, edit, &n, s);
    return 0;
}
