/* host/trial.h - does in a child of its own what the start of a container would do, and tells
 * how it went.  Nothing of it outlives the child: its namespaces go with it. */
#ifndef RCRUN_HOST_TRIAL_H
#define RCRUN_HOST_TRIAL_H

#include <stdbool.h>

#include "base/arena.h"
#include "host/facts.h"

#define TRIAL_NOT -1 /* not tried */

/* Each an errno, 0 = it works. */
struct trial {
    int userns;      /* clone(CLONE_NEWUSER) */
    char label[160]; /* /proc/self/attr/current in there; "" = none */
    int tools;       /* newuidmap and newgidmap with all subordinate ids; ECHILD = they failed */
    char tools_text[400]; /* what they said */
    int map;              /* the map was written, by whom ever */
    bool single;          /* ... with one id only */
    int mount_ns, net_ns, ipc_ns, uts_ns, pid_ns;
    int name; /* sethostname(2) */
    int proc, sys;
    int overlay;       /* with an upper directory on tmpfs */
    int overlay_lower; /* two lower ones only */
    char overlay_text[200];
    int tun_open, tun; /* /dev/net/tun; TUNSETIFF */
    int fuse_open;
};

/* At most 250 ms.  Needs facts.self, userns, subid. */
void trial_run(struct arena *a, const struct facts *f, struct trial *t);

/* Only the new user namespace and the label in it. */
void trial_user_ns(struct trial *t);

/* The map that a container would get: the caller as 0, the subordinate ids behind. */
void trial_map(struct arena *a, uint32_t own, const struct id_map *sub, struct id_map *out);

#endif
