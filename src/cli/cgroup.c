#include "cli/cgroup.h"

int cgroup_open(struct call *c, struct container *x, struct err *e)
{
    TRY(container_open(c, c->operands.v[0], true, x, e));
    if (x->pidfd < 0)
        return err_set(e, 0, "container not running: %s", x->entry.id);
    return 0;
}

int cgroup_missing(struct err *e)
{
    return err_set(e, 0, "it has no cgroup of its own, since this version makes none");
}
