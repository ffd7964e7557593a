/* main.c - rcrun-net, the network of a container: reads the words, and lets go of what is not its own. */
#include <errno.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "engine.h"
#include "keeper.h"
#include "os/process.h"

static int refuse_privilege(struct err *e)
{
    if (getauxval(AT_SECURE))
        return err_set(e, 0, "refuses to run set-user-ID, set-group-ID or with file capabilities");
    return 0;
}

/* Whoever started us may have forgotten some of its own, among them what others wait for the end of. */
static void close_others(const struct net_options *o)
{
    const int keep[] = { o->launcher, o->control, o->ready, o->exit_fd, o->log, o->pcap_fd };
    int open[sizeof keep / sizeof *keep];
    size_t n = 0;

    for (size_t i = 0; i < sizeof keep / sizeof *keep; i++)
        if (keep[i] >= 0)
            open[n++] = keep[i];
    os_close_except(3, open, n);
}

/* A file gets lines with the time and all; what is none is standard error of somebody's, who wants them
 * as that has them. */
static int take_log(const struct net_options *o, struct err *e)
{
    int flags = o->log < 0 ? 0 : fcntl(o->log, F_GETFL);

    if (flags < 0)
        return err_set(e, errno, "--log-fd %d", o->log);
    log_process("rcrun-net");
    if (o->log < 0 || flags & O_APPEND || o->log_json) {
        log_take(o->log, o->log_json ? LOG_JSON : LOG_TEXT);
        return 0;
    }
    return dup2(o->log, STDERR_FILENO) < 0 ? err_set(e, errno, "--log-fd %d", o->log) : 0;
}

static int print(const struct text *t, struct err *e)
{
    return fd_write(STDOUT_FILENO, t->s, t->n, e);
}

static int tell_version(struct err *e)
{
    OWN_TEXT t = { 0 };
    const char *lacks = engine_lacks();

    text_printf(&t, "rcrun-net version %s\ncommit: %s\nlibslirp: %s\n", PACKAGE_VERSION,
                RCRUN_COMMIT, engine_version());
    if (lacks)
        text_printf(&t, "%s\n", lacks);
    return print(&t, e);
}

static int tell_help(struct err *e)
{
    OWN_TEXT t = { 0 };

    net_options_help(&t);
    return print(&t, e);
}

static int run(struct arena *a, int argc, char **argv, struct net_options *o, struct err *e)
{
    if (net_options_parse(a, (const char *const *)argv + 1, argc > 0 ? (size_t)argc - 1 : 0, o,
                          e) < 0) {
        keeper_tell_failure(o->launcher, e);
        return -1;
    }
    if (o->help)
        return tell_help(e);
    if (o->version)
        return tell_version(e);
    close_others(o);
    TRY(take_log(o, e));
    return keeper_run(o, e);
}

int main(int argc, char **argv)
{
    struct net_options o = { .launcher = -1 };
    struct arena *a = arena_new();
    struct err e = { 0 };
    int status = fd_fill_stdio(&e);

    if (status == 0)
        status = refuse_privilege(&e);
    if (status == 0)
        status = run(a, argc, argv, &o, &e);
    /* Without a text: who started us is gone, or knows. */
    if (status < 0 && e.text[0])
        log_final("rcrun-net", &e);
    arena_free(a);
    return status < 0;
}
