/* state/store.h - the state root: containers made, found, locked, listed, removed. */
#ifndef RCRUN_STATE_STORE_H
#define RCRUN_STATE_STORE_H

#include "state/state.h"

/* One container's directory, open and locked. */
struct entry {
    int dir;         /* -1 = none */
    const char *id;  /* borrowed */
};
#define ENTRY_NONE ((struct entry){ .dir = -1 })
void entry_close(struct entry *x);
#define OWN_ENTRY __attribute__((cleanup(entry_close))) struct entry

/* Makes the directory of a new container with its state and config in it, and locks it.  The
 * error of an id that is taken says "container with given ID already exists". */
int store_create(int root, const struct state *s, const char *config, size_t n, struct entry *out,
                 struct err *e);

/* Opens an existing one; lock: waits for others that hold it.  Unknown: "container does not
 * exist", ENOENT. */
int store_open(int root, const char *id, bool lock, struct entry *out, struct err *e);

/* Lets others at it; takes it back (false: it was deleted meanwhile). */
void store_unlock(const struct entry *x);
bool store_lock(int root, const struct entry *x);

/* Its state; what is wrong with the file is an error, never a guess. */
int store_read(struct arena *a, const struct entry *x, struct state *s, struct err *e);
/* Replaces state.json by a whole new file. */
int store_write(const struct entry *x, const struct state *s, struct err *e);
/* The config that the container was created with. */
int store_config(struct arena *a, const struct entry *x, const char **text, size_t *n,
                 struct err *e);

/* What it is doing.  *pidfd (may be NULL) is init's while it lives, else -1. */
enum status store_status(const struct entry *x, const struct state *s, int *pidfd);

/* Removes the directory with all that is in it, never following a link; frees the id first, so
 * that a full disk or a crash leaves nothing under it. */
int store_remove(int root, struct entry *x, struct err *e);

/* The ids, sorted; removes what crashed creates and deletes have left. */
int store_list(struct arena *a, int root, struct texts *ids, struct err *e);

#endif
