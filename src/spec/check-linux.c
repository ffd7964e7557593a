/* spec/check-linux.c - see check.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/text.h"
#include "spec/check-parts.h"
#include "spec/names.h"

/* The kernel takes that many lines, user_namespaces(7). */
#define MAP_LINES 340

/* ---- namespaces -------------------------------------------------------------------------- */

uint32_t spec_namespaces(const struct spec *s)
{
    uint32_t all = 0;

    for (size_t i = 0; s->linux_ && i < s->linux_->namespaces.n; i++)
        all |= (uint32_t)s->linux_->namespaces.v[i].type.value;
    return all;
}

/* Among the entries, one that makes a new namespace and not one that joins. */
static bool has_new(const struct spec *s, uint32_t type)
{
    for (size_t i = 0; s->linux_ && i < s->linux_->namespaces.n; i++) {
        const struct spec_namespace *ns = &s->linux_->namespaces.v[i];

        if (ns->type.value == type)
            return !ns->path || !*ns->path;
    }
    return false;
}

int check_namespaces(const struct spec *s, struct arena *a, struct err *e)
{
    uint32_t seen = 0;

    (void)a;
    for (size_t i = 0; s->linux_ && i < s->linux_->namespaces.n; i++) {
        const struct spec_namespace *ns = &s->linux_->namespaces.v[i];
        uint32_t type = (uint32_t)ns->type.value;

        if (seen & type)
            return err_set(e, 0, "linux.namespaces[%zu].type: %s is given twice", i, ns->type.text);
        if (ns->path && *ns->path && !check_is_absolute(ns->path))
            return err_set(e, 0,
                           "linux.namespaces[%zu].path: wants an absolute path, "
                           "found \"%.200s\"",
                           i, ns->path);
        seen |= type;
    }
    return 0;
}

/* ---- id maps ----------------------------------------------------------------------------- */

static bool overlap(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size)
{
    return a < (uint64_t)b + b_size && b < (uint64_t)a + a_size;
}

static int check_overlap(const char *path, const struct spec_id_map *v, size_t i, size_t k,
                         struct err *e)
{
    const struct spec_id_map *x = &v[k], *y = &v[i];

    if (overlap(x->container_id, x->size, y->container_id, y->size))
        return err_set(e, 0, "%s[%zu].containerID: %u-%u overlaps %u-%u of %s[%zu]", path, i,
                       y->container_id, y->container_id + y->size - 1, x->container_id,
                       x->container_id + x->size - 1, path, k);
    if (overlap(x->host_id, x->size, y->host_id, y->size))
        return err_set(e, 0, "%s[%zu].hostID: %u-%u overlaps %u-%u of %s[%zu]", path, i, y->host_id,
                       y->host_id + y->size - 1, x->host_id, x->host_id + x->size - 1, path, k);
    return 0;
}

int check_map(const char *path, const struct spec_id_maps *map, struct err *e)
{
    if (map->n > MAP_LINES)
        return err_set(e, 0, "%s: has %zu ranges, the kernel takes %d", path, map->n, MAP_LINES);
    for (size_t i = 0; i < map->n; i++) {
        const struct spec_id_map *r = &map->v[i];
        const char *side = NULL;

        if (r->size == 0)
            return err_set(e, 0, "%s[%zu].size: is 0", path, i);
        /* The last id, 4294967295, is no id. */
        if (r->container_id > UINT32_MAX - r->size)
            side = "containerID";
        else if (r->host_id > UINT32_MAX - r->size)
            side = "hostID";
        if (side)
            return err_set(e, 0, "%s[%zu].%s: %u ids from %u on go beyond 4294967294", path, i,
                           side, r->size, *side == 'c' ? r->container_id : r->host_id);
        for (size_t k = 0; k < i; k++)
            TRY(check_overlap(path, map->v, i, k, e));
    }
    return 0;
}

int check_maps(const struct spec *s, struct arena *a, struct err *e)
{
    const struct spec_linux *l = s->linux_;

    (void)a;
    if (!l)
        return 0;
    if ((l->uid_mappings.n || l->gid_mappings.n) && !(spec_namespaces(s) & NS_USER))
        return err_set(e, 0, "linux.%s: needs an entry \"user\" in linux.namespaces",
                       l->uid_mappings.n ? "uidMappings" : "gidMappings");
    TRY(check_map("linux.uidMappings", &l->uid_mappings, e));
    return check_map("linux.gidMappings", &l->gid_mappings, e);
}

/* ---- time -------------------------------------------------------------------------------- */

static int check_time_offset(const char *clock, const struct spec_time_offset *offset,
                             struct err *e)
{
    if (offset && offset->nanosecs.value > 999999999)
        return err_set(e, 0,
                       "linux.timeOffsets.%s.nanosecs: wants a number from 0 to 999999999, "
                       "found %u",
                       clock, offset->nanosecs.value);
    return 0;
}

int check_time_offsets(const struct spec *s, struct arena *a, struct err *e)
{
    const struct spec_time_offsets *offsets = s->linux_ ? s->linux_->time_offsets : NULL;

    (void)a;
    if (!offsets || (!offsets->monotonic && !offsets->boottime))
        return 0;
    if (!has_new(s, NS_TIME))
        return err_set(e, 0,
                       "linux.timeOffsets: needs an entry \"time\" without path in "
                       "linux.namespaces");
    TRY(check_time_offset("monotonic", offsets->monotonic, e));
    return check_time_offset("boottime", offsets->boottime, e);
}

/* ---- devices ----------------------------------------------------------------------------- */

static int check_number(size_t i, const char *member, const struct opt_i64 *number, int64_t max,
                        struct err *e)
{
    if (!number->set)
        return err_set(e, 0, "linux.devices[%zu].%s: is missing", i, member);
    if (number->value < 0 || number->value > max)
        return err_set(e, 0, "linux.devices[%zu].%s: wants a number from 0 to %lld, found %lld", i,
                       member, (long long)max, (long long)number->value);
    return 0;
}

static int check_device(size_t i, const struct spec_device *d, const char *target, struct err *e)
{
    char prefix[40];

    if (!check_is_absolute(d->path) || strcmp(target, "/") == 0)
        return err_set(e, 0, "linux.devices[%zu].path: wants an absolute path, found \"%.200s\"", i,
                       d->path);
    if (path_inside(target, "/proc"))
        return err_set(e, 0, "linux.devices[%zu].path: %.200s is below /proc", i, target);
    if (d->type.value != 'p') {
        /* What the kernel's dev_t holds. */
        TRY(check_number(i, "major", &d->major, 4095, e));
        TRY(check_number(i, "minor", &d->minor, 1048575, e));
    }
    if (d->file_mode.set && d->file_mode.value > 0777)
        return err_set(e, 0,
                       "linux.devices[%zu].fileMode: wants a number from 0 to 511 "
                       "(decimal), found %u",
                       i, d->file_mode.value);
    snprintf(prefix, sizeof prefix, "linux.devices[%zu].", i);
    TRY(check_id(prefix, "uid", d->uid.value, e));
    return check_id(prefix, "gid", d->gid.value, e);
}

struct target {
    const char *path;
    size_t i;
};

static int by_path(const void *a, const void *b)
{
    const struct target *x = a, *y = b;
    int order = strcmp(x->path, y->path);

    return order ? order : (x->i > y->i) - (x->i < y->i);
}

int check_devices(const struct spec *s, struct arena *a, struct err *e)
{
    size_t n = s->linux_ ? s->linux_->devices.n : 0;
    struct target *targets = arena_get(a, (n + 1) * sizeof *targets);

    for (size_t i = 0; i < n; i++) {
        const struct spec_device *d = &s->linux_->devices.v[i];

        targets[i] = (struct target){ path_clean(a, "/", d->path), i };
        TRY(check_device(i, d, targets[i].path, e));
    }
    qsort(targets, n, sizeof *targets, by_path);
    for (size_t i = 1; i < n; i++)
        if (strcmp(targets[i - 1].path, targets[i].path) == 0)
            return err_set(e, 0,
                           "linux.devices[%zu].path: %.200s is that of linux.devices[%zu] "
                           "too",
                           targets[i].i, targets[i].path, targets[i - 1].i);
    return 0;
}

/* ---- network devices --------------------------------------------------------------------- */

/* As the kernel's dev_valid_name(); it also takes a %, but only as the one "%d" at the end
 * that it replaces by a number. */
static bool is_interface(const char *name, bool may_be_pattern)
{
    size_t n = strlen(name);
    const char *percent = strchr(name, '%');

    if (n == 0 || n > 15 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return false;
    if (check_has_control(name) || strpbrk(name, "/: "))
        return false;
    return !percent || (may_be_pattern && strcmp(percent, "%d") == 0);
}

int check_net_devices(const struct spec *s, struct arena *a, struct err *e)
{
    const struct spec_linux *l = s->linux_;

    (void)a;
    if (l && l->net_devices.n && !(spec_namespaces(s) & NS_NET))
        return err_set(e, 0, "linux.netDevices: needs an entry \"network\" in linux.namespaces");
    for (size_t i = 0; l && i < l->net_devices.n; i++) {
        const struct spec_net_device *d = &l->net_devices.v[i];

        if (!is_interface(d->key, false))
            return err_set(e, 0, "linux.netDevices[\"%.100s\"]: is no name of an interface",
                           d->key);
        if (d->name && *d->name && !is_interface(d->name, true))
            return err_set(e, 0,
                           "linux.netDevices.%s.name: is no name of an interface, "
                           "found \"%.100s\"",
                           d->key, d->name);
    }
    return 0;
}

/* ---- masked and read-only paths ---------------------------------------------------------- */

static int check_paths(const struct spec *s, const char *member, const struct texts *paths,
                       struct err *e)
{
    for (size_t i = 0; i < paths->n; i++)
        if (!check_is_absolute(paths->v[i]))
            return err_set(e, 0, "linux.%s[%zu]: wants an absolute path, found \"%.200s\"", member,
                           i, paths->v[i]);
    if (paths->n && !(spec_namespaces(s) & NS_MOUNT))
        return err_set(e, 0, "linux.%s: needs an entry \"mount\" in linux.namespaces", member);
    return 0;
}

int check_hidden_paths(const struct spec *s, struct arena *a, struct err *e)
{
    (void)a;
    if (!s->linux_)
        return 0;
    TRY(check_paths(s, "maskedPaths", &s->linux_->masked_paths, e));
    return check_paths(s, "readonlyPaths", &s->linux_->readonly_paths, e);
}

/* ---- sysctl ------------------------------------------------------------------------------ */

int spec_sysctl_path(struct arena *a, const char *key, char **path)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789_-@:./";
    char *s = arena_text(a, key);
    size_t first = strcspn(key, "./");
    bool swap = key[first] == '.';

    if (key[strspn(key, letters)] != '\0' || !key[first])
        return -1;
    /* As sysctl(8): net.ipv4.conf.eth0/1.forwarding is that of the interface eth0.1. */
    for (char *p = s; swap && *p; p++)
        *p = *p == '.' ? '/' : *p == '/' ? '.' : *p;
    for (const char *part = s;; part++) {
        size_t n = strcspn(part, "/");

        if (n == 0 || (n <= 2 && strncmp(part, "..", n) == 0))
            return -1;
        part += n;
        if (!*part)
            break;
    }
    *path = s;
    return 0;
}

uint32_t spec_sysctl_namespace(const char *path)
{
    static const char *const ipc[] = { "msgmax", "msgmnb", "msgmni",          "sem", "shmall",
                                       "shmmax", "shmmni", "shm_rmid_forced", NULL };

    if (text_starts(path, "net/"))
        return NS_NET;
    if (text_starts(path, "fs/mqueue/"))
        return NS_IPC;
    if (text_starts(path, "user/"))
        return NS_USER;
    if (strcmp(path, "kernel/domainname") == 0)
        return NS_UTS;
    for (const char *const *name = ipc; *name && text_starts(path, "kernel/"); name++)
        if (strcmp(path + strlen("kernel/"), *name) == 0)
            return NS_IPC;
    return 0;
}

static int check_sysctl_pair(const struct spec *s, const struct pair *pair, struct arena *a,
                             struct err *e)
{
    uint32_t type;
    char *path;

    if (spec_sysctl_path(a, pair->key, &path) < 0)
        return err_set(e, 0, "linux.sysctl[\"%.100s\"]: is no name of a sysctl", pair->key);
    for (const char *p = pair->value; *p; p++)
        if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f)
            return err_set(e, 0, "linux.sysctl[\"%.100s\"]: the value holds a control character",
                           pair->key);
    if (strcmp(path, "kernel/hostname") == 0) {
        err_set(e, 0, "linux.sysctl[\"%.100s\"]: is not set this way", pair->key);
        return err_hint(e, "use hostname");
    }
    type = spec_sysctl_namespace(path);
    if (!type)
        return err_set(e, 0,
                       "linux.sysctl[\"%.100s\"]: belongs to no namespace, it would change "
                       "the host's",
                       pair->key);
    if (!(spec_namespaces(s) & type))
        return err_set(e, 0,
                       "linux.sysctl[\"%.100s\"]: needs an entry \"%s\" in "
                       "linux.namespaces, it would change the host's",
                       pair->key, names_word(spec_namespace_names, type));
    return 0;
}

int check_sysctl(const struct spec *s, struct arena *a, struct err *e)
{
    for (size_t i = 0; s->linux_ && i < s->linux_->sysctl.n; i++)
        TRY(check_sysctl_pair(s, &s->linux_->sysctl.v[i], a, e));
    return 0;
}

/* ---- the rest ---------------------------------------------------------------------------- */

/* Its parts go below the cgroup that we may use: no way up. */
static int check_cgroups_path(const char *path, struct err *e)
{
    TRY(check_text("linux.cgroupsPath", path, e));
    for (const char *part = path; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (text_starts(part, "..") && (part[2] == '/' || !part[2]))
            return err_set(e, 0, "linux.cgroupsPath: holds \"..\"");
    }
    return 0;
}

int check_linux_rest(const struct spec *s, struct arena *a, struct err *e)
{
    const struct spec_linux *l = s->linux_;

    (void)a;
    if (!l)
        return 0;
    TRY(check_cgroups_path(l->cgroups_path, e));
    TRY(check_text("linux.mountLabel", l->mount_label, e));
    /* It goes into the options of file systems, in quotes. */
    if (l->mount_label && strpbrk(l->mount_label, "\"\\"))
        return err_set(e, 0, "linux.mountLabel: holds a quote or a backslash");
    if (l->personality && l->personality->flags.n)
        return err_set(e, 0, "linux.personality.flags[0]: unknown value \"%.100s\"",
                       l->personality->flags.v[0]);
    return 0;
}

int check_memory_policy(const struct spec *s, struct arena *a, struct err *e)
{
    const struct spec_memory_policy *p = s->linux_ ? s->linux_->memory_policy : NULL;
    bool has_nodes = p && p->nodes && *p->nodes;
    bool takes_none;
    int64_t flags = 0;

    (void)a;
    if (!p)
        return 0;
    for (size_t i = 0; i < p->flags.n; i++)
        flags |= p->flags.v[i].value;
    takes_none =
        strcmp(p->mode.text, "MPOL_DEFAULT") == 0 || strcmp(p->mode.text, "MPOL_LOCAL") == 0;
    if (takes_none && has_nodes)
        return err_set(e, 0, "linux.memoryPolicy.nodes: %s takes none", p->mode.text);
    if (takes_none && flags)
        return err_set(e, 0, "linux.memoryPolicy.flags: %s takes none", p->mode.text);
    if (!takes_none && !has_nodes)
        return err_set(e, 0, "linux.memoryPolicy.nodes: %s wants a list such as 0-3,7",
                       p->mode.text);
    if (has_nodes && !check_is_list(p->nodes))
        return err_set(e, 0,
                       "linux.memoryPolicy.nodes: wants a list such as 0-3,7, "
                       "found \"%.100s\"",
                       p->nodes);
    if ((flags & (1 << 15)) && (flags & (1 << 14)))
        return err_set(e, 0,
                       "linux.memoryPolicy.flags: MPOL_F_STATIC_NODES and "
                       "MPOL_F_RELATIVE_NODES exclude each other");
    if ((flags & (1 << 13)) && !text_is(p->mode.text, "MPOL_BIND") &&
        !text_is(p->mode.text, "MPOL_PREFERRED_MANY"))
        return err_set(e, 0, "linux.memoryPolicy.flags: MPOL_F_NUMA_BALANCING is not for %s",
                       p->mode.text);
    return 0;
}

int check_intel_rdt(const struct spec *s, struct arena *a, struct err *e)
{
    const struct spec_intel_rdt *rdt = s->linux_ ? s->linux_->intel_rdt : NULL;
    const char *id = rdt ? rdt->clos_id : NULL;

    (void)a;
    if (!rdt)
        return 0;
    /* A directory's name; "/" is the root of the tree. */
    if (id && strcmp(id, "/") != 0 &&
        (!*id || strchr(id, '/') || strcmp(id, ".") == 0 || strcmp(id, "..") == 0))
        return err_set(e, 0, "linux.intelRdt.closID: wants a name or /, found \"%.100s\"", id);
    TRY(check_text("linux.intelRdt.closID", id, e));
    TRY(check_text("linux.intelRdt.l3CacheSchema", rdt->l3_cache_schema, e));
    TRY(check_text("linux.intelRdt.memBwSchema", rdt->mem_bw_schema, e));
    if (rdt->mem_bw_schema && *rdt->mem_bw_schema && !text_starts(rdt->mem_bw_schema, "MB:"))
        return err_set(e, 0, "linux.intelRdt.memBwSchema: wants a text that starts with MB:");
    for (size_t i = 0; i < rdt->schemata.n; i++)
        if (check_has_control(rdt->schemata.v[i]))
            return err_set(e, 0, "linux.intelRdt.schemata[%zu]: holds a control character", i);
    return 0;
}
