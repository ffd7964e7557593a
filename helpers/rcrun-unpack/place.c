#include "place.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define SHOWN_MAX 240 /* bytes of a name in an error */

static void show(const char *name, struct text *out)
{
    char part[SHOWN_MAX + 8];

    snprintf(part, sizeof part, strlen(name) > SHOWN_MAX ? "%.*s..." : "%.*s", SHOWN_MAX, name);
    text_add_quoted(out, part);
}

int place_err(struct err *e, int num, const char *name, const char *fmt, ...)
{
    OWN_TEXT shown = { 0 };
    char what[600];
    va_list args;

    show(name, &shown);
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    return err_set(e, num, "%s: %s", shown.s, what);
}

int place_errno(struct err *e, int num, const char *name)
{
    OWN_TEXT shown = { 0 };

    show(name, &shown);
    return err_set(e, num, "%s", shown.s);
}

static void drop_last(struct place *p, size_t *n)
{
    while (*n && p->text[*n - 1] != '/')
        --*n;
    if (*n)
        --*n;
}

int place_set(struct place *p, const char *raw, struct err *e)
{
    size_t n = 0;

    for (const char *s = raw; *s;) {
        size_t part;

        s += strspn(s, "/");
        part = strcspn(s, "/");
        if (part == 2 && memcmp(s, "..", 2) == 0) {
            drop_last(p, &n);
        } else if (part && !(part == 1 && *s == '.')) {
            if (part > NAME_MAX || n + 1 + part >= sizeof p->text)
                return place_errno(e, ENAMETOOLONG, raw);
            if (n)
                p->text[n++] = '/';
            memcpy(p->text + n, s, part);
            n += part;
        }
        s += part;
    }
    p->text[n] = '\0';
    p->parent = n;
    drop_last(p, &p->parent);
    p->name = p->text + p->parent + (p->parent ? 1 : 0);
    return 0;
}

void place_parent(const struct place *p, char out[PATH_MAX])
{
    /* The name behind it leaves room for the slash. */
    out[0] = '/';
    memcpy(out + 1, p->text, p->parent);
    out[1 + p->parent] = '\0';
}

#define WHITEOUT ".wh."

enum whiteout whiteout_kind(const char *name, const char **hidden)
{
    const char *rest;

    if (!text_starts(name, WHITEOUT))
        return WHITEOUT_NONE;
    rest = name + strlen(WHITEOUT);
    if (text_is(rest, WHITEOUT ".opq"))
        return WHITEOUT_OPAQUE;
    if (!*rest || text_is(rest, ".") || text_is(rest, "..") || text_starts(rest, WHITEOUT))
        return WHITEOUT_ODD;
    *hidden = rest;
    return WHITEOUT_NAME;
}
