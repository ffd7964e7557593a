/* plan/filter.c - linux.seccomp as rules for the compiler, and who gets the listener. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include "plan/make.h"
#include "spec/check.h"
#include "spec/names.h"

#define BPF_PATH "annotations[\"" ANNOTATION_SECCOMP_BPF "\"]"

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

static bool notifies(uint32_t action)
{
    return (action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_USER_NOTIF;
}

static void add_rules(struct maker *m, const struct spec_seccomp *s, struct filter_rules *rules)
{
    rules->default_action = with_errno(s->default_action.value, &s->default_errno_ret, EPERM);
    for (size_t i = 0; i < s->architectures.n; i++)
        *LIST_ADD(m->a, &rules->archs) = (uint32_t)s->architectures.v[i].value;
    for (size_t i = 0; i < s->syscalls.n; i++) {
        add_rule(m, rules, &s->syscalls.v[i]);
        if (notifies((uint32_t)s->syscalls.v[i].action.value))
            rules->listener = spec_listener(m->spec); /* there, says spec_check() */
    }
}

/* A finished program says itself whether it notifies, unless it computes what it returns. */
static int add_program(struct maker *m, struct filter_rules *rules, struct err *e)
{
    const struct sock_filter *code;
    const void *program;
    bool calls = false;

    TRY(spec_bpf(m->spec, m->a, &program, &rules->program.n, e));
    rules->program.v = code = program;
    for (size_t i = 0; i < rules->program.n; i++)
        calls = calls || code[i].code == (BPF_RET | BPF_A) ||
                (code[i].code == (BPF_RET | BPF_K) && notifies(code[i].k));
    if (!calls)
        return 0;
    rules->listener = spec_listener(m->spec);
    if (!rules->listener)
        return err_set(e, 0, "%s: this program can notify, which needs linux.seccomp.listenerPath",
                       BPF_PATH);
    return 0;
}

static void add_flags(const struct spec_seccomp *s, struct filter_rules *rules)
{
    if (!s || !s->flags.set)
        rules->flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    for (size_t i = 0; s && i < s->flags.n; i++)
        rules->flags |= (uint32_t)s->flags.v[i].value;
}

const char *plan_filter_why(const struct filter_rules *filter)
{
    return filter->program.n ? BPF_PATH : "linux.seccomp";
}

int plan_filter(struct maker *m, const struct filter_rules **out, struct err *e)
{
    const struct spec_seccomp *s = m->spec->linux_ ? m->spec->linux_->seccomp : NULL;
    bool finished = spec_annotation(m->spec, ANNOTATION_SECCOMP_BPF);
    struct filter_rules *rules;

    *out = NULL;
    if (!s && !finished)
        return 0;
    /* What allows everything needs no filter. */
    if (!m->f->kernel.seccomp && !finished && s->default_action.value == SCMP_ACT_ALLOW &&
        !s->syscalls.n)
        return 0;
    if (!m->f->kernel.seccomp)
        return err_set(e, 0, "%s: seccomp: config provided but seccomp not supported by this kernel",
                       finished ? BPF_PATH : "linux.seccomp");
    rules = ARENA_NEW(m->a, struct filter_rules);
    add_flags(s, rules);
    rules->strict = !finished && spec_annotation_on(m->spec, ANNOTATION_SECCOMP_STRICT);
    if (finished)
        TRY(add_program(m, rules, e));
    else
        add_rules(m, s, rules);
    if (finished && s)
        plan_note(m, "linux.seccomp: only flags and listenerPath count, since " BPF_PATH
                     " is there");
    if (spec_listener(m->spec) && !rules->listener)
        plan_note(m, "linux.seccomp.listenerPath: not used, since no call is notified");
    *out = rules;
    return 0;
}

/* The listener has to be delivered before anything else happens.  To whom init says so is the
 * launcher, or, behind await_start, the start command, which is not in this plan. */
void plan_load_filter(struct maker *m, const struct filter_rules *filter, bool late)
{
    struct step_load_filter *s = ADD(m, load_filter, INIT, plan_filter_why(filter));

    s->flags = filter->flags;
    s->listener = filter->listener;
    if (!filter->listener || (late && m->o->create))
        return;
    *ADD(m, send_listener, PARENT, "linux.seccomp.listenerPath") = (struct step_send_listener){
        .path = filter->listener,
        .metadata = spec_listener_metadata(m->spec),
        .status = m->o->exec ? NULL : late ? "created" : "creating",
    };
}
