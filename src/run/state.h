/* run/state.h - what commands that go on with a container share with those that make it. */
#ifndef RCRUN_RUN_STATE_H
#define RCRUN_RUN_STATE_H

#include "base/err.h"
#include "base/log.h"
#include "plan/step.h"
#include "run/listener.h"
#include "state/store.h"

/* Tells init to start the program and waits until it runs, or for the reason why not.  l: who gets
 * the listener of its system call filter, where it has one.  *notify: the socket on which it will
 * say that it is ready; -1 when create was not asked for one.  EALREADY: it runs. */
int run_start(struct entry *x, const struct listener *l, int *notify, struct err *e);

/* Runs the hooks one by one; a failure is a warning. */
void run_poststop(const struct hooks *hooks, const struct state *state);

#endif
