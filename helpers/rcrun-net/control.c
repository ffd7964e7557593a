#include "control.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/file.h"
#include "base/json-write.h"
#include "engine.h"
#include "ports.h"

static void open_answer(struct json_out *j, struct text *out)
{
    json_start(j, out, false);
    json_open(j, '{');
}

static void close_answer(struct json_out *j)
{
    json_close(j);
    json_end(j);
}

static void tell_error(struct text *out, const struct err *e)
{
    struct json_out j;

    open_answer(&j, out);
    json_key(&j, "error");
    json_text(&j, e->text);
    if (e->hint[0]) {
        json_key(&j, "hint");
        json_text(&j, e->hint);
    }
    close_answer(&j);
}

static void add_text(struct json_out *j, const char *key, const char *value)
{
    json_key(j, key);
    json_text(j, value);
}

static void add_number(struct json_out *j, const char *key, uint64_t value)
{
    json_key(j, key);
    json_u64(j, value);
}

static void add_bool(struct json_out *j, const char *key, bool value)
{
    json_key(j, key);
    json_bool(j, value);
}

static void add_ip(struct json_out *j, const struct ip *ip)
{
    char text[IP_TEXT_MAX];

    if (ip->family)
        json_text(j, ip_text(ip, text));
}

/* ---- ports --------------------------------------------------------------------------------- */

static void add_port(struct keeper *k, struct json_out *j, const struct port *p)
{
    const struct listener *l = &p->l;
    struct listener_count count = { 0 };
    char address[IP_TEXT_MAX];

    if (l->way == WAY_SPLICE)
        worker_count(k, l->number, &count);
    json_open(j, '{');
    add_text(j, "proto", l->udp ? "udp" : "tcp");
    add_text(j, "host", p->path ? p->path : ip_text(&l->host, address));
    add_number(j, "host_port", l->host_port);
    add_text(j, "to", ip_text(&l->to, address));
    add_number(j, "port", l->port);
    add_text(j, "path", p->path ? "unix" : l->way == WAY_SPLICE ? "splice" : "slirp");
    add_text(j, "spec", p->spec);
    add_number(j, "flows", count.flows);
    add_number(j, "flows_ever", count.flows_ever);
    add_number(j, "bytes_in", count.bytes_in);
    add_number(j, "bytes_out", count.bytes_out);
    json_close(j);
}

/* Those of a specification; p NULL: all. */
static void tell_ports(struct keeper *k, const struct publish *p, const char *words,
                       struct text *out)
{
    struct json_out j;

    open_answer(&j, out);
    json_key(&j, "ports");
    json_open(&j, '[');
    for (size_t i = 0; i < k->ports_n; i++)
        if (!p || port_is_of(&k->ports[i], p, words))
            add_port(k, &j, &k->ports[i]);
    json_close(&j);
    close_answer(&j);
}

static int change_ports(struct keeper *k, struct arena *a, const char *spec, bool add,
                        struct text *out, struct err *e)
{
    struct publish p = { 0 };
    OWN_TEXT words = { 0 };

    TRY(publish_parse(a, spec, &p, e));
    publish_write(&words, &p);
    if (add)
        TRY(ports_publish(k, &p, e));
    tell_ports(k, &p, words.s, out);
    for (size_t i = k->ports_n; !add && i-- > 0;)
        if (port_is_of(&k->ports[i], &p, words.s))
            ports_remove(k, i);
    return 0;
}

/* ---- status -------------------------------------------------------------------------------- */

static void add_family(struct json_out *j, const struct net_family *f)
{
    char address[IP_TEXT_MAX], text[IP_TEXT_MAX + 4];

    if (!f->on)
        return;
    snprintf(text, sizeof text, "%s/%u", ip_text(&f->guest, address), f->prefix.bits);
    json_text(j, text);
}

static void add_addresses(struct json_out *j, const struct keeper *k)
{
    json_key(j, "addresses");
    json_open(j, '[');
    add_family(j, &k->net.v4);
    add_family(j, &k->net.v6);
    json_close(j);
    json_key(j, "gateways");
    json_open(j, '[');
    if (!k->net.internal) {
        add_ip(j, &k->net.v4.gateway);
        add_ip(j, &k->net.v6.gateway);
    }
    json_close(j);
    json_key(j, "dns");
    json_open(j, '[');
    if (!k->net.internal) {
        add_ip(j, &k->net.v4.dns);
        add_ip(j, &k->net.v6.dns);
    }
    json_close(j);
    json_key(j, "resolvers");
    json_open(j, '[');
    for (size_t i = 0; i < k->resolvers.n; i++)
        add_ip(j, &k->resolvers.servers[i]);
    json_close(j);
}

static void add_counters(struct json_out *j, struct keeper *k)
{
    static const char *const names[] = {
#define COUNTER(name, text) #name,
#include "counters.def"
#undef COUNTER
    };
    struct counters counters = { { 0 } };
    unsigned flows = 0;

    worker_counters(k, &counters, &flows);
    add_number(j, "flows", flows);
    json_key(j, "counters");
    json_open(j, '{');
    for (size_t i = 0; i < COUNTERS; i++)
        add_number(j, names[i], counters.v[i]);
    json_close(j);
}

/* The n-th number of a file of procfs, counted from 1 behind its last ')'; 0 = none. */
static uint64_t proc_number(pid_t pid, const char *file, unsigned n)
{
    char path[40], text[1024];
    char *at;
    uint64_t value = 0;

    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    if (file_read_small(AT_FDCWD, path, text, sizeof text) < 0)
        return 0;
    at = strrchr(text, ')');
    at = at ? at + 2 : text;
    while (--n)
        at += strcspn(at, " ") + 1;
    at[strcspn(at, " \n")] = '\0';
    text_u64(at, &value);
    return value;
}

/* Fields 14 and 15 of stat are the 12th and 13th behind the name. */
static void add_use(struct json_out *j, const struct keeper *k)
{
    const pid_t all[] = { getpid(), k->worker, k->mint };
    uint64_t ticks = 0, pages = 0;

    for (size_t i = 0; i < COUNT_OF(all); i++) {
        if (!all[i])
            continue;
        ticks += proc_number(all[i], "stat", 12) + proc_number(all[i], "stat", 13);
        pages += proc_number(all[i], "statm", 2);
    }
    add_number(j, "cpu_ms", ticks * 1000 / (uint64_t)sysconf(_SC_CLK_TCK));
    add_number(j, "rss", pages * (uint64_t)sysconf(_SC_PAGESIZE));
}

static void tell_status(struct keeper *k, struct text *out)
{
    const unsigned char *m = k->net.guest_mac;
    struct json_out j;
    char mac[18];

    snprintf(mac, sizeof mac, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
    open_answer(&j, out);
    add_text(&j, "status", k->link >= 0 ? "up" : "down");
    if (k->link < 0)
        add_text(&j, "reason", k->reason);
    add_number(&j, "pid", (uint64_t)getpid());
    add_number(&j, "worker", (uint64_t)k->worker);
    add_number(&j, "mint", (uint64_t)k->mint);
    add_number(&j, "restarts", k->restarts);
    add_text(&j, "started", k->started);
    add_text(&j, "mode", k->net.internal ? "internal" : "slirp");
    if (k->tap >= 0) {
        add_text(&j, "interface", k->device);
        add_text(&j, "mac", mac);
        add_number(&j, "mtu", k->net.mtu);
        add_bool(&j, "offload", k->net.offload);
    }
    add_addresses(&j, k);
    add_bool(&j, "host_loopback", k->net.host_loopback);
    add_text(&j, "library", engine_version());
    add_counters(&j, k);
    add_use(&j, k);
    close_answer(&j);
}

/* ---- the questions ------------------------------------------------------------------------- */

static int answer(struct keeper *k, struct arena *a, const char *line, struct text *out,
                  struct err *e)
{
    if (strcmp(line, "list") == 0)
        tell_ports(k, NULL, NULL, out);
    else if (strcmp(line, "status") == 0)
        tell_status(k, out);
    else if (text_starts(line, "add "))
        return change_ports(k, a, line + 4, true, out, e);
    else if (text_starts(line, "remove "))
        return change_ports(k, a, line + 7, false, out, e);
    else if (strcmp(line, "stop") == 0)
        text_add(out, "{}\n");
    else
        return err_set(e, 0, "unknown question \"%.100s\"", line);
    return 0;
}

void control_answer(void *of, const char *line, struct text *out)
{
    struct keeper *k = of;
    struct arena *a = arena_new();
    struct err e = { 0 };

    if (answer(k, a, line, out, &e) < 0)
        tell_error(out, &e);
    else if (strcmp(line, "stop") == 0)
        worker_stop(k);
    arena_free(a);
}
