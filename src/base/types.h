/* base/types.h - plain data that planner and doers share.
 *
 * Here and not in plan/ or os/, since neither of the two may include the other. */
#ifndef RCRUN_BASE_TYPES_H
#define RCRUN_BASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A list of strings; v[n] is NULL when the list was made by the planner for execve(2). */
struct texts {
    const char **v;
    size_t n;
    bool set; /* it was written in the config, be it empty */
};

/* Values that may be absent.  json-load.h tells by the type what a member holds. */
struct opt_bool {
    bool value;
    bool set;
};

struct opt_u32 {
    uint32_t value;
    bool set;
};

struct opt_u64 {
    uint64_t value;
    bool set;
};

struct opt_i64 {
    int64_t value;
    bool set;
};

/* A word of a table (base/names.h) and what it stands for. */
struct opt_word {
    int64_t value;
    bool set;
    const char *text;
};

struct pair {
    const char *key;
    const char *value;
};

struct dict {
    struct pair *v;
    size_t n;
};

/* One line of /proc/PID/uid_map, user_namespaces(7). */
struct id_range {
    uint32_t inside;
    uint32_t outside;
    uint32_t size;
};

struct id_map {
    struct id_range *v;
    size_t n;
};

/* What mount_setattr(2) shall set and clear (MOUNT_ATTR_*), on the mount itself and
 * on the whole tree; `propagation` is one MS_SHARED, MS_SLAVE, MS_PRIVATE or
 * MS_UNBINDABLE, 0 = leave. */
struct mount_change {
    uint64_t set;
    uint64_t clear;
    uint64_t tree_set;
    uint64_t tree_clear;
    uint64_t propagation;
    bool propagate_tree;
};

/* The directory of an upper layer has `diff`, `work` and this file, which says whose it is. */
#define UPPER_MARK ".rcrun-upper"

/* Kinds of inodes that a step may expect. */
enum kind {
    KIND_ANY,
    KIND_MISSING,
    KIND_FILE,
    KIND_DIR,
    KIND_LINK,
    KIND_CHAR,
    KIND_BLOCK,
    KIND_FIFO,
    KIND_SOCKET,
};

/* Namespaces as a set; the bits are those of clone(2). */
#define NS_MOUNT 0x00020000u
#define NS_CGROUP 0x02000000u
#define NS_UTS 0x04000000u
#define NS_IPC 0x08000000u
#define NS_USER 0x10000000u
#define NS_PID 0x20000000u
#define NS_NET 0x40000000u
#define NS_TIME 0x00000080u

/* seccomp, in libseccomp's numbers (SCMP_ACT_*, SCMP_ARCH_*, SCMP_CMP_*). */
struct filter_arg {
    uint32_t index;
    uint32_t op;
    uint64_t value;
    uint64_t value_two;
};

struct filter_rule {
    struct texts names;
    uint32_t action; /* with the errno or trace number in its low half */
    struct {
        struct filter_arg *v;
        size_t n;
    } args;
};

struct filter_rules {
    uint32_t default_action;
    struct {
        uint32_t *v;
        size_t n;
    } archs; /* native is always in force */
    uint32_t flags; /* SECCOMP_FILTER_FLAG_* */
    struct {
        struct filter_rule *v;
        size_t n;
    } rules;
    bool strict; /* an unknown name is an error */
    struct {
        const void *v;
        size_t n; /* of 8 bytes each */
    } program; /* finished instructions, in place of all rules */
    const char *listener; /* path of the socket that gets the listener, NULL = nothing notifies */
};

#endif
