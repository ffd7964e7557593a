/* mutant.c - descriptors, sealing, credentials, terminals, text: the small ones. */
#include "security/src/mutant.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/child.h"
#include "base/fd.h"
#include "os/cred.h"
#include "os/exec.h"
#include "os/ns.h"
#include "os/process.h"
#include "os/proc.h"
#include "os/tty.h"
#include "plan/make.h"
#include "run/hook.h"
#include "run/run.h"
#include "state/state.h"

bool mutant(const char *name)
{
    const char *want = getenv("RCRUN_MUTANT");

    return want && strcmp(want, name) == 0;
}

/* ---- SR-13, SR-14: descriptors, cwd ----------------------------------------------------------- */

WRAP(int, fd_fill_stdio, (struct err *e))
{
    return mutant("stdio") ? 0 : __real_fd_fill_stdio(e);
}

WRAP(int, fd_cloexec_from, (unsigned first, struct err *e))
{
    return mutant("cloexec") ? 0 : __real_fd_cloexec_from(first, e);
}

WRAP(int, do_chdir,
     (struct run * r, const struct step *s, const struct step_chdir *u, struct err *e))
{
    if (!mutant("cwd"))
        return __real_do_chdir(r, s, u, e);
    r->in_cwd = true;
    return chdir(u->path) < 0 ? err_set(e, errno, "%s", u->path) : 0;
}

WRAP(int, os_check_cwd, (struct err * e))
{
    return mutant("cwd") ? 0 : __real_os_check_cwd(e);
}

/* ---- SR-15, SR-16, SR-17: the program and the processes of the runtime ------------------------- */

WRAP(int, do_seal,
     (struct run * r, const struct step *s, const struct step_seal *u, struct err *e))
{
    /* The new start would close what the others are about. */
    return mutant("seal") || mutant("cwd") || mutant("let-go") ? 0 : __real_do_seal(r, s, u, e);
}

WRAP(int, os_set_dumpable, (bool on, struct err *e))
{
    return __real_os_set_dumpable(on || mutant("dumpable"), e);
}

WRAP(unsigned long, getauxval, (unsigned long type))
{
    static int asked;

    /* Only main() asks whether it may run at all; later somebody wants to know who we are. */
    if (!mutant("privilege") || (type == AT_EUID && asked++))
        return __real_getauxval(type);
    switch (type) {
    case AT_SECURE:
        return 0;
    case AT_EUID:
        return getuid();
    case AT_EGID:
        return getgid();
    default:
        return __real_getauxval(type);
    }
}

WRAP(uid_t, geteuid, (void))
{
    return mutant("privilege") ? getuid() : __real_geteuid();
}

WRAP(gid_t, getegid, (void))
{
    return mutant("privilege") ? getgid() : __real_getegid();
}

/* ---- SR-10, SR-11: what is written to procfs --------------------------------------------------- */

/* By way of the container's own /proc. */
WRAP(int, do_sysctl,
     (struct run * r, const struct step *s, const struct step_sysctl *u, struct err *e))
{
    char path[300];
    int fd;

    if (!mutant("sysctl"))
        return __real_do_sysctl(r, s, u, e);
    snprintf(path, sizeof path, "proc/sys/%s", u->path);
    fd = openat(r->root, path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, u->value, strlen(u->value)) < 0)
        return err_set(e, errno, "%s", path);
    close(fd);
    return 0;
}

int check_sysctl(const struct spec *s, struct arena *a, struct err *e);
WRAP(int, check_sysctl, (const struct spec *s, struct arena *a, struct err *e))
{
    return mutant("sysctl-name") ? 0 : __real_check_sysctl(s, a, e);
}

uint32_t spec_sysctl_namespace(const char *path);
WRAP(uint32_t, spec_sysctl_namespace, (const char *path))
{
    return mutant("sysctl-name") ? UINT32_MAX : __real_spec_sysctl_namespace(path);
}

/* A label that cannot be set is forgotten. */
WRAP(int, plan_process, (struct maker * m, const struct filter_rules *filter, struct err *e))
{
    if (mutant("label"))
        m->spec->process->apparmor_profile = m->spec->process->selinux_label = NULL;
    return __real_plan_process(m, filter, e);
}

WRAP(int, plan_refuse, (struct maker * m, struct err *e))
{
    /* The facts are the maker's to read only, but no constants. */
    struct facts *f = (struct facts *)(uintptr_t)m->f;

    if (mutant("openat2"))
        f->kernel.missing = NULL;
    if (mutant("label") && m->spec->linux_)
        m->spec->linux_->mount_label = NULL;
    return __real_plan_refuse(m, e);
}

/* ---- SR-19, SR-20, SR-22: session, capabilities, groups ---------------------------------------- */

WRAP(int, os_new_session, (struct err * e))
{
    return mutant("session") ? 0 : __real_os_new_session(e);
}

/* The terminal by its name. */
WRAP(int, os_new_pty, (int pts_fd, int *master, int *slave, struct err *e))
{
    char path[64];
    int n, unlock = 0;

    if (!mutant("pty"))
        return __real_os_new_pty(pts_fd, master, slave, e);
    *master = openat(pts_fd, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*master < 0 || ioctl(*master, TIOCGPTN, &n) < 0 || ioctl(*master, TIOCSPTLCK, &unlock) < 0)
        return err_set(e, errno, "ptmx");
    snprintf(path, sizeof path, "/proc/self/fd/%d/%d", pts_fd, n);
    *slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    return *slave < 0 ? err_set(e, errno, "%s", path) : 0;
}

WRAP(int, os_set_caps, (const struct cap_sets *sets, struct err *e))
{
    struct cap_sets more = *sets;

    if (mutant("caps"))
        more.inheritable = more.permitted;
    if (mutant("ambient"))
        more.ambient = more.inheritable = more.permitted;
    return __real_os_set_caps(&more, e);
}

WRAP(int, os_drop_bounding, (uint64_t keep, uint32_t last_cap, struct err *e))
{
    return mutant("bounding") ? 0 : __real_os_drop_bounding(keep, last_cap, e);
}

WRAP(int, os_set_groups, (const uint32_t *groups, size_t n, struct err *e))
{
    return mutant("groups") ? 0 : __real_os_set_groups(groups, n, e);
}

/* ---- SR-21: numbers --------------------------------------------------------------------------- */

WRAP(bool, text_u64, (const char *s, uint64_t *out))
{
    if (!mutant("number"))
        return __real_text_u64(s, out);
    *out = (uint32_t)strtoull(s, NULL, 10);
    return true;
}

WRAP(bool, text_id, (const char *s, uint32_t *out))
{
    if (!mutant("number"))
        return __real_text_id(s, out);
    *out = (uint32_t)strtoull(s, NULL, 10);
    return true;
}

/* ---- SR-23: map helpers ----------------------------------------------------------------------- */

WRAP(int, os_check_map,
     (int proc, pid_t pid, bool gids, const struct id_map *map, struct err *e))
{
    return mutant("map") ? 0 : __real_os_check_map(proc, pid, gids, map, e);
}

/* The helper is told less than the plan says. */
WRAP(int, do_start_map,
     (struct run * r, const struct step *s, const struct step_start_map *u, struct err *e))
{
    struct step_start_map other = *u;

    if (mutant("map") && other.map.n > 1)
        other.map.n--;
    return __real_do_start_map(r, s, &other, e);
}

WRAP(int, child_start,
     (struct child * c, const struct child *beside, const char *path, const char *const argv[],
      const char *const env[], struct err *e))
{
    return __real_child_start(c, beside, path, argv,
                              mutant("helper") ? (const char *const *)environ : env, e);
}

/* What a process has inherited it keeps. */
WRAP(void, os_close_except, (int first, const int keep[], size_t n))
{
    if (!mutant("let-go"))
        __real_os_close_except(first, keep, n);
}

/* ---- hooks ---------------------------------------------------------------------------------------- */

WRAP(int, hook_run,
     (const struct hook *h, const char *state, size_t n, const char *cwd, int init, struct err *e))
{
    struct hook other = *h;

    if (mutant("hook-timeout"))
        other.timeout_s = 0;
    if (mutant("hook-env"))
        for (other.env = (struct texts){ .v = (const char **)(uintptr_t)environ }; environ[other.env.n];)
            other.env.n++;
    return __real_hook_run(&other, state, n, cwd, init, e);
}

/* ---- who the first process is ------------------------------------------------------------------- */

WRAP(int, identity_open, (const struct identity *who))
{
    return mutant("identity") ? (int)syscall(SYS_pidfd_open, (pid_t)who->pid, 0)
                              : __real_identity_open(who);
}

/* ---- processes end with their parent ----------------------------------------------------------- */

WRAP(int, os_die_with_parent, (struct err *e))
{
    return mutant("orphan") ? 0 : __real_os_die_with_parent(e);
}

WRAP(int, do_guard, (struct run * r, const struct step *s, const struct step_guard *u, struct err *e))
{
    return mutant("orphan") ? 0 : __real_do_guard(r, s, u, e);
}
