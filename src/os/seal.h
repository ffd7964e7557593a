/* os/seal.h - running from a copy of ourselves that no container can write (SR-15). */
#ifndef RCRUN_OS_SEAL_H
#define RCRUN_OS_SEAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Variable in which the copy finds the path of the original. */
#define SEAL_ORIGIN "RCRUN_SEALED_FROM"

/* Replaces this process by the same program from a read-only detached overlay (its
 * descriptor made by a short-lived child in a user namespace of its own), or from a sealed
 * memfd.  argv and the environment stay; returns only on failure. */
int os_seal_overlay(char *const argv[], struct err *e);
int os_seal_memfd(char *const argv[], struct err *e);

/* Does this process run from such a copy?  Asked of the kernel (/proc/self/exe: overlay
 * mounted read-only and detached, or all seals), never of the environment. */
bool os_is_sealed(void);

#endif
