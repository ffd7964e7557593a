#include "net/rule.h"

#include <string.h>

static bool parse_port(const char *s, size_t n, uint16_t *out)
{
    char text[6];
    uint32_t port;

    if (n >= sizeof text)
        return false;
    memcpy(text, s, n);
    text[n] = '\0';
    if (!text_u32(text, &port) || port == 0 || port > UINT16_MAX)
        return false;
    *out = (uint16_t)port;
    return true;
}

bool rule_parse_ports(const char *s, size_t n, uint16_t *first, uint16_t *last)
{
    const char *dash = memchr(s, '-', n);
    size_t head = dash ? (size_t)(dash - s) : n;

    if (!parse_port(s, head, first))
        return false;
    *last = *first;
    return !dash || (parse_port(dash + 1, n - head - 1, last) && *first <= *last);
}

bool rule_parse(const char *s, struct ip_prefix *to, uint16_t *first, uint16_t *last)
{
    const char *colon = strrchr(s, ':');
    char cidr[IP_TEXT_MAX + 4];
    size_t n = strlen(s);

    *first = 0;
    *last = UINT16_MAX;
    if (*s == '[') {
        const char *end = strchr(++s, ']');

        if (!end || (end[1] && end[1] != ':'))
            return false;
        n = (size_t)(end - s);
        colon = end[1] ? end + 1 : NULL;
    } else if (colon && strchr(s, ':') == colon) {
        n = (size_t)(colon - s);
    } else {
        colon = NULL;
    }
    if (n >= sizeof cidr || (colon && !rule_parse_ports(colon + 1, strlen(colon + 1), first, last)))
        return false;
    memcpy(cidr, s, n);
    cidr[n] = '\0';
    return ip_parse_prefix(cidr, to);
}
