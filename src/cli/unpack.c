/* cli/unpack.c - a bundle out of an archive or an image.
 *
 * All that touches what anybody packed is done by rcrun-unpack, as root of the ids that the container
 * will have; here the bundle is made around it.  Until the root directory is whole it has another
 * name, and the config comes last. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "cli/image.h"
#include "cli/out.h"
#include "cli/userns.h"
#include "host/gate.h"
#include "spec/userns.h"

#define UNFINISHED ".rootfs."

struct unpack_options {
    const char *userns, *limit;
    int clamp;
};

static const struct name id_words[] = { { "refuse", 0 }, { "clamp", 1 }, { NULL, 0 } };

/* clang-format off */
#define AT(member) offsetof(struct unpack_options, member)
static const struct option_row options[] = {
    { "userns", 0, OPTION_TEXT, AT(userns), "MAP",
      "for containers with this map: default, single or keep-id[:uid=N,gid=N]", GROUP_PLAIN, NULL },
    { "ids", 0, OPTION_WORD, AT(clamp), "refuse|clamp",
      "owners that the map has not: an error, or stored as 65534 (default: refuse)", GROUP_PLAIN,
      id_words },
    { "limit", 0, OPTION_TEXT, AT(limit), "SIZE",
      "end when the files have more than that", GROUP_PLAIN, NULL },
    { 0 },
};
#undef AT
/* clang-format on */

/* ---- the source ---- */

struct source {
    const char *form; /* word of the helper's --from */
    const char *name; /* for errors */
    const char *tag;  /* NULL = none is named */
    int fd;
};

static int no_source(const char *text, struct err *e)
{
    struct stat st;

    err_set(e, 0, "SOURCE \"%.200s\": wants tar:FILE, tar:-, oci:DIR[:TAG], oci-archive:FILE[:TAG] or "
                  "docker-archive:FILE[:TAG]", text);
    if (text_starts(text, "docker://"))
        return err_hint(e, "skopeo copy %.200s oci:DIR:TAG fetches it", text);
    if (stat(text, &st) == 0)
        return err_hint(e, S_ISDIR(st.st_mode) ? "oci:%.200s, when it is an OCI layout" : "tar:%.200s",
                        text);
    return -1;
}

/* The first colon behind a name that is there: neither is forbidden in the other. */
static const char *split_tag(struct arena *a, const char *path, const char **tag)
{
    *tag = NULL;
    if (access(path, F_OK) == 0)
        return path;
    for (const char *colon = path; (colon = strchr(colon, ':')); colon++) {
        const char *name = arena_copy(a, path, (size_t)(colon - path));

        if (access(name, F_OK) == 0) {
            *tag = colon + 1;
            return name;
        }
    }
    return path;
}

static int open_tar(const char *path, struct source *s, struct err *e)
{
    s->name = text_is(path, "-") ? "standard input" : path;
    if (text_is(path, "-") && isatty(STDIN_FILENO))
        return err_set(e, 0, "tar:-: standard input is a terminal");
    s->fd = text_is(path, "-") ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                               : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    return s->fd < 0 ? err_set(e, errno, "tar:%s", path) : 0;
}

static int open_source(struct arena *a, const char *text, struct source *s, struct err *e)
{
    static const char *const forms[] = { "tar", "oci", "oci-archive", "docker-archive" };
    const char *colon = strchr(text, ':');
    size_t n = colon ? (size_t)(colon - text) : 0;
    bool dir;

    for (size_t i = 0; i < COUNT_OF(forms) && !s->form; i++)
        if (n && strlen(forms[i]) == n && memcmp(forms[i], text, n) == 0)
            s->form = forms[i];
    if (!s->form || !colon[1])
        return no_source(text, e);
    if (text_is(s->form, "tar"))
        return open_tar(colon + 1, s, e);
    dir = text_is(s->form, "oci");
    s->name = split_tag(a, colon + 1, &s->tag);
    s->fd = open(s->name, O_RDONLY | O_CLOEXEC | O_NOCTTY | (dir ? O_DIRECTORY : 0));
    return s->fd < 0 ? err_set(e, errno, "%s:%s", s->form, s->name) : 0;
}

/* ---- the bundle ---- */

struct target {
    const char *bundle; /* absolute */
    const char *shown;
    const char *rootfs; /* the directory in it, by its first name; NULL = not made yet */
    bool made;          /* the bundle is ours */
    struct userns_map map;
};

static int check_empty(const struct target *t, struct err *e)
{
    DIR *dir = opendir(t->bundle);
    bool unfinished = false, other = false;

    if (!dir)
        return err_set(e, errno, "bundle %s", t->shown);
    for (const struct dirent *d; (d = readdir(dir));) {
        if (text_is(d->d_name, ".") || text_is(d->d_name, ".."))
            continue;
        if (text_starts(d->d_name, UNFINISHED))
            unfinished = true;
        else
            other = true;
    }
    closedir(dir);
    if (!unfinished && !other)
        return 0;
    err_set(e, 0, "bundle %s: is not empty", t->shown);
    return unfinished && !other
               ? err_hint(e, "an unpack was killed there; rcrun unshare rm -rf %s removes what is left",
                          t->shown)
               : -1;
}

/* Only for the caller: programs of the image that run as their owner would run as him. */
static int make_target(struct call *c, const char *bundle, struct target *t, struct err *e)
{
    char here[PATH_MAX] = "/", *rootfs;

    if (*bundle != '/' && !getcwd(here, sizeof here))
        return err_set(e, errno, "current directory");
    t->shown = bundle;
    t->bundle = path_clean(c->arena, here, bundle);
    t->made = mkdir(t->bundle, 0700) == 0;
    if (!t->made && errno != EEXIST)
        return err_set(e, errno, "bundle %s", bundle);
    TRY(check_empty(t, e));
    rootfs = arena_printf(c->arena, "%s/" UNFINISHED "XXXXXX", t->bundle);
    if (!mkdtemp(rootfs))
        return err_set(e, errno, "bundle %s", bundle);
    t->rootfs = rootfs;
    /* The group of the bundle, where that hands it down, need not be one of the map. */
    if (chown(rootfs, (uid_t)-1, getegid()) < 0 || chmod(rootfs, 0700) < 0)
        return err_set(e, errno, "bundle %s", bundle);
    return 0;
}

/* As if nothing had been there.  The first error is the one to tell. */
static void discard(struct call *c, const struct target *t)
{
    struct err ignored = { 0 };

    userns_forget();
    if (t->rootfs && userns_remove(c, t->rootfs, &t->map, &ignored) < 0 && ignored.num != ENOENT)
        log_warn("%s is left: %s", t->rootfs, ignored.text);
    if (t->made && rmdir(t->bundle) < 0 && errno != ENOENT && errno != ENOTEMPTY)
        log_warn("%s is left: %s", t->bundle, err_text(errno));
}

/* ---- the helper ---- */

static void add(struct call *c, struct texts *args, const char *option, const char *value)
{
    *LIST_ADD(c->arena, args) = option;
    *LIST_ADD(c->arena, args) = value;
}

static int helper_args(struct call *c, const struct source *s, int result, struct texts *args,
                       struct err *e)
{
    const struct unpack_options *o = c->options;
    const char *helper;
    int64_t bytes;

    TRY(image_helper(c, &helper, e));
    *LIST_ADD(c->arena, args) = helper;
    add(c, args, "--from", s->form);
    add(c, args, "--name", s->name);
    add(c, args, "--source-fd", arena_printf(c->arena, "%d", s->fd));
    add(c, args, "--result-fd", arena_printf(c->arena, "%d", result));
    if (s->tag)
        add(c, args, "--tag", s->tag);
    if (o->clamp)
        add(c, args, "--ids", "clamp");
    if (!o->limit)
        return 0;
    if (!text_size(o->limit, &bytes) || bytes < 0)
        return err_set(e, 0, "--limit: wants a size such as 1048576, 1024k or 1g, found \"%s\"", o->limit);
    add(c, args, "--limit", arena_printf(c->arena, "%" PRId64, bytes));
    return 0;
}

/* A server that decides about owners itself is not to be seen from inside. */
static int blame_server(struct call *c, const struct target *t, struct err *e)
{
    const char *advice = NULL;

    if (strstr(e->text, err_text(EPERM)) || strstr(e->text, err_text(EACCES)))
        advice = gate_remote(c->arena, t->shown);
    return advice && !e->hint[0] ? err_hint(e, "%s", advice) : -1;
}

static int run_helper(struct call *c, const struct source *s, const struct target *t, int *status,
                      struct image_result *out, struct err *e)
{
    int keep[] = { s->fd, -1 };
    struct userns_command what = { .map = t->map, .dir = t->rootfs, .keep = keep, .keep_n = 2 };
    OWN_FD result = -1;

    TRY(image_result_file(&result, e));
    keep[1] = result;
    TRY(helper_args(c, s, result, &what.args, e));
    TRY(userns_exec(c, &what, status, e));
    /* Who ends it, ends us, and wants no words. */
    if (*status == 128 + SIGINT || *status == 128 + SIGTERM || *status == 128 + SIGHUP)
        return 0;
    return image_result_read(c, result, *status, out, e) == 0 ? 0 : blame_server(c, t, e);
}

/* ---- all of it ---- */

static void tell_size(struct text *out, uint64_t bytes)
{
    static const char *const units[] = { "bytes", "kB", "MB", "GB", "TB" };
    size_t i = 0;

    for (; bytes >= 10000 && i + 1 < COUNT_OF(units); i++)
        bytes = (bytes + 500) / 1000;
    text_printf(out, "%" PRIu64 " %s", bytes, units[i]);
}

static int tell(const struct target *t, const struct image_result *r, struct err *e)
{
    OWN_TEXT line = { 0 };
    struct stat st;

    text_printf(&line, "unpacked %s: %" PRIu64 " entries, ", t->shown, r->entries);
    tell_size(&line, r->bytes);
    for (size_t i = 0; i < r->notes.n; i++)
        text_printf(&line, "; %s", r->notes.v[i]);
    text_add(&line, "\n");
    for (size_t i = 0; i < r->warnings.n; i++)
        log_warn("%s: %s", t->shown, r->warnings.v[i]);
    if (r->setid && stat(t->bundle, &st) == 0 && st.st_mode & S_IXOTH)
        log_warn("%s: %" PRIu64 " programs in it run as their owner, for others as you; chmod 700 %s "
                 "keeps others out", t->shown, r->setid, t->shown);
    return out_text(&line, e);
}

/* In this order: what has a config is whole. */
static int finish(struct call *c, struct target *t, const struct image_result *r, struct err *e)
{
    const struct unpack_options *o = c->options;
    const char *last = path_join(c->arena, t->bundle, "rootfs");
    struct map_record record;
    OWN_TEXT config = { 0 };

    TRY(image_config(c, t->rootfs, r->image, o->userns, &config, e));
    TRY(userns_record(c, &t->map, &record, e));
    if (rename(t->rootfs, last) < 0)
        return err_set(e, errno, "%s", last);
    t->rootfs = last;
    TRY(userns_note(c, t->bundle, &record, e));
    return file_replace(path_join(c->arena, t->bundle, "config.json"), config.s, config.n, 0644, e);
}

static int fill(struct call *c, const struct source *s, struct target *t, struct err *e)
{
    struct image_result r = { 0 };

    TRY(userns_hold(e));
    TRY(make_target(c, c->operands.v[1], t, e));
    TRY(run_helper(c, s, t, &c->status, &r, e));
    if (c->status) {
        discard(c, t);
        return 0;
    }
    TRY(finish(c, t, &r, e));
    return tell(t, &r, e);
}

static int run(struct call *c, struct err *e)
{
    const struct unpack_options *o = c->options;
    struct source s = { .fd = -1 };
    struct target t = { .map.words = o->userns };
    struct userns parsed;
    int got;

    if (o->userns && userns_parse(c->arena, o->userns, &parsed, e) < 0)
        return err_ctx(e, "--userns");
    TRY(open_source(c->arena, c->operands.v[0], &s, e));
    got = fill(c, &s, &t, e);
    close(s.fd);
    if (got < 0)
        discard(c, &t);
    return got;
}

static const char *const examples[] = {
    "rcrun unpack tar:debian.tar bundle",
    "podman export box | rcrun unpack tar:- bundle",
    "rcrun unpack oci:layout:tag bundle",
    NULL,
};

const struct command command_unpack = {
    .name = "unpack",
    .usage = "[OPTION...] SOURCE BUNDLE",
    .sentence = "Makes a bundle out of an archive or an image, with the owners that are in it.",
    .line = "make a bundle out of an archive or image",
    .options = options,
    .size = sizeof(struct unpack_options),
    .least = 2,
    .most = 2,
    .operand = "source or the bundle",
    .examples = examples,
    .run = run,
};
