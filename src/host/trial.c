#include "host/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clean.h"
#include "base/fd.h"
#include "base/file.h"
#include "os/cred.h"
#include "os/mount.h"
#include "os/ns.h"
#include "os/proc.h"

#define TRIAL_MS 250

static const struct trial nothing = {
    .userns = TRIAL_NOT,
    .tools = TRIAL_NOT,
    .map = TRIAL_NOT,
    .mount_ns = TRIAL_NOT,
    .net_ns = TRIAL_NOT,
    .ipc_ns = TRIAL_NOT,
    .uts_ns = TRIAL_NOT,
    .pid_ns = TRIAL_NOT,
    .name = TRIAL_NOT,
    .proc = TRIAL_NOT,
    .sys = TRIAL_NOT,
    .overlay = TRIAL_NOT,
    .overlay_lower = TRIAL_NOT,
    .tun_open = TRIAL_NOT,
    .tun = TRIAL_NOT,
    .fuse_open = TRIAL_NOT,
};

/* ---- in the child ---- */

static int num_of(int result, const struct err *e)
{
    return result == 0 ? 0 : e->num ? e->num : EIO;
}

static int try_unshare(uint32_t ns)
{
    struct err e = { 0 };

    return num_of(os_unshare(ns, &e), &e);
}

/* A file system that is made, and never attached. */
static int try_fs(const char *type)
{
    struct err e = { 0 };
    OWN_FD context = -1, mount = -1;

    if (os_fs_open(type, &context, &e) < 0)
        return num_of(-1, &e);
    return num_of(os_fs_mount(context, type, 0, &mount, &e), &e);
}

/* Somewhere to attach a tmpfs to, since an overlay takes its folders by name. */
static int scratch(const char **dir, struct err *e)
{
    static const char *const places[] = { "/tmp", "/var", "/mnt", "/home" };
    OWN_FD context = -1, mount = -1, place = -1;

    TRY(os_mount_propagation(MS_SLAVE, e));
    TRY(os_fs_open("tmpfs", &context, e));
    TRY(os_fs_mount(context, "tmpfs", 0, &mount, e));
    for (size_t i = 0; i < COUNT_OF(places) && place < 0; i++) {
        *dir = places[i];
        place = open(places[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
    }
    if (place < 0)
        return err_set(e, ENOENT, "a folder to mount on");
    return os_move_mount(mount, place, e);
}

static int overlay(const char *dir, bool upper, struct err *e)
{
    OWN_FD context = -1, mount = -1;
    char text[128];

    TRY(os_fs_open("overlay", &context, e));
    snprintf(text, sizeof text, upper ? "%s/l" : "%s/l:%s/u", dir, dir);
    TRY(os_fs_set(context, "lowerdir", text, e));
    if (upper) {
        snprintf(text, sizeof text, "%s/u", dir);
        TRY(os_fs_set(context, "upperdir", text, e));
        snprintf(text, sizeof text, "%s/w", dir);
        TRY(os_fs_set(context, "workdir", text, e));
        TRY(os_fs_set(context, "userxattr", NULL, e));
    }
    return os_fs_mount(context, "overlay", 0, &mount, e);
}

static void try_overlay(struct trial *t)
{
    struct err e = { 0 };
    const char *dir = "/tmp";
    char text[64];

    if (scratch(&dir, &e) < 0)
        return;
    for (const char *name = "luw"; *name; name++) {
        snprintf(text, sizeof text, "%s/%c", dir, *name);
        if (mkdir(text, 0700) < 0)
            return;
    }
    t->overlay = num_of(overlay(dir, true, &e), &e);
    snprintf(t->overlay_text, sizeof t->overlay_text, "%.199s", e.text);
    err_clear(&e);
    if (t->overlay)
        t->overlay_lower = num_of(overlay(dir, false, &e), &e);
}

static int try_open(const char *path, int *fd)
{
    *fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    return *fd < 0 ? errno : 0;
}

static void try_devices(struct trial *t)
{
    struct ifreq request = { .ifr_name = "tap0", .ifr_flags = IFF_TAP | IFF_NO_PI };
    OWN_FD tun = -1, fuse = -1;

    t->tun_open = try_open("/dev/net/tun", &tun);
    /* Only in a network namespace of our own. */
    if (t->tun_open == 0 && t->net_ns == 0)
        t->tun = ioctl(tun, TUNSETIFF, &request) < 0 ? errno : 0;
    t->fuse_open = try_open("/dev/fuse", &fuse);
}

/* The first process of the new pid namespace: a procfs shows that of its maker. */
static void try_mounts(struct trial *t)
{
    struct err e = { 0 };

    t->name = num_of(os_set_hostname("trial", &e), &e);
    t->proc = try_fs("proc");
    t->sys = try_fs("sysfs");
    try_devices(t);
    try_overlay(t);
}

static void read_label(struct trial *t)
{
    if (file_read_small(AT_FDCWD, "/proc/self/attr/current", t->label, sizeof t->label) < 0)
        t->label[0] = '\0';
    t->label[strcspn(t->label, "\n")] = '\0';
}

static _Noreturn void be_child(int wire, struct trial *t)
{
    struct err e = { 0 };
    pid_t pid = 0;
    int fd;

    os_die_with_parent(&e);
    read_label(t);
    /* "I am there", with the label; then wait for the map. */
    if (fd_send(wire, t, sizeof *t, -1, &e) < 0 || fd_receive(wire, t, sizeof *t, &fd, &e) <= 0)
        _exit(1);
    t->mount_ns = try_unshare(NS_MOUNT);
    t->net_ns = try_unshare(NS_NET);
    t->ipc_ns = try_unshare(NS_IPC);
    t->uts_ns = try_unshare(NS_UTS);
    t->pid_ns = try_unshare(NS_PID);
    if (os_clone(0, false, &pid, NULL, &e) < 0)
        _exit(1);
    if (pid == 0) {
        os_die_with_parent(&e);
        try_mounts(t);
        fd_send(wire, t, sizeof *t, -1, &e);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    _exit(0);
}

/* ---- in the parent ---- */

void trial_map(struct arena *a, uint32_t own, const struct id_map *sub, struct id_map *out)
{
    uint64_t next = 1;

    *out = (struct id_map){ 0 };
    *LIST_ADD(a, out) = (struct id_range){ 0, own, 1 };
    for (size_t i = 0; i < sub->n && next + sub->v[i].size <= UINT32_MAX; i++) {
        *LIST_ADD(a, out) = (struct id_range){ (uint32_t)next, sub->v[i].outside, sub->v[i].size };
        next += sub->v[i].size;
    }
}

static const char *const *tool_argv(struct arena *a, const char *tool, pid_t pid,
                                    const struct id_map *map)
{
    const char **argv = arena_get(a, (map->n * 3 + 3) * sizeof *argv);
    size_t n = 0;

    argv[n++] = tool;
    argv[n++] = arena_printf(a, "%d", (int)pid);
    for (size_t i = 0; i < map->n; i++) {
        argv[n++] = arena_printf(a, "%u", map->v[i].inside);
        argv[n++] = arena_printf(a, "%u", map->v[i].outside);
        argv[n++] = arena_printf(a, "%u", map->v[i].size);
    }
    return argv;
}

static int run_tools(struct arena *a, const struct facts *f, pid_t pid, const struct id_map *uids,
                     const struct id_map *gids, struct err *e)
{
    const char *const env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL };
    const char *uid_tool = f->subid.newuidmap.path, *gid_tool = f->subid.newgidmap.path;
    struct child both[2] = { CHILD_NONE, CHILD_NONE };

    if (child_start(&both[0], NULL, gid_tool, tool_argv(a, gid_tool, pid, gids), env, e) < 0)
        return -1;
    if (child_start(&both[1], &both[0], uid_tool, tool_argv(a, uid_tool, pid, uids), env, e) < 0) {
        child_drop(&both[0]);
        return -1;
    }
    return child_wait(both, 2, TRIAL_MS, e);
}

static int write_maps(const struct facts *f, int proc, pid_t pid, const struct id_map *uids,
                      const struct id_map *gids, struct err *e)
{
    /* The kernel wants it from those who may not change groups anyway. */
    if (!facts_has_cap(f, CAP_SETGID) && os_deny_setgroups(proc, pid, e) < 0)
        return -1;
    TRY(os_write_map(proc, pid, true, gids, e));
    return os_write_map(proc, pid, false, uids, e);
}

static void map_child(struct arena *a, const struct facts *f, pid_t pid, struct trial *t)
{
    static const struct id_map none = { 0 };
    struct id_map uids, gids;
    struct err e = { 0 };
    OWN_FD proc = -1;

    if (f->subid.uids.n && f->subid.newuidmap.works && f->subid.newgidmap.works) {
        trial_map(a, f->self.euid, &f->subid.uids, &uids);
        trial_map(a, f->self.egid, &f->subid.gids, &gids);
        t->tools = run_tools(a, f, pid, &uids, &gids, &e) < 0 ? (e.num ? e.num : ECHILD) : 0;
        t->map = t->tools;
        snprintf(t->tools_text, sizeof t->tools_text, "%.399s", e.text);
        if (t->tools == 0)
            return;
        err_clear(&e);
    }
    t->single = true;
    trial_map(a, f->self.euid, &none, &uids);
    trial_map(a, f->self.egid, &none, &gids);
    if (os_proc_host(&proc, &e) < 0)
        t->map = num_of(-1, &e);
    else
        t->map = num_of(write_maps(f, proc, pid, &uids, &gids, &e), &e);
}

static bool hear(int wire, struct trial *t, int ms)
{
    struct pollfd p = { .fd = wire, .events = POLLIN };
    struct trial got;
    struct err e = { 0 };
    int fd;

    if (poll(&p, 1, ms) <= 0 || fd_receive(wire, &got, sizeof got, &fd, &e) != sizeof got)
        return false;
    *t = got;
    return true;
}

/* The child lives in one user namespace from birth: an unshare(2) of ours could not be undone. */
static bool start(int wire[2], pid_t *pid, struct trial *t)
{
    struct err e = { 0 };

    *t = nothing;
    if (fd_pair(wire, &e) < 0)
        return false;
    t->userns = num_of(os_clone(NS_USER, false, pid, NULL, &e), &e);
    if (t->userns == 0 && *pid == 0) {
        close(wire[0]);
        be_child(wire[1], t);
    }
    close(wire[1]);
    if (t->userns != 0) {
        close(wire[0]);
        return false;
    }
    return true;
}

static void finish(int wire, pid_t pid)
{
    close(wire);
    child_kill(&pid);
}

void trial_user_ns(struct trial *t)
{
    int wire[2];
    pid_t pid;

    if (!start(wire, &pid, t))
        return;
    hear(wire[0], t, TRIAL_MS);
    finish(wire[0], pid);
}

void trial_run(struct arena *a, const struct facts *f, struct trial *t)
{
    struct err e = { 0 };
    int wire[2];
    pid_t pid;

    if (!start(wire, &pid, t))
        return;
    if (hear(wire[0], t, TRIAL_MS)) {
        map_child(a, f, pid, t);
        if (fd_send(wire[0], t, sizeof *t, -1, &e) == 0)
            hear(wire[0], t, TRIAL_MS);
    }
    finish(wire[0], pid);
}
