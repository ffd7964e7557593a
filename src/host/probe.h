/* host/probe.h - the only look at the host before the plan is made. */
#ifndef RCRUN_HOST_PROBE_H
#define RCRUN_HOST_PROBE_H

#include "base/arena.h"
#include "base/err.h"
#include "host/facts.h"

struct probe_options {
    const char *state_root; /* --root, or NULL */
};

/* Answers the questions, and what is always asked.  What cannot be found out is a fact, too
 * (missing, 0, NULL); an error only when there is nothing to go on with.  The strings of the
 * questions stay borrowed. */
int facts_probe(struct arena *a, const struct questions *q, const struct probe_options *o,
                struct facts *f, struct err *e);

/* facts.container of the container whose init is pid, which may be gone.  made: NS_*, the namespaces
 * that were made for it, so that nobody has to look whether they are ours.  Errors: as stat(2). */
int probe_container(struct arena *a, int64_t pid, uint32_t made, struct facts *f, struct err *e);

/* Parts of it, for `rcrun check` and hints. */
void probe_self(struct arena *a, struct facts *f);   /* self (not names), userns, kernel.seccomp */
void probe_cgroup(struct arena *a, struct facts *f); /* mounts.cgroup* */
void probe_path(struct arena *a, const char *path, struct path_fact *out);
/* The path without links, as it is now, for mountinfo; NULL when it cannot be reached. */
const char *probe_real(struct arena *a, const char *path);
void probe_namespace(const char *path, struct ns_fact *out);

/* Of the paths that are known: which are on disks of Windows, which have writable mounts below. */
void probe_windows(struct facts *f);
void probe_below(struct arena *a, struct facts *f);

/* Text of /proc/PID/status.  Returns false when it lacks what every kernel has. */
bool probe_parse_status(struct arena *a, const char *text, struct facts *f);
/* The "0::" line of /proc/PID/cgroup; NULL: none, or outside of our cgroup namespace. */
const char *probe_parse_cgroup(struct arena *a, const char *text);

#endif
