/* run/server-fuse.h - the process that becomes the server of a root directory. */
#ifndef RCRUN_RUN_SERVER_FUSE_H
#define RCRUN_RUN_SERVER_FUSE_H

#include "os/seccomp.h"
#include "plan/step.h"

/* In a child of the launcher: waits on `wire` for the device and, when the plan says so, the user
 * namespace of the container, makes a place of its own with the layers in it and executes the
 * program there.  What goes wrong is written to `errors`, its stderr.  The end of the wire is the end. */
_Noreturn void fuse_server(const struct plan *p, const struct step_start_fuse *u,
                           const struct filter_program *filter, int wire, int errors);

#endif
