#include "unpack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/clean.h"
#include "layer.h"
#include "os/path.h"
#include "shelf.h"

#define INDEX_DEPTH 4
#define PASSWD_MAX (1u << 20)

/* ---- images ---- */

static const char *blob_name(struct arena *a, const char *digest)
{
    const char *hex = digest_hex(digest);

    return hex ? arena_printf(a, "blobs/sha256/%s", hex) : NULL;
}

static int read_blob(struct arena *a, struct shelf *s, const struct descriptor *d, const char **name,
                     const char **text, size_t *n, struct err *e)
{
    const char *file = blob_name(a, d->digest);

    if (!file)
        return err_set(e, 0, "%s: digest \"%.100s\" is none of sha256", s->name, d->digest);
    *name = arena_printf(a, "%s/%s", s->name, file);
    return shelf_text(a, s, file, d->size, d->digest, text, n, e);
}

static int find_manifest(struct arena *a, struct shelf *s, const char *tag, struct manifest *out,
                         struct err *e)
{
    const struct descriptor *d = NULL;
    struct platform host;
    struct utsname machine;
    const char *name = arena_printf(a, "%s/index.json", s->name), *text;
    size_t n;

    uname(&machine);
    image_host(machine.machine, &host);
    TRY(shelf_text(a, s, "index.json", UINT64_MAX, NULL, &text, &n, e));
    for (int depth = 0; !d || image_is_index(d); depth++) {
        struct descriptors index;

        if (depth == INDEX_DEPTH)
            return err_set(e, 0, "%s: indexes of indexes of indexes", s->name);
        if (d)
            TRY(read_blob(a, s, d, &name, &text, &n, e));
        TRY(image_index(a, name, text, n, &index, e));
        TRY(image_pick(&index, name, depth ? NULL : tag, &host, &d, e));
    }
    TRY(read_blob(a, s, d, &name, &text, &n, e));
    return image_manifest(a, name, text, n, out, e);
}

static int unpack_layer(struct arena *a, struct shelf *s, struct writer *w, size_t number,
                        const struct descriptor *d, struct err *e)
{
    const char *file = blob_name(a, d->digest);
    struct stream stream;
    struct layer layer = { .from = &stream, .whiteouts = true, .upper = number > 0 };

    if (!file)
        return err_set(e, 0, "%s: digest \"%.100s\" is none of sha256", s->name, d->digest);
    TRY(shelf_open(a, s, file, d->size, d->digest, &stream, e));
    return layer_unpack(w, &layer, e);
}

static int unpack_oci(struct arena *a, struct shelf *s, const char *tag, struct writer *w,
                      struct image_config *config, struct err *e)
{
    struct manifest m;
    const char *name, *text;
    size_t n;

    TRY(find_manifest(a, s, tag, &m, e));
    TRY(read_blob(a, s, &m.config, &name, &text, &n, e));
    TRY(image_config(a, name, text, n, config, e));
    for (size_t i = 0; i < m.layers.n; i++)
        TRY(unpack_layer(a, s, w, i, &m.layers.v[i], e));
    return 0;
}

/* Of those that docker save writes itself, the name of the config is its digest, and the config has
 * the digests of the layers. */
static int unpack_docker(struct arena *a, struct shelf *s, const char *tag, struct writer *w,
                         struct image_config *config, struct err *e)
{
    struct docker_image image;
    const char *text, *base, *name;
    size_t n, length;

    TRY(shelf_text(a, s, "manifest.json", UINT64_MAX, NULL, &text, &n, e));
    TRY(image_docker(a, arena_printf(a, "%s/manifest.json", s->name), text, n, tag, &image, e));
    base = strrchr(image.config, '/');
    base = base ? base + 1 : image.config;
    length = strcspn(base, ".");
    name = arena_printf(a, "%s/%.200s", s->name, image.config);
    TRY(shelf_text(a, s, image.config, UINT64_MAX,
                   arena_printf(a, "sha256:%.*s", (int)length, base), &text, &n, e));
    TRY(image_config(a, name, text, n, config, e));
    if (config->diff_ids.n != image.layers.n)
        return err_set(e, 0, "%s: rootfs.diff_ids: %zu digests for %zu layers", name,
                       config->diff_ids.n, image.layers.n);
    for (size_t i = 0; i < image.layers.n; i++) {
        struct stream stream;
        struct layer layer = { .from = &stream, .whiteouts = true, .upper = i > 0 };

        layer.plain = digest_hex(config->diff_ids.v[i]);
        if (!layer.plain)
            return err_set(e, 0, "%s: rootfs.diff_ids[%zu]: none of sha256", name, i);
        TRY(shelf_open(a, s, image.layers.v[i], UINT64_MAX, NULL, &stream, e));
        TRY(layer_unpack(w, &layer, e));
    }
    return 0;
}

/* ---- the end ---- */

/* What is no plain file is as good as none: numbers need no file. */
static const char *read_file(struct arena *a, const struct tree *t, const char *path)
{
    OWN_MEM buffer = NULL;
    struct err ignored;
    size_t n;

    return os_read_in(t->root, path, PASSWD_MAX, &buffer, &n, &ignored) == 0 ? arena_text(a, buffer)
                                                                             : "";
}

/* What has to wait until all of the tree is there. */
static int finish(struct arena *a, struct writer *w, struct outcome *out, struct err *e)
{
    const char *passwd = read_file(a, &w->tree, "/etc/passwd");
    const char *group = read_file(a, &w->tree, "/etc/group");

    TRY(write_late_acls(w, passwd, group, e));
    if (!out->is_image)
        return 0;
    return user_find(a, out->config.user ? out->config.user : "", passwd, group, &out->user, e);
}

/* ---- all forms ---- */

static int unpack_tar(struct arena *a, const struct unpack_options *o, struct writer *w, struct err *e)
{
    struct stream stream;
    struct layer layer = { .from = &stream };

    stream_whole(a, &stream, o->name, o->source);
    return layer_unpack(w, &layer, e);
}

static int unpack_form(struct arena *a, const struct unpack_options *o, int lender, struct writer *w,
                       struct outcome *out, struct err *e)
{
    OWN_SHELF shelf = SHELF_NONE;

    if (o->form == FORM_TAR)
        return unpack_tar(a, o, w, e);
    out->is_image = true;
    shelf.name = o->name;
    shelf.lender = lender;
    if (o->form != FORM_OCI)
        TRY(shelf_archive(a, &shelf, o->name, o->source, e));
    if (o->form == FORM_DOCKER_ARCHIVE)
        return unpack_docker(a, &shelf, o->tag, w, &out->config, e);
    return unpack_oci(a, &shelf, o->tag, w, &out->config, e);
}

int unpack(struct arena *a, const struct unpack_options *o, int lender, struct writer *w,
           struct outcome *out, struct err *e)
{
    int got;

    w->bytes_max = o->limit;
    w->uids.clamp = w->gids.clamp = o->clamp;
    w->a = a;
    TRY(tree_open(&w->tree, e));
    got = unpack_form(a, o, lender, w, out, e);
    if (got == 0)
        got = finish(a, w, out, e);
    tree_close(&w->tree);
    out->bytes = w->bytes;
    out->entries = w->entries;
    out->setid = w->setid;
    out->lost = w->lost;
    return got;
}
