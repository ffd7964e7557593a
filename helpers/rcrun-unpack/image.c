#include "image.h"

#include <string.h>

#include "base/clean.h"
#include "base/json-load.h"
#include "stream.h"

#define REF "org.opencontainers.image.ref.name"
/* What a docker archive and containerd have beside it, with the registry in front. */
#define REF_LONG "io.containerd.image.name"

#define OCI "application/vnd.oci.image."
#define DOCKER "application/vnd.docker."

/* ---- tables ---- */

/* clang-format off */
#define T struct platform
static const struct json_field platform_fields[] = {
    J(T, "os", os),
    J(T, "architecture", architecture),
    J(T, "variant", variant),
};
#undef T
static const struct json_type platform_type = JSON_TYPE(struct platform, platform_fields);

#define T struct descriptor
static const struct json_field descriptor_fields[] = {
    J(T, "mediaType", media_type),
    J_MUST(T, "digest", digest),
    J_MUST(T, "size", size),
    J_PART(T, "platform", platform, platform),
    J(T, "annotations", annotations),
};
#undef T
static const struct json_type descriptor_type = JSON_TYPE(struct descriptor, descriptor_fields);

struct index { struct descriptors manifests; };

#define T struct index
static const struct json_field index_fields[] = {
    J_LIST(T, "manifests", manifests, descriptor),
};
#undef T
static const struct json_type index_type = JSON_TYPE(struct index, index_fields);

#define T struct manifest
static const struct json_field manifest_fields[] = {
    J_OBJECT(T, "config", config, descriptor),
    J_LIST(T, "layers", layers, descriptor),
};
#undef T
static const struct json_type manifest_type = JSON_TYPE(struct manifest, manifest_fields);

#define T struct docker_image
static const struct json_field docker_image_fields[] = {
    J_MUST(T, "Config", config),
    J(T, "RepoTags", tags),
    J(T, "Layers", layers),
};
#undef T
static const struct json_type docker_image_type = JSON_TYPE(struct docker_image, docker_image_fields);

struct docker { struct { struct docker_image *v; size_t n; } images; };

#define T struct docker
static const struct json_field docker_fields[] = {
    J_LIST(T, "images", images, docker_image),
};
#undef T
static const struct json_type docker_type = JSON_TYPE(struct docker, docker_fields);

static const struct json_type image_port_type = { .size = sizeof(struct image_port) };

#define T struct image_config
static const struct json_field inner_fields[] = {
    J(T, "User", user),
    J(T, "WorkingDir", cwd),
    J(T, "StopSignal", stop_signal),
    J(T, "Env", env),
    J(T, "Entrypoint", entrypoint),
    J(T, "Cmd", cmd),
    J_KEYED(T, "ExposedPorts", ports, image_port),
};
static const struct json_type inner_type = JSON_TYPE(T, inner_fields);

static const struct json_field rootfs_fields[] = {
    J(T, "diff_ids", diff_ids),
};
static const struct json_type rootfs_type = JSON_TYPE(T, rootfs_fields);

static const struct json_field config_fields[] = {
    J(T, "architecture", architecture),
    J(T, "os", os),
    J_GROUP("config", inner_type),
    J_GROUP("rootfs", rootfs_type),
};
#undef T
static const struct json_type config_type = JSON_TYPE(struct image_config, config_fields);
/* clang-format on */

/* ---- indexes ---- */

int image_index(struct arena *a, const char *name, const char *text, size_t n,
                struct descriptors *out, struct err *e)
{
    struct index index = { 0 };

    TRY(json_load(a, name, text, n, &index_type, &index, e));
    *out = index.manifests;
    return out->n ? 0 : err_set(e, 0, "%s: names no image", name);
}

bool image_is_index(const struct descriptor *d)
{
    return text_is(d->media_type, OCI "index.v1+json") ||
           text_is(d->media_type, DOCKER "distribution.manifest.list.v2+json");
}

static const char *annotation(const struct descriptor *d, const char *key)
{
    for (size_t i = 0; i < d->annotations.n; i++)
        if (text_is(d->annotations.v[i].key, key))
            return d->annotations.v[i].value;
    return NULL;
}

/* Tools write the short names of Docker's registry out. */
static bool is_tag(const char *name, const char *tag)
{
    static const char *const registry[] = { "", "docker.io/library/", "docker.io/", "localhost/" };

    for (size_t i = 0; name && i < COUNT_OF(registry); i++)
        if (text_starts(name, registry[i]) && text_is(name + strlen(registry[i]), tag))
            return true;
    return false;
}

static const char *tag_of(const struct descriptor *d)
{
    const char *ref = annotation(d, REF);

    return ref ? ref : annotation(d, REF_LONG);
}

static bool has_tag(const struct descriptor *d, const char *tag)
{
    return is_tag(annotation(d, REF), tag) || is_tag(annotation(d, REF_LONG), tag);
}

static bool fits(const struct platform *p, const struct platform *host)
{
    /* What says nothing is for any machine. */
    return (!p->os || !*p->os || text_is(p->os, host->os)) &&
           (!p->architecture || !*p->architecture || text_is(p->architecture, host->architecture));
}

/* A variant is another choice only where there are several that fit. */
static bool better(const struct descriptor *d, const struct descriptor *than,
                   const struct platform *host)
{
    return !than || (d->platform && text_is(d->platform->variant, host->variant) &&
                     !(than->platform && text_is(than->platform->variant, host->variant)));
}

static int no_platform(const struct descriptors *index, const char *name, const char *tag,
                       const struct platform *host, struct err *e)
{
    OWN_TEXT has = { 0 };

    for (size_t i = 0; i < index->n && has.n < 300; i++) {
        const struct platform *p = index->v[i].platform;

        if (p && (!tag || has_tag(&index->v[i], tag)))
            text_printf(&has, "%s%.20s/%.20s", has.n ? ", " : "", p->os ? p->os : "?",
                        p->architecture ? p->architecture : "?");
    }
    return err_set(e, 0, "%s: no image for %s/%s; there is %s", name, host->os, host->architecture,
                   has.s ? has.s : "none");
}

static int name_tags(const struct descriptors *index, const char *name, const char *tag,
                     struct err *e)
{
    OWN_TEXT list = { 0 };

    for (size_t i = 0; i < index->n && list.n < 400; i++) {
        const char *is = tag_of(&index->v[i]);

        if (is)
            text_printf(&list, "%s%.100s", list.n ? ", " : "", is);
    }
    if (tag)
        err_set(e, 0, "%s: no image with the tag %.100s", name, tag);
    else
        err_set(e, 0, "%s: has %zu images", name, index->n);
    return list.n ? err_hint(e, "name one by its tag behind a colon: %s", list.s) : -1;
}

/* Without a tag: are all of them one image for several machines? */
static bool is_one_image(const struct descriptors *index)
{
    const char *tag = tag_of(&index->v[0]);

    for (size_t i = 1; i < index->n; i++) {
        const char *other = tag_of(&index->v[i]);

        if ((tag || other) && !text_is(tag, other))
            return false;
        if (!index->v[i].platform || !index->v[0].platform)
            return false;
    }
    return true;
}

int image_pick(const struct descriptors *index, const char *name, const char *tag,
               const struct platform *host, const struct descriptor **out, struct err *e)
{
    const struct descriptor *found = NULL;
    bool tagged = false;

    if (!tag && !is_one_image(index))
        return name_tags(index, name, tag, e);
    for (size_t i = 0; i < index->n; i++) {
        const struct descriptor *d = &index->v[i];

        if (tag && !has_tag(d, tag))
            continue;
        tagged = true;
        if ((!d->platform || fits(d->platform, host)) && better(d, found, host))
            found = d;
    }
    if (!tagged)
        return name_tags(index, name, tag, e);
    if (!found)
        return no_platform(index, name, tag, host, e);
    *out = found;
    return 0;
}

/* ---- manifests ---- */

static bool is_config(const char *type)
{
    return text_is(type, OCI "config.v1+json") || text_is(type, DOCKER "container.image.v1+json");
}

/* How a layer is packed its first bytes say, which is what is believed. */
static bool is_layer(const char *type)
{
    static const char *const types[] = {
        OCI "layer.v1.tar",
        OCI "layer.v1.tar+gzip",
        OCI "layer.v1.tar+zstd",
        OCI "layer.nondistributable.v1.tar",
        OCI "layer.nondistributable.v1.tar+gzip",
        OCI "layer.nondistributable.v1.tar+zstd",
        DOCKER "image.rootfs.diff.tar",
        DOCKER "image.rootfs.diff.tar.gzip",
        DOCKER "image.rootfs.diff.tar.zstd",
        DOCKER "image.rootfs.foreign.diff.tar.gzip",
    };

    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (text_is(type, types[i]))
            return true;
    return false;
}

static int check_layers(const char *name, size_t n, struct err *e)
{
    return n > LAYERS_MAX ? err_set(e, 0, "%s: %zu layers, more than %d", name, n, LAYERS_MAX) : 0;
}

int image_manifest(struct arena *a, const char *name, const char *text, size_t n,
                   struct manifest *out, struct err *e)
{
    *out = (struct manifest){ 0 };
    TRY(json_load(a, name, text, n, &manifest_type, out, e));
    if (!out->config.digest)
        return err_set(e, 0, "%s: config is missing, so it is no image", name);
    if (!is_config(out->config.media_type))
        return err_set(e, 0, "%s: config.mediaType: %.100s is no image", name,
                       out->config.media_type ? out->config.media_type : "nothing");
    for (size_t i = 0; i < out->layers.n; i++)
        if (!is_layer(out->layers.v[i].media_type))
            return err_set(e, 0, "%s: layers[%zu].mediaType: %.100s is not a layer that is known",
                           name, i,
                           out->layers.v[i].media_type ? out->layers.v[i].media_type : "nothing");
    return check_layers(name, out->layers.n, e);
}

/* ---- archives of docker save ---- */

static bool has_name(const struct texts *list, const char *tag)
{
    for (size_t i = 0; i < list->n; i++)
        if (is_tag(list->v[i], tag))
            return true;
    return false;
}

static int name_docker(const struct docker *d, const char *name, const char *tag, struct err *e)
{
    OWN_TEXT list = { 0 };

    for (size_t i = 0; i < d->images.n; i++)
        for (size_t k = 0; k < d->images.v[i].tags.n && list.n < 400; k++)
            text_printf(&list, "%s%.100s", list.n ? ", " : "", d->images.v[i].tags.v[k]);
    if (tag)
        err_set(e, 0, "%s: no image with the tag %.100s", name, tag);
    else
        err_set(e, 0, "%s: has %zu images", name, d->images.n);
    return list.n ? err_hint(e, "name one by its tag behind a colon: %s", list.s) : -1;
}

int image_docker(struct arena *a, const char *name, const char *text, size_t n, const char *tag,
                 struct docker_image *out, struct err *e)
{
    struct docker d = { 0 };
    OWN_TEXT whole = { 0 };
    const struct docker_image *found = NULL;

    /* The table of a list is that of what it is in. */
    text_add(&whole, "{\"images\":");
    text_add_n(&whole, text, n);
    text_add(&whole, "}");
    TRY(json_load(a, name, whole.s, whole.n, &docker_type, &d, e));
    if (!d.images.n)
        return err_set(e, 0, "%s: names no image", name);
    for (size_t i = 0; i < d.images.n; i++)
        if (tag ? has_name(&d.images.v[i].tags, tag) : d.images.n == 1)
            found = &d.images.v[i];
    if (!found)
        return name_docker(&d, name, tag, e);
    *out = *found;
    return check_layers(name, out->layers.n, e);
}

/* ---- config ---- */

int image_config(struct arena *a, const char *name, const char *text, size_t n,
                 struct image_config *out, struct err *e)
{
    *out = (struct image_config){ 0 };
    TRY(json_load(a, name, text, n, &config_type, out, e));
    if (out->os && *out->os && !text_is(out->os, "linux"))
        return err_set(e, 0, "%s: the image is for %.40s", name, out->os);
    return 0;
}

void image_host(const char *machine, struct platform *out)
{
    static const struct { const char *machine, *name, *variant; } known[] = {
        { "x86_64", "amd64", NULL },    { "aarch64", "arm64", "v8" },
        { "armv7l", "arm", "v7" },      { "armv6l", "arm", "v6" },
        { "armv8l", "arm", "v8" },      { "i686", "386", NULL },
        { "i586", "386", NULL },        { "i386", "386", NULL },
        { "loongarch64", "loong64", NULL }, { "mips64", "mips64le", NULL },
    };

    /* The others have one name: ppc64le, riscv64, s390x. */
    *out = (struct platform){ .os = "linux", .architecture = machine };
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (text_is(machine, known[i].machine)) {
            out->architecture = known[i].name;
            out->variant = known[i].variant;
        }
}
