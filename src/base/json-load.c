/* base/json-load.c - see json-load.h.
 *
 * yajl only cuts the text into tokens.  It has no limit of depth, takes any three bytes
 * with the right top bits for UTF-8, makes "?" of half a surrogate pair and would turn
 * numbers into long long: all of that is judged here.  A stack of frames says where in
 * the struct the next value goes; there is no tree. */
#include "base/json-load.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "base/clean.h"
#include "base/json-text.h"

_Static_assert(offsetof(struct texts, n) == sizeof(void *), "lists start with v, n");

/* An object or array that is open. */
struct frame {
    unsigned kind;                  /* JSON_OBJECT and below; JSON_NONE = nobody asked for it */
    const struct json_type *type;   /* JSON_OBJECT */
    const struct json_field *field; /* JSON_OBJECT: member of the last key, or NULL;
                                       JSON_LIST, JSON_KEYED, JSON_ARRAY: this member */
    char *at;                       /* the struct, or the list */
    const char *key;                /* last key */
    size_t n;                       /* elements begun */
    uint64_t seen;                  /* members, by number in the table */
    size_t keys;                    /* JSON_OBJECT: its first in loader.keys */
    size_t start;                   /* of { or [ in the text */
    bool is_array;
};

struct key {
    const char *key;
    size_t start;
};

struct loader {
    struct arena *a;
    const char *file;
    const char *text;
    size_t n;
    const struct json_type *type;
    void *out;
    struct err *e;
    yajl_handle yajl;
    char *pool;       /* room for all strings: none is longer than its JSON form */
    struct key *keys; /* of all open objects, but for those that a table knows */
    size_t n_keys, max_keys;
    size_t depth;
    struct frame frames[JSON_DEPTH];
};

/* Where a value goes. */
struct slot {
    unsigned kind; /* enum json_kind */
    char *at;
    const struct json_type *type;
    const struct json_field *field; /* NULL = an element of a dict, or the root */
};

/* ---- errors ---------------------------------------------------------------------------- */

static int __attribute__((format(printf, 3, 4)))
fail(struct loader *l, size_t offset, const char *fmt, ...)
{
    OWN_TEXT path = { 0 };
    char what[400];
    unsigned line, column;
    va_list ap;

    for (size_t i = 0; i < l->depth; i++) {
        const struct frame *f = &l->frames[i];

        if (f->is_array && f->n)
            text_printf(&path, "[%zu]", f->n - 1);
        else if (!f->is_array && f->key)
            json_path_key(&path, f->key);
    }
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    json_line_column(l->text, l->n, offset, &line, &column);
    err_set(l->e, 0, "%.300s:%u:%u: %.600s%s%s", l->file, line, column, path.s ? path.s : "",
            path.n ? ": " : "", what);
    return 0; /* stops yajl */
}

/* The least and the greatest value that a kind of number holds. */
static void range_of(unsigned kind, int64_t *low, uint64_t *high)
{
    *low = kind == JSON_INT ? INT32_MIN : kind == JSON_I64 || kind == JSON_OPT_I64 ? INT64_MIN : 0;
    *high = kind == JSON_INT                           ? INT32_MAX
            : kind == JSON_U32 || kind == JSON_OPT_U32 ? UINT32_MAX
            : *low                                     ? INT64_MAX
                                                       : UINT64_MAX;
}

static bool is_number(unsigned kind)
{
    return (kind >= JSON_INT && kind <= JSON_I64) || (kind >= JSON_OPT_U32 && kind <= JSON_OPT_I64);
}

static int wrong(struct loader *l, const struct slot *slot, size_t start, const char *found)
{
    const char *wanted = "an object";
    uint64_t high;
    int64_t low;

    if (is_number(slot->kind)) {
        range_of(slot->kind, &low, &high);
        return fail(l, start, "wants a number from %lld to %llu, found %s", (long long)low,
                    (unsigned long long)high, found);
    }
    if (slot->kind == JSON_TEXT || slot->kind == JSON_WORD || slot->kind == JSON_ENUM)
        wanted = "a string";
    else if (slot->kind == JSON_BOOL || slot->kind == JSON_OPT_BOOL)
        wanted = "true or false";
    else if (slot->kind == JSON_LIST || slot->kind == JSON_ARRAY)
        wanted = "a list";
    return fail(l, start, "wants %s, found %s", wanted, found);
}

/* ---- places ---------------------------------------------------------------------------- */

/* Offset of the value or key that yajl tells just now: it stands behind its n bytes. */
static size_t start_of(const struct loader *l, size_t n)
{
    size_t end = yajl_get_bytes_consumed(l->yajl);

    /* What ends with the text is told when yajl is given a blank more. */
    return end >= n && end <= l->n ? end - n : l->n;
}

/* ... of a string, which was longer in the text when it has escapes. */
static size_t start_of_string(const struct loader *l, const unsigned char *s, size_t n)
{
    return json_string_start(l->text, l->n, yajl_get_bytes_consumed(l->yajl), (const char *)s, n);
}

static char *keep(struct loader *l, const unsigned char *s, size_t n)
{
    char *copy = l->pool;

    memcpy(copy, s, n);
    copy[n] = '\0';
    l->pool += n + 1;
    return copy;
}

/* Adds an element to a list { T *v; size_t n; }. */
static char *grow(struct loader *l, char *list, size_t size)
{
    void **v = (void **)(void *)list;
    size_t *n = (size_t *)(void *)(list + sizeof(void *));

    *v = arena_grow(l->a, *v, *n, size);
    return (char *)*v + (*n)++ * size;
}

static void slot_of_element(struct loader *l, struct frame *f, struct slot *slot)
{
    slot->field = f->field;
    slot->type = f->field->type;
    slot->kind = f->field->item;
    if (f->kind == JSON_ARRAY)
        slot->at = f->at + (f->n - 1) * f->field->size;
    else
        slot->at = grow(l, f->at, f->field->size);
}

/* Finds where the value goes that begins just now. */
static void take(struct loader *l, struct slot *slot)
{
    struct frame *f = l->depth ? &l->frames[l->depth - 1] : NULL;

    *slot = (struct slot){ .kind = JSON_NONE };
    if (!f) {
        *slot = (struct slot){ .kind = JSON_OBJECT, .at = l->out, .type = l->type };
        return;
    }
    f->n++;
    if (f->kind == JSON_OBJECT && f->field) {
        slot->field = f->field;
        slot->kind = f->field->kind;
        slot->type = f->field->type;
        slot->at = f->at + f->field->offset;
    } else if (f->kind == JSON_DICT) {
        struct pair *pair = (struct pair *)(void *)grow(l, f->at, sizeof *pair);

        pair->key = f->key;
        slot->kind = JSON_TEXT;
        slot->at = (char *)&pair->value;
    } else if (f->kind == JSON_KEYED) {
        slot_of_element(l, f, slot);
        *(const char **)(void *)slot->at = f->key;
    } else if (f->kind == JSON_LIST || (f->kind == JSON_ARRAY && f->n <= f->field->count)) {
        slot_of_element(l, f, slot);
    }
}

/* ---- scalars --------------------------------------------------------------------------- */

static int on_null(void *ctx)
{
    struct loader *l = ctx;
    struct slot slot;

    take(l, &slot);
    if (slot.kind == JSON_NONE)
        return 1;
    if (l->depth && l->frames[l->depth - 1].kind == JSON_OBJECT && !slot.field->must)
        return 1;
    return wrong(l, &slot, start_of(l, 4), "null");
}

static int on_bool(void *ctx, int value)
{
    struct loader *l = ctx;
    struct slot slot;

    take(l, &slot);
    if (slot.kind == JSON_BOOL)
        *(bool *)slot.at = value;
    else if (slot.kind == JSON_OPT_BOOL)
        *(struct opt_bool *)(void *)slot.at = (struct opt_bool){ value, true };
    else if (slot.kind != JSON_NONE)
        return wrong(l, &slot, start_of(l, value ? 4 : 5), value ? "true" : "false");
    return 1;
}

/* Returns false when the number does not fit. */
static bool store_number(unsigned kind, void *at, const char *s)
{
    uint64_t u, high;
    int64_t i, low;

    range_of(kind, &low, &high);
    if (*s == '-') {
        if (!low || !text_i64(s, &i) || i < low)
            return false;
        u = (uint64_t)i;
    } else if (!text_u64(s, &u) || u > high) {
        return false;
    }
    if (kind == JSON_INT)
        *(int *)at = (int)(int64_t)u;
    else if (kind == JSON_U32)
        *(uint32_t *)at = (uint32_t)u;
    else if (kind == JSON_U64)
        *(uint64_t *)at = u;
    else if (kind == JSON_I64)
        *(int64_t *)at = (int64_t)u;
    else if (kind == JSON_OPT_U32)
        *(struct opt_u32 *)at = (struct opt_u32){ (uint32_t)u, true };
    else if (kind == JSON_OPT_U64)
        *(struct opt_u64 *)at = (struct opt_u64){ u, true };
    else
        *(struct opt_i64 *)at = (struct opt_i64){ (int64_t)u, true };
    return true;
}

/* The text of the number, not its value: 18446744073709551615 is a valid rlimit. */
static int on_number(void *ctx, const char *s, size_t n)
{
    struct loader *l = ctx;
    size_t start = start_of(l, n);
    char number[32];
    size_t kept = n < sizeof number ? n : sizeof number - 1;
    struct slot slot;

    take(l, &slot);
    if (slot.kind == JSON_NONE)
        return 1;
    if (!is_number(slot.kind))
        return wrong(l, &slot, start, "a number");
    memcpy(number, s, kept);
    number[kept] = '\0';
    if (strpbrk(number, ".eE"))
        return fail(l, start, "wants a whole number, found %s", number);
    if (n >= sizeof number || !store_number(slot.kind, slot.at, number))
        return wrong(l, &slot, start, number);
    return 1;
}

static int unknown_word(struct loader *l, size_t start, const struct name *names, const char *word)
{
    const char *nearest = names_nearest(names, word);
    OWN_TEXT known = { 0 };

    fail(l, start, "unknown value \"%.100s\"", word);
    for (const struct name *name = names; !nearest && name->name; name++)
        text_printf(&known, "%s%s", known.n ? ", " : "", name->name);
    if (nearest)
        err_hint(l->e, "did you mean %s?", nearest);
    else
        err_hint(l->e, "known values: %s", known.s ? known.s : "none");
    return 0;
}

static int on_string(void *ctx, const unsigned char *s, size_t n)
{
    struct loader *l = ctx;
    size_t start = start_of_string(l, s, n);
    const struct name *name;
    struct slot slot;
    char *copy;

    take(l, &slot);
    if (slot.kind == JSON_NONE)
        return 1;
    if (slot.kind != JSON_TEXT && slot.kind != JSON_WORD && slot.kind != JSON_ENUM)
        return wrong(l, &slot, start, "a string");
    copy = keep(l, s, n);
    if (slot.kind == JSON_TEXT) {
        *(const char **)(void *)slot.at = copy;
        return 1;
    }
    name = names_find(slot.field->names, copy);
    if (!name)
        return unknown_word(l, start, slot.field->names, copy);
    if (slot.kind == JSON_WORD)
        *(struct opt_word *)(void *)slot.at = (struct opt_word){ name->value, true, copy };
    else
        *(uint32_t *)(void *)slot.at = (uint32_t)name->value;
    return 1;
}

/* ---- objects and arrays ---------------------------------------------------------------- */

static int push(struct loader *l, struct frame f)
{
    if (l->depth == JSON_DEPTH)
        return fail(l, f.start, "is nested deeper than %d levels", JSON_DEPTH);
    f.keys = l->n_keys;
    l->frames[l->depth++] = f;
    return 1;
}

static int on_object(void *ctx)
{
    struct loader *l = ctx;
    struct frame f = { .start = start_of(l, 1) };
    struct slot slot;

    take(l, &slot);
    f.kind = slot.kind;
    f.at = slot.at;
    switch (slot.kind) {
    case JSON_NONE:
    case JSON_DICT:
        return push(l, f);
    case JSON_KEYED:
        f.field = slot.field;
        return push(l, f);
    case JSON_PART:
        f.at = arena_get(l->a, slot.type->size);
        *(void **)(void *)slot.at = f.at;
        f.kind = JSON_OBJECT;
        f.type = slot.type;
        return push(l, f);
    case JSON_OBJECT:
        f.type = slot.type;
        return push(l, f);
    default:
        return wrong(l, &slot, f.start, "an object");
    }
}

static int on_array(void *ctx)
{
    struct loader *l = ctx;
    struct frame f = { .start = start_of(l, 1), .is_array = true };
    struct slot slot;

    take(l, &slot);
    if (slot.kind != JSON_NONE && slot.kind != JSON_LIST && slot.kind != JSON_ARRAY)
        return wrong(l, &slot, f.start, "a list");
    f.kind = slot.kind;
    f.field = slot.field;
    f.at = slot.at;
    if (slot.kind == JSON_LIST && slot.field->set)
        *(bool *)(f.at + slot.field->set) = true;
    return push(l, f);
}

static void remember_key(struct loader *l, const char *key, size_t start)
{
    if (l->n_keys == l->max_keys) {
        l->max_keys = l->max_keys ? l->max_keys * 2 : 64;
        l->keys = realloc(l->keys, l->max_keys * sizeof *l->keys);
        if (!l->keys)
            BUG("out of memory for %zu keys", l->max_keys);
    }
    l->keys[l->n_keys++] = (struct key){ key, start };
}

static int on_key(void *ctx, const unsigned char *s, size_t n)
{
    struct loader *l = ctx;
    struct frame *f = &l->frames[l->depth - 1];
    size_t start = start_of_string(l, s, n);

    f->field = f->kind == JSON_OBJECT ? NULL : f->field;
    for (size_t i = 0; f->type && i < f->type->n; i++) {
        const struct json_field *field = &f->type->v[i];

        if (field->name_length != n || memcmp(field->name, s, n) != 0)
            continue;
        f->key = field->name;
        f->field = field;
        if (f->seen & UINT64_C(1) << i)
            return fail(l, start, "is given twice");
        f->seen |= UINT64_C(1) << i;
        return 1;
    }
    f->key = keep(l, s, n);
    remember_key(l, f->key, start);
    return 1;
}

static int by_key(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    int order = strcmp(x->key, y->key);

    return order ? order : (x->start > y->start) - (x->start < y->start);
}

/* Twice the same key among those that no table knows: by sorting, since a hostile text
 * may have a hundred thousand of them. */
static int check_keys(struct loader *l, struct frame *f)
{
    size_t n = l->n_keys - f->keys;
    struct key *keys;

    l->n_keys = f->keys;
    if (n < 2)
        return 1;
    keys = l->keys + f->keys;
    qsort(keys, n, sizeof *keys, by_key);
    for (size_t i = 1; i < n; i++)
        if (strcmp(keys[i - 1].key, keys[i].key) == 0) {
            f->key = keys[i].key;
            return fail(l, keys[i].start, "is given twice");
        }
    return 1;
}

static int on_object_end(void *ctx)
{
    struct loader *l = ctx;
    struct frame *f = &l->frames[l->depth - 1];

    if (!check_keys(l, f))
        return 0;
    for (size_t i = 0; f->type && i < f->type->n; i++)
        if (f->type->v[i].must && !(f->seen & UINT64_C(1) << i)) {
            f->key = f->type->v[i].name;
            return fail(l, f->start, "is missing");
        }
    l->depth--;
    return 1;
}

static int on_array_end(void *ctx)
{
    struct loader *l = ctx;
    struct frame *f = &l->frames[l->depth - 1];

    l->depth--;
    if (f->kind == JSON_ARRAY && f->n != f->field->count)
        return fail(l, f->start, "wants %u elements, found %zu", f->field->count, f->n);
    return 1;
}

/* ---- yajl's memory ----------------------------------------------------------------------- */

/* yajl does not look whether it got any. */
static void *yajl_more(void *ctx, void *p, size_t n)
{
    void *bigger = realloc(p, n ? n : 1);

    (void)ctx;
    if (!bigger)
        BUG("out of memory for %zu bytes", n);
    return bigger;
}

static void *yajl_new(void *ctx, size_t n)
{
    return yajl_more(ctx, NULL, n);
}

static void yajl_drop(void *ctx, void *p)
{
    (void)ctx;
    free(p);
}

/* ---- the whole text -------------------------------------------------------------------- */

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_bool,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_object,
    .yajl_map_key = on_key,
    .yajl_end_map = on_object_end,
    .yajl_start_array = on_array,
    .yajl_end_array = on_array_end,
};

/* What yajl says, in our words, and whether it then stands behind what it dislikes. */
static int syntax_error(struct loader *l, size_t bad)
{
    static const struct {
        const char *yajl, *ours;
        unsigned behind;
    } words[] = {
        { "trailing garbage", "there is more behind the end", 1 },
        { "unallowed token", "wants a value", 1 },
        { "invalid object key", "wants a key in double quotes", 1 },
        { "key and value must", "wants a colon behind the key", 1 },
        { "inside map", "wants a comma or }", 1 },
        { "after array element", "wants a comma or ]", 1 },
        { "comment", "comments are not allowed", 0 },
        { "invalid (non-hex)", "wants four hex digits behind \\u", 0 },
        { "'\\' occurs", "no such escape", 1 },
        { "character inside string", "a control character in a string", 0 },
        { "", "this is no JSON", 1 },
    };
    unsigned char *told = yajl_get_error(l->yajl, 0, NULL, 0);
    size_t offset = yajl_get_bytes_consumed(l->yajl);
    size_t i = 0;

    while (told && words[i].yajl[0] && !strstr((char *)told, words[i].yajl))
        i++;
    yajl_free_error(l->yajl, told);
    offset -= offset ? words[i].behind : 0;
    while (words[i].behind && offset < bad && strchr(" \t\r\n", l->text[offset]))
        offset++;
    return fail(l, offset, "%s", words[i].ours) - 1;
}

static int parse(struct loader *l)
{
    const char *why = NULL;
    size_t bad = json_text_check(l->text, l->n, &why);
    yajl_status status;

    if (strspn(l->text, " \t\r\n") >= l->n)
        return fail(l, 0, "is empty, wants a JSON object") - 1;
    /* Only up to what is bad, so that the frames tell where it stands. */
    status = yajl_parse(l->yajl, (const unsigned char *)l->text, bad);
    if (status == yajl_status_error)
        return syntax_error(l, bad);
    if (status == yajl_status_ok)
        status = yajl_complete_parse(l->yajl);
    if (status == yajl_status_client_canceled)
        return -1;
    if (status != yajl_status_ok || why)
        return fail(l, bad, "%s", why ? why : "the text ends too early") - 1;
    return 0;
}

int json_load(struct arena *a, const char *file, const char *text, size_t n,
              const struct json_type *type, void *out, struct err *e)
{
    yajl_alloc_funcs memory = { yajl_new, yajl_more, yajl_drop, NULL };
    struct loader l;
    int status;

    if (n > JSON_TEXT_MAX)
        return err_set(e, 0, "%.300s: is larger than %u bytes", file, JSON_TEXT_MAX);
    memset(&l, 0, offsetof(struct loader, frames));
    l.a = a;
    l.file = file;
    l.text = text;
    l.n = n;
    l.type = type;
    l.out = out;
    l.e = e;
    l.pool = arena_get(a, n + 1);
    l.yajl = yajl_alloc(&callbacks, &memory, &l);
    if (!l.yajl)
        BUG("yajl_alloc");
    yajl_config(l.yajl, yajl_dont_validate_strings, 1);
    status = parse(&l);
    yajl_free(l.yajl);
    free(l.keys);
    return status;
}
