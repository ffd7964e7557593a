/* cli/edit-net.c - --net and the options beside it. */
#include <string.h>

#include "cli/edit-parts.h"
#include "spec/check.h"
#include "spec/names.h"

/* ---- what is said ---- */

static void add_word(struct editor *x, const char *key, const char *value)
{
    *LIST_ADD(x->a, &x->out->network) = (struct pair){ key, value };
}

static void add_list(struct editor *x, const char *key, const struct texts *list)
{
    for (size_t i = 0; i < list->n; i++)
        add_word(x, key, list->v[i]);
}

/* The same words as in --net=slirp,KEY=VALUE. */
static void collect(struct editor *x)
{
    const struct edit *edit = x->edit;

    if (edit->net)
        add_word(x, NULL, edit->net);
    else if (edit->publish.n && !spec_annotation(x->s, ANNOTATION_NETWORK))
        add_word(x, NULL, "slirp");
    add_list(x, "publish", &edit->publish);
    add_list(x, "dns", &edit->dns);
    add_list(x, "dns-search", &edit->dns_search);
    add_list(x, "dns-option", &edit->dns_option);
    add_list(x, "add-host", &edit->add_host);
    if (edit->hosts)
        add_word(x, "hosts", edit->hosts);
    if (edit->no_hosts)
        add_word(x, "no-hosts", NULL);
    if (edit->no_hostname)
        add_word(x, "no-hostname", NULL);
}

/* The key is what the option is called. */
static int name_option(struct editor *x, struct err *e)
{
    const char *hint = *e->hint ? arena_text(x->a, e->hint) : NULL;

    err_set(e, 0, "--%s", arena_text(x->a, e->text));
    return hint ? err_hint(e, "%s", hint) : -1;
}

static int check(struct editor *x, struct network *n, struct err *e)
{
    const struct dict *words = &x->out->network;

    *n = network_start();
    for (size_t i = 0; i < words->n; i++) {
        const struct pair *p = &words->v[i];

        if (!p->key && network_mode(x->a, n, p->value, e) < 0)
            return err_ctx(e, "--net");
        if (p->key && network_key(x->a, n, p->key, p->value, e) < 0)
            return name_option(x, e);
    }
    return 0;
}

/* ---- namespaces ---- */

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
static void new_sys(struct editor *x)
{
    for (size_t i = 0; i < x->s->mounts.n; i++) {
        struct spec_mount *m = &x->s->mounts.v[i];
        struct texts options = { .set = true };

        if (!text_is(m->destination, "/sys") || !text_is(m->source, "/sys") || !spec_is_bind(m))
            continue;
        for (size_t k = 0; k < m->options.n; k++)
            if (!text_is(m->options.v[k], "bind") && !text_is(m->options.v[k], "rbind"))
                *LIST_ADD(x->a, &options) = m->options.v[k];
        m->type = m->source = "sysfs";
        m->options = options;
    }
}

/* The namespaces of another container, which belong to its user namespace. */
static int join(struct editor *x, struct err *e)
{
    struct spec_linux *l = editor_linux(x);

    if (x->edit->userns)
        return err_set(e, 0, "--userns and --net=container:ID exclude each other");
    editor_namespace(x, "network", x->edit->container_net);
    if (!x->edit->container_user)
        return 0;
    editor_namespace(x, "user", x->edit->container_user);
    l->uid_mappings = l->gid_mappings = (struct spec_id_maps){ 0 };
    return 0;
}

static int apply(struct editor *x, const struct network *n, struct err *e)
{
    bool own = spec_namespaces(x->s) & NS_NET;

    switch (n->mode) {
    case NETWORK_CONFIG:
        return 0;
    case NETWORK_HOST:
        drop_namespace(editor_linux(x), NS_NET);
        return 0;
    case NETWORK_PATH:
        editor_namespace(x, "network", n->target);
        return 0;
    case NETWORK_CONTAINER:
        return join(x, e);
    case NETWORK_INTERNAL:
    case NETWORK_SLIRP:
        /* One with a path stays: the planner refuses it. */
        if (own)
            return 0;
        break;
    case NETWORK_NONE:
        break;
    }
    if (!own)
        new_sys(x);
    editor_namespace(x, "network", NULL);
    return 0;
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

int edit_network(struct editor *x, struct err *e)
{
    struct network n;

    collect(x);
    TRY(check(x, &n, e));
    return apply(x, &n, e);
}

/* ---- as annotations ---- */

/* The namespaces say it all. */
static void drop_network(struct editor *x)
{
    static const char prefix[] = ANNOTATION_NETWORK ".";
    struct dict *all = &x->s->annotations;
    size_t kept = 0;

    for (size_t i = 0; i < all->n; i++)
        if (!text_is(all->v[i].key, ANNOTATION_NETWORK) && !text_starts(all->v[i].key, prefix))
            all->v[kept++] = all->v[i];
    all->n = kept;
}

static void note_key(struct editor *x, const char *word, const char *value)
{
    const char *key = arena_printf(x->a, ANNOTATION_NETWORK ".%s", word);
    const char *before = spec_annotation(x->s, key);

    if (before && network_is_list(word))
        value = arena_printf(x->a, "%s %s", before, value);
    editor_annotate(x, NULL, key, value);
}

/* The keys that were there stay, but those of the new mode win. */
static void note_mode(struct editor *x, const char *text)
{
    const char *before = spec_annotation(x->s, ANNOTATION_NETWORK);
    struct texts parts = edit_split(x->a, text, ',');

    if (!before) {
        editor_annotate(x, NULL, ANNOTATION_NETWORK, text);
        return;
    }
    editor_annotate(x, NULL, ANNOTATION_NETWORK,
                    arena_printf(x->a, "%s%s", parts.v[0], before + strcspn(before, ",")));
    for (size_t i = 1; i < parts.n; i++) {
        const char *equals = strchr(parts.v[i], '=');
        size_t n = strcspn(parts.v[i], "=");

        note_key(x, arena_copy(x->a, parts.v[i], n), equals ? equals + 1 : "on");
    }
}

void edit_network_note(struct editor *x)
{
    const struct dict *words = &x->out->network;
    struct network n = network_start();
    struct err ignored = { 0 };

    if (words->n && !words->v[0].key && network_mode(x->a, &n, words->v[0].value, &ignored) == 0 &&
        !network_is_made(n.mode)) {
        drop_network(x);
        return;
    }
    for (size_t i = 0; i < words->n; i++) {
        const struct pair *p = &words->v[i];

        if (p->key)
            note_key(x, p->key, p->value ? p->value : "on");
        else
            note_mode(x, p->value);
    }
}
