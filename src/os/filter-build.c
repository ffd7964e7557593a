/* os/filter-build.c - a filter without libseccomp, which takes a hundred times as long; see seccomp.h. */
#include <endian.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>

#include "os/seccomp.h"

/* Where one call is made by the number of another (socketcall, ipc), only libseccomp knows how. */
#if defined(__i386__) || defined(__s390__) || defined(__powerpc__) || defined(__m68k__) || \
    defined(__sh__) || defined(__mips__)
#define MULTIPLEXED 1
#else
#define MULTIPLEXED 0
#endif

#define X32_BIT 0x40000000u

static void put(struct filter_program *out, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
    if (out->n < FILTER_MAX)
        out->code[out->n] = (struct sock_filter){ .code = code, .jt = yes, .jf = no, .k = k };
    out->n++;
}

static void put_load(struct filter_program *out, size_t offset)
{
    put(out, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void put_answer(struct filter_program *out, uint32_t action)
{
    put(out, BPF_RET | BPF_K, action, 0, 0);
}

/* One half of an argument; the place of each jump away from the rule is noted. */
static void put_half(struct filter_program *out, uint32_t index, bool high, uint32_t mask, uint32_t is)
{
    bool second = high == (BYTE_ORDER == LITTLE_ENDIAN);

    if (mask == 0)
        return;
    put_load(out, offsetof(struct seccomp_data, args) + 8 * index + (second ? 4 : 0));
    if (mask != UINT32_MAX)
        put(out, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
    put(out, BPF_JMP | BPF_JEQ | BPF_K, is, 0, 1);
}

/* After a comparison that failed comes the rest of the rule, which it must go past. */
static void lead_past(struct filter_program *out, uint32_t from)
{
    for (uint32_t i = from; i < out->n && i < FILTER_MAX; i++)
        if (out->code[i].code == (BPF_JMP | BPF_JEQ | BPF_K))
            out->code[i].jf = (uint8_t)(out->n - i - 1);
}

static int put_rule(struct filter_program *out, const struct filter_rule *rule, struct err *e)
{
    uint32_t from = out->n;

    for (size_t i = 0; i < rule->args.n; i++) {
        const struct filter_arg *arg = &rule->args.v[i];
        uint64_t mask = arg->op == SCMP_CMP_MASKED_EQ ? arg->value : UINT64_MAX;
        uint64_t is = arg->op == SCMP_CMP_MASKED_EQ ? arg->value_two : arg->value;

        if ((arg->op != SCMP_CMP_EQ && arg->op != SCMP_CMP_MASKED_EQ) || arg->index > 5 ||
            rule->args.n > 6)
            return err_set(e, EINVAL, "seccomp: condition of %s", rule->names.v[0]);
        put_half(out, arg->index, false, (uint32_t)mask, (uint32_t)is);
        put_half(out, arg->index, true, (uint32_t)(mask >> 32), (uint32_t)(is >> 32));
    }
    put_answer(out, rule->action);
    lead_past(out, from);
    return 0;
}

/* All rules of the call of rule `first`, behind a jump past them. */
static int put_call(struct filter_program *out, const struct filter_rules *rules, const int *numbers,
                    size_t first, struct err *e)
{
    uint32_t jump;

    put(out, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)numbers[first], 1, 0);
    jump = out->n;
    put(out, BPF_JMP | BPF_JA, 0, 0, 0);
    for (size_t i = first; i < rules->rules.n; i++)
        if (numbers[i] == numbers[first])
            TRY(put_rule(out, &rules->rules.v[i], e));
    put_answer(out, rules->default_action);
    if (jump < FILTER_MAX)
        out->code[jump].k = out->n - jump - 1;
    return 0;
}

static bool is_first(const int *numbers, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (numbers[k] == numbers[i])
            return false;
    return true;
}

int os_build_filter(const struct filter_rules *rules, const int *numbers, struct filter_program *out,
                    struct err *e)
{
    uint32_t native = seccomp_arch_native();

    if (MULTIPLEXED)
        return os_compile_filter(rules, NULL, out, e);
    out->n = 0;
    put_load(out, offsetof(struct seccomp_data, arch));
    put(out, BPF_JMP | BPF_JEQ | BPF_K, native, 1, 0);
    put_answer(out, rules->default_action);
    put_load(out, offsetof(struct seccomp_data, nr));
    if (native == SCMP_ARCH_X86_64) {
        put(out, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
        put_answer(out, rules->default_action);
    }
    for (size_t i = 0; i < rules->rules.n; i++)
        /* Names of other architectures are negative numbers. */
        if (numbers[i] >= 0 && is_first(numbers, i))
            TRY(put_call(out, rules, numbers, i, e));
    put_answer(out, rules->default_action);
    return out->n <= FILTER_MAX ? 0
                                : err_set(e, E2BIG, "seccomp: more than %d instructions", FILTER_MAX);
}
