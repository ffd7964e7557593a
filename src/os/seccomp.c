#include "os/seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/text.h"
#include "os/compat.h"
#include "os/filter-cache.h"

#define X32_BIT 0x40000000u
#define ARM_PRIVATE 0x000f0000u
#define NO_LIMIT 0xffffffffu

static const struct {
    uint32_t token;
    const char *name;
} arch_names[] = {
    { SCMP_ARCH_X86, "X86" },
    { SCMP_ARCH_X86_64, "X86_64" },
    { SCMP_ARCH_X32, "X32" },
    { SCMP_ARCH_ARM, "ARM" },
    { SCMP_ARCH_AARCH64, "AARCH64" },
    { SCMP_ARCH_MIPS, "MIPS" },
    { SCMP_ARCH_MIPS64, "MIPS64" },
    { SCMP_ARCH_MIPS64N32, "MIPS64N32" },
    { SCMP_ARCH_MIPSEL, "MIPSEL" },
    { SCMP_ARCH_MIPSEL64, "MIPSEL64" },
    { SCMP_ARCH_MIPSEL64N32, "MIPSEL64N32" },
    { SCMP_ARCH_PPC, "PPC" },
    { SCMP_ARCH_PPC64, "PPC64" },
    { SCMP_ARCH_PPC64LE, "PPC64LE" },
    { SCMP_ARCH_S390, "S390" },
    { SCMP_ARCH_S390X, "S390X" },
    { SCMP_ARCH_PARISC, "PARISC" },
    { SCMP_ARCH_PARISC64, "PARISC64" },
    { SCMP_ARCH_RISCV64, "RISCV64" },
    { SCMP_ARCH_LOONGARCH64, "LOONGARCH64" },
    { SCMP_ARCH_M68K, "M68K" },
    { SCMP_ARCH_SH, "SH" },
    { SCMP_ARCH_SHEB, "SHEB" },
};

static void drop_filter(scmp_filter_ctx *ctx)
{
    if (*ctx)
        seccomp_release(*ctx);
}

/* ---- rules to libseccomp ----------------------------------------------------------------- */

static int add_arch(scmp_filter_ctx ctx, uint32_t arch, struct err *e)
{
    const struct scmp_version *version = seccomp_version();
    const char *name = "of an unknown number";
    int rc = seccomp_arch_add(ctx, arch);

    if (rc == 0 || rc == -EEXIST)
        return 0;
    for (size_t i = 0; i < COUNT_OF(arch_names); i++)
        if (arch_names[i].token == arch)
            name = arch_names[i].name;
    /* EDOM: of the other byte order, which cannot run here. */
    return err_set(e, 0,
                   "seccomp: architecture %s (0x%x) is not supported by libseccomp %u.%u.%u%s",
                   name, arch, version->major, version->minor, version->micro,
                   rc == -EDOM ? " on this machine" : "");
}

/* libseccomp wants each argument once per rule.  runc makes one rule of each condition then
 * (one that matches is enough), and profiles rely on it. */
static bool has_double(const struct filter_rule *rule)
{
    unsigned seen = 0;

    for (size_t i = 0; i < rule->args.n; i++) {
        if (seen >> rule->args.v[i].index & 1)
            return true;
        seen |= 1u << rule->args.v[i].index;
    }
    return false;
}

static int add_name(scmp_filter_ctx ctx, const struct filter_rule *rule, const char *name,
                    const struct scmp_arg_cmp *args, struct err *e)
{
    /* Names of other architectures only are negative numbers, of no architecture an error. */
    int nr = seccomp_syscall_resolve_name(name);
    unsigned n = (unsigned)rule->args.n;
    unsigned step = has_double(rule) ? 1 : n;
    unsigned i = 0;

    if (nr == __NR_SCMP_ERROR)
        return 0;
    do {
        int rc = seccomp_rule_add_array(ctx, rule->action, nr, step, args + i);

        if (rc < 0)
            return err_set(e, -rc, "seccomp: rule for %s", name);
        i += step;
    } while (i < n);
    return 0;
}

static int add_rule(scmp_filter_ctx ctx, const struct filter_rule *rule, uint32_t default_action,
                    struct err *e)
{
    struct scmp_arg_cmp args[32];

    /* The library refuses it, and it would change nothing. */
    if (rule->action == default_action)
        return 0;
    if (rule->args.n > COUNT_OF(args))
        return err_set(e, E2BIG, "seccomp: %zu conditions in a rule", rule->args.n);
    for (size_t i = 0; i < rule->args.n; i++) {
        const struct filter_arg *arg = &rule->args.v[i];

        if (arg->index > 5)
            return err_set(e, 0, "seccomp: there is no argument %u", arg->index);
        args[i] = (struct scmp_arg_cmp){ arg->index, arg->op, arg->value, arg->value_two };
    }
    for (size_t i = 0; i < rule->names.n; i++)
        TRY(add_name(ctx, rule, rule->names.v[i], args, e));
    return 0;
}

static int export_program(scmp_filter_ctx ctx, struct filter_program *out, struct err *e)
{
    OWN_FD fd = memfd_create("filter", MFD_CLOEXEC);
    size_t room = sizeof out->code - out->n * sizeof out->code[0];
    ssize_t got;
    int rc;

    if (fd < 0)
        return err_set(e, errno, "seccomp: memory for the filter");
    rc = seccomp_export_bpf(ctx, fd);
    if (rc < 0)
        return err_set(e, -rc, "seccomp: export of the filter");
    got = pread(fd, out->code + out->n, room, 0);
    if (got < 0)
        return err_set(e, errno, "seccomp: export of the filter");
    if (lseek(fd, 0, SEEK_END) != got)
        return err_set(e, E2BIG, "seccomp: more than %d instructions", FILTER_MAX);
    out->n += (uint32_t)((size_t)got / sizeof out->code[0]);
    return 0;
}

/* ---- system calls that the profile cannot know -------------------------------------------------
 *
 * A profile that allows what it lists was written before newer calls were there.  For those
 * EPERM would be wrong: a program takes it for an answer, where ENOSYS makes it try the older
 * way.  "Newer" are the numbers above all that the profile names, whatever its action for
 * them; gaps below keep the default action.  Since libseccomp cannot compare numbers, these
 * few instructions stand in front of its own. */

/* As runc, but not for KILL and TRAP: who asks for death shall have it.  ERRNO with ENOSYS
 * needs no help. */
static bool wants_stub(uint32_t action)
{
    return (action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO &&
           (action & SECCOMP_RET_DATA) != ENOSYS;
}

/* The largest number below `ceiling` that the rules name; NO_LIMIT when they name none. */
static uint32_t largest(const struct filter_rules *rules, uint32_t arch, uint32_t ceiling)
{
    uint32_t max = NO_LIMIT;

    for (size_t i = 0; i < rules->rules.n; i++) {
        const struct texts *names = &rules->rules.v[i].names;

        for (size_t k = 0; k < names->n; k++) {
            int nr = seccomp_syscall_resolve_name_arch(arch, names->v[k]);

            if (nr >= 0 && (uint32_t)nr < ceiling && (max == NO_LIMIT || (uint32_t)nr > max))
                max = (uint32_t)nr;
        }
    }
    return max;
}

static bool has_arch(const struct filter_rules *rules, uint32_t arch)
{
    if (arch == seccomp_arch_native())
        return true;
    for (size_t i = 0; i < rules->archs.n; i++)
        if (rules->archs.v[i] == arch)
            return true;
    return false;
}

static void emit(struct filter_program *p, uint16_t code, uint32_t k, unsigned jt, unsigned jf)
{
    p->code[p->n++] = (struct sock_filter){ code, (uint8_t)jt, (uint8_t)jf, k };
}

#define LOAD (BPF_LD | BPF_W | BPF_ABS)
#define JUMP(op) (BPF_JMP | (op) | BPF_K)
#define TO_FILTER (JUMP(BPF_JA))
#define BLOCK_SIZE 7

/* One architecture.  Numbers from `split` on have the limit `high` instead of `low`. */
static void emit_block(struct filter_program *p, uint32_t arch, uint32_t low, uint32_t split,
                       uint32_t high)
{
    emit(p, JUMP(BPF_JEQ), arch, 0, BLOCK_SIZE - 1);
    emit(p, LOAD, offsetof(struct seccomp_data, nr), 0, 0);
    emit(p, JUMP(BPF_JGE), split, 1, 0);
    emit(p, JUMP(BPF_JGT), low, 1, 2);
    emit(p, JUMP(BPF_JGT), high, 0, 1);
    emit(p, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS, 0, 0);
    emit(p, TO_FILTER, 0, 0, 0);
}

static void add_block(struct filter_program *p, const struct filter_rules *rules, uint32_t arch)
{
    uint32_t split = NO_LIMIT;
    uint32_t high = NO_LIMIT;
    uint32_t low;

    if (arch == SCMP_ARCH_X86_64) {
        /* The kernel calls x32 the same architecture, with a bit in the number. */
        split = X32_BIT;
        if (has_arch(rules, SCMP_ARCH_X32))
            high = largest(rules, SCMP_ARCH_X32, NO_LIMIT);
        if (high != NO_LIMIT)
            high |= X32_BIT;
    } else if (arch == SCMP_ARCH_ARM) {
        split = ARM_PRIVATE; /* set_tls and its like, far above all others */
    }
    low = largest(rules, arch, split);
    if (low != NO_LIMIT || high != NO_LIMIT)
        emit_block(p, arch, low, split, high);
}

static void add_stub(struct filter_program *p, const struct filter_rules *rules)
{
    emit(p, LOAD, offsetof(struct seccomp_data, arch), 0, 0);
    for (size_t i = 0; i < COUNT_OF(arch_names); i++)
        if (arch_names[i].token != SCMP_ARCH_X32 && has_arch(rules, arch_names[i].token))
            add_block(p, rules, arch_names[i].token);
    for (uint32_t i = 0; i < p->n; i++)
        if (p->code[i].code == TO_FILTER)
            p->code[i].k = p->n - i - 1;
}

/* ---- the whole --------------------------------------------------------------------------- */

static int check_names(const struct filter_rules *rules, struct err *e)
{
    for (size_t i = 0; i < rules->rules.n; i++)
        for (size_t k = 0; k < rules->rules.v[i].names.n; k++)
            if (seccomp_syscall_resolve_name(rules->rules.v[i].names.v[k]) == __NR_SCMP_ERROR)
                return err_set(e, 0,
                               "linux.seccomp.syscalls[%zu].names[%zu]: unknown system call %s", i,
                               k, rules->rules.v[i].names.v[k]);
    return 0;
}

static int compile(const struct filter_rules *rules, uint32_t level, struct filter_program *out,
                   struct err *e)
{
    __attribute__((cleanup(drop_filter))) scmp_filter_ctx ctx = NULL;

    out->n = 0;
    if (rules->strict)
        TRY(check_names(rules, e));
    /* All of this level is in Linux 5.12; the library would take nine system calls to see. */
    seccomp_api_set(6);
    ctx = seccomp_init(rules->default_action);
    if (!ctx)
        return err_set(e, 0, "seccomp: default action 0x%x is not supported here",
                       rules->default_action);
    /* What comes of an architecture that is not in the list stays libseccomp's: kill. */
    if (seccomp_attr_set(ctx, SCMP_FLTATR_API_SYSRAWRC, 1) < 0 ||
        seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, level) < 0)
        return err_set(e, 0, "seccomp: libseccomp is older than 2.5");
    for (size_t i = 0; i < rules->archs.n; i++)
        TRY(add_arch(ctx, rules->archs.v[i], e));
    for (size_t i = 0; i < rules->rules.n; i++)
        TRY(add_rule(ctx, &rules->rules.v[i], rules->default_action, e));
    if (wants_stub(rules->default_action))
        add_stub(out, rules);
    if (export_program(ctx, out, e) < 0) {
        out->n = 0;
        return -1;
    }
    return 0;
}

/* All that the program depends on, so written that two profiles never have one text. */
static void make_key(const struct filter_rules *rules, struct text *key)
{
    const struct scmp_version *version = seccomp_version();

    /* What was compiled although it has unknown names does not do for strict rules. */
    text_printf(key, "filter 1%s libseccomp %u.%u.%u native %x default %x archs",
                rules->strict ? " strict" : "", version->major, version->minor, version->micro,
                seccomp_arch_native(), rules->default_action);
    for (size_t i = 0; i < rules->archs.n; i++)
        text_printf(key, " %x", rules->archs.v[i]);
    for (size_t i = 0; i < rules->rules.n; i++) {
        const struct filter_rule *rule = &rules->rules.v[i];

        text_printf(key, "\n%x", rule->action);
        for (size_t k = 0; k < rule->args.n; k++)
            text_printf(key, " (%x %x %jx %jx)", rule->args.v[k].index, rule->args.v[k].op,
                        (uintmax_t)rule->args.v[k].value, (uintmax_t)rule->args.v[k].value_two);
        for (size_t k = 0; k < rule->names.n; k++) {
            text_printf(key, " %zu:", strlen(rule->names.v[k]));
            text_add(key, rule->names.v[k]);
        }
    }
}

/* Names times architectures: what compiling costs.  As a tree it costs more than linear (400:
 * 2.5 ms, 1200: 50 ms) and pays off for calls with conditions and refused ones only. */
#define TREE_MIN 32
#define TREE_MAX 600

static size_t work(const struct filter_rules *rules)
{
    size_t names = 0;
    size_t archs = 1;

    for (size_t i = 0; i < rules->rules.n; i++)
        names += rules->rules.v[i].names.n;
    for (size_t i = 0; i < rules->archs.n; i++)
        archs += rules->archs.v[i] != seccomp_arch_native();
    return names * archs;
}

int os_compile_filter(const struct filter_rules *rules, const char *cache,
                      struct filter_program *out, struct err *e)
{
    OWN_TEXT key = { 0 };
    uint32_t level = 1;
    size_t n;

    if (rules->program.n) {
        if (rules->program.n > FILTER_MAX)
            return err_set(e, E2BIG, "seccomp: more than %d instructions", FILTER_MAX);
        memcpy(out->code, rules->program.v, rules->program.n * sizeof out->code[0]);
        out->n = (uint32_t)rules->program.n;
        return 0;
    }
    if (!cache)
        return compile(rules, level, out, e);
    make_key(rules, &key);
    if (filter_cache_read(cache, &key, out, &level))
        return 0;
    n = work(rules);
    level = n >= TREE_MIN && n <= TREE_MAX ? 2 : 1;
    TRY(compile(rules, level, out, e));
    filter_cache_write(cache, &key, out, level);
    return 0;
}

void os_tune_filter(const struct filter_rules *rules, const char *cache)
{
    OWN_TEXT key = { 0 };
    struct filter_program program;
    struct err e;
    uint32_t level;

    if (work(rules) < TREE_MIN)
        return;
    make_key(rules, &key);
    if (filter_cache_read(cache, &key, &program, &level) && level == 1 &&
        compile(rules, 2, &program, &e) == 0)
        filter_cache_write(cache, &key, &program, 2);
}
