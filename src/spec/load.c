/* spec/load.c - the tables of config.json: one line per property, in the order of the
 * specification (config.md, config-linux.md).  Blocks of other systems and members that
 * are theirs (process.commandLine, user.username) are unknown keys here. */
#include "spec/load.h"

#include "spec/names.h"

#define FIELDS static const struct json_field

/* ---- root, mounts ------------------------------------------------------------------------ */

#define T struct spec_root
FIELDS root_fields[] = {
    J_MUST(T, "path", path),
    J(T, "readonly", readonly),
};
static const struct json_type spec_root_type = JSON_TYPE(T, root_fields);
#undef T

#define T struct spec_id_map
FIELDS id_map_fields[] = {
    J_MUST(T, "containerID", container_id),
    J_MUST(T, "hostID", host_id),
    J_MUST(T, "size", size),
};
static const struct json_type spec_id_map_type = JSON_TYPE(T, id_map_fields);
#undef T

#define T struct spec_mount
FIELDS mount_fields[] = {
    J_MUST(T, "destination", destination),
    J(T, "type", type),
    J(T, "source", source),
    J(T, "options", options),
    J_LIST_SET(T, "uidMappings", uid_mappings, spec_id_map),
    J_LIST_SET(T, "gidMappings", gid_mappings, spec_id_map),
};
static const struct json_type spec_mount_type = JSON_TYPE(T, mount_fields);
#undef T

/* ---- process ----------------------------------------------------------------------------- */

#define T struct spec_console_size
FIELDS console_size_fields[] = {
    J_MUST(T, "height", height),
    J_MUST(T, "width", width),
};
static const struct json_type spec_console_size_type = JSON_TYPE(T, console_size_fields);
#undef T

#define T struct spec_user
FIELDS user_fields[] = {
    J_MUST(T, "uid", uid),
    J_MUST(T, "gid", gid),
    J(T, "umask", umask),
    J_NUMBERS_SET(T, "additionalGids", additional_gids),
};
static const struct json_type spec_user_type = JSON_TYPE(T, user_fields);
#undef T

#define T struct spec_capabilities
FIELDS capabilities_fields[] = {
    J(T, "bounding", bounding),   J(T, "effective", effective), J(T, "inheritable", inheritable),
    J(T, "permitted", permitted), J(T, "ambient", ambient),
};
static const struct json_type spec_capabilities_type = JSON_TYPE(T, capabilities_fields);
#undef T

#define T struct spec_rlimit
FIELDS rlimit_fields[] = {
    J_WORD_MUST(T, "type", type, spec_rlimit_names),
    J_MUST(T, "hard", hard),
    J_MUST(T, "soft", soft),
};
static const struct json_type spec_rlimit_type = JSON_TYPE(T, rlimit_fields);
#undef T

#define T struct spec_scheduler
FIELDS scheduler_fields[] = {
    J_WORD_MUST(T, "policy", policy, spec_sched_policy_names),
    J(T, "nice", nice),
    J(T, "priority", priority),
    J_WORDS(T, "flags", flags, spec_sched_flag_names),
    J(T, "runtime", runtime),
    J(T, "deadline", deadline),
    J(T, "period", period),
};
static const struct json_type spec_scheduler_type = JSON_TYPE(T, scheduler_fields);
#undef T

#define T struct spec_io_priority
FIELDS io_priority_fields[] = {
    J_WORD_MUST(T, "class", class_, spec_io_class_names),
    J(T, "priority", priority),
};
static const struct json_type spec_io_priority_type = JSON_TYPE(T, io_priority_fields);
#undef T

#define T struct spec_cpu_affinity
FIELDS cpu_affinity_fields[] = {
    J(T, "initial", initial),
    J(T, "final", final),
};
static const struct json_type spec_cpu_affinity_type = JSON_TYPE(T, cpu_affinity_fields);
#undef T

#define T struct spec_process
FIELDS process_fields[] = {
    J(T, "terminal", terminal),
    J_PART(T, "consoleSize", console_size, spec_console_size),
    J_OBJECT(T, "user", user, spec_user),
    J(T, "args", args),
    J(T, "env", env),
    J_MUST(T, "cwd", cwd),
    J_PART(T, "capabilities", capabilities, spec_capabilities),
    J_LIST(T, "rlimits", rlimits, spec_rlimit),
    J(T, "noNewPrivileges", no_new_privileges),
    J(T, "apparmorProfile", apparmor_profile),
    J(T, "selinuxLabel", selinux_label),
    J(T, "oomScoreAdj", oom_score_adj),
    J_PART(T, "scheduler", scheduler, spec_scheduler),
    J_PART(T, "ioPriority", io_priority, spec_io_priority),
    J_PART(T, "execCPUAffinity", exec_cpu_affinity, spec_cpu_affinity),
};
const struct json_type spec_process_type = JSON_TYPE(T, process_fields);
#undef T

/* ---- hooks ------------------------------------------------------------------------------- */

#define T struct spec_hook
FIELDS hook_fields[] = {
    J_MUST(T, "path", path),
    J(T, "args", args),
    J(T, "env", env),
    J(T, "timeout", timeout),
};
static const struct json_type spec_hook_type = JSON_TYPE(T, hook_fields);
#undef T

#define T struct spec_hooks
FIELDS hooks_fields[] = {
    J_LIST(T, "prestart", prestart, spec_hook),
    J_LIST(T, "createRuntime", create_runtime, spec_hook),
    J_LIST(T, "createContainer", create_container, spec_hook),
    J_LIST(T, "startContainer", start_container, spec_hook),
    J_LIST(T, "poststart", poststart, spec_hook),
    J_LIST(T, "poststop", poststop, spec_hook),
};
static const struct json_type spec_hooks_type = JSON_TYPE(T, hooks_fields);
#undef T

/* ---- linux: namespaces, devices ---------------------------------------------------------- */

#define T struct spec_namespace
FIELDS namespace_fields[] = {
    J_WORD_MUST(T, "type", type, spec_namespace_names),
    J(T, "path", path),
};
static const struct json_type spec_namespace_type = JSON_TYPE(T, namespace_fields);
#undef T

#define T struct spec_time_offset
FIELDS time_offset_fields[] = {
    J(T, "secs", secs),
    J(T, "nanosecs", nanosecs),
};
static const struct json_type spec_time_offset_type = JSON_TYPE(T, time_offset_fields);
#undef T

#define T struct spec_time_offsets
FIELDS time_offsets_fields[] = {
    J_PART(T, "monotonic", monotonic, spec_time_offset),
    J_PART(T, "boottime", boottime, spec_time_offset),
};
static const struct json_type spec_time_offsets_type = JSON_TYPE(T, time_offsets_fields);
#undef T

#define T struct spec_device
FIELDS device_fields[] = {
    J_WORD_MUST(T, "type", type, spec_device_type_names),
    J_MUST(T, "path", path),
    J(T, "major", major),
    J(T, "minor", minor),
    J(T, "fileMode", file_mode),
    J(T, "uid", uid),
    J(T, "gid", gid),
};
static const struct json_type spec_device_type = JSON_TYPE(T, device_fields);
#undef T

#define T struct spec_net_device
FIELDS net_device_fields[] = {
    J(T, "name", name),
};
static const struct json_type spec_net_device_type = JSON_TYPE(T, net_device_fields);
#undef T

/* ---- linux.resources --------------------------------------------------------------------- */

#define T struct spec_device_rule
FIELDS device_rule_fields[] = {
    J_MUST(T, "allow", allow), J(T, "type", type),     J(T, "major", major),
    J(T, "minor", minor),      J(T, "access", access),
};
static const struct json_type spec_device_rule_type = JSON_TYPE(T, device_rule_fields);
#undef T

#define T struct spec_memory
FIELDS memory_fields[] = {
    J(T, "limit", limit),
    J(T, "reservation", reservation),
    J(T, "swap", swap),
    J(T, "kernel", kernel),
    J(T, "kernelTCP", kernel_tcp),
    J(T, "swappiness", swappiness),
    J(T, "disableOOMKiller", disable_oom_killer),
    J(T, "useHierarchy", use_hierarchy),
    J(T, "checkBeforeUpdate", check_before_update),
};
static const struct json_type spec_memory_type = JSON_TYPE(T, memory_fields);
#undef T

#define T struct spec_cpu
FIELDS cpu_fields[] = {
    J(T, "shares", shares),
    J(T, "quota", quota),
    J(T, "burst", burst),
    J(T, "period", period),
    J(T, "realtimeRuntime", realtime_runtime),
    J(T, "realtimePeriod", realtime_period),
    J(T, "cpus", cpus),
    J(T, "mems", mems),
    J(T, "idle", idle),
};
static const struct json_type spec_cpu_type = JSON_TYPE(T, cpu_fields);
#undef T

#define T struct spec_weight_device
FIELDS weight_device_fields[] = {
    J_MUST(T, "major", major),
    J_MUST(T, "minor", minor),
    J(T, "weight", weight),
    J(T, "leafWeight", leaf_weight),
};
static const struct json_type spec_weight_device_type = JSON_TYPE(T, weight_device_fields);
#undef T

#define T struct spec_throttle_device
FIELDS throttle_device_fields[] = {
    J_MUST(T, "major", major),
    J_MUST(T, "minor", minor),
    J_MUST(T, "rate", rate),
};
static const struct json_type spec_throttle_device_type = JSON_TYPE(T, throttle_device_fields);
#undef T

#define T struct spec_block_io
FIELDS block_io_fields[] = {
    J(T, "weight", weight),
    J(T, "leafWeight", leaf_weight),
    J_LIST(T, "weightDevice", weight_device, spec_weight_device),
    J_LIST(T, "throttleReadBpsDevice", read_bps, spec_throttle_device),
    J_LIST(T, "throttleWriteBpsDevice", write_bps, spec_throttle_device),
    J_LIST(T, "throttleReadIOPSDevice", read_iops, spec_throttle_device),
    J_LIST(T, "throttleWriteIOPSDevice", write_iops, spec_throttle_device),
};
static const struct json_type spec_block_io_type = JSON_TYPE(T, block_io_fields);
#undef T

#define T struct spec_hugepage_limit
FIELDS hugepage_limit_fields[] = {
    J_MUST(T, "pageSize", page_size),
    J_MUST(T, "limit", limit),
};
static const struct json_type spec_hugepage_limit_type = JSON_TYPE(T, hugepage_limit_fields);
#undef T

#define T struct spec_net_priority
FIELDS net_priority_fields[] = {
    J_MUST(T, "name", name),
    J_MUST(T, "priority", priority),
};
static const struct json_type spec_net_priority_type = JSON_TYPE(T, net_priority_fields);
#undef T

#define T struct spec_network
FIELDS network_fields[] = {
    J(T, "classID", class_id),
    J_LIST(T, "priorities", priorities, spec_net_priority),
};
static const struct json_type spec_network_type = JSON_TYPE(T, network_fields);
#undef T

#define T struct spec_pids
FIELDS pids_fields[] = {
    J(T, "limit", limit),
};
static const struct json_type spec_pids_type = JSON_TYPE(T, pids_fields);
#undef T

#define T struct spec_rdma
FIELDS rdma_fields[] = {
    J(T, "hcaHandles", hca_handles),
    J(T, "hcaObjects", hca_objects),
};
static const struct json_type spec_rdma_type = JSON_TYPE(T, rdma_fields);
#undef T

#define T struct spec_resources
FIELDS resources_fields[] = {
    J_LIST(T, "devices", devices, spec_device_rule),
    J_PART(T, "memory", memory, spec_memory),
    J_PART(T, "cpu", cpu, spec_cpu),
    J_PART(T, "blockIO", block_io, spec_block_io),
    J_LIST(T, "hugepageLimits", hugepage_limits, spec_hugepage_limit),
    J_PART(T, "network", network, spec_network),
    J_PART(T, "pids", pids, spec_pids),
    J_KEYED(T, "rdma", rdma, spec_rdma),
    J(T, "unified", unified),
};
const struct json_type spec_resources_type = JSON_TYPE(T, resources_fields);
#undef T

/* ---- linux: seccomp and the rest --------------------------------------------------------- */

#define T struct spec_seccomp_arg
FIELDS seccomp_arg_fields[] = {
    J_MUST(T, "index", index),
    J_MUST(T, "value", value),
    J(T, "valueTwo", value_two),
    J_WORD_MUST(T, "op", op, spec_seccomp_op_names),
};
static const struct json_type spec_seccomp_arg_type = JSON_TYPE(T, seccomp_arg_fields);
#undef T

#define T struct spec_seccomp_rule
FIELDS seccomp_rule_fields[] = {
    J_MUST(T, "names", names),
    J_WORD_MUST(T, "action", action, spec_seccomp_action_names),
    J(T, "errnoRet", errno_ret),
    J_LIST(T, "args", args, spec_seccomp_arg),
};
static const struct json_type spec_seccomp_rule_type = JSON_TYPE(T, seccomp_rule_fields);
#undef T

#define T struct spec_seccomp
FIELDS seccomp_fields[] = {
    J_WORD_MUST(T, "defaultAction", default_action, spec_seccomp_action_names),
    J(T, "defaultErrnoRet", default_errno_ret),
    J_WORDS(T, "architectures", architectures, spec_seccomp_arch_names),
    J_WORDS_SET(T, "flags", flags, spec_seccomp_flag_names),
    J(T, "listenerPath", listener_path),
    J(T, "listenerMetadata", listener_metadata),
    J_LIST(T, "syscalls", syscalls, spec_seccomp_rule),
};
static const struct json_type spec_seccomp_type = JSON_TYPE(T, seccomp_fields);
#undef T

#define T struct spec_intel_rdt
FIELDS intel_rdt_fields[] = {
    J(T, "closID", clos_id),
    J(T, "schemata", schemata),
    J(T, "l3CacheSchema", l3_cache_schema),
    J(T, "memBwSchema", mem_bw_schema),
    J(T, "enableMonitoring", enable_monitoring),
};
static const struct json_type spec_intel_rdt_type = JSON_TYPE(T, intel_rdt_fields);
#undef T

#define T struct spec_personality
FIELDS personality_fields[] = {
    J_WORD_MUST(T, "domain", domain, spec_personality_names),
    J(T, "flags", flags),
};
static const struct json_type spec_personality_type = JSON_TYPE(T, personality_fields);
#undef T

#define T struct spec_memory_policy
FIELDS memory_policy_fields[] = {
    J_WORD_MUST(T, "mode", mode, spec_memory_mode_names),
    J(T, "nodes", nodes),
    J_WORDS(T, "flags", flags, spec_memory_flag_names),
};
static const struct json_type spec_memory_policy_type = JSON_TYPE(T, memory_policy_fields);
#undef T

#define T struct spec_linux
FIELDS linux_fields[] = {
    J_LIST(T, "namespaces", namespaces, spec_namespace),
    J_LIST_SET(T, "uidMappings", uid_mappings, spec_id_map),
    J_LIST_SET(T, "gidMappings", gid_mappings, spec_id_map),
    J_PART(T, "timeOffsets", time_offsets, spec_time_offsets),
    J_LIST(T, "devices", devices, spec_device),
    J_KEYED(T, "netDevices", net_devices, spec_net_device),
    J(T, "cgroupsPath", cgroups_path),
    J_PART(T, "resources", resources, spec_resources),
    J_WORD(T, "rootfsPropagation", rootfs_propagation, spec_propagation_names),
    J(T, "maskedPaths", masked_paths),
    J(T, "readonlyPaths", readonly_paths),
    J(T, "mountLabel", mount_label),
    J_PART(T, "seccomp", seccomp, spec_seccomp),
    J(T, "sysctl", sysctl),
    J_PART(T, "intelRdt", intel_rdt, spec_intel_rdt),
    J_PART(T, "personality", personality, spec_personality),
    J_PART(T, "memoryPolicy", memory_policy, spec_memory_policy),
};
static const struct json_type spec_linux_type = JSON_TYPE(T, linux_fields);
#undef T

/* ---- the whole --------------------------------------------------------------------------- */

#define T struct spec
FIELDS spec_fields[] = {
    J_MUST(T, "ociVersion", oci_version),   J_PART(T, "process", process, spec_process),
    J_PART(T, "root", root, spec_root),     J(T, "hostname", hostname),
    J(T, "domainname", domainname),         J_LIST(T, "mounts", mounts, spec_mount),
    J_PART(T, "hooks", hooks, spec_hooks),  J(T, "annotations", annotations),
    J_PART(T, "linux", linux_, spec_linux),
};
const struct json_type spec_type = JSON_TYPE(T, spec_fields);
#undef T

int spec_load(struct arena *a, const char *file, const char *text, size_t n, struct spec *s,
              struct err *e)
{
    return json_load(a, file, text, n, &spec_type, s, e);
}
