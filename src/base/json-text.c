#include "base/json-text.h"

#include <stdint.h>
#include <string.h>

#include "base/json-load.h"
#include "base/text.h"

size_t json_utf8(const char *s, size_t n)
{
    const unsigned char *p = (const unsigned char *)s;
    unsigned low = 0x80, high = 0xbf;
    size_t length;

    if (n == 0)
        return 0;
    if (p[0] < 0x80)
        return 1;
    if (p[0] < 0xc2 || p[0] > 0xf4)
        return 0;
    length = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    /* Overlong forms, surrogates and what is above U+10FFFF show in the second byte. */
    if (p[0] == 0xe0)
        low = 0xa0;
    else if (p[0] == 0xed)
        high = 0x9f;
    else if (p[0] == 0xf0)
        low = 0x90;
    else if (p[0] == 0xf4)
        high = 0x8f;
    if (n < length || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

/* ---- what may not be there ------------------------------------------------------------- */

/* What "u" and four digits in base 16 stand for, -1 = it is something else. */
static int escape_value(const char *s, size_t n)
{
    uint32_t value;

    return n >= 5 && s[0] == 'u' && text_hex(s + 1, 4, &value) ? (int)value : -1;
}

static bool is_high(int value)
{
    return value >= 0xd800 && value < 0xdc00;
}

static bool is_low(int value)
{
    return value >= 0xdc00 && value < 0xe000;
}

/* Length of the escape at s, 0 when it is refused.  What is no escape at all counts as
 * one byte: yajl will tell. */
static size_t escape_length(const char *s, size_t n, const char **why)
{
    int value = escape_value(s + 1, n - 1);

    if (value == 0) {
        *why = "a string holds a NUL character";
        return 0;
    }
    if (is_low(value) ||
        (is_high(value) && (n < 7 || s[6] != '\\' || !is_low(escape_value(s + 7, n - 7))))) {
        *why = "half of a surrogate pair";
        return 0;
    }
    if (value >= 0)
        return is_high(value) ? 12 : 6;
    return n > 1 && (s[1] == '\\' || s[1] == '"') ? 2 : 1;
}

/* Nearly all of a config of megabytes. */
static size_t skip_plain(const char *text, size_t i, size_t n)
{
    while (i < n && text[i] >= ' ' && text[i] <= '~' && text[i] != '\\')
        i++;
    return i;
}

size_t json_text_check(const char *text, size_t n, const char **why)
{
    size_t length;

    if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        *why = "starts with a byte order mark; save it as UTF-8 without one";
        return 0;
    }
    for (size_t i = skip_plain(text, 0, n); i < n; i = skip_plain(text, i + length, n)) {
        unsigned char c = (unsigned char)text[i];

        if (c == '\\') {
            length = escape_length(text + i, n - i, why);
        } else if (c >= 0x80) {
            length = json_utf8(text + i, n - i);
            *why = length ? *why : "bytes that are not UTF-8";
        } else {
            length = c >= ' ' || c == '\n' || c == '\t' || c == '\r';
            *why = length ? *why : "a control character";
        }
        if (length == 0)
            return i;
    }
    return n;
}

/* ---- places ---------------------------------------------------------------------------- */

void json_line_column(const char *text, size_t n, size_t offset, unsigned *line, unsigned *column)
{
    *line = 1;
    *column = 1;
    for (size_t i = 0; i < n && i < offset; i++)
        if (text[i] == '\n') {
            ++*line;
            *column = 1;
        } else if ((text[i] & 0xc0) != 0x80) {
            ++*column;
        }
}

size_t json_string_start(const char *text, size_t text_n, size_t end, const char *s, size_t n)
{
    uintptr_t from = (uintptr_t)text, at = (uintptr_t)s;
    size_t start;

    if (at > from && at + n < from + text_n)
        return at - from - 1;
    if (end < 2 || end > text_n)
        return text_n;
    /* A quote within the string has an odd number of backslashes in front of it. */
    for (start = end - 2; start > 0; start--) {
        size_t slashes = 0;

        if (text[start] != '"')
            continue;
        while (slashes < start && text[start - 1 - slashes] == '\\')
            slashes++;
        if (slashes % 2 == 0)
            break;
    }
    return start;
}

/* A text that is known to be JSON; still, nothing is read behind its end. */
struct scan {
    const char *s;
    size_t n;
    size_t at;
};

static char look(struct scan *scan)
{
    while (scan->at < scan->n && strchr(" \t\r\n", scan->s[scan->at]))
        scan->at++;
    return scan->at < scan->n ? scan->s[scan->at] : '\0';
}

static bool step_over(struct scan *scan, char c)
{
    if (look(scan) != c)
        return false;
    scan->at++;
    return true;
}

/* Over a string; its text without quotes is at *from, *n. */
static bool skip_string(struct scan *scan, size_t *from, size_t *n)
{
    if (!step_over(scan, '"'))
        return false;
    *from = scan->at;
    while (scan->at < scan->n && scan->s[scan->at] != '"')
        scan->at += scan->s[scan->at] == '\\' ? 2 : 1;
    if (scan->at >= scan->n)
        return false;
    *n = scan->at++ - *from;
    return true;
}

static bool skip_value(struct scan *scan)
{
    size_t depth = 0, from, n;

    do {
        char c = look(scan);

        if (c == '\0')
            return false;
        if (c == '"') {
            if (!skip_string(scan, &from, &n))
                return false;
        } else if (strchr("{}[],:", c)) {
            if (depth == 0 && !strchr("{[", c))
                return false;
            depth += (c == '{' || c == '[');
            depth -= (c == '}' || c == ']');
            scan->at++;
        } else {
            scan->at += 1;
            while (scan->at < scan->n && !strchr("{}[],: \t\r\n\"", scan->s[scan->at]))
                scan->at++;
        }
    } while (depth);
    return true;
}

/* One step of a path: a key, or an index. */
struct step {
    char key[256];
    size_t index;
    bool is_index;
};

/* Cuts a step off; false at the end or when it is none. */
static bool next_step(const char **path, struct step *step)
{
    const char *p = *path;
    bool quoted = p[0] == '[' && p[1] == '"';
    size_t n = 0;

    step->index = 0;
    step->is_index = p[0] == '[' && !quoted;
    if (step->is_index) {
        for (p++; *p >= '0' && *p <= '9'; p++)
            step->index = step->index * 10 + (size_t)(*p - '0');
        if (*p++ != ']')
            return false;
        *path = p;
        return true;
    }
    p += quoted ? 2 : *p == '.';
    while (*p && n < sizeof step->key - 1 && (quoted ? *p != '"' : !strchr(".[:", *p))) {
        if (quoted && *p == '\\' && p[1])
            p++;
        step->key[n++] = *p++;
    }
    step->key[n] = '\0';
    if (quoted && strncmp(p, "\"]", 2) == 0)
        p += 2;
    else if (quoted || n == 0)
        return false;
    *path = p;
    return true;
}

/* Keys that are written with \u are not found: nobody does that by hand. */
static bool key_is(const char *s, size_t n, const char *key)
{
    size_t i = 0;

    for (; i < n && *key; i++, key++) {
        if (s[i] == '\\' && i + 1 < n)
            i++;
        if (s[i] != *key)
            return false;
    }
    return i >= n && !*key;
}

/* Goes to the value that the step names; false leaves the place as it was. */
static bool descend(struct scan *scan, const struct step *step)
{
    struct scan to = *scan;

    if (!step_over(&to, step->is_index ? '[' : '{'))
        return false;
    for (size_t i = 0;; i++) {
        size_t from, n;

        if (look(&to) == ']' || look(&to) == '}')
            return false;
        if (!step->is_index) {
            if (!skip_string(&to, &from, &n) || !step_over(&to, ':'))
                return false;
            look(&to);
        }
        if (step->is_index ? i == step->index : key_is(to.s + from, n, step->key)) {
            *scan = to;
            return look(scan) != '\0';
        }
        if (!skip_value(&to) || !step_over(&to, ','))
            return false;
    }
}

bool json_locate(const char *text, size_t n, const char *path, unsigned *line, unsigned *column)
{
    struct scan scan = { text, n, 0 };
    struct step step;
    bool found = true;

    look(&scan);
    while (found && next_step(&path, &step))
        found = descend(&scan, &step);
    json_line_column(text, n, scan.at, line, column);
    return found;
}

void json_place(struct err *e, const char *file, const char *text, size_t n)
{
    unsigned line, column;

    json_locate(text, n, e->text, &line, &column);
    err_ctx(e, "%s:%u:%u", file, line, column);
}

void json_path_key(struct text *path, const char *key)
{
    size_t plain = strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "0123456789_-");

    if (plain && key[plain] == '\0') {
        text_printf(path, "%s%s", path->n ? "." : "", key);
        return;
    }
    text_add(path, "[\"");
    for (; *key; key++) {
        if (*key == '"' || *key == '\\')
            text_add(path, "\\");
        text_add_n(path, key, 1);
    }
    text_add(path, "\"]");
}
