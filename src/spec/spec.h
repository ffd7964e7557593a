/* spec/spec.h - config.json as data: the Linux part of runtime-spec 1.3.
 *
 * Filled by spec/load.c from tables that stand beside this file; read only after
 * spec_check().  All memory belongs to the arena given to the loader.  Strings are
 * NULL and pointers to parts are NULL when absent; numbers that may be absent carry
 * `set`.  Names are those of the specification. */
#ifndef RCRUN_SPEC_SPEC_H
#define RCRUN_SPEC_SPEC_H

#include "base/types.h"

/* The versions of the specification that a config may be written for. */
#define SPEC_VERSION_MIN "1.0.0"
#define SPEC_VERSION_MAX "1.3.0"

/* ---- root, mounts ---- */
struct spec_root { const char *path; bool readonly; };

struct spec_id_map { uint32_t container_id, host_id, size; };
struct spec_id_maps { struct spec_id_map *v; size_t n; bool set; };

struct spec_mount {
    const char *destination;
    const char *type;
    const char *source;
    struct texts options;
    struct spec_id_maps uid_mappings;
    struct spec_id_maps gid_mappings;
};

/* ---- process ---- */
struct spec_console_size { uint32_t height, width; };

struct spec_capabilities { struct texts bounding, effective, inheritable, permitted, ambient; };

struct spec_rlimit { struct opt_word type; uint64_t soft, hard; }; /* value: RLIMIT_* number */

struct spec_scheduler {
    struct opt_word policy; /* value: SCHED_* number */
    struct opt_i64 nice;
    struct opt_i64 priority;
    struct { struct opt_word *v; size_t n; } flags; /* value: SCHED_FLAG_* bit */
    struct opt_u64 runtime, deadline, period; /* ns */
};

struct spec_io_priority { struct opt_word class_; struct opt_i64 priority; }; /* value: 1 RT 2 BE 3 IDLE */

struct spec_cpu_affinity { const char *initial, *final; };

struct spec_user {
    uint32_t uid, gid;
    struct opt_u32 umask;
    struct { uint32_t *v; size_t n; bool set; } additional_gids;
};

struct spec_process {
    bool terminal;
    struct spec_console_size *console_size;
    struct spec_user user;
    struct texts args;
    struct texts env;
    const char *cwd;
    struct spec_capabilities *capabilities;
    struct { struct spec_rlimit *v; size_t n; } rlimits;
    bool no_new_privileges;
    const char *apparmor_profile;
    const char *selinux_label;
    struct opt_i64 oom_score_adj;
    struct spec_scheduler *scheduler;
    struct spec_io_priority *io_priority;
    struct spec_cpu_affinity *exec_cpu_affinity;
};

/* ---- hooks ---- */
struct spec_hook { const char *path; struct texts args, env; struct opt_i64 timeout; }; /* seconds */
struct spec_hook_list { struct spec_hook *v; size_t n; };
struct spec_hooks {
    struct spec_hook_list prestart, create_runtime, create_container, start_container, poststart,
        poststop;
};

/* ---- linux ---- */
struct spec_namespace { struct opt_word type; const char *path; }; /* value: NS_* bit */

struct spec_time_offset { struct opt_i64 secs; struct opt_u32 nanosecs; };
struct spec_time_offsets { struct spec_time_offset *monotonic, *boottime; };

struct spec_device {
    struct opt_word type; /* value: 'c' (also for "u"), 'b', 'p' */
    const char *path;
    struct opt_i64 major, minor;
    struct opt_u32 file_mode, uid, gid;
};

struct spec_net_device { const char *key; const char *name; }; /* name NULL: keep */

struct spec_device_rule { bool allow; const char *type; struct opt_i64 major, minor; const char *access; };
struct spec_memory {
    struct opt_i64 limit, reservation, swap, kernel, kernel_tcp;
    struct opt_u64 swappiness;
    struct opt_bool disable_oom_killer, use_hierarchy, check_before_update;
};
struct spec_cpu {
    struct opt_u64 shares, period, burst, realtime_period;
    struct opt_i64 quota, realtime_runtime, idle;
    const char *cpus, *mems;
};
struct spec_weight_device { int64_t major, minor; struct opt_u32 weight, leaf_weight; };
struct spec_throttle_device { int64_t major, minor; uint64_t rate; };
struct spec_throttle_list { struct spec_throttle_device *v; size_t n; };
struct spec_block_io {
    struct opt_u32 weight, leaf_weight;
    struct { struct spec_weight_device *v; size_t n; } weight_device;
    struct spec_throttle_list read_bps, write_bps, read_iops, write_iops;
};
struct spec_hugepage_limit { const char *page_size; uint64_t limit; };
struct spec_net_priority { const char *name; uint32_t priority; };
struct spec_network { struct opt_u32 class_id; struct { struct spec_net_priority *v; size_t n; } priorities; };
struct spec_pids { struct opt_i64 limit; };
struct spec_rdma { const char *key; struct opt_u32 hca_handles, hca_objects; };

struct spec_resources {
    struct { struct spec_device_rule *v; size_t n; } devices;
    struct spec_memory *memory;
    struct spec_cpu *cpu;
    struct spec_block_io *block_io;
    struct { struct spec_hugepage_limit *v; size_t n; } hugepage_limits;
    struct spec_network *network;
    struct spec_pids *pids;
    struct { struct spec_rdma *v; size_t n; } rdma;
    struct dict unified;
};

struct spec_seccomp_arg { uint32_t index; uint64_t value; struct opt_u64 value_two; struct opt_word op; };
struct spec_seccomp_rule {
    struct texts names;
    struct opt_word action; /* value: SCMP_ACT_* */
    struct opt_u32 errno_ret;
    struct { struct spec_seccomp_arg *v; size_t n; } args;
};
struct spec_seccomp {
    struct opt_word default_action;
    struct opt_u32 default_errno_ret;
    struct { struct opt_word *v; size_t n; } architectures; /* value: SCMP_ARCH_*, as int64 */
    struct { struct opt_word *v; size_t n; bool set; } flags;  /* value: SECCOMP_FILTER_FLAG_* */
    const char *listener_path, *listener_metadata;
    struct { struct spec_seccomp_rule *v; size_t n; } syscalls;
};

struct spec_intel_rdt {
    const char *clos_id, *l3_cache_schema, *mem_bw_schema;
    struct texts schemata;
    bool enable_monitoring;
};

struct spec_personality { struct opt_word domain; struct texts flags; }; /* value: PER_* */

struct spec_memory_policy {
    struct opt_word mode; /* value: MPOL_* */
    const char *nodes;
    struct { struct opt_word *v; size_t n; } flags; /* value: MPOL_F_* bit */
};

struct spec_linux {
    struct { struct spec_namespace *v; size_t n; } namespaces;
    struct spec_id_maps uid_mappings, gid_mappings;
    struct spec_time_offsets *time_offsets;
    struct { struct spec_device *v; size_t n; } devices;
    struct { struct spec_net_device *v; size_t n; } net_devices;
    const char *cgroups_path;
    struct spec_resources *resources;
    struct opt_word rootfs_propagation; /* value: MS_* flag, with MS_REC for the r* words */
    struct texts masked_paths, readonly_paths;
    const char *mount_label;
    struct spec_seccomp *seccomp;
    struct dict sysctl;
    struct spec_intel_rdt *intel_rdt;
    struct spec_personality *personality;
    struct spec_memory_policy *memory_policy;
};

struct spec {
    const char *oci_version;
    struct spec_root *root;
    const char *hostname, *domainname;
    struct spec_process *process;
    struct { struct spec_mount *v; size_t n; } mounts;
    struct spec_hooks *hooks;
    struct spec_linux *linux_;
    struct dict annotations;
};

#endif
