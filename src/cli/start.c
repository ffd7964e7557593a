#include "cli/start.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/file.h"
#include "base/json-load.h"
#include "base/log.h"
#include "base/path.h"
#include "cli/config.h"
#include "cli/out.h"
#include "cli/userns.h"
#include "host/facts-json.h"
#include "host/hint.h"
#include "host/probe.h"
#include "host/service.h"
#include "host/stateroot.h"
#include "run/run.h"

/* ---- options ---- */

/* The log has a descriptor already, maybe one of these numbers. */
static int check_range(const char *who, uint64_t first, uint32_t n, struct err *e)
{
    for (uint64_t i = first; i < first + n; i++) {
        int fd = i <= INT32_MAX ? (int)i : -1;
        int flags = fd == log_fd() ? -1 : fcntl(fd, F_GETFL);
        struct stat st;

        if (flags < 0 || fstat(fd, &st) < 0)
            return err_set(e, 0, "%s%u: descriptor %d is not open", who, n, fd);
        if (flags & O_PATH || S_ISDIR(st.st_mode))
            return err_set(e, 0,
                           "%s%u: descriptor %d is a directory or a path, which leads out of the "
                           "container",
                           who, n, fd);
    }
    return 0;
}

int start_check_preserved(uint32_t listen, uint32_t n, struct err *e)
{
    TRY(check_range("LISTEN_FDS=", 3, listen, e));
    return check_range("--preserve-fds ", 3 + (uint64_t)listen, n, e);
}

int start_absolute(struct arena *a, const char *cwd, const char *path, const char **out,
                   struct err *e)
{
    char here[PATH_MAX];

    *out = path;
    if (!path || *path == '/')
        return 0;
    if (!cwd && !getcwd(here, sizeof here))
        return err_set(e, errno, "current directory");
    *out = path_join(a, cwd ? cwd : here, path);
    return 0;
}

static int plan_options(struct call *c, const struct start_options *o, const char *id,
                        struct start *s, struct err *e)
{
    /* Facts that were read know another host: there, the bundle was the caller's directory. */
    const char *cwd = o->facts_from ? s->facts.cwd : NULL;

    s->options = (struct plan_options){
        .id = id,
        .bundle = cwd ? cwd : s->bundle.dir,
        .root_typed = o->edit.rootfs != NULL,
        .no_config = !s->bundle.text,
        .no_pivot = o->no_pivot,
        .no_new_keyring = o->no_new_keyring,
        .require_userns = c->global->rootless == ROOTLESS_FALSE,
        .preserve_fds = o->preserve_fds,
        .notes = !s->runs || log_wants(LOG_DEBUG),
        .only_tell = !s->runs,
        .foreground = !s->creates && !o->detach,
        .create = s->creates,
        .keep = o->keep,
        .network = s->edited.network,
        .log_file = log_fd() >= 0,
        .log_json = c->global->log_format == LOG_JSON,
    };
    TRY(start_absolute(c->arena, cwd, o->console_socket, &s->options.console_socket, e));
    TRY(start_absolute(c->arena, cwd, o->pidfd_socket, &s->options.pidfd_socket, e));
    return start_absolute(c->arena, cwd, o->pid_file, &s->options.pid_file, e);
}

/* ---- facts ---- */

int start_read_facts(struct arena *a, const char *file, struct facts *f, struct err *e)
{
    const char *text;
    size_t n;

    TRY(file_read(a, AT_FDCWD, file, JSON_TEXT_MAX, &text, &n, e));
    return facts_load(a, file, text, n, f, e);
}

static int ask_host(struct call *c, struct start *s, struct err *e)
{
    struct questions q = { 0 };
    struct probe_options options = { .state_root = c->global->root };

    plan_want(c->arena, &s->spec, &s->options, &q);
    return facts_probe(c->arena, &q, &options, &s->facts, e);
}

/* ---- all of it ---- */

static int load(struct call *c, const struct start_options *o, const char *id, struct start *s,
                struct err *e)
{
    uint32_t listen = 0;

    TRY(id_check(id, e));
    if (!o->facts_from)
        TRY(service_listen_fds(&listen, e));
    TRY(start_check_preserved(listen, o->preserve_fds, e));
    if (o->facts_from)
        TRY(start_read_facts(c->arena, o->facts_from, &s->facts, e));
    TRY(config_load(c, o, s, e));
    TRY(plan_options(c, o, id, s, e));
    return o->facts_from ? 0 : ask_host(c, s, e);
}

/* What failed has nothing to close. */
static int close_failed(struct start *s)
{
    start_close(s);
    return -1;
}

int start_load(struct call *c, const struct start_options *o, const char *id, struct start *s,
               struct err *e)
{
    return load(c, o, id, s, e) == 0 ? 0 : close_failed(s);
}

static bool is_single(const struct spec *s)
{
    const struct spec_linux *l = s->linux_;

    return l && l->uid_mappings.n == 1 && l->uid_mappings.v[0].size == 1;
}

static void tell_notes(const struct start *s)
{
    /* The sealed copy starts from the beginning, and tells them then. */
    if (s->runs && s->facts.exe.seal != SEAL_NONE && !s->facts.exe.sealed)
        return;
    if (s->other_root)
        log_info("%s is used, with --rootfs in place of its root.path", s->bundle.shown);
    if (s->umoci && is_single(&s->spec))
        log_info("%s: ownership notes of umoci are not applied: with one id all files are yours, and "
                 "show as uid %u",
                 path_join(s->plan.arena, s->bundle.dir, "umoci.json"),
                 s->spec.linux_->uid_mappings.v[0].container_id);
    for (size_t i = 0; i < s->plan.warnings.n; i++)
        log_warn("%s", s->plan.warnings.v[i]);
    for (size_t i = 0; i < s->plan.notes.n; i++)
        log_debug("%s", s->plan.notes.v[i]);
}

int start_plan(struct call *c, const struct start_options *o, const char *id, struct start *s,
               struct err *e)
{
    TRY(start_load(c, o, id, s, e));
    if (plan_run(c->arena, &s->spec, &s->options, &s->facts, &s->plan, e) < 0) {
        config_blame(s, e);
        return close_failed(s);
    }
    tell_notes(s);
    return plan_check(&s->plan, e) == 0 ? 0 : close_failed(s);
}

int start_print_config(struct call *c, const struct start_options *o, const char *id,
                       struct start *s, struct err *e)
{
    OWN_TEXT out = { 0 };

    TRY(id_check(id, e));
    if (o->facts_from)
        TRY(start_read_facts(c->arena, o->facts_from, &s->facts, e));
    s->runs = false;
    if (config_load(c, o, s, e) < 0 || config_is_text(c, &s->spec, e) < 0)
        return close_failed(s);
    edit_write(c->arena, &s->spec, &s->edited, &out);
    start_close(s);
    return out_text(&out, e);
}

void start_close(struct start *s)
{
    bundle_close(&s->bundle);
    text_free(&s->config);
}

/* What the file system of a step is called, for the hints; NULL when it mounts none. */
static const char *fs_type(const struct step *s)
{
    if (s->kind == STEP_mount_fs)
        return s->u.mount_fs.type;
    if (s->kind == STEP_mount_tmpfs)
        return "tmpfs";
    if (s->kind == STEP_mount_overlay || s->kind == STEP_open_overlay)
        return "overlay";
    if (s->kind == STEP_make_fuse)
        return "fuse";
    return NULL;
}

/* One word with blanks in it, and no such program: "ps -a" was meant as two. */
static void hint_quotes(const struct spec *s, struct err *e)
{
    const struct texts *args = &s->process->args;

    /* Engines read the end of this line, so nothing may be added to it in a log. */
    if (e->hint[0] || log_fd() >= 0 || !text_starts(e->text, "exec: "))
        return;
    if (args->n == 1 && strchr(args->v[0], ' '))
        err_hint(e, "the program and its arguments are one word; write them as several");
}

static struct texts layers_of(const struct start *s, const struct step *step)
{
    struct texts layers = { 0 };

    if (step->kind == STEP_mount_overlay)
        return step->u.mount_overlay.lower;
    if (step->kind == STEP_open_overlay) {
        for (size_t i = 0; i < step->u.open_overlay.lower.n; i++)
            *LIST_ADD(s->plan.arena, &layers) = step->u.open_overlay.lower.v[i];
        *LIST_ADD(s->plan.arena, &layers) = step->u.open_overlay.source;
    }
    return layers;
}

static void hint_step(const struct start *s, const struct step *step, struct err *e)
{
    struct hint_step h = { .name = step_names[step->kind],
                           .fstype = fs_type(step),
                           .layers = layers_of(s, step) };
    const struct mount_change *change = NULL;

    for (size_t i = 0; i < s->plan.n; i++)
        if (s->plan.v[i].kind == STEP_open_root)
            h.root = s->plan.v[i].u.open_root.source;
    if (step->kind == STEP_pin_source)
        h.bind.source = step->u.pin_source.source;
    if (step->kind == STEP_bind) {
        h.bind = (struct gate_bind){ .source = step->u.bind.source, .tree = step->u.bind.tree };
        change = &step->u.bind.change;
    }
    if (step->kind == STEP_remount)
        change = &step->u.remount.change;
    if (change) {
        h.bind.cleared = change->clear;
        h.bind.cleared_tree = change->tree_clear;
    }
    hint_find(&s->facts, e, &h);
}

static void explain_failure(const struct start *s, struct err *e)
{
    const struct step *step = NULL;

    if (e->step > 0 && (size_t)e->step <= s->plan.n)
        step = &s->plan.v[e->step - 1];
    if (step)
        hint_step(s, step, e);
    hint_quotes(&s->spec, e);
}

/* What ids of the container own can be removed by who has them. */
static int remove_tree(void *caller, const char *dir, struct err *e)
{
    const struct start *s = caller;
    const struct userns_map map = { .config = &s->spec };

    return userns_remove(s->call, dir, &map, e);
}

/* The state root is opened here, since only host/ knows where it may be. */
static int do_plan(struct call *c, struct start *s, struct err *e)
{
    /* It closes with the process, which has nothing more to do after the plan. */
    TRY(state_root_make(c->arena, s->facts.state_root, &s->plan.state_root, e));
    s->plan.config = s->config.n ? s->config.s : s->bundle.text;
    s->plan.config_n = s->config.n ? s->config.n : s->bundle.n;
    s->call = c;
    s->plan.remove_tree = remove_tree;
    s->plan.caller = s;
    return run_plan(&s->plan, c->argv, &c->status, e);
}

int start_do(struct call *c, const struct start_options *o, const char *id, struct start *s,
             struct err *e)
{
    int done;

    TRY(start_plan(c, o, id, s, e));
    done = do_plan(c, s, e);
    if (done < 0)
        explain_failure(s, e);
    start_close(s);
    return done;
}
