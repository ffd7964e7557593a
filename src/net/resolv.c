#include "net/resolv.h"

#include <arpa/inet.h>
#include <string.h>

/* A piece of the text: a line, or a word of it. */
struct piece {
    const char *s;
    size_t n;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* glibc reads lines as strings: what stands behind a NUL is not seen.  It takes no line that ends
 * as on Windows; such a file is meant as it looks, so here the end is cut. */
static struct piece next_line(struct piece *rest)
{
    const char *end = memchr(rest->s, '\n', rest->n);
    struct piece line = { rest->s, end ? (size_t)(end - rest->s) : rest->n };
    size_t used = end ? line.n + 1 : line.n;
    const char *nul = memchr(line.s, '\0', line.n);

    rest->s += used;
    rest->n -= used;
    if (nul)
        line.n = (size_t)(nul - line.s);
    else if (line.n > 0 && line.s[line.n - 1] == '\r')
        line.n--;
    return line;
}

/* n is 0 when none is left. */
static struct piece next_word(struct piece *line)
{
    struct piece word;

    while (line->n > 0 && is_blank(*line->s)) {
        line->s++;
        line->n--;
    }
    word = (struct piece){ line->s, 0 };
    while (word.n < line->n && !is_blank(line->s[word.n]))
        word.n++;
    line->s += word.n;
    line->n -= word.n;
    return word;
}

/* Does the line begin with this word and a blank?  Then what follows is in it. */
static bool takes(struct piece *line, const char *keyword)
{
    size_t n = strlen(keyword);

    if (line->n <= n || memcmp(line->s, keyword, n) != 0 || !is_blank(line->s[n]))
        return false;
    line->s += n;
    line->n -= n;
    return true;
}

/* Also the old forms of IPv4, as 127.1: inet_aton(3) without what it would take behind a blank. */
static bool parse_server(const char *s, struct ip *out)
{
    struct ip v4 = { .family = AF_INET };

    if (ip_parse(s, out))
        return true;
    if (s[strspn(s, "0123456789abcdefABCDEFxX.")] != '\0' || !inet_aton(s, &v4.v4))
        return false;
    *out = v4;
    return true;
}

static void add_server(struct piece line, struct resolv *out)
{
    char text[IP_TEXT_MAX + 1];
    struct piece word = next_word(&line);

    if (word.n == 0 || word.n >= sizeof text || out->n == RESOLV_SERVERS_MAX)
        return;
    memcpy(text, word.s, word.n);
    text[word.n] = '\0';
    if (parse_server(text, &out->servers[out->n]))
        out->n++;
}

/* At most `most` words of the line. */
static void add_words(struct arena *a, struct piece line, size_t most, struct texts *out)
{
    for (; most > 0; most--) {
        struct piece word = next_word(&line);

        if (word.n == 0)
            break;
        *LIST_ADD(a, out) = arena_copy(a, word.s, word.n);
    }
    out->set = out->n > 0;
}

void resolv_parse(struct arena *a, const char *text, size_t n, struct resolv *out)
{
    struct piece rest = { text, n };

    *out = (struct resolv){ 0 };
    while (rest.n > 0) {
        struct piece line = next_line(&rest);
        struct texts search = { 0 };

        if (takes(&line, "nameserver"))
            add_server(line, out);
        else if (takes(&line, "options"))
            add_words(a, line, SIZE_MAX, &out->options);
        else if (takes(&line, "search"))
            add_words(a, line, SIZE_MAX, &search);
        else if (takes(&line, "domain"))
            add_words(a, line, 1, &search);
        if (search.set)
            out->search = search;
    }
}

/* Nobody shall add a line by a word. */
static bool is_word(const char *s)
{
    if (*s == '\0')
        return false;
    for (; *s; s++)
        if ((unsigned char)*s <= ' ' || *s == 0x7f)
            return false;
    return true;
}

static void write_words(struct text *out, const char *keyword, const struct texts *words,
                        const char *but)
{
    bool begun = false;

    for (size_t i = 0; i < words->n; i++) {
        if (!is_word(words->v[i]) || text_is(words->v[i], but))
            continue;
        text_printf(out, "%s %s", begun ? "" : keyword, words->v[i]);
        begun = true;
    }
    if (begun)
        text_add(out, "\n");
}

void resolv_write(struct text *out, const struct ip *servers, size_t n, const struct texts *search,
                  const struct texts *options)
{
    char text[IP_TEXT_MAX];

    text_add(out, "");
    for (size_t i = 0; i < n; i++)
        if (servers[i].family)
            text_printf(out, "nameserver %s\n", ip_text(&servers[i], text));
    write_words(out, "search", search, NULL);
    /* All servers are one relay, which knows the order of those of the host. */
    write_words(out, "options", options, "rotate");
}
