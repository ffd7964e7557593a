/* run/run.h - the executor.  It walks the plan; nothing is decided here.
 *
 * One file, one process: do_<step> stands in parent*.c, setup*.c, early*.c (setup, or init
 * where there is no setup), init*.c or any.c. */
#ifndef RCRUN_RUN_RUN_H
#define RCRUN_RUN_RUN_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/child.h"
#include "base/err.h"
#include "os/seccomp.h"
#include "plan/step.h"
#include "run/hook.h"
#include "state/store.h"

/* ---- for cli/ ---- */

/* Runs the plan in this process and those that it makes.  Returns 0 when the program ended
 * (its exit status, 128 + signal when it was killed, in *status) or -1 when it could not be
 * started; then nothing is left of the attempt. */
int run_plan(const struct plan *p, char *const argv[], int *status, struct err *e);

/* ---- inside run/ ---- */

#define HELPERS 2

/* Registers: descriptors and pids, nothing decided. */
struct run {
    const struct plan *plan;
    enum process me;
    enum process called;     /* the one that came here; the others are made on the way */
    size_t now;              /* index of the step being done */
    char *const *argv;       /* our own, for sealing */

    /* Wires, by peer.  Parent: [SETUP], [INIT]; the others: [PARENT]. */
    int wire[PROCESSES];
    int peer_end[PROCESSES]; /* parent, until spawn: the ends of the children */

    /* parent */
    pid_t pid[PROCESSES];    /* [SETUP], [INIT]; 0 = none */
    int pidfd[PROCESSES];
    struct child helper[HELPERS];
    size_t helpers;
    pid_t guard;             /* ends init when we are gone; 0 = none */
    struct state state;
    struct entry entry;      /* of the state */
    struct upper_made { bool dir, diff, work, mark; } upper[2]; /* by make_upper, in order */
    size_t uppers;
    bool won;                /* it was us who removed it, so the poststop hooks are ours */
    int signals;             /* signalfd */
    sigset_t signals_before;
    pid_t aside;             /* init, before the maps are there: the parent */
    int console;             /* master of the container's terminal */
    int status;              /* of init, as from waitpid(2) */
    int net;                 /* socket to rcrun-net, which hangs up when its ports are free */
    int net_control;         /* the socket that it shall listen to, until it has it */
    pid_t net_pid;           /* 0 = none */
    int net_pidfd;

    struct child fuse;       /* server of the root directory */
    int fuse_wire;           /* socket to it, until it has all that it needs */

    /* parent, init */
    int fuse_dev;            /* device of the file system that the root is */
    int fuse_mount;          /* file system that will be the root, attached nowhere */
    int user_ns;             /* user namespace of the container */
    int tap;                 /* device of the container's network */
    int tree;                /* a mount whose ids are mapped, attached nowhere */
    int mapping;             /* the user namespace that maps them */
    int notify;              /* socket on which the program will say that it is ready */

    /* shared by all: memory that the clones inherit */
    struct filter_program *filter;

    /* init */
    int start;               /* the socket on which it waits for the start command */
    struct hook_files hook_files; /* of the host, for hooks in the container */
    mode_t umask;            /* the caller's, before clear_umask */

    /* early, init */
    int *pin;                /* slots of pin_source */
    int root;                /* the container's root directory */
    int dev;                 /* its /dev */
    bool dev_is_new;         /* a tmpfs of ours, so without links of the image */
    struct beside {
        int dir;             /* the directory that the last mount was put into, -1 = none */
        char path[4096];     /* its path in the root, of n bytes */
        size_t n;
        bool missing;        /* the last mount point was missing in it */
    } beside;
    int proc;                /* procfs handle */
    int host_proc;           /* the host's /proc */
    int slave;               /* the container's terminal */
    bool in_cwd;
    char program[4096];      /* path that find_program found */
    int mask_dir, mask_file; /* the mounts that masks are clones of */
    char home[1024];         /* HOME found in the image, "" = none */
    char listen_pid[32];     /* "LISTEN_PID=123", "" = none */
};

#define DO(name) \
    int do_##name(struct run *r, const struct step *s, const struct step_##name *u, struct err *e)
#define UNDO(name) void undo_##name(struct run *r)

/* Prototypes of all doers, from steps.def. */
#define STEP(name, process, undo, fields) DO(name);
#include "plan/steps.def"

/* Does the steps of this process in order.  In a child it comes back only after a failure,
 * or when setup has nothing more to do. */
int walk(struct run *r, struct err *e);

/* Opens r->host_proc, once. */
int run_host_proc(struct run *r, struct err *e);

/* The server of the root directory has ended: it is reaped, and when it did so before its time,
 * somebody is told. */
void run_server_ended(struct run *r);

/* Fills in what is known of the state before there is an init. */
void run_describe(struct run *r, const struct step_make_state *u);

/* Removes the state from the open state root and runs the poststop hooks; never fails. */
void run_remove_state(struct run *r, int root);

/* Removes the upper layers that are thrown away; never fails. */
void run_throw_away(struct run *r);

/* Takes back what make_upper did; never fails. */
void run_remove_upper(struct run *r, const struct step_make_upper *u);

/* Takes back what the parent did, in reverse order; never fails. */
void run_undo(struct run *r);

#endif
