/* os/ns.h - namespaces(7): made, joined, mapped, named. */
#ifndef RCRUN_OS_NS_H
#define RCRUN_OS_NS_H

#include <sys/types.h>

#include "base/err.h"
#include "base/types.h"

/* clone(2) without a new stack, like fork(2), into new namespaces (NS_* bits, but not
 * NS_TIME: os_unshare).  sibling: the new process is a child of our parent (CLONE_PARENT).
 * *pid is 0 in the child.  pidfd may be NULL; it is close-on-exec. */
int os_clone(uint32_t namespaces, bool sibling, pid_t *pid, int *pidfd, struct err *e);

int os_unshare(uint32_t namespaces, struct err *e);

/* The user namespace that this process is in, for os_join_fd() of another. */
int os_open_own_userns(int *fd, struct err *e);

/* NS_* of "user", "mount", "network" and so on; another word is a bug. */
uint32_t os_ns_type(const char *word);

/* setns(2) on a namespace file, which must be of that type. */
int os_join(const char *path, uint32_t type, struct err *e);
int os_join_fd(int fd, uint32_t type, struct err *e);

/* setns(2) on a pidfd: all these namespaces of that process at once, or none. */
int os_join_process(int pidfd, uint32_t namespaces, struct err *e);

/* Writes /proc/PID/{setgroups,gid_map,uid_map} directly: one open, one write.  proc_fd is
 * a handle of os/proc.h that knows the pid.  EACCES while PID is not dumpable and we are
 * not root: its files belong to root then.  E2BIG: more than a page of text. */
int os_deny_setgroups(int proc_fd, pid_t pid, struct err *e);
int os_write_map(int proc_fd, pid_t pid, bool gids, const struct id_map *map, struct err *e);
/* Reads the map back and compares, in any order. */
int os_check_map(int proc_fd, pid_t pid, bool gids, const struct id_map *map, struct err *e);

/* Writes /proc/self/timens_offsets (time_namespaces(7)), after os_unshare and
 * before the first child; clock "monotonic" or "boottime". */
int os_time_offset(int proc_fd, const char *clock, int64_t secs, uint32_t nanosecs, struct err *e);

int os_set_hostname(const char *name, struct err *e);
int os_set_domainname(const char *name, struct err *e);

/* Brings the loopback device of this network namespace up (SIOCSIFFLAGS). */
int os_loopback_up(struct err *e);

#endif
