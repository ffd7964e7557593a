#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "mint-parts.h"
#include "os/cred.h"
#include "os/seccomp.h"

struct rules { struct filter_rule *v; int *numbers; size_t n; };

static struct filter_rule *allow(struct arena *a, struct rules *rules, const char *name, int number)
{
    struct filter_rule *rule;

    rule = arena_grow(a, rules->v, rules->n, sizeof *rule);
    rules->v = rule;
    rules->numbers = arena_grow(a, rules->numbers, rules->n, sizeof *rules->numbers);
    rules->numbers[rules->n] = number;
    rule += rules->n++;
    rule->action = SCMP_ACT_ALLOW;
    *LIST_ADD(a, &rule->names) = name;
    return rule;
}

static void where(struct arena *a, struct filter_rule *rule, uint32_t index, uint64_t value)
{
    struct filter_arg *arg;

    arg = arena_grow(a, rule->args.v, rule->args.n, sizeof *arg);
    rule->args.v = arg;
    arg[rule->args.n++] = (struct filter_arg){ .index = index, .op = SCMP_CMP_EQ, .value = value };
}

static void list_calls(struct arena *a, struct rules *rules)
{
    static const struct { const char *name; int number; } always[] = {
        { "recvmsg", __SNR_recvmsg },
        { "sendmsg", __SNR_sendmsg },
        { "close", __SNR_close },
        { "exit_group", __SNR_exit_group },
    };
    static const int families[] = { AF_INET, AF_INET6 };

    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
        allow(a, rules, always[i].name, always[i].number);
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        struct filter_rule *rule = allow(a, rules, "socket", __SNR_socket);

        where(a, rule, 0, (uint64_t)families[i]);
        where(a, rule, 1, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC);
        where(a, rule, 2, 0);
    }
    for (unsigned i = 0; i < mint_options_n; i++) {
        struct filter_rule *rule = allow(a, rules, "setsockopt", __SNR_setsockopt);

        where(a, rule, 1, (uint64_t)mint_options[i].level);
        where(a, rule, 2, (uint64_t)mint_options[i].name);
    }
}

static int load_filter(struct err *e)
{
    struct arena *a = arena_new();
    struct filter_program *program = calloc(1, sizeof *program);
    struct filter_rules rules = { .default_action = SCMP_ACT_KILL_PROCESS, .strict = true };
    struct rules calls = { 0 };
    int rc;

    if (!program) {
        arena_free(a);
        return err_set(e, ENOMEM, "filter of the mint");
    }
    list_calls(a, &calls);
    rules.rules.v = calls.v;
    rules.rules.n = calls.n;
    rc = os_build_filter(&rules, calls.numbers, program, e);
    if (rc == 0)
        rc = os_load_filter(program, 0, e);
    /* Memory is given back by calls that are over now: it stays until the end. */
    if (rc < 0) {
        free(program);
        arena_free(a);
    }
    return rc;
}

int mint_jail(bool net_admin, struct err *e)
{
    uint64_t keep = net_admin ? UINT64_C(1) << CAP_NET_ADMIN : 0;
    struct cap_sets sets = { .effective = keep, .permitted = keep };
    uint32_t last = CAP_LAST_CAP;

    /* A newer kernel has more than we know, an older one less. */
    while (last > 0 && prctl(PR_CAPBSET_READ, last, 0, 0, 0) < 0)
        last--;
    while (last < 63 && prctl(PR_CAPBSET_READ, last + 1, 0, 0, 0) >= 0)
        last++;
    TRY(os_drop_bounding(0, last, e));
    TRY(os_set_caps(&sets, e));
    TRY(os_no_new_privs(e));
    return load_filter(e);
}
