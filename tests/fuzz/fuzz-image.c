/* What anybody's image says of itself, and names of anybody's archive: an answer or one line.  The first
 * byte says which of them it is. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "rcrun-unpack/image.h"
#include "rcrun-unpack/place.h"
#include "rcrun-unpack/user.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool cond)
{
    if (!cond)
        abort();
}

static void check_error(const struct err *e)
{
    need(e->text[0] && !strchr(e->text, '\n'));
}

/* No part of a cleaned name leads anywhere else, and cleaning it again changes nothing. */
static void names(const char *text)
{
    struct place p, again;
    char parent[PATH_MAX];
    const char *hidden = NULL;
    struct err e = { 0 };

    if (place_set(&p, text, &e) < 0) {
        check_error(&e);
        return;
    }
    need(p.text[0] != '/' && strlen(p.text) < PATH_MAX - 1);
    need(place_set(&again, p.text, &e) == 0 && strcmp(again.text, p.text) == 0);
    need(!strchr(p.name, '/') && strcmp(p.name, "..") != 0 && strcmp(p.name, ".") != 0);
    place_parent(&p, parent);
    need(parent[0] == '/' && !strstr(parent, "/../"));
    if (whiteout_kind(p.name, &hidden) == WHITEOUT_NAME)
        need(*hidden && strcmp(hidden, ".") != 0 && strcmp(hidden, "..") != 0);
}

static void index_(struct arena *a, const char *text, size_t n)
{
    const struct platform host = { .os = "linux", .architecture = "amd64" };
    const struct descriptor *d = NULL;
    struct descriptors index;
    struct err e = { 0 };

    if (image_index(a, "f", text, n, &index, &e) < 0 ||
        image_pick(&index, "f", NULL, &host, &d, &e) < 0)
        check_error(&e);
    else
        need(d >= index.v && d < index.v + index.n);
}

static void user(struct arena *a, const char *text)
{
    const char *passwd = text + strcspn(text, "\n");
    struct user u;
    struct err e = { 0 };

    if (user_find(a, arena_copy(a, text, (size_t)(passwd - text)), passwd, passwd, &u, &e) < 0)
        check_error(&e);
    else
        need(u.uid != UINT32_MAX && u.gid != UINT32_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    const char *text = arena_copy(a, (const char *)data + (size > 0), size ? size - 1 : 0);
    size_t n = size ? size - 1 : 0;
    struct image_config config;
    struct docker_image docker;
    struct manifest manifest;
    struct err e = { 0 };
    int got = 0;

    switch (size ? data[0] : 0) {
    case 'i':
        index_(a, text, n);
        break;
    case 'm':
        got = image_manifest(a, "f", text, n, &manifest, &e);
        break;
    case 'c':
        got = image_config(a, "f", text, n, &config, &e);
        break;
    case 'd':
        got = image_docker(a, "f", text, n, NULL, &docker, &e);
        break;
    case 'u':
        user(a, text);
        break;
    default:
        names(text);
    }
    if (got < 0)
        check_error(&e);
    arena_free(a);
    return 0;
}
