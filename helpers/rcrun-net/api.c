#include "api.h"

#include <string.h>

#include "base/json-load.h"
#include "base/json-write.h"
#include "ports.h"

/* ---- requests ------------------------------------------------------------------------------ */

struct api_arguments {
    const char *proto, *host_addr, *guest_addr;
    uint32_t host_port, guest_port, id;
};

struct api_request {
    const char *execute;
    struct api_arguments arguments;
};

#define T struct api_arguments
static const struct json_field argument_fields[] = {
    J(T, "proto", proto),
    J(T, "host_addr", host_addr),
    J(T, "host_port", host_port),
    J(T, "guest_addr", guest_addr),
    J(T, "guest_port", guest_port),
    J(T, "id", id),
};
static const struct json_type api_arguments_type = JSON_TYPE(T, argument_fields);
#undef T

#define T struct api_request
static const struct json_field request_fields[] = {
    J_MUST(T, "execute", execute),
    J_OBJECT(T, "arguments", arguments, api_arguments),
};
static const struct json_type request_type = JSON_TYPE(T, request_fields);
#undef T

static int port_number(const char *name, uint32_t given, uint16_t *out, struct err *e)
{
    if (given < 1 || given > UINT16_MAX)
        return err_set(e, 0, "bad request: arguments.%s is not from 1 to 65535", name);
    *out = (uint16_t)given;
    return 0;
}

static int address(const char *name, const char *given, struct ip *out, struct err *e)
{
    if (!given || !*given)
        return 0;
    if (!ip_parse(given, out))
        return err_set(e, 0, "bad request: arguments.%s \"%s\" is no address", name, given);
    return 0;
}

static int to_publish(const struct api_arguments *g, struct publish *p, struct err *e)
{
    bool tcp = g->proto && strcmp(g->proto, "tcp") == 0;
    bool udp = g->proto && strcmp(g->proto, "udp") == 0;

    if (!tcp && !udp)
        return err_set(e, 0, "bad request: arguments.proto is neither tcp nor udp");
    p->udp = udp;
    ip_parse("0.0.0.0", &p->host);
    TRY(address("host_addr", g->host_addr, &p->host, e));
    TRY(address("guest_addr", g->guest_addr, &p->to, e));
    TRY(port_number("host_port", g->host_port, &p->host_first, e));
    TRY(port_number("guest_port", g->guest_port, &p->first, e));
    p->host_last = p->host_first;
    p->last = p->first;
    return 0;
}

/* ---- answers ------------------------------------------------------------------------------- */

static void tell_error(struct json_out *j, const struct err *e)
{
    json_key(j, "error");
    json_open(j, '{');
    json_key(j, "desc");
    json_text(j, e->text);
    json_close(j);
}

static void open_return(struct json_out *j)
{
    json_key(j, "return");
    json_open(j, '{');
}

static int add(struct keeper *k, const struct api_arguments *g, struct json_out *j, struct err *e)
{
    struct publish p = { 0 };
    size_t before = k->ports_n;

    TRY(to_publish(g, &p, e));
    TRY(ports_publish(k, &p, e));
    /* Who asks twice for the same has a right to one only. */
    if (k->ports_n == before)
        return err_set(e, 0, "bad request: the port is forwarded already");
    open_return(j);
    json_key(j, "id");
    json_u64(j, k->ports[before].l.number);
    json_close(j);
    return 0;
}

static void add_entry(struct json_out *j, const struct listener *l)
{
    char text[IP_TEXT_MAX];

    json_open(j, '{');
    json_key(j, "id");
    json_u64(j, l->number);
    json_key(j, "proto");
    json_text(j, l->udp ? "udp" : "tcp");
    json_key(j, "host_addr");
    json_text(j, ip_text(&l->host, text));
    json_key(j, "host_port");
    json_u64(j, l->host_port);
    json_key(j, "guest_addr");
    json_text(j, ip_text(&l->to, text));
    json_key(j, "guest_port");
    json_u64(j, l->port);
    json_close(j);
}

static void list(const struct keeper *k, struct json_out *j)
{
    open_return(j);
    json_key(j, "entries");
    json_open(j, '[');
    for (size_t i = 0; i < k->ports_n; i++)
        if (!k->ports[i].path)
            add_entry(j, &k->ports[i].l);
    json_close(j);
    json_close(j);
}

static int remove_port(struct keeper *k, const struct api_arguments *g, struct json_out *j,
                       struct err *e)
{
    for (size_t i = 0; i < k->ports_n; i++)
        if (g->id && k->ports[i].l.number == g->id) {
            ports_remove(k, i);
            open_return(j);
            json_close(j);
            return 0;
        }
    return err_set(e, 0, "bad request: arguments.id is not known");
}

static int answer(struct keeper *k, struct arena *a, const char *text, struct json_out *j,
                  struct err *e)
{
    struct api_request r = { 0 };

    if (json_load(a, "request", text, strlen(text), &request_type, &r, e) < 0)
        return err_ctx(e, "bad request");
    if (strcmp(r.execute, "add_hostfwd") == 0)
        return add(k, &r.arguments, j, e);
    if (strcmp(r.execute, "remove_hostfwd") == 0)
        return remove_port(k, &r.arguments, j, e);
    if (strcmp(r.execute, "list_hostfwd") != 0)
        return err_set(e, 0, "bad request: unknown execute \"%.100s\"", r.execute);
    list(k, j);
    return 0;
}

void api_answer(void *of, const char *request, struct text *out)
{
    struct arena *a = arena_new();
    struct json_out j;
    struct err e = { 0 };

    json_start(&j, out, false);
    json_open(&j, '{');
    if (answer(of, a, request, &j, &e) < 0)
        tell_error(&j, &e);
    json_close(&j);
    arena_free(a);
}
