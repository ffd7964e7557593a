/* cli/events.c - what a container uses, and when it runs out of memory. */
#include <ctype.h>
#include <string.h>

#include "base/clean.h"
#include "cli/cgroup.h"

struct events_options {
    bool stats;
    const char *interval;
};

/* clang-format off */
#define AT(member) offsetof(struct events_options, member)
static const struct option_row options[] = {
    { "stats", 0, OPTION_FLAG, AT(stats), NULL,
      "print what it uses now, and end", GROUP_PLAIN, NULL },
    { "interval", 0, OPTION_TEXT, AT(interval), "TIME",
      "print it again and again, after TIME: 500ms, 1m30s (default: 5s)", GROUP_PLAIN, NULL },
    { 0 },
};
#undef AT
/* clang-format on */

static const struct name units[] = {
    { "ns", 1 },         { "us", 1000 },       { "\u00b5s", 1000 },    { "ms", 1000000 },
    { "s", 1000000000 }, { "m", 60000000000 }, { "h", 3600000000000 }, { NULL, 0 },
};

/* Digits, and perhaps a point and more of them; false when it is more than 292 years. */
static bool read_number(const char **s, int64_t unit, int64_t *total)
{
    int64_t whole = 0, part = 0, scale = unit;

    for (; isdigit((unsigned char)**s); (*s)++)
        if (__builtin_mul_overflow(whole, 10, &whole) ||
            __builtin_add_overflow(whole, **s - '0', &whole))
            return false;
    if (**s == '.')
        for ((*s)++; isdigit((unsigned char)**s); (*s)++) {
            scale /= 10;
            part += (**s - '0') * scale;
        }
    return !__builtin_mul_overflow(whole, unit, &whole) &&
           !__builtin_add_overflow(*total, whole, total) &&
           !__builtin_add_overflow(*total, part, total);
}

/* A time as programs in Go write it: numbers, each with its unit; in nanoseconds. */
static bool parse_time(const char *s, int64_t *out)
{
    *out = 0;
    do {
        const char *number = s;
        size_t digits = strspn(s, "0123456789"), n;
        char word[4];
        const struct name *unit;

        s += digits;
        if (*s == '.')
            s += 1 + strspn(s + 1, "0123456789");
        n = strcspn(s, "0123456789.");
        if (digits == 0 || n >= sizeof word)
            return false;
        memcpy(word, s, n);
        word[n] = '\0';
        unit = names_find(units, word);
        if (!unit || !read_number(&number, unit->value, out))
            return false;
        s += n;
    } while (*s);
    return *out > 0;
}

static int run(struct call *c, struct err *e)
{
    const struct events_options *o = c->options;
    const char *id = c->operands.v[0];
    OWN_CONTAINER x = CONTAINER_NONE;
    int64_t interval;

    if (o->interval && !parse_time(o->interval, &interval))
        return err_set(e, 0, "--interval: wants a time above 0 such as 5s or 1m30s, found \"%s\"",
                       o->interval);
    TRY(container_open(c, id, false, &x, e));
    if (x.pidfd < 0)
        return err_set(e, 0, "container with id %s is not running", id);
    cgroup_missing(e);
    err_ctx(e, "cannot tell what container %s uses", id);
    return err_hint(e, "rcrun ps %s -o pid,rss,time,args shows it for each process", id);
}

static const char *const examples[] = { "rcrun events web", "rcrun events --stats web", NULL };

const struct command command_events = {
    .name = "events",
    .usage = "[OPTION...] ID",
    .sentence = "Prints what a container uses, as JSON.  Not yet: it needs a cgroup.",
    .line = "print what a container uses",
    .options = options,
    .size = sizeof(struct events_options),
    .least = 1,
    .most = 1,
    .operand = "container id",
    .examples = examples,
    .run = run,
};
