/* spec/check.h - is the config right, as far as its text tells?
 *
 * Everything that needs no look at the host, before anything is done.  An error's text
 * starts with the path of the member ("process.cwd: ..."), for json_place(). */
#ifndef RCRUN_SPEC_CHECK_H
#define RCRUN_SPEC_CHECK_H

#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"

/* A config without `process` is right: a container can be created, not started. */
int spec_check(const struct spec *s, struct err *e);
int spec_check_process_present(const struct spec *s, struct err *e);

/* Parts that come in files of their own: `prefix` goes in front of the paths ("process."
 * within a config, "" in a file that holds nothing else). */
int spec_check_process(const struct spec_process *p, const char *prefix, struct err *e);
int spec_check_resources(const struct spec_resources *r, const char *prefix, struct err *e);

/* Is any limit of linux.resources asked for?  Device rules are none, nor are values that
 * mean "unlimited" or "leave it", as cpu.shares 1024 does.  *path (may be NULL) names the first. */
bool spec_has_limits(const struct spec *s, const char **path);

/* The types of all entries in linux.namespaces, NS_*. */
uint32_t spec_namespaces(const struct spec *s);

/* The path of a sysctl key below /proc/sys; the first of '.' and '/' in the key is its
 * separator.  -1 when the key is none. */
int spec_sysctl_path(struct arena *a, const char *key, char **path);
/* The namespace that the sysctl of that path belongs to; 0 = to none: it would change the host. */
uint32_t spec_sysctl_namespace(const char *path);

/* The filter program of the annotation run.oci.seccomp_bpf_data, in the arena; *n instructions of 8
 * bytes, 0 = there is none. */
int spec_bpf(const struct spec *s, struct arena *a, const void **program, size_t *n, struct err *e);

#endif
