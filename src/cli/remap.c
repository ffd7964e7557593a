/* cli/remap.c - a root directory for containers with another map.
 *
 * No id can be changed in place: both maps use the same ids outside, so who is interrupted half way
 * could not tell what was done already.  A new tree is made beside the old one, by two processes that
 * each have one of the maps and a pipe between them; then the two change their names. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clean.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/signals.h"
#include "cli/bundle.h"
#include "cli/image.h"
#include "cli/out.h"
#include "cli/userns.h"
#include "os/ns.h"
#include "spec/load.h"

struct remap_options {
    const char *userns;
};

/* clang-format off */
static const struct option_row options[] = {
    { "userns", 0, OPTION_TEXT, offsetof(struct remap_options, userns), "MAP",
      "the new map: default, single or keep-id[:uid=N,gid=N]", GROUP_PLAIN, NULL },
    { 0 },
};
/* clang-format on */

struct remap {
    const char *bundle;
    const char *root;  /* the directory */
    const char *fresh; /* the one beside it; NULL = not made yet */
    const char *helper;
    struct userns_map before, after;
    struct map_record was, will;
    bool noted, swapped;
    struct texts notes, warnings; /* what did not go over */
};

/* ---- what there is ----------------------------------------------------------------------- */

static bool same(const struct map_record *a, const struct map_record *b)
{
    return a->kind == b->kind && a->uid == b->uid && a->gid == b->gid && a->base == b->base &&
           a->gbase == b->gbase;
}

static const char *words_of(struct arena *a, const struct map_record *r)
{
    const bool keeps = r->kind == USERNS_KEEP_ID;
    const struct userns u = { .kind = r->kind, .uid = { r->uid, keeps }, .gid = { r->gid, keeps } };

    return userns_text(a, &u);
}

/* The note wins over the config, which may have been written anew. */
static int find_before(struct call *c, struct remap *x, const struct spec *s, struct err *e)
{
    const char *path = path_join(c->arena, x->bundle, MAP_RECORD_FILE), *text;
    struct map_record noted;
    size_t n;

    x->before.config = s;
    if (file_read(c->arena, AT_FDCWD, path, MAP_RECORD_MAX, &text, &n, e) < 0) {
        if (e->num != ENOENT)
            return -1;
        err_clear(e);
        return userns_record(c, &x->before, &x->was, e);
    }
    TRY(map_record_load(c->arena, path, text, n, &noted, e));
    x->before = (struct userns_map){ .words = words_of(c->arena, &noted) };
    x->noted = true;
    TRY(userns_record(c, &x->before, &x->was, e));
    if (same(&noted, &x->was))
        return 0;
    err_set(e, 0, "%s: its files were made for subordinate ids from %u on, which are not yours now",
            x->root, noted.base);
    return err_hint(e, "give them back in /etc/subuid and /etc/subgid");
}

static int find_root(struct call *c, struct remap *x, struct spec *s, struct err *e)
{
    struct bundle b;
    struct stat st;

    TRY(bundle_open(c->arena, &b, c->operands.v[0], NULL, false, e));
    x->bundle = b.dir;
    if (spec_load(c->arena, b.shown, b.text, b.n, s, e) < 0 || !s->root || !s->root->path) {
        bundle_close(&b);
        return e->text[0] ? -1 : err_set(e, 0, "%s: has no root.path", b.shown);
    }
    bundle_close(&b);
    x->root = path_clean(c->arena, x->bundle, s->root->path);
    /* What is elsewhere may have other users. */
    if (!path_inside(x->root, x->bundle) || text_is(x->root, x->bundle))
        return err_set(e, 0, "root.path: %s is not in the bundle", x->root);
    if (lstat(x->root, &st) < 0)
        return err_set(e, errno, "root.path: %s", x->root);
    return S_ISDIR(st.st_mode) ? 0 : err_set(e, 0, "root.path: %s is no directory", x->root);
}

/* ---- from the one to the other ------------------------------------------------------------ */

static int judge(struct call *c, int result, int status, struct remap *x, struct err *e)
{
    struct image_result said;

    TRY(image_result_read(c, result, status, &said, e));
    x->notes = said.notes;
    x->warnings = said.warnings;
    return 0;
}

static void add(struct call *c, struct texts *args, const char *option, const char *value)
{
    *LIST_ADD(c->arena, args) = option;
    if (value)
        *LIST_ADD(c->arena, args) = value;
}

/* Tells its own error in the way of the helper. */
static _Noreturn void pack(struct call *c, const struct remap *x, int out, int result)
{
    struct userns_command what = { .map = x->before, .dir = x->root, .keep = &result, .keep_n = 1 };
    struct err e = { 0 };

    add(c, &what.args, x->helper, NULL);
    add(c, &what.args, "--pack", NULL);
    add(c, &what.args, "--result-fd", arena_printf(c->arena, "%d", result));
    if (signals_reset(0) != 0 || dup2(out, STDOUT_FILENO) < 0)
        err_set(&e, errno, "pipe");
    else
        userns_become(c, &what, &e);
    image_result_error(result, &e);
    _exit(125);
}

static int write_fresh(struct call *c, const struct remap *x, int in, int result, int *status,
                       struct err *e)
{
    const int keep[] = { in, result };
    struct userns_command what = { .map = x->after, .dir = x->fresh, .keep = keep, .keep_n = 2 };

    add(c, &what.args, x->helper, NULL);
    add(c, &what.args, "--name", x->root);
    add(c, &what.args, "--source-fd", arena_printf(c->arena, "%d", in));
    add(c, &what.args, "--result-fd", arena_printf(c->arena, "%d", result));
    return userns_exec(c, &what, status, e);
}

static bool ended(pid_t *pid, int flags, int *status)
{
    pid_t got;

    do
        got = waitpid(*pid, status, flags);
    while (got < 0 && errno == EINTR);
    if (got != *pid)
        return false;
    *pid = 0;
    *status = WIFSIGNALED(*status) ? 128 + WTERMSIG(*status) : WEXITSTATUS(*status);
    return true;
}

/* Who failed first has the cause: as long as we hold the pipe, the packer does not see that nobody
 * reads. */
static int copy(struct call *c, struct remap *x, struct err *e)
{
    OWN_FD packed = -1, written = -1, in = -1, out = -1;
    int ends[2], got, status = 0, packer_status = 0;
    pid_t packer;

    TRY(image_result_file(&packed, e));
    TRY(image_result_file(&written, e));
    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_set(e, errno, "pipe");
    in = ends[0];
    out = ends[1];
    TRY(os_clone(0, false, &packer, NULL, e));
    if (packer == 0)
        pack(c, x, out, packed);
    clean_fd(&out);
    got = write_fresh(c, x, in, written, &status, e);
    if (got == 0 && status == 0)
        ended(&packer, 0, &packer_status);
    else
        ended(&packer, WNOHANG, &packer_status);
    child_kill(&packer);
    if (got == 0 && (status == 128 + SIGINT || status == 128 + SIGTERM || status == 128 + SIGHUP)) {
        c->status = status;
        return 0;
    }
    if (packer_status)
        TRY(judge(c, packed, packer_status, x, e));
    return got < 0 ? -1 : judge(c, written, status, x, e);
}

/* ---- the new tree takes the place of the old one --------------------------------------------- */

static int make_fresh(struct call *c, struct remap *x, struct err *e)
{
    const char *name = path_last(x->root);
    char *fresh = arena_printf(c->arena, "%.*s.%s.XXXXXX", (int)(name - x->root), x->root, name);

    if (!mkdtemp(fresh))
        return err_set(e, errno, "%s", fresh);
    x->fresh = fresh;
    /* The group of the bundle, where that hands it down, need not be one of the map. */
    if (chown(fresh, (uid_t)-1, getegid()) < 0)
        return err_set(e, errno, "%s", fresh);
    return 0;
}

/* Without a note nothing is compared: better than a wrong one, should this be the end. */
static int swap(struct call *c, struct remap *x, struct err *e)
{
    const char *note = path_join(c->arena, x->bundle, MAP_RECORD_FILE);
    struct err left = { 0 };

    if (unlink(note) < 0 && errno != ENOENT)
        return err_set(e, errno, "%s", note);
    if (renameat2(AT_FDCWD, x->fresh, AT_FDCWD, x->root, RENAME_EXCHANGE) < 0) {
        err_set(e, errno, "%s and %s", x->fresh, x->root);
        if (x->noted && userns_note(c, x->bundle, &x->was, &left) < 0)
            log_warn("%s", left.text);
        return -1;
    }
    x->swapped = true;
    TRY(userns_note(c, x->bundle, &x->will, e));
    if (userns_remove(c, x->fresh, &x->before, &left) < 0)
        log_warn("%s, the tree as it was, is left: %s", x->fresh, left.text);
    return 0;
}

static int tell(const struct remap *x, const char *words, bool done, struct err *e)
{
    OWN_TEXT line = { 0 };

    text_printf(&line, "%s is %s for --userns %s", x->root, done ? "now" : "already", words);
    for (size_t i = 0; i < x->notes.n; i++)
        text_printf(&line, "; %s", x->notes.v[i]);
    text_add(&line, "\n");
    for (size_t i = 0; i < x->warnings.n; i++)
        log_warn("%s: %s", x->root, x->warnings.v[i]);
    return out_text(&line, e);
}

static int change(struct call *c, struct remap *x, struct err *e)
{
    struct err ignored = { 0 };
    int got;

    TRY(userns_hold(e));
    got = make_fresh(c, x, e);
    if (got == 0)
        got = copy(c, x, e);
    if (got == 0 && c->status == 0)
        got = swap(c, x, e);
    if (x->fresh && !x->swapped && userns_remove(c, x->fresh, &x->after, &ignored) < 0)
        log_warn("%s is left: %s", x->fresh, ignored.text);
    return got;
}

static int run(struct call *c, struct err *e)
{
    const struct remap_options *o = c->options;
    struct spec *s = ARENA_NEW(c->arena, struct spec);
    struct remap x = { .after.words = o->userns };
    struct userns parsed;

    if (!o->userns)
        return err_set(e, 0, "--userns MAP is missing: for which ids shall the files be?");
    if (userns_parse(c->arena, o->userns, &parsed, e) < 0)
        return err_ctx(e, "--userns");
    TRY(find_root(c, &x, s, e));
    TRY(find_before(c, &x, s, e));
    TRY(userns_record(c, &x.after, &x.will, e));
    if (same(&x.was, &x.will))
        return tell(&x, o->userns, false, e);
    TRY(image_helper(c, &x.helper, e));
    TRY(change(c, &x, e));
    return c->status ? 0 : tell(&x, o->userns, true, e);
}

static const char *const examples[] = { "rcrun remap --userns keep-id bundle", NULL };

const struct command command_remap = {
    .name = "remap",
    .usage = "--userns MAP BUNDLE",
    .sentence = "Changes the owners of all files of a root directory to those of another map.",
    .line = "make a root directory one for other ids",
    .options = options,
    .size = sizeof(struct remap_options),
    .least = 1,
    .most = 1,
    .operand = "bundle",
    .examples = examples,
    .run = run,
};
