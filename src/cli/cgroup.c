#include "cli/cgroup.h"

int cgroup_open(struct call *c, struct container *x, struct err *e)
{
    TRY(container_open(c, c->operands.v[0], true, x, e));
    return x->pidfd < 0 ? container_not_running(x, e) : 0;
}

int cgroup_missing(struct err *e)
{
    return err_set(e, 0, "it has no cgroup of its own, since this version makes none");
}
