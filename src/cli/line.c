#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clean.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/out.h"
#include "cli/version.h"

/* clang-format off */
static const struct name log_formats[] = {
    { "text", LOG_TEXT }, { "json", LOG_JSON }, { NULL, 0 },
};
static const struct name log_levels[] = {
    { "error", LOG_ERROR }, { "warning", LOG_WARNING }, { "info", LOG_INFO },
    { "debug", LOG_DEBUG }, { NULL, 0 },
};
static const struct name managers[] = {
    { "cgroupfs", CGROUPFS }, { "systemd", CGROUP_SYSTEMD }, { "disabled", CGROUP_DISABLED },
    { NULL, 0 },
};
const struct name rootless_words[] = {
    { "true", ROOTLESS_TRUE }, { "false", ROOTLESS_FALSE }, { "auto", ROOTLESS_AUTO }, { NULL, 0 },
};

#define AT(member) offsetof(struct global, member)
const struct option_row global_options[] = {
    { "debug", 0, OPTION_FLAG, AT(debug), NULL,
      "log everything; the same as --log-level debug", GROUP_PLAIN, NULL },
    { "log", 0, OPTION_TEXT, AT(log), "FILE",
      "append the log to FILE", GROUP_PLAIN, NULL },
    { "log-format", 0, OPTION_WORD, AT(log_format), "WORD",
      "text or json (default: text)", GROUP_PLAIN, log_formats },
    { "log-level", 0, OPTION_WORD, AT(log_level), "WORD",
      "error, warning, info or debug (default: warning)", GROUP_PLAIN, log_levels },
    { "root", 0, OPTION_TEXT, AT(root), "DIR",
      "directory for the files of rcrun itself", GROUP_PLAIN, NULL },
    { "rootless", 0, OPTION_WORD, AT(rootless), "WORD",
      "true, false or auto (default): false refuses a config without a user namespace",
      GROUP_PLAIN, rootless_words },
    { "cgroup-manager", 0, OPTION_WORD, AT(cgroup_manager), "WORD",
      "cgroupfs, systemd or disabled; accepted, cgroups are not managed yet",
      GROUP_PLAIN, managers },
    { "systemd-cgroup", 0, OPTION_FLAG, AT(systemd_cgroup), NULL,
      "accepted, as --cgroup-manager systemd", GROUP_PLAIN, NULL },
    { "criu", 0, OPTION_TEXT, AT(criu), "PATH",
      "accepted and ignored", GROUP_PLAIN, NULL },
    { "version", 'v', OPTION_FLAG, AT(version), NULL,
      "print the version (also: -V)", GROUP_PLAIN, NULL },
    { "version", 'V', OPTION_FLAG, AT(version), NULL, "", GROUP_HIDDEN, NULL },
    { 0 },
};
#undef AT
/* clang-format on */

/* What a call came to; usage: it was not understood, and --help would help. */
struct outcome {
    int status;
    bool usage;
};

static bool is_on(const char *variable)
{
    const char *value = getenv(variable);

    return value && *value && strcmp(value, "0") != 0;
}

static int read_global(struct arena *a, struct parse *p, struct global *g, int argc,
                       char *const *argv, struct err *e)
{
    int told = 0;

    *g = (struct global){ .log_level = LOG_WARNING };
    *p = (struct parse){ .rows = global_options, .store = g, .stop = STOP_BEFORE };
    if (argc > 1)
        told = options_parse(a, p, (const char *const *)argv + 1, (size_t)argc - 1, e);
    if (g->debug || is_on("RCRUN_DEBUG"))
        g->log_level = LOG_DEBUG;
    return told;
}

/* Where crun would log: a file may have "file:" in front; the others need a daemon's library. */
static int log_path(const char *value, const char **out, struct err *e)
{
    static const char *const others[] = { "journald:", "syslog:" };

    for (size_t i = 0; value && i < COUNT_OF(others); i++)
        if (text_starts(value, others[i]))
            return err_set(e, 0, "--log %s: is not supported; give a file", value);
    *out = value && text_starts(value, "file:") ? value + strlen("file:") : value;
    return 0;
}

/* Reads the words behind the command and runs it. */
static int run_command(struct call *c, const struct texts *words, struct outcome *o, struct err *e)
{
    const struct command *command = c->command;
    struct parse p = {
        .rows = command->options,
        .outer = global_options,
        .store = arena_get(c->arena, command->size ? command->size : 1),
        .stop = command->stop,
        .least = command->least,
        .most = command->most,
        .operand = command->operand,
        .takes_command = command->takes_command,
    };

    o->usage = true;
    TRY(options_parse(c->arena, &p, words->v + 1, words->n - 1, e));
    o->usage = false;
    if (p.help) {
        OWN_TEXT out = { 0 };

        help_command(&out, command);
        return out_text(&out, e);
    }
    c->options = p.store;
    c->operands = p.operands;
    c->rest = p.rest;
    c->edits = p.edits;
    TRY(command->run(c, e));
    o->status = c->status;
    return 0;
}

static int run_words(struct call *c, const struct parse *p, struct outcome *o, struct err *e)
{
    OWN_TEXT out = { 0 };

    if (p->help) {
        help_program(&out);
        return out_text(&out, e);
    }
    if (c->global->version) {
        version_text(&out);
        return out_text(&out, e);
    }
    if (p->rest.n == 0) {
        help_short(&out);
        fputs(out.s, stderr);
        o->status = 1;
        return 0;
    }
    c->command = command_find(p->rest.v[0]);
    if (!c->command)
        return command_unknown(p->rest.v[0], e);
    return run_command(c, &p->rest, o, e);
}

static void tell(const struct call *c, const struct outcome *o, const struct err *e)
{
    OWN_TEXT who = { 0 };
    bool only_json = c->global->log_format == LOG_JSON && log_fd() < 0;

    text_add(&who, "rcrun");
    if (o->usage && c->command)
        text_printf(&who, " %s", c->command->name);
    log_final(who.s, e);
    if (o->usage && !e->hint[0] && !only_json)
        fprintf(stderr, "try: %s --help\n", who.s);
}

int command_line(int argc, char *const *argv)
{
    struct err e = { 0 }, log_error = { 0 };
    struct arena *a = arena_new();
    struct global global;
    struct parse p;
    struct outcome o = { 0 };
    struct call c = { .arena = a, .global = &global, .argv = argv };
    const char *log = NULL;
    int done = read_global(a, &p, &global, argc, argv, &e);

    /* Now, since an engine shows its user what stands in the log, whatever goes wrong. */
    if (log_path(global.log, &log, &log_error) < 0 ||
        log_open(log, (enum log_format)global.log_format, (enum log_level)global.log_level,
                 &log_error) < 0) {
        done = -1;
        e = log_error;
    } else if (done < 0) {
        o.usage = true;
    } else {
        done = run_words(&c, &p, &o, &e);
    }
    if (done < 0) {
        tell(&c, &o, &e);
        o.status = c.command && c.command->failure ? c.command->failure : e.exit ? e.exit : 1;
    }
    arena_free(a);
    return o.status;
}
