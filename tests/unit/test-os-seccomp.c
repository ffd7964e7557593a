#include "os/seccomp.h"

#include "tap.h"
#include "tools/namespace.h"
#include "tools/profile.h"

static struct err *const e = &tool_err;

TEST(refuses_and_allows)
{
    profile(SCMP_ACT_ALLOW);
    rule(SCMP_ACT_ERRNO(EXDEV), "mkdir", "mkdirat", "nosuchcall", NULL);
    rule(SCMP_ACT_ERRNO(0), "getppid", NULL);
    rule(SCMP_ACT_KILL_PROCESS, "acct", NULL);
    rule(SCMP_ACT_ALLOW, "sync", NULL); /* as the default: dropped */
    compiled();
    EQ_INT(try(SYS_mkdirat, AT_FDCWD, 0, 0), EXDEV);
    EQ_INT(try(SYS_getppid, 0, 0, 0), 0);
    EQ_INT(try(SYS_acct, 0, 0, 0), KILLED);
    EQ_INT(try(SYS_getuid, 0, 0, 0), 0);
    EQ_INT(try(9999, 0, 0, 0), ENOSYS); /* the kernel's own answer */
}

TEST(compares_arguments)
{
    struct filter_rule *r;

    profile(SCMP_ACT_ALLOW);
    r = rule(SCMP_ACT_ERRNO(EXDEV), "dup", NULL);
    arg(r, 0, SCMP_CMP_EQ, 77, 0);
    r = rule(SCMP_ACT_ERRNO(ERANGE), "dup3", NULL);
    arg(r, 0, SCMP_CMP_GE, 100, 0);
    arg(r, 1, SCMP_CMP_LT, 5, 0);
    r = rule(SCMP_ACT_ERRNO(EDOM), "personality", NULL);
    arg(r, 0, SCMP_CMP_MASKED_EQ, 0xf0, 0x20);
    r = rule(SCMP_ACT_ERRNO(ETIME), "lseek", NULL);
    arg(r, 1, SCMP_CMP_GT, UINT64_C(0x100000000), 0);
    compiled();
    EQ_INT(try(SYS_dup, 77, 0, 0), EXDEV);
    EQ_INT(try(SYS_dup, 78, 0, 0), EBADF);
    EQ_INT(try(SYS_dup3, 100, 4, 0), ERANGE);
    EQ_INT(try(SYS_dup3, 99, 4, 0), EBADF);
    EQ_INT(try(SYS_dup3, 100, 5, 0), EBADF);
    EQ_INT(try(SYS_personality, 0x123, 0, 0), EDOM);
    NE_INT(try(SYS_personality, 0x133, 0, 0), EDOM);
    EQ_INT(try(SYS_lseek, -1, 0x100000001, 0), ETIME);
    EQ_INT(try(SYS_lseek, -1, 0x1, 0), EBADF);
}

/* Without libseccomp. */
TEST(rows_of_numbers_become_a_filter)
{
    const int numbers[] = { __SNR_dup,         __SNR_personality, __SNR_dup, __SNR_getppid,
                            __SNR_lseek,       __SNR_exit_group,  __SNR_exit, -10001,
                            __SNR_personality, __SNR_write };
    struct filter_rule *r;

    profile(SCMP_ACT_ERRNO(EXDEV));
    r = rule(SCMP_ACT_ALLOW, "dup", NULL);
    arg(r, 0, SCMP_CMP_EQ, 77, 0);
    r = rule(SCMP_ACT_ERRNO(EDOM), "personality", NULL);
    arg(r, 0, SCMP_CMP_MASKED_EQ, 0xf0, 0x20);
    r = rule(SCMP_ACT_ERRNO(ERANGE), "dup", NULL);
    arg(r, 0, SCMP_CMP_EQ, UINT64_C(0x100000001), 0);
    arg(r, 1, SCMP_CMP_EQ, 5, 0);
    rule(SCMP_ACT_ERRNO(0), "getppid", NULL);
    r = rule(SCMP_ACT_ERRNO(ETIME), "lseek", NULL);
    arg(r, 1, SCMP_CMP_MASKED_EQ, UINT64_C(0xff00000000), UINT64_C(0x100000000));
    rule(SCMP_ACT_ALLOW, "exit_group", NULL);
    rule(SCMP_ACT_ALLOW, "exit", NULL);
    rule(SCMP_ACT_ERRNO(EBUSY), "of_another_architecture", NULL);
    rule(SCMP_ACT_KILL_PROCESS, "personality", NULL);
    rule(SCMP_ACT_ALLOW, "write", NULL);
    EQ_INT(os_build_filter(&p.rules, numbers, &p.program, e), 0);
    EQ_INT(try(SYS_dup, 77, 0, 0), EBADF);
    EQ_INT(try(SYS_dup, 78, 0, 0), EXDEV);
    EQ_INT(try(SYS_dup, 0x100000001, 5, 0), ERANGE);
    EQ_INT(try(SYS_dup, 1, 5, 0), EXDEV);
    EQ_INT(try(SYS_dup, 0x100000001, 6, 0), EXDEV);
    EQ_INT(try(SYS_personality, 0x123, 0, 0), EDOM);
    EQ_INT(try(SYS_personality, 0x133, 0, 0), KILLED);
    EQ_INT(try(SYS_getppid, 0, 0, 0), 0);
    EQ_INT(try(SYS_lseek, -1, 0x1ffffffff, 0), ETIME);
    EQ_INT(try(SYS_lseek, -1, 0x1, 0), EXDEV);
    EQ_INT(try(SYS_getuid, 0, 0, 0), EXDEV);
#ifdef __x86_64__
    EQ_INT(try(SYS_getppid | 0x40000000, 0, 0, 0), EXDEV);
#endif
}

/* What it cannot say it does not say otherwise. */
TEST(rows_of_numbers_are_equalities)
{
    const int numbers[] = { __SNR_dup };

    profile(SCMP_ACT_ALLOW);
    arg(rule(SCMP_ACT_ERRNO(EXDEV), "dup", NULL), 0, SCMP_CMP_GE, 77, 0);
    EQ_INT(os_build_filter(&p.rules, numbers, &p.program, e), -1);
}

TEST(two_conditions_on_one_argument_are_two_rules)
{
    struct filter_rule *r;

    profile(SCMP_ACT_ALLOW);
    r = rule(SCMP_ACT_ERRNO(EXDEV), "dup", NULL);
    arg(r, 0, SCMP_CMP_EQ, 77, 0);
    arg(r, 0, SCMP_CMP_EQ, 78, 0);
    compiled();
    EQ_INT(try(SYS_dup, 77, 0, 0), EXDEV);
    EQ_INT(try(SYS_dup, 78, 0, 0), EXDEV);
    EQ_INT(try(SYS_dup, 79, 0, 0), EBADF);
    arg(r, 6, SCMP_CMP_EQ, 1, 0);
    FAILS(os_compile_filter(&p.rules, NULL, &p.program, e), 0);
    EQ_STR(e->text, "seccomp: there is no argument 6");
}

TEST(rules_that_repeat_or_differ_are_taken)
{
    struct filter_rule *r;

    profile(SCMP_ACT_ERRNO(EPERM));
    allow_life();
    rule(SCMP_ACT_ALLOW, "dup", "dup", "write", NULL);
    r = rule(SCMP_ACT_ALLOW, "dup", NULL);
    arg(r, 0, SCMP_CMP_EQ, 1, 0);
    rule(SCMP_ACT_ERRNO(EXDEV), "dup2", NULL);
    compiled();
    EQ_INT(try(SYS_dup, 99, 0, 0), EBADF);
    EQ_INT(try(SYS_getuid, 0, 0, 0), EPERM);
}

/* ---- calls that the profile cannot know --------------------------------------------------- */

TEST(newer_calls_are_not_there)
{
    profile(SCMP_ACT_ERRNO(EPERM));
    allow_life();
    rule(SCMP_ACT_ERRNO(EACCES), "pidfd_open", NULL); /* 434 on every architecture */
    compiled();
    EQ_INT(try(SYS_pidfd_open, 1, 0, 0), EACCES);
    EQ_INT(try(SYS_getuid, 0, 0, 0), EPERM);
    EQ_INT(try(SYS_io_uring_setup, 0, 0, 0), EPERM); /* 425: could be known */
    EQ_INT(try(SYS_clone3, 0, 0, 0), ENOSYS);        /* 435 */
    EQ_INT(try(SYS_openat2, -1, 0, 0), ENOSYS);
    EQ_INT(try(9999, 0, 0, 0), ENOSYS);
    EQ_INT(try(0x3fffffff, 0, 0, 0), ENOSYS);
}

TEST(newer_calls_are_as_told_where_the_profile_is_not_about_errno)
{
    profile(SCMP_ACT_KILL_PROCESS);
    allow_life();
    compiled();
    EQ_INT(try(9999, 0, 0, 0), KILLED);
    profile(SCMP_ACT_ERRNO(ENOSYS));
    allow_life();
    compiled();
    EQ_INT(try(SYS_getuid, 0, 0, 0), ENOSYS);
    EQ_INT(try(9999, 0, 0, 0), ENOSYS);
    profile(SCMP_ACT_TRAP);
    allow_life();
    compiled();
    EQ_INT(try(9999, 0, 0, 0), KILLED);
}

#ifdef __x86_64__
static long call_i386(long nr)
{
    long got;

    __asm__ volatile("int $0x80"
                     : "=a"(got)
                     : "a"(nr), "b"(0), "c"(0), "d"(0)
                     : "memory", "r8", "r9", "r10", "r11");
    return got;
}

/* As try(), by the 32-bit entry. */
static int try_i386(long nr)
{
    pid_t pid;
    int status;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        long got;

        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (os_load_filter(&p.program, 0, e) < 0)
            _exit(255);
        got = call_i386(nr);
        leave(got < 0 ? (int)-got : 0);
    }
    status = tool_wait(pid);
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGSYS ? KILLED : -1;
    return WEXITSTATUS(status);
}

TEST(x32_has_numbers_of_its_own)
{
    profile(SCMP_ACT_ERRNO(EPERM));
    allow_life();
    rule(SCMP_ACT_ERRNO(EACCES), "pidfd_open", NULL);
    compiled();
    EQ_INT(try(0x40000000 | 39, 0, 0, 0), KILLED);
    EQ_INT(try(0x40000000 | 435, 0, 0, 0), KILLED);
    arch(SCMP_ARCH_X32);
    compiled();
    EQ_INT(try(0x40000000 | 434, 0, 0, 0), EACCES);
    EQ_INT(try(0x40000000 | 102, 0, 0, 0), EPERM);
    /* x32 has numbers from 512 on: execve is one of the largest. */
    NE_INT(try(0x40000000 | 9999, 0, 0, 0), EPERM);
    EQ_INT(try(SYS_clone3, 0, 0, 0), ENOSYS);
    EQ_INT(try(SYS_getuid, 0, 0, 0), EPERM);
}

TEST(i386_has_a_list_of_its_own)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(call_i386(20) > 0 ? 0 : 1);
    if (tool_wait(pid) != 0) {
        printf("# skipped: no 32-bit calls\n");
        return;
    }
    profile(SCMP_ACT_ERRNO(EPERM));
    allow_life();
    rule(SCMP_ACT_ERRNO(EACCES), "pidfd_open", "umount", NULL); /* umount is i386's alone */
    compiled();
    EQ_INT(try_i386(20), KILLED);
    arch(SCMP_ARCH_X86);
    arch(SCMP_ARCH_X86_64);
    compiled();
    EQ_INT(try_i386(20), 0); /* getpid */
    EQ_INT(try_i386(22), EACCES);
    EQ_INT(try_i386(199), EPERM); /* getuid32 */
    EQ_INT(try_i386(434), EACCES);
    EQ_INT(try_i386(435), ENOSYS);
    EQ_INT(try(SYS_clone3, 0, 0, 0), ENOSYS);
    EQ_INT(try(SYS_getuid, 0, 0, 0), EPERM);
    EQ_INT(try(SYS_umount2, 0, 0, 0), EPERM);
}
#endif

/* ---- what cannot be --------------------------------------------------------------------- */

TEST(names_an_architecture_it_cannot_do)
{
    profile(SCMP_ACT_ALLOW);
    arch(0x40000099);
    FAILS(os_compile_filter(&p.rules, NULL, &p.program, e), 0);
    SAYS("architecture of an unknown number (0x40000099) is not supported by libseccomp ");
    EQ_INT(p.program.n, 0);
    p.archs[0] = seccomp_arch_native() == SCMP_ARCH_S390X ? SCMP_ARCH_X86_64 : SCMP_ARCH_S390X;
    FAILS(os_compile_filter(&p.rules, NULL, &p.program, e), 0);
    SAYS(" is not supported by libseccomp ");
    SAYS(" on this machine");
}

TEST(tells_that_a_program_is_too_large)
{
    /* Each call has values of its own, else the library shares the code. */
    profile(SCMP_ACT_ALLOW);
    for (uint64_t i = 0; i < RULES; i++) {
        const char *name = call_name((int)i + 2);
        struct filter_rule *r = rule(SCMP_ACT_ERRNO(1), name, NULL);

        for (uint64_t k = 0; k < 11; k++)
            arg(r, 0, SCMP_CMP_EQ, (i * 32 + k + 1) << 32 | (i * 32 + k), 0);
    }
    FAILS(os_compile_filter(&p.rules, NULL, &p.program, e), E2BIG);
    SAYS("more than 4096 instructions");
    EQ_INT(p.program.n, 0);
}

static void loads_with_flags(void)
{
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    FAILS(os_load_filter(&p.program, 1u << 20, e), EINVAL);
    FAILS(os_load_filter(&p.program, 1u << 20 | SECCOMP_FILTER_FLAG_LOG, e), EINVAL);
    SAYS(", flags LOG: invalid argument");
    FINE(os_load_filter(&p.program,
                        SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW |
                            SECCOMP_FILTER_FLAG_TSYNC | 1u << 5,
                        e));
}

TEST(loads_with_known_flags_only)
{
    profile(SCMP_ACT_ALLOW);
    rule(SCMP_ACT_ERRNO(1), "acct", NULL);
    compiled();
    apart(loads_with_flags);
}

static int delivered = -1;
static int flags_of_it, answer_of_other;

/* The filter would not let its own thread do any of this. */
static void take_listener(void *arg, int fd)
{
    char byte = 0;

    delivered = fd;
    flags_of_it = fcntl(fd, F_GETFD);
    answer_of_other = (int)write(*(int *)arg, &byte, 1);
}

static void gives_a_listener(void)
{
    int ends[2];

    if (pipe(ends) < 0)
        return;
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    FINE(os_load_filter_listener(&p.program, SECCOMP_FILTER_FLAG_TSYNC, take_listener, &ends[1], e));
    OK(delivered >= 0);
    EQ_INT(flags_of_it, FD_CLOEXEC);
    EQ_INT(answer_of_other, 1);
    /* We are held by it, and the descriptor is gone, so nobody answers. */
    EQ_INT(syscall(SYS_acct, 0), -1);
    EQ_INT(errno, ENOSYS);
    EQ_INT(fcntl(delivered, F_GETFD), -1);
}

TEST(gives_a_listener_to_a_thread_that_is_free)
{
    profile(SCMP_ACT_ALLOW);
    rule(SCMP_ACT_NOTIFY, "acct", NULL);
    compiled();
    apart(gives_a_listener);
}

static void gives_nothing(void)
{
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    delivered = -1;
    p.program.code[0].code = 0xffff;
    FAILS(os_load_filter_listener(&p.program, 0, take_listener, NULL, e), EINVAL);
    EQ_INT(delivered, -1);
}

TEST(gives_no_listener_of_a_program_that_is_refused)
{
    profile(SCMP_ACT_ALLOW);
    rule(SCMP_ACT_NOTIFY, "acct", NULL);
    compiled();
    apart(gives_nothing);
}

TEST(takes_a_finished_program)
{
    const struct sock_filter code[] = { { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW } };

    profile(SCMP_ACT_ERRNO(EPERM));
    p.rules.program.v = code;
    p.rules.program.n = 1;
    compiled();
    EQ_INT(p.program.n, 1);
    EQ_INT(try(SYS_getuid, 0, 0, 0), 0);
    p.rules.program.n = FILTER_MAX + 1;
    FAILS(os_compile_filter(&p.rules, NULL, &p.program, e), E2BIG);
}

TEST(strict_rules_know_every_name)
{
    profile(SCMP_ACT_ALLOW);
    rule(SCMP_ACT_ERRNO(EXDEV), "mkdir", "nosuchcall", NULL);
    compiled();
    p.rules.strict = true;
    FAILS(os_compile_filter(&p.rules, NULL, &p.program, e), 0);
    EQ_STR(e->text, "linux.seccomp.syscalls[0].names[1]: unknown system call nosuchcall");
}

static void loads_without_permission(void)
{
    FAILS(os_load_filter(&p.program, 0, e), EACCES);
    SAYS("seccomp filter of ");
}

TEST(needs_no_new_privs_or_power)
{
    if (geteuid() == 0) {
        printf("# skipped: root may\n");
        return;
    }
    profile(SCMP_ACT_ALLOW);
    compiled();
    apart(loads_without_permission);
}
