/* host/gate-bind.c - why a bind mount, or an overlay, was refused for what it was made of. */
#include <errno.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include "base/clean.h"
#include "base/text.h"
#include "host/gate.h"
#include "host/mountinfo.h"
#include "host/probe.h"
#include "host/read.h"

static const struct {
    uint64_t attribute;
    const char *locked, *clears; /* as the kernel tells it, and the word that would take it away */
} flags[] = {
    { MOUNT_ATTR_RDONLY, "ro", "rw" },
    { MOUNT_ATTR_NOSUID, "nosuid", "suid" },
    { MOUNT_ATTR_NODEV, "nodev", "dev" },
    { MOUNT_ATTR_NOEXEC, "noexec", "exec" },
};

/* The file systems whose server has an opinion of its own on who may do what. */
static const struct {
    long type;
    const char *name;
} remote[] = {
    { NFS_SUPER_MAGIC, "NFS" },       { V9FS_MAGIC, "9p" },         { SMB_SUPER_MAGIC, "SMB" },
    { 0xff534d42L, "CIFS" },          { 0xfe534d42L, "SMB" },       { 0x47504653L, "GPFS" },
    { 0x0bd00bd0L, "Lustre" },        { 0x00c36400L, "Ceph" },      { AFS_SUPER_MAGIC, "AFS" },
    { CODA_SUPER_MAGIC, "Coda" },     { FUSE_SUPER_MAGIC, "FUSE" }, { 0x19830326L, "BeeGFS" },
};

static const char *find_locked(struct arena *a, const struct mount_list *m, const char *real,
                               const struct gate_bind *b)
{
    for (size_t i = 0; i < COUNT_OF(flags); i++) {
        const struct mount_info *top = mountinfo_of(m, real);

        if (b->cleared & flags[i].attribute && top && mountinfo_has(top->options, flags[i].locked))
            return arena_printf(a, "%s is mounted %s, and without root that stays: leave out %s%s",
                                top->target, flags[i].locked,
                                b->cleared_tree & flags[i].attribute ? "r" : "", flags[i].clears);
        for (size_t k = 0; b->cleared_tree & flags[i].attribute && k < m->n; k++)
            if (mountinfo_below(&(struct mount_list){ &m->v[k], 1 }, real, NULL) &&
                mountinfo_has(m->v[k].options, flags[i].locked))
                return arena_printf(a, "%s is mounted %s, and without root that stays: leave out r%s",
                                    m->v[k].target, flags[i].locked, flags[i].clears);
    }
    return NULL;
}

static const char *find_below(struct arena *a, const struct mount_list *m, const char *real)
{
    const char *below = mountinfo_below(m, real, NULL);

    return below ? arena_printf(a, "%s has mounts below it that must stay covered: %s; use rbind",
                                real, below)
                 : NULL;
}

/* Containers may use what is labelled for them, and nobody relabels a user's files unasked. */
static const char *find_label(struct arena *a, const char *real)
{
    char label[256];
    ssize_t n = lgetxattr(real, "security.selinux", label, sizeof label - 1);

    if (!text_is(read_line(a, "/sys/fs/selinux/enforce"), "1") || n <= 0)
        return NULL;
    label[n] = '\0';
    if (strstr(label, ":container_file_t:") || strstr(label, ":container_ro_file_t:"))
        return NULL;
    return arena_printf(a, "SELinux is enforcing, and the label of %s is %s: chcon -Rt "
                           "container_file_t %s",
                        real, label, real);
}

const char *gate_bind(struct arena *a, int num, const struct gate_bind *b)
{
    const uint64_t locked = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
                            MOUNT_ATTR_NOEXEC;
    struct mount_list m;
    const char *advice = NULL;
    const char *real = b->source ? probe_real(a, b->source) : NULL;

    if (real && (num == EINVAL || num == EPERM) && mountinfo_read(a, "self", &m) == 0)
        advice = num == EINVAL ? (b->tree ? NULL : find_below(a, &m, real))
                               : find_locked(a, &m, real, b);
    if (!advice && real && num == EACCES)
        advice = find_label(a, real);
    if (!advice && num == EPERM && (b->cleared | b->cleared_tree) & locked)
        advice = "the source is mounted read-only, nosuid, nodev or noexec, and without root that "
                 "stays; leave out rw, suid, dev, exec";
    return advice;
}

const char *gate_layers(struct arena *a, int num, const struct texts *layers)
{
    struct mount_list m;
    struct statfs fs;
    bool nested = false;

    if (num != EINVAL || !layers->n)
        return NULL;
    for (size_t i = 0; i < layers->n && (i || mountinfo_read(a, "self", &m) == 0); i++) {
        const char *real = probe_real(a, layers->v[i]);
        const char *below = real ? mountinfo_below(&m, real, NULL) : NULL;

        if (below)
            return arena_printf(a, "%s is mounted below %s, and nothing may be mounted below a layer",
                                below, real);
        nested = nested ||
                 (statfs(layers->v[i], &fs) == 0 && fs.f_type == OVERLAYFS_SUPER_MAGIC);
    }
    return nested ? "no more than two overlays lie on each other; the kernel's log (dmesg) may say more"
                  : "the kernel's log (dmesg) may say more";
}

/* Modules of security say no in the kernel's log alone. */
const char *gate_overlay(struct arena *a, int num, bool root)
{
    const char *modules = read_line(a, "/sys/kernel/security/lsm");

    if (num != EACCES && num != EPERM)
        return NULL;
    return arena_printf(a, "the kernel's log (dmesg) may say who refuses it%s%s%s",
                        modules ? "; security modules here: " : "", modules ? modules : "",
                        root ? "; --overlay-driver=fuse does without" : "");
}

const char *gate_remote(struct arena *a, const char *path)
{
    struct statfs fs;

    if (!path || statfs(path, &fs) < 0)
        return NULL;
    for (size_t i = 0; i < COUNT_OF(remote); i++)
        if (fs.f_type == remote[i].type)
            return arena_printf(a,
                                "%s is on %s, whose server may refuse all ids but yours: use a "
                                "single id (--userns single), or a copy on a local disk",
                                path, remote[i].name);
    return NULL;
}
