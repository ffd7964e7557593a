/* os/proc.h - the only way to files of procfs (SR-10, SR-11).
 *
 * A handle is the root of a procfs; every open below it refuses symbolic links, magic
 * links and other mounts, and the file must be procfs's own. */
#ifndef RCRUN_OS_PROC_H
#define RCRUN_OS_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* The host's /proc, checked by statfs(2). */
int os_proc_host(int *proc, struct err *e);

/* A private, detached procfs of this process's pid namespace (needs to own it), with
 * subset=pid left out so that sys/ is there. */
int os_proc_private(int *proc, struct err *e);

/* One write of the whole text to proc/path, e.g. "sys/kernel/domainname".  "self/..." is not
 * possible (self is a link): use os_proc_write_self for files of this process. */
int os_proc_write(int proc, const char *path, const char *text, struct err *e);
/* The whole file, NUL terminated; EFBIG when it is longer than size - 1. */
int os_proc_read(int proc, const char *path, char *buffer, size_t size, struct err *e);

/* The pid by which this instance of procfs knows this process, which getpid(2) is not when its pid
 * namespace is another. */
int os_proc_own_pid(int proc, uint32_t *pid, struct err *e);

/* The same below the directory of this process, which has one thread.  While it is not
 * dumpable its files belong to root of the initial user namespace (proc(5)): those that not
 * everybody may write, like oom_score_adj, are EACCES then. */
int os_proc_write_self(int proc, const char *name, const char *text, struct err *e);
int os_proc_read_self(int proc, const char *name, char *buffer, size_t size, struct err *e);

/* The number that a file, of this process or of proc itself, begins with. */
int os_proc_read_number(int proc, bool self, const char *name, uint64_t *out, struct err *e);

/* Sets a label for the next exec: kind "apparmor" or "selinux"; written, then read back. */
int os_set_label(int proc, const char *kind, const char *label, struct err *e);

#endif
