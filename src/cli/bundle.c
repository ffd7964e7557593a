#include "cli/bundle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/file.h"
#include "base/json-load.h"
#include "base/path.h"
#include "base/text.h"
#include "spec/load.h"

int bundle_open(struct arena *a, struct bundle *b, const char *dir, const char *config,
                bool optional, struct err *e)
{
    const char *name = config ? config : "config.json";
    char here[PATH_MAX] = "/";
    const char *path;

    *b = (struct bundle){ 0 };
    /* The name that the user knows, not what its links lead to. */
    if ((!dir || *dir != '/') && !getcwd(here, sizeof here))
        return err_set(e, errno, "current directory");
    b->dir = path_clean(a, here, dir ? dir : ".");
    b->shown = dir && *name != '/' ? path_join(a, dir, name) : arena_text(a, name);
    path = *name == '/' ? name : path_join(a, b->dir, name);
    b->own = arena_new();
    if (file_read(b->own, AT_FDCWD, path, JSON_TEXT_MAX, &b->text, &b->n, e) == 0)
        return 0;
    bundle_close(b);
    if (e->num != ENOENT)
        return -1;
    if (access(b->dir, F_OK) < 0)
        return err_set(e, errno, "bundle %s", dir ? dir : ".");
    if (optional) {
        err_clear(e);
        return 0;
    }
    return config ? -1
                  : err_hint(e, "rcrun spec writes one; or give --rootfs DIR, which needs none");
}

void bundle_close(struct bundle *b)
{
    arena_free(b->own);
    b->own = NULL;
    b->text = NULL;
    b->n = 0;
}

/* ---- where an error is ---- */

/* "process.cwd: ..." and "root.path "x": ..." are about the config, "process 12: ..." and
 * "mounts of ..." are not. */
static bool names_member(const char *text)
{
    size_t n = strcspn(text, ".[: ");

    for (size_t i = 0; i < spec_type.n; i++)
        if (spec_type.v[i].name_length == n && memcmp(spec_type.v[i].name, text, n) == 0)
            return text[n] == '.' || text[n] == '[' || text_starts(text + n, ": ");
    return false;
}

/* ---- where the root file system may be ---- */

#define MOST_CANDIDATES 3

/* Adds the names of directories in the bundle that look like a root file system. */
static void add_candidates(struct text *out, const char *bundle)
{
    DIR *dir = opendir(bundle);
    unsigned n = 0;

    if (!dir)
        return;
    for (struct dirent *d; n < MOST_CANDIDATES && (d = readdir(dir));) {
        struct stat st;
        OWN_TEXT shell = { 0 };

        if (d->d_name[0] == '.')
            continue;
        text_printf(&shell, "%s/bin/sh", d->d_name);
        /* The link itself: what it leads to is only right inside. */
        if (fstatat(dirfd(dir), shell.s, &st, AT_SYMLINK_NOFOLLOW) == 0)
            text_printf(out, "%s%s", n++ ? ", " : "", d->d_name);
    }
    closedir(dir);
}

/* The bundle may have a root file system by another name. */
static void add_to_hint(const struct bundle *b, struct err *e)
{
    OWN_TEXT found = { 0 };
    OWN_TEXT hint = { 0 };

    add_candidates(&found, b->dir);
    if (!found.n)
        return;
    text_printf(&hint, "%s; there is %s", e->hint, found.s);
    err_hint(e, "%s", hint.s);
}

int bundle_place(const struct bundle *b, struct err *e)
{
    if (!names_member(e->text))
        return -1;
    if (text_starts(e->text, "root.path: ") && e->hint[0])
        add_to_hint(b, e);
    if (b->text)
        json_place(e, b->shown, b->text, b->n);
    return -1;
}

/* ---- id ---- */

#define ID_MAX 255

int id_check(const char *id, struct err *e)
{
    size_t n = strlen(id);

    if (n == 0)
        return err_set(e, 0, "the container id is empty");
    if (n > ID_MAX)
        return err_set(e, 0, "container id of %zu bytes, more than %d", n, ID_MAX);
    if (*id == '.' || *id == '-')
        return err_set(e, 0, "container id \"%s\": may not begin with %c", id, *id);
    if (id[strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+.-")])
        return err_set(e, 0, "container id \"%s\": may have letters, digits and _ + - . only", id);
    return 0;
}
