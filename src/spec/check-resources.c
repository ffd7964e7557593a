/* spec/check-resources.c - see check.h.  Only what is wrong on every host. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "spec/check-parts.h"

static int out_of_range(const char *prefix, const char *member, long long low, long long high,
                        long long found, struct err *e)
{
    return err_set(e, 0, "%s%s: wants a number from %lld to %lld, found %lld", prefix, member, low,
                   high, found);
}

/* -1 = no limit. */
static int check_limit(const char *prefix, const char *member, const struct opt_i64 *limit,
                       struct err *e)
{
    if (limit->set && limit->value < -1)
        return out_of_range(prefix, member, -1, INT64_MAX, limit->value, e);
    return 0;
}

static int check_device_rules(const struct spec_resources *r, const char *prefix, struct err *e)
{
    for (size_t i = 0; i < r->devices.n; i++) {
        const struct spec_device_rule *rule = &r->devices.v[i];
        char member[60];

        if (rule->type && *rule->type && (strlen(rule->type) != 1 || !strchr("abc", *rule->type)))
            return err_set(e, 0, "%sdevices[%zu].type: wants a, b or c, found \"%.60s\"", prefix, i,
                           rule->type);
        if (rule->access && rule->access[strspn(rule->access, "rwm")])
            return err_set(e, 0, "%sdevices[%zu].access: wants letters of rwm, found \"%.60s\"",
                           prefix, i, rule->access);
        snprintf(member, sizeof member, "devices[%zu].major", i);
        TRY(check_limit(prefix, member, &rule->major, e));
        snprintf(member, sizeof member, "devices[%zu].minor", i);
        TRY(check_limit(prefix, member, &rule->minor, e));
    }
    return 0;
}

static int check_memory(const struct spec_memory *m, const char *prefix, struct err *e)
{
    TRY(check_limit(prefix, "memory.limit", &m->limit, e));
    TRY(check_limit(prefix, "memory.reservation", &m->reservation, e));
    TRY(check_limit(prefix, "memory.swap", &m->swap, e));
    TRY(check_limit(prefix, "memory.kernel", &m->kernel, e));
    TRY(check_limit(prefix, "memory.kernelTCP", &m->kernel_tcp, e));
    if (m->swappiness.value > 100)
        return err_set(e, 0, "%smemory.swappiness: wants a number from 0 to 100, found %llu",
                       prefix, (unsigned long long)m->swappiness.value);
    /* memory.swap is memory and swap together. */
    if (m->swap.value > 0 && m->limit.value == 0)
        return err_set(e, 0, "%smemory.swap: needs memory.limit", prefix);
    if (m->swap.value > 0 && m->limit.value > m->swap.value)
        return err_set(e, 0, "%smemory.swap: %lld is below memory.limit, which it includes", prefix,
                       (long long)m->swap.value);
    return 0;
}

static int check_cpu(const struct spec_cpu *c, const char *prefix, struct err *e)
{
    TRY(check_limit(prefix, "cpu.quota", &c->quota, e));
    if (c->quota.value > 0 && c->burst.value > (uint64_t)c->quota.value)
        return err_set(e, 0, "%scpu.burst: is above cpu.quota", prefix);
    if (c->idle.value < 0 || c->idle.value > 1)
        return out_of_range(prefix, "cpu.idle", 0, 1, c->idle.value, e);
    if (c->cpus && *c->cpus && !check_is_list(c->cpus))
        return err_set(e, 0, "%scpu.cpus: wants a list such as 0-3,7, found \"%.60s\"", prefix,
                       c->cpus);
    if (c->mems && *c->mems && !check_is_list(c->mems))
        return err_set(e, 0, "%scpu.mems: wants a list such as 0-3,7, found \"%.60s\"", prefix,
                       c->mems);
    return 0;
}

/* 0 = leave it. */
static int check_weight(const char *prefix, const char *member, const struct opt_u32 *weight,
                        struct err *e)
{
    if (weight->value && (weight->value < 10 || weight->value > 1000))
        return out_of_range(prefix, member, 10, 1000, weight->value, e);
    return 0;
}

static int check_numbers(const char *prefix, const char *list, size_t i, int64_t major,
                         int64_t minor, struct err *e)
{
    char member[80];

    snprintf(member, sizeof member, "blockIO.%s[%zu].%s", list, i, major < 0 ? "major" : "minor");
    if (major < 0 || minor < 0)
        return out_of_range(prefix, member, 0, INT64_MAX, major < 0 ? major : minor, e);
    return 0;
}

static int check_throttles(const char *prefix, const char *list,
                           const struct spec_throttle_list *throttles, struct err *e)
{
    for (size_t i = 0; i < throttles->n; i++)
        TRY(check_numbers(prefix, list, i, throttles->v[i].major, throttles->v[i].minor, e));
    return 0;
}

static int check_block_io(const struct spec_block_io *b, const char *prefix, struct err *e)
{
    TRY(check_weight(prefix, "blockIO.weight", &b->weight, e));
    TRY(check_weight(prefix, "blockIO.leafWeight", &b->leaf_weight, e));
    for (size_t i = 0; i < b->weight_device.n; i++) {
        const struct spec_weight_device *d = &b->weight_device.v[i];
        char member[80];

        TRY(check_numbers(prefix, "weightDevice", i, d->major, d->minor, e));
        snprintf(member, sizeof member, "blockIO.weightDevice[%zu].weight", i);
        TRY(check_weight(prefix, member, &d->weight, e));
        snprintf(member, sizeof member, "blockIO.weightDevice[%zu].leafWeight", i);
        TRY(check_weight(prefix, member, &d->leaf_weight, e));
    }
    TRY(check_throttles(prefix, "throttleReadBpsDevice", &b->read_bps, e));
    TRY(check_throttles(prefix, "throttleWriteBpsDevice", &b->write_bps, e));
    TRY(check_throttles(prefix, "throttleReadIOPSDevice", &b->read_iops, e));
    return check_throttles(prefix, "throttleWriteIOPSDevice", &b->write_iops, e);
}

/* "64KB", "2MB", "1GB". */
static bool is_page_size(const char *s)
{
    size_t n = strspn(s, "0123456789");

    return n && s[0] != '0' && s[n] && strchr("KMG", s[n]) && strcmp(s + n + 1, "B") == 0;
}

/* The name of one file in a directory. */
static bool is_file_name(const char *s)
{
    return *s && !strchr(s, '/') && strcmp(s, ".") != 0 && strcmp(s, "..") != 0 &&
           !check_has_control(s);
}

static int check_lists(const struct spec_resources *r, const char *prefix, struct err *e)
{
    for (size_t i = 0; i < r->hugepage_limits.n; i++)
        if (!is_page_size(r->hugepage_limits.v[i].page_size))
            return err_set(e, 0,
                           "%shugepageLimits[%zu].pageSize: wants a size such as 2MB, "
                           "found \"%.60s\"",
                           prefix, i, r->hugepage_limits.v[i].page_size);
    for (size_t i = 0; r->network && i < r->network->priorities.n; i++)
        if (!is_file_name(r->network->priorities.v[i].name))
            return err_set(e, 0, "%snetwork.priorities[%zu].name: is no name of an interface",
                           prefix, i);
    for (size_t i = 0; i < r->rdma.n; i++)
        if (!r->rdma.v[i].hca_handles.set && !r->rdma.v[i].hca_objects.set)
            return err_set(e, 0, "%srdma[\"%.60s\"]: wants hcaHandles or hcaObjects", prefix,
                           r->rdma.v[i].key);
    for (size_t i = 0; i < r->rdma.n; i++)
        if (!is_file_name(r->rdma.v[i].key) || strchr(r->rdma.v[i].key, ' '))
            return err_set(e, 0, "%srdma[\"%.60s\"]: is no name of a device", prefix,
                           r->rdma.v[i].key);
    for (size_t i = 0; i < r->unified.n; i++)
        if (!is_file_name(r->unified.v[i].key))
            return err_set(e, 0, "%sunified[\"%.60s\"]: is no name of a file in a cgroup", prefix,
                           r->unified.v[i].key);
    return 0;
}

int spec_check_resources(const struct spec_resources *r, const char *prefix, struct err *e)
{
    TRY(check_device_rules(r, prefix, e));
    if (r->memory)
        TRY(check_memory(r->memory, prefix, e));
    if (r->cpu)
        TRY(check_cpu(r->cpu, prefix, e));
    if (r->block_io)
        TRY(check_block_io(r->block_io, prefix, e));
    if (r->pids)
        TRY(check_limit(prefix, "pids.limit", &r->pids->limit, e));
    return check_lists(r, prefix, e);
}

int check_resources(const struct spec *s, struct arena *a, struct err *e)
{
    (void)a;
    if (!s->linux_ || !s->linux_->resources)
        return 0;
    return spec_check_resources(s->linux_->resources, "linux.resources.", e);
}

/* ---- is there any? ----------------------------------------------------------------------- */

static const char *memory_limit(const struct spec_memory *m)
{
    if (m->limit.value > 0)
        return "linux.resources.memory.limit";
    if (m->reservation.value > 0)
        return "linux.resources.memory.reservation";
    if (m->swap.value > 0)
        return "linux.resources.memory.swap";
    if (m->kernel.value > 0)
        return "linux.resources.memory.kernel";
    if (m->kernel_tcp.value > 0)
        return "linux.resources.memory.kernelTCP";
    if (m->swappiness.set)
        return "linux.resources.memory.swappiness";
    if (m->disable_oom_killer.value)
        return "linux.resources.memory.disableOOMKiller";
    return NULL;
}

/* What a cgroup has that nobody has changed; containerd writes it where nothing was asked for. */
#define DEFAULT_CPU_SHARES 1024

static const char *cpu_limit(const struct spec_cpu *c)
{
    if (c->shares.value && c->shares.value != DEFAULT_CPU_SHARES)
        return "linux.resources.cpu.shares";
    if (c->quota.value > 0)
        return "linux.resources.cpu.quota";
    if (c->burst.value)
        return "linux.resources.cpu.burst";
    /* cpu.period alone limits nothing: it is the time in which the quota may be used. */
    if (c->realtime_runtime.value)
        return "linux.resources.cpu.realtimeRuntime";
    if (c->realtime_period.value)
        return "linux.resources.cpu.realtimePeriod";
    if (c->cpus && *c->cpus)
        return "linux.resources.cpu.cpus";
    if (c->mems && *c->mems)
        return "linux.resources.cpu.mems";
    if (c->idle.value)
        return "linux.resources.cpu.idle";
    return NULL;
}

static const char *block_io_limit(const struct spec_block_io *b)
{
    if (b->weight.value)
        return "linux.resources.blockIO.weight";
    if (b->leaf_weight.value)
        return "linux.resources.blockIO.leafWeight";
    if (b->weight_device.n)
        return "linux.resources.blockIO.weightDevice";
    if (b->read_bps.n)
        return "linux.resources.blockIO.throttleReadBpsDevice";
    if (b->write_bps.n)
        return "linux.resources.blockIO.throttleWriteBpsDevice";
    if (b->read_iops.n)
        return "linux.resources.blockIO.throttleReadIOPSDevice";
    if (b->write_iops.n)
        return "linux.resources.blockIO.throttleWriteIOPSDevice";
    return NULL;
}

/* 0 is a limit since 1.3 of the spec.  Before, it meant none to the runtimes and to those who
 * wrote it: podman does so for --pids-limit=-1. */
static bool limits_pids(const struct spec *s, const struct spec_pids *pids)
{
    /* Resources that come without a config are of today. */
    const char *version = s->oci_version ? s->oci_version : "";

    if (!pids || !pids->limit.set || pids->limit.value < 0)
        return false;
    return pids->limit.value > 0 || !(text_starts(version, "1.0.") || text_starts(version, "1.1.") ||
                                      text_starts(version, "1.2."));
}

static const char *first_limit(const struct spec *s)
{
    const struct spec_resources *r = s->linux_->resources;
    const char *path = r->memory ? memory_limit(r->memory) : NULL;

    if (!path && r->cpu)
        path = cpu_limit(r->cpu);
    if (!path && r->block_io)
        path = block_io_limit(r->block_io);
    if (path)
        return path;
    if (limits_pids(s, r->pids))
        return "linux.resources.pids.limit";
    if (r->hugepage_limits.n)
        return "linux.resources.hugepageLimits";
    if (r->network && r->network->class_id.value)
        return "linux.resources.network.classID";
    if (r->network && r->network->priorities.n)
        return "linux.resources.network.priorities";
    if (r->rdma.n)
        return "linux.resources.rdma";
    if (r->unified.n)
        return "linux.resources.unified";
    return NULL;
}

bool spec_has_limits(const struct spec *s, const char **path)
{
    const char *first = NULL;

    if (s->linux_ && s->linux_->resources)
        first = first_limit(s);
    if (path)
        *path = first;
    return first;
}
