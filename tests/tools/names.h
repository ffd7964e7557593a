/* names.h - answers questions for a name, as a name server does (RFC 1035). */
#pragma once
#include <arpa/inet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Turns a question into its answer, in place; the new length, or 0 when it was none.  word is
 * NAME=ADDRESS. */
static size_t name_answer(unsigned char *p, size_t n, const char *word)
{
    const char *to = strchr(word, '=') + 1;
    size_t length = strchr(to, ':') ? 16 : 4;
    unsigned char type = length == 16 ? 28 : 1;
    unsigned char head[] = { 0xc0, 12, 0, type, 0, 1, 0, 0, 0, 1, 0, (unsigned char)length };
    char asked[256] = "";
    size_t at = 12;
    bool known;

    for (size_t used = 0; at < n && p[at] != 0; at += p[at] + 1u) {
        if (at + p[at] >= n || used + p[at] + 2u > sizeof asked)
            return 0;
        used += (size_t)snprintf(asked + used, sizeof asked - used, "%s%.*s", used ? "." : "", p[at],
                                 (const char *)p + at + 1);
    }
    if (at + 5 > n)
        return 0;
    known = strlen(asked) == (size_t)(to - 1 - word) && strncasecmp(asked, word, strlen(asked)) == 0;
    p[2] = (unsigned char)(0x80 | (p[2] & 1));
    p[3] = known ? 0x80 : 0x83;
    memset(p + 6, 0, 6);
    n = at + 5;
    if (known && p[at + 2] == type) {
        p[7] = 1;
        memcpy(p + n, head, sizeof head);
        inet_pton(length == 16 ? AF_INET6 : AF_INET, to, p + n + sizeof head);
        n += sizeof head + length;
    }
    return n;
}
