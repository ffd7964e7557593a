/* plan/step.h - the types that steps.def makes. */
#ifndef RCRUN_PLAN_STEP_H
#define RCRUN_PLAN_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/types.h"
#include "host/facts.h"

/* The processes of a start; ARCHITECTURE.md draws them. */
enum process { PARENT, SETUP, INIT };
#define PROCESSES 3

/* The messages; who sends which to whom stands in run/wire.c. */
enum message {
    MSG_NONE,
    MSG_USERNS_MADE, /* setup: my user namespace is there, map its ids */
    MSG_PREPARED,    /* parent: ids are mapped, limits raised, the filter compiled */
    MSG_INIT_PID,    /* setup: init was forked, this is its pid */
    MSG_CONSOLE,     /* init: this is the master of its terminal */
    MSG_READY_SOCKET, /* init: here the program will say that it is ready */
    MSG_TAP,         /* init: this is the tap of its network */
    MSG_FUSE,        /* init: this is the device of its root directory */
    MSG_FUSE_MOUNT,  /* parent: this is the file system that its server mounted */
    MSG_USER_NS,     /* init: this is its user namespace */
    MSG_ROOT_WORKS,  /* init: the server of the root directory answers */
    MSG_SOURCE,      /* init: this is a mount whose ids shall be mapped */
    MSG_MAPPED,      /* parent: here it is back */
    MSG_NAMESPACES,  /* init: all namespaces and mounts are there, the host still visible */
    MSG_HOOKED,      /* parent: the hooks of the runtime ran, the pid file is written */
    MSG_NET_READY,   /* parent: the network works */
    MSG_CREATED,     /* init: everything but the program is in place */
    MSG_GO,          /* parent, or the start command: start the program */
    MSG_LISTENER,    /* init: this is the listener of its system call filter */
    MSG_DELIVERED,   /* parent, or the start command: somebody has it */
    MSG_ERROR,       /* any: this went wrong, I end */
};

struct inode { uint64_t dev, ino; };

struct id_list { uint32_t *v; size_t n; };

/* One hook of the config; args and env end with NULL. */
struct hook {
    const char *kind; /* "createRuntime" */
    const char *path;
    struct texts args, env;
    int64_t timeout_s; /* 0 = none */
    const char *output, *errors; /* files that get what it writes, absolute; NULL = none */
};
struct hooks { struct hook *v; size_t n; };

/* How an overlay is told its layers (filesystem rules FS-38). */
enum layers { LAYERS_FD, LAYERS_PLUS, LAYERS_STRING, LAYERS_NUMBERS };

enum step_kind {
#define STEP(name, process, undo, fields) STEP_##name,
#include "plan/steps.def"
    STEP_KINDS
};

#define STEP(name, process, undo, fields) \
    struct step_##name {                  \
        fields char unused;               \
    };
#define STR(f) const char *f;
#define NUM(f) int64_t f;
#define MS(f) uint32_t f;
#define SLOT(f) int f;
#define OCT(f) uint32_t f;
#define FLAG(f) bool f;
#define TEXTS(f) struct texts f;
#define PROC(f) enum process f;
#define NS(f) uint32_t f;
#define IDS(f) struct id_map f;
#define KIND(f) enum kind f;
#define ID(f) struct inode f;
#define RDEV(f) uint64_t f;
#define ATTR(f) uint64_t f;
#define CHANGE(f) struct mount_change f;
#define CAPS(f) uint64_t f;
#define MSG(f) enum message f;
#define SEAL(f) enum seal_kind f;
#define FILTER(f) const struct filter_rules *f;
#define GIDS(f) struct id_list f;
#define RES(f) int f;
#define DICT(f) const struct dict *f;
#define HOOK(f) const struct hook *f;
#define LAYERS(f) enum layers f;
#include "plan/steps.def"

struct step {
    enum step_kind kind;
    enum process at;
    bool optional;   /* a failure is a warning */
    const char *why; /* JSON path in the config, or the name of a rule */
    union {
#define STEP(name, process, undo, fields) struct step_##name name;
#include "plan/steps.def"
    } u;
};

/* The plan: one array for all processes, read only once it was made. */
struct plan {
    struct arena *arena;
    struct step *v;
    size_t n;
    const char *id;
    size_t pins;              /* how many slots pin_source uses */
    struct hooks poststop;    /* also when the start fails */
    const char *config;       /* text of the config, for the container's own copy */
    size_t config_n;
    int target;               /* exec: pidfd of init, set by who runs the plan */
    const char *container;    /* exec: the container's state as JSON, likewise */
    /* Removes a directory with files that belong to ids of the container; set by who runs the plan,
     * `caller` is his. */
    int (*remove_tree)(void *caller, const char *dir, struct err *e);
    void *caller;
    int state_root;           /* open directory, set by who runs the plan */
    struct texts warnings;    /* what the user should know, each once */
    struct texts notes;       /* for debug: what was adjusted silently */
    uint32_t last_cap;
    uint32_t uid;             /* the caller's */
    uint32_t preserve_fds;    /* from 3 on; those of LISTEN_FDS come first */
    bool sealed;              /* this process is the sealed copy already */
};

/* Does the plan have a step of this kind? */
bool plan_has(const struct plan *p, enum step_kind kind);

extern const char *const step_names[STEP_KINDS];
extern const char *const process_names[PROCESSES];
extern const char *const message_names[MSG_ERROR + 1];

#endif
