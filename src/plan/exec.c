/* plan/exec.c - the plan of `exec`: one setns(2) with all namespaces, a fork for the pid namespace,
 * and then the same way to the program as in a start.
 *
 * Nothing is executed between joining and the program: a program that is executed in the
 * container's user namespace belongs to it, and can be looked into from there. */
#include "plan/make.h"

static uint32_t joined(const struct facts *f)
{
    uint32_t all = 0;

    for (size_t i = 0; i < f->container.join.n; i++)
        all |= (uint32_t)f->container.join.v[i].value;
    return all;
}

static int enter(struct maker *m, const struct filter_rules *filter, struct err *e)
{
    const struct spec_process *p = m->spec->process;
    const struct spec_cpu_affinity *cpus = p->exec_cpu_affinity;

    if (m->f->exe.seal != SEAL_NONE)
        ADD(m, seal, PARENT, "security")->how = m->f->exe.seal;
    if (m->o->foreground)
        ADD_BARE(m, watch_signals, PARENT, "foreground exec");
    ADD(m, spawn, PARENT, "exec")->who = SETUP;
    ADD_BARE(m, die_with_parent, SETUP, "clean end");
    plan_oom(m);
    ADD_BARE(m, harden, SETUP, "security");
    if (cpus && cpus->initial && *cpus->initial)
        ADD(m, affinity, SETUP, "process.execCPUAffinity.initial")->cpus = cpus->initial;
    if (filter)
        plan_compile(m, filter);
    TRY(plan_limits(m, PARENT, e));
    if (plan_has(m->p, STEP_compile_filter) || plan_has(m->p, STEP_raise_limit))
        plan_meet(m, PARENT, SETUP, MSG_PREPARED, "protocol");
    ADD(m, enter_container, SETUP, "exec")->join = m->joined;
    if (m->user_ns) {
        struct step_be_mapped *s = ADD(m, be_mapped, SETUP, "process.user");

        s->uid = p->user.uid;
        s->gid = p->user.gid;
    }
    ADD_BARE(m, fork_init, SETUP, "exec");
    plan_meet(m, SETUP, PARENT, MSG_INIT_PID, "protocol");
    ADD_BARE(m, reap_setup, PARENT, "protocol");
    ADD_BARE(m, die_with_parent, INIT, "clean end");
    return 0;
}

/* The program does not run before the caller has what it asked for. */
static void hand_over(struct maker *m)
{
    plan_console(m);
    if (m->o->pid_file)
        ADD(m, write_pid_file, PARENT, "--pid-file")->path = m->o->pid_file;
    plan_send_pidfd(m);
    if (m->o->pid_file || m->o->console_socket || plan_pidfd_socket(m))
        plan_meet(m, PARENT, INIT, MSG_HOOKED, "protocol");
}

int plan_exec(struct arena *a, const struct spec *s, const struct plan_options *o,
              const struct facts *f, struct plan *p, struct err *e)
{
    uint32_t join = joined(f);
    struct maker m = { .a = a,
                       .spec = s,
                       .o = o,
                       .f = f,
                       .p = p,
                       .joined = join,
                       .user_ns = (join & NS_USER) != 0,
                       .pinned = true,
                       .three = true,
                       .early = SETUP };
    const struct filter_rules *filter;

    *p = (struct plan){ .arena = a,
                        .id = o->id,
                        .last_cap = f->kernel.last_cap,
                        .uid = f->self.euid,
                        .sealed = f->exe.sealed };
    plan_told_decide(&m);
    if (!m.user_ns)
        plan_ids_shared(&m);
    TRY(plan_refuse_terminal(&m, e));
    TRY(plan_ids_user(&m, e));
    TRY(plan_filter(&m, &filter, e));
    TRY(enter(&m, filter, e));
    ADD_BARE(&m, open_here, INIT, "exec");
    ADD_BARE(&m, new_session, INIT, "clean start");
    if (!o->no_new_keyring)
        plan_add(&m, STEP_keyring, INIT, "session keyring")->optional = true;
    hand_over(&m);
    if ((s->process->apparmor_profile && *s->process->apparmor_profile) ||
        (s->process->selinux_label && *s->process->selinux_label))
        ADD(&m, open_proc, INIT, "process labels")->own = (join & NS_PID) != 0;
    /* It is not made: the container was, with all its directories. */
    if (plan_changes_dir(&m))
        ADD(&m, chdir, INIT, "process.cwd")->path = s->process->cwd;
    TRY(plan_process(&m, filter, e));
    if (o->foreground)
        plan_guard(&m, filter);
    ADD_BARE(&m, await_exec, PARENT, "protocol");
    if (o->foreground)
        ADD(&m, relay, PARENT, "foreground exec")->terminal =
            s->process->terminal && !o->console_socket;
    return 0;
}
