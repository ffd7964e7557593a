/* base/text.h - growing text and strict number parsing. */
#ifndef RCRUN_BASE_TEXT_H
#define RCRUN_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *s; /* NUL terminated once something was added, else NULL */
    size_t n;
    size_t max;
};

void text_add(struct text *t, const char *s);
void text_add_n(struct text *t, const char *s, size_t n);
void text_printf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* s as it can stand in a line: bare when harmless, else in double quotes with C escapes. */
void text_add_quoted(struct text *t, const char *s);
/* The time now: RFC 3339, UTC, nanoseconds. */
void text_add_time(struct text *t);
void text_free(struct text *t);

#define OWN_TEXT __attribute__((cleanup(text_free))) struct text

bool text_starts(const char *s, const char *prefix);
bool text_is(const char *a, const char *b); /* NULL equals nothing */

struct texts;
bool text_list_has(const struct texts *list, const char *word);

/* FNV-1a, goes on from h.  Spreads and finds accidents; no defence against an enemy. */
#define TEXT_HASH_START 0xcbf29ce484222325u
uint64_t text_hash(uint64_t h, const void *data, size_t n);

/* Whole string, decimal digits only (a leading '-' for i64), no sign, no blanks,
 * no overflow.  Returns false and leaves *out alone when s is anything else. */
bool text_u32(const char *s, uint32_t *out);
bool text_u64(const char *s, uint64_t *out);
bool text_i64(const char *s, int64_t *out);
/* A size: "1048576", "1024k", "1M", "1mb", "1MiB", "-1"; letters up to t, by 1024. */
bool text_size(const char *s, int64_t *out);
/* The digits of a number in base 16 at the beginning of s, exactly n of them, at most 8. */
bool text_hex(const char *s, size_t n, uint32_t *out);
/* A uid or gid: text_u32 without 4294967295, which means "no change" to the kernel. */
bool text_id(const char *s, uint32_t *out);

/* Decodes base64 (RFC 4648, the standard alphabet, padded, no white space) into `out`, which has room
 * for 3 bytes for every 4 of s.  Returns the number of bytes, or -1 when s is anything else. */
long text_base64(const char *s, void *out);

#endif
