/* cli/spec.c - writes a config that `run` of the same user accepts. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "cli/command.h"
#include "cli/edit.h"
#include "cli/out.h"
#include "host/probe.h"
#include "os/path.h"
#include "plan/plan.h"
#include "spec/default.h"
#include "spec/names.h"

struct spec_options {
    const char *bundle;
    const char *file;
    int rootless;
    bool print;
    const char *rootfs;
    struct edit edit;
};

/* clang-format off */
#define AT(member) offsetof(struct spec_options, member)
static const struct option_row options[] = {
    { "bundle", 'b', OPTION_TEXT, AT(bundle), "DIR",
      "directory to write to (default: .)", GROUP_PLAIN, NULL },
    { "file", 'f', OPTION_TEXT, AT(file), "FILE",
      "name of the config (default: config.json)", GROUP_PLAIN, NULL },
    { "rootless", 0, OPTION_MAYBE, AT(rootless), "[=WORD]",
      "true, false or auto: a config for a normal user (default: auto, by the caller)",
      GROUP_PLAIN, rootless_words },
    { "print", 0, OPTION_FLAG, AT(print), NULL,
      "write to standard output", GROUP_PLAIN, NULL },
    { "rootfs", 0, OPTION_TEXT, AT(rootfs), "DIR",
      "root directory of the container, and the shell in it", GROUP_SHORT_WAY, NULL },
    EDIT_OPTIONS(struct spec_options, edit),
    { 0 },
};
#undef AT
/* clang-format on */

/* ---- ids ---- */

static int find_maps(struct call *c, struct spec_default_options *o, struct facts *f, struct err *e)
{
    static const struct id_map none;
    struct questions q = { .subids = true, .net = true };
    struct probe_options probe = { .state_root = c->global->root };
    bool usable;

    TRY(facts_probe(c->arena, &q, &probe, f, e));
    usable = !f->subid.why && f->subid.newuidmap.works && f->subid.newgidmap.works;
    o->uids = plan_default_map(c->arena, f->self.euid, usable ? &f->subid.uids : &none);
    o->gids = plan_default_map(c->arena, f->self.egid, usable ? &f->subid.gids : &none);
    return 0;
}

/* ---- root directory ---- */

static const char *const shells[] = {
    "/bin/sh", "/usr/bin/sh", "/bin/bash", "/bin/ash", "/bin/dash", "/bin/busybox",
};

static void pick_shell(struct arena *a, const char *dir, int root, struct texts *args)
{
    for (size_t i = 0; i < COUNT_OF(shells); i++) {
        struct err ignored;
        OWN_FD fd = -1;

        if (os_open_in(root, shells[i], O_PATH, &fd, &ignored) < 0)
            continue;
        *args = (struct texts){ .set = true };
        *LIST_ADD(a, args) = shells[i];
        if (text_is(path_last(shells[i]), "busybox"))
            *LIST_ADD(a, args) = "sh";
        return;
    }
    log_warn("%s has no shell; give the command behind --", dir);
}

/* As typed when the bundle is the caller's directory, else absolute: the config's own paths
 * begin at the bundle. */
static const char *root_path(struct arena *a, const struct spec_options *o)
{
    char *path = arena_text(a, o->rootfs);
    char here[PATH_MAX];

    for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
        path[n - 1] = '\0';
    if (*path == '/' || !o->bundle)
        return path;
    return getcwd(here, sizeof here) ? path_join(a, here, path) : path;
}

static int set_root(struct call *c, const struct spec_options *o, struct spec *s, struct err *e)
{
    struct arena *a = c->arena;
    OWN_FD root = -1;

    if (!o->rootfs)
        return 0;
    root = open(o->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return err_set(e, errno, "--rootfs %s", o->rootfs);
    s->root->path = root_path(a, o);
    if (!c->rest.set)
        pick_shell(a, o->rootfs, root, &s->process->args);
    return 0;
}

/* ---- the file ---- */

static int write_file(struct call *c, const struct spec_options *o, const struct text *text,
                      const char *kind, struct err *e)
{
    const char *name = o->file ? o->file : "config.json";
    const char *path = o->bundle && *name != '/' ? path_join(c->arena, o->bundle, name) : name;
    OWN_TEXT said = { 0 };
    struct stat st;

    if (lstat(path, &st) == 0)
        return err_set(e, 0, "File %s exists. Remove it first", path);
    TRY(file_replace(path, text->s, text->n, 0644, e));
    text_printf(&said, "wrote %s (%s)\n", path, kind);
    return out_text(&said, e);
}

/* ---- network ---- */

static void annotate(struct arena *a, struct spec *s, const char *key, const char *value)
{
    *LIST_ADD(a, &s->annotations) = (struct pair){ key, value };
}

/* What the options say becomes annotations: the mode with its keys as one, each other word as one of
 * its own, a list in one with blanks between. */
static void write_network(struct arena *a, const struct dict *words, struct spec *s)
{
    for (size_t i = 0; i < words->n; i++) {
        const struct pair *p = &words->v[i];
        const char *text = p->value ? p->value : "on";

        if (!p->key) {
            annotate(a, s, ANNOTATION_NETWORK, text);
            continue;
        }
        if (i && words->v[i - 1].key && text_is(p->key, words->v[i - 1].key)) {
            struct pair *last = &s->annotations.v[s->annotations.n - 1];

            last->value = arena_printf(a, "%s %s", last->value, text);
            continue;
        }
        annotate(a, s, arena_printf(a, ANNOTATION_NETWORK ".%s", p->key), text);
    }
}

static bool is_made(struct arena *a, const char *net)
{
    struct network n = network_start();
    struct err ignored = { 0 };

    return network_mode(a, &n, net, &ignored) == 0 && network_is_made(n.mode);
}

/* A normal user gets one that works without more words, where the host has what it needs. */
static void add_network(struct call *c, const struct spec_options *o,
                        const struct spec_default_options *form, const struct facts *f,
                        const struct dict *words, struct spec *s)
{
    if (words->n && (!words->v[0].key ? is_made(c->arena, words->v[0].value) : true))
        write_network(c->arena, words, s);
    else if (!o->edit.net && form->rootless && f->net.helper && f->net.tun == 0)
        annotate(c->arena, s, ANNOTATION_NETWORK, "slirp");
    else if (!o->edit.net && form->rootless)
        log_info("no network in it: %s",
                 f->net.helper ? "/dev/net/tun cannot be opened" : "rcrun-net is not installed");
}

static int run(struct call *c, struct err *e)
{
    const struct spec_options *o = c->options;
    struct spec_default_options form = { 0 };
    struct facts *f = ARENA_NEW(c->arena, struct facts);
    struct spec *s = ARENA_NEW(c->arena, struct spec);
    OWN_TEXT text = { 0 };
    const char *kind = "for root";
    struct dict network;

    form.rootless =
        o->rootless == ROOTLESS_TRUE || (o->rootless == ROOTLESS_AUTO && geteuid() != 0);
    if (form.rootless) {
        TRY(find_maps(c, &form, f, e));
        kind = arena_printf(c->arena, "rootless, for uid %u", f->self.euid);
    }
    form.share_network = text_is(o->edit.net, "host");
    spec_default(c->arena, s, &form);
    TRY(set_root(c, o, s, e));
    TRY(edit_spec(c->arena, &o->edit, &c->rest, s, &network, e));
    add_network(c, o, &form, f, &network, s);
    spec_write(s, &text);
    if (o->print)
        return out_text(&text, e);
    return write_file(c, o, &text, kind, e);
}

static const char *const examples[] = {
    "rcrun spec",
    "rcrun spec --rootfs /srv/debian --rw -- /bin/ls -l",
    NULL,
};

const struct command command_spec = {
    .name = "spec",
    .usage = "[OPTION...] [-- COMMAND [ARG...]]",
    .sentence = "Writes a config.json that run accepts, for the user who calls it.",
    .line = "write a config",
    .options = options,
    .size = sizeof(struct spec_options),
    .takes_command = true,
    .examples = examples,
    .run = run,
};
