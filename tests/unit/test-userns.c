/* The words of --userns, and the note beside a root directory. */
#include "spec/userns.h"

#include <string.h>

#include "tap.h"

static struct err err;

static int parse(const char *text, struct userns *u)
{
    static struct arena *arena;

    arena_free(arena);
    arena = arena_new();
    err = (struct err){ 0 };
    return userns_parse(arena, text, u, &err);
}

TEST(words)
{
    struct userns u;

    NEED(parse("default", &u) == 0);
    EQ_INT(u.kind, USERNS_DEFAULT);
    NEED(parse("single", &u) == 0);
    EQ_INT(u.kind, USERNS_SINGLE);
    NEED(parse("keep-id", &u) == 0);
    EQ_INT(u.kind, USERNS_KEEP_ID);
    OK(!u.uid.set && !u.gid.set);
}

TEST(ids_in_any_order_and_each_alone)
{
    struct userns u;

    NEED(parse("keep-id:uid=1,gid=4294967294", &u) == 0);
    OK(u.uid.set && u.gid.set);
    EQ_INT(u.uid.value, 1);
    EQ_INT(u.gid.value, 4294967294u);
    NEED(parse("keep-id:gid=7,uid=0", &u) == 0);
    EQ_INT(u.uid.value, 0);
    EQ_INT(u.gid.value, 7);
    NEED(parse("keep-id:gid=7", &u) == 0);
    OK(!u.uid.set && u.gid.set);
}

TEST(what_is_refused)
{
    static const char *const bad[] = {
        "",
        "host",
        "Default",
        "keep-id ",
        "keep-id:",
        "keep-id:uid",
        "keep-id:uid=",
        "keep-id:uid=-1",
        "keep-id:uid=+1",
        "keep-id:uid= 1",
        "keep-id:uid=1,",
        "keep-id:uid=1,,gid=1",
        "keep-id:uid=1,uid=2",
        "keep-id:uid=4294967295",
        "keep-id:uid=4294967296",
        "keep-id:size=3",
        "default:uid=1",
        "single:",
        "keep-id,uid=1",
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct userns u;

        OK(parse(bad[i], &u) == -1);
        OK(strstr(err.text, bad[i]) == err.text);
    }
}

TEST(words_come_back)
{
    static const char *const good[] = { "default", "single", "keep-id", "keep-id:uid=3",
                                        "keep-id:gid=4", "keep-id:uid=3,gid=4" };
    struct arena *a = arena_new();

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct userns u;

        NEED(userns_parse(a, good[i], &u, &err) == 0);
        EQ_STR(userns_text(a, &u), good[i]);
    }
    arena_free(a);
}

TEST(the_note_is_one_line_that_reads_back)
{
    const struct map_record r = { USERNS_KEEP_ID, 1000, 100, 100000, 200000 };
    struct arena *a = arena_new();
    struct text t = { 0 };
    struct map_record back;

    map_record_write(&t, &r);
    EQ_STR(t.s, "{\"map\":\"keep-id\",\"uid\":1000,\"gid\":100,\"base\":100000,\"gbase\":200000}\n");
    NEED(map_record_load(a, "f", t.s, t.n, &back, &err) == 0);
    OK(memcmp(&r, &back, sizeof r) == 0);
    text_free(&t);
    EQ_INT(map_record_load(a, "f", "{}", 2, &back, &err), -1);
    OK(strstr(err.text, "map"));
    EQ_INT(map_record_load(a, "f", "{\"map\":\"x\"}", 11, &back, &err), -1);
    arena_free(a);
}
