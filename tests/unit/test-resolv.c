#include "net/resolv.h"

#include "tap.h"

/* What was understood, as "servers | search | options". */
static const char *told(struct arena *a, const char *text, size_t n)
{
    static char line[8192];
    struct resolv r;
    char ip[IP_TEXT_MAX];
    size_t at = 0;

    resolv_parse(a, text, n, &r);
    line[0] = '\0';
    for (size_t i = 0; i < r.n; i++)
        at += (size_t)snprintf(line + at, sizeof line - at, "%s%s", i ? " " : "",
                               ip_text(&r.servers[i], ip));
    at += (size_t)snprintf(line + at, sizeof line - at, "|");
    for (size_t i = 0; i < r.search.n; i++)
        at += (size_t)snprintf(line + at, sizeof line - at, "%s%s", i ? " " : "", r.search.v[i]);
    at += (size_t)snprintf(line + at, sizeof line - at, "|");
    for (size_t i = 0; i < r.options.n; i++)
        at += (size_t)snprintf(line + at, sizeof line - at, "%s%s", i ? " " : "", r.options.v[i]);
    EQ_INT(r.port, 0);
    EQ_INT(r.search.set, r.search.n > 0);
    EQ_INT(r.options.set, r.options.n > 0);
    return line;
}

static const struct {
    const char *text, *want;
} table[] = {
    { "", "||" },
    { "\n\n", "||" },
    { "nameserver 192.0.2.1\n", "192.0.2.1||" },
    { "nameserver 192.0.2.1", "192.0.2.1||" },
    { "nameserver\t192.0.2.1\n", "192.0.2.1||" },
    { "nameserver  \t 192.0.2.1 \t rest of it\n", "192.0.2.1||" },
    { "nameserver 192.0.2.1 # here\n", "192.0.2.1||" },
    { "nameserver 192.0.2.1#here\nnameserver 192.0.2.2;\n", "||" },
    { "nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch .\n", "127.0.0.53|.|edns0 trust-ad" },
    { "nameserver 10.255.255.254\r\nsearch one two\r\n", "10.255.255.254|one two|" },
    { "nameserver 1.1.1.1\nnameserver 2606:4700::1111\nnameserver 1.1.1.1\n",
      "1.1.1.1 2606:4700::1111 1.1.1.1||" },
    { "nameserver ::1\nnameserver ::ffff:1.2.3.4\nnameserver ::\n", "::1 ::ffff:1.2.3.4 ::||" },
    /* A zone is an interface of the host. */
    { "nameserver fe80::1%eth0\nnameserver fe80::2\nnameserver fe80::1%\n", "fe80::2||" },
    /* The old forms of addresses. */
    { "nameserver 127.1\nnameserver 0x7f000001\nnameserver 0\nnameserver 010.0.0.1\n",
      "127.0.0.1 127.0.0.1 0.0.0.0 8.0.0.1||" },
    { "nameserver 256.1.1.1\nnameserver 1.2.3.4.5\nnameserver x\nnameserver [::1]\n", "||" },
    { "nameserver 1.2.3.4:53\nnameserver 1.2.3.0/24\nnameserver -1\nnameserver +1\n", "||" },
    { "nameserver\nnameserver \nnameserver \t\n", "||" },
    { "nameserver1.1.1.1\nnameservers 1.1.1.1\nNameserver 1.1.1.1\n nameserver 1.1.1.1\n", "||" },
    { "# nameserver 1.1.1.1\n; nameserver 1.1.1.1\n#\n;\n", "||" },
    { "nameserver 1::1\nnameserver 1::2\nnameserver 1::3\nnameserver 1::4\nnameserver 1::5\n"
      "nameserver 1::6\nnameserver 1::7\nnameserver 1::8\nnameserver 1::9\n",
      "1::1 1::2 1::3 1::4 1::5 1::6 1::7 1::8||" },
    /* The last one of search and domain that says something. */
    { "search a b\nsearch c\n", "|c|" },
    { "domain a\nsearch b c\n", "|b c|" },
    { "search b c\ndomain a x\n", "|a|" },
    { "search a b\nsearch\nsearch \t \ndomain \n", "|a b|" },
    { "search \ta\t\tb \n", "|a b|" },
    { "search a b c d e f g h\n", "|a b c d e f g h|" },
    { "searching a\ndomains b\n search c\n", "||" },
    /* All options count. */
    { "options ndots:5\noptions rotate timeout:1\noptions \n", "||ndots:5 rotate timeout:1" },
    { "options inet6 what-is:this\nsortlist 10.0.0.0\nlookup file\n", "||inet6 what-is:this" },
};

TEST(understands_what_glibc_understands)
{
    struct arena *a = arena_new();

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        EQ_STR(told(a, table[i].text, strlen(table[i].text)), table[i].want);
    arena_free(a);
}

TEST(ends_a_line_at_a_nul)
{
    static const char text[] = "search a\0b c\nnameserver 1.1.1.1\0\nname\0server 2.2.2.2\n\0\n"
                               "options x\0";
    struct arena *a = arena_new();

    EQ_STR(told(a, text, sizeof text), "1.1.1.1|a|x");
    arena_free(a);
}

TEST(keeps_long_lines_whole)
{
    static const char text[] = "options x\nsearch ";
    struct arena *a = arena_new();
    char *long_text = arena_get(a, 5000);
    struct resolv r;
    size_t n = sizeof text - 1;

    memcpy(long_text, text, n);
    for (size_t i = 0; i < 40; i++)
        n += (size_t)snprintf(long_text + n, 5000 - n, "%0100zu ", i);
    resolv_parse(a, long_text, n, &r);
    EQ_INT(r.search.n, 40);
    EQ_INT(strlen(r.search.v[39]), 100);
    EQ_INT(r.options.n, 1);
    arena_free(a);
}

/* ---- the other way ---- */

static struct ip ip(const char *s)
{
    struct ip out = { 0 };

    OK(ip_parse(s, &out));
    return out;
}

#define WORDS(...)                                                                                 \
    {                                                                                              \
        (const char *[]){ __VA_ARGS__ }, sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *), \
            true                                                                                   \
    }

TEST(writes_one_server_for_each_family)
{
    const struct ip servers[] = { ip("10.0.2.3"), ip("fd00::3"), { 0 } };
    struct texts search = WORDS("example.org", "corp.example"), options = WORDS("ndots:2", "edns0");
    struct texts none = { 0 };
    struct text out = { 0 };

    resolv_write(&out, servers, 1, &none, &none);
    EQ_STR(out.s, "nameserver 10.0.2.3\n");
    text_free(&out);
    out = (struct text){ 0 };
    resolv_write(&out, servers, 3, &search, &options);
    EQ_STR(out.s, "nameserver 10.0.2.3\nnameserver fd00::3\nsearch example.org corp.example\n"
                  "options ndots:2 edns0\n");
    text_free(&out);
    out = (struct text){ 0 };
    resolv_write(&out, servers, 0, &none, &none);
    EQ_STR(out.s, "");
    text_free(&out);
}

TEST(leaves_rotate_out_as_an_option_only)
{
    const struct ip server = ip("10.0.2.3");
    struct texts search = WORDS("rotate"), some = WORDS("rotate", "trust-ad", "rotate", "edns0");
    struct texts alone = WORDS("rotate"), none = { 0 };
    struct text out = { 0 };

    resolv_write(&out, &server, 1, &search, &some);
    EQ_STR(out.s, "nameserver 10.0.2.3\nsearch rotate\noptions trust-ad edns0\n");
    text_free(&out);
    out = (struct text){ 0 };
    resolv_write(&out, &server, 1, &none, &alone);
    EQ_STR(out.s, "nameserver 10.0.2.3\n");
    text_free(&out);
}

TEST(adds_no_line_by_a_word)
{
    const struct ip server = ip("10.0.2.3");
    struct texts search = WORDS("a\nnameserver 6.6.6.6", "", "b c", "d\te", "good", "\x7f", "f\r");
    struct texts none = { 0 };
    struct text out = { 0 };

    resolv_write(&out, &server, 1, &search, &none);
    EQ_STR(out.s, "nameserver 10.0.2.3\nsearch good\n");
    text_free(&out);
}

TEST(reads_what_it_writes)
{
    static const char text[] = "nameserver 127.0.0.53\nnameserver fd00::1\nsearch a b c\n"
                               "options edns0 trust-ad ndots:3\n";
    struct arena *a = arena_new();
    struct text out = { 0 };
    struct resolv r;

    resolv_parse(a, text, strlen(text), &r);
    resolv_write(&out, r.servers, r.n, &r.search, &r.options);
    EQ_STR(out.s, text);
    text_free(&out);
    arena_free(a);
}
