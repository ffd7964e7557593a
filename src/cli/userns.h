/* cli/userns.h - what has to be done to files that belong to ids of a container: in a user namespace
 * with the map that `run` would use. */
#ifndef RCRUN_CLI_USERNS_H
#define RCRUN_CLI_USERNS_H

#include "cli/command.h"
#include "spec/spec.h"
#include "spec/userns.h"

/* Which map: words of --userns, else what a config says; neither: the default. */
struct userns_map {
    const char *words;
    const struct spec *config;
};

struct userns_command {
    struct userns_map map;
    struct texts args;        /* the program, found by PATH, and its arguments; our environment */
    const char *dir;          /* where it runs, absolute; NULL: where we are */
    bool mounts;              /* in a mount namespace of its own, a slave of ours */
    const int *keep;          /* descriptors that it gets besides 0, 1 and 2, by the same number */
    size_t keep_n;
};

/* Runs the command as root of the map and waits for its end; *status as in a shell.  It ends with us;
 * signals that reach us meanwhile are passed on to it, and stay blocked afterwards, so that who
 * called can tidy up.  Error: it could not be started. */
int userns_exec(struct call *c, const struct userns_command *what, int *status, struct err *e);

/* Becomes the command: comes back only with an error. */
int userns_become(struct call *c, const struct userns_command *what, struct err *e);

/* Prints the plan of it; facts_from: a file with facts, or NULL. */
int userns_tell(struct call *c, const struct userns_command *what, const char *facts_from,
                struct err *e);

/* What the map is, to be noted beside files that are made for it. */
int userns_record(struct call *c, const struct userns_map *map, struct map_record *r, struct err *e);
/* Writes the note into a bundle. */
int userns_note(struct call *c, const char *bundle, const struct map_record *r, struct err *e);

/* Removes a directory (absolute) with all that is in it, without following a link or crossing a
 * mount.  What cannot be removed stays, and all else goes.  Signals that the caller blocks do not
 * end it.  ENOENT: it is not there. */
int userns_remove(struct call *c, const char *dir, const struct userns_map *map, struct err *e);

/* Before something is made that may have to be tidied up: what ends a program waits, until
 * userns_exec() passes it on. */
int userns_hold(struct err *e);
/* Before that is tidied up: what ended the command shall not end the tidying up as well. */
void userns_forget(void);

#endif
