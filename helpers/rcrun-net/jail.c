#include "jail.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/sanitized.h"
#include "base/text.h"
#include "os/compat.h"
#include "os/cred.h"
#include "os/filter-rows.h"
#include "os/landlock.h"
#include "os/limit.h"
#include "os/mount.h"
#include "os/ns.h"
#include "os/proc.h"
#include "os/seccomp.h"

#define NOBODY 65534

/* It shall be killed before what runs in the container. */
#define OOM_MORE 500
#define OOM_MOST 1000

/* Address space: what libslirp has for a flow, and what all of them share (NL-26).  Two buffers
 * take 264 KiB, the request to connect is kept in one of 66 KiB, and both leave gaps: 400 KiB a flow
 * were seen.  Where it does not suffice, libslirp ends the process. */
#define SPACE_COMMON (UINT64_C(64) << 20)
#define SPACE_FLOW (UINT64_C(512) << 10)

/* ---- the filter --------------------------------------------------------------------------- */

static struct filter_rule calls[] = {
#include "jail-calls.def"
};

#undef CALL
#undef CALL_WHEN
#undef CALL_NEVER
#undef CALL_NOT
#define CALL(name, who) __SNR_##name,
#define CALL_WHEN(name, who, ...) __SNR_##name,
#define CALL_NEVER(name, who) __SNR_##name,
#define CALL_NOT(name, who, ...) __SNR_##name,

static const int numbers[] = {
#include "jail-calls.def"
};

/* While files can be written: where libseccomp has to do it, it needs one. */
static int compile(struct jail *j, struct err *e)
{
    const struct filter_rules rules = {
        .default_action = SCMP_ACT_KILL_PROCESS,
        .rules = { .v = calls, .n = COUNT_OF(calls) },
    };

    j->filter = calloc(1, sizeof *j->filter);
    if (!j->filter)
        return err_set(e, ENOMEM, "filter of system calls");
    return os_build_filter(&rules, numbers, j->filter, e);
}

/* ---- first stage -------------------------------------------------------------------------- */

/* What /proc tells, which is not there any more afterwards. */
struct seen {
    uint64_t space;    /* bytes that are mapped */
    uint32_t last_cap;
    bool root;         /* of the host, not of a user namespace */
};

static int die_first(int proc, struct err *e)
{
    char text[16];
    uint64_t now;

    /* Below zero is for services that must not be killed; then it stays so. */
    if (os_proc_read_number(proc, true, "oom_score_adj", &now, e) < 0)
        return 0;
    now = now + OOM_MORE < OOM_MOST ? now + OOM_MORE : OOM_MOST;
    snprintf(text, sizeof text, "%u", (unsigned)now);
    return os_proc_write_self(proc, "oom_score_adj", text, e);
}

/* The map of the first user namespace: each id is itself. */
static bool maps_all(const char *map)
{
    const char *number[3] = { "0", "0", "4294967295" };

    for (int i = 0; i < 3; i++) {
        map += strspn(map, " ");
        if (strncmp(map, number[i], strlen(number[i])) != 0)
            return false;
        map += strlen(number[i]);
    }
    return true;
}

static int look(struct seen *s, struct err *e)
{
    OWN_FD proc = -1;
    uint64_t pages, last_cap;
    char map[4096];

    TRY(os_proc_host(&proc, e));
    TRY(os_proc_read_number(proc, true, "statm", &pages, e));
    TRY(os_proc_read_number(proc, false, "sys/kernel/cap_last_cap", &last_cap, e));
    s->space = pages * (uint64_t)sysconf(_SC_PAGESIZE);
    s->last_cap = (uint32_t)last_cap;
    TRY(os_proc_read_self(proc, "uid_map", map, sizeof map, e));
    s->root = geteuid() == 0 && maps_all(map);
    return die_first(proc, e);
}

/* Root of the host has no business with packets.  Root of a user namespace is somebody else outside,
 * and nobody need not be there. */
static int leave_root(const struct seen *s, struct err *e)
{
    if (!s->root)
        return 0;
    TRY(os_drop_bounding(0, s->last_cap, e));
    TRY(os_set_groups(NULL, 0, e));
    return os_set_ids(NOBODY, NOBODY, false, e);
}

static int empty_root(struct err *e)
{
    const uint64_t attributes =
        MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
    OWN_FD context = -1;
    OWN_FD root = -1;

    TRY(os_mount_propagation(MS_PRIVATE, e));
    TRY(os_fs_open("tmpfs", &context, e));
    TRY(os_fs_mount(context, "tmpfs", attributes, &root, e));
    /* What is to become the root must be mounted somewhere. */
    TRY(os_move_mount_on(root, "/", e));
    return os_pivot(root, e);
}

static int new_namespaces(const struct seen *s, const char **lacks, struct err *e)
{
    struct err refused;

    if (os_unshare(NS_USER | NS_MOUNT | NS_IPC | NS_UTS, &refused) < 0) {
        *lacks = "rcrun-net works without namespaces of its own: user namespaces are not allowed; "
                 "filter and Landlock hold";
        return 0;
    }
    TRY(empty_root(e));
    return os_drop_bounding(0, s->last_cap, e);
}

static int set_limits(const struct jail *j, const struct seen *s, struct err *e)
{
    const uint64_t space = s->space + SPACE_COMMON + SPACE_FLOW * j->flows_max;

    TRY(os_set_rlimit(0, RLIMIT_CORE, 0, 0, e));
    TRY(os_set_rlimit(0, RLIMIT_FSIZE, j->file_max, j->file_max, e));
    TRY(os_set_rlimit(0, RLIMIT_NPROC, 0, 0, e));
    TRY(os_set_rlimit(0, RLIMIT_MEMLOCK, 0, 0, e));
    return SANITIZED ? 0 : os_set_rlimit(0, RLIMIT_AS, space, space, e);
}

int jail_enter(struct jail *j, const char **lacks, struct err *e)
{
    const struct cap_sets none = { 0 };
    struct seen seen;

    *lacks = NULL;
    TRY(look(&seen, e));
    TRY(compile(j, e));
    TRY(os_new_session(e));
    TRY(leave_root(&seen, e));
    TRY(new_namespaces(&seen, lacks, e));
    TRY(os_set_caps(&none, e));
    TRY(os_no_new_privs(e));
    TRY(os_no_new_code(e));
    TRY(os_set_dumpable(false, e));
    /* Lost whenever ids or capabilities changed. */
    TRY(os_die_with_parent(e));
    return set_limits(j, &seen, e);
}

/* ---- second stage ------------------------------------------------------------------------- */

int jail_close(struct jail *j, struct err *e)
{
    bool landlock;
    int failed = os_landlock_nothing(&landlock, e) < 0 || os_load_filter(j->filter, 0, e) < 0;

    free(j->filter);
    j->filter = NULL;
    return failed ? -1 : 0;
}
