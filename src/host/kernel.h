/* host/kernel.h - which kernel this is, and what it lets us call. */
#ifndef RCRUN_HOST_KERNEL_H
#define RCRUN_HOST_KERNEL_H

#include <stdbool.h>

#include "base/arena.h"
#include "host/facts.h"

/* Fills facts.kernel, except `seccomp` (host/probe.c sees it in passing) and what is only
 * looked at when asked.  Needs self.seccomp_mode, self.caps, userns.in_child. */
void kernel_probe(struct arena *a, struct facts *f);
/* What is asked for: time_ns, labels. */
void kernel_probe_asked(struct arena *a, const struct questions *q, struct facts *f);

/* "6.1.0-18-amd64" -> 6, 1; false for anything that does not begin so. */
bool kernel_parse_release(const char *release, uint32_t *major, uint32_t *minor);
bool kernel_is_at_least(const struct facts *f, uint32_t major, uint32_t minor);

/* The first required system call that the kernel lacks or an outer seccomp filter refuses, or
 * NULL.  Calls each with arguments that can do nothing.  has_admin: CAP_SYS_ADMIN over this
 * mount namespace is effective. */
const char *kernel_missing_call(bool has_admin);

#endif
