#include "spec/names.h"

#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>

/* Newer than the oldest headers that we build with. */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif
#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF 39
#endif
#ifndef CAP_CHECKPOINT_RESTORE
#define CAP_CHECKPOINT_RESTORE 40
#endif

const struct name spec_namespace_names[] = {
    { "mount", NS_MOUNT }, { "cgroup", NS_CGROUP }, { "uts", NS_UTS },
    { "ipc", NS_IPC },     { "user", NS_USER },     { "pid", NS_PID },
    { "network", NS_NET }, { "time", NS_TIME },     { NULL, 0 },
};

const struct name spec_hook_names[] = {
    { "prestart", 0 },
    { "createRuntime", 1 },
    { "createContainer", 2 },
    { "startContainer", 3 },
    { "poststart", 4 },
    { "poststop", 5 },
    { NULL, 0 },
};

const struct name spec_rlimit_names[] = {
    { "RLIMIT_AS", RLIMIT_AS },
    { "RLIMIT_CORE", RLIMIT_CORE },
    { "RLIMIT_CPU", RLIMIT_CPU },
    { "RLIMIT_DATA", RLIMIT_DATA },
    { "RLIMIT_FSIZE", RLIMIT_FSIZE },
    { "RLIMIT_LOCKS", RLIMIT_LOCKS },
    { "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK },
    { "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE },
    { "RLIMIT_NICE", RLIMIT_NICE },
    { "RLIMIT_NOFILE", RLIMIT_NOFILE },
    { "RLIMIT_NPROC", RLIMIT_NPROC },
    { "RLIMIT_RSS", RLIMIT_RSS },
    { "RLIMIT_RTPRIO", RLIMIT_RTPRIO },
    { "RLIMIT_RTTIME", RLIMIT_RTTIME },
    { "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING },
    { "RLIMIT_STACK", RLIMIT_STACK },
    { NULL, 0 },
};

const struct name spec_capability_names[] = {
    { "CAP_CHOWN", CAP_CHOWN },
    { "CAP_DAC_OVERRIDE", CAP_DAC_OVERRIDE },
    { "CAP_DAC_READ_SEARCH", CAP_DAC_READ_SEARCH },
    { "CAP_FOWNER", CAP_FOWNER },
    { "CAP_FSETID", CAP_FSETID },
    { "CAP_KILL", CAP_KILL },
    { "CAP_SETGID", CAP_SETGID },
    { "CAP_SETUID", CAP_SETUID },
    { "CAP_SETPCAP", CAP_SETPCAP },
    { "CAP_LINUX_IMMUTABLE", CAP_LINUX_IMMUTABLE },
    { "CAP_NET_BIND_SERVICE", CAP_NET_BIND_SERVICE },
    { "CAP_NET_BROADCAST", CAP_NET_BROADCAST },
    { "CAP_NET_ADMIN", CAP_NET_ADMIN },
    { "CAP_NET_RAW", CAP_NET_RAW },
    { "CAP_IPC_LOCK", CAP_IPC_LOCK },
    { "CAP_IPC_OWNER", CAP_IPC_OWNER },
    { "CAP_SYS_MODULE", CAP_SYS_MODULE },
    { "CAP_SYS_RAWIO", CAP_SYS_RAWIO },
    { "CAP_SYS_CHROOT", CAP_SYS_CHROOT },
    { "CAP_SYS_PTRACE", CAP_SYS_PTRACE },
    { "CAP_SYS_PACCT", CAP_SYS_PACCT },
    { "CAP_SYS_ADMIN", CAP_SYS_ADMIN },
    { "CAP_SYS_BOOT", CAP_SYS_BOOT },
    { "CAP_SYS_NICE", CAP_SYS_NICE },
    { "CAP_SYS_RESOURCE", CAP_SYS_RESOURCE },
    { "CAP_SYS_TIME", CAP_SYS_TIME },
    { "CAP_SYS_TTY_CONFIG", CAP_SYS_TTY_CONFIG },
    { "CAP_MKNOD", CAP_MKNOD },
    { "CAP_LEASE", CAP_LEASE },
    { "CAP_AUDIT_WRITE", CAP_AUDIT_WRITE },
    { "CAP_AUDIT_CONTROL", CAP_AUDIT_CONTROL },
    { "CAP_SETFCAP", CAP_SETFCAP },
    { "CAP_MAC_OVERRIDE", CAP_MAC_OVERRIDE },
    { "CAP_MAC_ADMIN", CAP_MAC_ADMIN },
    { "CAP_SYSLOG", CAP_SYSLOG },
    { "CAP_WAKE_ALARM", CAP_WAKE_ALARM },
    { "CAP_BLOCK_SUSPEND", CAP_BLOCK_SUSPEND },
    { "CAP_AUDIT_READ", CAP_AUDIT_READ },
    { "CAP_PERFMON", CAP_PERFMON },
    { "CAP_BPF", CAP_BPF },
    { "CAP_CHECKPOINT_RESTORE", CAP_CHECKPOINT_RESTORE },
    { NULL, 0 },
};

/* The numbers of sched.h and linux/sched.h, which cannot both be included. */
const struct name spec_sched_policy_names[] = {
    { "SCHED_OTHER", SCHED_OTHER },
    { "SCHED_FIFO", SCHED_FIFO },
    { "SCHED_RR", SCHED_RR },
    { "SCHED_BATCH", SCHED_BATCH },
    { "SCHED_ISO", 4 },
    { "SCHED_IDLE", SCHED_IDLE },
    { "SCHED_DEADLINE", 6 },
    { NULL, 0 },
};

const struct name spec_sched_flag_names[] = {
    { "SCHED_FLAG_RESET_ON_FORK", 0x01 },  { "SCHED_FLAG_RECLAIM", 0x02 },
    { "SCHED_FLAG_DL_OVERRUN", 0x04 },     { "SCHED_FLAG_KEEP_POLICY", 0x08 },
    { "SCHED_FLAG_KEEP_PARAMS", 0x10 },    { "SCHED_FLAG_UTIL_CLAMP_MIN", 0x20 },
    { "SCHED_FLAG_UTIL_CLAMP_MAX", 0x40 }, { NULL, 0 },
};

const struct name spec_io_class_names[] = {
    { "IOPRIO_CLASS_RT", 1 },
    { "IOPRIO_CLASS_BE", 2 },
    { "IOPRIO_CLASS_IDLE", 3 },
    { NULL, 0 },
};

const struct name spec_device_type_names[] = {
    { "c", 'c' }, { "u", 'c' }, { "b", 'b' }, { "p", 'p' }, { NULL, 0 },
};

#define REC 0x4000 /* MS_REC; <sys/mount.h> and <linux/mount.h> do not go together */
#define UNBINDABLE (1 << 17)
#define PRIVATE (1 << 18)
#define SLAVE (1 << 19)
#define SHARED (1 << 20)

const struct name spec_propagation_names[] = {
    { "private", PRIVATE },
    { "rprivate", PRIVATE | REC },
    { "shared", SHARED },
    { "rshared", SHARED | REC },
    { "slave", SLAVE },
    { "rslave", SLAVE | REC },
    { "unbindable", UNBINDABLE },
    { "runbindable", UNBINDABLE | REC },
    { NULL, 0 },
};

const struct name spec_personality_names[] = {
    { "LINUX", PER_LINUX },
    { "LINUX32", PER_LINUX32 },
    { NULL, 0 },
};

/* In numbers: linux/mempolicy.h has them as enumerators, the newer ones not everywhere. */
const struct name spec_memory_mode_names[] = {
    { "MPOL_DEFAULT", 0 },
    { "MPOL_PREFERRED", 1 },
    { "MPOL_BIND", 2 },
    { "MPOL_INTERLEAVE", 3 },
    { "MPOL_LOCAL", 4 },
    { "MPOL_PREFERRED_MANY", 5 },
    { "MPOL_WEIGHTED_INTERLEAVE", 6 },
    { NULL, 0 },
};

const struct name spec_memory_flag_names[] = {
    { "MPOL_F_STATIC_NODES", 1 << 15 },
    { "MPOL_F_RELATIVE_NODES", 1 << 14 },
    { "MPOL_F_NUMA_BALANCING", 1 << 13 },
    { NULL, 0 },
};

/* KILL is the older word: KILL_THREAD first, so that it is the one written. */
const struct name spec_seccomp_action_names[] = {
    { "SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS },
    { "SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD },
    { "SCMP_ACT_KILL", SCMP_ACT_KILL },
    { "SCMP_ACT_TRAP", SCMP_ACT_TRAP },
    { "SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0) },
    { "SCMP_ACT_TRACE", SCMP_ACT_TRACE(0) },
    { "SCMP_ACT_ALLOW", SCMP_ACT_ALLOW },
    { "SCMP_ACT_LOG", SCMP_ACT_LOG },
    { "SCMP_ACT_NOTIFY", SCMP_ACT_NOTIFY },
    { NULL, 0 },
};

/* Those that came to libseccomp after its oldest version here (2.5.4). */
#ifndef SCMP_ARCH_LOONGARCH64
#define SCMP_ARCH_LOONGARCH64 0
#endif
#ifndef SCMP_ARCH_M68K
#define SCMP_ARCH_M68K 0
#endif
#ifndef SCMP_ARCH_SH
#define SCMP_ARCH_SH 0
#endif
#ifndef SCMP_ARCH_SHEB
#define SCMP_ARCH_SHEB 0
#endif

const struct name spec_seccomp_arch_names[] = {
    { "SCMP_ARCH_X86", SCMP_ARCH_X86 },
    { "SCMP_ARCH_X86_64", SCMP_ARCH_X86_64 },
    { "SCMP_ARCH_X32", SCMP_ARCH_X32 },
    { "SCMP_ARCH_ARM", SCMP_ARCH_ARM },
    { "SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64 },
    { "SCMP_ARCH_MIPS", SCMP_ARCH_MIPS },
    { "SCMP_ARCH_MIPS64", SCMP_ARCH_MIPS64 },
    { "SCMP_ARCH_MIPS64N32", SCMP_ARCH_MIPS64N32 },
    { "SCMP_ARCH_MIPSEL", SCMP_ARCH_MIPSEL },
    { "SCMP_ARCH_MIPSEL64", SCMP_ARCH_MIPSEL64 },
    { "SCMP_ARCH_MIPSEL64N32", SCMP_ARCH_MIPSEL64N32 },
    { "SCMP_ARCH_PPC", SCMP_ARCH_PPC },
    { "SCMP_ARCH_PPC64", SCMP_ARCH_PPC64 },
    { "SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE },
    { "SCMP_ARCH_S390", SCMP_ARCH_S390 },
    { "SCMP_ARCH_S390X", SCMP_ARCH_S390X },
    { "SCMP_ARCH_PARISC", SCMP_ARCH_PARISC },
    { "SCMP_ARCH_PARISC64", SCMP_ARCH_PARISC64 },
    { "SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64 },
    { "SCMP_ARCH_LOONGARCH64", SCMP_ARCH_LOONGARCH64 },
    { "SCMP_ARCH_M68K", SCMP_ARCH_M68K },
    { "SCMP_ARCH_SH", SCMP_ARCH_SH },
    { "SCMP_ARCH_SHEB", SCMP_ARCH_SHEB },
    { NULL, 0 },
};

const struct name spec_seccomp_op_names[] = {
    { "SCMP_CMP_NE", SCMP_CMP_NE },
    { "SCMP_CMP_LT", SCMP_CMP_LT },
    { "SCMP_CMP_LE", SCMP_CMP_LE },
    { "SCMP_CMP_EQ", SCMP_CMP_EQ },
    { "SCMP_CMP_GE", SCMP_CMP_GE },
    { "SCMP_CMP_GT", SCMP_CMP_GT },
    { "SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ },
    { NULL, 0 },
};

const struct name spec_seccomp_flag_names[] = {
    { "SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC },
    { "SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG },
    { "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
    { "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV },
    { NULL, 0 },
};

/* ---- options of mounts ------------------------------------------------------------------- */

#define SET(word, attr)                        \
    {                                          \
        .name = word, .set = MOUNT_ATTR_##attr \
    }
#define CLEAR(word, attr)                        \
    {                                            \
        .name = word, .clear = MOUNT_ATTR_##attr \
    }
#define TREE_SET(word, attr)                        \
    {                                               \
        .name = word, .tree_set = MOUNT_ATTR_##attr \
    }
#define TREE_CLEAR(word, attr)                        \
    {                                                 \
        .name = word, .tree_clear = MOUNT_ATTR_##attr \
    }
/* Access times are no bits but a number of three values: mount_setattr(2) wants all of it
 * cleared when one is set.  "Not this one" gives the kernel's default, relatime. */
#define ATIME(word, attr)                                                  \
    {                                                                      \
        .name = word, .set = MOUNT_ATTR_##attr, .clear = MOUNT_ATTR__ATIME \
    }
#define TREE_ATIME(word, attr)                                                       \
    {                                                                                \
        .name = word, .tree_set = MOUNT_ATTR_##attr, .tree_clear = MOUNT_ATTR__ATIME \
    }
/* Of a superblock: new file systems only, a bind mount shares its source's. */
#define FLAG(word)                 \
    {                              \
        .name = word, .flag = word \
    }
#define PROPAGATION(word, bits)             \
    {                                       \
        .name = word, .propagation = (bits) \
    }
#define SPECIAL(word, what)                   \
    {                                         \
        .name = word, .special = MOUNT_##what \
    }

const struct mount_word mount_words[] = {
    SET("ro", RDONLY),
    CLEAR("rw", RDONLY),
    SET("nosuid", NOSUID),
    CLEAR("suid", NOSUID),
    SET("nodev", NODEV),
    CLEAR("dev", NODEV),
    SET("noexec", NOEXEC),
    CLEAR("exec", NOEXEC),
    SET("nodiratime", NODIRATIME),
    CLEAR("diratime", NODIRATIME),
    SET("nosymfollow", NOSYMFOLLOW),
    CLEAR("symfollow", NOSYMFOLLOW),
    ATIME("noatime", NOATIME),
    ATIME("atime", RELATIME),
    ATIME("relatime", RELATIME),
    ATIME("norelatime", RELATIME),
    ATIME("strictatime", STRICTATIME),
    ATIME("nostrictatime", RELATIME),
    TREE_SET("rro", RDONLY),
    TREE_CLEAR("rrw", RDONLY),
    TREE_SET("rnosuid", NOSUID),
    TREE_CLEAR("rsuid", NOSUID),
    TREE_SET("rnodev", NODEV),
    TREE_CLEAR("rdev", NODEV),
    TREE_SET("rnoexec", NOEXEC),
    TREE_CLEAR("rexec", NOEXEC),
    TREE_SET("rnodiratime", NODIRATIME),
    TREE_CLEAR("rdiratime", NODIRATIME),
    TREE_SET("rnosymfollow", NOSYMFOLLOW),
    TREE_CLEAR("rsymfollow", NOSYMFOLLOW),
    TREE_ATIME("rnoatime", NOATIME),
    TREE_ATIME("ratime", RELATIME),
    TREE_ATIME("rrelatime", RELATIME),
    TREE_ATIME("rnorelatime", RELATIME),
    TREE_ATIME("rstrictatime", STRICTATIME),
    TREE_ATIME("rnostrictatime", RELATIME),
    FLAG("sync"),
    FLAG("async"),
    FLAG("dirsync"),
    FLAG("lazytime"),
    FLAG("nolazytime"),
    FLAG("mand"),
    FLAG("nomand"),
    /* The calls of the new mount API have no place for these four. */
    { .name = "silent" },
    { .name = "loud" },
    { .name = "iversion" },
    { .name = "noiversion" },
    { .name = "defaults" },
    PROPAGATION("private", PRIVATE),
    PROPAGATION("rprivate", PRIVATE | REC),
    PROPAGATION("shared", SHARED),
    PROPAGATION("rshared", SHARED | REC),
    PROPAGATION("slave", SLAVE),
    PROPAGATION("rslave", SLAVE | REC),
    PROPAGATION("unbindable", UNBINDABLE),
    PROPAGATION("runbindable", UNBINDABLE | REC),
    SPECIAL("bind", BIND),
    SPECIAL("rbind", RBIND),
    SPECIAL("remount", REMOUNT),
    SPECIAL("tmpcopyup", TMPCOPYUP),
    SPECIAL("idmap", IDMAP),
    SPECIAL("ridmap", RIDMAP),
    SPECIAL("optional", OPTIONAL),
    SPECIAL("src-nofollow", SRC_NOFOLLOW),
    SPECIAL(MOUNT_WORD_BENEATH, SRC_BENEATH),
    SPECIAL("dest-nofollow", REFUSED),
    SPECIAL("copy-symlink", REFUSED),
    SPECIAL("rsync", REFUSED),
    SPECIAL("rasync", REFUSED),
    SPECIAL("rdirsync", REFUSED),
    SPECIAL("rmand", REFUSED),
    SPECIAL("rnomand", REFUSED),
    { .name = NULL },
};

const struct mount_word *mount_word_find(const char *option)
{
    /* A map in an option is crun's own. */
    static const struct mount_word with_map = SPECIAL("idmap=", REFUSED);

    for (const struct mount_word *word = mount_words; word->name; word++)
        /* The first letter at once: a thousand mounts ask some ten thousand times. */
        if (word->name[0] == option[0] && strcmp(word->name, option) == 0)
            return word;
    if (strncmp(option, MOUNT_WORD_BENEATH, strlen(MOUNT_WORD_BENEATH)) == 0)
        return mount_word_find(MOUNT_WORD_BENEATH);
    if (strncmp(option, "idmap=", 6) == 0 || strncmp(option, "ridmap=", 7) == 0)
        return &with_map;
    return NULL;
}

void mount_word_apply(const struct mount_word *word, struct mount_change *change)
{
    uint64_t tree = word->tree_set | word->tree_clear;

    /* A word for the tree speaks of the mount itself too. */
    change->set = (change->set & ~word->clear & ~tree) | word->set;
    change->clear = (change->clear & ~word->set & ~tree) | word->clear;
    change->tree_set = (change->tree_set & ~word->tree_clear) | word->tree_set;
    change->tree_clear = (change->tree_clear & ~word->tree_set) | word->tree_clear;
    if (word->propagation) {
        change->propagation = word->propagation & ~(uint64_t)REC;
        change->propagate_tree = word->propagation & REC;
    }
}

bool spec_is_bind(const struct spec_mount *m)
{
    for (size_t i = 0; i < m->options.n; i++) {
        const struct mount_word *word = mount_word_find(m->options.v[i]);

        if (word && (word->special == MOUNT_BIND || word->special == MOUNT_RBIND))
            return true;
    }
    return false;
}

/* ---- annotations ------------------------------------------------------------------------- */

const char *const spec_unsafe_annotations[] = {
    "bundle",   "org.criu.config",  ANNOTATION_SYSTEMD_PROPERTY,
    "run.oci.", ANNOTATION_NETWORK, ANNOTATION_NETWORK ".",
    ANNOTATION_IDMAP, ANNOTATION_ROOT, ANNOTATION_USERNS,
    NULL,
};

const char *spec_annotation(const struct spec *s, const char *key)
{
    for (size_t i = 0; i < s->annotations.n; i++)
        if (strcmp(s->annotations.v[i].key, key) == 0)
            return s->annotations.v[i].value;
    return NULL;
}

bool spec_annotation_on(const struct spec *s, const char *key)
{
    const char *value = spec_annotation(s, key);

    return value && strcmp(value, "0") != 0;
}

const char *spec_listener(const struct spec *s)
{
    const struct spec_seccomp *c = s->linux_ ? s->linux_->seccomp : NULL;
    const char *path = c && c->listener_path && *c->listener_path
                           ? c->listener_path
                           : spec_annotation(s, ANNOTATION_SECCOMP_RECEIVER);

    return path && *path ? path : NULL;
}

const char *spec_listener_metadata(const struct spec *s)
{
    const char *text =
        s->linux_ && s->linux_->seccomp ? s->linux_->seccomp->listener_metadata : NULL;

    return text && *text ? text : NULL;
}
