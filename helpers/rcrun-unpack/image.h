/* image.h - what an image says of itself: index, manifest, config, as JSON of anybody.  Pure. */
#ifndef RCRUN_UNPACK_IMAGE_H
#define RCRUN_UNPACK_IMAGE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/types.h"

#define LAYERS_MAX 500

struct platform {
    const char *os, *architecture, *variant;
};

struct descriptor {
    const char *media_type, *digest;
    uint64_t size;
    struct platform *platform; /* NULL = not said */
    struct dict annotations;
};

struct descriptors {
    struct descriptor *v;
    size_t n;
};

/* ---- OCI layouts ---- */

/* What index.json, or an index among the blobs, names. */
int image_index(struct arena *a, const char *name, const char *text, size_t n,
                struct descriptors *out, struct err *e);

/* The image of that tag and machine: tag NULL is the only one.  The result may be an index again. */
int image_pick(const struct descriptors *index, const char *name, const char *tag,
               const struct platform *host, const struct descriptor **out, struct err *e);
bool image_is_index(const struct descriptor *d);

struct manifest {
    struct descriptor config;
    struct descriptors layers;
};

int image_manifest(struct arena *a, const char *name, const char *text, size_t n,
                   struct manifest *out, struct err *e);

/* ---- archives of docker save ---- */

struct docker_image {
    const char *config;
    struct texts tags, layers; /* names of files */
};

int image_docker(struct arena *a, const char *name, const char *text, size_t n, const char *tag,
                 struct docker_image *out, struct err *e);

/* ---- the config, which is the same in both ---- */

struct image_port { const char *name; };

struct image_config {
    const char *architecture, *os;
    const char *user, *cwd, *stop_signal;
    struct texts env, entrypoint, cmd;
    struct {
        struct image_port *v;
        size_t n;
    } ports;
    struct texts diff_ids; /* digests of the layers without compression */
};

int image_config(struct arena *a, const char *name, const char *text, size_t n,
                 struct image_config *out, struct err *e);

/* The machine that uname(2) names as OCI does. */
void image_host(const char *machine, struct platform *out);

#endif
