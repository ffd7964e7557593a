#include "base/json-write.h"

#include <string.h>

#include "base/json-text.h"

/* ---- pieces ---------------------------------------------------------------------------- */

void json_start(struct json_out *out, struct text *text, bool pretty)
{
    *out = (struct json_out){ .text = text, .pretty = pretty };
}

void json_end(struct json_out *out)
{
    if (out->depth || out->has_key)
        BUG("JSON ends at depth %u", out->depth);
    text_add(out->text, "\n");
}

static void new_line(struct json_out *out)
{
    if (!out->pretty)
        return;
    text_add(out->text, "\n");
    for (unsigned i = 0; i < out->depth; i++)
        text_add(out->text, "  ");
}

/* What stands between the value before and the next one. */
static void begin_value(struct json_out *out)
{
    if (out->has_key) {
        out->has_key = false;
    } else {
        if (out->has_value)
            text_add(out->text, ",");
        if (out->depth)
            new_line(out);
    }
    out->has_value = true;
}

void json_open(struct json_out *out, char kind)
{
    begin_value(out);
    if (out->depth == JSON_DEPTH)
        BUG("JSON deeper than %d", JSON_DEPTH);
    out->close[out->depth++] = kind == '{' ? '}' : ']';
    out->has_value = false;
    text_add_n(out->text, &kind, 1);
}

void json_close(struct json_out *out)
{
    if (!out->depth || out->has_key)
        BUG("JSON closed at depth %u", out->depth);
    out->depth--;
    if (out->has_value)
        new_line(out);
    text_add_n(out->text, &out->close[out->depth], 1);
    out->has_value = true;
}

static void add_string(struct text *text, const char *s)
{
    size_t n = strlen(s);

    text_add(text, "\"");
    while (n) {
        size_t length = json_utf8(s, n);
        unsigned char c = (unsigned char)*s;

        if (length == 0)
            text_add(text, "\xef\xbf\xbd"); /* U+FFFD */
        else if (c == '"' || c == '\\')
            text_printf(text, "\\%c", c);
        else if (c == '\n')
            text_add(text, "\\n");
        else if (c == '\t')
            text_add(text, "\\t");
        else if (c < ' ' || c == 0x7f)
            text_printf(text, "\\u%04x", c);
        else
            text_add_n(text, s, length);
        s += length ? length : 1;
        n -= length ? length : 1;
    }
    text_add(text, "\"");
}

void json_key(struct json_out *out, const char *key)
{
    begin_value(out);
    add_string(out->text, key);
    text_add(out->text, out->pretty ? ": " : ":");
    out->has_key = true;
}

void json_text(struct json_out *out, const char *s)
{
    begin_value(out);
    if (s)
        add_string(out->text, s);
    else
        text_add(out->text, "null");
}

void json_i64(struct json_out *out, int64_t number)
{
    begin_value(out);
    text_printf(out->text, "%lld", (long long)number);
}

void json_u64(struct json_out *out, uint64_t number)
{
    begin_value(out);
    text_printf(out->text, "%llu", (unsigned long long)number);
}

void json_bool(struct json_out *out, bool value)
{
    begin_value(out);
    text_add(out->text, value ? "true" : "false");
}

void json_texts(struct json_out *out, const struct texts *list)
{
    json_open(out, '[');
    for (size_t i = 0; i < list->n; i++)
        json_text(out, list->v[i]);
    json_close(out);
}

void json_names(struct json_out *out, const struct name *table)
{
    json_open(out, '[');
    for (; table->name; table++)
        json_text(out, table->name);
    json_close(out);
}

/* ---- by tables ------------------------------------------------------------------------- */

/* Any list, as the loader fills it. */
struct list {
    const char *v;
    size_t n;
};

static bool is_there(const struct json_field *field, const char *at)
{
    switch (field->kind) {
    case JSON_TEXT:
    case JSON_PART:
        return *(const void *const *)(const void *)at;
    case JSON_BOOL:
        return *(const bool *)at;
    case JSON_INT:
    case JSON_U32:
    case JSON_ENUM:
        return *(const uint32_t *)(const void *)at;
    case JSON_U64:
    case JSON_I64:
        return *(const uint64_t *)(const void *)at;
    case JSON_OPT_BOOL:
        return ((const struct opt_bool *)(const void *)at)->set;
    case JSON_OPT_U32:
        return ((const struct opt_u32 *)(const void *)at)->set;
    case JSON_OPT_U64:
        return ((const struct opt_u64 *)(const void *)at)->set;
    case JSON_OPT_I64:
        return ((const struct opt_i64 *)(const void *)at)->set;
    case JSON_WORD:
        return ((const struct opt_word *)(const void *)at)->set;
    case JSON_DICT:
    case JSON_LIST:
    case JSON_KEYED:
        return ((const struct list *)(const void *)at)->n ||
               (field->set && field->kind == JSON_LIST && *(const bool *)(at + field->set));
    default: /* JSON_OBJECT, JSON_ARRAY */
        return true;
    }
}

static void write_word(struct json_out *out, const struct name *names, const char *text,
                       int64_t value)
{
    json_text(out, text ? text : names_word(names, value));
}

static void write_scalar(struct json_out *out, const struct json_field *field, unsigned kind,
                         const void *at)
{
    const struct opt_word *word = at;

    switch (kind) {
    case JSON_TEXT:
        json_text(out, *(const char *const *)at);
        return;
    case JSON_BOOL:
    case JSON_OPT_BOOL: /* the value comes first in all of opt_* */
        json_bool(out, *(const bool *)at);
        return;
    case JSON_INT:
        json_i64(out, *(const int *)at);
        return;
    case JSON_U32:
    case JSON_OPT_U32:
        json_u64(out, *(const uint32_t *)at);
        return;
    case JSON_U64:
    case JSON_OPT_U64:
        json_u64(out, *(const uint64_t *)at);
        return;
    case JSON_I64:
    case JSON_OPT_I64:
        json_i64(out, *(const int64_t *)at);
        return;
    case JSON_WORD:
        write_word(out, field->names, word->text, word->value);
        return;
    case JSON_ENUM:
        write_word(out, field->names, NULL, *(const uint32_t *)at);
        return;
    default:
        BUG("JSON kind %u of %s", kind, field->name);
    }
}

static void write_elements(struct json_out *out, const struct json_field *field, struct list list)
{
    json_open(out, field->kind == JSON_KEYED ? '{' : '[');
    for (size_t i = 0; i < list.n; i++) {
        const char *at = list.v + i * field->size;

        if (field->kind == JSON_KEYED)
            json_key(out, *(const char *const *)(const void *)at);
        if (field->item == JSON_OBJECT)
            json_write(out, field->type, at);
        else
            write_scalar(out, field, field->item, at);
    }
    json_close(out);
}

static void write_dict(struct json_out *out, const struct dict *dict)
{
    json_open(out, '{');
    for (size_t i = 0; i < dict->n; i++) {
        json_key(out, dict->v[i].key);
        json_text(out, dict->v[i].value);
    }
    json_close(out);
}

void json_write(struct json_out *out, const struct json_type *type, const void *from)
{
    json_open(out, '{');
    for (size_t i = 0; i < type->n; i++) {
        const struct json_field *field = &type->v[i];
        const char *at = (const char *)from + field->offset;

        if (!field->must && !is_there(field, at))
            continue;
        json_key(out, field->name);
        if (field->kind == JSON_OBJECT)
            json_write(out, field->type, at);
        else if (field->kind == JSON_PART)
            json_write(out, field->type, *(const void *const *)(const void *)at);
        else if (field->kind == JSON_DICT)
            write_dict(out, (const struct dict *)(const void *)at);
        else if (field->kind == JSON_LIST || field->kind == JSON_KEYED)
            write_elements(out, field, *(const struct list *)(const void *)at);
        else if (field->kind == JSON_ARRAY)
            write_elements(out, field, (struct list){ at, field->count });
        else
            write_scalar(out, field, field->kind, at);
    }
    json_close(out);
}
