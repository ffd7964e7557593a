/* state/state.h - what is kept of a container: one directory in the state root, named by its id.
 *
 *     <root>/<id>/creating.json   two JSON texts: this struct on the first line, and after it the
 *                 created.json    config as it was when the container was created.  One file: its
 *                 running.json    name says how far the container came.
 *     <root>/<id>/start.sock      init listens here until the container is started
 *
 * The directory is made complete under a name that begins with a dot and renamed, which decides
 * between those who create one id at once.  The file is never written again: to go on is a rename,
 * and to be gone is an unlink, so that both need no space on a disk and have one winner. */
#ifndef RCRUN_STATE_STATE_H
#define RCRUN_STATE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"
#include "base/types.h"

#define STATE_VERSION 1
#define STATE_OCI_VERSION "1.3.0" /* of what other programs read */
#define STATE_SOCKET "start.sock"
#define STATE_NET_SOCKET "net.sock" /* of rcrun-net */

/* Who a process is: a pid alone may be another's by now. */
struct identity {
    int64_t pid;
    uint64_t start_time; /* field 22 of /proc/PID/stat, clock ticks since boot */
    uint64_t pidfs;      /* inode of its pidfd where the kernel makes them unique (6.9), else 0 */
    const char *boot;    /* /proc/sys/kernel/random/boot_id, where there is no such inode */
    uint64_t pid_ns;     /* inode of the pid namespace that has the pid; 0 = not told */
};

struct json_type;
extern const struct json_type identity_type;

struct state {
    uint32_t version;
    const char *id;
    const char *bundle;  /* absolute */
    const char *rootfs;  /* absolute */
    const char *created; /* RFC 3339, UTC, nanoseconds */
    uint32_t uid;        /* who created it */
    uint32_t namespaces; /* CLONE_NEW* that were made for it */
    struct identity init;
    struct identity *server; /* of the root directory; NULL = the kernel itself */
    struct dict annotations;
    const char *upper;   /* directory of upper layers that goes with the container, or NULL */
    uint32_t network;    /* 0: none that rcrun made; else how long its helper may outlive init, ms */
    uint64_t config;     /* bytes of the config that follows */

    /* Not in the file, but known to who read it: */
    const char *owner;   /* name of uid, NULL = not asked for */
    size_t line;         /* bytes of the first line, with its end */
    const char *rest;    /* what was read of the config already */
    size_t rest_n;
};

enum status { STATUS_CREATING = 1, STATUS_CREATED, STATUS_RUNNING, STATUS_STOPPED };
extern const char *const status_names[STATUS_STOPPED + 1];

/* The first line of the file, and back.  Members of a newer version are skipped; a file of a version that
 * is not ours is an error that says so. */
void state_write(struct text *out, const struct state *s);
int state_load(struct arena *a, const char *file, const char *text, size_t n, struct state *s,
               struct err *e);

/* The state of OCI runtimes, as `state` prints it and hooks get it: pid 0 when stopped, owner
 * empty when it was not asked for. */
void state_write_oci(struct text *out, const struct state *s, enum status status, int64_t pid,
                     bool pretty);

/* ---- alive.c ---- */

/* Fills an identity for a process that is not reaped yet (so the pid is its own).  The pidfd is
 * borrowed. */
int identity_take(struct arena *a, int64_t pid, int pidfd, struct identity *out, struct err *e);

/* Adds the boot and the pid namespace, for what outlives the one and is read in others. */
void identity_add_place(struct arena *a, struct identity *who);

/* Its pid means nothing here: it is, or was, in another pid namespace of this boot.  Whether it lives
 * cannot be told. */
bool identity_is_elsewhere(const struct identity *who);

/* A pidfd of that very process while it lives, -1 when it is gone, a zombie, or another. */
int identity_open(const struct identity *who);

/* Whether it lives, by pid and start time alone: for who only tells and does nothing to it. */
bool identity_lives(const struct identity *who);

#endif
