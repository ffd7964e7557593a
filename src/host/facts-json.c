#include "host/facts-json.h"

#include <stdlib.h>
#include <string.h>

#include "base/json-load.h"
#include "base/json-write.h"
#include "spec/userns.h"

/* ---- words ---- */

static const struct name kind_names[] = {
    { "any", KIND_ANY },       { "missing", KIND_MISSING },
    { "file", KIND_FILE },     { "dir", KIND_DIR },
    { "link", KIND_LINK },     { "char", KIND_CHAR },
    { "block", KIND_BLOCK },   { "fifo", KIND_FIFO },
    { "socket", KIND_SOCKET }, { NULL, 0 },
};

static const struct name ns_names[] = {
    { "none", 0 },       { "mount", NS_MOUNT }, { "cgroup", NS_CGROUP }, { "uts", NS_UTS },
    { "ipc", NS_IPC },   { "user", NS_USER },   { "pid", NS_PID },       { "network", NS_NET },
    { "time", NS_TIME }, { NULL, 0 },
};

static const struct name cgroup_names[] = {
    { "none", CGROUP_NONE }, { "v1", CGROUP_V1 }, { "hybrid", CGROUP_HYBRID },
    { "v2", CGROUP_V2 },     { NULL, 0 },
};

static const struct name seal_names[] = {
    { "none", SEAL_NONE },
    { "overlay", SEAL_OVERLAY },
    { "memfd", SEAL_MEMFD },
    { NULL, 0 },
};

/* ---- parts ---- */

#define T struct id_range
static const struct json_field range_fields[] = {
    J(T, "inside", inside),
    J(T, "outside", outside),
    J(T, "size", size),
};
static const struct json_type id_range_type = JSON_TYPE(T, range_fields);
#undef T

#define MAP(text, member) J_LIST(struct facts, text, member, id_range)

#define T struct path_fact
static const struct json_field path_fields[] = {
    J_MUST(T, "path", path), J_WORD(T, "kind", kind, kind_names),
    J(T, "errno", num),      J(T, "stop", stop),
    J(T, "dev", dev),        J(T, "ino", ino),
    J(T, "rdev", rdev),      J(T, "mode", mode),
    J(T, "uid", uid),        J(T, "gid", gid),
    J(T, "noModes", no_modes), J(T, "writableBelow", writable_below),
};
static const struct json_type path_fact_type = JSON_TYPE(T, path_fields);
#undef T

#define T struct ns_fact
static const struct json_field ns_fields[] = {
    J_MUST(T, "path", path),
    J_WORD(T, "type", type, ns_names),
    J(T, "errno", num),
    J(T, "ino", ino),
    J(T, "own", is_own),
    J(T, "ownedByUs", owned_by_us),
    J(T, "ownedByChild", owned_by_child),
};
static const struct json_type ns_fact_type = JSON_TYPE(T, ns_fields);
#undef T

#define T struct rlimit_fact
static const struct json_field rlimit_fields[] = {
    J(T, "soft", soft),
    J(T, "hard", hard),
};
static const struct json_type rlimit_fact_type = JSON_TYPE(T, rlimit_fields);
#undef T

#define T struct map_helper
static const struct json_field helper_fields[] = {
    J(T, "path", path),
    J(T, "works", works),
    J(T, "why", why),
};
static const struct json_type map_helper_type = JSON_TYPE(T, helper_fields);
#undef T

/* ---- facts ---- */

#define T struct facts
static const struct json_field self_fields[] = {
    J(T, "euid", self.euid),
    J(T, "egid", self.egid),
    J(T, "uid", self.uid),
    J(T, "gid", self.gid),
    J_NUMBERS(T, "groups", self.groups),
    J(T, "name", self.name),
    J(T, "primaryGid", self.primary_gid),
    J(T, "caps", self.caps),
    J(T, "bounding", self.bounding),
    J(T, "noNewPrivs", self.no_new_privs),
    J(T, "seccompMode", self.seccomp_mode),
    J(T, "setgroupsDenied", self.setgroups_denied),
    J(T, "oomScoreAdj", self.oom_score_adj),
    J(T, "umask", self.umask),
    J(T, "ignoredSignals", self.ignored_signals),
    J_ARRAY(T, "rlimits", self.rlimits, rlimit_fact),
};
static const struct json_type self_type = JSON_TYPE(T, self_fields);

static const struct json_field userns_fields[] = {
    J(T, "inChild", userns.in_child),
    MAP("uidMap", userns.uid_map),
    MAP("gidMap", userns.gid_map),
};
static const struct json_type userns_type = JSON_TYPE(T, userns_fields);

static const struct json_field subid_fields[] = {
    MAP("uids", subid.uids),
    MAP("gids", subid.gids),
    J(T, "known", subid.known),
    J_OBJECT(T, "newuidmap", subid.newuidmap, map_helper),
    J_OBJECT(T, "newgidmap", subid.newgidmap, map_helper),
    J(T, "why", subid.why),
};
static const struct json_type subid_type = JSON_TYPE(T, subid_fields);

static const struct json_field kernel_fields[] = {
    J(T, "release", kernel.release),
    J(T, "major", kernel.major),
    J(T, "minor", kernel.minor),
    J(T, "missing", kernel.missing),
    J(T, "lastCap", kernel.last_cap),
    J(T, "timeNs", kernel.time_ns),
    J(T, "overlayFdLayers", kernel.overlay_fd_layers),
    J(T, "overlayLowerdirPlus", kernel.overlay_lowerdir_plus),
    J(T, "overlayRefused", kernel.overlay_refused),
    J(T, "cloneDetached", kernel.clone_detached),
    J(T, "seccomp", kernel.seccomp),
    J(T, "apparmor", kernel.apparmor),
    J(T, "selinux", kernel.selinux),
    J(T, "weightedInterleave", kernel.weighted_interleave),
};
static const struct json_type kernel_type = JSON_TYPE(T, kernel_fields);

static const struct json_field mounts_fields[] = {
    J(T, "procFlags", mounts.proc_flags), J(T, "procThere", mounts.proc_there),
    J(T, "sysFlags", mounts.sys_flags),   J_WORD(T, "cgroup", mounts.cgroup, cgroup_names),
    J(T, "cgroupOwn", mounts.cgroup_own), J(T, "cgroupOwnWritable", mounts.cgroup_own_writable),
};
static const struct json_type mounts_type = JSON_TYPE(T, mounts_fields);

static const struct json_field exe_fields[] = {
    J(T, "path", exe.path),
    J_WORD(T, "seal", exe.seal, seal_names),
    J(T, "sealed", exe.sealed),
};
static const struct json_type exe_type = JSON_TYPE(T, exe_fields);

static const struct json_field tty_fields[] = {
    J(T, "stdin", tty.stdin_tty),
    J(T, "any", tty.any_tty),
    J(T, "stderr", tty.stderr_tty),
};
static const struct json_type tty_type = JSON_TYPE(T, tty_fields);

static const struct json_field service_fields[] = {
    J(T, "listenFds", service.listen_fds),
    J(T, "listenNames", service.listen_names),
    J(T, "notify", service.notify),
};
static const struct json_type service_type = JSON_TYPE(T, service_fields);

static const struct json_field container_fields[] = {
    J_WORDS(T, "join", container.join, ns_names),
};
static const struct json_type container_type = JSON_TYPE(T, container_fields);

static const struct json_field net_fields[] = {
    J(T, "routes", net.routes),
    J(T, "default6", net.default6),
    J(T, "servers", net.servers),
    J(T, "search", net.search),
    J(T, "options", net.options),
    J(T, "resolvWhy", net.resolv_why),
    J(T, "tun", net.tun),
    J(T, "helper", net.helper),
};
static const struct json_type net_type = JSON_TYPE(T, net_fields);

static const struct json_field record_fields[] = {
    J(T, "there", map_record.there),
    J(T, "why", map_record.why),
    J_WORD(T, "map", map_record.kind, userns_kind_names),
    J(T, "uid", map_record.uid),
    J(T, "gid", map_record.gid),
    J(T, "base", map_record.base),
    J(T, "gbase", map_record.gbase),
};
static const struct json_type record_type = JSON_TYPE(T, record_fields);

#undef T
#define T struct upper_fact
static const struct json_field one_upper_fields[] = {
    J(T, "path", path), J(T, "errno", num),      J(T, "xattrErrno", xattr),
    J(T, "fs", fs),     J(T, "madeBy", made_by), J(T, "meets", meets),
};
static const struct json_type upper_fact_type = JSON_TYPE(T, one_upper_fields);
#undef T

#define T struct facts
static const struct json_field upper_fields[] = {
    J(T, "tmpfsXattrs", upper.tmpfs_xattrs),
    J(T, "unique", upper.unique),
    J_LIST(T, "places", upper.places, upper_fact),
    J_OBJECT(T, "kept", upper.kept, upper_fact),
};
static const struct json_type upper_type = JSON_TYPE(T, upper_fields);
static const struct json_field fuse_fields[] = {
    J(T, "device", fuse.device), J(T, "program", fuse.program), J(T, "major", fuse.major),
    J(T, "minor", fuse.minor),   J(T, "why", fuse.why),
};
static const struct json_type fuse_type = JSON_TYPE(T, fuse_fields);

static const struct json_field facts_fields[] = {
    J_GROUP("self", self_type),
    J_GROUP("userns", userns_type),
    J_GROUP("subid", subid_type),
    J_GROUP("kernel", kernel_type),
    J_GROUP("mounts", mounts_type),
    J_GROUP("exe", exe_type),
    J_GROUP("tty", tty_type),
    J_GROUP("service", service_type),
    J_GROUP("container", container_type),
    J_GROUP("net", net_type),
    J_GROUP("mapRecord", record_type),
    J_GROUP("upper", upper_type),
    J_GROUP("fuse", fuse_type),
    J(T, "cwd", cwd),
    J(T, "stateRoot", state_root),
    J(T, "stateRootWhy", state_root_why),
    J_LIST(T, "paths", paths, path_fact),
    J_LIST(T, "namespaces", namespaces, ns_fact),
};
static const struct json_type facts_type = JSON_TYPE(T, facts_fields);
#undef T

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct path_fact *)a)->path, ((const struct path_fact *)b)->path);
}

int facts_load(struct arena *a, const char *file, const char *text, size_t n, struct facts *f,
               struct err *e)
{
    *f = (struct facts){ 0 };
    TRY(json_load(a, file, text, n, &facts_type, f, e));
    /* Written by hand they may be in any order, and facts_path() searches by halves. */
    if (f->paths.n)
        qsort(f->paths.v, f->paths.n, sizeof *f->paths.v, by_path);
    return 0;
}

void facts_write(struct text *out, const struct facts *f)
{
    struct json_out json;

    json_start(&json, out, true);
    json_write(&json, &facts_type, f);
    json_end(&json);
}
