/* host/mountinfo.h - /proc/PID/mountinfo, proc_pid_mountinfo(5).
 *
 * For hints, `rcrun check` and --debug only: on a host with thousands of mounts it is long, so no
 * start of a container reads it. */
#ifndef RCRUN_HOST_MOUNTINFO_H
#define RCRUN_HOST_MOUNTINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct mount_info {
    uint32_t id, parent;
    uint32_t major, minor;
    const char *root;    /* what of the file system is mounted */
    const char *target;  /* where */
    const char *options; /* of the mount: "rw,nosuid,relatime" */
    bool shared;
    const char *type;
    const char *source;        /* "" when there is none */
    const char *super_options; /* of the file system */
};

struct mount_list {
    struct mount_info *v;
    size_t n;
};

/* Pure.  Lines that are not as they should be are skipped. */
void mountinfo_parse(struct arena *a, const char *text, size_t n, struct mount_list *out);

/* Of process `pid`, a number or "self".  Returns 0 or an errno. */
int mountinfo_read(struct arena *a, const char *pid, struct mount_list *out);

/* The mount that `path` (clean, absolute) is on: the last of those with the longest target. */
const struct mount_info *mountinfo_of(const struct mount_list *m, const char *path);

/* Target of the first mount below `dir` that lacks the option `without`; NULL: any will do. */
const char *mountinfo_below(const struct mount_list *m, const char *dir, const char *without);

/* Targets of mounts below `dir` that hide something, each once, at most `max`; returns how many
 * there are.  Mount points that are made for mounts and always empty hide nothing. */
size_t mountinfo_hiding(const struct mount_list *m, const char *dir, const char **targets,
                        size_t max);

/* Is `word` one of the comma separated options? */
bool mountinfo_has(const char *options, const char *word);

#endif
