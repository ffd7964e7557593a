#include "jail.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/sanitized.h"
#include "os/cred.h"
#include "os/filter-rows.h"
#include "os/limit.h"
#include "os/mount.h"
#include "os/ns.h"
#include "os/proc.h"
#include "os/seccomp.h"

/* Of memory: what a packer may demand, and the names of some millions of files. */
#define SPACE (UINT64_C(3) << 30)

/* ---- the filter ---- */

static struct filter_rule calls[] = {
#include "jail-calls.def"
};

static int compile(struct filter_program **out, struct err *e)
{
    const struct filter_rules rules = {
        .default_action = SCMP_ACT_KILL_PROCESS,
        .rules = { .v = calls, .n = COUNT_OF(calls) },
    };

    *out = calloc(1, sizeof **out);
    if (!*out)
        return err_set(e, ENOMEM, "filter of system calls");
    return os_compile_filter(&rules, NULL, *out, e);
}

/* ---- the place ---- */

int jail_look(struct arena *a, struct ids *uids, struct ids *gids, struct err *e)
{
    OWN_FD proc = -1;
    char map[16384];

    TRY(os_proc_host(&proc, e));
    TRY(os_proc_read_self(proc, "uid_map", map, sizeof map, e));
    TRY(ids_parse(a, map, uids, e));
    TRY(os_proc_read_self(proc, "gid_map", map, sizeof map, e));
    return ids_parse(a, map, gids, e);
}

static int read_last_cap(uint64_t *out, struct err *e)
{
    OWN_FD proc = -1;

    TRY(os_proc_host(&proc, e));
    return os_proc_read_number(proc, false, "sys/kernel/cap_last_cap", out, e);
}

static int change_root(bool read_only, struct err *e)
{
    const struct mount_change change = {
        .set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
               (read_only ? MOUNT_ATTR_RDONLY : 0),
    };
    OWN_FD tree = -1;

    TRY(os_mount_propagation(MS_PRIVATE, e));
    TRY(os_open_tree(AT_FDCWD, ".", false, &tree, e));
    TRY(os_mount_change(tree, &change, e));
    TRY(os_move_mount_on(tree, "/", e));
    return os_pivot(tree, e);
}

static int set_limits(struct err *e)
{
    TRY(os_set_rlimit(0, RLIMIT_CORE, 0, 0, e));
    TRY(os_set_rlimit(0, RLIMIT_NPROC, 0, 0, e));
    TRY(os_set_rlimit(0, RLIMIT_MEMLOCK, 0, 0, e));
    return SANITIZED ? 0 : os_set_rlimit(0, RLIMIT_AS, SPACE, SPACE, e);
}

static int leave_power(uint32_t last_cap, struct err *e)
{
    const uint64_t caps = UINT64_C(1) << CAP_CHOWN | UINT64_C(1) << CAP_DAC_OVERRIDE |
                          UINT64_C(1) << CAP_FOWNER | UINT64_C(1) << CAP_FSETID |
                          UINT64_C(1) << CAP_SETFCAP;
    const struct cap_sets sets = { .effective = caps, .permitted = caps };

    TRY(os_drop_bounding(caps, last_cap, e));
    TRY(os_set_caps(&sets, e));
    TRY(os_no_new_privs(e));
    TRY(os_no_new_code(e));
    TRY(os_set_dumpable(false, e));
    return os_die_with_parent(e);
}

int jail_enter(bool read_only, struct err *e)
{
    struct filter_program *filter = NULL;
    uint64_t last_cap;
    int got;

    TRY(read_last_cap(&last_cap, e));
    TRY(compile(&filter, e));
    TRY(os_unshare(NS_MOUNT | NS_NET | NS_IPC | NS_UTS, e));
    TRY(change_root(read_only, e));
    TRY(leave_power((uint32_t)last_cap, e));
    TRY(set_limits(e));
    umask(0);
    got = os_load_filter(filter, 0, e);
    free(filter);
    return got;
}
