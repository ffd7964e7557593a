/* tree.h - the tree that is written: directories to write in, what is in the way, and what layers
 * take away.
 * Runs in: a root of its own, so that links and ".." lead nowhere else. */
#ifndef RCRUN_UNPACK_TREE_H
#define RCRUN_UNPACK_TREE_H

#include <sys/stat.h>

#include "base/arena.h"
#include "place.h"
#include "table.h"

/* What a directory gets when nothing more comes into it. */
struct late {
    const char *path; /* NULL = not any more */
    uint64_t ino;
    mode_t mode;
    bool set_mode;
    struct timespec mtime;
};

struct tree {
    struct arena *a; /* of the layer */
    int root;
    bool upper; /* there are lower layers */
    /* The directory of the last entry. */
    char path[PATH_MAX];
    int dir; /* -1 = none */
    uint64_t ino;
    bool setgid; /* what is made in it is not of our group */
    struct {
        struct late *v;
        size_t n;
    } late;
    struct table late_at; /* inode -> number in that list, from 1 */
    struct table touched; /* directory and hash of a name: it is of this layer */
};

int tree_open(struct tree *t, struct err *e);
void tree_close(struct tree *t);

/* The beginning of a layer, and the end, when directories get their modes and times. */
void tree_begin(struct tree *t, struct arena *a, bool upper);
int tree_end(struct tree *t, struct err *e);

/* Makes t->dir the directory that p is in, which is made when missing. */
int tree_enter(struct tree *t, const struct place *p, struct err *e);

/* Takes away what has this name in t->dir, if anything, with all that is in it. */
int tree_clear(struct tree *t, const struct place *p, struct err *e);

/* A directory that is an entry: mode and time come at the end. */
void tree_late(struct tree *t, const struct place *p, const struct stat *st, mode_t mode,
               const struct timespec *mtime);

/* A whiteout: takes away what lower layers have of this name, or in that directory. */
int tree_hide(struct tree *t, const struct place *p, const char *name, struct err *e);
int tree_hide_all(struct tree *t, const struct place *p, struct err *e);

#endif
