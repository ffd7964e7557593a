/* os/cred.h - ids, groups, capabilities and the other powers of this process. */
#ifndef RCRUN_OS_CRED_H
#define RCRUN_OS_CRED_H

#include "base/err.h"
#include "base/types.h"

/* setresgid and setresuid to one id each; keep_caps: PR_SET_KEEPCAPS around it. */
int os_set_ids(uint32_t uid, uint32_t gid, bool keep_caps, struct err *e);
int os_set_groups(const uint32_t *groups, size_t n, struct err *e);

/* Only the file system ids (setfsuid(2)), capabilities unchanged (SECBIT_NO_SETUID_FIXUP is
 * set for the moment).  As with every change of ids, the signal of os_die_with_parent and
 * being dumpable are lost. */
int os_set_fs_ids(uint32_t uid, uint32_t gid, struct err *e);

/* Sets of capabilities: bit n = capability n. */
struct cap_sets {
    uint64_t bounding, effective, permitted, inheritable, ambient;
};
/* Drops from the bounding set what is not in `keep`, up to last_cap. */
int os_drop_bounding(uint64_t keep, uint32_t last_cap, struct err *e);
/* capset(2), then raises the ambient ones that are in permitted and inheritable; the ambient
 * set is empty before.  The bounding set is not touched. */
int os_set_caps(const struct cap_sets *sets, struct err *e);

int os_no_new_privs(struct err *e);
/* Memory of this process that is not executable never becomes so (PR_SET_MDWE).  Nothing before
 * Linux 6.3. */
int os_no_new_code(struct err *e);
int os_set_dumpable(bool on, struct err *e);
/* This process gets SIGKILL when its parent dies.  The setting is lost whenever ids change
 * (prctl(2)), so it is set again after that.  A parent that died before is not noticed here
 * (getppid(2) is no help: one in an outer pid namespace shows as 0) but by its closed socket. */
int os_die_with_parent(struct err *e);
/* The same with another signal. */
int os_signal_at_death(int sig, struct err *e);

/* A new, anonymous session keyring (keyctl(2) KEYCTL_JOIN_SESSION_KEYRING).  EDQUOT when
 * the user's quota is used up. */
int os_new_keyring(struct err *e);
int os_new_session(struct err *e); /* setsid(2); being a leader already is fine */

/* Default action for the signals in `ignored` (bit n = signal n + 1: SigIgn of
 * /proc/PID/status as this program found it at its start), and an empty mask.  Ignored signals
 * are all that exec(2) does not reset by itself; CLONE_CLEAR_SIGHAND leaves them too. */
int os_reset_signals(uint64_t ignored, struct err *e);

#endif
