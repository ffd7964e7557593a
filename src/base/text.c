#include "base/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/err.h"
#include "base/types.h"

static void reserve(struct text *t, size_t more)
{
    size_t want;
    char *bigger;

    if (more > SIZE_MAX / 4 || t->n > SIZE_MAX / 4)
        BUG("text of %zu bytes", t->n);
    if (t->n + more + 1 <= t->max)
        return;
    want = t->max ? t->max * 2 : 128;
    if (want < t->n + more + 1)
        want = t->n + more + 1;
    bigger = realloc(t->s, want);
    if (!bigger)
        BUG("out of memory for %zu bytes", want);
    t->s = bigger;
    t->max = want;
}

void text_add_n(struct text *t, const char *s, size_t n)
{
    reserve(t, n);
    if (n)
        memcpy(t->s + t->n, s, n);
    t->n += n;
    t->s[t->n] = '\0';
}

void text_add(struct text *t, const char *s)
{
    text_add_n(t, s, strlen(s));
}

void text_printf(struct text *t, const char *fmt, ...)
{
    va_list ap, again;
    int n;

    va_start(ap, fmt);
    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        BUG("format %s", fmt);
    reserve(t, (size_t)n);
    vsnprintf(t->s + t->n, (size_t)n + 1, fmt, again);
    va_end(again);
    t->n += (size_t)n;
}

static bool harmless(const char *s)
{
    if (!*s)
        return false;
    for (; *s; s++)
        if ((unsigned char)*s <= ' ' || *s == 0x7f || strchr("\"\\'[],#", *s))
            return false;
    return true;
}

void text_add_quoted(struct text *t, const char *s)
{
    if (harmless(s)) {
        text_add(t, s);
        return;
    }
    text_add(t, "\"");
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            text_printf(t, "\\%c", *s);
        else if (*s == '\n')
            text_add(t, "\\n");
        else if (iscntrl((unsigned char)*s))
            text_printf(t, "\\x%02x", (unsigned char)*s);
        else
            text_add_n(t, s, 1);
    }
    text_add(t, "\"");
}

/* By hand, since gmtime(3) reads the time zones: a file of the host, or of a foreign image. */
void text_add_time(struct text *t)
{
    struct timespec now;
    int64_t days, era, year, day, month;

    clock_gettime(CLOCK_REALTIME, &now);
    /* Years that begin in March have their leap day at the end.  719468 days go from the first of
     * March of the year 0 to 1970, 146097 into an era of 400 years. */
    days = now.tv_sec / 86400 + 719468;
    era = days / 146097;
    days %= 146097;
    year = (days - days / 1460 + days / 36524 - days / 146096) / 365;
    day = days - (365 * year + year / 4 - year / 100);
    month = (5 * day + 2) / 153;
    text_printf(t, "%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ", (int)(year + era * 400 + (month >= 10)),
                (int)(month < 10 ? month + 3 : month - 9), (int)(day - (153 * month + 2) / 5 + 1),
                (int)(now.tv_sec / 3600 % 24), (int)(now.tv_sec / 60 % 60),
                (int)(now.tv_sec % 60), now.tv_nsec);
}

void text_free(struct text *t)
{
    free(t->s);
    *t = (struct text){ 0 };
}

uint64_t text_hash(uint64_t h, const void *data, size_t n)
{
    const unsigned char *p = data;

    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 0x100000001b3u;
    return h;
}

bool text_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool text_is(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

bool text_list_has(const struct texts *list, const char *word)
{
    for (size_t i = 0; i < list->n; i++)
        if (text_is(list->v[i], word))
            return true;
    return false;
}

bool text_u64(const char *s, uint64_t *out)
{
    uint64_t v = 0;

    if (!s || !*s)
        return false;
    for (; *s; s++) {
        unsigned digit = (unsigned)(unsigned char)*s - '0';

        if (digit > 9 || v > (UINT64_MAX - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *out = v;
    return true;
}

bool text_i64(const char *s, int64_t *out)
{
    bool minus = s && *s == '-';
    uint64_t v;

    if (!s || !text_u64(s + minus, &v))
        return false;
    if (v > (uint64_t)INT64_MAX + (minus ? 1u : 0u))
        return false;
    *out = minus ? (int64_t)(0 - v) : (int64_t)v;
    return true;
}

bool text_u32(const char *s, uint32_t *out)
{
    uint64_t v;

    if (!text_u64(s, &v) || v > UINT32_MAX)
        return false;
    *out = (uint32_t)v;
    return true;
}

bool text_size(const char *s, int64_t *out)
{
    static const char *const letters = "bkmgt";
    char digits[24];
    size_t n = strspn(s, "-0123456789");
    const char *letter;
    int64_t number, unit = 1;

    if (n >= sizeof digits)
        return false;
    memcpy(digits, s, n);
    digits[n] = '\0';
    if (!text_i64(digits, &number))
        return false;
    s += n;
    letter = *s ? strchr(letters, *s | 0x20) : letters;
    if (!letter || (*s && s[1] && strcasecmp(s + 1, "b") != 0 && strcasecmp(s + 1, "ib") != 0))
        return false;
    for (; letter > letters; letter--)
        unit *= 1024;
    if (__builtin_mul_overflow(number, unit, &unit))
        return false;
    *out = unit;
    return true;
}

bool text_hex(const char *s, size_t n, uint32_t *out)
{
    uint32_t v = 0;

    if (n == 0 || n > 8)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = s[i];

        if (c >= '0' && c <= '9')
            v = v << 4 | (uint32_t)(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            v = v << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
        else
            return false;
    }
    *out = v;
    return true;
}

bool text_id(const char *s, uint32_t *out)
{
    uint32_t v;

    if (!text_u32(s, &v) || v == UINT32_MAX)
        return false;
    *out = v;
    return true;
}

/* The value of a digit, -1 when it is none. */
static int base64_digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

long text_base64(const char *s, void *out)
{
    size_t n = strlen(s);
    uint8_t *to = out;
    size_t pad = n && s[n - 1] == '=' ? n > 1 && s[n - 2] == '=' ? 2 : 1 : 0;
    uint32_t bits = 0;

    if (n % 4)
        return -1;
    for (size_t i = 0; i < n; i++) {
        int digit = i < n - pad ? base64_digit(s[i]) : 0;

        if (digit < 0)
            return -1;
        bits = bits << 6 | (uint32_t)digit;
        if (i % 4 != 3)
            continue;
        *to++ = (uint8_t)(bits >> 16);
        *to++ = (uint8_t)(bits >> 8);
        *to++ = (uint8_t)bits;
    }
    /* One text for each value: the bits that padding cuts off are nought. */
    if (pad && bits & (pad == 2 ? 0xffff : 0xff))
        return -1;
    return (long)(n / 4 * 3 - pad);
}
