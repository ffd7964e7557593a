#include "host/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "host/exe.h"
#include "host/kernel.h"
#include "host/probe-fuse.h"
#include "host/probe-net.h"
#include "host/probe-overlay.h"
#include "host/read.h"
#include "host/service.h"
#include "host/stateroot.h"
#include "host/subid.h"
#include "spec/userns.h"

#ifndef ST_VALID
#define ST_VALID 0x0020 /* linux/statfs.h: f_flags means something */
#endif

/* statfs(2) and not statvfs(3): one call tells type and flags. */
static bool flags_of(const char *path, long type, uint64_t *flags)
{
    struct statfs fs;

    if (statfs(path, &fs) < 0 || fs.f_type != type)
        return false;
    *flags = (uint64_t)fs.f_flags & ~(uint64_t)ST_VALID;
    return true;
}

static void probe_mounts(struct facts *f)
{
    f->mounts.proc_there = flags_of("/proc", PROC_SUPER_MAGIC, &f->mounts.proc_flags);
}

const char *probe_parse_cgroup(struct arena *a, const char *text)
{
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (text_starts(line, "0::/")) {
            const char *path = line + 3;

            /* Above the root of our cgroup namespace: nothing that we could reach. */
            if (text_starts(path, "/.."))
                return NULL;
            return arena_copy(a, path, strcspn(path, "\n"));
        }
    }
    return NULL;
}

static bool is_writable(struct arena *a, const char *dir, const char *name)
{
    const char *path = name ? arena_printf(a, "%s/%s", dir, name) : dir;

    return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0;
}

void probe_cgroup(struct arena *a, struct facts *f)
{
    struct statfs fs;
    const char *text, *path;
    size_t n;

    f->mounts.cgroup = CGROUP_NONE;
    if (statfs("/sys/fs/cgroup", &fs) < 0)
        return;
    if (fs.f_type == TMPFS_MAGIC)
        f->mounts.cgroup = access("/sys/fs/cgroup/unified", F_OK) == 0 ? CGROUP_HYBRID : CGROUP_V1;
    if (fs.f_type != CGROUP2_SUPER_MAGIC)
        return;
    f->mounts.cgroup = CGROUP_V2;
    if (read_text(a, "/proc/self/cgroup", 0, "\n", 1u << 16, &text, &n) != 0)
        return;
    path = probe_parse_cgroup(a, text);
    if (!path)
        return;
    f->mounts.cgroup_own = arena_printf(a, "/sys/fs/cgroup%s", strcmp(path, "/") == 0 ? "" : path);
    /* Delegated: all three, systemd gives them together, a stray chown(1) does not. */
    f->mounts.cgroup_own_writable = is_writable(a, f->mounts.cgroup_own, NULL) &&
                                    is_writable(a, f->mounts.cgroup_own, "cgroup.procs") &&
                                    is_writable(a, f->mounts.cgroup_own, "cgroup.subtree_control");
}

static void probe_limits(struct arena *a, const struct questions *q, struct facts *f)
{
    for (int i = 0; i < RLIMIT_KINDS; i++) {
        struct rlimit r;

        if ((q->rlimits >> i & 1) && getrlimit((__rlimit_resource_t)i, &r) == 0)
            f->self.rlimits[i] = (struct rlimit_fact){ r.rlim_cur, r.rlim_max };
    }
    if (q->oom_score_adj)
        text_i64(read_line(a, "/proc/self/oom_score_adj"), &f->self.oom_score_adj);
}

static void probe_tty(struct facts *f)
{
    f->tty.stdin_tty = isatty(0);
    f->tty.stderr_tty = isatty(2);
    f->tty.any_tty = f->tty.stdin_tty || f->tty.stderr_tty || isatty(1);
}

/* ---- what was asked ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, each once: facts_path() searches by halves, and two mounts of one source are one
 * call. */
static void probe_paths(struct arena *a, const struct questions *q, struct facts *f)
{
    size_t n = q->paths.n;
    const char **sorted = arena_get(a, n * sizeof *sorted + 1);

    if (n == 0)
        return;
    memcpy(sorted, q->paths.v, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_text);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || strcmp(sorted[i], sorted[i - 1]) != 0)
            probe_path(a, sorted[i], LIST_ADD(a, &f->paths));
}

static void probe_namespaces(struct arena *a, const struct questions *q, struct facts *f)
{
    for (size_t i = 0; i < q->namespaces.n; i++)
        if (!facts_namespace(f, q->namespaces.v[i]))
            probe_namespace(q->namespaces.v[i], LIST_ADD(a, &f->namespaces));
}

/* Most bundles have none. */
static void probe_record(struct arena *a, const char *path, struct facts *f)
{
    struct map_record r;
    struct err e = { 0 };
    const char *text;
    size_t n;

    if (file_read(a, AT_FDCWD, path, MAP_RECORD_MAX, &text, &n, &e) < 0 ||
        map_record_load(a, path, text, n, &r, &e) < 0) {
        if (e.num != ENOENT)
            f->map_record.why = arena_text(a, e.text);
        return;
    }
    f->map_record.there = true;
    f->map_record.kind = r.kind;
    f->map_record.uid = r.uid;
    f->map_record.gid = r.gid;
    f->map_record.base = r.base;
    f->map_record.gbase = r.gbase;
}

int facts_probe(struct arena *a, const struct questions *q, const struct probe_options *o,
                struct facts *f, struct err *e)
{
    char cwd[PATH_MAX];

    *f = (struct facts){ 0 };
    probe_mounts(f);
    probe_self(a, f);
    kernel_probe(a, f);
    kernel_probe_asked(a, q, f);
    probe_limits(a, q, f);
    if (q->tty)
        probe_tty(f);
    if (q->service)
        service_probe(a, f);
    if (q->state_root)
        f->state_root = state_root_find_as(a, o ? o->state_root : NULL, f->self.euid,
                                           f->userns.in_child, &f->state_root_why);
    if (q->subids)
        subid_probe(a, f);
    else if (q->map_tools && !(q->one_mapped && q->mapped_uid == f->self.euid &&
                               q->mapped_gid == f->self.egid))
        subid_probe_tools(a, f);
    exe_probe(a, f);
    if (q->cgroup)
        probe_cgroup(a, f);
    if (q->sysfs)
        (void)flags_of("/sys", SYSFS_MAGIC, &f->mounts.sys_flags);
    if (q->net)
        net_probe(a, f);
    if (q->map_record)
        probe_record(a, q->map_record, f);
    if (q->ephemeral || q->upper)
        overlay_probe(a, q, f);
    if (q->fuse || q->fuse_if_needed)
        fuse_probe(a, q, f);
    probe_paths(a, q, f);
    if (strstr(f->kernel.release, "microsoft"))
        probe_windows(f);
    if (q->below)
        probe_below(a, f);
    probe_namespaces(a, q, f);
    if (!q->cwd)
        return 0;
    /* It was removed, or is not below our root.  Told last: the rest is good for a diagnosis. */
    if (!getcwd(cwd, sizeof cwd))
        return err_set(e, errno, "current directory");
    f->cwd = arena_text(a, cwd);
    return 0;
}
