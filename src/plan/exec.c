/* plan/exec.c - the plan of `exec`: one setns(2) with all namespaces, a fork for the pid namespace,
 * and then the same way to the program as in a start.
 *
 * Nothing is executed between joining and the program: a program that is executed in the
 * container's user namespace belongs to it, and can be looked into from there. */
#include "plan/make.h"

static void enter(struct maker *m, const struct filter_rules *filter)
{
    if (m->f->exe.seal != SEAL_NONE)
        ADD(m, seal, PARENT, "security")->how = m->f->exe.seal;
    if (m->o->foreground)
        ADD_BARE(m, watch_signals, PARENT, "foreground exec");
    ADD(m, spawn, PARENT, "exec")->who = SETUP;
    ADD_BARE(m, die_with_parent, SETUP, "clean end");
    plan_oom(m);
    ADD_BARE(m, harden, SETUP, "security");
    if (filter) {
        plan_compile(m, filter);
        plan_meet(m, PARENT, SETUP, MSG_PREPARED, "protocol");
    }
    ADD(m, enter_container, SETUP, "exec")->join = m->joined;
    ADD_BARE(m, fork_init, SETUP, "exec");
    plan_meet(m, SETUP, PARENT, MSG_INIT_PID, "protocol");
    ADD_BARE(m, reap_setup, PARENT, "protocol");
    ADD_BARE(m, die_with_parent, INIT, "clean end");
}

int plan_exec(struct arena *a, const struct spec *s, const struct plan_options *o,
              const struct facts *f, uint32_t join, struct plan *p, struct err *e)
{
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
    if (s->process->terminal && o->foreground && !f->tty.stdin_tty) {
        err_set(e, 0, "process.terminal: true, but there is no terminal on stdin");
        return err_hint(e, "leave out --tty");
    }
    if (s->process->terminal && !o->foreground && !o->console_socket)
        return err_set(e, 0, "process.terminal: true, but there is nobody to take the terminal; use "
                             "--console-socket");
    plan_told_decide(&m);
    TRY(plan_filter(&m, &filter, e));
    enter(&m, filter);
    ADD_BARE(&m, open_here, INIT, "exec");
    ADD_BARE(&m, new_session, INIT, "clean start");
    if (!o->no_new_keyring)
        plan_add(&m, STEP_keyring, INIT, "session keyring")->optional = true;
    plan_console(&m);
    if ((s->process->apparmor_profile && *s->process->apparmor_profile) ||
        (s->process->selinux_label && *s->process->selinux_label))
        ADD(&m, open_proc, INIT, "process labels")->own = (join & NS_PID) != 0;
    /* It is not made: the container was, with all its directories. */
    if (plan_changes_dir(&m))
        ADD(&m, chdir, INIT, "process.cwd")->path = s->process->cwd;
    TRY(plan_process(&m, filter, e));
    if (o->pid_file)
        ADD(&m, write_pid_file, PARENT, "--pid-file")->path = o->pid_file;
    plan_send_pidfd(&m);
    if (o->foreground)
        plan_guard(&m, filter);
    ADD_BARE(&m, await_exec, PARENT, "protocol");
    if (o->foreground)
        ADD(&m, relay, PARENT, "foreground exec")->terminal =
            s->process->terminal && !o->console_socket;
    return 0;
}
