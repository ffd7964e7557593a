/* plan/make.h - what the planner's files share. */
#ifndef RCRUN_PLAN_MAKE_H
#define RCRUN_PLAN_MAKE_H

#include "base/clean.h"
#include "net/network.h"
#include "plan/plan.h"

/* The upper layer of an overlay: in memory or in a directory, else there is none. */
struct upper {
    bool tmpfs;
    const char *size; /* of the tmpfs; NULL = as the kernel has it */
    const char *dir;  /* absolute; the layer is `diff` in it */
    bool kept;
    bool volatile_;
};

/* One mount of the config, its options understood. */
struct mount_read {
    const char *why;          /* "mounts[3]" */
    const char *target;       /* cleaned, absolute */
    const char *source;       /* binds: absolute on the host */
    const struct path_fact *fact; /* binds */
    const char *beneath;      /* binds: from this directory on no link is followed; NULL = none */
    bool bind, tree, remount, copy_up;
    bool optional;            /* binds: left out when the source is missing */
    bool skip;                /* left out */
    bool asks_rw;
    bool ephemeral;           /* overlays: with an upper layer that is thrown away: */
    struct upper upper;
    struct texts lower;       /* overlays: the topmost first */
    const char *upperdir, *workdir; /* ... and what the options name; NULL = none */
    bool late_ro;             /* filled by later steps, then made read-only */
    int slot;                 /* of pin_source, -1 = none */
    bool mapped, mapped_tree; /* shows other owners than are on disk; so do the mounts below it */
    struct step_make_mapping mapping;
    struct mount_change change;
    struct texts data;        /* for the file system, in order; flags of it among them */
};

/* Everything a pass may read, and the plan it adds to. */
struct maker {
    struct arena *a;
    const struct spec *spec;
    const struct plan_options *o;
    const struct facts *f;
    struct plan *p;

    /* Decided by ids.c and ns.c, read by the rest. */
    bool user_ns;             /* the container has a user namespace that we make or join */
    bool map_known;           /* we make it, so the maps below are those of the container */
    bool map_given;           /* by linux.uidMappings and gidMappings */
    struct id_map uids, gids; /* inside -> outside; identity when there is no user namespace */
    bool setgroups_denied;
    bool map_by_tools;
    uint32_t create;          /* namespaces to make, NS_* */
    uint32_t joined;          /* namespaces joined by path */
    bool three;               /* the plan needs setup */
    enum process early;       /* SETUP when three, else INIT */
    bool pinned;              /* sources must be opened before the ids change */
    uint32_t root_uid, root_gid; /* ids under which inodes are made (0, or the mapped one) */
    const char *root_path;    /* absolute */
    bool slave;               /* the mount namespace begins as a slave of the caller's */
    struct mount_read *mounts; /* one for each of spec->mounts */
    bool layered;             /* the root is an overlay: root.path below, over it these, the topmost */
    struct texts layers;      /* first, and the upper layer */
    const char *layers_why;
    struct upper root_upper;
    bool root_fuse;           /* fuse-overlayfs serves it, not the kernel */
    bool root_bound_ro;       /* one layer would be an overlay that is read-only */
    const char *thrown_why;
    const char *thrown;       /* directory of upper layers that are thrown away, NULL = none */
    struct texts thrown_parts; /* its directories, one for each of them */
    bool dev_is_bound;        /* /dev is a bind mount: its content is the user's business */
    bool dev_is_mounted;      /* something is mounted on /dev */
    struct texts more_env;    /* variables of ours, which win over those of the config */
    bool tells_pid;           /* LISTEN_PID is known only in the container */
    struct network net;       /* what is asked for, and where makes_net all addresses decided */
    const char *net_why;
    bool makes_net;           /* by rcrun-net */
    bool net_ready;           /* its steps are there up to the one that waits for it */
    bool notify;              /* the program tells when it is ready */
};

/* Appends a step.  `why` stays borrowed. */
struct step *plan_add(struct maker *m, enum step_kind kind, enum process at, const char *why);
#define ADD(m, name, at, why) (&plan_add((m), STEP_##name, (at), (why))->u.name)
/* For a step without fields. */
#define ADD_BARE(m, name, at, why) ((void)plan_add((m), STEP_##name, (at), (why)))
/* tell at `from`, directly followed by await at `to`. */
void plan_meet(struct maker *m, enum process from, enum process to, enum message msg,
               const char *why);
void plan_warn(struct maker *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void plan_note(struct maker *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "mounts[3]" and the like, in the arena. */
const char *plan_at(struct maker *m, const char *list, size_t i);

/* "/srv, which belongs to uid 0 and gid 0 and has mode 0700": where the way to a path ends. */
const char *plan_stop(struct maker *m, const struct path_fact *fact);

/* "0:1000:1 1:100000:65536" */
const char *map_text(struct arena *a, const struct id_map *map);

/* Is there a namespace entry of this type?  *path gets its path or NULL. */
bool spec_namespace(const struct spec *s, uint32_t type, const char **path);
/* New here, that is: not shared with the caller and not joined. */
bool makes(const struct maker *m, uint32_t type);
/* The container is, or we are, in a user namespace below the first. */
bool unprivileged(const struct maker *m);

/* map.c: uids and gids of a user namespace that is made */
#define MAP_RANGES 340 /* that the kernel takes, user_namespaces(7) */
int plan_map_choose(struct maker *m, struct err *e);
/* Every id of our own user namespace, at the same number. */
struct id_map plan_map_identity(struct maker *m, const struct id_map *own);
struct id_map plan_map_given(struct maker *m, const struct spec_id_maps *maps);
/* As the kernel wants it from somebody whose own map is `home`: no range may span two of that
 * (EPERM, also on new kernels).  outer: the ids are those outside of it, and become those inside.
 * list: where the map stands in the config. */
int plan_map_split(struct maker *m, const char *list, struct id_map *map, const struct id_map *home,
                   bool outer, struct err *e);
void plan_map_add(struct arena *a, struct id_map *map, uint32_t inside, uint32_t outside,
                  uint32_t size);
/* Were the files of the root directory made for this map? */
int plan_map_compare(struct maker *m, struct err *e);
const char *plan_map_tools_why(const struct facts *f); /* NULL: they can be used */
/* ids.c */
int plan_ids_decide(struct maker *m, struct err *e);
void plan_ids_shared(struct maker *m); /* those of the user namespace that we are in */
void plan_ids_start(struct maker *m);  /* helpers started, or maps written */
void plan_ids_finish(struct maker *m);
int plan_ids_user(struct maker *m, struct err *e); /* process.user is mapped */
/* ns.c */
void plan_oom(struct maker *m);
bool plan_oom_changes(const struct maker *m);
int plan_ns_decide(struct maker *m, struct err *e);
int plan_ns_user(struct maker *m, struct err *e); /* the part of it about the user namespace */
void plan_ns_enter(struct maker *m);  /* the first process, up to its maps */
void plan_ns_join(struct maker *m);   /* setup, once the ids are there */
void plan_ns_dress(struct maker *m);   /* loopback, names */
/* net.c */
int plan_net_decide(struct maker *m, struct err *e);
bool plan_net_wanted(struct arena *a, const struct spec *s, const struct plan_options *o);
void plan_net_start(struct maker *m);
void plan_net_dress(struct maker *m);
bool plan_net_has_resolver(const struct maker *m);
void plan_net_files(struct maker *m); /* net-files.c */
void plan_net_ready(struct maker *m); /* once; the first of several places */
uint32_t plan_net_patience(const struct maker *m); /* with its end, ms; 0 = none */
void plan_net_end(struct maker *m);
/* root.c */
int plan_root(struct maker *m, struct err *e);
void plan_propagation(struct maker *m);
/* Private, unless somebody said something else. */
void plan_default_propagation(const struct maker *m, struct mount_change *c);
void plan_open_root(struct maker *m);
void plan_enter_root(struct maker *m);
/* overlay.c */
#define MOST_LOWER 500 /* layers below an upper one, the kernel's limit */
void plan_overlay_want(struct arena *a, const struct spec *s, const struct plan_options *o,
                       struct questions *q);
int plan_overlay_decide(struct maker *m, struct err *e);
/* An upper layer that is thrown away: in memory, or `part` of the directory of all of them. */
int plan_overlay_thrown(struct maker *m, const char *why, const char *part, const char *size,
                        struct upper *out, struct err *e);
enum layers plan_layers_form(const struct maker *m, size_t lower);
bool plan_layers_attach(const struct maker *m, const struct upper *u);
void plan_overlay_options(struct maker *m, const struct upper *u, struct texts *out);
void plan_overlay_make(struct maker *m);
void plan_overlay_drop(struct maker *m);
void plan_overlay_pins(struct maker *m, int *slot);
void plan_pin_layer(struct maker *m, int *slot, const char *why, const char *source);
void plan_open_overlay(struct maker *m);
/* fuse.c */
int plan_fuse_check(struct maker *m, const char *why, struct err *e); /* can it be done? */
int plan_fuse_check_kept(struct maker *m, const char *why, struct err *e);
void plan_fuse_start(struct maker *m, const char *cache);
void plan_fuse_root(struct maker *m);
void plan_fuse_end(struct maker *m);
/* mount-read.c: the options of all mounts as data */
int plan_mounts_read(struct maker *m, struct err *e);
/* mount-overlay.c: overlays among the mounts */
void plan_mount_overlay_want(struct arena *a, const struct spec_mount *from, const char *bundle,
                             struct questions *q);
int plan_mount_overlay_decide(struct maker *m, size_t i, struct err *e);
void plan_mount_overlay_pins(struct maker *m, size_t i, int *slot);
void plan_mount_overlay(struct maker *m, size_t i);
/* mounts.c */
bool plan_is_hidden(const struct maker *m, const char *source); /* by the layers of the root */
void plan_pins(struct maker *m);
int plan_mounts(struct maker *m, struct err *e);
void plan_mounts_finish(struct maker *m);
bool plan_mount_is_real(const char *target); /* links on the way to it are refused */
/* mount-fs.c: file systems that need more than their name */
int plan_mount_fs(struct maker *m, size_t i, struct err *e);
/* The option for linux.mountLabel, or NULL; *option: up to its "=". */
const char *plan_mount_label(const struct maker *m, const char **option);
void plan_mount_plain(struct maker *m, size_t i, const char *type);
struct step_bind *plan_mount_host(struct maker *m, size_t i, const char *source, bool tree);
/* A new file system has the attributes in `set` from birth; what is left to change then. */
struct mount_change plan_after_birth(const struct mount_change *c);
/* mapped.c: mounts with id maps of their own */
int plan_mapped_decide(struct maker *m, size_t i, struct err *e);
void plan_mapped_source(struct maker *m, size_t i); /* in front of its bind */
/* dev.c, paths.c */
int plan_devices(struct maker *m, struct err *e);
void plan_console(struct maker *m);
int plan_paths(struct maker *m, struct err *e); /* sysctl, read-only, masks */
/* run.c: where create stops and start goes on */
void plan_start_point(struct maker *m);
void plan_compile(struct maker *m, const struct filter_rules *filter);
void plan_guard(struct maker *m, const struct filter_rules *filter);
/* process.c */
bool plan_changes_dir(const struct maker *m); /* "/" is where it is anyway */
int plan_process(struct maker *m, const struct filter_rules *filter, struct err *e);
int plan_limits(struct maker *m, enum process who, struct err *e);
/* filter.c */
int plan_filter(struct maker *m, const struct filter_rules **rules, struct err *e);
const char *plan_filter_why(const struct filter_rules *filter);
void plan_load_filter(struct maker *m, const struct filter_rules *filter, bool late);
/* hooks.c: at the end of the mounts, before the program, after it started, after it ended */
void plan_hooks_open(struct maker *m);
void plan_hooks_create(struct maker *m);
void plan_hooks_start(struct maker *m);
void plan_hooks_started(struct maker *m);
void plan_hooks_stopped(struct maker *m);
/* told.c: what engines and service managers hand over and want to be told */
void plan_told_decide(struct maker *m);
void plan_notify_mount(struct maker *m);
void plan_notify_give(struct maker *m); /* to the start command */
void plan_notify_wait(struct maker *m);
const char *plan_pidfd_socket(const struct maker *m); /* NULL = nobody wants it */
void plan_send_pidfd(struct maker *m);
/* refuse.c */
int plan_refuse(struct maker *m, struct err *e);
int plan_refuse_terminal(struct maker *m, struct err *e);

#endif
