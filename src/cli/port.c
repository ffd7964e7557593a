/* cli/port.c - the published ports of a container that runs. */
#include <string.h>

#include "cli/net.h"
#include "cli/out.h"
#include "net/publish.h"

enum format { FORMAT_TEXT, FORMAT_JSON };

static const struct name formats[] = {
    { "text", FORMAT_TEXT },
    { "json", FORMAT_JSON },
    { NULL, 0 },
};

struct port_options {
    int format;
};

/* clang-format off */
static const struct option_row options[] = {
    { "format", 'f', OPTION_WORD, offsetof(struct port_options, format), "WORD",
      "text or json (default: text)", GROUP_PLAIN, formats },
    { 0 },
};
/* clang-format on */

/* "tcp 127.0.0.1:8080 -> 80", then how its bytes go and how many there were. */
static void add_line(struct text *out, const struct net_port *p)
{
    bool six = strchr(p->host, ':') && *p->host != '/';

    text_printf(out, "%s %s%s%s", p->proto, six ? "[" : "", p->host, six ? "]" : "");
    if (*p->host != '/')
        text_printf(out, ":%u", p->host_port);
    text_add(out, " -> ");
    if (strstr(p->spec, "to="))
        text_printf(out, "%s:", p->to ? p->to : "?");
    text_printf(out, "%u  %s, %llu of %llu connections, %llu bytes in, %llu out\n", p->port,
                p->path ? p->path : "?", (unsigned long long)p->flows,
                (unsigned long long)p->flows_ever, (unsigned long long)p->bytes_in,
                (unsigned long long)p->bytes_out);
}

static int print(const struct port_options *o, const struct net_ports *ports, struct err *e)
{
    OWN_TEXT out = { 0 };

    if (o->format == FORMAT_JSON) {
        net_write_ports(&out, ports);
        text_add(&out, "\n");
    }
    for (size_t i = 0; o->format == FORMAT_TEXT && i < ports->n; i++)
        add_line(&out, &ports->v[i]);
    return out.n ? out_text(&out, e) : 0;
}

static const char *question(struct call *c, const char *word, const char *spec, struct err *e)
{
    OWN_TEXT text = { 0 };
    struct publish p;

    if (publish_parse(c->arena, spec, &p, e) < 0)
        return NULL;
    text_printf(&text, "%s ", word);
    publish_write(&text, &p);
    return arena_text(c->arena, text.s);
}

/* All are read before the first is sent. */
static int change(struct call *c, const struct container *x, const char *word,
                  struct net_ports *all, struct err *e)
{
    struct texts lines = { 0 };

    for (size_t i = 2; i < c->operands.n; i++) {
        const char *line = question(c, word, c->operands.v[i], e);

        if (!line)
            return -1;
        *LIST_ADD(c->arena, &lines) = line;
    }
    for (size_t i = 0; i < lines.n; i++) {
        struct net_ports some = { 0 };

        TRY(net_ask_ports(c, x, lines.v[i], &some, e));
        for (size_t k = 0; k < some.n; k++)
            *LIST_ADD(c->arena, all) = some.v[k];
    }
    return 0;
}

static int run(struct call *c, struct err *e)
{
    const char *verb = c->operands.n > 1 ? c->operands.v[1] : "list";
    bool add = strcmp(verb, "add") == 0;
    bool drop = strcmp(verb, "remove") == 0 || strcmp(verb, "rm") == 0;
    OWN_CONTAINER x = CONTAINER_NONE;
    struct net_ports ports = { 0 };

    if (!add && !drop && strcmp(verb, "list") != 0)
        return err_set(e, 0, "%s: wants list, add or remove", verb);
    if ((add || drop) && c->operands.n < 3)
        return err_set(e, 0, "%s: which port? [[ADDRESS:]HOST:]PORT[/udp]", verb);
    if (!add && !drop && c->operands.n > 2)
        return err_set(e, 0, "list: \"%s\" is too much", c->operands.v[2]);
    TRY(container_open(c, c->operands.v[0], false, &x, e));
    if (add || drop)
        TRY(change(c, &x, add ? "add" : "remove", &ports, e));
    else
        TRY(net_ask_ports(c, &x, "list", &ports, e));
    return print(c->options, &ports, e);
}

static const char *const examples[] = {
    "rcrun port web",
    "rcrun port web add 127.0.0.1:8080:80",
    NULL,
};

const struct command command_port = {
    .name = "port",
    .usage = "[OPTION...] ID [list | add SPEC... | remove SPEC...]",
    .sentence = "Prints or changes the published ports of a container that runs.",
    .line = "print or change published ports",
    .options = options,
    .size = sizeof(struct port_options),
    .least = 1,
    .most = SIZE_MAX,
    .operand = "container id",
    .examples = examples,
    .run = run,
};
