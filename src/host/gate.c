#include "host/gate.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/text.h"
#include "host/kernel.h"
#include "host/probe.h"
#include "host/read.h"
#include "host/subid.h"

static bool is_refusal(int num)
{
    return num == EPERM || num == EACCES;
}

static bool is_admin(const struct facts *f)
{
    return facts_has_cap(f, CAP_SYS_ADMIN);
}

static const char *map_words(struct arena *a, const struct id_map *map)
{
    OWN_TEXT out = { 0 };

    for (size_t i = 0; i < map->n && i < 8; i++)
        text_printf(&out, "%s%u:%u:%u", i ? " " : "", map->v[i].inside, map->v[i].outside,
                    map->v[i].size);
    if (map->n > 8)
        text_add(&out, " ...");
    return out.s ? arena_text(a, out.s) : "nothing";
}

/* ---- seccomp ---- */

static const char *seccomp_advice(struct arena *a, const char *what)
{
    const char *outer = gate_outer_container();

    if (!outer)
        return arena_printf(a,
                            "a seccomp filter on this process refuses %s (for a systemd service: "
                            "RestrictNamespaces= or SystemCallFilter= of the unit)",
                            what);
    if (strcmp(outer, "kubernetes") == 0)
        return arena_printf(a,
                            "the seccomp profile of this pod refuses %s: set seccompProfile to "
                            "Unconfined, or to one that allows clone, unshare, mount and "
                            "pivot_root",
                            what);
    return arena_printf(a,
                        "the seccomp profile of the outer container refuses %s: start that with "
                        "--security-opt seccomp=unconfined, or a profile that allows clone, "
                        "unshare, mount and pivot_root",
                        what);
}

/* An unshare(2) of nothing does nothing and is refused to nobody, but by a filter. */
static bool is_unshare_filtered(const struct facts *f)
{
    return f->self.seccomp_mode == 2 && syscall(SYS_unshare, 0) < 0;
}

/* ---- LSMs ---- */

static const char *selinux_advice(struct arena *a)
{
    const char *label = gate_label(a);
    const char *enforce = read_line(a, "/sys/fs/selinux/enforce");

    if (!strstr(label, ":container_t:") && !text_is(enforce, "1"))
        return NULL;
    if (!strchr(label, ':'))
        return NULL;
    return arena_printf(a,
                        "SELinux is enforcing, and this process is %s: in a container, start the "
                        "outer one with --security-opt label=disable or "
                        "label=type:container_engine_t",
                        label);
}

/* A profile of the outer container; "unconfined" is none. */
static const char *apparmor_advice(struct arena *a)
{
    const char *label = gate_label(a);
    size_t n = strcspn(label, " ");

    if (!*label || strchr(label, ':') || text_starts(label, "unconfined") ||
        text_starts(label, "unprivileged_userns"))
        return NULL;
    return arena_printf(a,
                        "the AppArmor profile %.*s on this process refuses mounts: start the "
                        "outer container with --security-opt apparmor=unconfined",
                        (int)n, label);
}

/* ---- namespaces ---- */

static const char *no_kernel_support(const struct facts *f)
{
    if (access("/proc/self/ns/user", F_OK) == 0 || access("/proc/self/ns", F_OK) != 0)
        return NULL;
    if (gate_wsl(f) == 1)
        return "WSL1 has no user namespaces: wsl --set-version DISTRIBUTION 2";
    return "this kernel is built without user namespaces (CONFIG_USER_NS)";
}

static const char *limit_of(struct arena *a, const char *const *names)
{
    uint64_t value;

    for (; *names; names++) {
        const char *name = arena_printf(a, "user/max_%s_namespaces", *names);

        if (gate_sysctl(a, name, &value) && value == 0)
            return arena_printf(a,
                                "user.max_%s_namespaces is 0, which switches them off: set it to "
                                "a value like 15000",
                                *names);
    }
    return NULL;
}

static const char *used_up(struct arena *a, const char *const *names)
{
    const char *zero = limit_of(a, names);
    uint64_t value = 0;

    if (zero)
        return zero;
    gate_sysctl(a, arena_printf(a, "user/max_%s_namespaces", names[0]), &value);
    /* namespaces(7): the kernel has no third reason. */
    return arena_printf(a,
                        "a limit is used up (user.max_%s_namespaces is %llu here; outer user "
                        "namespaces have their own), or they are nested 32 deep",
                        names[0], (unsigned long long)value);
}

static const char *too_many_processes(struct arena *a, const struct facts *f)
{
    struct facts own = *f;
    struct rlimit r;
    const char *pids = NULL;
    char number[32] = "unlimited";

    if (getrlimit(RLIMIT_NPROC, &r) == 0 && r.rlim_cur != RLIM_INFINITY)
        snprintf(number, sizeof number, "%llu", (unsigned long long)r.rlim_cur);
    probe_cgroup(a, &own);
    if (own.mounts.cgroup_own)
        pids = read_line(a, arena_printf(a, "%s/pids.max", own.mounts.cgroup_own));
    return arena_printf(
        a,
        "no more processes are allowed: RLIMIT_NPROC (ulimit -u) is %s, pids.max of "
        "the cgroup is %s",
        number, pids ? pids : "not to be seen from here");
}

const char *gate_user_ns(struct arena *a, const struct facts *f, int num)
{
    static const char *const user[] = { "user", NULL };
    const char *advice = no_kernel_support(f);
    uint64_t value;

    if (advice)
        return advice;
    if (num == ENOSPC || num == EUSERS)
        return used_up(a, user);
    if (num == EAGAIN)
        return too_many_processes(a, f);
    if (!is_refusal(num) && num != ENOSYS)
        return NULL;
    if (is_refusal(num) && !is_admin(f) && (advice = gate_apparmor_userns(a, f)))
        return advice;
    if (num == EPERM && !is_admin(f) &&
        gate_sysctl(a, "kernel/unprivileged_userns_clone", &value) && value == 0)
        return "kernel.unprivileged_userns_clone is 0: sudo sysctl -w "
               "kernel.unprivileged_userns_clone=1";
    if (num == EPERM && f->userns.in_child &&
        (!facts_map_has(&f->userns.uid_map, f->self.euid, NULL) || !facts_map_has(&f->userns.gid_map, f->self.egid, NULL)))
        return arena_printf(
            a,
            "uid %u or gid %u is not mapped in the user namespace that this runs in "
            "(uids: %s), and so cannot make another",
            f->self.euid, f->self.egid, map_words(a, &f->userns.uid_map));
    if (num == EPERM && gate_is_chroot(a))
        return "the kernel gives no user namespace to a process in a chroot(2); enter the folder "
               "by another way than chroot";
    if (num == EACCES && (advice = selinux_advice(a)))
        return advice;
    /* With the other reasons excluded a filter is the last that answers so. */
    if (f->self.seccomp_mode == 2 && num != EACCES)
        return seccomp_advice(a, "new user namespaces");
    return NULL;
}

const char *gate_other_ns(struct arena *a, const struct facts *f, int num)
{
    static const char *const names[] = {
        "mnt", "pid", "net", "ipc", "uts", "cgroup", "time", NULL
    };
    const char *advice;

    if (num == ENOSPC || num == EUSERS)
        return used_up(a, names);
    if (num == EAGAIN)
        return too_many_processes(a, f);
    if (is_refusal(num) && !is_admin(f) && (advice = gate_apparmor_userns(a, f)))
        return advice;
    if (num == EACCES && (advice = selinux_advice(a)))
        return advice;
    if (num == EPERM && is_unshare_filtered(f))
        return seccomp_advice(a, "new namespaces");
    return NULL;
}

/* ---- id maps ---- */

/* The helper programs are not there, or have no power. */
static const char *helpers_advice(struct arena *a, const struct facts *f)
{
    for (int gids = 0; gids < 2; gids++) {
        struct map_helper h;
        const char *package;

        subid_probe_helper(a, f, gids, &h);
        if (h.works)
            continue;
        package = gate_package(a);
        if (!h.path)
            return package
                       ? arena_printf(a, "new%cidmap(1) is not installed: %s", "ug"[gids], package)
                       : h.why;
        return arena_printf(a, "%s %s", h.path, h.why);
    }
    return NULL;
}

/* "uid range [1-11) -> [200000-200010) not allowed": newuidmap(1) read the file and did not find
 * the range. */
static const char *range_advice(struct arena *a, const struct facts *f, const char *said)
{
    bool gids = strstr(said, "gid range [") != NULL;
    const char *at = strstr(said, ") -> [");
    const char *dash = at ? strchr(at + 6, '-') : NULL;
    const char *end = dash ? strchr(dash, ')') : NULL;
    uint32_t first, behind;
    struct id_map ranges;
    const char *why = NULL;

    if (!end || !strstr(end, "not allowed"))
        return NULL;
    if (dash - at > 20 || end - dash > 20 ||
        !text_u32(arena_copy(a, at + 6, (size_t)(dash - at - 6)), &first) ||
        !text_u32(arena_copy(a, dash + 1, (size_t)(end - dash - 1)), &behind) || behind <= first)
        return NULL;
    subid_read(a, f, gids, &ranges, &why);
    if (why && !strstr(why, "has no line"))
        return why;
    return arena_printf(a, "%s does not give %s %u-%u: sudo usermod --add-sub%cids %u-%u %s",
                        gids ? "/etc/subgid" : "/etc/subuid", f->self.name ? f->self.name : "you",
                        first, behind - 1, gids ? 'g' : 'u', first, behind - 1,
                        f->self.name ? f->self.name : "USER");
}

const char *gate_map(struct arena *a, const struct facts *f, const char *said)
{
    bool by_tool = strstr(said, "newuidmap") || strstr(said, "newgidmap");
    struct facts own = *f;
    const char *advice;

    if (!own.self.name)
        subid_probe_user(a, &own);
    if (!is_admin(f) && (advice = gate_apparmor_userns(a, f)))
        return advice;
    if (by_tool && (advice = range_advice(a, &own, said)))
        return advice;
    if (by_tool && own.self.egid != own.self.primary_gid)
        return arena_printf(a,
                            "newuidmap(1) works only for the primary group, which is %u, and the "
                            "current one is %u: leave newgrp(1) or sg(1)",
                            own.self.primary_gid, own.self.egid);
    if (by_tool && (advice = helpers_advice(a, &own)))
        return advice;
    /* All else excluded: the file gives ids that this namespace does not have. */
    if (by_tool && f->userns.in_child && strstr(said, "peration not permitted"))
        return arena_printf(a,
                            "ids outside of this user namespace cannot be mapped; it has uids %s, "
                            "gids %s",
                            map_words(a, &f->userns.uid_map), map_words(a, &f->userns.gid_map));
    return NULL;
}

/* ---- mounts ---- */

static bool knows_fs(struct arena *a, const char *type)
{
    const char *text;
    size_t n, word = strlen(type);

    if (read_text(a, "/proc/filesystems", 0, "\n\n", 1u << 16, &text, &n) != 0)
        return true;
    for (const char *at = text; (at = strstr(at, type)); at += word)
        if (at > text && at[-1] == '\t' && at[word] == '\n')
            return true;
    return false;
}

/* The file systems that the kernel lets root of a user namespace mount. */
static const char *const for_users[] = {
    "proc", "sysfs", "devpts", "tmpfs", "ramfs", "mqueue", "cgroup", "cgroup2", "overlay", "fuse",
    "binfmt_misc",
};

static const char *host_only(struct arena *a, const char *fstype)
{
    for (size_t i = 0; i < COUNT_OF(for_users); i++)
        if (strcmp(fstype, for_users[i]) == 0)
            return NULL;
    return arena_printf(a,
                        "no user namespace may mount %s: mount it on the host, and bind a folder of it",
                        fstype);
}

const char *gate_mount(struct arena *a, const struct facts *f, int num, const char *fstype)
{
    const char *advice, *call;

    if (num == ENODEV && fstype && !knows_fs(a, fstype))
        return arena_printf(
            a, "this kernel has no file system %s; if it is a module: sudo modprobe %s", fstype,
            fstype);
    if (num == EOVERFLOW)
        return "who makes an inode there must have a number in it: the id is not mapped in that "
               "mount, or not in the user namespace of its file system";
    if (!is_refusal(num) && num != ENOSYS)
        return NULL;
    if (!is_admin(f) && (advice = gate_apparmor_userns(a, f)))
        return advice;
    if (num == EPERM && text_is(fstype, "proc") && (advice = gate_hidden(a, "/proc")))
        return advice;
    if (num == EPERM && text_is(fstype, "sysfs") && (advice = gate_hidden(a, "/sys")))
        return advice;
    if (f->self.seccomp_mode == 2 && (call = kernel_missing_call(false)))
        return seccomp_advice(a, arena_printf(a, "%s(2)", call));
    if (num == EPERM && fstype && (!is_admin(f) || f->userns.in_child) &&
        (advice = host_only(a, fstype)))
        return advice;
    if (num == EACCES && (advice = apparmor_advice(a)))
        return advice;
    return num == EACCES ? selinux_advice(a) : NULL;
}
