#include "cli/config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/file.h"
#include "base/json-text.h"
#include "base/log.h"
#include "base/path.h"
#include "cli/container.h"
#include "os/path.h"
#include "spec/check.h"
#include "spec/default.h"
#include "spec/load.h"
#include "spec/names.h"

/* ---- what the options are about ---- */

static int read_env_files(struct call *c, const struct edit *edit, struct edit_place *place,
                          struct err *e)
{
    for (size_t i = 0; i < edit->env_files.n; i++) {
        const char *file = edit->env_files.v[i], *text;
        size_t n;

        if (file_read(c->arena, AT_FDCWD, file, JSON_TEXT_MAX, &text, &n, e) < 0)
            return err_ctx(e, "--env-file");
        if (memchr(text, '\0', n))
            return err_set(e, 0, "--env-file %s: a zero byte is in it", file);
        *LIST_ADD(c->arena, &place->env_files) = text;
    }
    return 0;
}

int config_place(struct call *c, const struct edit *edit, const struct facts *f,
                 struct edit_place *place, struct err *e)
{
    const char *dir = f ? f->cwd : NULL;
    char here[PATH_MAX];

    if (!dir && !getcwd(here, sizeof here))
        return err_set(e, errno, "current directory");
    *place = (struct edit_place){
        .dir = dir ? dir : arena_text(c->arena, here),
        .env = (const char *const *)environ,
    };
    if (edit->userns) {
        place->uid = f ? f->self.euid : geteuid();
        place->gid = f ? f->self.egid : getegid();
    }
    return read_env_files(c, edit, place, e);
}

static int open_rootfs(struct call *c, const struct edit *edit, int *fd, struct err *e)
{
    const char *dir = edit_rootfs(c->arena, edit);

    *fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return *fd < 0 ? err_set(e, errno, "--rootfs %s", dir) : 0;
}

static const char *const shells[] = {
    "/bin/sh", "/usr/bin/sh", "/bin/bash", "/bin/ash", "/bin/dash", "/bin/busybox",
};

int config_shell(struct call *c, const struct edit *edit, struct texts *args, struct err *e)
{
    OWN_FD root = -1;

    *args = (struct texts){ .set = true };
    TRY(open_rootfs(c, edit, &root, e));
    for (size_t i = 0; i < COUNT_OF(shells); i++) {
        struct err ignored;
        OWN_FD fd = -1;

        if (os_open_in(root, shells[i], O_PATH, &fd, &ignored) < 0)
            continue;
        *LIST_ADD(c->arena, args) = shells[i];
        if (text_is(path_last(shells[i]), "busybox"))
            *LIST_ADD(c->arena, args) = "sh";
        return 0;
    }
    return 0;
}

void config_network(struct call *c, const struct edit *edit, struct spec *s)
{
    /* Who asks for one himself, asks for one that he gets. */
    if (edit->net || edit->publish.n)
        return;
    *LIST_ADD(c->arena, &s->annotations) = (struct pair){ ANNOTATION_NETWORK, "slirp" };
    *LIST_ADD(c->arena, &s->annotations) = (struct pair){ ANNOTATION_NETWORK ".optional", "on" };
}

int config_sources(const struct spec *s, const struct edited *edited, bool binds, struct err *e)
{
    for (size_t i = 0; i < edited->mounts.n; i++) {
        const struct edited_mount *m = &edited->mounts.v[i];

        if (m->source && (binds || !spec_is_bind(&s->mounts.v[m->at])) && access(m->source, F_OK) < 0)
            return err_set(e, errno, "--%s %s: source: %s", m->option, m->text, m->source);
    }
    return 0;
}

/* --net=container:ID. */
static int find_container(struct call *c, struct edit *edit, struct err *e)
{
    OWN_CONTAINER x = CONTAINER_NONE;
    const char *id;
    long long pid;

    TRY(edit_container(c->arena, edit, &id, e));
    if (!id)
        return 0;
    TRY(container_open(c, id, false, &x, e));
    if (x.status == STATUS_STOPPED)
        return container_not_running(&x, e);
    pid = (long long)x.state.init.pid;
    edit->container_net = arena_printf(c->arena, "/proc/%lld/ns/net", pid);
    if (x.state.namespaces & NS_USER)
        edit->container_user = arena_printf(c->arena, "/proc/%lld/ns/user", pid);
    return 0;
}

/* ---- without a file ---- */

static int make(struct call *c, const struct start_options *o, struct start *s, struct err *e)
{
    uint32_t caller = o->facts_from ? s->facts.self.euid : geteuid();
    struct spec_default_options form = {
        .rootless = caller != 0 || c->global->rootless == ROOTLESS_TRUE,
        .share_network = text_is(o->edit.net, "host"),
        .system = true,
    };

    spec_default(c->arena, &s->spec, &form);
    s->spec.root->readonly = false;
    s->spec.process->terminal =
        o->console_socket || (!o->facts_from && !o->detach && !s->creates &&
                              isatty(STDIN_FILENO) && isatty(STDOUT_FILENO));
    /* Engines, who create, make networks themselves. */
    if (!s->creates)
        config_network(c, &o->edit, &s->spec);
    if (c->rest.set || o->facts_from)
        return 0;
    TRY(config_shell(c, &o->edit, &s->spec.process->args, e));
    if (s->spec.process->args.n)
        return 0;
    err_set(e, 0, "--rootfs %s: no shell in it", edit_rootfs(c->arena, &o->edit));
    return err_hint(e, "give the command behind --");
}

static int load(struct call *c, const struct start_options *o, struct start *s, struct err *e)
{
    struct bundle *b = &s->bundle;
    bool made = o->edit.rootfs && !o->config;

    TRY(bundle_open(c->arena, b, o->bundle, o->config, made, e));
    if (!b->text)
        return make(c, o, s, e);
    s->other_root = o->edit.rootfs;
    if (!s->other_root && !o->facts_from && log_wants(LOG_INFO))
        s->umoci = access(path_join(c->arena, b->dir, "umoci.json"), F_OK) == 0;
    return spec_load(c->arena, b->shown, b->text, b->n, &s->spec, e);
}

/* ---- all of it ---- */

static int edit_config(struct call *c, const struct start_options *o, struct start *s, struct err *e)
{
    struct edit edit = o->edit;
    struct edit_place place;

    if (!c->edits && !c->rest.set)
        return 0;
    TRY(config_place(c, &edit, o->facts_from ? &s->facts : NULL, &place, e));
    if (edit.rootfs && !o->facts_from) {
        OWN_FD root = -1;

        TRY(open_rootfs(c, &edit, &root, e));
    }
    TRY(find_container(c, &edit, e));
    TRY(edit_spec(c->arena, &edit, &place, &c->rest, &s->spec, &s->edited, e));
    return o->facts_from ? 0 : config_sources(&s->spec, &s->edited, false, e);
}

int config_load(struct call *c, const struct start_options *o, struct start *s, struct err *e)
{
    TRY(load(c, o, s, e));
    TRY(edit_config(c, o, s, e));
    if (spec_check(&s->spec, e) < 0)
        return config_blame(s, e);
    /* What others will find in the state is what runs. */
    if (s->runs && (c->edits || c->rest.set))
        edit_write(c->arena, &s->spec, &s->edited, &s->config);
    if (s->config.n > JSON_TEXT_MAX)
        return err_set(e, EFBIG, "%s with its edits", s->bundle.shown);
    return 0;
}

static bool is_text(const char *s)
{
    for (size_t n = strlen(s); n;) {
        size_t length = json_utf8(s, n);

        if (!length)
            return false;
        s += length;
        n -= length;
    }
    return true;
}

static int not_text(const char *option, const char *s, struct err *e)
{
    return err_set(e, 0, "%s%s: is not UTF-8, so no config can have it", option, s);
}

int config_is_text(const struct call *c, const struct spec *s, struct err *e)
{
    for (char *const *word = c->argv; *word; word++)
        if (!is_text(*word))
            return not_text("", *word, e);
    /* Those that were the caller's. */
    for (size_t i = 0; s->process && i < s->process->env.n; i++)
        if (!is_text(s->process->env.v[i]))
            return not_text("--env ", s->process->env.v[i], e);
    return 0;
}

int config_blame(const struct start *s, struct err *e)
{
    return edit_name_option(&s->edited, e) ? -1 : bundle_place(&s->bundle, e);
}
