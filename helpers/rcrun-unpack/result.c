/* result.c - the outcome as JSON. */
#include <inttypes.h>

#include "base/clean.h"
#include "base/json-write.h"
#include "unpack.h"

void result_error(const struct err *e, struct text *text)
{
    struct json_out out;

    json_start(&out, text, false);
    json_open(&out, '{');
    json_key(&out, "error");
    json_text(&out, e->text);
    if (e->hint[0]) {
        json_key(&out, "hint");
        json_text(&out, e->hint);
    }
    json_close(&out);
    json_end(&out);
}

static void add_number(struct json_out *out, const char *key, uint64_t value)
{
    json_key(out, key);
    json_u64(out, value);
}

static void add_text(struct json_out *out, const char *key, const char *value)
{
    if (!value || !*value)
        return;
    json_key(out, key);
    json_text(out, value);
}

static void add_image(struct json_out *out, const struct outcome *x)
{
    json_key(out, "image");
    json_open(out, '{');
    json_key(out, "entrypoint");
    json_texts(out, &x->config.entrypoint);
    json_key(out, "cmd");
    json_texts(out, &x->config.cmd);
    json_key(out, "env");
    json_texts(out, &x->config.env);
    add_text(out, "cwd", x->config.cwd);
    add_text(out, "stopSignal", x->config.stop_signal);
    add_number(out, "uid", x->user.uid);
    add_number(out, "gid", x->user.gid);
    json_key(out, "groups");
    json_open(out, '[');
    for (size_t i = 0; i < x->user.groups.n; i++)
        json_u64(out, x->user.groups.v[i]);
    json_close(out);
    json_key(out, "ports");
    json_open(out, '[');
    for (size_t i = 0; i < x->config.ports.n; i++)
        json_text(out, x->config.ports.v[i].name);
    json_close(out);
    json_close(out);
}

struct line { uint64_t n; const char *what; };

static void add_lines(struct json_out *out, const struct line *rows, size_t n)
{
    OWN_TEXT line = { 0 };

    for (size_t i = 0; i < n; i++) {
        if (!rows[i].n)
            continue;
        line.n = 0;
        text_printf(&line, "%" PRIu64 " %s", rows[i].n, rows[i].what);
        json_text(out, line.s);
    }
}

/* What nobody will miss, and what somebody may. */
static void add_losses(struct json_out *out, const struct losses *l)
{
    const struct line notes[] = {
        { l->devices, "device nodes and sockets left out" },
        { l->attributes, "attributes of another host left out" },
    };
    const struct line warnings[] = {
        { l->one, "files of others are yours now: only one id is mapped" },
        { l->clamped, "owners are stored as 65534: they are not mapped" },
        { l->refused, "attributes are lost: the file system does not take them" },
        { l->acls, "access control lists, or entries of such, are lost: the file system does not take "
                   "them, or nobody has the name in them" },
    };
    OWN_TEXT odd = { 0 };

    json_key(out, "notes");
    json_open(out, '[');
    add_lines(out, notes, COUNT_OF(notes));
    json_close(out);
    json_key(out, "warnings");
    json_open(out, '[');
    add_lines(out, warnings, COUNT_OF(warnings));
    if (l->odd) {
        text_printf(&odd, "%" PRIu64 " oddities of the archive, the first: %s", l->odd, l->odd_text);
        json_text(out, odd.s);
    }
    json_close(out);
}

void result_write(const struct outcome *x, struct text *text)
{
    struct json_out out;

    json_start(&out, text, false);
    json_open(&out, '{');
    add_number(&out, "entries", x->entries);
    add_number(&out, "bytes", x->bytes);
    add_number(&out, "setid", x->setid);
    add_losses(&out, &x->lost);
    if (x->is_image)
        add_image(&out, x);
    json_close(&out);
    json_end(&out);
}
