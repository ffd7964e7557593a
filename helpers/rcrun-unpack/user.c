#include "user.h"

#include <string.h>

#include "base/text.h"

#define GROUPS_MAX 64

struct field { const char *s; size_t n; };

/* The first fields of a line, which colons divide; *at goes on to the next line. */
static bool split(const char **at, struct field *f, size_t n)
{
    const char *end = strchrnul(*at, '\n'), *s = *at;
    size_t got = 0;

    *at = *end ? end + 1 : end;
    while (got < n) {
        const char *stop = memchr(s, ':', (size_t)(end - s));

        f[got].s = s;
        f[got].n = (size_t)((stop ? stop : end) - s);
        got++;
        if (!stop)
            break;
        s = stop + 1;
    }
    return got == n;
}

static bool is(const struct field *f, const char *word)
{
    return strlen(word) == f->n && memcmp(f->s, word, f->n) == 0;
}

static bool number(struct arena *a, const struct field *f, uint32_t *out)
{
    return f->n < 12 && text_id(arena_copy(a, f->s, f->n), out);
}

/* name:x:uid:gid:...; by name, or by number when name is NULL. */
static bool find_user(struct arena *a, const char *passwd, const char *name, uint32_t uid,
                      struct user *out, const char **found)
{
    while (*passwd) {
        struct field f[4];
        uint32_t u, g;

        if (!split(&passwd, f, 4) || !number(a, &f[2], &u) || !number(a, &f[3], &g))
            continue;
        if (name ? is(&f[0], name) : u == uid) {
            out->uid = u;
            out->gid = g;
            *found = arena_copy(a, f[0].s, f[0].n);
            return true;
        }
    }
    return false;
}

/* name:x:gid:members */
bool group_by_name(struct arena *a, const char *group, const char *name, uint32_t *gid)
{
    while (*group) {
        struct field f[3];

        if (split(&group, f, 3) && is(&f[0], name) && number(a, &f[2], gid))
            return true;
    }
    return false;
}

static bool has_member(const struct field *list, const char *name)
{
    const char *s = list->s, *end = list->s + list->n;
    size_t n = strlen(name);

    while (s < end) {
        const char *comma = memchr(s, ',', (size_t)(end - s));
        const char *stop = comma ? comma : end;

        if ((size_t)(stop - s) == n && memcmp(s, name, n) == 0)
            return true;
        s = stop + (comma ? 1 : 0);
    }
    return false;
}

static void add_groups(struct arena *a, const char *group, const char *name, struct user *out)
{
    while (*group && out->groups.n < GROUPS_MAX) {
        struct field f[4];
        uint32_t gid;

        if (split(&group, f, 4) && has_member(&f[3], name) && number(a, &f[2], &gid) &&
            gid != out->gid)
            *LIST_ADD(a, &out->groups) = gid;
    }
}

bool user_by_name(struct arena *a, const char *passwd, const char *name, uint32_t *uid)
{
    struct user user;
    const char *found;

    if (!find_user(a, passwd, name, 0, &user, &found))
        return false;
    *uid = user.uid;
    return true;
}

int user_find(struct arena *a, const char *word, const char *passwd, const char *group,
              struct user *out, struct err *e)
{
    const char *colon = strchrnul(word, ':');
    const char *name = arena_copy(a, word, (size_t)(colon - word));
    const char *wanted = *colon ? colon + 1 : "";
    const char *found = NULL;

    *out = (struct user){ 0 };
    if (!*name || text_id(name, &out->uid))
        find_user(a, passwd, NULL, out->uid, out, &found);
    else if (!find_user(a, passwd, name, 0, out, &found))
        return err_set(e, 0, "config.User: \"%.100s\" is not in /etc/passwd of the image", name);
    if (!*wanted) {
        if (found)
            add_groups(a, group, found, out);
        return 0;
    }
    if (text_id(wanted, &out->gid) || group_by_name(a, group, wanted, &out->gid))
        return 0;
    return err_set(e, 0, "config.User: group \"%.100s\" is not in /etc/group of the image", wanted);
}
