#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/text.h"
#include "host/gate.h"
#include "host/mountinfo.h"
#include "host/read.h"
#include "host/trial.h"

bool gate_sysctl(struct arena *a, const char *name, uint64_t *value)
{
    const char *text = read_line(a, arena_printf(a, "/proc/sys/%s", name));

    return text && text_u64(text, value);
}

const char *gate_label(struct arena *a)
{
    const char *text = read_line(a, "/proc/self/attr/current");

    return text ? text : "";
}

const char *gate_outer_container(void)
{
    const char *word = getenv("container"); /* systemd.io/CONTAINER_INTERFACE */

    if (access("/.dockerenv", F_OK) == 0)
        return "docker";
    if (access("/run/.containerenv", F_OK) == 0)
        return "podman";
    if (getenv("KUBERNETES_SERVICE_HOST"))
        return "kubernetes";
    return word && *word ? word : NULL;
}

/* WSL1 has no Linux kernel; its release has "Microsoft", that of WSL2 "microsoft-standard". */
int gate_wsl(const struct facts *f)
{
    const char *release = f->kernel.release;

    return strstr(release, "microsoft") ? 2 : strstr(release, "Microsoft") ? 1 : 0;
}

/* Is our root, for another process, mounted somewhere below its own? */
static bool is_elsewhere(struct arena *a, const char *pid, const struct mount_info *root)
{
    struct mount_list m;

    if (mountinfo_read(a, pid, &m) != 0)
        return false;
    for (size_t i = 0; i < m.n; i++)
        if (m.v[i].id == root->id)
            return strcmp(m.v[i].target, "/") != 0;
    return false;
}

bool gate_is_chroot(struct arena *a)
{
    struct mount_list ours;
    const struct mount_info *root = NULL;

    if (mountinfo_read(a, "self", &ours) != 0 || ours.n == 0)
        return false;
    /* The list has only what is below our root: when that is an ordinary folder, it is not in
     * it. */
    for (size_t i = 0; i < ours.n; i++)
        if (strcmp(ours.v[i].target, "/") == 0)
            root = &ours.v[i];
    if (!root)
        return true;
    /* When it is a mount point: a process outside, if it is in the same mount namespace (else it
     * has other ids), sees that mount somewhere else. */
    return is_elsewhere(a, "1", root) ||
           is_elsewhere(a, arena_printf(a, "%d", (int)getppid()), root);
}

const char *gate_hidden(struct arena *a, const char *dir)
{
    struct mount_list m;
    const char *first[3];
    OWN_TEXT list = { 0 };
    size_t n;

    if (mountinfo_read(a, "self", &m) != 0)
        return NULL;
    n = mountinfo_hiding(&m, dir, first, 3);
    if (n == 0)
        return NULL;
    for (size_t i = 0; i < n && i < 3; i++)
        text_printf(&list, "%s%s", i ? ", " : "", first[i]);
    if (n > 3)
        text_printf(&list, " and %zu more", n - 3);
    return arena_printf(a,
                        "a new %s is refused, since mounts here hide parts of this one: %s. "
                        "On the outer side: docker --security-opt systempaths=unconfined, "
                        "podman --security-opt unmask=ALL, Kubernetes procMount: Unmasked with "
                        "hostUsers: false, LXD security.nesting=true%s",
                        dir, list.s,
                        strcmp(dir, "/proc") == 0 ? ". Else share the pid namespace: no \"pid\" in "
                                                    "linux.namespaces"
                                                  : "");
}

/* ---- AppArmor ---- */

#define PROFILE "/etc/apparmor.d/rcrun"

const char *gate_apparmor_userns(struct arena *a, const struct facts *f)
{
    const char *exe = f->exe.path ? f->exe.path : "this program";
    uint64_t on = 0;
    struct trial t;

    if (!gate_sysctl(a, "kernel/apparmor_restrict_unprivileged_userns", &on) || on != 1)
        return NULL;
    /* Without the profile of that name the kernel refuses the namespace; with it, it gives one
     * that can do nothing. */
    trial_user_ns(&t);
    if (t.userns == 0 && !text_starts(t.label, "unprivileged_userns"))
        return NULL;
    if (access(PROFILE, F_OK) == 0)
        return arena_printf(a,
                            "AppArmor denies user namespaces to %s, and " PROFILE
                            " is loaded for another path, or not loaded: correct the path in it "
                            "and run apparmor_parser -r " PROFILE,
                            exe);
    return arena_printf(a,
                        "AppArmor denies user namespaces to %s: install the profile that comes "
                        "with rcrun as " PROFILE " and run apparmor_parser -r on it; in CI: "
                        "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
                        exe);
}

/* ---- which package ---- */

static const struct {
    const char *id; /* ID or ID_LIKE of os-release(5) */
    const char *advice;
} packages[] = {
    { "debian", "apt install uidmap" },
    { "ubuntu", "apt install uidmap" },
    { "alpine", "apk add shadow-uidmap" },
    { "arch", "pacman -S shadow" },
    { "fedora", "dnf install shadow-utils" },
    { "rhel", "dnf install shadow-utils" },
    { "suse", "zypper install shadow" },
    { "opensuse", "zypper install shadow" },
    { "gentoo", "emerge sys-apps/shadow" },
    { "void", "xbps-install shadow" },
    { "nixos", "security.wrappers of newuidmap and newgidmap" },
};

/* Is the word among those of KEY=... ? */
static bool release_has(const char *text, const char *key, const char *word)
{
    size_t key_n = strlen(key), word_n = strlen(word);

    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, key_n) != 0 || line[key_n] != '=')
            continue;
        for (const char *s = line + key_n + 1; *s && *s != '\n';) {
            size_t n;

            s += strspn(s, "\"' ");
            n = strcspn(s, "\"' \n");
            if (n == word_n && strncmp(s, word, n) == 0)
                return true;
            s += n;
        }
    }
    return false;
}

const char *gate_package(struct arena *a)
{
    static const char *const keys[] = { "ID", "ID_LIKE" };
    const char *text;
    size_t n;

    if (read_text(a, "/etc/os-release", 0, NULL, 1u << 16, &text, &n) != 0)
        return NULL;
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < COUNT_OF(packages); i++)
            if (release_has(text, keys[k], packages[i].id))
                return packages[i].advice;
    return NULL;
}
