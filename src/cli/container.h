/* cli/container.h - commands that are about a container which is there already. */
#ifndef RCRUN_CLI_CONTAINER_H
#define RCRUN_CLI_CONTAINER_H

#include "cli/command.h"
#include "spec/spec.h"
#include "state/store.h"

struct container {
    int root;              /* of the state */
    struct entry entry;
    struct state state;
    enum status status;
    int pidfd;             /* of init while it lives, else -1 */
};

/* The state root.  *fd is -1 (and 0 returned) when it is not there: then there are no containers. */
int container_root(struct call *c, int *fd, struct err *e);

/* Opens a container by its id, read and judged.  lock: nobody else changes it meanwhile. */
int container_open(struct call *c, const char *id, bool lock, struct container *x, struct err *e);
/* The config that it was created with. */
int container_spec(struct call *c, const struct container *x, struct spec *s, struct err *e);
/* Looks again, after something was done to it. */
void container_look(struct container *x);
void container_close(struct container *x);

#define OWN_CONTAINER __attribute__((cleanup(container_close))) struct container
#define CONTAINER_NONE ((struct container){ .root = -1, .entry = ENTRY_NONE, .pidfd = -1 })

/* "container not running". */
int container_not_running(const struct container *x, struct err *e);

/* The name of a user, or the number where /etc/passwd has none. */
const char *container_owner(struct call *c, uint32_t uid);

/* Kills init, and what else is of the container where no pid namespace ends it with init; waits
 * until init is gone, at most 10 s. */
int container_end(struct call *c, struct container *x, struct err *e);

#endif
