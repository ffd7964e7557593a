/* plan/refuse.c - what is asked for and cannot be had is told before anything happens. */
#include <linux/capability.h>

#include "plan/make.h"
#include "spec/check.h"
#include "spec/names.h"

/* In a user namespace nobody can. */
static bool can_make_devices(const struct maker *m)
{
    const struct spec_capabilities *c = m->spec->process->capabilities;

    if (unprivileged(m))
        return false;
    for (size_t i = 0; c && i < c->bounding.n; i++)
        if (text_is(c->bounding.v[i], "CAP_MKNOD"))
            return true;
    return false;
}

static int refuse_resources(struct maker *m, struct err *e)
{
    const struct spec_linux *l = m->spec->linux_;
    const char *path = NULL;

    if (spec_has_limits(m->spec, &path)) {
        err_set(e, 0, "%s: this version does not manage cgroups, so the limit would not hold",
                path);
        return err_hint(e, "remove it, or set limits around rcrun: systemd-run --user --scope "
                           "-p MemoryMax=... rcrun run ...");
    }
    if (l->resources && l->resources->devices.n && can_make_devices(m))
        plan_warn(m, "linux.resources.devices: this version does not enforce device rules, and "
                     "the program has CAP_MKNOD");
    else if (l->resources && l->resources->devices.n)
        plan_note(m, "linux.resources.devices: device rules are not enforced: what can be opened "
                     "are the devices that the container is given");
    if (l->cgroups_path && *l->cgroups_path)
        plan_note(m, "linux.cgroupsPath: no cgroup is made, since no limit is asked for");
    return 0;
}

static int refuse_linux(struct maker *m, struct err *e)
{
    const struct spec_linux *l = m->spec->linux_;

    TRY(refuse_resources(m, e));
    if (l->intel_rdt)
        return err_set(e, 0, "linux.intelRdt: this version does not write resctrl, which needs root");
    if (l->net_devices.n)
        return err_set(e, 0, "linux.netDevices.%s: this version does not move network devices, "
                             "which needs root",
                       l->net_devices.v[0].key);
    if (l->memory_policy && text_is(l->memory_policy->mode.text, "MPOL_WEIGHTED_INTERLEAVE") &&
        !m->f->kernel.weighted_interleave)
        return err_set(e, 0, "linux.memoryPolicy.mode: MPOL_WEIGHTED_INTERLEAVE needs Linux 6.9, "
                             "this is %s",
                       m->f->kernel.release);
    if (l->mount_label && *l->mount_label && !m->f->kernel.selinux) {
        err_set(e, 0, "linux.mountLabel: \"%s\" cannot be applied: SELinux is not active on this "
                      "host",
                l->mount_label);
        return err_hint(e, "remove linux.mountLabel from the config");
    }
    return 0;
}

/* Without a mount namespace every mount would be the host's, and in one that is joined it
 * would be another container's. */
static int refuse_mountless(struct maker *m, struct err *e)
{
    const struct spec *s = m->spec;
    const struct spec_linux *l = s->linux_;
    const char *what = NULL;

    if (makes(m, NS_MOUNT))
        return 0;
    if (s->mounts.n)
        what = "mounts";
    else if (s->root->readonly)
        what = "root.readonly";
    else if (l && l->masked_paths.n)
        what = "linux.maskedPaths";
    else if (l && l->readonly_paths.n)
        what = "linux.readonlyPaths";
    else if (l && l->devices.n)
        what = "linux.devices";
    else if (l && l->rootfs_propagation.set)
        what = "linux.rootfsPropagation";
    if (what)
        return err_set(e, 0, "%s: needs a new mount namespace in linux.namespaces", what);
    return 0;
}

/* spec_check() has seen that there is an entry, but not that its path leads to the namespace
 * which we are in. */
static int refuse_shared(struct maker *m, struct err *e)
{
    const struct spec *s = m->spec;
    uint32_t own = m->create | m->joined;

    if (!(own & NS_UTS) && ((s->hostname && *s->hostname) || (s->domainname && *s->domainname)))
        return err_set(e, 0, "%s: would change the host's: the uts namespace of the config is the "
                             "one that rcrun is in",
                       s->hostname && *s->hostname ? "hostname" : "domainname");
    for (size_t i = 0; s->linux_ && i < s->linux_->sysctl.n; i++) {
        const char *key = s->linux_->sysctl.v[i].key;
        char *path;

        if (spec_sysctl_path(m->a, key, &path) == 0 && !(own & spec_sysctl_namespace(path)))
            return err_set(e, 0, "linux.sysctl[\"%s\"]: would change the host's: its namespace "
                                 "in the config is the one that rcrun is in",
                           key);
    }
    return 0;
}

/* What would change the container elsewhere, and changes nothing here. */
static void tell_annotations(struct maker *m)
{
    static const struct {
        const char *key, *why;
    } rows[] = {
        { ANNOTATION_FORCE_CGROUP_V1, "the container gets no cgroup of version 1" },
        { ANNOTATION_DELEGATE_CGROUP, "the container gets no cgroup of its own" },
        { ANNOTATION_SYSTEMD_SUBGROUP, "the container gets no cgroup of its own" },
        { ANNOTATION_IDMAP, "use linux.uidMappings and linux.gidMappings" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (spec_annotation(m->spec, rows[i].key))
            plan_warn(m, "annotations[\"%s\"]: not supported: %s", rows[i].key, rows[i].why);
    /* Engines set these on their own. */
    for (size_t i = 0; i < m->spec->annotations.n; i++)
        if (text_starts(m->spec->annotations.v[i].key, ANNOTATION_SYSTEMD_PROPERTY))
            plan_note(m, "annotations[\"%s\"]: there is no systemd scope that has it",
                      m->spec->annotations.v[i].key);
}

int plan_refuse_terminal(struct maker *m, struct err *e)
{
    bool wanted = m->spec->process->terminal;
    const char *without = m->o->exec ? "leave out --tty (in a file of --process: terminal)"
                                     : "give --no-tty, or set process.terminal to false";

    if (wanted && !m->o->foreground && !m->o->console_socket) {
        err_set(e, 0, "process.terminal: true, but there is nobody to take the terminal");
        return err_hint(e, "use --console-socket, or %s", without);
    }
    if (!wanted && m->o->console_socket)
        return err_set(e, 0, "process.terminal: false, so there is nothing for --console-socket");
    if (wanted && m->o->foreground && !m->o->console_socket && !m->f->tty.stdin_tty) {
        err_set(e, 0, "process.terminal: true, but there is no terminal on stdin");
        return err_hint(e, "%s", without);
    }
    return 0;
}

int plan_refuse(struct maker *m, struct err *e)
{
    const struct spec_process *p = m->spec->process;

    if (!p)
        return err_set(e, 0, "process: missing, so there is nothing to run");
    if (m->f->kernel.missing) {
        err_set(e, 0, "the system call %s is not available", m->f->kernel.missing);
        return err_hint(e, "rcrun needs Linux 5.12 or newer, this is %s; an outer container's "
                           "seccomp profile may hide it",
                        m->f->kernel.release);
    }
    if (plan_pidfd_socket(m) && *plan_pidfd_socket(m) != '/')
        return err_set(e, 0, "annotations[\"" ANNOTATION_PIDFD_RECEIVER "\"]: \"%s\" is not an "
                             "absolute path",
                       plan_pidfd_socket(m));
    if (m->spec->linux_)
        TRY(refuse_linux(m, e));
    TRY(refuse_mountless(m, e));
    TRY(refuse_shared(m, e));
    tell_annotations(m);
    if (!m->f->state_root)
        return facts_no_state_root(m->f->state_root_why, e);
    return plan_refuse_terminal(m, e);
}
