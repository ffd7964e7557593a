/* plan/print.c - one step, one line.  The fields come from steps.def, so a new step is
 * printed without a word here.  rcrun-plan(7) has the grammar. */
#include <linux/mount.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

#include "plan/make.h"
#include "spec/names.h"

static const struct name kind_words[] = {
    { "any", KIND_ANY },     { "missing", KIND_MISSING }, { "file", KIND_FILE },
    { "dir", KIND_DIR },     { "link", KIND_LINK },       { "char", KIND_CHAR },
    { "block", KIND_BLOCK }, { "fifo", KIND_FIFO },       { "socket", KIND_SOCKET },
    { NULL, 0 },
};

static const struct name seal_words[] = {
    { "none", SEAL_NONE }, { "overlay", SEAL_OVERLAY }, { "memfd", SEAL_MEMFD }, { NULL, 0 }
};

static const struct name layer_words[] = {
    { "fd", LAYERS_FD }, { "lowerdir+", LAYERS_PLUS }, { "string", LAYERS_STRING },
    { "numbers", LAYERS_NUMBERS }, { NULL, 0 }
};

static const struct name attr_words[] = {
    { "ro", MOUNT_ATTR_RDONLY },         { "nosuid", MOUNT_ATTR_NOSUID },
    { "nodev", MOUNT_ATTR_NODEV },       { "noexec", MOUNT_ATTR_NOEXEC },
    { "noatime", MOUNT_ATTR_NOATIME },   { "strictatime", MOUNT_ATTR_STRICTATIME },
    { "nodiratime", MOUNT_ATTR_NODIRATIME }, { "nosymfollow", MOUNT_ATTR_NOSYMFOLLOW },
    { NULL, 0 },
};

/* What clearing them is called in a config. */
static const struct name clear_words[] = {
    { "rw", MOUNT_ATTR_RDONLY },       { "suid", MOUNT_ATTR_NOSUID },
    { "dev", MOUNT_ATTR_NODEV },       { "exec", MOUNT_ATTR_NOEXEC },
    { "diratime", MOUNT_ATTR_NODIRATIME }, { "symfollow", MOUNT_ATTR_NOSYMFOLLOW },
    { NULL, 0 },
};

static const struct name propagation_words[] = {
    { "shared", MS_SHARED }, { "slave", MS_SLAVE }, { "private", MS_PRIVATE },
    { "unbindable", MS_UNBINDABLE }, { NULL, 0 },
};

/* ---- one printer for each kind of field; each adds " name=value" or nothing ---- */

static void put_word(struct text *t, const char *f, const char *word)
{
    text_printf(t, " %s=%s", f, word ? word : "?");
}

static void put_STR(struct text *t, const char *f, const char *v)
{
    if (!v)
        return;
    text_printf(t, " %s=", f);
    text_add_quoted(t, v);
}

static void put_NUM(struct text *t, const char *f, int64_t v)
{
    text_printf(t, " %s=%lld", f, (long long)v);
}

static void put_MS(struct text *t, const char *f, uint32_t v)
{
    if (v)
        text_printf(t, " %s=%ums", f, v);
}

static void put_SLOT(struct text *t, const char *f, int v)
{
    if (v >= 0)
        text_printf(t, " %s=%d", f, v);
}

static void put_OCT(struct text *t, const char *f, uint32_t v)
{
    text_printf(t, " %s=%04o", f, v);
}

static void put_FLAG(struct text *t, const char *f, bool v)
{
    if (v)
        text_printf(t, " %s", f);
}

static void put_TEXTS(struct text *t, const char *f, struct texts v)
{
    if (!v.n)
        return;
    text_printf(t, " %s=[", f);
    for (size_t i = 0; i < v.n; i++) {
        text_add(t, i ? ", " : "");
        text_add_quoted(t, v.v[i]);
    }
    text_add(t, "]");
}

static void put_bits(struct text *t, uint64_t bits, const struct name *words, const char *prefix,
                     const char **comma)
{
    for (; words->name; words++)
        if (bits & (uint64_t)words->value) {
            text_printf(t, "%s%s%s", *comma, prefix, words->name);
            *comma = ",";
        }
}

static void put_PROC(struct text *t, const char *f, enum process v)
{
    put_word(t, f, process_names[v]);
}

static void put_NS(struct text *t, const char *f, uint32_t v)
{
    const char *comma = "";

    if (!v)
        return;
    text_printf(t, " %s=", f);
    put_bits(t, v, spec_namespace_names, "", &comma);
}

static void put_IDS(struct text *t, const char *f, struct id_map v)
{
    if (!v.n)
        return;
    text_printf(t, " %s=", f);
    for (size_t i = 0; i < v.n; i++)
        text_printf(t, "%s%u:%u:%u", i ? "," : "", v.v[i].inside, v.v[i].outside, v.v[i].size);
}

static void put_KIND(struct text *t, const char *f, enum kind v)
{
    if (v != KIND_ANY)
        put_word(t, f, names_word(kind_words, v));
}

/* Not in the table: they say nothing to a reader and differ on every host. */
static void put_ID(struct text *t, const char *f, struct inode v)
{
    (void)t;
    (void)f;
    (void)v;
}

static void put_RDEV(struct text *t, const char *f, uint64_t v)
{
    if (v)
        text_printf(t, " %s=%u:%u", f, major(v), minor(v));
}

static void put_ATTR(struct text *t, const char *f, uint64_t v)
{
    const char *comma = "";

    if (!v)
        return;
    text_printf(t, " %s=", f);
    put_bits(t, v, attr_words, "", &comma);
}

static void put_CHANGE(struct text *t, const char *f, struct mount_change v)
{
    const char *comma = "";

    if (!(v.set | v.clear | v.tree_set | v.tree_clear | v.propagation))
        return;
    text_printf(t, " %s=", f);
    put_bits(t, v.set, attr_words, "", &comma);
    if ((v.clear & MOUNT_ATTR__ATIME) && !(v.set & MOUNT_ATTR__ATIME)) {
        text_printf(t, "%srelatime", comma);
        comma = ",";
    }
    put_bits(t, v.clear, clear_words, "", &comma);
    put_bits(t, v.tree_set, attr_words, "r", &comma);
    if ((v.tree_clear & MOUNT_ATTR__ATIME) && !(v.tree_set & MOUNT_ATTR__ATIME)) {
        text_printf(t, "%srrelatime", comma);
        comma = ",";
    }
    put_bits(t, v.tree_clear, clear_words, "r", &comma);
    put_bits(t, v.propagation, propagation_words, v.propagate_tree ? "r" : "", &comma);
}

static void put_CAPS(struct text *t, const char *f, uint64_t v)
{
    const char *comma = "";

    text_printf(t, " %s=", f);
    if (!v)
        text_add(t, "none");
    for (int64_t cap = 0; v; cap++, v >>= 1)
        if (v & 1) {
            const char *word = names_word(spec_capability_names, cap);

            text_printf(t, "%s%s", comma, word ? word : "?");
            comma = ",";
        }
}

static void put_MSG(struct text *t, const char *f, enum message v)
{
    (void)f;
    text_printf(t, " %s", message_names[v]);
}

static void put_SEAL(struct text *t, const char *f, enum seal_kind v)
{
    put_word(t, f, names_word(seal_words, v));
}

static void put_LAYERS(struct text *t, const char *f, enum layers v)
{
    put_word(t, f, names_word(layer_words, v));
}

static void put_FILTER(struct text *t, const char *f, const struct filter_rules *v)
{
    const char *word;

    if (!v)
        return;
    if (v->program.n) {
        text_printf(t, " instructions=%zu", v->program.n);
        return;
    }
    word = names_word(spec_seccomp_action_names, (int64_t)(v->default_action & ~0xffffu));
    text_printf(t, " %s=%zu default=%s", f, v->rules.n, word ? word : "?");
    if (v->default_action & 0xffff)
        text_printf(t, "(%u)", v->default_action & 0xffff);
    if (v->strict)
        text_add(t, " strict");
}

static void put_DICT(struct text *t, const char *f, const struct dict *v)
{
    if (v && v->n)
        text_printf(t, " %s=%zu", f, v->n);
}

static void put_HOOK(struct text *t, const char *f, const struct hook *v)
{
    (void)f;
    if (!v)
        return;
    text_printf(t, " kind=%s path=", v->kind);
    text_add_quoted(t, v->path);
    put_TEXTS(t, "args", v->args);
    put_TEXTS(t, "env", v->env);
    if (v->timeout_s)
        put_NUM(t, "timeout", v->timeout_s);
    put_STR(t, "output", v->output);
    put_STR(t, "errors", v->errors);
}

static void put_GIDS(struct text *t, const char *f, struct id_list v)
{
    text_printf(t, " %s=", f);
    if (!v.n)
        text_add(t, "none");
    for (size_t i = 0; i < v.n; i++)
        text_printf(t, "%s%u", i ? "," : "", v.v[i]);
}

static void put_RES(struct text *t, const char *f, int v)
{
    put_word(t, f, names_word(spec_rlimit_names, v));
}

/* ---- all fields of a step ---- */

#define STEP(name, process, undo, fields)                                         \
    static void put_##name(struct text *t, const struct step_##name *u)           \
    {                                                                             \
        (void)t;                                                                  \
        (void)u;                                                                  \
        fields                                                                    \
    }
#define STR(f) put_STR(t, #f, u->f);
#define NUM(f) put_NUM(t, #f, u->f);
#define MS(f) put_MS(t, #f, u->f);
#define SLOT(f) put_SLOT(t, #f, u->f);
#define OCT(f) put_OCT(t, #f, u->f);
#define FLAG(f) put_FLAG(t, #f, u->f);
#define TEXTS(f) put_TEXTS(t, #f, u->f);
#define PROC(f) put_PROC(t, #f, u->f);
#define NS(f) put_NS(t, #f, u->f);
#define IDS(f) put_IDS(t, #f, u->f);
#define KIND(f) put_KIND(t, #f, u->f);
#define ID(f) put_ID(t, #f, u->f);
#define RDEV(f) put_RDEV(t, #f, u->f);
#define ATTR(f) put_ATTR(t, #f, u->f);
#define CHANGE(f) put_CHANGE(t, #f, u->f);
#define CAPS(f) put_CAPS(t, #f, u->f);
#define MSG(f) put_MSG(t, #f, u->f);
#define SEAL(f) put_SEAL(t, #f, u->f);
#define FILTER(f) put_FILTER(t, #f, u->f);
#define GIDS(f) put_GIDS(t, #f, u->f);
#define RES(f) put_RES(t, #f, u->f);
#define DICT(f) put_DICT(t, #f, u->f);
#define HOOK(f) put_HOOK(t, #f, u->f);
#define LAYERS(f) put_LAYERS(t, #f, u->f);
#include "plan/steps.def"

void plan_print_fields(struct text *out, const struct step *s)
{
    switch (s->kind) {
#define STEP(name, process, undo, fields) \
    case STEP_##name:                     \
        put_##name(out, &s->u.name);      \
        break;
#include "plan/steps.def"
    case STEP_KINDS:
        break;
    }
}

void plan_print_step(struct text *out, const struct plan *p, size_t i, bool with_why)
{
    const struct step *s = &p->v[i];

    text_printf(out, "%3zu %-6s %s", i + 1, process_names[s->at], step_names[s->kind]);
    plan_print_fields(out, s);
    if (s->optional)
        text_add(out, " (may fail)");
    if (with_why)
        text_printf(out, "    # %s", s->why);
}

void plan_print(struct text *out, const struct plan *p)
{
    for (size_t i = 0; i < p->n; i++) {
        plan_print_step(out, p, i, true);
        text_add(out, "\n");
    }
}
