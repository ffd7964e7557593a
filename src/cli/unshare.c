/* cli/unshare.c - a command as root of the user namespace that `run` would make. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/clean.h"
#include "base/log.h"
#include "cli/userns.h"

struct unshare_words {
    const char *userns;
    bool mount, dry_run;
    const char *facts_from; /* for tests */
};

/* clang-format off */
#define AT(member) offsetof(struct unshare_words, member)
static const struct option_row options[] = {
    { "userns", 0, OPTION_TEXT, AT(userns), "MAP",
      "default, single or keep-id[:uid=N,gid=N]", GROUP_PLAIN, NULL },
    { "mount", 0, OPTION_FLAG, AT(mount), NULL,
      "with a mount namespace of its own", GROUP_PLAIN, NULL },
    { "dry-run", 0, OPTION_FLAG, AT(dry_run), NULL,
      "print the steps, do none of them; see rcrun-plan(7)", GROUP_PLAIN, NULL },
    { "facts-from", 0, OPTION_TEXT, AT(facts_from), "FILE", "", GROUP_HIDDEN, NULL },
    { 0 },
};
#undef AT
/* clang-format on */

/* All that the caller left open: the command is his, as if he had called it himself. */
static int caller_fds(struct call *c, struct userns_command *what, struct err *e)
{
    struct { int *v; size_t n; } list = { 0 };
    DIR *dir = opendir("/proc/self/fd");
    const struct dirent *d;

    if (!dir)
        return err_set(e, errno, "/proc/self/fd");
    while ((d = readdir(dir))) {
        uint32_t fd;

        if (text_u32(d->d_name, &fd) && fd > 2 && (int)fd != dirfd(dir) && (int)fd != log_fd())
            *LIST_ADD(c->arena, &list) = (int)fd;
    }
    closedir(dir);
    what->keep = list.v;
    what->keep_n = list.n;
    return 0;
}

/* As env(1) and nohup(1) have it, so that the status of the command can be told from ours. */
static int status_of(const struct err *e)
{
    if (!text_starts(e->text, "exec: "))
        return 125;
    return e->num == EACCES || e->num == EPERM ? 126 : 127;
}

static int become(struct call *c, struct err *e)
{
    const struct unshare_words *o = c->options;
    struct userns_command what = { .map.words = o->userns, .mounts = o->mount, .args = c->rest };

    struct userns parsed;

    if (o->userns && userns_parse(c->arena, o->userns, &parsed, e) < 0)
        return err_ctx(e, "--userns");
    if (!c->rest.n) {
        const char *shell = getenv("SHELL");

        *LIST_ADD(c->arena, &what.args) = shell && *shell ? shell : "/bin/sh";
    }
    if (o->facts_from && !o->dry_run)
        return err_set(e, 0, "--facts-from goes with --dry-run");
    if (o->dry_run)
        return userns_tell(c, &what, o->facts_from, e);
    TRY(caller_fds(c, &what, e));
    return userns_become(c, &what, e);
}

static int run(struct call *c, struct err *e)
{
    if (become(c, e) == 0)
        return 0;
    if (!e->exit)
        e->exit = status_of(e);
    return -1;
}

static const char *const examples[] = {
    "rcrun unshare -- rm -rf bundle",
    "rcrun unshare --userns keep-id -- chown -R 33:33 bundle/rootfs/var/www",
    NULL,
};

const struct command command_unshare = {
    .name = "unshare",
    .usage = "[OPTION...] [--] [COMMAND [ARG...]]",
    .sentence = "Runs a command as root of the ids that a container would have.",
    .line = "run a command with the ids of a container",
    .options = options,
    .size = sizeof(struct unshare_words),
    .stop = STOP_BEFORE,
    .examples = examples,
    .run = run,
};
