#include "base/err.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *err_text(int num)
{
    static char text[80];
    const char *desc = strerrordesc_np(num);

    if (!desc)
        snprintf(text, sizeof text, "error %d", num);
    else
        snprintf(text, sizeof text, "%s", desc);
    /* "RFS specific error" and the like start with a name and keep it. */
    if (!isupper((unsigned char)text[1]))
        text[0] = (char)tolower((unsigned char)text[0]);
    return text;
}

/* A line is a line: what comes from a config or an image may hold anything. */
static void one_line(char *s)
{
    for (; *s; s++)
        if (iscntrl((unsigned char)*s))
            *s = ' ';
}

int err_set(struct err *e, int num, const char *fmt, ...)
{
    va_list ap;
    size_t n;

    *e = (struct err){ .num = num };
    va_start(ap, fmt);
    vsnprintf(e->text, sizeof e->text, fmt, ap);
    va_end(ap);
    if (num > 0) {
        n = strlen(e->text);
        /* The errno text must survive a long path. */
        if (n > sizeof e->text - 80)
            n = sizeof e->text - 80;
        snprintf(e->text + n, sizeof e->text - n, ": %s", err_text(num));
    }
    one_line(e->text);
    return -1;
}

int err_ctx(struct err *e, const char *fmt, ...)
{
    char place[sizeof e->text];
    char rest[sizeof e->text];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(place, sizeof place, fmt, ap);
    va_end(ap);
    memcpy(rest, e->text, sizeof rest);
    if (snprintf(e->text, sizeof e->text, "%.600s: %s", place, rest) < 0)
        e->text[0] = '\0';
    one_line(e->text);
    return -1;
}

int err_hint(struct err *e, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(e->hint, sizeof e->hint, fmt, ap);
    va_end(ap);
    one_line(e->hint);
    return -1;
}

void err_clear(struct err *e)
{
    *e = (struct err){ 0 };
}

void err_bug(const char *file, int line, const char *fmt, ...)
{
    va_list ap;

    fprintf(stderr, "rcrun: bug at %s:%d: ", file, line);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    abort();
}
