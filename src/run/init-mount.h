/* run/init-mount.h - what init's files about mounts share. */
#ifndef RCRUN_RUN_INIT_MOUNT_H
#define RCRUN_RUN_INIT_MOUNT_H

#include "run/run.h"

/* Opens (O_PATH) the target of a mount in the root, making it when it is missing: a
 * directory, or an empty file for everything else.  real: it and every directory on the way
 * must be real ones, no links (/proc, /sys).  in_proc: it may lie in a procfs. */
int open_target(struct run *r, const char *target, bool dir, bool real, bool in_proc, int *fd,
                struct err *e);

/* Attaches a detached tree on `at`, which open_target opened. */
int put_on(struct run *r, int own_tree, int at, const char *target, struct err *e);

/* The same on the target itself, made when it is missing. */
int put_at(struct run *r, int own_tree, const char *target, bool dir, bool real, bool in_proc,
           struct err *e);

/* Gives a new file system its source and its options. */
int configure_fs(int fs, const char *type, const char *source, const struct texts *options,
                 struct err *e);

/* Copies the content of directory `from` into the empty directory `to`: owners, modes, times,
 * extended attributes and links kept. */
int copy_tree(int from, int to, struct err *e);

#endif
