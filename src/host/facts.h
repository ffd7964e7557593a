/* host/facts.h - what the planner may know of the host: plain values.
 *
 * host/probe.c fills it, the only look at the host before the plan is made;
 * host/facts-json.c writes and reads it, so that a bug report (config.json and
 * facts.json) is a test.  The planner never asks anything itself. */
#ifndef RCRUN_HOST_FACTS_H
#define RCRUN_HOST_FACTS_H

#include "base/err.h"
#include "base/types.h"

/* One path that the spec names, as the caller sees it (symbolic links followed). */
struct path_fact {
    const char *path;  /* as asked for: absolute, on the host */
    enum kind kind;    /* KIND_MISSING when it cannot be reached */
    int num;           /* errno then */
    const char *stop;  /* first component that cannot be searched (EACCES), or NULL */
    uint64_t dev, ino; /* st_dev, st_ino */
    uint64_t rdev;     /* of devices */
    uint32_t mode;     /* st_mode & 07777; these three are those of `stop` when that is set */
    uint32_t uid, gid;
    bool no_modes;     /* on a file system of Windows (WSL2), where chmod(2) and chown(2) do nothing */
    const char *writable_below; /* the first mount below it that is writable, or NULL; when asked */
};

/* One namespace path that the spec names. */
struct ns_fact {
    const char *path;
    uint32_t type;       /* NS_*, 0 = no namespace or not there */
    int num;             /* errno when it could not be opened */
    uint64_t ino;
    bool is_own;         /* we are in it already */
    bool owned_by_us;    /* its owning user namespace is the one we are in */
    bool owned_by_child; /* ... or a user namespace that descends from ours */
};

/* A directory that may hold the upper layer of an overlay: what was tried there, or, where it is
 * missing, in the nearest directory above. */
struct upper_fact {
    const char *path;    /* absolute, on the host */
    int num;             /* errno of making something there, 0 = it can be done */
    int xattr;           /* errno of a user.* attribute, 0 = there are such */
    const char *fs;      /* name of the file system, or its number in base 16 */
    const char *made_by; /* who else wrote the layer that is there, or NULL */
    const char *meets;   /* the first of its lower layers that it lies in, or that lies in it */
};

struct rlimit_fact { uint64_t soft, hard; };
#define RLIMIT_KINDS 16

enum cgroup_kind { CGROUP_NONE, CGROUP_V1, CGROUP_HYBRID, CGROUP_V2 };
enum seal_kind { SEAL_NONE, SEAL_OVERLAY, SEAL_MEMFD };

struct map_helper {
    const char *path;  /* NULL = not found */
    bool works;        /* setuid root or file capabilities, not nosuid, no_new_privs off */
    const char *why;   /* why it cannot work, or NULL */
};

struct facts {
    struct {
        uint32_t euid, egid;
        uint32_t uid, gid;
        struct { uint32_t *v; size_t n; } groups;
        const char *name;       /* login name, NULL = no passwd line */
        uint32_t primary_gid;   /* of the passwd line; egid without one */
        uint64_t caps;          /* effective, bit = capability number */
        uint64_t bounding;
        bool no_new_privs;
        int seccomp_mode;       /* 0, 1, 2 */
        bool setgroups_denied;  /* /proc/self/setgroups says deny */
        int64_t oom_score_adj;  /* when asked */
        uint32_t umask;
        uint64_t ignored_signals; /* bit n: signal n + 1 */
        struct rlimit_fact rlimits[RLIMIT_KINDS]; /* when asked; index = RLIMIT_* number */
    } self;
    struct {
        bool in_child;          /* not in the initial user namespace */
        struct id_map uid_map;  /* of our own user namespace, as /proc/self/uid_map */
        struct id_map gid_map;
    } userns;
    struct {
        struct id_map uids;     /* inside is 0 here: {0, start, count}; merged, own id cut out */
        struct id_map gids;
        bool known;             /* they were asked for */
        struct map_helper newuidmap, newgidmap;
        const char *why;        /* why there are none that can be mapped, or NULL; both maps
                                 * are empty when it is set, and never only one of them */
    } subid;
    struct {
        const char *release;    /* uname -r */
        uint32_t major, minor;
        const char *missing;    /* first required system call that is not there, or NULL */
        uint32_t last_cap;
        bool time_ns;           /* when not asked: by version alone */
        bool overlay_fd_layers; /* 6.13: FSCONFIG_SET_FD for overlay */
        bool overlay_lowerdir_plus; /* 6.7 */
        int overlay_refused;    /* errno of an overlay in a user namespace, 0 = none; when asked */
        bool clone_detached;    /* 6.15: open_tree of a detached mount */
        bool seccomp;
        bool apparmor, selinux; /* active; when asked */
        bool weighted_interleave; /* 6.9 */
    } kernel;
    struct {
        uint64_t proc_flags;    /* ST_* of statvfs of /proc: what a new one must repeat */
        bool proc_there;        /* /proc is procfs */
        uint64_t sys_flags;     /* as proc_flags, of /sys; when asked */
        enum cgroup_kind cgroup;
        const char *cgroup_own; /* directory of our own cgroup on the host, or NULL */
        bool cgroup_own_writable;
    } mounts;
    struct {
        const char *path;       /* of our own executable */
        enum seal_kind seal;    /* what must be done so that a container cannot write it */
        bool sealed;            /* this process runs from the sealed copy already */
    } exe;
    struct {
        bool stdin_tty;
        bool any_tty;           /* one of 0, 1, 2 */
        bool stderr_tty;
    } tty;
    struct {                    /* what a service manager handed over; when asked */
        uint32_t listen_fds;    /* sockets from descriptor 3 on, LISTEN_FDS */
        const char *listen_names; /* LISTEN_FDNAMES, or NULL */
        const char *notify;     /* NOTIFY_SOCKET, or NULL */
    } service;
    struct {                    /* exec: the one that it enters */
        struct { struct opt_word *v; size_t n; } join; /* namespaces of its init that are not ours */
    } container;
    struct {                    /* when a network is to be made */
        struct texts routes;    /* of the host, "10.0.0.0/8"; none of them a default route */
        bool default6;          /* there is a default route of IPv6 */
        struct texts servers, search, options; /* of resolv.conf */
        const char *resolv_why; /* why there are no servers, or NULL */
        int tun;                /* errno of who opens /dev/net/tun, 0 = it can be opened */
        const char *helper;     /* path of rcrun-net, or NULL */
    } net;
    struct {                    /* the note beside the root directory, when asked: spec/userns.h */
        bool there;
        const char *why;        /* why it could not be read, or NULL */
        uint32_t kind, uid, gid, base, gbase;
    } map_record;
    struct {                    /* when an overlay gets an upper layer */
        bool tmpfs_xattrs;      /* user.* attributes on tmpfs: 6.6, and as it was built */
        const char *unique;     /* six characters that nobody can guess */
        /* Places for one that is thrown away, the best first; not asked where tmpfs will do. */
        struct { struct upper_fact *v; size_t n; } places;
        struct upper_fact kept; /* that is kept; path NULL = none */
    } upper;
    struct {                    /* when it may have to serve the root directory; when asked */
        int device;             /* errno of who opens /dev/fuse, 0 = it can be opened */
        const char *program;    /* path of fuse-overlayfs, or NULL */
        uint32_t major, minor;  /* its version */
        const char *why;        /* why that is not known, or NULL */
    } fuse;
    const char *cwd;            /* the caller's directory, when asked */
    const char *state_root;     /* usable state root, or NULL */
    const char *state_root_why; /* why not, or a warning about $XDG_RUNTIME_DIR, or NULL */
    struct { struct path_fact *v; size_t n; } paths; /* sorted by path (strcmp), each once */
    struct { struct ns_fact *v; size_t n; } namespaces;
};

/* What plan_want() asks for. */
struct questions {
    struct { const char **v; size_t n; } paths;      /* absolute host paths, any order, maybe twice */
    struct { const char **v; size_t n; } namespaces; /* absolute host paths */
    bool below;     /* writable mounts below the paths */
    bool subids;    /* the subordinate ids of the caller, and what map_tools asks for */
    bool map_tools; /* newuidmap and newgidmap; but not when the caller is the only one mapped: */
    bool one_mapped;
    uint32_t mapped_uid, mapped_gid;
    const char *map_record; /* path of the note, or NULL */
    bool tty;
    bool state_root;
    bool service;
    bool cwd;
    bool cgroup;
    bool sysfs;
    bool net;
    bool fuse;
    bool fuse_if_needed; /* where the kernel's overlay cannot be the root */
    bool overlay;  /* kernel.overlay_* matter */
    bool ephemeral; /* an upper layer that is thrown away */
    const char *upper; /* directory of one that is kept, or NULL */
    struct { const char **v; size_t n; } lower; /* ... of the layers below it */
    bool time_ns;
    bool labels;   /* kernel.apparmor and selinux */
    bool oom_score_adj;
    uint32_t rlimits; /* bit n: RLIMIT_* number n */
};

/* The answer for a path; NULL when it was not asked. */
/* Is the id inside the map?  Maps it outwards when `out` is not NULL. */
/* The error of who needs a state root and has none; why may be NULL. */
int facts_no_state_root(const char *why, struct err *e);

bool facts_map_has(const struct id_map *map, uint32_t inside, uint32_t *out);
/* The same the other way: maps it inwards when `in` is not NULL. */
bool facts_map_has_outside(const struct id_map *map, uint32_t outside, uint32_t *in);
/* Has rcrun the capability, in the user namespace that it is in? */
bool facts_has_cap(const struct facts *f, int cap);
/* Then nobody has to write the maps of a user namespace for us. */
bool facts_writes_any_map(const struct facts *f);
const struct path_fact *facts_path(const struct facts *f, const char *path);
const struct ns_fact *facts_namespace(const struct facts *f, const char *path);

#endif
