/* plan/net-files.c - resolv.conf, hosts and hostname of a container whose network rcrun makes. */
#include <linux/mount.h>
#include <string.h>

#include "net/resolv.h"
#include "plan/make.h"

/* The config mounts the file itself, or the folder: then that is what was asked for. */
static bool is_mounted(struct maker *m, const char *target)
{
    for (size_t i = 0; i < m->spec->mounts.n; i++) {
        const struct mount_read *r = &m->mounts[i];

        if (r->skip || (!text_is(r->target, target) && !text_is(r->target, "/etc")))
            continue;
        plan_note(m, "%s stays as %s has it", target, r->why);
        return true;
    }
    return false;
}

static const char *resolv_text(struct maker *m)
{
    const struct facts *f = m->f;
    OWN_TEXT text = { 0 };
    struct ip servers[2];
    size_t n = 0;

    if (m->net.v4.dns.family)
        servers[n++] = m->net.v4.dns;
    if (m->net.v6.dns.family)
        servers[n++] = m->net.v6.dns;
    resolv_write(&text, servers, n, m->net.search.n ? &m->net.search : &f->net.search,
                 m->net.options.n ? &m->net.options : &f->net.options);
    return arena_text(m->a, text.s ? text.s : "");
}

static void add_host(struct text *out, const struct ip *ip, const char *names)
{
    char text[IP_TEXT_MAX];

    if (ip->family)
        text_printf(out, "%s\t%s\n", ip_text(ip, text), names);
}

static const char *hosts_text(struct maker *m)
{
    const struct network *n = &m->net;
    const char *name = m->spec->hostname && *m->spec->hostname ? m->spec->hostname : NULL;
    const char *own = !name || text_is(name, m->o->id)
                          ? m->o->id
                          : arena_printf(m->a, "%s %s", name, m->o->id);
    const struct ip *gateway = n->v4.gateway.family ? &n->v4.gateway : &n->v6.gateway;
    OWN_TEXT text = { 0 };

    text_add(&text, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
    add_host(&text, &n->v4.guest, own);
    add_host(&text, &n->v6.guest, own);
    if (n->host_loopback)
        add_host(&text, gateway, "host.rcrun.internal host.containers.internal");
    for (size_t i = 0; i < n->hosts.n; i++) {
        const char *colon = strchr(n->hosts.v[i], ':');
        const char *host = arena_copy(m->a, n->hosts.v[i], (size_t)(colon - n->hosts.v[i]));
        struct ip ip;

        add_host(&text, ip_parse(colon + 1, &ip) ? &ip : gateway, host);
    }
    return arena_text(m->a, text.s);
}

void plan_net_files(struct maker *m)
{
    struct step_net_files s = { 0 };

    if (!m->makes_net)
        return;
    if (plan_net_has_resolver(m) && !is_mounted(m, "/etc/resolv.conf"))
        s.resolv = resolv_text(m);
    if (!m->net.no_hosts && !is_mounted(m, "/etc/hosts"))
        s.hosts = hosts_text(m);
    s.image_hosts = s.hosts && m->net.image_hosts;
    if (!m->net.no_hostname && m->spec->hostname && *m->spec->hostname &&
        !is_mounted(m, "/etc/hostname"))
        s.hostname = arena_printf(m->a, "%s\n", m->spec->hostname);
    if (!s.resolv && !s.hosts && !s.hostname)
        return;
    if (m->spec->root->readonly)
        s.change.set = MOUNT_ATTR_RDONLY;
    plan_default_propagation(m, &s.change);
    *ADD(m, net_files, INIT, m->net_why) = s;
}
