/* cli/ps.c - the processes of a container. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clean.h"
#include "base/json-write.h"
#include "base/log.h"
#include "cli/out.h"
#include "cli/processes.h"
#include "host/tool.h"

#define PS_LIMIT_MS 10000
#define PS_OUTPUT_MAX (16u << 20) /* memory that is not written to costs nothing */

enum format { FORMAT_TABLE, FORMAT_JSON };

static const struct name formats[] = {
    { "table", FORMAT_TABLE },
    { "json", FORMAT_JSON },
    { NULL, 0 },
};

struct ps_options {
    int format;
};

/* clang-format off */
static const struct option_row options[] = {
    { "format", 'f', OPTION_WORD, offsetof(struct ps_options, format), "WORD",
      "table or json (default: table)", GROUP_PLAIN, formats },
    { 0 },
};
/* clang-format on */

/* ---- as ps(1) shows them ---- */

/* Where the column of the pids is: the word PID of the header. */
struct column {
    size_t index; /* of the word */
    size_t end;   /* offset behind it: its numbers end there, too, if they are aligned */
};

static bool find_column(const char *header, struct column *out)
{
    size_t at = 0;

    for (out->index = 0;; out->index++) {
        size_t n;

        at += strspn(header + at, " ");
        n = strcspn(header + at, " ");
        if (n == 0)
            return false;
        out->end = at + n;
        if (n == 3 && memcmp(header + at, "PID", 3) == 0)
            return true;
        at += n;
    }
}

/* The number that ends below the header: words in front of it may hold blanks. */
static bool aligned_pid(const char *line, const struct column *column, int64_t *out)
{
    char digits[20];
    size_t n = 0;

    if (strlen(line) < column->end || (line[column->end] && line[column->end] != ' '))
        return false;
    while (n < column->end && line[column->end - n - 1] != ' ')
        n++;
    if (n >= sizeof digits)
        return false;
    memcpy(digits, line + column->end - n, n);
    digits[n] = '\0';
    return text_i64(digits, out);
}

/* The word of the same index: a word that was too wide has moved the others. */
static bool counted_pid(const char *line, const struct column *column, int64_t *out)
{
    char digits[20];
    size_t n;

    line += strspn(line, " ");
    for (size_t i = 0; i < column->index; i++) {
        line += strcspn(line, " ");
        line += strspn(line, " ");
    }
    n = strcspn(line, " ");
    if (n >= sizeof digits)
        return false;
    memcpy(digits, line, n);
    digits[n] = '\0';
    return text_i64(digits, out);
}

static int add_table(struct text *out, char *table, const struct members *m, struct err *e)
{
    char *rest = table;
    char *line = strsep(&rest, "\n");
    struct column column;

    if (!find_column(line, &column)) {
        err_set(e, 0, "ps: no column PID, by which the processes of the container are found");
        return err_hint(e, "with -o, name pid among the columns");
    }
    text_printf(out, "%s\n", line);
    while ((line = strsep(&rest, "\n"))) {
        int64_t pid;

        if ((aligned_pid(line, &column, &pid) || counted_pid(line, &column, &pid)) &&
            processes_have(m, pid))
            text_printf(out, "%s\n", line);
    }
    return 0;
}

/* Engines give all options of ps as one word. */
static void split(struct call *c, const char *word, struct texts *out)
{
    while (*word) {
        size_t n;

        word += strspn(word, " ");
        n = strcspn(word, " ");
        if (n)
            *LIST_ADD(c->arena, out) = arena_copy(c->arena, word, n);
        word += n;
    }
}

static int run_ps(struct call *c, char *output, size_t size, struct err *e)
{
    struct texts argv = { 0 };
    struct stat st;
    const char *path = tool_find(c->arena, "ps", &st);

    if (!path) {
        err_set(e, 0, "ps(1) is not installed");
        return err_hint(e, "--format json does without it");
    }
    *LIST_ADD(c->arena, &argv) = "ps";
    if (c->rest.n == 1)
        split(c, c->rest.v[0], &argv);
    for (size_t i = 0; c->rest.n > 1 && i < c->rest.n; i++)
        *LIST_ADD(c->arena, &argv) = c->rest.v[i];
    if (argv.n == 1)
        *LIST_ADD(c->arena, &argv) = "-ef";
    *LIST_ADD(c->arena, &argv) = NULL;
    return child_run_output(path, argv.v, (const char *const *)environ, PS_LIMIT_MS, output, size,
                            e);
}

static int table(struct call *c, const struct members *m, struct text *out, struct err *e)
{
    OWN_MEM output = malloc(PS_OUTPUT_MAX);

    if (!output)
        return err_set(e, ENOMEM, "output of ps");
    TRY(run_ps(c, output, PS_OUTPUT_MAX, e));
    return add_table(out, output, m, e);
}

/* ---- as numbers ---- */

static void json(const struct members *m, struct text *out)
{
    struct json_out j;

    json_start(&j, out, false);
    json_open(&j, '[');
    for (size_t i = 0; i < m->n; i++)
        json_i64(&j, m->v[i]);
    json_close(&j);
    json_end(&j);
}

static void tell_lack(const struct container *x, const struct members *m, int format)
{
    static const char *const text = "container %s: %s: processes that it has let go may be missing";

    /* Before its program was started there can be none. */
    if (!m->lack || x->status == STATUS_CREATED)
        return;
    /* Engines take standard error for a part of the JSON. */
    if (format == FORMAT_JSON)
        log_info(text, x->entry.id, m->lack);
    else
        log_warn(text, x->entry.id, m->lack);
}

static int run(struct call *c, struct err *e)
{
    const struct ps_options *o = c->options;
    OWN_CONTAINER x = CONTAINER_NONE;
    OWN_TEXT out = { 0 };
    struct members m;

    if (o->format == FORMAT_JSON && c->rest.n)
        return err_set(e, 0, "ps: options of ps(1) go with --format table");
    TRY(container_open(c, c->operands.v[0], false, &x, e));
    TRY(processes_find(c, &x, &m, e));
    if (o->format == FORMAT_JSON)
        json(&m, &out);
    else
        TRY(table(c, &m, &out, e));
    tell_lack(&x, &m, o->format);
    return out_text(&out, e);
}

static const char *const examples[] = { "rcrun ps web", "rcrun ps web -eo pid,args", NULL };

const struct command command_ps = {
    .name = "ps",
    .usage = "[OPTION...] ID [PS-OPTION...]",
    .sentence = "Shows the processes of a container, by ps(1) and its options (default: -ef).",
    .line = "show the processes of a container",
    .options = options,
    .size = sizeof(struct ps_options),
    .stop = STOP_AFTER,
    .least = 1,
    .most = 1,
    .operand = "container id",
    .examples = examples,
    .run = run,
};
