/* Rows about devices, network, security and surroundings. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clean.h"
#include "base/path.h"
#include "base/text.h"
#include "host/doctor-rows.h"
#include "host/gate.h"
#include "host/probe-net.h"
#include "host/tool.h"
#include "host/read.h"

/* ---- systemd ---- */

/* A socket that is there may have nobody behind it: only a connection tells. */
static bool answers(const char *path)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    OWN_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0 || strlen(path) >= sizeof at.sun_path)
        return false;
    memcpy(at.sun_path, path, strlen(path) + 1);
    return connect(fd, (const struct sockaddr *)&at, sizeof at) == 0;
}

static const char *bus_of(struct exam *x, const char *dir)
{
    const char *private = arena_printf(x->a, "%s/systemd/private", dir);
    const char *bus = arena_printf(x->a, "%s/bus", dir);

    if (answers(private))
        return private;
    /* Other programs than systemd may offer a session bus. */
    return access(arena_printf(x->a, "%s/systemd", dir), F_OK) == 0 && answers(bus) ? bus : NULL;
}

void find_bus(struct exam *x)
{
    const char *xdg = getenv("XDG_RUNTIME_DIR");

    if (x->f.self.euid == 0 && !x->f.userns.in_child)
        x->bus = answers("/run/systemd/private") ? "/run/systemd/private" : NULL;
    else if (xdg && xdg[0] == '/')
        x->bus = bus_of(x, xdg);
    if (!x->bus && x->f.self.euid != 0)
        x->bus = bus_of(x, arena_printf(x->a, "/run/user/%u", x->f.self.euid));
}

void row_systemd(struct exam *x, struct check *c)
{
    if (x->bus) {
        row_set(x, c, CHECK_OK, "%s answers", x->bus);
    } else if (access("/run/systemd/system", F_OK) != 0) {
        row_set(x, c, CHECK_SKIP, "this system does not run systemd");
    } else {
        row_set(x, c, CHECK_WARN, "no user manager answers");
        c->hint = "log in by ssh or a console (su and sudo make no session), or: loginctl "
                  "enable-linger and set XDG_RUNTIME_DIR to /run/user/UID";
    }
}

/* ---- network ---- */

static void tell_device(struct exam *x, struct check *c, const char *path, int num)
{
    struct stat st;

    if (num == EACCES && stat(path, &st) == 0)
        row_set(x, c, CHECK_FAIL, "%s: %s (mode %04o, uid %u, gid %u)", path, err_text(num),
                st.st_mode & 07777u, st.st_uid, st.st_gid);
    else
        row_set(x, c, CHECK_FAIL, "%s: %s", path, err_text(num));
}

void row_tun(struct exam *x, struct check *c)
{
    static const char tun[] = "/dev/net/tun";

    if (row_skipped(x, c, x->t.tun_open))
        return;
    if (x->t.tun_open != 0) {
        tell_device(x, c, tun, x->t.tun_open);
        if (x->t.tun_open == EACCES)
            c->hint = "sudo chmod 666 /dev/net/tun";
        else if (gate_outer_container())
            c->hint = "start the outer container with --device /dev/net/tun";
        else
            c->hint = "sudo modprobe tun";
    } else if (x->t.tun != 0) {
        row_set(x, c, CHECK_FAIL, "no tap device in a new network namespace: %s",
                x->t.tun > 0 ? err_text(x->t.tun) : "there is no such namespace");
    } else {
        row_set(x, c, CHECK_OK, "a tap device can be made");
    }
}

/* "ping for gids 0-2147483647, ports from 1024": what the host lets the helper do. */
static const char *net_powers(struct exam *x)
{
    const char *ping = read_line(x->a, "/proc/sys/net/ipv4/ping_group_range");
    uint64_t port = 1024;
    bool has_ping = ping && strcmp(ping, "1\t0") != 0;

    gate_sysctl(x->a, "net/ipv4/ip_unprivileged_port_start", &port);
    return arena_printf(x->a, "%s, ports from %llu", has_ping ? "ping works" : "no ping",
                        (unsigned long long)port);
}

/* "rcrun-net version 0.1.0, libslirp 4.7.0 (guarded: CVE-2026-9539)" of what --version prints. */
static const char *net_versions(struct exam *x, const char *text)
{
    static const char library[] = "\nlibslirp: ";
    const char *at = strstr(text, library), *fault = strstr(text, "\nCVE-");
    const char *own = arena_copy(x->a, text, strcspn(text, "\n"));

    if (!at)
        return own;
    at += sizeof library - 1;
    own = arena_printf(x->a, "%s, libslirp %.*s", own, (int)strcspn(at, "\n"), at);
    return fault ? arena_printf(x->a, "%s (guarded: %.*s)", own, (int)strcspn(fault + 1, ":"),
                                fault + 1)
                 : own;
}

/* What a helper of ours says of its version. */
static int ask_version(const char *helper, char *text, size_t size, struct err *e)
{
    const char *const argv[] = { helper, "--version", NULL };
    const char *const env[] = { "LC_ALL=C", NULL };

    return child_run_output(helper, argv, env, 100, text, size, e);
}

void row_net(struct exam *x, struct check *c)
{
    const char *helper = tool_find_helper(x->a, x->f.exe.path, "rcrun-net");
    char text[2048];
    struct err e = { 0 };

    if (x->t.net_ns > 0) {
        row_set(x, c, CHECK_FAIL, "new network namespace: %s", err_text(x->t.net_ns));
        c->hint = gate_other_ns(x->a, &x->f, x->t.net_ns);
    } else if (!helper) {
        row_set(x, c, CHECK_WARN, "rcrun-net is not installed");
        c->hint = "install rcrun-net beside rcrun (it is built where libslirp is)";
    } else if (ask_version(helper, text, sizeof text, &e) < 0) {
        row_set(x, c, CHECK_WARN, "%s", e.text);
    } else {
        row_set(x, c, CHECK_OK, "%s; %s", net_versions(x, text), net_powers(x));
    }
}

/* ---- images ---- */

/* The first line is its own, on another each library begins with its name. */
void row_unpack(struct exam *x, struct check *c)
{
    const char *helper = tool_find_helper(x->a, x->f.exe.path, "rcrun-unpack");
    static const char library[] = "libarchive ";
    char text[2048];
    struct err e = { 0 };
    const char *at;

    if (!helper) {
        row_set(x, c, CHECK_SKIP, "rcrun-unpack is not installed (only rcrun unpack needs it)");
    } else if (ask_version(helper, text, sizeof text, &e) < 0) {
        row_set(x, c, CHECK_WARN, "%s", e.text);
    } else {
        at = strstr(text, library);
        row_set(x, c, CHECK_OK, "%.*s%s%.*s", (int)strcspn(text, "\n"), text, at ? ", " : "",
                at ? (int)(sizeof library - 1 + strcspn(at + sizeof library - 1, " \n")) : 0,
                at ? at : "");
    }
}

/* ---- security ---- */

void row_seccomp(struct exam *x, struct check *c)
{
    const char *actions = read_line(x->a, "/proc/sys/kernel/seccomp/actions_avail");

    if (!x->f.kernel.seccomp) {
        row_set(x, c, CHECK_FAIL, "this kernel has no filters (CONFIG_SECCOMP_FILTER)");
        return;
    }
    row_set(x, c, CHECK_OK, "filters work%s%s",
            actions && !strstr(actions, "user_notif") ? ", without notification" : "",
            x->f.self.seccomp_mode == 2 ? "; this process is under one already" : "");
}

void row_lsm(struct exam *x, struct check *c)
{
    const char *label = gate_label(x->a);
    const char *enforce = read_line(x->a, "/sys/fs/selinux/enforce");

    if (x->f.kernel.selinux || (*label && strchr(label, ':')))
        row_set(x, c, CHECK_OK, "SELinux, %s, %s",
                text_is(enforce, "0") ? "permissive" : "enforcing", *label ? label : "no label");
    else if (*label && !text_starts(label, "unconfined"))
        row_set(x, c, CHECK_WARN, "AppArmor, under the profile %s: it may refuse mounts", label);
    else if (x->f.kernel.apparmor || *label)
        row_set(x, c, CHECK_OK, "AppArmor, unconfined");
    else
        row_set(x, c, CHECK_OK, "neither AppArmor nor SELinux");
}

/* ---- surroundings ---- */

void row_runtime_dir(struct exam *x, struct check *c)
{
    if (!x->f.state_root)
        row_set(x, c, CHECK_FAIL, "%s", x->f.state_root_why ? x->f.state_root_why : "none");
    else if (x->f.state_root_why)
        row_set(x, c, CHECK_OK, "%s (%s)", x->f.state_root, x->f.state_root_why);
    else
        row_set(x, c, CHECK_OK, "%s", x->f.state_root);
}

void row_tty(struct exam *x, struct check *c)
{
    if (x->f.tty.stdin_tty)
        row_set(x, c, CHECK_OK, "stdin is a terminal");
    else
        row_set(x, c, CHECK_SKIP, "stdin is no terminal: process.terminal must be false");
}

static bool is_on_windows(const char *path)
{
    struct statfs fs;

    return path && statfs(path, &fs) == 0 && fs.f_type == V9FS_MAGIC;
}

void row_wsl(struct exam *x, struct check *c)
{
    int version = gate_wsl(&x->f);

    if (version == 0) {
        row_set(x, c, CHECK_SKIP, "this is not WSL");
    } else if (version == 1) {
        row_set(x, c, CHECK_FAIL, "WSL1 has no namespaces");
        c->hint = "wsl --set-version DISTRIBUTION 2";
    } else if (is_on_windows(x->f.cwd)) {
        row_set(x, c, CHECK_WARN,
                "WSL2, and %s is on a Windows drive: no owners, links or sockets "
                "there",
                x->f.cwd);
        c->hint = "keep bundles below your home";
    } else {
        row_set(x, c, CHECK_OK, "WSL2%s", x->bus ? "" : ", without systemd (no limits)");
    }
}
