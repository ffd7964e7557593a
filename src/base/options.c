#include "base/options.h"

#include <string.h>

#include "base/clean.h"

/* What callers written in Go, where "1" is a boolean too, may pass. */
static const struct name booleans[] = {
    { "true", 1 }, { "false", 0 }, { "1", 1 }, { "0", 0 }, { NULL, 0 },
};

static const struct option_row help_row = {
    .name = "help",
    .letter = 'h',
    .kind = OPTION_FLAG,
    .help = "print this text",
};

/* The second one is crun's, as is -?. */
static const char *const help_names[] = { "help", "usage" };

static const struct option_row *find_name(const struct option_row *rows, const char *s, size_t n)
{
    for (; rows && rows->name; rows++)
        if (strlen(rows->name) == n && memcmp(rows->name, s, n) == 0)
            return rows;
    for (size_t i = 0; i < COUNT_OF(help_names); i++)
        if (n == strlen(help_names[i]) && memcmp(help_names[i], s, n) == 0)
            return &help_row;
    return NULL;
}

static const struct option_row *find_letter(const struct option_row *rows, char letter)
{
    for (; rows && rows->name; rows++)
        if (rows->letter == letter)
            return rows;
    return letter == help_row.letter || letter == '?' ? &help_row : NULL;
}

static bool needs_argument(const struct option_row *o)
{
    return o->arg && o->kind != OPTION_MAYBE && o->kind != OPTION_TEXT_MAYBE;
}

/* ---- what can be wrong ---- */

/* An option begun with the same letters, or one that is a slip of the finger away. */
static const char *nearest(const struct option_row *rows, const char *s, size_t n)
{
    const char *found = NULL;
    unsigned best = 3;
    char word[64];

    if (n < 2 || n >= sizeof word)
        return NULL;
    memcpy(word, s, n);
    word[n] = '\0';
    for (; rows && rows->name; rows++) {
        unsigned far = text_starts(rows->name, word) ? 0 : names_distance(rows->name, word);

        if (far < best && rows->group != GROUP_HIDDEN) {
            best = far;
            found = rows->name;
        }
    }
    return found;
}

static int unknown_name(const struct parse *p, const char *s, size_t n, struct err *e)
{
    const struct option_row *outer = find_name(p->outer, s, n);
    const char *near = nearest(p->rows, s, n);

    if (outer && outer != &help_row) {
        err_set(e, 0, "--%s goes before the command", outer->name);
        return err_hint(e, "rcrun --%s%s%s COMMAND ...", outer->name, outer->arg ? " " : "",
                        outer->arg ? outer->arg : "");
    }
    if (near)
        return err_set(e, 0, "unknown option --%.*s (did you mean --%s?)", (int)n, s, near);
    return err_set(e, 0, "unknown option --%.*s", (int)n, s);
}

static int unknown_word(const struct option_row *o, const char *value, struct err *e)
{
    OWN_TEXT list = { 0 };

    for (const struct name *w = o->words; w->name; w++)
        text_printf(&list, "%s%s", list.n ? ", " : "", w->name);
    return err_set(e, 0, "unknown %s \"%s\" (%s)", o->name, value, list.s);
}

static int missing_operand(const struct parse *p, struct err *e)
{
    return err_set(e, 0, "the %s is missing", p->operand ? p->operand : "argument");
}

static int surplus_operand(const struct parse *p, const char *word, struct err *e)
{
    err_set(e, 0, "unexpected argument \"%s\"", word);
    if (p->takes_command)
        err_hint(e, "the command of the container goes behind --");
    return -1;
}

/* ---- storing ---- */

static int store_word(const struct option_row *o, const char *value, int *at, struct err *e)
{
    const struct name *word = value ? names_find(o->words, value) : o->words;

    if (!word)
        return unknown_word(o, value, e);
    *at = (int)word->value;
    return 0;
}

static int store_flag(const struct option_row *o, const char *value, bool *at, struct err *e)
{
    const struct name *word = names_find(booleans, value ? value : "true");

    if (!word)
        return err_set(e, 0, "--%s: \"%s\" is neither true nor false", o->name, value);
    *at = word->value != 0;
    return 0;
}

/* Two edits of one member are a slip; what engines and wrappers give twice is not: there the last one
 * wins. */
static int check_twice(const struct option_row *o, const void *at, struct err *e)
{
    bool given = false;

    if (o->kind == OPTION_TEXT || o->kind == OPTION_TEXT_MAYBE)
        given = *(const char *const *)at;
    else if (o->kind == OPTION_WORD)
        given = *(const int *)at;
    return given ? err_set(e, 0, "--%s: given twice", o->name) : 0;
}

/* value NULL: the option stands alone. */
static int store(struct arena *a, struct parse *p, const struct option_row *o, const char *value,
                 struct err *e)
{
    void *at = (char *)p->store + o->where;

    if (o == &help_row)
        return store_flag(o, value, &p->help, e);
    if (o->group == GROUP_SHORT_WAY || o->group == GROUP_MORE) {
        p->edits = true;
        TRY(check_twice(o, at, e));
    }
    switch (o->kind) {
    case OPTION_FLAG:
        return store_flag(o, value, at, e);
    case OPTION_TEXT:
        *(const char **)at = value;
        return 0;
    case OPTION_NUMBER:
        if (!text_u32(value, at))
            return err_set(e, 0, "--%s: \"%s\" is not a number from 0 to 4294967295", o->name,
                           value);
        return 0;
    case OPTION_TEXT_MAYBE:
        *(const char **)at = value ? value : "";
        return 0;
    case OPTION_LIST:
        *LIST_ADD(a, (struct texts *)at) = value;
        return 0;
    case OPTION_PAIRS:
        *LIST_ADD(a, (struct dict *)at) = (struct pair){ o->name, value };
        return 0;
    case OPTION_WORD:
    case OPTION_MAYBE:
        return store_word(o, value, at, e);
    }
    return 0;
}

/* ---- reading ---- */

struct reader {
    struct arena *a;
    struct parse *p;
    const char *const *words;
    size_t n, now;
};

/* The word behind an option is its argument, whatever it looks like. */
static int with_next(struct reader *r, const struct option_row *o, struct err *e)
{
    if (r->now == r->n)
        return err_set(e, 0, "--%s needs an argument: %s", o->name, o->arg);
    return store(r->a, r->p, o, r->words[r->now++], e);
}

/* name[=value], without the dashes. */
static int read_long(struct reader *r, const char *s, struct err *e)
{
    size_t n = strcspn(s, "=");
    const struct option_row *o = find_name(r->p->rows, s, n);

    if (!o)
        return unknown_name(r->p, s, n, e);
    if (s[n] == '=')
        return store(r->a, r->p, o, s + n + 1, e);
    if (needs_argument(o))
        return with_next(r, o, e);
    return store(r->a, r->p, o, NULL, e);
}

/* Letters: -d, -td, -b DIR, -bDIR, -b=DIR. */
static int read_letters(struct reader *r, const char *s, struct err *e)
{
    for (; *s; s++) {
        const struct option_row *o = find_letter(r->p->rows, *s);

        if (!o)
            return err_set(e, 0, "unknown option -%c", *s);
        if (needs_argument(o) && !s[1])
            return with_next(r, o, e);
        if (needs_argument(o) || s[1] == '=')
            return store(r->a, r->p, o, s + 1 + (s[1] == '='), e);
        TRY(store(r->a, r->p, o, NULL, e));
    }
    return 0;
}

static int read_option(struct reader *r, const char *word, struct err *e)
{
    if (word[1] == '-')
        return read_long(r, word + 2, e);
    /* -bundle, as callers in Go write it: only a whole word, so that -td stays -t -d. */
    if (word[2] && find_name(r->p->rows, word + 1, strcspn(word + 1, "=")))
        return read_long(r, word + 1, e);
    return read_letters(r, word + 1, e);
}

static int read_operand(struct reader *r, const char *word, struct err *e)
{
    if (r->p->operands.n == r->p->most)
        return surplus_operand(r->p, word, e);
    *LIST_ADD(r->a, &r->p->operands) = word;
    return 0;
}

/* What is left belongs to somebody else: the program, or the command behind the global
 * options.  One "--" in front of it is ours. */
static void read_rest(struct reader *r)
{
    struct texts *rest = &r->p->rest;

    if (r->p->stop == STOP_AFTER && r->now < r->n && strcmp(r->words[r->now], "--") == 0)
        r->now++;
    rest->set = true;
    while (r->now < r->n)
        *LIST_ADD(r->a, rest) = r->words[r->now++];
}

/* "--" begins the command of the container once the operands that must be there are; before
 * that it only says that no more options follow. */
static bool begins_command(const struct parse *p)
{
    return p->takes_command && p->operands.n >= p->least;
}

int options_parse(struct arena *a, struct parse *p, const char *const *words, size_t n,
                  struct err *e)
{
    struct reader r = { a, p, words, n, 0 };
    bool options = true;

    while (r.now < n && !p->rest.set && !p->help) {
        const char *word = words[r.now];
        bool dashes = strcmp(word, "--") == 0;

        if (dashes && (options || p->takes_command)) {
            r.now++;
            options = false;
            if (begins_command(p))
                read_rest(&r);
        } else if (options && word[0] == '-' && word[1]) {
            r.now++;
            TRY(read_option(&r, word, e));
        } else if (p->stop == STOP_BEFORE) {
            read_rest(&r);
        } else {
            r.now++;
            TRY(read_operand(&r, word, e));
            if (p->stop == STOP_AFTER)
                read_rest(&r);
        }
    }
    if (!p->help && p->operands.n < p->least)
        return missing_operand(p, e);
    return 0;
}

/* ---- telling ---- */

#define HELP_WIDTH 78
#define HELP_COLUMN 26

/* Words of s from HELP_COLUMN on, broken at HELP_WIDTH. */
static void add_wrapped(struct text *out, const char *s, size_t column)
{
    while (*s) {
        size_t n = strcspn(s, " ");

        if (column + 1 + n > HELP_WIDTH) {
            text_printf(out, "\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        } else if (column > HELP_COLUMN) {
            text_add(out, " ");
            column++;
        }
        text_add_n(out, s, n);
        column += n;
        s += n;
        s += strspn(s, " ");
    }
    text_add(out, "\n");
}

static void add_row(struct text *out, const struct option_row *o)
{
    OWN_TEXT left = { 0 };

    if (o->letter)
        text_printf(&left, "  -%c, --%s", o->letter, o->name);
    else
        text_printf(&left, "      --%s", o->name);
    if (o->arg)
        text_printf(&left, "%s%s", needs_argument(o) ? " " : "", o->arg);
    if (left.n + 2 > HELP_COLUMN)
        text_printf(out, "%s\n%*s", left.s, HELP_COLUMN, "");
    else
        text_printf(out, "%-*s", HELP_COLUMN, left.s);
    add_wrapped(out, o->help, HELP_COLUMN);
}

/* Names alone, as many as a line takes. */
static void add_names(struct text *out, const struct option_row *rows)
{
    size_t column = 0;

    for (; rows->name; rows++) {
        OWN_TEXT one = { 0 };

        if (rows->group != GROUP_MORE)
            continue;
        text_printf(&one, "--%s", rows->name);
        if (rows->letter)
            text_printf(&one, ", -%c", rows->letter);
        if (rows->arg)
            text_printf(&one, "%s%s", needs_argument(rows) ? " " : "", rows->arg);
        if (column + 2 + one.n > HELP_WIDTH) {
            text_add(out, "\n");
            column = 0;
        }
        text_printf(out, "  %s", one.s);
        column += 2 + one.n;
    }
    text_add(out, "\n");
}

void options_help(struct text *out, const struct option_row *rows, enum option_group group)
{
    if (group == GROUP_MORE) {
        add_names(out, rows);
        return;
    }
    for (; rows && rows->name; rows++)
        if (rows->group == group)
            add_row(out, rows);
    if (group == GROUP_PLAIN)
        add_row(out, &help_row);
}
