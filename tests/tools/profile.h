/* For tests of filters, after namespace.h: profiles by lines, and what a call gives under them. */
#pragma once

#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/clean.h"
#include "os/seccomp.h"

/* ---- making profiles ---------------------------------------------------------------------- */

#define RULES 100
#define NAMES 600

static struct {
    struct filter_rules rules;
    struct filter_rule rule[RULES];
    const char *names[RULES][NAMES];
    struct filter_arg args[RULES][40];
    uint32_t archs[30];
    struct filter_program program;
} p;

static void profile(uint32_t action)
{
    memset(&p, 0, sizeof p);
    p.rules.default_action = action;
    p.rules.rules.v = p.rule;
    p.rules.archs.v = p.archs;
}

__attribute__((unused)) static void arch(uint32_t token)
{
    p.archs[p.rules.archs.n++] = token;
}

/* Names up to a NULL. */
__attribute__((unused)) static struct filter_rule *rule(uint32_t action, ...)
{
    size_t i = p.rules.rules.n++;
    struct filter_rule *r = &p.rule[i];
    const char *name;
    va_list ap;

    *r = (struct filter_rule){ .action = action };
    r->names.v = p.names[i];
    r->args.v = p.args[i];
    va_start(ap, action);
    while ((name = va_arg(ap, const char *)))
        p.names[i][r->names.n++] = name;
    va_end(ap);
    return r;
}

__attribute__((unused)) static void arg(struct filter_rule *r, uint32_t index, uint32_t op,
                                        uint64_t value, uint64_t two)
{
    r->args.v[r->args.n++] = (struct filter_arg){ index, op, value, two };
}

/* What a test process needs to go on after a filter, so that its word gets out. */
__attribute__((unused)) static void allow_life(void)
{
    rule(SCMP_ACT_ALLOW, "write", "exit", "exit_group", "rt_sigreturn", "futex", "fstat",
         "newfstatat", "brk", "mmap", "munmap", "rt_sigprocmask", "getpid", "gettid", "tgkill",
         NULL);
}

/* ---- trying calls ------------------------------------------------------------------------- */

#define KILLED 1000

/* Not _exit(3): a sanitizer would make calls before it that no profile here allows. */
static void leave(int status)
{
    for (;;)
        syscall(SYS_exit_group, status);
}

/* The name of a call, valid for as long as the test runs; NULL when there is none. */
__attribute__((unused)) static const char *call_name(int nr)
{
    static char names[500][32];
    char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, nr);

    if (!name)
        return NULL;
    snprintf(names[nr], sizeof names[nr], "%s", name);
    free(name);
    return names[nr];
}

/* The errno that one call gives under the program, 0, or KILLED. */
__attribute__((unused)) static int try(long nr, long a, long b, long c)
{
    pid_t pid;
    int status;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        long got;

        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (os_load_filter(&p.program, 0, &tool_err) < 0) {
            printf("# %s\n", tool_err.text);
            _exit(255);
        }
        errno = 0;
        got = syscall(nr, a, b, c);
        leave(got < 0 ? errno : 0);
    }
    status = tool_wait(pid);
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGSYS ? KILLED : -1;
    return WEXITSTATUS(status);
}

__attribute__((unused)) static void compiled(void)
{
    FINE(os_compile_filter(&p.rules, NULL, &p.program, &tool_err));
    OK(p.program.n > 0);
}
