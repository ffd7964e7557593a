/* Rows about file systems and cgroups. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/err.h"
#include "base/text.h"
#include "host/doctor-rows.h"
#include "host/gate.h"
#include "host/read.h"

bool row_skipped(struct exam *x, struct check *c, int num)
{
    if (num >= 0)
        return false;
    row_set(x, c, CHECK_SKIP,
            x->t.userns == 0 ? "the child did not come so far" : "no user namespace");
    return true;
}

void row_proc(struct exam *x, struct check *c)
{
    if (!x->f.mounts.proc_there) {
        row_set(x, c, CHECK_FAIL, "/proc is not a procfs");
        c->hint = "mount -t proc proc /proc";
        return;
    }
    if (row_skipped(x, c, x->t.proc))
        return;
    if (x->t.proc == 0) {
        row_set(x, c, CHECK_OK, "a new one can be mounted");
        return;
    }
    row_set(x, c, CHECK_FAIL, "a new one is refused: %s", err_text(x->t.proc));
    c->hint = gate_mount(x->a, &x->f, x->t.proc, "proc");
}

void row_sys(struct exam *x, struct check *c)
{
    if (row_skipped(x, c, x->t.sys))
        return;
    if (x->t.sys == 0) {
        row_set(x, c, CHECK_OK, "a new one can be mounted, with a network namespace of its own");
        return;
    }
    row_set(x, c, CHECK_WARN,
            "a new one is refused (%s): containers see that of the host, "
            "read-only",
            err_text(x->t.sys));
    c->hint = x->t.net_ns ? NULL : gate_hidden(x->a, "/sys");
}

/* Containers get the host's nodes, which on a mount that is nodev nobody can open. */
void row_dev(struct exam *x, struct check *c)
{
    static const struct {
        const char *path;
        unsigned minor;
    } nodes[] = { { "/dev/null", 3 },   { "/dev/zero", 5 },   { "/dev/full", 7 },
                  { "/dev/random", 8 }, { "/dev/urandom", 9 } };

    for (size_t i = 0; i < COUNT_OF(nodes); i++) {
        struct statvfs fs;
        struct stat st;

        if (stat(nodes[i].path, &st) < 0 || !S_ISCHR(st.st_mode) ||
            st.st_rdev != makedev(1, nodes[i].minor)) {
            row_set(x, c, CHECK_WARN, "%s is not the device 1:%u", nodes[i].path, nodes[i].minor);
            return;
        }
        if (statvfs(nodes[i].path, &fs) == 0 && fs.f_flag & ST_NODEV) {
            row_set(x, c, CHECK_WARN, "%s is on a mount that is nodev: a container cannot open it",
                    nodes[i].path);
            c->hint = "without root that stays: who mounts /dev of the outer container must leave "
                      "out nodev";
            return;
        }
    }
    row_set(x, c, CHECK_OK, "the nodes that every container gets are there");
}

/* ---- cgroups ---- */

void row_cgroup(struct exam *x, struct check *c)
{
    const char *own = x->f.mounts.cgroup_own;

    switch (x->f.mounts.cgroup) {
    case CGROUP_NONE:
        row_set(x, c, CHECK_WARN, "/sys/fs/cgroup is not there: limits are not available");
        return;
    case CGROUP_V1:
    case CGROUP_HYBRID:
        row_set(x, c, CHECK_WARN, "%s: limits are not available to you",
                x->f.mounts.cgroup == CGROUP_V1 ? "v1" : "hybrid v1+v2");
        c->hint = "boot with systemd.unified_cgroup_hierarchy=1 (WSL: kernelCommandLine="
                  "cgroup_no_v1=all in .wslconfig), or run without limits";
        return;
    case CGROUP_V2:
        break;
    }
    if (!own)
        row_set(x, c, CHECK_WARN, "v2, but our own is not to be seen from here");
    else if (x->f.mounts.cgroup_own_writable)
        row_set(x, c, CHECK_OK, "v2, %s is delegated to you", own);
    else
        row_set(x, c, CHECK_WARN, "v2, but %s is not delegated to you", own);
    if (c->status == CHECK_WARN && x->bus)
        c->hint = "run under systemd-run --user --scope -p Delegate=yes";
}

/* The user manager's own folder, as systemd names it; only told, never relied upon. */
static const char *manager_controllers(struct exam *x)
{
    uint32_t uid = x->f.self.euid;

    return read_line(x->a, arena_printf(x->a,
                                        "/sys/fs/cgroup/user.slice/user-%u.slice/user@%u.service/"
                                        "cgroup.controllers",
                                        uid, uid));
}

void row_limits(struct exam *x, struct check *c)
{
    static const char *const wanted[] = { "memory", "pids", "cpu" };
    const char *have = NULL;
    OWN_TEXT missing = { 0 };

    if (x->f.mounts.cgroup != CGROUP_V2) {
        row_set(x, c, CHECK_SKIP, "no cgroup v2");
        return;
    }
    if (x->f.mounts.cgroup_own_writable)
        have = read_line(x->a, arena_printf(x->a, "%s/cgroup.controllers", x->f.mounts.cgroup_own));
    else if (x->bus)
        have = manager_controllers(x);
    if (!have) {
        row_set(x, c, CHECK_WARN, "no cgroup is delegated to you");
        return;
    }
    for (size_t i = 0; i < COUNT_OF(wanted); i++)
        if (!strstr(have, wanted[i]))
            text_printf(&missing, "%s%s", missing.n ? ", " : "", wanted[i]);
    if (!*have)
        row_set(x, c, CHECK_WARN, "no controller is delegated to you");
    else
        row_set(x, c, missing.n ? CHECK_WARN : CHECK_OK, "%s%s%s%s", have,
                x->f.mounts.cgroup_own_writable ? "" : " in a scope of systemd",
                missing.n ? ", without " : "", missing.n ? missing.s : "");
    if (missing.n && x->bus)
        c->hint =
            "/etc/systemd/system/user@.service.d/delegate.conf: [Service] "
            "Delegate=cpu cpuset io memory pids; then systemctl daemon-reload and a new login";
}

/* ---- overlay, fuse ---- */

void row_overlay(struct exam *x, struct check *c)
{
    if (row_skipped(x, c, x->t.overlay))
        return;
    if (x->t.overlay == 0) {
        row_set(x, c, CHECK_OK, "overlay works in a user namespace");
    } else if (x->t.overlay_lower == 0) {
        row_set(x, c, CHECK_WARN,
                "read-only overlays only: an upper directory on tmpfs is refused "
                "(%s)",
                x->t.overlay_text);
        c->hint = "before Linux 6.6 a tmpfs cannot be one: use --upper on a disk file system";
    } else {
        row_set(x, c, CHECK_WARN, "%s", x->t.overlay_text);
        c->hint = gate_mount(x->a, &x->f, x->t.overlay, "overlay");
    }
}

void row_fuse(struct exam *x, struct check *c)
{
    int num = x->t.fuse_open;

    if (row_skipped(x, c, num))
        return;
    if (num == 0)
        row_set(x, c, CHECK_OK, "/dev/fuse opens");
    else
        row_set(x, c, CHECK_SKIP, "/dev/fuse: %s (only fuse-overlayfs needs it)", err_text(num));
}
