/* main.c - rcrun-unpack: reads the words, starts who lends files, goes to jail and unpacks. */
#include <archive.h>
#include <locale.h>
#include <nettle/version.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/fd.h"
#include "base/log.h"
#include "jail.h"
#include "lend.h"
#include "os/process.h"
#include "pack.h"
#include "unpack.h"

static int refuse_privilege(struct err *e)
{
    if (getauxval(AT_SECURE))
        return err_set(e, 0, "refuses to run set-user-ID, set-group-ID or with file capabilities");
    return 0;
}

/* Names in archives are UTF-8, and libarchive takes them for the locale's. */
static int use_locale(struct err *e)
{
    if (setlocale(LC_CTYPE, "C.UTF-8") || setlocale(LC_CTYPE, "C.utf8") ||
        setlocale(LC_CTYPE, "en_US.UTF-8"))
        return 0;
    return err_set(e, 0, "no locale with UTF-8 is there");
}

static int print(const struct text *t, struct err *e)
{
    return fd_write(STDOUT_FILENO, t->s, t->n, e);
}

static int tell_version(struct err *e)
{
    OWN_TEXT t = { 0 };

    text_printf(&t, "rcrun-unpack version %s\ncommit: %s\n%s\nnettle %d.%d\n", PACKAGE_VERSION,
                RCRUN_COMMIT, archive_version_details(), nettle_version_major(),
                nettle_version_minor());
    return print(&t, e);
}

static int tell_help(struct err *e)
{
    OWN_TEXT t = { 0 };

    unpack_options_help(&t);
    return print(&t, e);
}

static int tell_result(const struct unpack_options *o, const struct outcome *out, struct err *e)
{
    OWN_TEXT t = { 0 };

    if (o->result < 0)
        return 0;
    result_write(out, &t);
    return fd_write(o->result, t.s, t.n, e);
}

static int unpack_in_jail(struct arena *a, const struct unpack_options *o, struct err *e)
{
    struct writer *w = ARENA_NEW(a, struct writer);
    struct outcome *out = ARENA_NEW(a, struct outcome);
    OWN_FD lender = -1;

    if (o->form == FORM_OCI) {
        TRY(lend_start(o->source, &lender, e));
        close(o->source);
    }
    TRY(jail_look(a, &w->uids, &w->gids, e));
    TRY(jail_enter(false, e));
    TRY(unpack(a, o, lender, w, out, e));
    return tell_result(o, out, e);
}

static int run(struct arena *a, int argc, char **argv, struct unpack_options *o, struct err *e)
{
    TRY(unpack_options_parse(a, (const char *const *)argv + 1, argc > 0 ? (size_t)argc - 1 : 0, o, e));
    if (o->help)
        return tell_help(e);
    if (o->version)
        return tell_version(e);
    {
        const int keep[] = { o->source, o->result };

        os_close_except(3, keep, COUNT_OF(keep));
    }
    TRY(use_locale(e));
    return o->pack ? pack_in_jail(e) : unpack_in_jail(a, o, e);
}

/* To who started us, or where nobody waits for it, to whoever reads. */
static void tell_failure(const struct unpack_options *o, const struct err *e)
{
    OWN_TEXT t = { 0 };
    struct err ignored;

    result_error(e, &t);
    if (o->result < 0 || fd_write(o->result, t.s, t.n, &ignored) < 0)
        log_final("rcrun-unpack", e);
}

int main(int argc, char **argv)
{
    struct unpack_options o = { .result = -1 };
    struct arena *a = arena_new();
    struct err e = { 0 };
    int status = fd_fill_stdio(&e);

    if (status == 0)
        status = refuse_privilege(&e);
    if (status == 0)
        status = run(a, argc, argv, &o, &e);
    if (status < 0)
        tell_failure(&o, &e);
    arena_free(a);
    /* In the jail nothing is left to be done, and little could be. */
    _exit(status < 0);
}
