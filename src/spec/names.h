/* spec/names.h - the words of config.json and what they stand for. */
#ifndef RCRUN_SPEC_NAMES_H
#define RCRUN_SPEC_NAMES_H

#include "base/names.h"
#include "base/types.h"
#include "spec/spec.h"

extern const struct name spec_namespace_names[];      /* NS_* */
extern const struct name spec_hook_names[];           /* order of running, from 0 */
extern const struct name spec_rlimit_names[];         /* RLIMIT_* */
extern const struct name spec_capability_names[];     /* CAP_* */
extern const struct name spec_sched_policy_names[];   /* SCHED_* */
extern const struct name spec_sched_flag_names[];     /* SCHED_FLAG_* */
extern const struct name spec_io_class_names[];       /* IOPRIO_CLASS_* */
extern const struct name spec_device_type_names[];    /* 'c', 'b', 'p' */
extern const struct name spec_propagation_names[];    /* MS_*, with MS_REC for the r* words */
extern const struct name spec_personality_names[];    /* PER_* */
extern const struct name spec_memory_mode_names[];    /* MPOL_* */
extern const struct name spec_memory_flag_names[];    /* MPOL_F_* */
extern const struct name spec_seccomp_action_names[]; /* SCMP_ACT_*, low half 0 */
extern const struct name spec_seccomp_arch_names[];   /* SCMP_ARCH_*; 0 = not in this libseccomp */
extern const struct name spec_seccomp_op_names[];     /* SCMP_CMP_* */
extern const struct name spec_seccomp_flag_names[];   /* SECCOMP_FILTER_FLAG_* */

/* ---- options of mounts ------------------------------------------------------------------- */

enum mount_special {
    MOUNT_PLAIN,
    MOUNT_BIND,
    MOUNT_RBIND,
    MOUNT_REMOUNT,
    MOUNT_TMPCOPYUP,
    MOUNT_IDMAP,
    MOUNT_RIDMAP,
    MOUNT_OPTIONAL,     /* leave it out when the source is missing */
    MOUNT_SRC_NOFOLLOW, /* follow no symbolic link in the source */
    MOUNT_SRC_BENEATH,  /* ... from the directory on that comes behind the word */
    MOUNT_REFUSED,      /* a word of another runtime that may not reach the kernel */
};

struct mount_word {
    const char *name;
    uint64_t set; /* MOUNT_ATTR_* of the mount itself */
    uint64_t clear;
    uint64_t tree_set; /* ... and of all mounts below it */
    uint64_t tree_clear;
    const char *flag;     /* new file systems: fsconfig(2) FSCONFIG_SET_FLAG; NULL = none */
    uint64_t propagation; /* MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE, with MS_REC */
    enum mount_special special;
};

#define MOUNT_WORD_BENEATH "src-beneath="

extern const struct mount_word mount_words[]; /* the end has no name */

/* What an option means; NULL = data for the file system.  The name of a word that takes a value
 * ends with "=". */
const struct mount_word *mount_word_find(const char *option);
/* Adds a word to what a list of options asks for: the last one wins, when the change of
 * the tree is made first and that of the mount itself after it. */
void mount_word_apply(const struct mount_word *word, struct mount_change *change);
/* "bind" or "rbind" is among the options; the type says nothing. */
bool spec_is_bind(const struct spec_mount *m);

/* ---- annotations ------------------------------------------------------------------------- */

#define ANNOTATION_KEEP_GROUPS "run.oci.keep_original_groups"
#define ANNOTATION_DELEGATE_CGROUP "run.oci.delegate-cgroup"
#define ANNOTATION_SYSTEMD_SUBGROUP "run.oci.systemd.subgroup"
#define ANNOTATION_SYSTEMD_PROPERTY "org.systemd.property." /* a prefix */
#define ANNOTATION_HOOKS_STDOUT "run.oci.hooks.stdout"
#define ANNOTATION_HOOKS_STDERR "run.oci.hooks.stderr"
#define ANNOTATION_PIDFD_RECEIVER "run.oci.pidfd_receiver"
#define ANNOTATION_SECCOMP_STRICT "run.oci.seccomp_fail_unknown_syscall"
#define ANNOTATION_SECCOMP_BPF "run.oci.seccomp_bpf_data"
#define ANNOTATION_SECCOMP_RECEIVER "run.oci.seccomp.receiver"
#define ANNOTATION_SECCOMP_PLUGINS "run.oci.seccomp.plugins"
#define ANNOTATION_MOUNT_CONTEXT "run.oci.mount_context_type"
#define ANNOTATION_FORCE_CGROUP_V1 "run.oci.systemd.force_cgroup_v1"
#define ANNOTATION_HANDLER "run.oci.handler"
#define ANNOTATION_KRUN "krun."        /* a prefix */
#define ANNOTATION_WASM "module.wasm." /* a prefix */
#define ANNOTATION_NETWORK "org.rcrun.network"
#define ANNOTATION_IDMAP "org.rcrun.idmap"
#define ANNOTATION_USERNS "org.rcrun.userns" /* the words of --userns */
#define ANNOTATION_ROOT "org.rcrun.root."    /* a prefix: an overlay root, see plan/overlay.c */
#define ANNOTATION_ROOT_OVERLAY ANNOTATION_ROOT "overlay"   /* ephemeral, upper */
#define ANNOTATION_ROOT_SIZE ANNOTATION_ROOT "size"         /* of an ephemeral upper: 512m */
#define ANNOTATION_ROOT_UPPER ANNOTATION_ROOT "upper"       /* directory, relative to the bundle */
#define ANNOTATION_ROOT_LOWER ANNOTATION_ROOT "lower."      /* a prefix: lower.0 is the topmost */
#define ANNOTATION_ROOT_DRIVER ANNOTATION_ROOT "driver"     /* auto, kernel, fuse */
#define ANNOTATION_ROOT_VOLATILE ANNOTATION_ROOT "volatile" /* true, false */

/* Those that change what a container may do (a dot at the end: all that begin so); the
 * list ends with NULL. */
extern const char *const spec_unsafe_annotations[];

/* The value of an annotation, or NULL. */
const char *spec_annotation(const struct spec *s, const char *key);

/* Is there an annotation of this key, with any value but "0"? */
bool spec_annotation_on(const struct spec *s, const char *key);

/* The path of the socket that gets the listener of the system call filter, or NULL: listenerPath,
 * else the annotation that was there before it. */
const char *spec_listener(const struct spec *s);
/* What it is told besides, or NULL. */
const char *spec_listener_metadata(const struct spec *s);

#endif
