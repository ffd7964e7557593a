#include "os/cred.h"

#include "tap.h"
#include "tools/namespace.h"

#include <linux/capability.h>
#include <signal.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/clean.h"
#include "os/ns.h"
#include "os/proc.h"

static struct err *const e = &tool_err;

#define BIT(cap) (UINT64_C(1) << (cap))
#define LAST_CAP 40 /* of the kernels that the test knows; a higher one changes nothing here */

/* A hexadecimal or decimal line of /proc/self/status. */
static uint64_t status(const char *key, int base)
{
    FILE *f = fopen("/proc/self/status", "re");
    char line[400];
    uint64_t value = UINT64_MAX;
    size_t n = strlen(key);

    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, key, n) == 0 && line[n] == ':')
            value = strtoull(line + n + 1, NULL, base);
    if (f)
        fclose(f);
    return value;
}

/* ---- capabilities ------------------------------------------------------------------------- */

static void sets_capabilities(void)
{
    struct cap_sets sets = {
        .permitted = BIT(CAP_KILL) | BIT(CAP_CHOWN) | BIT(CAP_SETPCAP),
        .effective = BIT(CAP_KILL) | BIT(CAP_SETPCAP),
        .inheritable = BIT(CAP_KILL),
        .ambient = BIT(CAP_KILL) | BIT(CAP_CHOWN),
    };

    FINE(os_drop_bounding(BIT(CAP_KILL) | BIT(CAP_AUDIT_READ), LAST_CAP, e));
    EQ_INT(status("CapBnd", 16) & (BIT(LAST_CAP + 1) - 1), BIT(CAP_KILL) | BIT(CAP_AUDIT_READ));
    FINE(os_set_caps(&sets, e));
    EQ_INT(status("CapPrm", 16), sets.permitted);
    EQ_INT(status("CapEff", 16), sets.effective);
    EQ_INT(status("CapInh", 16), BIT(CAP_KILL));
    EQ_INT(status("CapAmb", 16), BIT(CAP_KILL));
    sets.ambient = 0;
    FINE(os_set_caps(&sets, e));
    EQ_INT(status("CapAmb", 16), 0);
    sets.ambient = BIT(CAP_KILL);
    FINE(os_set_caps(&sets, e));
    sets.inheritable = sets.ambient = 0;
    FINE(os_set_caps(&sets, e));
    EQ_INT(status("CapAmb", 16), 0);
    EQ_INT(status("CapInh", 16), 0);
    sets.permitted |= BIT(CAP_SYS_ADMIN);
    FAILS(os_set_caps(&sets, e), EPERM);
    EQ_STR(e->text, "capabilities: operation not permitted");
    sets = (struct cap_sets){ 0 };
    FINE(os_set_caps(&sets, e));
    EQ_INT(status("CapPrm", 16), 0);
    FAILS(os_drop_bounding(0, LAST_CAP, e), EPERM);
    /* All kept: nothing to do, and so nothing that could be refused. */
    FINE(os_drop_bounding(BIT(LAST_CAP + 1) - 1, LAST_CAP, e));
}

TEST(sets_all_five_capability_sets)
{
    apart_in(0, sets_capabilities);
}

/* ---- ids ---------------------------------------------------------------------------------- */

static void sets_ids(void)
{
    FINE(os_set_ids(0, 0, true, e));
    EQ_INT(prctl(PR_GET_KEEPCAPS), 0);
    FAILS(os_set_ids(0, 12, false, e), EINVAL);
    EQ_STR(e->text, "gid 12 is not mapped: invalid argument");
    FAILS(os_set_ids(13, 0, false, e), EINVAL);
    EQ_STR(e->text, "uid 13 is not mapped: invalid argument");
    FAILS(os_set_groups((uint32_t[]){ 0 }, 1, e), EPERM);
    SAYS("1 supplementary groups");
}

TEST(sets_mapped_ids_only)
{
    apart_in(0, sets_ids);
}

/* With a real range of ids, which only root of the initial namespace can give. */
static void changes_user(void)
{
    uint32_t groups[] = { 3, 4 };
    uint64_t caps = status("CapPrm", 16);
    gid_t got[4];

    FINE(os_set_groups(groups, 2, e));
    EQ_INT(getgroups(4, got), 2);
    FINE(os_set_fs_ids(7, 8, e));
    EQ_INT(status("CapEff", 16), caps);
    EQ_INT(setfsuid((uid_t)-1), 7);
    EQ_INT(setfsgid((gid_t)-1), 8);
    EQ_INT(prctl(PR_GET_SECUREBITS), 0);
    FAILS(os_set_fs_ids(77777, 8, e), EPERM);
    SAYS("file system ids 77777:8");
    FINE(os_set_ids(5, 6, true, e));
    EQ_INT(getuid(), 5);
    EQ_INT(getegid(), 6);
    EQ_INT(status("CapPrm", 16), caps);
    FINE(os_set_caps(&(struct cap_sets){ .permitted = caps, .effective = caps }, e));
    FINE(os_set_groups(NULL, 0, e));
    EQ_INT(getgroups(4, got), 0);
    /* Only from root to others are capabilities lost. */
    FINE(os_set_ids(0, 0, false, e));
    FINE(os_set_ids(9, 9, false, e));
    EQ_INT(status("CapEff", 16), 0);
    FAILS(os_set_groups(NULL, 0, e), EPERM);
}

TEST(changes_to_another_user)
{
    OWN_FD proc = -1;
    struct id_range range = { 0, 100000, 100 };
    struct id_map map = { &range, 1 };
    pid_t pid = -1;
    int ends[2];
    char c;

    if (geteuid() != 0) {
        printf("# skipped: not root\n");
        return;
    }
    EQ_INT(pipe(ends), 0);
    fflush(stdout);
    FINE(os_clone(NS_USER, false, &pid, NULL, e));
    if (pid == 0) {
        tap_failed = false;
        close(ends[1]);
        if (read(ends[0], &c, 1) == 1 && setresgid(0, 0, 0) == 0 && setresuid(0, 0, 0) == 0)
            changes_user();
        _exit(tap_failed);
    }
    FINE(os_proc_host(&proc, e));
    FINE(os_write_map(proc, pid, true, &map, e));
    FINE(os_write_map(proc, pid, false, &map, e));
    EQ_INT(write(ends[1], "", 1), 1);
    EQ_INT(tool_wait(pid), 0);
    close(ends[0]);
    close(ends[1]);
}

/* ---- signals ------------------------------------------------------------------------------ */

static void handler(int sig)
{
    (void)sig;
}

static void ignore_all(void)
{
    unsigned long ignore[16] = { (unsigned long)SIG_IGN };

    /* By the raw call: the C library would not do it for its own two. */
    for (int sig = 1; sig <= 64; sig++)
        syscall(SYS_rt_sigaction, sig, ignore, NULL, 8);
}

static void resets_signals(void)
{
    uint64_t ignored;
    sigset_t all;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    ignore_all();
    ignored = status("SigIgn", 16);
    OK(ignored >> (32 - 1) & 1);
    FINE(os_reset_signals(ignored, e));
    EQ_INT(status("SigIgn", 16), 0);
    EQ_INT(status("SigCgt", 16), 0);
    EQ_INT(status("SigBlk", 16), 0);
}

TEST(resets_all_signals)
{
    apart(resets_signals);
}

/* Why os_clone does not leave it to CLONE_CLEAR_SIGHAND: ignored stays ignored, by exec(2)
 * too, and only handlers go. */
static void runs_a_program(void)
{
    char *const argv[] = { (char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c",
                           (char *)(uintptr_t) "grep -q 'SigIgn:.*1$' /proc/self/status && "
                                               "grep -q 'SigCgt:.*0$' /proc/self/status",
                           NULL };
    struct sigaction caught = { .sa_handler = handler };
    struct sigaction ignored = { .sa_handler = SIG_IGN };

    sigaction(SIGHUP, &ignored, NULL);
    sigaction(SIGUSR1, &caught, NULL);
    execv("/bin/sh", argv);
}

TEST(exec_keeps_what_is_ignored)
{
    apart(runs_a_program);
}

/* ---- the rest ----------------------------------------------------------------------------- */

static void gives_up_powers(void)
{
    FINE(os_no_new_privs(e));
    EQ_INT(status("NoNewPrivs", 10), 1);
    FINE(os_set_dumpable(false, e));
    EQ_INT(prctl(PR_GET_DUMPABLE), 0);
    FINE(os_set_dumpable(true, e));
    EQ_INT(prctl(PR_GET_DUMPABLE), 1);
}

TEST(gives_up_powers_for_good)
{
    apart(gives_up_powers);
}

static void dies_with_its_parent(void)
{
    int ends[2];
    pid_t pid;
    char c;

    EQ_INT(pipe(ends), 0);
    pid = fork();
    if (pid == 0) {
        pid = fork();
        if (pid == 0) {
            FINE(os_die_with_parent(e));
            write(ends[1], "", 1);
            pause();
        }
        close(ends[1]);
        _exit(read(ends[0], &c, 1) != 1);
    }
    close(ends[1]);
    EQ_INT(tool_wait(pid), 0);
    /* The pipe closes when the last one is gone. */
    EQ_INT(read(ends[0], &c, 1), 0);
}

TEST(dies_when_the_parent_dies)
{
    apart(dies_with_its_parent);
}

static void leads_a_session(void)
{
    FINE(os_new_session(e));
    EQ_INT(getsid(0), getpid());
    FINE(os_new_session(e));
}

static void leads_a_group(void)
{
    EQ_INT(setpgid(0, 0), 0);
    FAILS(os_new_session(e), EPERM);
    EQ_STR(e->text, "new session: operation not permitted");
}

TEST(starts_a_session_once)
{
    apart(leads_a_session);
    apart(leads_a_group);
}

static void gets_a_keyring(void)
{
    long before = syscall(SYS_keyctl, 0 /* KEYCTL_GET_KEYRING_ID */, -3 /* session */, 1);

    if (os_new_keyring(e) < 0) {
        printf("# skipped: %s\n", e->text);
        return;
    }
    NE_INT(syscall(SYS_keyctl, 0, -3, 0), before);
}

TEST(joins_a_new_keyring)
{
    apart(gets_a_keyring);
}
