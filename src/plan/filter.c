/* plan/filter.c - linux.seccomp as rules for the compiler. */
#include <linux/seccomp.h>
#include <seccomp.h>

#include "plan/make.h"

/* SCMP_ACT_ERRNO(n) and SCMP_ACT_TRACE(n) carry n in the low half. */
static uint32_t with_errno(int64_t action, const struct opt_u32 *ret, uint32_t fallback)
{
    uint32_t base = (uint32_t)action & 0xffff0000u;

    if (base != SCMP_ACT_ERRNO(0) && base != SCMP_ACT_TRACE(0))
        return (uint32_t)action;
    return base | ((ret->set ? ret->value : fallback) & 0xffffu);
}

static void add_rule(struct maker *m, struct filter_rules *rules, const struct spec_seccomp_rule *r)
{
    struct filter_rule *to = LIST_ADD(m->a, &rules->rules);

    to->names = r->names;
    to->action = with_errno(r->action.value, &r->errno_ret, EPERM);
    for (size_t i = 0; i < r->args.n; i++)
        *LIST_ADD(m->a, &to->args) = (struct filter_arg){
            .index = r->args.v[i].index,
            .op = (uint32_t)r->args.v[i].op.value,
            .value = r->args.v[i].value,
            .value_two = r->args.v[i].value_two.value,
        };
}

int plan_filter(struct maker *m, const struct filter_rules **out, struct err *e)
{
    const struct spec_seccomp *s = m->spec->linux_ ? m->spec->linux_->seccomp : NULL;
    struct filter_rules *rules;

    *out = NULL;
    if (!s)
        return 0;
    /* What allows everything needs no filter. */
    if (!m->f->kernel.seccomp && s->default_action.value == SCMP_ACT_ALLOW && !s->syscalls.n)
        return 0;
    if (!m->f->kernel.seccomp)
        return err_set(e, 0, "linux.seccomp: seccomp: config provided but seccomp not supported "
                             "by this kernel");
    if (s->listener_path)
        return err_set(e, 0, "linux.seccomp.listenerPath: this version has no seccomp listener");
    rules = ARENA_NEW(m->a, struct filter_rules);
    rules->default_action = with_errno(s->default_action.value, &s->default_errno_ret, EPERM);
    for (size_t i = 0; i < s->architectures.n; i++)
        *LIST_ADD(m->a, &rules->archs) = (uint32_t)s->architectures.v[i].value;
    if (!s->flags.set)
        rules->flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    for (size_t i = 0; i < s->flags.n; i++)
        rules->flags |= (uint32_t)s->flags.v[i].value;
    for (size_t i = 0; i < s->syscalls.n; i++) {
        if ((uint32_t)s->syscalls.v[i].action.value == SCMP_ACT_NOTIFY)
            return err_set(e, 0, "linux.seccomp.syscalls[%zu].action: this version has no "
                                 "seccomp listener",
                           i);
        add_rule(m, rules, &s->syscalls.v[i]);
    }
    *out = rules;
    return 0;
}
