#include "base/json-write.h"

#include "base/clean.h"
#include "tap.h"

static struct text text;
static struct json_out out;

static void start(bool pretty)
{
    text_free(&text);
    json_start(&out, &text, pretty);
}

static const char *ended(void)
{
    json_end(&out);
    return text.s;
}

TEST(writes_compact)
{
    start(false);
    json_open(&out, '{');
    json_key(&out, "a");
    json_i64(&out, -1);
    json_key(&out, "b");
    json_open(&out, '[');
    json_bool(&out, true);
    json_bool(&out, false);
    json_text(&out, NULL);
    json_text(&out, "x");
    json_open(&out, '{');
    json_close(&out);
    json_open(&out, '[');
    json_close(&out);
    json_close(&out);
    json_key(&out, "c");
    json_u64(&out, UINT64_MAX);
    json_close(&out);
    EQ_STR(ended(), "{\"a\":-1,\"b\":[true,false,null,\"x\",{},[]],\"c\":18446744073709551615}\n");
}

TEST(writes_pretty)
{
    start(true);
    json_open(&out, '{');
    json_key(&out, "a");
    json_open(&out, '[');
    json_text(&out, "x");
    json_text(&out, "y");
    json_close(&out);
    json_key(&out, "b");
    json_open(&out, '{');
    json_close(&out);
    json_close(&out);
    EQ_STR(ended(), "{\n  \"a\": [\n    \"x\",\n    \"y\"\n  ],\n  \"b\": {}\n}\n");
}

TEST(escapes_strings)
{
    start(false);
    json_text(&out, "\"\\/\n\t\x01\x7f\xc3\xa4\xf0\x9f\x98\x80");
    EQ_STR(ended(), "\"\\\"\\\\/\\n\\t\\u0001\\u007f\xc3\xa4\xf0\x9f\x98\x80\"\n");
}

TEST(replaces_what_is_no_utf8)
{
    start(false);
    json_text(&out, "a\xff\xc3(\xed\xa0\x80\xc3");
    EQ_STR(ended(), "\"a\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                    "\xef\xbf\xbd\"\n");
}

TEST(writes_lists_of_words)
{
    static const struct name names[] = { { "one", 1 }, { "two", 2 }, { NULL, 0 } };
    const char *words[] = { "a", "b" };

    start(false);
    json_open(&out, '[');
    json_names(&out, names);
    json_texts(&out, &(struct texts){ words, 2, true });
    json_texts(&out, &(struct texts){ 0 });
    json_close(&out);
    EQ_STR(ended(), "[[\"one\",\"two\"],[\"a\",\"b\"],[]]\n");
}

/* ---- by tables ---- */

struct point {
    const char *key;
    int x;
    struct opt_u32 y;
};
enum colour { RED, GREEN };
static const struct name colours[] = { { "red", RED }, { "green", GREEN }, { NULL, 0 } };

struct shape {
    const char *name;
    bool is_round;
    uint32_t sides;
    struct opt_bool filled;
    enum colour colour;
    struct opt_word border;
    struct texts tags;
    struct dict notes;
    struct point centre;
    struct point *origin;
    struct {
        struct point *v;
        size_t n;
    } points;
    struct {
        struct point *v;
        size_t n;
    } named;
    struct point ends[2];
    struct {
        uint64_t *v;
        size_t n;
        bool set;
    } numbers;
};

#define T struct point
static const struct json_field point_fields[] = {
    J_MUST(T, "x", x),
    J(T, "y", y),
};
static const struct json_type point_type = JSON_TYPE(T, point_fields);
#undef T

#define T struct shape
static const struct json_field shape_fields[] = {
    J_MUST(T, "name", name),
    J(T, "isRound", is_round),
    J(T, "sides", sides),
    J(T, "filled", filled),
    J_WORD(T, "colour", colour, colours),
    J_WORD(T, "border", border, colours),
    J(T, "tags", tags),
    J(T, "notes", notes),
    J_OBJECT(T, "centre", centre, point),
    J_PART(T, "origin", origin, point),
    J_LIST(T, "points", points, point),
    J_KEYED(T, "named", named, point),
    J_ARRAY(T, "ends", ends, point),
    J_NUMBERS_SET(T, "numbers", numbers),
};
static const struct json_type shape_type = JSON_TYPE(T, shape_fields);
#undef T

static const char *write_shape(const struct shape *shape)
{
    start(false);
    json_write(&out, &shape_type, shape);
    return ended();
}

TEST(absent_members_are_not_written)
{
    struct shape shape = { .name = "s" };

    EQ_STR(write_shape(&shape),
           "{\"name\":\"s\",\"centre\":{\"x\":0},\"ends\":[{\"x\":0},{\"x\":0}]}\n");
    shape.tags.set = true;
    shape.filled.set = true;
    shape.numbers.set = true;
    EQ_STR(write_shape(&shape), "{\"name\":\"s\",\"filled\":false,\"tags\":[],"
                                "\"centre\":{\"x\":0},\"ends\":[{\"x\":0},{\"x\":0}],"
                                "\"numbers\":[]}\n");
}

TEST(what_is_written_loads_as_the_same)
{
    static const char all[] =
        "{\"name\":\"\xc3\xa4 \\\"\",\"isRound\":true,\"sides\":4294967295,\"filled\":true,"
        "\"colour\":\"green\",\"border\":\"red\",\"tags\":[\"a\",\"\"],"
        "\"notes\":{\"k\":\"v\",\"\":\"w\"},\"centre\":{\"x\":-3,\"y\":0},"
        "\"origin\":{\"x\":7},\"points\":[{\"x\":1},{\"x\":2,\"y\":4294967295}],"
        "\"named\":{\"p\":{\"x\":5},\"q.r\":{\"x\":6}},\"ends\":[{\"x\":8},{\"x\":9}],"
        "\"numbers\":[18446744073709551615,0]}\n";
    struct arena *a = arena_new();
    struct shape shape = { 0 };
    struct err e = { 0 };

    EQ_INT(json_load(a, "f", all, strlen(all), &shape_type, &shape, &e), 0);
    EQ_STR(e.text, "");
    EQ_STR(write_shape(&shape), all);
    arena_free(a);
}
