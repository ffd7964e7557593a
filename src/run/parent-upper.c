/* run/parent-upper.c - the directories of upper layers.
 * Runs in:  the launcher.    Power: the caller's.
 * Must:     take one for this container alone; leave those that were there as they were. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/text.h"
#include "run/run.h"
#include "state/upper.h"

#define OPEN_DIR (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#define PREFIX "rcrun-"

static int open_made(const char *dir, bool *made, int *fd, struct err *e)
{
    /* What a container writes can have any mode and owner: others of the host may not reach it. */
    *made = mkdirat(AT_FDCWD, dir, 0700) == 0;
    if (!*made && errno != EEXIST)
        return err_set(e, errno, "%s", dir);
    *fd = open(dir, OPEN_DIR);
    return *fd < 0 ? err_set(e, errno, "%s", dir) : 0;
}

static bool is_missing(int dir, const char *name)
{
    return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
}

/* One that ended us waits still, and would end the removal, too. */
static void forget_signals(struct run *r)
{
    struct signalfd_siginfo info;

    while (r->signals >= 0 && read(r->signals, &info, sizeof info) > 0)
        ;
}

static void remove_below(struct run *r, const char *dir, const char *name)
{
    struct err e = { 0 };
    const char *path = name ? path_join(r->plan->arena, dir, name) : dir;

    forget_signals(r);
    if (!r->plan->remove_tree || r->plan->remove_tree(r->plan->caller, path, &e) == 0 ||
        e.num == ENOENT)
        return;
    log_warn("%s stays: %s", path, e.text);
    if (e.hint[0])
        log_warn("%s", e.hint);
}

/* ---- one that is kept ---- */

static void take_back(struct run *r, const char *dir, const struct upper_made *made)
{
    if (made->diff)
        remove_below(r, dir, "diff");
    if (made->work)
        remove_below(r, dir, "work");
    if (made->mark)
        unlinkat(AT_FDCWD, path_join(r->plan->arena, dir, UPPER_MARK), 0);
    if (made->dir)
        unlinkat(AT_FDCWD, dir, AT_REMOVEDIR);
}

static int keep(struct run *r, const struct step_make_upper *u, struct upper_mark *mark,
                struct upper_made *made, struct err *e)
{
    OWN_FD fd = -1;

    TRY(open_made(u->dir, &made->dir, &fd, e));
    TRY(upper_claim(r->plan->arena, fd, u->dir, mark, &made->mark, e));
    /* Init makes them: they belong to root of the container. */
    made->diff = is_missing(fd, "diff");
    made->work = is_missing(fd, "work");
    return 0;
}

/* ---- one that is thrown away ---- */

/* One of a start of ours that came to nothing: the container is gone, and its state too, which would
 * lead delete to it.  Of one in another pid namespace, as that of an outer container is, neither can be
 * seen. */
static bool is_forgotten(struct run *r, int place, const char *name)
{
    OWN_FD dir = openat(place, name, OPEN_DIR | O_NOFOLLOW);
    struct upper_mark mark;
    struct err ignored = { 0 };
    struct stat st;

    return dir >= 0 && fstat(dir, &st) == 0 && st.st_uid == r->plan->uid &&
           !(st.st_mode & 077) && upper_read(r->plan->arena, dir, &mark, &ignored) == 1 &&
           mark.state && faccessat(AT_FDCWD, mark.state, F_OK, 0) < 0 && errno == ENOENT &&
           !identity_is_elsewhere(&mark.init) && !identity_lives(&mark.init);
}

static void sweep(struct run *r, const char *place)
{
    OWN_FD dir = open(place, OPEN_DIR);
    DIR *list = dir < 0 ? NULL : file_list(dir);

    if (!list)
        return;
    for (struct dirent *d; (d = readdir(list));)
        if (text_starts(d->d_name, PREFIX) && is_forgotten(r, dir, d->d_name))
            remove_below(r, place, d->d_name);
    closedir(list);
}

static int throw_away(struct run *r, const struct step_make_upper *u, struct upper_mark *mark,
                      struct err *e)
{
    const char *place = path_clean(r->plan->arena, u->dir, "..");
    OWN_FD fd = -1;

    sweep(r, place);
    /* That of the state root need not be there yet. */
    if (mkdirat(AT_FDCWD, u->dir, 0700) < 0 &&
        (errno != ENOENT || mkdirat(AT_FDCWD, place, 0700) < 0 ||
         mkdirat(AT_FDCWD, u->dir, 0700) < 0))
        return err_set(e, errno, "%s", u->dir);
    fd = open(u->dir, OPEN_DIR | O_NOFOLLOW);
    if (fd < 0)
        return err_set(e, errno, "%s", u->dir);
    TRY(upper_claim(r->plan->arena, fd, u->dir, mark, NULL, e));
    for (size_t i = 0; i < u->parts.n; i++)
        if (mkdirat(fd, u->parts.v[i], 0700) < 0)
            return err_set(e, errno, "%s/%s", u->dir, u->parts.v[i]);
    return 0;
}

/* ---- steps ---- */

DO(check_lower)
{
    const struct upper_mark mine = { .driver = u->driver, .xattrs = u->xattrs };

    (void)s;
    for (size_t i = 0; i < u->lower.n; i++)
        TRY(upper_check_lower(r->plan->arena, u->lower.v[i], &mine, e));
    return 0;
}

DO(make_upper)
{
    struct upper_made *made = &r->upper[r->uppers];
    struct upper_mark mark = { .id = r->plan->id,
                               .init = r->state.init,
                               .driver = u->driver,
                               .xattrs = u->xattrs,
                               .map = u->map };

    (void)s;
    identity_add_place(r->plan->arena, &mark.init);
    if (u->keep && keep(r, u, &mark, made, e) < 0) {
        take_back(r, u->dir, made);
        return -1;
    }
    if (!u->keep) {
        mark.state = path_join(r->plan->arena, u->root, r->plan->id);
        if (throw_away(r, u, &mark, e) < 0) {
            remove_below(r, u->dir, NULL);
            return -1;
        }
    }
    r->uppers++;
    return 0;
}

DO(drop_upper)
{
    (void)s;
    (void)e;
    remove_below(r, u->dir, NULL);
    return 0;
}

void run_throw_away(struct run *r)
{
    if (r->state.upper)
        remove_below(r, r->state.upper, NULL);
}

void run_remove_upper(struct run *r, const struct step_make_upper *u)
{
    if (r->uppers == 0)
        return;
    r->uppers--;
    if (u->keep)
        take_back(r, u->dir, &r->upper[r->uppers]);
    else
        remove_below(r, u->dir, NULL);
}
