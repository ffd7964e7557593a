/* base/json-write.h - writes JSON: piece by piece, or structs by the loader's tables.
 *
 *     struct json_out out;
 *     json_start(&out, &text, true);
 *     json_open(&out, '{');
 *     json_key(&out, "id");
 *     json_text(&out, id);
 *     json_close(&out);
 *     json_end(&out);
 *
 * Nothing here fails.  Commas and indents come by themselves; bytes that are not UTF-8
 * (a path may hold any) become U+FFFD. */
#ifndef RCRUN_BASE_JSON_WRITE_H
#define RCRUN_BASE_JSON_WRITE_H

#include "base/json-load.h"
#include "base/text.h"

struct json_out {
    struct text *text;
    bool pretty;
    bool has_value; /* in the object or array that is open */
    bool has_key;
    unsigned depth;
    char close[JSON_DEPTH];
};

/* Appends to text; pretty: an indent of two blanks, one value a line. */
void json_start(struct json_out *out, struct text *text, bool pretty);
void json_end(struct json_out *out); /* a newline */

void json_open(struct json_out *out, char kind); /* '{' or '[' */
void json_close(struct json_out *out);
void json_key(struct json_out *out, const char *key);

void json_text(struct json_out *out, const char *s); /* NULL: null */
void json_i64(struct json_out *out, int64_t number);
void json_u64(struct json_out *out, uint64_t number);
void json_bool(struct json_out *out, bool value);
void json_texts(struct json_out *out, const struct texts *list);
void json_names(struct json_out *out, const struct name *table); /* its words, as a list */

/* A value by its table.  What is absent is not written: NULL, not set, an empty list, and
 * false or 0 of a member that need not be there. */
void json_write(struct json_out *out, const struct json_type *type, const void *from);

#endif
