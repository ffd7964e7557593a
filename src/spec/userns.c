#include "spec/userns.h"

#include <string.h>

#include "base/json-load.h"
#include "base/json-write.h"

const struct name userns_kind_names[] = {
    { "default", USERNS_DEFAULT },
    { "single", USERNS_SINGLE },
    { "keep-id", USERNS_KEEP_ID },
    { NULL, 0 },
};

static int read_id(struct userns *u, const char *word, struct err *e)
{
    struct opt_u32 *id = text_starts(word, "uid=") ? &u->uid
                         : text_starts(word, "gid=") ? &u->gid
                                                     : NULL;

    if (!id)
        return err_set(e, 0, "%s is neither uid=N nor gid=N", *word ? word : "nothing");
    if (id->set)
        return err_set(e, 0, "%.3s is given twice", word);
    if (!text_id(word + 4, &id->value))
        return err_set(e, 0, "%s: wants an id in digits", word);
    id->set = true;
    return 0;
}

int userns_parse(struct arena *a, const char *text, struct userns *out, struct err *e)
{
    const char *colon = strchr(text, ':');
    const char *word = colon ? arena_copy(a, text, (size_t)(colon - text)) : text;
    const struct name *kind = names_find(userns_kind_names, word);

    *out = (struct userns){ 0 };
    if (!kind)
        return err_set(e, 0, "%s: wants default, single, keep-id or keep-id:uid=N,gid=N", text);
    out->kind = (uint32_t)kind->value;
    if (!colon)
        return 0;
    if (kind->value != USERNS_KEEP_ID)
        return err_set(e, 0, "%s: nothing can stand behind %s", text, word);
    for (const char *at = colon + 1;; at++) {
        size_t n = strcspn(at, ",");

        if (read_id(out, arena_copy(a, at, n), e) < 0)
            return err_ctx(e, "%s", text);
        at += n;
        if (!*at)
            return 0;
    }
}

const char *userns_text(struct arena *a, const struct userns *u)
{
    const char *text = names_word(userns_kind_names, u->kind);

    if (u->uid.set)
        text = arena_printf(a, "%s:uid=%u", text, u->uid.value);
    if (u->gid.set)
        text = arena_printf(a, "%s%cgid=%u", text, u->uid.set ? ',' : ':', u->gid.value);
    return text;
}

/* ---- the note ---- */

#define T struct map_record
static const struct json_field record_fields[] = {
    J_WORD_MUST(T, "map", kind, userns_kind_names),
    J(T, "uid", uid),
    J(T, "gid", gid),
    J(T, "base", base),
    J(T, "gbase", gbase),
};
static const struct json_type record_type = JSON_TYPE(T, record_fields);
#undef T

void map_record_write(struct text *out, const struct map_record *r)
{
    struct json_out j;

    json_start(&j, out, false);
    json_write(&j, &record_type, r);
    json_end(&j);
}

int map_record_load(struct arena *a, const char *file, const char *text, size_t n,
                    struct map_record *r, struct err *e)
{
    *r = (struct map_record){ 0 };
    return json_load(a, file, text, n, &record_type, r, e);
}
