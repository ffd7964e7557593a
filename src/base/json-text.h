/* base/json-text.h - JSON as text: what loader and writer share.  No yajl here. */
#ifndef RCRUN_BASE_JSON_TEXT_H
#define RCRUN_BASE_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Length of the UTF-8 sequence (RFC 3629) at s, of which n bytes are there; 0 = none. */
size_t json_utf8(const char *s, size_t n);

/* Offset of the first thing that no JSON text of ours may hold: bytes that are not
 * UTF-8, control bytes, a byte order mark, \u0000, half of a surrogate pair.  n when
 * there is none; else *why says what it is. */
size_t json_text_check(const char *text, size_t n, const char **why);

/* Line and column of an offset, both from 1; the column counts characters. */
void json_line_column(const char *text, size_t n, size_t offset, unsigned *line, unsigned *column);

/* Offset of the opening quote of a string whose closing quote is in front of `end`;
 * s, n is the string as told, a part of the text unless it had escapes. */
size_t json_string_start(const char *text, size_t text_n, size_t end, const char *s, size_t n);

#endif
