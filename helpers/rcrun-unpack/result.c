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

/* What did not go as the archive says, each as a line. */
static void add_notes(struct json_out *out, const struct losses *l)
{
    const struct { uint64_t n; const char *what; } rows[] = {
        { l->devices, "device nodes and sockets left out" },
        { l->attributes, "attributes left out that are of the host they come from" },
        { l->refused, "attributes that the file system does not take" },
        { l->acls, "access control lists or entries of such that are not to be kept" },
        { l->one, "files of others belong to you, since only one id is mapped" },
        { l->clamped, "owners stored as 65534" },
    };
    OWN_TEXT line = { 0 };

    json_key(out, "notes");
    json_open(out, '[');
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (!rows[i].n)
            continue;
        line.n = 0;
        text_printf(&line, "%" PRIu64 " %s", rows[i].n, rows[i].what);
        json_text(out, line.s);
    }
    if (l->odd) {
        line.n = 0;
        text_printf(&line, "%" PRIu64 " oddities of the archive, the first: %s", l->odd, l->odd_text);
        json_text(out, line.s);
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
    add_notes(&out, &x->lost);
    if (x->is_image)
        add_image(&out, x);
    json_close(&out);
    json_end(&out);
}
