#include "base/json-load.h"

#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include "base/clean.h"
#include "tap.h"

/* ---- a struct with a member of every kind ---- */

struct inner {
    const char *name;
    uint32_t number;
};
struct keyed {
    const char *key;
    uint32_t value;
};
enum colour { RED, GREEN = 7 };
static const struct name colours[] = { { "red", RED }, { "green", GREEN }, { NULL, 0 } };

struct all {
    const char *text;
    bool flag;
    int number;
    uint32_t u32;
    uint64_t u64;
    int64_t i64;
    struct opt_bool opt_flag;
    struct opt_u32 opt_u32;
    struct opt_u64 opt_u64;
    struct opt_i64 opt_i64;
    struct opt_word word;
    enum colour colour;
    struct inner object;
    struct inner *part;
    struct dict dict;
    struct texts texts;
    struct {
        struct inner *v;
        size_t n;
        bool set;
    } list;
    struct {
        struct opt_word *v;
        size_t n;
    } words;
    struct {
        uint32_t *v;
        size_t n;
        bool set;
    } numbers;
    struct {
        struct keyed *v;
        size_t n;
    } keyed;
    struct inner pair[2];
    struct {
        uint32_t deep;
    } group;
};

#define T struct inner
static const struct json_field inner_fields[] = {
    J_MUST(T, "name", name),
    J(T, "number", number),
};
static const struct json_type inner_type = JSON_TYPE(T, inner_fields);
#undef T

#define T struct keyed
static const struct json_field keyed_fields[] = {
    J(T, "value", value),
};
static const struct json_type keyed_type = JSON_TYPE(T, keyed_fields);
#undef T

#define T struct all
static const struct json_field group_fields[] = {
    J(T, "deep", group.deep),
};
static const struct json_type group_type = JSON_TYPE(T, group_fields);
static const struct json_field all_fields[] = {
    J(T, "text", text),
    J(T, "flag", flag),
    J(T, "number", number),
    J(T, "u32", u32),
    J(T, "u64", u64),
    J(T, "i64", i64),
    J(T, "optFlag", opt_flag),
    J(T, "optU32", opt_u32),
    J(T, "optU64", opt_u64),
    J(T, "optI64", opt_i64),
    J_WORD(T, "word", word, colours),
    J_WORD(T, "colour", colour, colours),
    J_OBJECT(T, "object", object, inner),
    J_PART(T, "part", part, inner),
    J(T, "dict", dict),
    J(T, "texts", texts),
    J_LIST_SET(T, "list", list, inner),
    J_WORDS(T, "words", words, colours),
    J_NUMBERS_SET(T, "numbers", numbers),
    J_KEYED(T, "keyed", keyed, keyed),
    J_ARRAY(T, "pair", pair, inner),
    J_GROUP("group", group_type),
};
static const struct json_type all_type = JSON_TYPE(T, all_fields);
#undef T

/* ---- how it is asked ---- */

static struct arena *arena;
static struct all all;
static struct err err;

static int load_bytes(const char *text, size_t n)
{
    arena_free(arena);
    arena = arena_new();
    all = (struct all){ 0 };
    err = (struct err){ 0 };
    return json_load(arena, "f", text, n, &all_type, &all, &err);
}

/* Single quotes stand for double ones. */
static int load(const char *text)
{
    static char copy[4000];
    size_t n = strlen(text);

    memcpy(copy, text, n + 1);
    for (size_t i = 0; i < n; i++)
        if (copy[i] == '\'')
            copy[i] = '"';
    return load_bytes(copy, n);
}

static const char *why(const char *text)
{
    return load(text) < 0 ? err.text : "";
}

/* ---- what is taken ---- */

TEST(fills_every_kind_of_member)
{
    EQ_INT(load("{'text':'a','flag':true,'number':-5,'u32':4294967295,"
                "'u64':18446744073709551615,'i64':-9223372036854775808,"
                "'optFlag':false,'optU32':0,'optU64':0,'optI64':-1,'word':'green',"
                "'colour':'green','object':{'name':'o'},'part':{'name':'p','number':3},"
                "'dict':{'k':'v','l':''},'texts':['x','y'],'list':[{'name':'n'}],"
                "'words':['red','green'],'numbers':[1,2],'keyed':{'eth0':{'value':9},'b':{}},"
                "'pair':[{'name':'1'},{'name':'2'}],'group':{'deep':4}}"),
           0);
    EQ_STR(err.text, "");
    EQ_STR(all.text, "a");
    OK(all.flag);
    EQ_INT(all.number, -5);
    OK(all.u32 == UINT32_MAX);
    OK(all.u64 == UINT64_MAX);
    OK(all.i64 == INT64_MIN);
    OK(all.opt_flag.set && !all.opt_flag.value);
    OK(all.opt_u32.set && all.opt_u64.set && all.opt_i64.set);
    EQ_INT(all.opt_i64.value, -1);
    EQ_INT(all.word.value, GREEN);
    EQ_STR(all.word.text, "green");
    EQ_INT(all.colour, GREEN);
    EQ_STR(all.object.name, "o");
    EQ_STR(all.part->name, "p");
    EQ_INT(all.part->number, 3);
    EQ_INT(all.dict.n, 2);
    EQ_STR(all.dict.v[0].key, "k");
    EQ_STR(all.dict.v[1].value, "");
    EQ_INT(all.texts.n, 2);
    EQ_STR(all.texts.v[1], "y");
    OK(all.texts.set);
    EQ_STR(all.list.v[0].name, "n");
    OK(all.list.set);
    EQ_INT(all.words.v[1].value, GREEN);
    EQ_INT(all.numbers.v[1], 2);
    EQ_STR(all.keyed.v[0].key, "eth0");
    EQ_INT(all.keyed.v[0].value, 9);
    EQ_STR(all.keyed.v[1].key, "b");
    EQ_STR(all.pair[1].name, "2");
    EQ_INT(all.group.deep, 4);
}

TEST(absent_members_and_null_leave_everything_unset)
{
    EQ_INT(load("{'text':null,'flag':null,'u32':null,'optU32':null,'word':null,'part':null,"
                "'dict':null,'texts':null,'list':null,'keyed':null}"),
           0);
    OK(!all.text && !all.opt_u32.set && !all.word.set && !all.part && !all.texts.set);
    EQ_INT(load("{}"), 0);
    OK(!all.part && !all.opt_flag.set && all.dict.n == 0);
}

TEST(an_empty_list_is_told_from_none)
{
    EQ_INT(load("{'texts':[],'list':[],'numbers':[]}"), 0);
    OK(all.texts.set && all.list.set && all.numbers.set);
    EQ_INT(all.texts.n, 0);
}

TEST(skips_unknown_members_of_any_shape)
{
    EQ_INT(load("{'x':{'y':[1,2.5e9,{'z':null}],'name':3},'object':{'q':[[]],'name':'o'},"
                "'keyed':{'k':{'other':{}}},'text':'t'}"),
           0);
    EQ_STR(all.object.name, "o");
    EQ_STR(all.text, "t");
}

TEST(decodes_escapes)
{
    EQ_INT(load("{'text':'\\u0041\\n\\\"\\\\\\/\\ud83d\\ude00\\u00e4'}"), 0);
    EQ_STR(all.text, "A\n\"\\/\xf0\x9f\x98\x80\xc3\xa4");
    EQ_INT(load("{'te\\u0078t':'same key'}"), 0);
    EQ_STR(all.text, "same key");
    EQ_INT(load("{'text':'\xf0\x9f\x98\x80 \xef\xbf\xbf'}"), 0);
}

TEST(strings_do_not_need_the_text_any_more)
{
    char text[] = "{\"text\":\"stays\",\"dict\":{\"key\":\"value\"}}";

    EQ_INT(load_bytes(text, strlen(text)), 0);
    memset(text, '#', sizeof text);
    EQ_STR(all.text, "stays");
    EQ_STR(all.dict.v[0].key, "key");
    EQ_STR(all.dict.v[0].value, "value");
}

/* ---- what is refused, and where ---- */

TEST(a_wrong_type_names_path_and_place)
{
    EQ_STR(why("{\n 'list': [{'name':'a'},\n  {'name':'b', 'number': 'x'}]}"),
           "f:3:26: list[1].number: wants a number from 0 to 4294967295, found a string");
    EQ_STR(why("{'text':1}"), "f:1:9: text: wants a string, found a number");
    EQ_STR(why("{'text':['a']}"), "f:1:9: text: wants a string, found a list");
    EQ_STR(why("{'flag':'true'}"), "f:1:9: flag: wants true or false, found a string");
    EQ_STR(why("{'flag':0}"), "f:1:9: flag: wants true or false, found a number");
    EQ_STR(why("{'texts':'a'}"), "f:1:10: texts: wants a list, found a string");
    EQ_STR(why("{'texts':{}}"), "f:1:10: texts: wants a list, found an object");
    EQ_STR(why("{'texts':['a',true]}"), "f:1:15: texts[1]: wants a string, found true");
    EQ_STR(why("{'part':[]}"), "f:1:9: part: wants an object, found a list");
    EQ_STR(why("{'part':'x'}"), "f:1:9: part: wants an object, found a string");
    EQ_STR(why("{'dict':{'a.b':1}}"), "f:1:16: dict[\"a.b\"]: wants a string, found a number");
    EQ_STR(why("{'keyed':{'eth0':{'value':false}}}"),
           "f:1:27: keyed.eth0.value: wants a number from 0 to 4294967295, found false");
    EQ_STR(why("{'keyed':{'eth0':3}}"), "f:1:18: keyed.eth0: wants an object, found a number");
    EQ_STR(why("{'object':false}"), "f:1:11: object: wants an object, found false");
    EQ_STR(why("[]"), "f:1:1: wants an object, found a list");
    EQ_STR(why(" 'x' "), "f:1:2: wants an object, found a string");
    EQ_STR(why("null"), "f:1:1: wants an object, found null");
}

TEST(null_is_no_element_and_no_required_member)
{
    EQ_STR(why("{'texts':['a',null]}"), "f:1:15: texts[1]: wants a string, found null");
    EQ_STR(why("{'dict':{'a':null}}"), "f:1:14: dict.a: wants a string, found null");
    EQ_STR(why("{'list':[null]}"), "f:1:10: list[0]: wants an object, found null");
    EQ_STR(why("{'keyed':{'a':null}}"), "f:1:15: keyed.a: wants an object, found null");
    EQ_STR(why("{'part':{'name':null}}"), "f:1:17: part.name: wants a string, found null");
}

TEST(a_missing_member_is_named)
{
    EQ_STR(why("{'part':{'number':1}}"), "f:1:9: part.name: is missing");
    EQ_STR(why("{'list':[{'name':'a'},{}]}"), "f:1:23: list[1].name: is missing");
}

TEST(numbers_must_be_whole_and_fit)
{
    EQ_STR(why("{'u32':1.0}"), "f:1:8: u32: wants a whole number, found 1.0");
    EQ_STR(why("{'u32':1e3}"), "f:1:8: u32: wants a whole number, found 1e3");
    EQ_STR(why("{'u64':1e400}"), "f:1:8: u64: wants a whole number, found 1e400");
    EQ_STR(why("{'u32':-1}"), "f:1:8: u32: wants a number from 0 to 4294967295, found -1");
    EQ_STR(why("{'u32':-0}"), "f:1:8: u32: wants a number from 0 to 4294967295, found -0");
    EQ_STR(why("{'optU32':4294967296}"),
           "f:1:11: optU32: wants a number from 0 to 4294967295, found 4294967296");
    EQ_STR(why("{'u64':18446744073709551616}"),
           "f:1:8: u64: wants a number from 0 to 18446744073709551615, "
           "found 18446744073709551616");
    EQ_STR(why("{'i64':9223372036854775808}"),
           "f:1:8: i64: wants a number from -9223372036854775808 to 9223372036854775807, "
           "found 9223372036854775808");
    EQ_STR(why("{'optI64':-9223372036854775809}"),
           "f:1:11: optI64: wants a number from -9223372036854775808 to 9223372036854775807, "
           "found -9223372036854775809");
    EQ_STR(why("{'number':2147483648}"), "f:1:11: number: wants a number from -2147483648 to "
                                         "2147483647, found 2147483648");
    EQ_INT(load("{'number':-2147483648,'u64':0,'i64':9223372036854775807}"), 0);
    EQ_INT(load("{'u32':1234567890123456789012345678901234567890}"), -1);
    EQ_INT(load("{'u32':01}"), -1);
    EQ_INT(load("{'u32':+1}"), -1);
    EQ_INT(load("{'u32':0x10}"), -1);
}

TEST(an_unknown_word_gets_a_hint)
{
    EQ_STR(why("{'word':'gren'}"), "f:1:9: word: unknown value \"gren\"");
    EQ_STR(err.hint, "did you mean green?");
    EQ_STR(why("{'words':['red','purple']}"), "f:1:17: words[1]: unknown value \"purple\"");
    EQ_STR(err.hint, "known values: red, green");
    EQ_STR(why("{'colour':''}"), "f:1:11: colour: unknown value \"\"");
    EQ_STR(why("{'colour':3}"), "f:1:11: colour: wants a string, found a number");
}

TEST(refuses_a_key_given_twice)
{
    EQ_STR(why("{'text':'a','text':'b'}"), "f:1:13: text: is given twice");
    EQ_STR(why("{'text':'a','t\\u0065xt':null}"), "f:1:13: text: is given twice");
    EQ_STR(why("{'object':{'name':'a','name':'a'}}"), "f:1:23: object.name: is given twice");
    EQ_STR(why("{'x':1,'y':2,'x':1}"), "f:1:14: x: is given twice");
    EQ_STR(why("{'x':[0,{'y':1,'z':{},'y':2}]}"), "f:1:23: x[1].y: is given twice");
    EQ_STR(why("{'dict':{'a':'1','b':'2','a':'1'}}"), "f:1:26: dict.a: is given twice");
    EQ_STR(why("{'keyed':{'a':{},'a':{}}}"), "f:1:18: keyed.a: is given twice");
    /* The same key in different objects is not. */
    EQ_INT(load("{'x':{'y':{'x':1}},'y':{'x':2,'y':3}}"), 0);
}

TEST(a_fixed_array_has_its_length)
{
    EQ_STR(why("{'pair':[{'name':'a'}]}"), "f:1:9: pair: wants 2 elements, found 1");
    EQ_STR(why("{'pair':[{'name':'a'},{'name':'b'},{'name':'c'}]}"),
           "f:1:9: pair: wants 2 elements, found 3");
}

TEST(refuses_what_is_no_text_in_utf8)
{
    EQ_STR(why("\xef\xbb\xbf{}"), "f:1:1: starts with a byte order mark; save it as UTF-8 "
                                  "without one");
    EQ_STR(why("{'text':'a\x80'}"), "f:1:11: text: bytes that are not UTF-8");
    EQ_STR(why("{'text':'\xc3'}"), "f:1:10: text: bytes that are not UTF-8");
    EQ_INT(load("{'text':'\xc0\xaf'}"), -1);         /* overlong */
    EQ_INT(load("{'text':'\xe0\x80\xaf'}"), -1);     /* overlong */
    EQ_INT(load("{'text':'\xf0\x80\x80\xaf'}"), -1); /* overlong */
    EQ_INT(load("{'text':'\xed\xa0\x80'}"), -1);     /* a surrogate */
    EQ_INT(load("{'text':'\xf4\x90\x80\x80'}"), -1); /* above U+10FFFF */
    EQ_INT(load("{'text':'\xff'}"), -1);
    EQ_INT(load("{'x\xff':1}"), -1);
    EQ_STR(why("{'text':'a\nb'}"), "f:1:11: text: a control character in a string");
    EQ_STR(why("{'text':'a\x01'}"), "f:1:11: text: a control character");
    EQ_STR(why("{'text':\v'a'}"), "f:1:9: text: a control character");
    EQ_INT(load_bytes("{\"text\":\"a\0b\"}", 14), -1);
    EQ_STR(err.text, "f:1:11: text: a control character");
}

TEST(refuses_half_a_surrogate_pair)
{
    EQ_STR(why("{'text':'\\ud800'}"), "f:1:10: text: half of a surrogate pair");
    EQ_STR(why("{'text':'\\udc00'}"), "f:1:10: text: half of a surrogate pair");
    EQ_STR(why("{'text':'\\ud800\\u0041'}"), "f:1:10: text: half of a surrogate pair");
    EQ_STR(why("{'text':'\\ud800x'}"), "f:1:10: text: half of a surrogate pair");
    EQ_STR(why("{'x':'\\uDBFF\\uDBFF'}"), "f:1:7: x: half of a surrogate pair");
    EQ_INT(load("{'text':'\\\\ud800'}"), 0);
    EQ_STR(all.text, "\\ud800");
}

TEST(refuses_nul_in_every_string)
{
    EQ_STR(why("{'text':'a\\u0000b'}"), "f:1:11: text: a string holds a NUL character");
    EQ_STR(why("{'texts':['a','\\u0000']}"), "f:1:16: texts[0]: a string holds a NUL character");
    EQ_STR(why("{'unknown':'\\u0000'}"), "f:1:13: unknown: a string holds a NUL character");
    EQ_STR(why("{'k\\u0000':1}"), "f:1:4: a string holds a NUL character");
    EQ_INT(load("{'text':'\\\\u0000'}"), 0);
}

TEST(syntax_errors_name_the_place)
{
    EQ_STR(why(""), "f:1:1: is empty, wants a JSON object");
    EQ_STR(why(" \n\t"), "f:1:1: is empty, wants a JSON object");
    EQ_STR(why("{'text':'a'"), "f:1:12: text: the text ends too early");
    EQ_STR(why("{'text':'a"), "f:1:11: text: the text ends too early");
    EQ_STR(why("{'part':{'name':tr"), "f:1:19: part.name: the text ends too early");
    EQ_STR(why("{} {}"), "f:1:4: there is more behind the end");
    EQ_STR(why("{'text':'a'\n 'flag':true}"), "f:2:3: text: wants a comma or }");
    EQ_STR(why("{'text':'a',\n}"), "f:2:1: text: wants a key in double quotes");
    EQ_STR(why("{'texts':['a' 'b']}"), "f:1:17: texts[0]: wants a comma or ]");
    EQ_STR(why("{'texts':['a',]}"), "f:1:15: texts[0]: wants a value");
    EQ_STR(why("{'text' 'a'}"), "f:1:11: text: wants a colon behind the key");
    EQ_STR(why("{/* c */}"), "f:1:2: comments are not allowed");
    EQ_STR(why("{'text':'\\x'}"), "f:1:10: text: no such escape");
    EQ_STR(why("{'text':nul}"), "f:1:11: text: this is no JSON");
    EQ_INT(load("{'text':NaN}"), -1);
    EQ_INT(load("{'text'"), -1);
    EQ_INT(load("{]"), -1);
}

TEST(nesting_is_bounded)
{
    OWN_TEXT text = { 0 };

    text_add(&text, "{\"x\":");
    for (int i = 0; i < JSON_DEPTH - 1; i++)
        text_add(&text, "[");
    for (int i = 0; i < JSON_DEPTH - 1; i++)
        text_add(&text, "]");
    text_add(&text, "}");
    EQ_INT(load_bytes(text.s, text.n), 0);

    text_free(&text);
    text_add(&text, "{\"x\":");
    for (int i = 0; i < 200000; i++)
        text_add(&text, "[");
    EQ_INT(load_bytes(text.s, text.n), -1);
    OK(strstr(err.text, "is nested deeper than 64 levels"));
    EQ_INT(strncmp(err.text, "f:1:69: x[0][0]", 15), 0);
}

TEST(size_is_bounded)
{
    size_t n = JSON_TEXT_MAX + 1;
    OWN_MEM text = malloc(n + 1);

    memset(text, ' ', n);
    memcpy(text, "{}", 2);
    text[n] = '\0';
    EQ_INT(load_bytes(text, n), -1);
    EQ_STR(err.text, "f: is larger than 4194304 bytes");
    text[n - 1] = '\0';
    EQ_INT(load_bytes(text, n - 1), 0);
}

/* ---- speed: by powers, not by per cents ---- */

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

TEST(many_keys_and_many_strings_are_no_trouble)
{
    OWN_TEXT text = { 0 };
    double begin;

    text_add(&text, "{\"dict\":{");
    for (int i = 0; i < 100000; i++)
        text_printf(&text, "%s\"key%d\":\"v\"", i ? "," : "", (i * 7919) % 100000);
    text_add(&text, "},\"x\":{");
    for (int i = 0; i < 100000; i++)
        text_printf(&text, "%s\"key%d\":0", i ? "," : "", i);
    text_add(&text, "}}");
    begin = seconds();
    EQ_INT(load_bytes(text.s, text.n), 0);
    EQ_INT(all.dict.n, 100000);
    OK(seconds() - begin < 2);

    text_free(&text);
    text_add(&text, "{\"texts\":[");
    for (int i = 0; i < 20000; i++)
        text_printf(&text, "%s\"V%d=\\\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\\\"\"",
                    i ? "," : "", i);
    text_add(&text, "]}");
    begin = seconds();
    EQ_INT(load_bytes(text.s, text.n), 0);
    EQ_INT(all.texts.n, 20000);
    OK(seconds() - begin < 2);
}

/* ---- json_locate, json_place ---- */

static const char *place(const char *text, const char *path, bool want)
{
    static char where[40];
    unsigned line, column;

    if (json_locate(text, strlen(text), path, &line, &column) != want)
        return "found is wrong";
    snprintf(where, sizeof where, "%u:%u", line, column);
    return where;
}

TEST(locates_a_path_in_the_text)
{
    static const char text[] =
        "{ \"mounts\": [\n  {\"a\": \"x\", \"options\": [\"ro\", \"r\\\"w\"] },\n"
        "  {\"b\": {\"c\": [1, 2.5e3, [true, {}], null]}}\n ],\n"
        " \"d.e\": {\"\\\"q\": 1} }";

    EQ_STR(place(text, "mounts", true), "1:13");
    EQ_STR(place(text, "mounts[0]", true), "2:3");
    EQ_STR(place(text, "mounts[0].options[1]", true), "2:32");
    EQ_STR(place(text, "mounts[1].b.c[2][1]", true), "3:33");
    EQ_STR(place(text, "mounts[1].b.c[3]: and more", true), "3:38");
    EQ_STR(place(text, "[\"d.e\"]", true), "5:9");
    EQ_STR(place(text, "[\"d.e\"][\"\\\"q\"]", true), "5:17");
    EQ_STR(place(text, "mounts[1].b.x.y", false), "3:9");
    EQ_STR(place(text, "mounts[7].options", false), "1:13");
    EQ_STR(place(text, "nothing", false), "1:1");
    EQ_STR(place(text, "", true), "1:1");
}

TEST(locating_survives_rubbish)
{
    static const char *const texts[] = { "",  "{",         "{\"a\"", "{\"a\":",
                                         "[", "[1,",       "\"",     "{\"a\":\"\\",
                                         "]", "{\"a\":[}", "{]]]]",  "{\"a\" 1" };

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        NE_STR(place(texts[i], "a[0].b", false), "found is wrong");
}

TEST(places_an_error)
{
    static const char text[] = "{\n \"process\": {\"cwd\": \"x\"}}";
    struct err e = { .text = "process.cwd: wants an absolute path", .hint = "keep me" };

    json_place(&e, "config.json", text, strlen(text));
    EQ_STR(e.text, "config.json:2:21: process.cwd: wants an absolute path");
    EQ_STR(e.hint, "keep me");
}
