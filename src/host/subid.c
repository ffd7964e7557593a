#include "host/subid.h"

#include <linux/capability.h>
#include <string.h>

#include "base/text.h"

#define TOP UINT32_MAX /* (uid_t)-1 is no id, so ids end before it */

/* ---- ranges ---- */

static void append(struct arena *a, struct id_map *out, uint64_t start, uint64_t end)
{
    struct id_range *last = out->n ? &out->v[out->n - 1] : NULL;

    if (start >= end)
        return;
    if (last && (uint64_t)last->outside + last->size == start) {
        last->size += (uint32_t)(end - start);
        return;
    }
    if (out->n >= SUBID_MAX)
        return;
    *LIST_ADD(a, out) = (struct id_range){ 0, (uint32_t)start, (uint32_t)(end - start) };
}

/* Adds [start, end) without what the first `taken` ranges of out, or the own id, have: an
 * overlap would make the kernel refuse the whole map. */
static void add_free(struct arena *a, struct id_map *out, size_t taken, uint32_t own,
                     uint64_t start, uint64_t end)
{
    while (start < end) {
        uint64_t stop = end, next = end;

        /* Up to the next id that is taken, and on behind it. */
        if (own >= start && own < stop) {
            stop = own;
            next = (uint64_t)own + 1;
        }
        for (size_t i = 0; i < taken; i++) {
            uint64_t low = out->v[i].outside, high = low + out->v[i].size;

            if (high > start && low < stop) {
                stop = low > start ? low : start;
                next = high;
            }
        }
        append(a, out, start, stop);
        start = next;
    }
}

/* ---- /etc/subuid ---- */

struct line {
    const char *s;
    size_t n;
};

static bool next_line(const char **text, size_t *n, struct line *out)
{
    const char *end;

    if (*n == 0)
        return false;
    end = memchr(*text, '\n', *n);
    out->s = *text;
    out->n = end ? (size_t)(end - *text) : *n;
    *n -= out->n + (end ? 1 : 0);
    *text += out->n + (end ? 1 : 0);
    return true;
}

/* Takes the text up to the separator (or the end) off the line. */
static struct line cut(struct line *l, char separator)
{
    const char *end = memchr(l->s, separator, l->n);
    struct line field = { l->s, end ? (size_t)(end - l->s) : l->n };
    size_t used = field.n + (end ? 1 : 0);

    l->s += used;
    l->n -= used;
    return field;
}

static bool is_word(struct line field, const char *word)
{
    return word && strlen(word) == field.n && memcmp(field.s, word, field.n) == 0;
}

static bool to_number(struct line field, uint64_t *out)
{
    char digits[24];

    if (field.n >= sizeof digits)
        return false;
    memcpy(digits, field.s, field.n);
    digits[field.n] = '\0';
    return strlen(digits) == field.n && text_u64(digits, out);
}

static void note(uint32_t *where, uint32_t line)
{
    if (!*where)
        *where = line;
}

static void parse_line(struct arena *a, struct line l, uint32_t number, uint32_t own,
                       struct id_map *out, struct subid_notes *notes)
{
    bool two = memchr(l.s, ':', l.n) != NULL;
    struct line first = cut(&l, ':');
    uint64_t start, count;

    if (!two || !to_number(first, &start) || !to_number(l, &count)) {
        note(&notes->bad_line, number);
        if (l.n && l.s[l.n - 1] == '\r')
            note(&notes->crlf_line, number);
        return;
    }
    if (count == 0)
        return;
    if (start >= TOP || count > TOP - start) {
        note(&notes->overflow_line, number);
        return;
    }
    add_free(a, out, out->n, own, start, start + count);
}

void subid_parse(struct arena *a, const char *text, size_t n, const char *name, uint32_t uid,
                 uint32_t own, struct id_map *out, struct subid_notes *notes)
{
    struct line l;

    for (uint32_t number = 1; next_line(&text, &n, &l); number++) {
        bool has_fields = memchr(l.s, ':', l.n) != NULL;
        struct line owner = cut(&l, ':');
        uint64_t id;

        if (!has_fields || (owner.n && owner.s[0] == '#'))
            continue;
        if (is_word(owner, name) || (to_number(owner, &id) && id == uid))
            parse_line(a, l, number, own, out, notes);
    }
}

void subid_parse_tool(struct arena *a, const char *text, uint32_t own, struct id_map *out)
{
    size_t n = strlen(text);
    struct line l;

    while (next_line(&text, &n, &l)) {
        uint64_t start, count;

        cut(&l, ' '); /* "0:" */
        cut(&l, ' '); /* the user */
        if (to_number(cut(&l, ' '), &start) && to_number(l, &count) && start < TOP &&
            count <= TOP - start)
            add_free(a, out, out->n, own, start, start + count);
    }
}

void subid_within(struct arena *a, const struct id_map *ours, struct id_map *ids)
{
    struct id_map out = { 0 };

    for (size_t i = 0; i < ids->n; i++) {
        uint64_t low = ids->v[i].outside, high = low + ids->v[i].size;

        for (size_t k = 0; k < ours->n && out.n < SUBID_MAX; k++) {
            uint64_t from = ours->v[k].inside, to = from + ours->v[k].size;

            from = from > low ? from : low;
            to = to < high ? to : high;
            /* Not append(): neighbours in two ranges of ours must stay apart. */
            if (from < to)
                *LIST_ADD(a, &out) = (struct id_range){ 0, (uint32_t)from, (uint32_t)(to - from) };
        }
    }
    *ids = out;
}

/* ---- other texts ---- */

void subid_parse_map(struct arena *a, const char *text, struct id_map *out)
{
    size_t n = strlen(text);
    struct line l;

    while (next_line(&text, &n, &l)) {
        uint64_t v[3];
        int have = 0;

        while (l.n && have < 3) {
            struct line field = cut(&l, ' ');

            if (field.n && !to_number(field, &v[have++]))
                break;
        }
        if (have == 3 && v[0] <= TOP && v[1] <= TOP && v[2] <= TOP)
            *LIST_ADD(a, out) = (struct id_range){ (uint32_t)v[0], (uint32_t)v[1], (uint32_t)v[2] };
    }
}

bool subid_parse_passwd(struct arena *a, const char *text, uint32_t uid, const char **name,
                        uint32_t *gid)
{
    size_t n = strlen(text);
    struct line l;

    while (next_line(&text, &n, &l)) {
        struct line login = cut(&l, ':');
        uint64_t id, group;

        cut(&l, ':'); /* password */
        if (!to_number(cut(&l, ':'), &id) || id != uid || !to_number(cut(&l, ':'), &group) ||
            login.n == 0 || group >= TOP)
            continue;
        *name = arena_copy(a, login.s, login.n);
        *gid = (uint32_t)group;
        return true;
    }
    return false;
}

static bool is_one_of(struct line word, const char *known)
{
    struct line l = { known, strlen(known) };

    while (l.n) {
        struct line one = cut(&l, ' ');

        if (one.n == word.n && memcmp(one.s, word.s, one.n) == 0)
            return true;
    }
    return false;
}

static bool names_other(struct line sources, const char *known, bool first_only)
{
    while (sources.n) {
        struct line word;

        if (sources.s[0] == '[') { /* an action: [NOTFOUND=return] */
            cut(&sources, ']');
            continue;
        }
        word = cut(&sources, ' ');
        if (word.n == 0)
            continue;
        if (!is_one_of(word, known))
            return true;
        if (first_only)
            return false;
    }
    return false;
}

bool subid_parse_nsswitch(const char *text, const char *database, const char *known,
                          bool first_only)
{
    size_t n = strlen(text);
    struct line l;

    while (next_line(&text, &n, &l)) {
        char blanks[512];
        struct line key;

        l = cut(&l, '#');
        if (l.n >= sizeof blanks)
            continue;
        for (size_t i = 0; i < l.n; i++)
            blanks[i] = l.s[i] == '\t' || l.s[i] == '\r' ? ' ' : l.s[i];
        l.s = blanks;
        while (l.n && l.s[0] == ' ')
            cut(&l, ' ');
        if (!memchr(l.s, ':', l.n))
            continue;
        key = cut(&l, ':');
        while (key.n && key.s[key.n - 1] == ' ')
            key.n--;
        if (is_word(key, database))
            return names_other(l, known, first_only);
    }
    return false;
}

static uint32_t little_endian(const uint8_t *b)
{
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

bool subid_parse_file_caps(const uint8_t *value, size_t n, int cap, const char **why)
{
    uint32_t magic = n >= 8 ? little_endian(value) : 0;
    uint32_t revision = magic & VFS_CAP_REVISION_MASK;

    /* The kernel shows revision 3 only to those for whom it does not count: its root is another
     * namespace's.  Our own it shows as revision 2 (xattr(7), capabilities(7)). */
    if (revision == VFS_CAP_REVISION_3 && n >= XATTR_CAPS_SZ_3 && little_endian(value + 20) != 0) {
        *why = "has file capabilities of another user namespace";
        return false;
    }
    if ((revision != VFS_CAP_REVISION_2 && revision != VFS_CAP_REVISION_3) ||
        !(little_endian(value + 4) >> cap & 1) || !(magic & VFS_CAP_FLAGS_EFFECTIVE)) {
        *why = "has file capabilities, but not the one that it needs";
        return false;
    }
    return true;
}
