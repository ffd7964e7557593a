#include "os/cred.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/securebits.h>
#include <signal.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/signals.h"
#include "os/compat.h"

int os_set_ids(uint32_t uid, uint32_t gid, bool keep_caps, struct err *e)
{
    if (keep_caps && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
        return err_set(e, errno, "keep capabilities");
    /* The group first: setting it needs a capability that another uid may not have. */
    if (setresgid(gid, gid, gid) < 0)
        return err_set(e, errno, errno == EINVAL ? "gid %u is not mapped" : "gid %u", gid);
    if (setresuid(uid, uid, uid) < 0)
        return err_set(e, errno, errno == EINVAL ? "uid %u is not mapped" : "uid %u", uid);
    if (keep_caps && prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
        return err_set(e, errno, "keep capabilities");
    return 0;
}

int os_set_groups(const uint32_t *groups, size_t n, struct err *e)
{
    _Static_assert(sizeof(gid_t) == sizeof(uint32_t), "gid_t has another size");
    if (setgroups(n, groups) < 0)
        return err_set(e, errno, "%zu supplementary groups", n);
    return 0;
}

int os_set_fs_ids(uint32_t uid, uint32_t gid, struct err *e)
{
    int bits = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);
    bool ok;

    /* Else the kernel takes file capabilities away when uid 0 goes, capabilities(7). */
    if (bits < 0 || prctl(PR_SET_SECUREBITS, bits | SECBIT_NO_SETUID_FIXUP, 0, 0, 0) < 0)
        return err_set(e, errno, "securebits");
    setfsgid(gid);
    setfsuid(uid);
    /* They tell no failure; an impossible id changes nothing and shows the one in force. */
    ok = (uint32_t)setfsgid((gid_t)-1) == gid && (uint32_t)setfsuid((uid_t)-1) == uid;
    if (prctl(PR_SET_SECUREBITS, bits, 0, 0, 0) < 0)
        return err_set(e, errno, "securebits");
    if (!ok)
        return err_set(e, EPERM, "file system ids %u:%u", uid, gid);
    return 0;
}

int os_drop_bounding(uint64_t keep, uint32_t last_cap, struct err *e)
{
    for (uint32_t cap = 0; cap <= last_cap && cap < 64; cap++)
        if (!(keep >> cap & 1) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
            return err_set(e, errno, "bounding set without capability %u", cap);
    return 0;
}

int os_set_caps(const struct cap_sets *sets, struct err *e)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    uint64_t can_be_ambient = sets->permitted & sets->inheritable;

    for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
        data[i] = (struct __user_cap_data_struct){
            .effective = (uint32_t)(sets->effective >> 32 * i),
            .permitted = (uint32_t)(sets->permitted >> 32 * i),
            .inheritable = (uint32_t)(sets->inheritable >> 32 * i),
        };
    /* capset(2) itself clears the ambient ones that are not both permitted and inheritable; what
     * is left may be there from before, where it is not asked for anyhow. */
    if ((can_be_ambient & ~sets->ambient) &&
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
        return err_set(e, errno, "ambient capabilities");
    if (syscall(SYS_capset, &header, data) < 0)
        return err_set(e, errno, "capabilities");
    for (uint32_t cap = 0; cap < 64; cap++)
        if ((sets->ambient & can_be_ambient) >> cap & 1 &&
            prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
            return err_set(e, errno, "ambient capability %u", cap);
    return 0;
}

int os_no_new_privs(struct err *e)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return err_set(e, errno, "no_new_privs");
    return 0;
}

int os_no_new_code(struct err *e)
{
    if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) < 0 && errno != EINVAL)
        return err_set(e, errno, "memory that cannot become executable");
    return 0;
}

int os_set_dumpable(bool on, struct err *e)
{
    if (prctl(PR_SET_DUMPABLE, on, 0, 0, 0) < 0)
        return err_set(e, errno, "dumpable");
    return 0;
}

int os_signal_at_death(int sig, struct err *e)
{
    if (prctl(PR_SET_PDEATHSIG, sig) < 0)
        return err_set(e, errno, "signal at the parent's death");
    return 0;
}

int os_die_with_parent(struct err *e)
{
    return os_signal_at_death(SIGKILL, e);
}

int os_new_keyring(struct err *e)
{
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0)
        return err_set(e, errno, "session keyring");
    return 0;
}

int os_new_session(struct err *e)
{
    int num;

    if (setsid() >= 0)
        return 0;
    /* EPERM: leads a process group.  Fine only when it leads the session too. */
    num = errno;
    if (num == EPERM && getsid(0) == getpid())
        return 0;
    return err_set(e, num, "new session");
}

int os_reset_signals(uint64_t ignored, struct err *e)
{
    int failed = signals_reset(ignored);

    if (failed > 0)
        return err_set(e, errno, "signal %d", failed);
    return failed < 0 ? err_set(e, errno, "signal mask") : 0;
}
