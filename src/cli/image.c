#include "cli/image.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json-write.h"
#include "base/log.h"
#include "cli/config.h"
#include "host/probe.h"
#include "host/tool.h"
#include "spec/check.h"
#include "spec/default.h"

#define HELPER "rcrun-unpack"
#define RESULT_MAX (4 << 20)

/* ---- what the helper says ---- */

#define T struct image
static const struct json_field image_fields[] = {
    J(T, "entrypoint", entrypoint),
    J(T, "cmd", cmd),
    J(T, "env", env),
    J(T, "ports", ports),
    J(T, "cwd", cwd),
    J(T, "stopSignal", stop_signal),
    J(T, "uid", uid),
    J(T, "gid", gid),
    J_NUMBERS(T, "groups", groups),
};
#undef T
static const struct json_type image_type = JSON_TYPE(struct image, image_fields);

#define T struct image_result
static const struct json_field result_fields[] = {
    J(T, "error", error),
    J(T, "hint", hint),
    J(T, "entries", entries),
    J(T, "bytes", bytes),
    J(T, "setid", setid),
    J(T, "notes", notes),
    J(T, "warnings", warnings),
    J_PART(T, "image", image, image),
};
#undef T
static const struct json_type result_type = JSON_TYPE(struct image_result, result_fields);

int image_helper(struct call *c, const char **path, struct err *e)
{
    struct facts *f = ARENA_NEW(c->arena, struct facts);
    struct questions q = { 0 };

    TRY(facts_probe(c->arena, &q, NULL, f, e));
    *path = tool_find_helper(c->arena, f->exe.path, HELPER);
    if (*path)
        return 0;
    err_set(e, 0, HELPER " is not installed");
    return err_hint(e, "rcrun has it where it is built with libarchive");
}

int image_result_file(int *fd, struct err *e)
{
    *fd = memfd_create(HELPER, MFD_CLOEXEC);
    return *fd < 0 ? err_set(e, errno, "memfd_create") : 0;
}

void image_result_error(int fd, const struct err *error)
{
    const struct image_result said = { .error = error->text,
                                       .hint = error->hint[0] ? error->hint : NULL };
    OWN_TEXT text = { 0 };
    struct json_out out;
    struct err ignored;

    json_start(&out, &text, false);
    json_write(&out, &result_type, &said);
    json_end(&out);
    fd_write(fd, text.s, text.n, &ignored);
}

static int without_a_word(int status, struct err *e)
{
    if (status > 128)
        return err_set(e, 0, HELPER " was killed by signal %d", status - 128);
    return err_set(e, 0, HELPER " ended with status %d and without a word", status);
}

int image_result_read(struct call *c, int fd, int status, struct image_result *out, struct err *e)
{
    struct stat st;
    char *text;
    size_t n;

    *out = (struct image_result){ 0 };
    if (fstat(fd, &st) < 0 || lseek(fd, 0, SEEK_SET) < 0)
        return err_set(e, errno, HELPER);
    if (st.st_size == 0)
        return status ? without_a_word(status, e) : 0;
    if (st.st_size > RESULT_MAX)
        return err_set(e, EFBIG, HELPER);
    text = arena_get(c->arena, (size_t)st.st_size + 1);
    TRY(fd_read_whole(fd, HELPER, (size_t)st.st_size, text, &n, e));
    TRY(json_load(c->arena, HELPER, text, n, &result_type, out, e));
    if (!out->error)
        return status ? err_set(e, 0, HELPER " ended with status %d", status) : 0;
    err_set(e, 0, "%s", out->error);
    return out->hint ? err_hint(e, "%s", out->hint) : -1;
}

/* ---- the config ---- */

static void annotate(struct arena *a, struct spec *s, const char *key, const char *value)
{
    *LIST_ADD(a, &s->annotations) = (struct pair){ key, value };
}

static bool sets(const struct texts *env, const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; i < env->n; i++)
        if (strncmp(env->v[i], name, n) == 0 && env->v[i][n] == '=')
            return true;
    return false;
}

/* Those of the default stay where the image has none of that name. */
static void set_env(struct arena *a, const struct image *image, struct spec_process *p)
{
    struct texts all = { .set = true };

    for (size_t i = 0; i < p->env.n; i++) {
        const char *name = arena_copy(a, p->env.v[i], strcspn(p->env.v[i], "="));

        if (!sets(&image->env, name))
            *LIST_ADD(a, &all) = p->env.v[i];
    }
    for (size_t i = 0; i < image->env.n; i++)
        if (strchr(image->env.v[i], '=') && *image->env.v[i] != '=')
            *LIST_ADD(a, &all) = image->env.v[i];
        else
            log_warn("config.Env: \"%.100s\" is no NAME=VALUE and is left out", image->env.v[i]);
    p->env = all;
}

static void set_args(struct arena *a, const struct image *image, struct spec_process *p)
{
    const struct texts *const parts[] = { &image->entrypoint, &image->cmd };
    struct texts all = { .set = true };

    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < parts[i]->n; k++)
            *LIST_ADD(a, &all) = parts[i]->v[k];
    if (all.n)
        p->args = all;
}

static const char *joined(struct arena *a, const struct texts *words)
{
    const char *all = "";

    for (size_t i = 0; i < words->n; i++)
        all = arena_printf(a, "%s%s%s", all, *all ? "," : "", words->v[i]);
    return all;
}

/* As the image specification converts one to a config. */
static void apply(struct arena *a, const struct image *image, struct spec *s)
{
    struct spec_process *p = s->process;

    set_env(a, image, p);
    set_args(a, image, p);
    if (image->cwd)
        p->cwd = *image->cwd == '/' ? image->cwd : arena_printf(a, "/%s", image->cwd);
    p->user.uid = image->uid;
    p->user.gid = image->gid;
    p->user.additional_gids.v = image->groups.v;
    p->user.additional_gids.n = image->groups.n;
    if (image->stop_signal)
        annotate(a, s, "org.opencontainers.image.stopSignal", image->stop_signal);
    if (image->ports.n)
        annotate(a, s, "org.opencontainers.image.exposedPorts", joined(a, &image->ports));
}

static bool has_args(const struct image *image)
{
    return image && (image->entrypoint.n || image->cmd.n);
}

static int set_shell(struct call *c, const char *rootfs, struct spec *s, struct err *e)
{
    const struct edit here = { .rootfs = rootfs };
    struct texts shell;

    TRY(config_shell(c, &here, &shell, e));
    if (shell.n)
        s->process->args = shell;
    else
        log_warn("no shell in it: process.args of the config is only an example");
    return 0;
}

int image_config(struct call *c, const char *rootfs, const struct image *image, const char *userns,
                 struct text *out, struct err *e)
{
    const struct spec_default_options form = { .rootless = geteuid() != 0, .system = true };
    const struct edit edit = { .userns = userns };
    const struct edit_place place = { 0 };
    const struct texts none = { 0 };
    struct spec *s = ARENA_NEW(c->arena, struct spec);
    struct edited edited;

    spec_default(c->arena, s, &form);
    s->root->readonly = false;
    /* As images are run elsewhere: a terminal is for who asks for it. */
    s->process->terminal = false;
    if (form.rootless)
        config_network(c, &edit, s);
    if (!has_args(image))
        TRY(set_shell(c, rootfs, s, e));
    if (image)
        apply(c->arena, image, s);
    TRY(edit_spec(c->arena, &edit, &place, &none, s, &edited, e));
    TRY(spec_check(s, e));
    edit_write(c->arena, s, &edited, out);
    return 0;
}
