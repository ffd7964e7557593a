/* base/json-load.h - JSON text straight into structs, by tables.
 *
 *     #define T struct spec_root
 *     static const struct json_field root_fields[] = {
 *         J_MUST(T, "path", path),
 *         J(T, "readonly", readonly),
 *     };
 *     #undef T
 *     const struct json_type spec_root_type = JSON_TYPE(struct spec_root, root_fields);
 *
 * What a member holds is read off its C type, so table and struct cannot drift apart.
 * The same tables write (base/json-write.h).
 *
 * Unknown keys are skipped, null is absent.  Refused: a wrong type, an unknown word, a
 * number that is not whole or out of range, a key given twice (also an unknown one), a
 * missing J_MUST, NUL in a string, what is not UTF-8, nesting deeper than JSON_DEPTH.
 * One error, one line: "FILE:LINE:COLUMN: process.user.uid: wants ..., found ...". */
#ifndef RCRUN_BASE_JSON_LOAD_H
#define RCRUN_BASE_JSON_LOAD_H

#include "base/arena.h"
#include "base/err.h"
#include "base/names.h"
#include "base/text.h"
#include "base/types.h"

#define JSON_DEPTH 64
#define JSON_TEXT_MAX (4u << 20) /* for file_read() */

/* Kinds of values.  Elements of lists are numbers, JSON_TEXT, JSON_WORD or JSON_OBJECT. */
enum json_kind {
    JSON_NONE,
    JSON_TEXT,     /* const char * */
    JSON_BOOL,     /* bool */
    JSON_INT,      /* int */
    JSON_U32,      /* uint32_t */
    JSON_U64,      /* uint64_t */
    JSON_I64,      /* int64_t */
    JSON_OPT_BOOL, /* struct opt_bool, and so on */
    JSON_OPT_U32,
    JSON_OPT_U64,
    JSON_OPT_I64,
    JSON_WORD,   /* struct opt_word: a word of the table in `names` */
    JSON_ENUM,   /* an enum: a word of the table in `names` */
    JSON_OBJECT, /* a struct within the struct */
    JSON_PART,   /* a struct by pointer, NULL = absent */
    JSON_DICT,   /* struct dict: an object of strings */
    JSON_LIST,   /* { T *v; size_t n; }: an array */
    JSON_KEYED,  /* { T *v; size_t n; }: an object; T's first member is the key */
    JSON_ARRAY,  /* T[count] */
};

struct json_type;

struct json_field {
    const char *name;
    unsigned char name_length;
    unsigned char kind;
    unsigned char item; /* lists: kind of the elements */
    bool must;
    unsigned short offset;
    unsigned short set;           /* lists: offset of `set`, 0 = the list has none */
    unsigned short size;          /* lists: size of an element */
    unsigned short count;         /* JSON_ARRAY */
    const struct json_type *type; /* objects, also as elements */
    const struct name *names;     /* words, also as elements */
};

struct json_type {
    const struct json_field *v;
    size_t n; /* at most 64 */
    size_t size;
};

#define JSON_TYPE(struct_type, fields)                                                        \
    {                                                                                         \
        .v = (fields), .n = sizeof(fields) / sizeof((fields)[0]), .size = sizeof(struct_type) \
    }

#define JSON_MEMBER(T, member) (((const T *)0)->member)
#define JSON_NAME(text) .name = (text), .name_length = sizeof(text) - 1
#define JSON_AT(T, member) .offset = offsetof(T, member)

/* clang-format off */
#define JSON_KIND_OF(value)              \
    _Generic((value),                    \
        const char *: JSON_TEXT,         \
        bool: JSON_BOOL,                 \
        int: JSON_INT,                   \
        uint32_t: JSON_U32,              \
        uint64_t: JSON_U64,              \
        int64_t: JSON_I64,               \
        struct opt_bool: JSON_OPT_BOOL,  \
        struct opt_u32: JSON_OPT_U32,    \
        struct opt_u64: JSON_OPT_U64,    \
        struct opt_i64: JSON_OPT_I64,    \
        struct texts: JSON_LIST,         \
        struct dict: JSON_DICT)

/* A string, number, boolean, opt_*, struct texts or struct dict. */
#define J(T, text, member)                                                              \
    { JSON_NAME(text), JSON_AT(T, member), .kind = JSON_KIND_OF(JSON_MEMBER(T, member)), \
      .item = JSON_TEXT, .size = sizeof(const char *), .set = offsetof(struct texts, set) }
#define J_MUST(T, text, member)                                                         \
    { JSON_NAME(text), JSON_AT(T, member), .kind = JSON_KIND_OF(JSON_MEMBER(T, member)), \
      .item = JSON_TEXT, .size = sizeof(const char *), .set = offsetof(struct texts, set), \
      .must = true }

/* A word: struct opt_word, or an enum. */
#define JSON_WORD_OF(T, member) \
    .kind = _Generic(JSON_MEMBER(T, member), struct opt_word: JSON_WORD, uint32_t: JSON_ENUM)
#define J_WORD(T, text, member, table) \
    { JSON_NAME(text), JSON_AT(T, member), JSON_WORD_OF(T, member), .names = (table) }
#define J_WORD_MUST(T, text, member, table) \
    { JSON_NAME(text), JSON_AT(T, member), JSON_WORD_OF(T, member), .names = (table), .must = true }

/* `tag` is the struct's tag; tag_type is its table. */
#define J_OBJECT(T, text, member, tag)                  \
    { JSON_NAME(text), JSON_AT(T, member), .kind = JSON_OBJECT, \
      .type = _Generic(JSON_MEMBER(T, member), struct tag: &tag##_type) }
#define J_PART(T, text, member, tag)                    \
    { JSON_NAME(text), JSON_AT(T, member), .kind = JSON_PART, \
      .type = _Generic(JSON_MEMBER(T, member), struct tag *: &tag##_type) }
/* Members that the JSON groups and the struct does not (or by a struct without a tag). */
#define J_GROUP(text, group) { JSON_NAME(text), .kind = JSON_OBJECT, .type = &(group) }

#define JSON_ITEMS(T, member) .offset = offsetof(T, member), .size = sizeof *JSON_MEMBER(T, member.v)
#define JSON_SET(T, member) .set = offsetof(T, member.set) - offsetof(T, member)
#define JSON_ITEM_TYPE(T, member, tag) \
    .item = JSON_OBJECT, .type = _Generic(*JSON_MEMBER(T, member.v), struct tag: &tag##_type)

#define J_LIST(T, text, member, tag)                               \
    { JSON_NAME(text), JSON_ITEMS(T, member), .kind = JSON_LIST,   \
      JSON_ITEM_TYPE(T, member, tag) }
#define J_LIST_SET(T, text, member, tag)                           \
    { JSON_NAME(text), JSON_ITEMS(T, member), .kind = JSON_LIST, JSON_SET(T, member), \
      JSON_ITEM_TYPE(T, member, tag) }
#define J_KEYED(T, text, member, tag)                              \
    { JSON_NAME(text), JSON_ITEMS(T, member), .kind = JSON_KEYED,  \
      JSON_ITEM_TYPE(T, member, tag) }
#define J_WORDS(T, text, member, table)                            \
    { JSON_NAME(text), JSON_ITEMS(T, member), .kind = JSON_LIST,   \
      .item = _Generic(*JSON_MEMBER(T, member.v), struct opt_word: JSON_WORD), .names = (table) }
#define J_WORDS_SET(T, text, member, table)                        \
    { JSON_NAME(text), JSON_ITEMS(T, member), .kind = JSON_LIST, JSON_SET(T, member), \
      .item = _Generic(*JSON_MEMBER(T, member.v), struct opt_word: JSON_WORD), .names = (table) }
#define J_NUMBERS(T, text, member)                                 \
    { JSON_NAME(text), JSON_ITEMS(T, member), .kind = JSON_LIST,   \
      .item = JSON_KIND_OF(*JSON_MEMBER(T, member.v)) }
#define J_NUMBERS_SET(T, text, member)                             \
    { JSON_NAME(text), JSON_ITEMS(T, member), .kind = JSON_LIST, JSON_SET(T, member), \
      .item = JSON_KIND_OF(*JSON_MEMBER(T, member.v)) }
/* struct tag member[N]: an array of exactly N objects. */
#define J_ARRAY(T, text, member, tag)                              \
    { JSON_NAME(text), JSON_AT(T, member), .kind = JSON_ARRAY,     \
      .size = sizeof JSON_MEMBER(T, member[0]),                    \
      .count = sizeof JSON_MEMBER(T, member) / sizeof JSON_MEMBER(T, member[0]), \
      .item = JSON_OBJECT, .type = _Generic(JSON_MEMBER(T, member[0]), struct tag: &tag##_type) }
/* clang-format on */

/* Fills `out` (zeroed, type->size bytes) from text, which ends with a NUL behind its n
 * bytes.  Strings and lists belong to the arena; text is not needed afterwards.  `file`
 * is for the error. */
int json_load(struct arena *a, const char *file, const char *text, size_t n,
              const struct json_type *type, void *out, struct err *e);

/* Where the value at `path` ("mounts[3].options[1]", keys that are no plain words as
 * `annotations["a.b"]`) stands in a text that was loaded; both count from 1.  What is
 * absent stands where the longest existing part of its path does: then false. */
bool json_locate(const char *text, size_t n, const char *path, unsigned *line, unsigned *column);

/* Puts "FILE:LINE:COLUMN: " in front of an error whose text starts with "PATH: ". */
void json_place(struct err *e, const char *file, const char *text, size_t n);

/* Adds one step to a path: `.key` or `["key"]`. */
void json_path_key(struct text *path, const char *key);

#endif
