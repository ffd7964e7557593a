/* cli/list.c - the containers of a state root. */
#include <errno.h>
#include <string.h>

#include "base/clean.h"
#include "base/log.h"
#include "cli/net.h"
#include "cli/out.h"

enum format { FORMAT_TABLE, FORMAT_JSON };

static const struct name formats[] = {
    { "table", FORMAT_TABLE },
    { "json", FORMAT_JSON },
    { NULL, 0 },
};

static const struct name statuses[] = {
    { "creating", STATUS_CREATING },
    { "created", STATUS_CREATED },
    { "running", STATUS_RUNNING },
    { "stopped", STATUS_STOPPED },
    { NULL, 0 },
};

struct list_options {
    int format;
    int status; /* 0 = any */
    bool quiet;
};

/* clang-format off */
#define AT(member) offsetof(struct list_options, member)
static const struct option_row options[] = {
    { "format", 'f', OPTION_WORD, AT(format), "WORD",
      "table or json (default: table)", GROUP_PLAIN, formats },
    { "status", 0, OPTION_WORD, AT(status), "WORD",
      "only these: creating, created, running or stopped", GROUP_PLAIN, statuses },
    { "quiet", 'q', OPTION_FLAG, AT(quiet), NULL,
      "print the ids only", GROUP_PLAIN, NULL },
    { 0 },
};
#undef AT
/* clang-format on */

struct row {
    struct state state;
    enum status status;
};

struct rows {
    struct row *v;
    size_t n;
};

/* Only where it is printed, and only of who has one. */
static void tell_network(struct call *c, int root, struct row *row)
{
    const struct list_options *o = c->options;
    OWN_ENTRY x = ENTRY_NONE;
    struct err ignored = { 0 };

    if (o->format == FORMAT_JSON && row->state.network && row->status == STATUS_RUNNING &&
        store_open(root, row->state.id, false, &x, &ignored) == 0)
        net_tell(c, &x, &row->state, false);
}

/* One that cannot be read is told and left out: the others can be seen all the same. */
static void read_one(struct call *c, int root, const char *id, struct rows *rows)
{
    const struct list_options *o = c->options;
    struct row row;
    struct err e = { 0 };

    if (store_glance(c->arena, root, id, &row.state, &row.status, &e) == 0) {
        if (o->status && o->status != (int)row.status)
            return;
        row.state.owner = rows->n && rows->v[rows->n - 1].state.uid == row.state.uid
                              ? rows->v[rows->n - 1].state.owner
                              : container_owner(c, row.state.uid);
        tell_network(c, root, &row);
        *LIST_ADD(c->arena, rows) = row;
    } else if (e.num != ENOENT) /* deleted since the directory was read */
        log_warn("%s", e.text);
}

static long long pid_of(const struct row *r)
{
    return r->status == STATUS_STOPPED ? 0 : (long long)r->state.init.pid;
}

/* As the tables of runc: columns at least 12 wide, 3 blanks between. */
static int width(size_t longest)
{
    return longest + 3 > 12 ? (int)longest + 3 : 12;
}

static void add_table(struct text *out, const struct rows *rows)
{
    size_t id = 0, bundle = 0;

    for (size_t i = 0; i < rows->n; i++) {
        size_t n = strlen(rows->v[i].state.id), m = strlen(rows->v[i].state.bundle);

        id = n > id ? n : id;
        bundle = m > bundle ? m : bundle;
    }
    text_printf(out, "%-*s%-12s%-12s%-*s%-23s%s\n", width(id), "ID", "PID", "STATUS", width(bundle),
                "BUNDLE", "CREATED", "OWNER");
    for (size_t i = 0; i < rows->n; i++) {
        const struct row *r = &rows->v[i];

        /* To the second: 2026-11-25T12:34:56 */
        text_printf(out, "%-*s%-12lld%-12s%-*s%.19sZ   %s\n", width(id), r->state.id, pid_of(r),
                    status_names[r->status], width(bundle), r->state.bundle, r->state.created,
                    r->state.owner);
    }
}

static void add_json(struct text *out, const struct rows *rows)
{
    text_add(out, "[");
    for (size_t i = 0; i < rows->n; i++) {
        const struct row *r = &rows->v[i];

        text_add(out, i ? "," : "");
        state_write_oci(out, &r->state, r->status, r->state.init.pid, false);
    }
    text_add(out, "]\n");
}

static int run(struct call *c, struct err *e)
{
    const struct list_options *o = c->options;
    struct texts ids = { 0 };
    struct rows rows = { 0 };
    OWN_FD root = -1;
    OWN_TEXT out = { 0 };

    TRY(container_root(c, &root, e));
    if (root >= 0)
        TRY(store_list(c->arena, root, &ids, e));
    for (size_t i = 0; i < ids.n; i++)
        read_one(c, root, ids.v[i], &rows);
    if (o->quiet)
        for (size_t i = 0; i < rows.n; i++)
            text_printf(&out, "%s\n", rows.v[i].state.id);
    else if (o->format == FORMAT_JSON)
        add_json(&out, &rows);
    else
        add_table(&out, &rows);
    return out.n ? out_text(&out, e) : 0;
}

static const char *const examples[] = { "rcrun list", "rcrun list --format json", NULL };

const struct command command_list = {
    .name = "list",
    .usage = "[OPTION...]",
    .sentence = "Lists the containers of the caller.",
    .line = "list the containers",
    .options = options,
    .size = sizeof(struct list_options),
    .examples = examples,
    .run = run,
};
