#include "host/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clean.h"
#include "base/json-write.h"
#include "host/doctor-rows.h"
#include "host/probe.h"

/* What a failed row takes away. */
enum weight {
    MUST, /* nothing runs without it */
    PART, /* something does not work: `part` says what */
    INFO, /* never counts */
};

static const struct {
    const char *id;
    void (*look)(struct exam *x, struct check *c);
    enum weight weight;
    const char *part;
} rows[] = {
    { "kernel", row_kernel, MUST, NULL },
    { "userns", row_userns, MUST, NULL },
    { "idmap", row_idmap, PART, "other ids than your own" },
    { "subuid", row_subuid, PART, "other ids than your own" },
    { "subgid", row_subgid, PART, "other ids than your own" },
    { "helpers", row_helpers, PART, "other ids than your own" },
    { "proc", row_proc, MUST, NULL },
    { "sys", row_sys, INFO, NULL },
    { "dev", row_dev, PART, "devices" },
    { "cgroup", row_cgroup, PART, "limits" },
    { "limits", row_limits, PART, "limits" },
    { "systemd", row_systemd, INFO, NULL },
    { "tun", row_tun, PART, "network" },
    { "net", row_net, PART, "network" },
    { "overlay", row_overlay, PART, "--ephemeral" },
    { "fuse", row_fuse, INFO, NULL },
    { "unpack", row_unpack, INFO, NULL },
    { "seccomp", row_seccomp, PART, "seccomp" },
    { "lsm", row_lsm, INFO, NULL },
    { "runtime-dir", row_runtime_dir, PART, "a state directory (--root DIR helps)" },
    { "tty", row_tty, INFO, NULL },
    { "wsl", row_wsl, INFO, NULL },
};

static const struct name status_names[] = {
    { "ok", CHECK_OK }, { "warn", CHECK_WARN }, { "fail", CHECK_FAIL }, { "skip", CHECK_SKIP },
    { NULL, 0 },
};

static const struct name verdict_names[] = {
    { "ok", VERDICT_OK },
    { "limited", VERDICT_LIMITED },
    { "unusable", VERDICT_UNUSABLE },
    { NULL, 0 },
};

/* ---- for the rows ---- */

void row_set(struct exam *x, struct check *c, enum check_status status, const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    c->status = status;
    c->detail = arena_text(x->a, text);
}

const char *row_map(struct arena *a, const struct id_map *map)
{
    OWN_TEXT out = { 0 };

    for (size_t i = 0; i < map->n && i < 6; i++)
        text_printf(&out, "%s%u:%u:%u", i ? " " : "", map->v[i].inside, map->v[i].outside,
                    map->v[i].size);
    if (map->n > 6)
        text_printf(&out, " and %zu more", map->n - 6);
    return out.s ? arena_text(a, out.s) : "nothing";
}

/* ---- the whole ---- */

static void add_without(struct text *list, const char *part)
{
    if (list->s && strstr(list->s, part))
        return;
    if (list->n)
        text_add(list, ", ");
    text_add(list, part);
}

void doctor_run(struct arena *a, const char *state_root, struct doctor_result *r)
{
    const struct questions q = {
        .subids = true,
        .cgroup = true,
        .overlay = true,
        .time_ns = true,
        .labels = true,
        .tty = true,
        .state_root = true,
        .cwd = true,
    };
    const struct probe_options o = { .state_root = state_root };
    struct exam *x = ARENA_NEW(a, struct exam);
    OWN_TEXT without = { 0 };
    struct err e = { 0 };

    x->a = a;
    *r = (struct doctor_result){ 0 };
    facts_probe(a, &q, &o, &x->f, &e); /* a folder that is gone is no matter here */
    trial_run(a, &x->f, &x->t);
    find_bus(x);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct check *c = LIST_ADD(a, &r->checks);

        *c = (struct check){ .id = rows[i].id, .detail = "" };
        rows[i].look(x, c);
        /* A warning of a part says, too, that it does not work; all of it does when it is ok. */
        if (rows[i].weight == MUST && c->status == CHECK_FAIL)
            r->verdict = VERDICT_UNUSABLE;
        if (rows[i].weight == PART && (c->status == CHECK_FAIL || c->status == CHECK_WARN))
            add_without(&without, rows[i].part);
    }
    if (without.n && r->verdict == VERDICT_OK)
        r->verdict = VERDICT_LIMITED;
    r->without = without.s ? arena_text(a, without.s) : "";
}

/* ---- output ---- */

void doctor_print_table(struct text *out, const struct doctor_result *r)
{
    for (size_t i = 0; i < r->checks.n; i++) {
        const struct check *c = &r->checks.v[i];

        text_printf(out, "%-5s %-11s %s\n", names_word(status_names, c->status), c->id, c->detail);
        if (c->hint)
            text_printf(out, "      hint: %s\n", c->hint);
    }
    if (r->verdict == VERDICT_UNUSABLE)
        text_add(out, "not usable\n");
    else if (r->verdict == VERDICT_LIMITED)
        text_printf(out, "usable, without: %s\n", r->without);
    else
        text_add(out, "usable\n");
}

void doctor_print_hints(struct text *out, const struct doctor_result *r)
{
    for (size_t i = 0; i < r->checks.n; i++)
        if (r->checks.v[i].hint)
            text_printf(out, "%-11s %s\n", r->checks.v[i].id, r->checks.v[i].hint);
}

void doctor_print_json(struct text *out, const struct doctor_result *r)
{
    struct json_out json;

    json_start(&json, out, false);
    json_open(&json, '{');
    json_key(&json, "verdict");
    json_text(&json, names_word(verdict_names, r->verdict));
    json_key(&json, "checks");
    json_open(&json, '[');
    for (size_t i = 0; i < r->checks.n; i++) {
        const struct check *c = &r->checks.v[i];

        json_open(&json, '{');
        json_key(&json, "id");
        json_text(&json, c->id);
        json_key(&json, "status");
        json_text(&json, names_word(status_names, c->status));
        json_key(&json, "detail");
        json_text(&json, c->detail);
        if (c->hint) {
            json_key(&json, "hint");
            json_text(&json, c->hint);
        }
        json_close(&json);
    }
    json_close(&json);
    json_close(&json);
    json_end(&json);
}
