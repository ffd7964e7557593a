/* host/gate.h - what on a host refuses a container, and what its owner can do about it.
 *
 * Each function looks for causes of one failure in a fixed order and words the advice of the
 * first that it could confirm; NULL = none confirmed.  A guess is never worded. */
#ifndef RCRUN_HOST_GATE_H
#define RCRUN_HOST_GATE_H

#include <stdbool.h>

#include "base/arena.h"
#include "host/facts.h"

/* A new user namespace failed with errno `num`. */
const char *gate_user_ns(struct arena *a, const struct facts *f, int num);

/* Any other new namespace, or a new process, did. */
const char *gate_other_ns(struct arena *a, const struct facts *f, int num);

/* Writing the id map did; `said` is the error as it was told, with the helper's own words. */
const char *gate_map(struct arena *a, const struct facts *f, const char *said);

/* Mounting did, in our namespaces.  fstype NULL: a bind or a change of flags. */
const char *gate_mount(struct arena *a, const struct facts *f, int num, const char *fstype);

/* A bind mount, or a change of its flags, did.  Where nothing was confirmed and flags were to be
 * cleared, what these can be locked by is told. */
struct gate_bind {
    const char *source;               /* on the host, or NULL */
    bool tree;                        /* with all mounts below it */
    uint64_t cleared, cleared_tree;   /* MOUNT_ATTR_*, of the mount itself, of the tree */
};
const char *gate_bind(struct arena *a, int num, const struct gate_bind *b);

/* An overlay of these directories of the host did. */
const char *gate_layers(struct arena *a, int num, const struct texts *layers);

/* One that is the root directory or a mount, for no reason that was found: where that may be told. */
const char *gate_overlay(struct arena *a, int num, bool root);

/* Something on `path` was refused, and another machine or program decides about it. */
const char *gate_remote(struct arena *a, const char *path);

/* ---- what they look for ---- */

/* AppArmor takes the power out of new user namespaces (Ubuntu 23.10 and newer); the advice. */
const char *gate_apparmor_userns(struct arena *a, const struct facts *f);
/* Mounts below `dir` ("/proc", "/sys") hide parts of it, so the kernel gives no new one. */
const char *gate_hidden(struct arena *a, const char *dir);
bool gate_is_chroot(struct arena *a);
/* "docker", "podman", "kubernetes", or what $container says; NULL: in no container that shows. */
const char *gate_outer_container(void);
/* "apt install uidmap": what brings newuidmap on this distribution. */
const char *gate_package(struct arena *a);
/* Label of this process for AppArmor or SELinux, "" = none. */
const char *gate_label(struct arena *a);
/* A number in a file of /proc/sys; false when it is not there. */
bool gate_sysctl(struct arena *a, const char *name, uint64_t *value);
/* 1 or 2; 0: this is not WSL. */
int gate_wsl(const struct facts *f);

#endif
