/* cli/update.c - changes the limits of a container.
 *
 * Options and file come to one struct, that of linux.resources; what would not be a limit holds
 * without a cgroup. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/cgroup.h"
#include "spec/check.h"
#include "spec/load.h"

struct update_options {
    const char *resources;
    const char *blkio_weight;
    const char *cpu_period, *cpu_quota, *cpu_share, *cpu_burst, *cpu_idle;
    const char *cpu_rt_period, *cpu_rt_runtime;
    const char *cpuset_cpus, *cpuset_mems;
    const char *memory, *memory_reservation, *memory_swap;
    const char *kernel_memory, *kernel_memory_tcp;
    const char *pids_limit;
    const char *l3_cache_schema, *mem_bw_schema;
};

/* clang-format off */
#define ROW(name, letter, member, arg, help) \
    { name, letter, OPTION_TEXT, offsetof(struct update_options, member), arg, help, GROUP_PLAIN, NULL }
static const struct option_row options[] = {
    ROW("resources", 'r', resources, "FILE", "take the limits from FILE, as in linux.resources of a "
        "config; - is standard input"),
    ROW("blkio-weight", 0, blkio_weight, "N", "share of the block devices, 10 to 1000"),
    ROW("cpu-period", 0, cpu_period, "US", "period of the CPU quota, in microseconds"),
    ROW("cpu-quota", 0, cpu_quota, "US", "CPU time in each period, in microseconds; -1: no limit"),
    ROW("cpu-share", 0, cpu_share, "N", "share of the CPUs, 2 to 262144"),
    ROW("cpu-burst", 0, cpu_burst, "US", "CPU time that may be saved up, in microseconds"),
    ROW("cpu-idle", 0, cpu_idle, "N", "1: run only when nobody else does; 0: as others"),
    ROW("cpu-rt-period", 0, cpu_rt_period, "US", "period of real-time scheduling"),
    ROW("cpu-rt-runtime", 0, cpu_rt_runtime, "US", "real-time scheduling in each period"),
    ROW("cpuset-cpus", 0, cpuset_cpus, "LIST", "CPUs that may be used: 0-3,7"),
    ROW("cpuset-mems", 0, cpuset_mems, "LIST", "memory nodes that may be used"),
    ROW("memory", 0, memory, "SIZE", "memory; SIZE is in bytes, or ends in k, m, g or t; -1: no limit"),
    ROW("memory-reservation", 0, memory_reservation, "SIZE", "memory that is left when it is short"),
    ROW("memory-swap", 0, memory_swap, "SIZE", "memory and swap together"),
    ROW("kernel-memory", 0, kernel_memory, "SIZE", "ignored, with a warning"),
    ROW("kernel-memory-tcp", 0, kernel_memory_tcp, "SIZE", "ignored, with a warning"),
    ROW("pids-limit", 0, pids_limit, "N", "number of processes; -1: no limit"),
    ROW("l3-cache-schema", 0, l3_cache_schema, "TEXT", "refused: resctrl needs root"),
    ROW("mem-bw-schema", 0, mem_bw_schema, "TEXT", "refused: resctrl needs root"),
    { 0 },
};
#undef ROW
/* clang-format on */

/* ---- from options ---- */

static int no_number(const char *option, const char *text, struct err *e)
{
    return err_set(e, 0, "--%s: wants a whole number, found \"%s\"", option, text);
}

static int set_u32(const char *option, const char *text, struct opt_u32 *to, struct err *e)
{
    if (text && !text_u32(text, &to->value))
        return no_number(option, text, e);
    to->set = text;
    return 0;
}

static int set_u64(const char *option, const char *text, struct opt_u64 *to, struct err *e)
{
    if (text && !text_u64(text, &to->value))
        return no_number(option, text, e);
    to->set = text;
    return 0;
}

static int set_i64(const char *option, const char *text, struct opt_i64 *to, struct err *e)
{
    if (text && !text_i64(text, &to->value))
        return no_number(option, text, e);
    to->set = text;
    return 0;
}

static int set_size(const char *option, const char *text, struct opt_i64 *to, struct err *e)
{
    if (text && !text_size(text, &to->value))
        return err_set(e, 0, "--%s: wants a size such as 1048576, 1024k or 1m, found \"%s\"",
                       option, text);
    to->set = text;
    return 0;
}

static int set_cpu(const struct update_options *o, struct spec_cpu *cpu, struct err *e)
{
    TRY(set_u64("cpu-period", o->cpu_period, &cpu->period, e));
    TRY(set_i64("cpu-quota", o->cpu_quota, &cpu->quota, e));
    TRY(set_u64("cpu-share", o->cpu_share, &cpu->shares, e));
    TRY(set_u64("cpu-burst", o->cpu_burst, &cpu->burst, e));
    TRY(set_i64("cpu-idle", o->cpu_idle, &cpu->idle, e));
    TRY(set_u64("cpu-rt-period", o->cpu_rt_period, &cpu->realtime_period, e));
    TRY(set_i64("cpu-rt-runtime", o->cpu_rt_runtime, &cpu->realtime_runtime, e));
    cpu->cpus = o->cpuset_cpus;
    cpu->mems = o->cpuset_mems;
    return 0;
}

static int from_options(struct call *c, const struct update_options *o, struct spec_resources *r,
                        struct err *e)
{
    r->cpu = ARENA_NEW(c->arena, struct spec_cpu);
    r->memory = ARENA_NEW(c->arena, struct spec_memory);
    r->block_io = ARENA_NEW(c->arena, struct spec_block_io);
    r->pids = ARENA_NEW(c->arena, struct spec_pids);
    TRY(set_cpu(o, r->cpu, e));
    TRY(set_size("memory", o->memory, &r->memory->limit, e));
    TRY(set_size("memory-reservation", o->memory_reservation, &r->memory->reservation, e));
    TRY(set_size("memory-swap", o->memory_swap, &r->memory->swap, e));
    TRY(set_u32("blkio-weight", o->blkio_weight, &r->block_io->weight, e));
    TRY(set_i64("pids-limit", o->pids_limit, &r->pids->limit, e));
    return spec_check_resources(r, "", e);
}

/* ---- from a file ---- */

static int read_input(struct text *out, struct err *e)
{
    char part[4096];
    ssize_t n;

    while ((n = read(STDIN_FILENO, part, sizeof part)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set(e, errno, "standard input");
        if (out->n + (size_t)n > JSON_TEXT_MAX)
            return err_set(e, EFBIG, "standard input");
        text_add_n(out, part, (size_t)n);
    }
    text_add(out, "");
    return 0;
}

static int from_text(struct call *c, const char *file, const char *text, size_t n,
                     struct spec_resources *r, struct err *e)
{
    TRY(json_load(c->arena, file, text, n, &spec_resources_type, r, e));
    if (spec_check_resources(r, "", e) == 0)
        return 0;
    json_place(e, file, text, n);
    return -1;
}

static int from_file(struct call *c, const char *file, struct spec_resources *r, struct err *e)
{
    OWN_TEXT input = { 0 };
    const char *text;
    size_t n;

    if (strcmp(file, "-") == 0) {
        TRY(read_input(&input, e));
        return from_text(c, "standard input", input.s, input.n, r, e);
    }
    TRY(file_read(c->arena, AT_FDCWD, file, JSON_TEXT_MAX, &text, &n, e));
    return from_text(c, file, text, n, r, e);
}

/* ---- all of it ---- */

/* How many options were given; all of them are texts. */
static size_t count(const struct update_options *o)
{
    size_t n = 0;

    for (const struct option_row *row = options; row->name; row++)
        n += *(const char *const *)((const char *)o + row->where) != NULL;
    return n;
}

static int read_limits(struct call *c, const struct update_options *o, struct spec_resources *r,
                       struct err *e)
{
    if (count(o) == 0) {
        err_set(e, 0, "nothing to change");
        return err_hint(e, "rcrun update --help lists what can be changed");
    }
    if (o->l3_cache_schema || o->mem_bw_schema)
        return err_set(e, 0, "--%s: this version does not write resctrl, which needs root",
                       o->l3_cache_schema ? "l3-cache-schema" : "mem-bw-schema");
    if (o->resources && count(o) > 1)
        return err_set(e, 0, "--resources and options for single limits exclude each other");
    if (o->kernel_memory || o->kernel_memory_tcp)
        log_warn("--%s: ignored, the kernel has no such limit any more",
                 o->kernel_memory ? "kernel-memory" : "kernel-memory-tcp");
    return o->resources ? from_file(c, o->resources, r, e) : from_options(c, o, r, e);
}

static int run(struct call *c, struct err *e)
{
    struct spec_resources r = { 0 };
    struct spec_linux l = { .resources = &r };
    struct spec s = { .linux_ = &l };
    OWN_CONTAINER x = CONTAINER_NONE;
    const char *path;

    TRY(read_limits(c, c->options, &r, e));
    TRY(cgroup_open(c, &x, e));
    if (r.devices.n)
        log_debug("devices: device rules do not change");
    /* No limit is what it has. */
    if (!spec_has_limits(&s, &path))
        return 0;
    cgroup_missing(e);
    err_ctx(e, "cannot set %s of container %s", path + strlen("linux.resources."), x.entry.id);
    return err_hint(e,
                    "prlimit(1) sets limits of single processes; rcrun ps %s tells which there "
                    "are",
                    x.entry.id);
}

static const char *const examples[] = { "rcrun update --memory 512m web",
                                        "rcrun update --resources - web <limits.json", NULL };

const struct command command_update = {
    .name = "update",
    .usage = "[OPTION...] ID",
    .sentence = "Changes the limits of a container.  Not yet: a limit needs a cgroup.",
    .line = "change the limits of a container",
    .options = options,
    .size = sizeof(struct update_options),
    .least = 1,
    .most = 1,
    .operand = "container id",
    .examples = examples,
    .run = run,
};
