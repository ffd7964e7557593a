#include "rules.h"

#include "place.h"

static bool fits_port(const struct net_rule *rule, int port)
{
    if (port == RULES_NO_PORT)
        return rule->first_port == 0 && rule->last_port == 65535;
    return port >= rule->first_port && port <= rule->last_port;
}

static struct net_rule *denies(const struct net_rules *rules, const struct ip *to, int port)
{
    for (size_t i = 0; i < rules->n; i++)
        if (fits_port(&rules->v[i], port) && ip_in(to, &rules->v[i].to))
            return rules->v[i].allow ? NULL : &rules->v[i];
    return NULL;
}

struct net_rule *rules_deny(const struct net_rules *rules, const struct ip *to, int port)
{
    struct net_rule *rule = denies(rules, to, port);
    struct ip inner;

    if (!rule && rules->n && to->family == AF_INET6 && place_inner(to->bytes, &inner))
        rule = denies(rules, &inner, port);
    return rule;
}

bool rules_allow_loopback(const struct net_rules *ports, uint16_t port)
{
    for (size_t i = 0; i < ports->n; i++)
        if (fits_port(&ports->v[i], port))
            return ports->v[i].allow;
    return ports->n == 0;
}
