#include "cli/edit.h"

#include <stdio.h>
#include <string.h>

#include "base/clean.h"
#include "base/path.h"
#include "cli/edit-parts.h"
#include "spec/default.h"
#include "spec/names.h"
#include "spec/userns.h"

const struct name edit_drivers[] = { { "auto", 1 }, { "kernel", 2 }, { "fuse", 3 }, { NULL, 0 } };

/* ---- for all parts ---- */

struct spec_process *editor_process(struct editor *x)
{
    if (!x->s->process) {
        x->s->process = ARENA_NEW(x->a, struct spec_process);
        x->s->process->cwd = "/";
    }
    return x->s->process;
}

struct spec_linux *editor_linux(struct editor *x)
{
    if (!x->s->linux_)
        x->s->linux_ = ARENA_NEW(x->a, struct spec_linux);
    return x->s->linux_;
}

static struct spec_root *root_of(struct editor *x)
{
    if (!x->s->root)
        x->s->root = ARENA_NEW(x->a, struct spec_root);
    return x->s->root;
}

const char *editor_path(const struct editor *x, const char *path)
{
    char *typed;

    if (!x->place->bundle || *path == '/')
        return path_clean(x->a, x->place->dir, path);
    typed = arena_text(x->a, path);
    for (size_t n = strlen(typed); n > 1 && typed[n - 1] == '/'; n--)
        typed[n - 1] = '\0';
    return typed;
}

void editor_annotate(struct editor *x, const char *option, const char *key, const char *value)
{
    struct dict *all = &x->s->annotations;

    if (option)
        *LIST_ADD(x->a, &x->out->notes) = (struct pair){ key, option };
    for (size_t i = 0; i < all->n; i++)
        if (text_is(all->v[i].key, key)) {
            all->v[i].value = value;
            return;
        }
    *LIST_ADD(x->a, all) = (struct pair){ key, value };
}

void editor_namespace(struct editor *x, const char *word, const char *path)
{
    const struct name *type = names_find(spec_namespace_names, word);
    struct spec_linux *l = editor_linux(x);
    struct spec_namespace *ns = NULL;

    for (size_t i = 0; i < l->namespaces.n && !ns; i++)
        if (l->namespaces.v[i].type.value == type->value)
            ns = &l->namespaces.v[i];
    if (!ns)
        ns = LIST_ADD(x->a, &l->namespaces);
    *ns = (struct spec_namespace){ .type = { type->value, true, type->name }, .path = path };
}

struct texts edit_split(struct arena *a, const char *text, char at)
{
    const char stop[] = { at, '\0' };
    struct texts parts = { .set = true };

    for (;;) {
        size_t n = strcspn(text, stop);

        *LIST_ADD(a, &parts) = arena_copy(a, text, n);
        if (!text[n])
            return parts;
        text += n + 1;
    }
}

/* ---- root ---- */

static bool ends_in(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);

    return n > m && strcmp(s + n - m, end) == 0;
}

const char *edit_rootfs(struct arena *a, const struct edit *edit)
{
    size_t n = strlen(edit->rootfs);

    return arena_copy(a, edit->rootfs, ends_in(edit->rootfs, ":O") ? n - strlen(":O") : n);
}

static void set_annotations(struct editor *x, const char *overlay)
{
    const struct edit *edit = x->edit;

    if (overlay)
        editor_annotate(x, overlay, ANNOTATION_ROOT_OVERLAY, overlay);
    if (edit->ephemeral && *edit->ephemeral)
        editor_annotate(x, "ephemeral", ANNOTATION_ROOT_SIZE, edit->ephemeral);
    if (edit->upper)
        editor_annotate(x, "upper", ANNOTATION_ROOT_UPPER, editor_path(x, edit->upper));
    for (size_t i = 0; i < edit->lower.n; i++)
        editor_annotate(x, "lower", arena_printf(x->a, ANNOTATION_ROOT_LOWER "%zu", i),
                        editor_path(x, edit->lower.v[i]));
    if (edit->volatile_)
        editor_annotate(x, "volatile", ANNOTATION_ROOT_VOLATILE, "true");
    if (edit->driver)
        editor_annotate(x, "overlay-driver", ANNOTATION_ROOT_DRIVER,
                        names_word(edit_drivers, edit->driver));
}

/* Those that begin with the text; what the command line says takes their place. */
static void drop_annotations(struct editor *x, const char *prefix)
{
    struct dict *all = &x->s->annotations;
    size_t kept = 0;

    for (size_t i = 0; i < all->n; i++)
        if (!text_starts(all->v[i].key, prefix))
            all->v[kept++] = all->v[i];
    all->n = kept;
}

static int edit_root(struct editor *x, struct err *e)
{
    const struct edit *edit = x->edit;
    bool thrown = edit->ephemeral || (edit->rootfs && ends_in(edit->rootfs, ":O"));

    if (edit->ro && edit->rw)
        return err_set(e, 0, "--ro and --rw exclude each other");
    if (thrown && edit->upper)
        return err_set(e, 0, "--%s and --upper exclude each other",
                       edit->ephemeral ? "ephemeral" : "rootfs DIR:O");
    if (edit->upper && !*edit->upper)
        return err_set(e, 0, "--upper: wants a directory");
    for (size_t i = 0; i < edit->lower.n; i++)
        if (!*edit->lower.v[i])
            return err_set(e, 0, "--lower: wants a directory");
    if (edit->rootfs && !*edit_rootfs(x->a, edit))
        return err_set(e, 0, "--rootfs: wants a directory");
    if (edit->rootfs)
        root_of(x)->path = editor_path(x, edit_rootfs(x->a, edit));
    if (edit->ro || edit->rw)
        root_of(x)->readonly = edit->ro;
    /* Another upper than that of the config has another size or place, too. */
    if (thrown || edit->upper) {
        drop_annotations(x, ANNOTATION_ROOT_SIZE);
        drop_annotations(x, ANNOTATION_ROOT_UPPER);
    }
    if (edit->lower.n)
        drop_annotations(x, ANNOTATION_ROOT_LOWER);
    set_annotations(x, thrown ? "ephemeral" : edit->upper ? "upper" : NULL);
    return 0;
}

/* ---- the rest ---- */

static int edit_annotations(struct editor *x, struct err *e)
{
    const struct texts *list = &x->edit->annotations;

    for (size_t i = 0; i < list->n; i++) {
        const char *equals = strchr(list->v[i], '=');

        if (!equals || equals == list->v[i])
            return err_set(e, 0, "--annotation: wants KEY=VALUE, found \"%s\"", list->v[i]);
        editor_annotate(x, NULL, arena_copy(x->a, list->v[i], (size_t)(equals - list->v[i])),
                        equals + 1);
    }
    return 0;
}

/* Who wants to be himself does not want to be root; somebody else the config may still name. */
static void keep_user(struct editor *x, const struct userns *u)
{
    struct spec_user *user = &editor_process(x)->user;

    if (u->kind != USERNS_KEEP_ID || user->uid || user->gid)
        return;
    user->uid = u->uid.set ? u->uid.value : x->place->uid;
    user->gid = u->gid.set ? u->gid.value : x->place->gid;
}

/* The map that is asked for takes the place of the one that is written. */
static int edit_userns(struct editor *x, struct err *e)
{
    struct userns u;

    if (!x->edit->userns)
        return 0;
    if (userns_parse(x->a, x->edit->userns, &u, e) < 0)
        return err_ctx(e, "--userns");
    editor_annotate(x, "userns", ANNOTATION_USERNS, x->edit->userns);
    editor_namespace(x, "user", NULL);
    x->s->linux_->uid_mappings = x->s->linux_->gid_mappings = (struct spec_id_maps){ 0 };
    keep_user(x, &u);
    return 0;
}

static int edit_hostname(struct editor *x, struct err *e)
{
    const char *name = x->edit->hostname;

    if (!name)
        return 0;
    if (!*name || strlen(name) > 64)
        return err_set(e, 0, "--hostname: wants 1 to 64 bytes, found \"%.80s\"", name);
    x->s->hostname = name;
    for (size_t i = 0; i < editor_linux(x)->namespaces.n; i++)
        if (x->s->linux_->namespaces.v[i].type.value == NS_UTS)
            return 0;
    editor_namespace(x, "uts", NULL);
    return 0;
}

int edit_spec(struct arena *a, const struct edit *edit, const struct edit_place *place,
              const struct texts *command, struct spec *s, struct edited *out, struct err *e)
{
    struct editor x = { .a = a, .edit = edit, .place = place, .s = s, .out = out };

    *out = (struct edited){ 0 };
    /* First, so that an option of its own wins over the annotation behind it. */
    TRY(edit_annotations(&x, e));
    TRY(edit_root(&x, e));
    TRY(edit_userns(&x, e));
    TRY(edit_hostname(&x, e));
    TRY(edit_process(&x, command, e));
    TRY(edit_mounts(&x, e));
    return edit_network(&x, e);
}

void edit_write(struct arena *a, const struct spec *s, const struct edited *edited,
                struct text *out)
{
    struct spec copy = *s;
    struct edited words = *edited;
    struct editor x = { .a = a, .s = &copy, .out = &words };

    copy.annotations = (struct dict){ 0 };
    for (size_t i = 0; i < s->annotations.n; i++)
        *LIST_ADD(a, &copy.annotations) = s->annotations.v[i];
    edit_network_note(&x);
    spec_write(&copy, out);
}

/* What is said of `place` is said of the option. */
static bool name(struct err *e, const char *place, const char *option, const char *text)
{
    const struct err was = *e;
    const char *rest = was.text + strlen(place);

    if (!text_starts(was.text, place))
        return false;
    rest += strspn(rest, ".: ");
    err_set(e, 0, "--%s%s%s: %s", option, text ? " " : "", text ? text : "", rest);
    e->num = was.num;
    if (*was.hint)
        err_hint(e, "%s", was.hint);
    return true;
}

bool edit_name_option(const struct edited *edited, struct err *e)
{
    char place[200];

    for (size_t i = 0; i < edited->mounts.n; i++) {
        const struct edited_mount *m = &edited->mounts.v[i];

        snprintf(place, sizeof place, "mounts[%zu]", m->at);
        if (name(e, place, m->option, m->text))
            return true;
    }
    for (size_t i = 0; i < edited->notes.n; i++) {
        const struct pair *p = &edited->notes.v[i];

        snprintf(place, sizeof place, "annotations[\"%s\"]", p->key);
        if (name(e, place, p->value, NULL))
            return true;
    }
    return false;
}
