/* cli/spec.c - writes a config that `run` of the same user accepts. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "cli/config.h"
#include "cli/out.h"
#include "host/probe.h"
#include "plan/plan.h"
#include "spec/check.h"
#include "spec/default.h"
#include "spec/names.h"

struct spec_options {
    const char *bundle;
    const char *file;
    int rootless;
    bool print;
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

/* ---- what is in it ---- */

/* A normal user gets a network that works without more words, where the host has what it needs. */
static void add_network(struct call *c, const struct spec_options *o,
                        const struct spec_default_options *form, const struct facts *f,
                        struct spec *s)
{
    if (o->edit.rootfs) {
        config_network(c, &o->edit, s);
        return;
    }
    if (o->edit.net || o->edit.publish.n || !form->rootless)
        return;
    if (f->net.helper && f->net.tun == 0)
        *LIST_ADD(c->arena, &s->annotations) = (struct pair){ ANNOTATION_NETWORK, "slirp" };
    else
        log_info("no network in it: %s",
                 f->net.helper ? "/dev/net/tun cannot be opened" : "rcrun-net is not installed");
}

static int add_shell(struct call *c, const struct edit *edit, struct spec *s, struct err *e)
{
    struct texts shell;

    TRY(config_shell(c, edit, &shell, e));
    if (shell.n)
        s->process->args = shell;
    else if (!c->rest.set)
        log_warn("%s has no shell; give the command behind --", edit_rootfs(c->arena, edit));
    return 0;
}

/* Relative paths stay when the bundle is where they were typed. */
static int edit(struct call *c, const struct spec_options *o, struct spec *s, struct edited *edited,
                struct err *e)
{
    struct edit_place place;

    TRY(config_place(c, &o->edit, NULL, &place, e));
    place.bundle = !o->bundle;
    TRY(edit_spec(c->arena, &o->edit, &place, &c->rest, s, edited, e));
    /* Now, while somebody is there who can say what he meant. */
    TRY(config_sources(s, edited, true, e));
    if (spec_check(s, e) < 0) {
        edit_name_option(edited, e);
        return -1;
    }
    return 0;
}

static int run(struct call *c, struct err *e)
{
    const struct spec_options *o = c->options;
    struct spec_default_options form = { 0 };
    struct facts *f = ARENA_NEW(c->arena, struct facts);
    struct spec *s = ARENA_NEW(c->arena, struct spec);
    OWN_TEXT text = { 0 };
    const char *kind = "for root";
    struct edited edited;

    form.rootless =
        o->rootless == ROOTLESS_TRUE || (o->rootless == ROOTLESS_AUTO && geteuid() != 0);
    if (form.rootless) {
        TRY(find_maps(c, &form, f, e));
        kind = arena_printf(c->arena, "rootless, for uid %u", f->self.euid);
    }
    form.share_network = text_is(o->edit.net, "host");
    form.system = o->edit.rootfs;
    spec_default(c->arena, s, &form);
    add_network(c, o, &form, f, s);
    if (o->edit.rootfs)
        TRY(add_shell(c, &o->edit, s, e));
    TRY(edit(c, o, s, &edited, e));
    TRY(config_is_text(c, s, e));
    edit_write(c->arena, s, &edited, &text);
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
