/* cli/edit-mounts.c - --volume, --tmpfs and --mount: each is one entry of mounts. */
#include <string.h>

#include "base/clean.h"
#include "base/path.h"
#include "cli/edit-parts.h"
#include "spec/names.h"

/* One option while it is read. */
struct reading {
    struct editor *x;
    const struct pair *option; /* its name and text */
    struct spec_mount *m;
    const char *source; /* what must be there, absolute */
};

static int wrong(struct reading *r, struct err *e, const char *what)
{
    return err_set(e, 0, "--%s %s: %s", r->option->key, r->option->value, what);
}

static int wrong_word(struct reading *r, struct err *e, const char *what, const char *word)
{
    return err_set(e, 0, "--%s %s: %s \"%s\"", r->option->key, r->option->value, what, word);
}

/* ---- words ---- */

/* Of other tools: they change the owner or the label of the source. */
static int refuse_change(struct reading *r, const char *word, struct err *e)
{
    static const char *const owner[] = { "U", "chown", NULL };
    static const char *const label[] = { "z", "Z", "relabel", NULL };

    for (size_t i = 0; owner[i]; i++)
        if (text_is(word, owner[i])) {
            wrong_word(r, e, "rcrun changes no owners of a source, so not supported:", word);
            return err_hint(e, "rcrun unshare chown changes them, with the ids of a container");
        }
    for (size_t i = 0; label[i]; i++)
        if (text_is(word, label[i])) {
            wrong_word(r, e, "rcrun changes no labels of a source, so not supported:", word);
            return err_hint(e, "chcon -Rt container_file_t, where SELinux wants it");
        }
    return 0;
}

static bool is_bind_word(const char *word)
{
    const struct mount_word *w = mount_word_find(word);

    return text_is(word, "optional") ||
           (w && w->special != MOUNT_REFUSED && w->special != MOUNT_REMOUNT &&
            w->special != MOUNT_TMPCOPYUP);
}

/* What tmpfs(5) knows. */
static bool is_tmpfs_word(const char *word)
{
    static const char *const keys[] = { "size=", "mode=", "uid=",  "gid=",    "nr_inodes=",
                                        "huge=", "mpol=", "nr_blocks=" };
    static const char *const alone[] = { "inode32", "inode64", "noswap" };
    const struct mount_word *w = mount_word_find(word);

    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (text_starts(word, keys[i]) && word[strlen(keys[i])])
            return true;
    for (size_t i = 0; i < COUNT_OF(alone); i++)
        if (text_is(word, alone[i]))
            return true;
    return w && (w->special == MOUNT_PLAIN || w->special == MOUNT_TMPCOPYUP);
}

static bool is_plain_word(const char *word)
{
    const struct mount_word *w = mount_word_find(word);

    return w && w->special == MOUNT_PLAIN;
}

/* Of other types the planner or the kernel knows the words. */
static bool is_known(struct reading *r, const char *word)
{
    if (text_is(r->m->type, "tmpfs"))
        return is_tmpfs_word(word);
    if (text_is(r->m->type, "bind"))
        return is_bind_word(word);
    return !text_is(r->option->key, "volume") || is_plain_word(word);
}

static int check_pairs(struct reading *r, struct err *e)
{
    static const char *const pairs[][2] = {
        { "ro", "rw" },      { "suid", "nosuid" }, { "dev", "nodev" },
        { "exec", "noexec" }, { "bind", "rbind" },  { "rro", "rw" },
    };

    for (size_t i = 0; i < COUNT_OF(pairs); i++)
        if (text_list_has(&r->m->options, pairs[i][0]) &&
            text_list_has(&r->m->options, pairs[i][1]))
            return err_set(e, 0, "--%s %s: %s and %s exclude each other", r->option->key,
                           r->option->value, pairs[i][0], pairs[i][1]);
    return 0;
}

static int add_word(struct reading *r, const char *word, struct err *e)
{
    if (!*word)
        return wrong(r, e, "a word is empty");
    TRY(refuse_change(r, word, e));
    /* Of podman: what is so without it. */
    if (text_is(word, "notmpcopyup") && text_is(r->m->type, "tmpfs"))
        return 0;
    if (!is_known(r, word))
        return wrong_word(r, e, "unknown word", word);
    *LIST_ADD(r->x->a, &r->m->options) = word;
    return 0;
}

static int add_words(struct reading *r, const struct texts *words, struct err *e)
{
    for (size_t i = 0; i < words->n; i++)
        TRY(add_word(r, words->v[i], e));
    return 0;
}

/* ---- what goes without saying ---- */

static void complete_bind(struct reading *r)
{
    struct spec_mount *m = r->m;
    struct texts all = { .set = true };

    if (!text_list_has(&m->options, "bind") && !text_list_has(&m->options, "rbind"))
        *LIST_ADD(r->x->a, &all) = "rbind";
    for (size_t i = 0; i < m->options.n; i++)
        *LIST_ADD(r->x->a, &all) = m->options.v[i];
    m->options = all;
}

static void complete_tmpfs(struct reading *r)
{
    static const char *const usual[][2] = {
        { "nosuid", "suid" }, { "nodev", "dev" }, { "noexec", "exec" },
    };
    struct spec_mount *m = r->m;

    m->source = "tmpfs";
    for (size_t i = 0; i < COUNT_OF(usual); i++)
        if (!text_list_has(&m->options, usual[i][0]) && !text_list_has(&m->options, usual[i][1]))
            *LIST_ADD(r->x->a, &m->options) = usual[i][0];
}

static int complete(struct reading *r, struct err *e)
{
    struct spec_mount *m = r->m;

    if (!m->destination)
        return wrong(r, e, "dst is missing");
    if (*m->destination != '/')
        return wrong_word(r, e, "wants an absolute path in the container, found", m->destination);
    if (text_is(m->type, "bind") && (!m->source || !*m->source))
        return wrong(r, e, "src is missing");
    if (text_is(m->type, "tmpfs") && m->source)
        return wrong(r, e, "a tmpfs has no src");
    TRY(check_pairs(r, e));
    if (text_is(m->type, "bind")) {
        if (!text_list_has(&m->options, "optional"))
            r->source = path_clean(r->x->a, r->x->place->dir, m->source);
        m->source = editor_path(r->x, m->source);
        complete_bind(r);
    } else if (text_is(m->type, "tmpfs")) {
        complete_tmpfs(r);
    } else if (!m->source) {
        m->source = m->type;
    }
    return 0;
}

/* ---- --volume, --tmpfs ---- */

static int many_colons(struct reading *r, struct err *e)
{
    wrong(r, e, "has too many colons");
    return err_hint(e, "--mount type=bind,src=SRC,dst=DST takes paths with colons");
}

static bool drop_word(struct texts *words, const char *word)
{
    size_t kept = 0, n = words->n;

    for (size_t i = 0; i < n; i++)
        if (!text_is(words->v[i], word))
            words->v[kept++] = words->v[i];
    words->n = kept;
    return kept < n;
}

/* What is written there is thrown away. */
static void make_overlay(struct reading *r)
{
    struct editor *x = r->x;
    struct spec_mount *m = r->m;

    r->source = path_clean(x->a, x->place->dir, m->source);
    *LIST_ADD(x->a, &m->options) = arena_printf(x->a, "lowerdir=%s", r->source);
    *LIST_ADD(x->a, &m->options) = "ephemeral";
    m->type = m->source = "overlay";
}

static int read_volume(struct reading *r, struct err *e)
{
    struct texts parts = edit_split(r->x->a, r->option->value, ':');
    struct texts words = { 0 };

    if (parts.n > 3)
        return many_colons(r, e);
    if (parts.n < 2 || !*parts.v[0] || !*parts.v[1])
        return wrong(r, e, "wants SRC:DST or SRC:DST:WORD,...");
    if (parts.n == 3 && *parts.v[2] == '/')
        return many_colons(r, e);
    if (parts.n == 3)
        words = edit_split(r->x->a, parts.v[2], ',');
    r->m->type = "bind";
    r->m->source = parts.v[0];
    r->m->destination = parts.v[1];
    if (drop_word(&words, "O"))
        make_overlay(r);
    return add_words(r, &words, e);
}

static int read_tmpfs(struct reading *r, struct err *e)
{
    const char *text = r->option->value;
    size_t n = strcspn(text, ":");

    struct texts words = { 0 };

    r->m->type = "tmpfs";
    r->m->destination = arena_copy(r->x->a, text, n);
    if (text[n])
        words = edit_split(r->x->a, text + n + 1, ',');
    return add_words(r, &words, e);
}

/* ---- --mount ---- */

/* Commas part; a field in double quotes may have them, and two quotes there are one. */
static int cut_field(struct reading *r, const char **text, const char **field, struct err *e)
{
    OWN_TEXT out = { 0 };
    const char *s = *text;

    if (*s != '"') {
        size_t n = strcspn(s, ",");

        *field = arena_copy(r->x->a, s, n);
        *text = s + n;
        return 0;
    }
    for (s++; *s; s++) {
        if (*s == '"' && s[1] != '"')
            break;
        s += *s == '"';
        text_add_n(&out, s, 1);
    }
    if (!*s || (s[1] && s[1] != ','))
        return wrong(r, e, "a double quote does not end");
    *field = arena_copy(r->x->a, out.n ? out.s : "", out.n);
    *text = s + 1;
    return 0;
}

enum field {
    FIELD_TYPE,
    FIELD_SOURCE,
    FIELD_DESTINATION,
    FIELD_RO,
    FIELD_RW,
    FIELD_PROPAGATION,
    FIELD_NONRECURSIVE,
    FIELD_SIZE,
    FIELD_MODE,
};

static const struct name fields[] = {
    { "type", FIELD_TYPE },
    { "source", FIELD_SOURCE },
    { "src", FIELD_SOURCE },
    { "destination", FIELD_DESTINATION },
    { "dst", FIELD_DESTINATION },
    { "target", FIELD_DESTINATION },
    { "readonly", FIELD_RO },
    { "ro", FIELD_RO },
    { "rw", FIELD_RW },
    { "readwrite", FIELD_RW },
    { "bind-propagation", FIELD_PROPAGATION },
    { "bind-nonrecursive", FIELD_NONRECURSIVE },
    { "tmpfs-size", FIELD_SIZE },
    { "tmpfs-mode", FIELD_MODE },
    { NULL, 0 },
};

/* value NULL: it stood alone. */
static int read_yes(struct reading *r, const char *key, const char *value, bool *yes,
                    struct err *e)
{
    *yes = !value || text_is(value, "true") || text_is(value, "1");
    if (!*yes && !text_is(value, "false") && !text_is(value, "0"))
        return wrong_word(r, e, "wants true or false for", key);
    return 0;
}

static int set_once(struct reading *r, const char **at, const char *key, const char *value,
                    struct err *e)
{
    if (*at)
        return wrong_word(r, e, "given twice:", key);
    if (!value || !*value)
        return wrong_word(r, e, "wants a value:", key);
    *at = value;
    return 0;
}

static int use_field(struct reading *r, enum field f, const char *key, const char *value,
                     struct texts *later, struct err *e)
{
    struct arena *a = r->x->a;
    bool yes;

    switch (f) {
    case FIELD_TYPE:
        return set_once(r, &r->m->type, key, value, e);
    case FIELD_SOURCE:
        return set_once(r, &r->m->source, key, value, e);
    case FIELD_DESTINATION:
        return set_once(r, &r->m->destination, key, value, e);
    case FIELD_RO:
    case FIELD_RW:
        TRY(read_yes(r, key, value, &yes, e));
        *LIST_ADD(a, later) = yes == (f == FIELD_RO) ? "ro" : "rw";
        return 0;
    case FIELD_NONRECURSIVE:
        TRY(read_yes(r, key, value, &yes, e));
        *LIST_ADD(a, later) = yes ? "bind" : "rbind";
        return 0;
    case FIELD_PROPAGATION:
        if (!value || !names_find(spec_propagation_names, value))
            return wrong_word(r, e, "wants private, slave, shared or the like for", key);
        *LIST_ADD(a, later) = value;
        return 0;
    case FIELD_SIZE:
    case FIELD_MODE:
        if (!value || !*value)
            return wrong_word(r, e, "wants a value:", key);
        *LIST_ADD(a, later) = arena_printf(a, "%s=%s", f == FIELD_SIZE ? "size" : "mode", value);
        return 0;
    }
    return 0;
}

/* What a word means depends on the type, which may come last. */
static int read_field(struct reading *r, const char *field, struct texts *later,
                      struct err *e)
{
    const char *equals = strchr(field, '=');
    size_t n = equals ? (size_t)(equals - field) : strlen(field);
    const char *key = arena_copy(r->x->a, field, n);
    const struct name *known = names_find(fields, key);

    if (!n)
        return wrong(r, e, "a word is empty");
    if (known)
        return use_field(r, (enum field)known->value, key, equals ? equals + 1 : NULL, later, e);
    TRY(refuse_change(r, key, e));
    *LIST_ADD(r->x->a, later) = field;
    return 0;
}

/* Where an image or a named volume would be needed. */
static int check_type(struct reading *r, struct err *e)
{
    static const char *const others[] = { "volume", "image", "glob", "artifact", "npipe" };

    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (text_is(r->m->type, others[i]))
            return wrong_word(r, e, "not supported: type", r->m->type);
    return 0;
}

static int read_mount(struct reading *r, struct err *e)
{
    const char *text = r->option->value;
    struct texts later = { 0 };

    for (;;) {
        const char *field;

        TRY(cut_field(r, &text, &field, e));
        TRY(read_field(r, field, &later, e));
        if (!*text)
            break;
        text++;
    }
    if (!r->m->type)
        r->m->type = "bind";
    TRY(check_type(r, e));
    return add_words(r, &later, e);
}

/* ---- all ---- */

/* A mount of the config in the same place gives way. */
static struct spec_mount *place_for(struct editor *x, const struct spec_mount *m, size_t *at)
{
    const char *target = path_clean(x->a, "/", m->destination);

    for (size_t i = x->s->mounts.n; i-- > 0;)
        if (text_is(path_clean(x->a, "/", x->s->mounts.v[i].destination), target)) {
            *at = i;
            return &x->s->mounts.v[i];
        }
    *at = x->s->mounts.n;
    return LIST_ADD(x->a, &x->s->mounts);
}

static int put(struct reading *r, struct err *e)
{
    struct edited_mount *from;
    struct spec_mount *to;
    size_t at;

    to = place_for(r->x, r->m, &at);
    for (size_t i = 0; i < r->x->out->mounts.n; i++)
        if (r->x->out->mounts.v[i].at == at)
            return wrong_word(r, e, "there is another mount at", r->m->destination);
    *to = *r->m;
    from = LIST_ADD(r->x->a, &r->x->out->mounts);
    *from = (struct edited_mount){ at, r->option->key, r->option->value, r->source };
    return 0;
}

int edit_mounts(struct editor *x, struct err *e)
{
    for (size_t i = 0; i < x->edit->mounts.n; i++) {
        struct spec_mount m = { .options = { .set = true } };
        struct reading r = { .x = x, .option = &x->edit->mounts.v[i], .m = &m };

        if (text_is(r.option->key, "volume"))
            TRY(read_volume(&r, e));
        else if (text_is(r.option->key, "tmpfs"))
            TRY(read_tmpfs(&r, e));
        else
            TRY(read_mount(&r, e));
        TRY(complete(&r, e));
        TRY(put(&r, e));
    }
    return 0;
}
