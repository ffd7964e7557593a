/* The parts of rcrun-unpack that decide: names, whiteouts, ids, users, images. */
#include <string.h>

#include "base/arena.h"
#include "rcrun-unpack/ids.h"
#include "rcrun-unpack/image.h"
#include "rcrun-unpack/lend.h"
#include "rcrun-unpack/place.h"
#include "rcrun-unpack/table.h"
#include "rcrun-unpack/user.h"
#include "tap.h"

static struct err err;

static struct arena *fresh(void)
{
    static struct arena *arena;

    arena_free(arena);
    err = (struct err){ 0 };
    return arena = arena_new();
}

/* ---- names ---- */

static const char *cleaned(const char *raw)
{
    static struct place p;

    return place_set(&p, raw, &err) == 0 ? p.text : NULL;
}

TEST(names_never_leave_the_root)
{
    EQ_STR(cleaned("a/b"), "a/b");
    EQ_STR(cleaned("./a//b/"), "a/b");
    EQ_STR(cleaned("/etc/passwd"), "etc/passwd");
    EQ_STR(cleaned("../../x"), "x");
    EQ_STR(cleaned("a/../../../x/./y/.."), "x");
    EQ_STR(cleaned(""), "");
    EQ_STR(cleaned("./"), "");
    EQ_STR(cleaned(".../..x/x.."), ".../..x/x..");
}

TEST(parents_and_last_names)
{
    char parent[PATH_MAX];
    struct place p;

    NEED(place_set(&p, "a/b/c", &err) == 0);
    EQ_STR(p.name, "c");
    place_parent(&p, parent);
    EQ_STR(parent, "/a/b");
    NEED(place_set(&p, "c", &err) == 0);
    EQ_STR(p.name, "c");
    place_parent(&p, parent);
    EQ_STR(parent, "/");
    NEED(place_set(&p, "..", &err) == 0);
    EQ_STR(p.name, "");
    place_parent(&p, parent);
    EQ_STR(parent, "/");
}

TEST(names_have_a_length)
{
    char name[PATH_MAX + 10];

    memset(name, 'a', sizeof name);
    name[NAME_MAX] = '\0';
    OK(cleaned(name) != NULL);
    name[NAME_MAX] = 'a';
    name[NAME_MAX + 1] = '\0';
    OK(!cleaned(name));
    for (size_t i = 0; i < sizeof name; i++)
        name[i] = i % 2 ? '/' : 'a';
    name[PATH_MAX - 2] = '\0';
    OK(cleaned(name) != NULL);
    name[PATH_MAX - 2] = 'a';
    name[PATH_MAX + 8] = '\0';
    OK(!cleaned(name));
}

TEST(whiteouts)
{
    const char *hidden = NULL;

    EQ_INT(whiteout_kind("file", &hidden), WHITEOUT_NONE);
    EQ_INT(whiteout_kind("x.wh.y", &hidden), WHITEOUT_NONE);
    EQ_INT(whiteout_kind(".wh.file", &hidden), WHITEOUT_NAME);
    EQ_STR(hidden, "file");
    EQ_INT(whiteout_kind(".wh..hidden", &hidden), WHITEOUT_NAME);
    EQ_STR(hidden, ".hidden");
    EQ_INT(whiteout_kind(".wh..wh..opq", &hidden), WHITEOUT_OPAQUE);
    EQ_INT(whiteout_kind(".wh.", &hidden), WHITEOUT_ODD);
    EQ_INT(whiteout_kind(".wh..", &hidden), WHITEOUT_ODD);
    EQ_INT(whiteout_kind(".wh...", &hidden), WHITEOUT_ODD);
    EQ_INT(whiteout_kind(".wh..wh.plnk", &hidden), WHITEOUT_ODD);
}

TEST(only_blobs_are_lent)
{
    char name[100] = "blobs/sha256/";

    OK(lend_may("index.json"));
    OK(lend_may("oci-layout"));
    OK(!lend_may("../index.json"));
    OK(!lend_may("blobs/sha256/../../index.json"));
    OK(!lend_may("/etc/passwd"));
    OK(!lend_may(""));
    memset(name + strlen(name), 'a', 64);
    OK(lend_may(name));
    name[20] = 'A';
    OK(!lend_may(name));
    name[20] = '/';
    OK(!lend_may(name));
}

/* ---- ids ---- */

TEST(ids_of_a_map)
{
    struct arena *a = fresh();
    struct ids ids = { 0 };
    enum ids_answer how;
    uint32_t id;

    NEED(ids_parse(a, "         0       1000          1\n         1     100000      65536\n", &ids, &err) == 0);
    OK(!ids.one);
    NEED(ids_take(&ids, 65536, "uid", "x", &id, &how, &err) == 0);
    EQ_INT(id, 65536);
    EQ_INT(how, IDS_SAME);
    OK(ids_take(&ids, 65537, "uid", "x", &id, &how, &err) < 0);
    EQ_STR(err.text, "x: uid 65537 is not among the 65537 ids that are mapped");
    OK(ids_take(&ids, -1, "gid", "x", &id, &how, &err) < 0);
    OK(ids_take(&ids, INT64_C(1) << 32, "gid", "x", &id, &how, &err) < 0);
    OK(ids_take(&ids, UINT32_MAX, "gid", "x", &id, &how, &err) < 0);
    ids.clamp = true;
    NEED(ids_take(&ids, INT64_C(1) << 40, "gid", "x", &id, &how, &err) == 0);
    EQ_INT(id, 65534);
    EQ_INT(how, IDS_CHANGED);
}

TEST(one_id_takes_all)
{
    struct arena *a = fresh();
    struct ids ids = { 0 };
    enum ids_answer how;
    uint32_t id;

    NEED(ids_parse(a, "7 1000 1\n", &ids, &err) == 0);
    OK(ids.one);
    NEED(ids_take(&ids, 0, "uid", "x", &id, &how, &err) == 0);
    EQ_INT(id, 7);
    EQ_INT(how, IDS_CHANGED);
    NEED(ids_take(&ids, 7, "uid", "x", &id, &how, &err) == 0);
    EQ_INT(how, IDS_SAME);
}

TEST(where_nobody_is_mapped_nothing_is_clamped)
{
    struct arena *a = fresh();
    struct ids ids = { .clamp = true };
    enum ids_answer how;
    uint32_t id;

    NEED(ids_parse(a, "0 1000 2\n", &ids, &err) == 0);
    OK(ids_take(&ids, 5, "uid", "x", &id, &how, &err) < 0);
    OK(strstr(err.hint, "65534") != NULL);
    OK(ids_parse(fresh(), "0 1000\n", &(struct ids){ 0 }, &err) < 0);
    OK(ids_parse(fresh(), "", &(struct ids){ 0 }, &err) < 0);
}

/* ---- users ---- */

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\nodd\nbad:x:a:b\napp:x:77:88::/:\n:x:5:5\nlast:x:9:9";
static const char group[] = "root:x:0:\nlog:x:5:app,root\nweb:x:6:x,app\napp:x:88:app\nodd:x:z:app\n";

TEST(users)
{
    struct user u;

    NEED(user_find(fresh(), "app", passwd, group, &u, &err) == 0);
    EQ_INT(u.uid, 77);
    EQ_INT(u.gid, 88);
    EQ_INT(u.groups.n, 2);
    NEED(user_find(fresh(), "last", passwd, group, &u, &err) == 0);
    EQ_INT(u.uid, 9);
    NEED(user_find(fresh(), "app:web", passwd, group, &u, &err) == 0);
    EQ_INT(u.gid, 6);
    EQ_INT(u.groups.n, 0);
    NEED(user_find(fresh(), "123", passwd, group, &u, &err) == 0);
    EQ_INT(u.uid, 123);
    EQ_INT(u.gid, 0);
    NEED(user_find(fresh(), "", "", "", &u, &err) == 0);
    EQ_INT(u.uid, 0);
    OK(user_find(fresh(), "bad", passwd, group, &u, &err) < 0);
    OK(user_find(fresh(), "odd", passwd, group, &u, &err) < 0);
    OK(user_find(fresh(), "0:odd", passwd, group, &u, &err) < 0);
    OK(user_find(fresh(), "4294967295", passwd, group, &u, &err) < 0);
}

/* ---- images ---- */

static const struct platform host = { .os = "linux", .architecture = "arm", .variant = "v7" };

#define ENTRY(more) "{\"digest\":\"sha256:x\",\"size\":1" more "}"
#define REF(tag) ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"" tag "\"}"
#define FOR(arch, variant) \
    ",\"platform\":{\"os\":\"linux\",\"architecture\":\"" arch "\",\"variant\":\"" variant "\"}"

/* Number of the manifest that is picked, or -1. */
static long picked(const char *entries, const char *tag)
{
    struct arena *a = fresh();
    const char *text = arena_printf(a, "{\"manifests\":[%s]}", entries);
    const struct descriptor *d;
    struct descriptors index;

    if (image_index(a, "i", text, strlen(text), &index, &err) < 0 ||
        image_pick(&index, "i", tag, &host, &d, &err) < 0)
        return -1;
    return d - index.v;
}

TEST(an_image_is_picked_by_its_tag)
{
    EQ_INT(picked(ENTRY(""), NULL), 0);
    EQ_INT(picked(ENTRY(REF("a")), NULL), 0);
    EQ_INT(picked(ENTRY(REF("a")) "," ENTRY(REF("b")), "b"), 1);
    EQ_INT(picked(ENTRY(REF("a")) "," ENTRY(REF("docker.io/library/b:c")), "b:c"), 1);
    EQ_INT(picked(ENTRY(REF("a")) "," ENTRY(REF("b")), NULL), -1);
    EQ_STR(err.hint, "name one by its tag behind a colon: a, b");
    EQ_INT(picked(ENTRY(REF("a")), "b"), -1);
    EQ_INT(picked("", NULL), -1);
}

TEST(an_image_is_picked_by_the_machine)
{
    EQ_INT(picked(ENTRY(FOR("amd64", "")) "," ENTRY(FOR("arm", "v6")) "," ENTRY(FOR("arm", "v7")), NULL), 2);
    EQ_INT(picked(ENTRY(FOR("arm", "v7")) "," ENTRY(FOR("arm", "v6")), NULL), 0);
    EQ_INT(picked(ENTRY(FOR("arm", "v6")) "," ENTRY(FOR("amd64", "")), NULL), 0);
    EQ_INT(picked(ENTRY(FOR("amd64", "")), NULL), -1);
    EQ_STR(err.text, "i: no image for linux/arm; there is linux/amd64");
}

TEST(machines_have_other_names)
{
    struct platform p;

    image_host("x86_64", &p);
    EQ_STR(p.architecture, "amd64");
    image_host("aarch64", &p);
    EQ_STR(p.architecture, "arm64");
    image_host("riscv64", &p);
    EQ_STR(p.architecture, "riscv64");
}

/* ---- table ---- */

TEST(a_table_finds_what_was_put_into_it)
{
    struct table t = { 0 };
    uint64_t wrong = 0;

    OK(!table_find(&t, 1, 2));
    for (uint64_t i = 0; i < 100000; i++)
        *table_at(&t, i, i << 40) = i + 1;
    for (uint64_t i = 0; i < 100000; i++) {
        const uint64_t *v = table_find(&t, i, i << 40);

        wrong += !v || *v != i + 1 || table_find(&t, i, (i << 40) + 1) != NULL;
    }
    EQ_INT(wrong, 0);
    EQ_INT(t.n, 100000);
    table_free(&t);
}
