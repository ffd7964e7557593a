/* state/store.h - the state root: containers made, found, locked, listed, removed. */
#ifndef RCRUN_STATE_STORE_H
#define RCRUN_STATE_STORE_H

#include "state/state.h"

/* How far a container came, by the name of its file; in this order. */
enum phase { PHASE_CREATING, PHASE_CREATED, PHASE_RUNNING, PHASES };

/* One container's directory, and its file. */
struct entry {
    int dir;         /* -1 = none */
    int file;        /* -1 = none: half removed */
    enum phase phase;
    const char *id;  /* borrowed */
};
#define ENTRY_NONE ((struct entry){ .dir = -1, .file = -1 })
void entry_close(struct entry *x);
#define OWN_ENTRY __attribute__((cleanup(entry_close))) struct entry

/* Makes the directory of a new container, with its state and config in it, in PHASE_CREATING.
 * The error of an id that is taken says "container with given ID already exists",
 * EEXIST. */
int store_create(struct arena *a, int root, struct state *s, const char *config, size_t n,
                 struct entry *out, struct err *e);

/* Opens an existing one; lock: waits for other commands that hold it (the create that makes it
 * holds no lock: it is known by the phase).  Unknown: "container does not exist", ENOENT; what a
 * crash left half removed: the same, but out->dir is open. */
int store_open(int root, const char *id, bool lock, struct entry *out, struct err *e);

/* That error, for who has no root to look into. */
int store_not_there(const char *id, struct err *e);

/* The container came further.  ENOENT: it was deleted meanwhile. */
int store_advance(struct entry *x, enum phase to, struct err *e);

/* Its state; what is wrong with the file is an error, never a guess. */
int store_read(struct arena *a, const struct entry *x, struct state *s, struct err *e);
/* The config that the container was created with. */
int store_config(struct arena *a, const struct entry *x, const struct state *s, const char **text,
                 size_t *n, struct err *e);

/* What it is doing.  *pidfd is init's while it lives, else -1. */
enum status store_status(const struct entry *x, const struct state *s, int *pidfd);

/* Removes the directory with all that is in it, never following a link.  *won (may be NULL): it
 * was us who did, not another at the same time; only one may run the poststop hooks. */
int store_remove(int root, struct entry *x, bool *won, struct err *e);

/* ---- list.c ---- */

/* The ids, sorted; removes what crashed creates and deletes have left. */
int store_list(struct arena *a, int root, struct texts *ids, struct err *e);

/* State and status of one of them, with as few calls as it takes. */
int store_glance(struct arena *a, int root, const char *id, struct state *s, enum status *status,
                 struct err *e);

/* ---- for list.c ---- */

#define STORE_DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define STORE_NEW_PREFIX ".new-"

extern const char *const phase_files[PHASES];

/* store_read() without the config, for who reads many. */
int store_skim(struct arena *a, const struct entry *x, struct state *s, struct err *e);
enum status store_judge(enum phase phase, bool lives);
/* Empties and removes a directory. */
int store_remove_dir(int root, const char *name, int dir, struct err *e);

#endif
