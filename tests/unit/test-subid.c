#include "host/subid.h"

#include "tap.h"

static struct id_map ids;
static struct subid_notes notes;

/* The ranges as "start+count start+count". */
static const char *told(const struct id_map *m)
{
    static char text[8192];
    size_t n = 0;

    text[0] = '\0';
    for (size_t i = 0; i < m->n; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%u+%u", i ? " " : "", m->v[i].outside,
                              m->v[i].size);
    return text;
}

static const char *parse(struct arena *a, const char *text)
{
    ids = (struct id_map){ 0 };
    notes = (struct subid_notes){ 0 };
    subid_parse(a, text, strlen(text), "ann", 1000, 1000, &ids, &notes);
    return told(&ids);
}

TEST(takes_all_lines_by_name_and_by_number)
{
    struct arena *a = arena_new();

    EQ_STR(parse(a, "bob:1:5\nann:100000:65536\n1000:300000:10\nann:200000:7"),
           "100000+65536 300000+10 200000+7");
    EQ_STR(parse(a, "annie:100000:65536\nan:1:1\n10000:5:5\n"), "");
    EQ_STR(parse(a, ""), "");
    arena_free(a);
}

TEST(a_user_without_a_name_has_numeric_lines_only)
{
    struct arena *a = arena_new();

    ids = (struct id_map){ 0 };
    subid_parse(a, "ann:1:5\n1000:100:5\n:200:5\n", 26, NULL, 1000, 1000, &ids, &notes);
    EQ_STR(told(&ids), "100+5");
    arena_free(a);
}

TEST(merges_neighbours_and_keeps_the_order)
{
    struct arena *a = arena_new();

    EQ_STR(parse(a, "ann:100000:10\nann:100010:5\nann:99990:10\n"), "100000+15 99990+10");
    arena_free(a);
}

TEST(leaves_out_the_own_id_and_what_was_there_already)
{
    struct arena *a = arena_new();

    EQ_STR(parse(a, "ann:990:20\n"), "990+10 1001+9");
    EQ_STR(parse(a, "ann:1000:1\n"), "");
    EQ_STR(parse(a, "ann:1000:5\nann:996:5\n"), "1001+4 996+4");
    EQ_STR(parse(a, "ann:5000:10\nann:4995:20\n"), "5000+10 4995+5 5010+5");
    EQ_STR(parse(a, "ann:5000:10\nann:5000:10\n"), "5000+10");
    arena_free(a);
}

TEST(skips_and_notes_what_is_malformed)
{
    struct arena *a = arena_new();

    EQ_STR(parse(a, "\n# ann:1:1\nann:1\nann::5\nann:x:5\nann:7:-1\nann:5:5:5\nann:+9:9\n"), "");
    EQ_INT(notes.bad_line, 3);
    EQ_INT(notes.crlf_line, 0);
    EQ_STR(parse(a, "bob:x:5\nann:100000:5\n"), "100000+5");
    EQ_INT(notes.bad_line, 0);
    EQ_STR(parse(a, "bob:1:1\r\nann:100000:65536\r\n"), "");
    EQ_INT(notes.crlf_line, 2);
    EQ_STR(parse(a, "ann:100000:0\n"), "");
    arena_free(a);
}

TEST(knows_where_ids_end)
{
    struct arena *a = arena_new();

    EQ_STR(parse(a, "ann:4294967290:5\n"), "4294967290+5");
    EQ_INT(notes.overflow_line, 0);
    EQ_STR(parse(a, "ann:4294967290:6\n"), "");
    EQ_INT(notes.overflow_line, 1);
    EQ_STR(parse(a, "ann:4294967295:1\n"), "");
    EQ_STR(parse(a, "ann:1:18446744073709551615\n"), "");
    EQ_STR(parse(a, "ann:99999999999999999999999999:1\n"), "");
    EQ_STR(parse(a, "ann:3000000000:1000\n"), "3000000000+1000");
    arena_free(a);
}

TEST(stops_where_a_map_is_full)
{
    struct arena *a = arena_new();
    char text[16384];
    size_t n = 0;

    for (int i = 0; i < 500; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "ann:%d:1\n", 10000 + 2 * i);
    parse(a, text);
    EQ_INT(ids.n, SUBID_MAX);
    arena_free(a);
}

TEST(reads_the_output_of_getsubids)
{
    struct arena *a = arena_new();
    struct id_map got = { 0 };

    subid_parse_tool(a, "0: ann 100000 65536\n1: ann 300000 1000\nrubbish\n2: ann x 1\n", 1000,
                     &got);
    EQ_STR(told(&got), "100000+65536 300000+1000");
    arena_free(a);
}

TEST(cuts_ranges_to_the_own_map_and_splits_them_there)
{
    struct arena *a = arena_new();
    struct id_range ours_v[] = { { 0, 100000, 1000 }, { 1000, 200000, 64536 } };
    struct id_map ours = { ours_v, 2 };
    struct id_range ids_v[] = {
        { 0, 1, 999 }, { 0, 990, 20 }, { 0, 65000, 65536 }, { 0, 100000, 65536 }
    };
    struct id_map got = { ids_v, 4 };

    subid_within(a, &ours, &got);
    EQ_STR(told(&got), "1+999 990+10 1000+10 65000+536");
    arena_free(a);
}

TEST(reads_maps_of_the_kernel)
{
    struct arena *a = arena_new();
    struct id_map got = { 0 };

    subid_parse_map(a, "         0       1000          1\n         1     100000      65536\n",
                    &got);
    EQ_INT(got.n, 2);
    NEED(got.n == 2);
    EQ_INT(got.v[1].inside, 1);
    EQ_INT(got.v[1].outside, 100000);
    EQ_INT(got.v[1].size, 65536);
    got = (struct id_map){ 0 };
    subid_parse_map(a, "         0          0 4294967295\n", &got);
    NEED(got.n == 1);
    EQ_INT(got.v[0].size, UINT32_MAX);
    arena_free(a);
}

TEST(finds_a_passwd_line_by_uid)
{
    static const char text[] =
        "root:x:0:0:root:/root:/bin/sh\nbroken\nann:x:1000:100:Ann,,,:/home/a:\n"
        "late:x:1000:7::/:\n:x:5:5::/:\n";
    struct arena *a = arena_new();
    const char *name = NULL;
    uint32_t gid = 0;

    OK(subid_parse_passwd(a, text, 1000, &name, &gid));
    EQ_STR(name, "ann");
    EQ_INT(gid, 100);
    OK(!subid_parse_passwd(a, text, 5, &name, &gid));
    OK(!subid_parse_passwd(a, text, 1, &name, &gid));
    OK(!subid_parse_passwd(a, "", 0, &name, &gid));
    arena_free(a);
}

TEST(reads_nsswitch)
{
    static const char text[] = "# subid: ldap\npasswd:\t\tfiles systemd [NOTFOUND=return] sss # x\n"
                               "  subid : sss files\nshadow: files\n";

    OK(subid_parse_nsswitch(text, "subid", "files", true));
    OK(subid_parse_nsswitch(text, "passwd", "files systemd", false));
    OK(!subid_parse_nsswitch(text, "passwd", "files systemd sss", false));
    OK(!subid_parse_nsswitch(text, "passwd", "files", true));
    OK(!subid_parse_nsswitch(text, "shadow", "files", true));
    OK(!subid_parse_nsswitch(text, "group", "files", true));
    OK(!subid_parse_nsswitch("", "subid", "files", true));
}

TEST(judges_file_capabilities)
{
    /* cap_setuid=ep and cap_setuid=p as revision 2, cap_setuid=ep of uid 100000 as revision 3 */
    static const uint8_t ep[20] = { 1, 0, 0, 2, 0x80 }, p[20] = { 0, 0, 0, 2, 0x80 };
    static const uint8_t foreign[24] = { 1, 0, 0, 3, 0x80, [20] = 0xa0, 0x86, 1, 0 };
    const char *why = NULL;

    OK(subid_parse_file_caps(ep, sizeof ep, 7, &why));
    OK(!subid_parse_file_caps(ep, sizeof ep, 6, &why));
    OK(!subid_parse_file_caps(p, sizeof p, 7, &why));
    EQ_STR(why, "has file capabilities, but not the one that it needs");
    OK(!subid_parse_file_caps(foreign, sizeof foreign, 7, &why));
    EQ_STR(why, "has file capabilities of another user namespace");
    OK(!subid_parse_file_caps(ep, 0, 7, &why));
}
