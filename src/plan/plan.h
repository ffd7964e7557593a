/* plan/plan.h - from spec, options and facts to one array of steps.  Pure. */
#ifndef RCRUN_PLAN_PLAN_H
#define RCRUN_PLAN_PLAN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"
#include "host/facts.h"
#include "plan/print.h"
#include "plan/step.h"
#include "spec/spec.h"

/* What the command line adds to the spec. */
struct plan_options {
    const char *id;
    const char *bundle;       /* absolute */
    const char *pid_file;     /* absolute, or NULL */
    bool root_typed;          /* root.path is what --rootfs says */
    bool no_config;           /* the bundle has none that was read: the options said it all */
    bool no_pivot;
    bool no_new_keyring;
    bool require_userns;      /* --rootless=false: a config without user namespace is an error */
    uint32_t preserve_fds;
    bool notes;               /* somebody reads the notes */
    bool only_tell;           /* nothing will be done: ask what helpers would find out later */
    bool keep;                /* run: leave the state of the stopped container */
    const char *console_socket; /* absolute, or NULL */
    const char *pidfd_socket; /* absolute, or NULL */
    bool exec;                /* a program more, not the container's own */
    bool create;              /* stop before the program; the start command goes on */
    struct dict network;      /* what --net and the options beside it say: key NULL = the mode, else one
                               * of net/network.h */
    bool log_file, log_json;  /* where warnings go while nobody is there to read them, and their form */
    bool foreground;          /* stay, forward signals, relay the terminal */
};

/* The questions that this spec raises. */
void plan_want(struct arena *a, const struct spec *s, const struct plan_options *o,
               struct questions *q);

/* The map of a config that has none: 0 -> own id, 1.. -> the subordinate ranges one after the
 * other. */
struct id_map plan_default_map(struct arena *a, uint32_t own, const struct id_map *ranges);

/* What is noted beside a root directory whose files are made for the map that s asks for. */
struct map_record;
int plan_map_record(struct arena *a, const struct spec *s, const struct facts *f,
                    struct map_record *r, struct err *e);

/* The hooks that run when the container runs, or is gone, for commands that have no plan; none
 * where the config has none.  bundle: absolute. */
struct hooks plan_poststart(struct arena *a, const struct spec *s, const char *bundle);
struct hooks plan_poststop(struct arena *a, const struct spec *s, const char *bundle);

/* Plans `run`, and `create` with the option.  The error begins with the JSON path that it is about. */
int plan_run(struct arena *a, const struct spec *s, const struct plan_options *o,
             const struct facts *f, struct plan *p, struct err *e);

/* Plans `exec`: another program in a container that runs.  s is the config of the container, its
 * process already what shall run; the facts know the container. */
int plan_exec(struct arena *a, const struct spec *s, const struct plan_options *o,
              const struct facts *f, struct plan *p, struct err *e);

/* A program, or the removal of a directory, in a user namespace and nothing else. */
struct unshare_options {
    bool in_place;            /* the process that was called becomes the program */
    bool mounts;              /* with a mount namespace of its own */
    bool only_tell;           /* as above */
    const char *remove;       /* absolute: this directory, and no program */
    const char *dir;          /* where the program runs, absolute; NULL: where we are */
    struct texts env;
    struct id_list keep;      /* descriptors that the program gets besides the standard ones */
};

/* Plans `unshare`: s has what run would make of the map, and the program as process.args. */
void plan_want_unshare(struct arena *a, const struct spec *s, const struct unshare_options *o,
                       struct questions *q);
int plan_unshare(struct arena *a, const struct spec *s, const struct unshare_options *o,
                 const struct facts *f, struct plan *p, struct err *e);

/* Proves that the plan can run: rendezvous, powers, order.  A failure is a bug of the
 * planner, and told as such. */
int plan_check(const struct plan *p, struct err *e);

#endif
