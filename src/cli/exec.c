/* cli/exec.c - another program in a container that runs. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/clean.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/cgroup.h"
#include "cli/out.h"
#include "cli/start.h"
#include "host/probe.h"
#include "plan/plan.h"
#include "run/run.h"
#include "spec/check.h"
#include "spec/load.h"

#define EXEC_FAILED 255 /* as in other runtimes: engines tell it from the program's status */

struct exec_options {
    const char *process, *cwd, *user, *console_socket, *pidfd_socket, *pid_file;
    const char *process_label, *apparmor;
    struct texts env, gids, caps, cgroups;
    uint32_t preserve_fds;
    bool tty, detach, no_new_privs, ignore_paused, dry_run;
    const char *facts_from, *config_from; /* for tests: files, and no container is looked at */
};

/* clang-format off */
#define AT(member) offsetof(struct exec_options, member)
static const struct option_row options[] = {
    { "process", 'p', OPTION_TEXT, AT(process), "FILE",
      "take the process from FILE; the options about it do nothing then", GROUP_PLAIN, NULL },
    { "cwd", 0, OPTION_TEXT, AT(cwd), "DIR", "working directory", GROUP_PLAIN, NULL },
    { "env", 'e', OPTION_LIST, AT(env), "K=V", "add a variable", GROUP_PLAIN, NULL },
    { "tty", 't', OPTION_FLAG, AT(tty), NULL, "give it a terminal", GROUP_PLAIN, NULL },
    { "user", 'u', OPTION_TEXT, AT(user), "UID[:GID]", "user, by number", GROUP_PLAIN, NULL },
    { "additional-gids", 'g', OPTION_LIST, AT(gids), "GID", "add a group", GROUP_PLAIN, NULL },
    { "cap", 'c', OPTION_LIST, AT(caps), "CAP", "add a capability", GROUP_PLAIN, NULL },
    { "no-new-privs", 0, OPTION_FLAG, AT(no_new_privs), NULL, "set no_new_privs", GROUP_PLAIN, NULL },
    { "process-label", 0, OPTION_TEXT, AT(process_label), "LABEL", "SELinux label", GROUP_PLAIN, NULL },
    { "apparmor", 0, OPTION_TEXT, AT(apparmor), "PROFILE", "AppArmor profile", GROUP_PLAIN, NULL },
    { "detach", 'd', OPTION_FLAG, AT(detach), NULL,
      "return when the program runs", GROUP_PLAIN, NULL },
    { "pid-file", 0, OPTION_TEXT, AT(pid_file), "FILE",
      "write the process id of the program to FILE", GROUP_PLAIN, NULL },
    { "console-socket", 0, OPTION_TEXT, AT(console_socket), "SOCKET",
      "send the terminal there", GROUP_PLAIN, NULL },
    { "pidfd-socket", 0, OPTION_TEXT, AT(pidfd_socket), "SOCKET",
      "send a pidfd of the program there", GROUP_PLAIN, NULL },
    { "preserve-fds", 0, OPTION_NUMBER, AT(preserve_fds), "N",
      "leave N more descriptors open, from 3 on", GROUP_PLAIN, NULL },
    { "cgroup", 0, OPTION_LIST, AT(cgroups), "[CTRL:]PATH",
      "put it into a cgroup below that of the container, which this version does not make",
      GROUP_PLAIN, NULL },
    { "ignore-paused", 0, OPTION_FLAG, AT(ignore_paused), NULL,
      "accepted; containers are not paused yet", GROUP_PLAIN, NULL },
    { "dry-run", 0, OPTION_FLAG, AT(dry_run), NULL,
      "print the steps, do none of them", GROUP_PLAIN, NULL },
    { "facts-from", 0, OPTION_TEXT, AT(facts_from), "FILE", "", GROUP_HIDDEN, NULL },
    { "config-from", 0, OPTION_TEXT, AT(config_from), "FILE", "", GROUP_HIDDEN, NULL },
    { 0 },
};
#undef AT
/* clang-format on */

/* ---- what shall run ---- */

static int read_process(struct call *c, const char *file, struct spec_process *p, struct err *e)
{
    const char *text;
    size_t n;

    TRY(file_read(c->arena, AT_FDCWD, file, JSON_TEXT_MAX, &text, &n, e));
    TRY(json_load(c->arena, file, text, n, &spec_process_type, p, e));
    return spec_check_process(p, "", e);
}

static int add_gids(struct call *c, const struct exec_options *o, struct spec_user *u, struct err *e)
{
    const uint32_t *have = u->additional_gids.v;
    size_t n = u->additional_gids.n;

    if (!o->gids.n)
        return 0;
    /* A copy: the list of the config is read only and may be full. */
    u->additional_gids.v = NULL;
    u->additional_gids.n = 0;
    for (size_t i = 0; i < n; i++)
        *LIST_ADD(c->arena, &u->additional_gids) = have[i];
    for (size_t i = 0; i < o->gids.n; i++) {
        uint32_t gid;

        if (!text_id(o->gids.v[i], &gid))
            return err_set(e, 0, "--additional-gids: wants digits, found \"%s\"", o->gids.v[i]);
        *LIST_ADD(c->arena, &u->additional_gids) = gid;
    }
    return 0;
}

static void add_cap(struct call *c, struct texts *set, const char *cap)
{
    *LIST_ADD(c->arena, set) = cap;
}

/* A copy: the lists of the config are read only and may be full. */
static struct texts copy(struct call *c, const struct texts *from)
{
    struct texts list = { .set = true };

    for (size_t i = 0; i < from->n; i++)
        *LIST_ADD(c->arena, &list) = from->v[i];
    return list;
}

static void add_caps(struct call *c, const struct exec_options *o, struct spec_process *p)
{
    struct spec_capabilities *caps = ARENA_NEW(c->arena, struct spec_capabilities);

    if (p->capabilities)
        *caps = *p->capabilities;
    caps->bounding = copy(c, &caps->bounding);
    caps->effective = copy(c, &caps->effective);
    caps->permitted = copy(c, &caps->permitted);
    caps->ambient = copy(c, &caps->ambient);
    for (size_t i = 0; i < o->caps.n; i++) {
        const char *name = text_starts(o->caps.v[i], "CAP_")
                               ? o->caps.v[i]
                               : arena_printf(c->arena, "CAP_%s", o->caps.v[i]);

        add_cap(c, &caps->bounding, name);
        add_cap(c, &caps->effective, name);
        add_cap(c, &caps->permitted, name);
        if (caps->inheritable.n)
            add_cap(c, &caps->ambient, name);
    }
    p->capabilities = caps;
}

static int edit_process(struct call *c, const struct exec_options *o, struct spec_process *p,
                        struct err *e)
{
    p->args = c->rest;
    p->terminal = o->tty;
    if (o->cwd)
        p->cwd = o->cwd;
    p->env = copy(c, &p->env);
    for (size_t i = 0; i < o->env.n; i++)
        *LIST_ADD(c->arena, &p->env) = o->env.v[i];
    if (o->user)
        TRY(edit_user(c->arena, o->user, &p->user, e));
    TRY(add_gids(c, o, &p->user, e));
    if (o->no_new_privs)
        p->no_new_privileges = true;
    if (o->process_label)
        p->selinux_label = o->process_label;
    if (o->apparmor)
        p->apparmor_profile = o->apparmor;
    if (o->caps.n)
        add_caps(c, o, p);
    return spec_check_process(p, "process.", e);
}

static int make_process(struct call *c, const struct exec_options *o, struct spec *s, struct err *e)
{
    struct spec_process *p = ARENA_NEW(c->arena, struct spec_process);

    if (!o->process && !c->rest.n)
        return err_set(e, 0, "exec args cannot be empty");
    if (o->process) {
        TRY(read_process(c, o->process, p, e));
    } else {
        *p = *s->process;
        TRY(edit_process(c, o, p, e));
    }
    s->process = p;
    return 0;
}

/* ---- where it shall run ---- */

static int not_running(const struct container *x, struct err *e)
{
    container_not_running(x, e);
    return err_ctx(e, "cannot exec in a stopped container");
}

static int open_container(struct call *c, const struct exec_options *o, struct container *x,
                          struct spec *s, struct err *e)
{
    TRY(container_open(c, c->operands.v[0], false, x, e));
    if (x->status == STATUS_STOPPED)
        return not_running(x, e);
    /* Its root may still be the host's, even to a hook that the kernel would let in. */
    if (x->status == STATUS_CREATING)
        return err_set(e, 0, "cannot exec in container %s, which is still being created",
                       x->entry.id);
    if (o->cgroups.n) {
        cgroup_missing(e);
        return err_ctx(e, "--cgroup %s: cannot join it in container %s", o->cgroups.v[0],
                       x->entry.id);
    }
    return container_spec(c, x, s, e);
}

static int read_config(struct call *c, const char *file, struct spec *s, struct err *e)
{
    const char *text;
    size_t n;

    TRY(file_read(c->arena, AT_FDCWD, file, JSON_TEXT_MAX, &text, &n, e));
    TRY(spec_load(c->arena, file, text, n, s, e));
    return spec_check(s, e);
}

/* The kernel does not let us in.  Before the program is there init is ours, and hides from all but
 * who has power over us. */
static int cannot_enter(const struct container *x, struct err *e)
{
    if (x->status == STATUS_CREATED) {
        err_set(e, 0, "cannot exec in container %s, whose program was not started", x->entry.id);
        return err_hint(e, "rcrun start %s; until then only root can look into it", x->entry.id);
    }
    err_set(e, e->num, "cannot exec in container %s", x->entry.id);
    return err_hint(e, "the container belongs to another user, or to a user namespace that is not "
                       "below this one; or its program is one that not even its user may read");
}

/* It may have ended since we looked, and the kernel may say no later than at a look.  A process
 * that ends loses its namespaces first, and its life after that. */
static int cannot(struct container *x, bool at_the_door, struct err *e)
{
    enum status before = x->status;

    container_look(x);
    if (x->status == STATUS_STOPPED || (at_the_door && (e->num == ENOENT || e->num == ESRCH)))
        return not_running(x, e);
    x->status = before;
    return at_the_door && (e->num == EACCES || e->num == EPERM) ? cannot_enter(x, e) : -1;
}

static int ask_host(struct call *c, struct container *x, const struct spec *s, struct facts *f,
                    struct err *e)
{
    const struct spec_process *p = s->process;
    struct questions q = { .tty = p->terminal,
                           .state_root = s->linux_ && s->linux_->seccomp,
                           .labels = p->apparmor_profile || p->selinux_label,
                           .oom_score_adj = p->oom_score_adj.set };
    struct probe_options probe = { .state_root = c->global->root };

    for (size_t i = 0; i < p->rlimits.n; i++)
        q.rlimits |= 1u << p->rlimits.v[i].type.value;
    TRY(facts_probe(c->arena, &q, &probe, f, e));
    if (probe_container(c->arena, x->state.init.pid, x->state.namespaces, f, e) == 0)
        return 0;
    return cannot(x, true, e);
}

static int plan(struct call *c, const struct exec_options *o, const struct container *x,
                const struct spec *s, const struct facts *f, struct plan *p, struct err *e)
{
    struct plan_options *po = ARENA_NEW(c->arena, struct plan_options);
    const char *cwd = o->facts_from ? f->cwd : NULL;

    *po = (struct plan_options){ .id = c->operands.v[0],
                                 .bundle = x->state.bundle,
                                 .preserve_fds = o->preserve_fds,
                                 .exec = true,
                                 .foreground = !o->detach };
    TRY(start_absolute(c->arena, cwd, o->pid_file, &po->pid_file, e));
    TRY(start_absolute(c->arena, cwd, o->console_socket, &po->console_socket, e));
    TRY(start_absolute(c->arena, cwd, o->pidfd_socket, &po->pidfd_socket, e));
    TRY(plan_exec(c->arena, s, po, f, p, e));
    for (size_t i = 0; i < p->warnings.n; i++)
        log_warn("%s", p->warnings.v[i]);
    return plan_check(p, e);
}

static int explain(struct container *x, const struct plan *p, struct err *e)
{
    enum step_kind at = e->step > 0 && (size_t)e->step <= p->n ? p->v[e->step - 1].kind : STEP_KINDS;

    /* What the user wanted, and what a child told, is about something else. */
    if (e->exit || (e->peer && at != STEP_enter_container && at != STEP_fork_init))
        return -1;
    return cannot(x, at == STEP_enter_container, e);
}

static int execute(struct call *c, const struct exec_options *o, struct err *e)
{
    /* Its descriptors close with the process, which has nothing more to do after the plan. */
    struct container x = CONTAINER_NONE;
    struct spec *s = ARENA_NEW(c->arena, struct spec);
    struct facts *f = ARENA_NEW(c->arena, struct facts);
    OWN_TEXT state = { 0 };
    struct plan p;

    if (!o->facts_from != !o->config_from || (o->facts_from && !o->dry_run))
        return err_set(e, 0, "--facts-from and --config-from go together, and with --dry-run");
    /* First: what is opened below has numbers of its own. */
    TRY(start_check_preserved(0, o->preserve_fds, e));
    TRY(o->config_from ? read_config(c, o->config_from, s, e) : open_container(c, o, &x, s, e));
    TRY(make_process(c, o, s, e));
    TRY(o->facts_from ? start_read_facts(c->arena, o->facts_from, f, e)
                      : ask_host(c, &x, s, f, e));
    TRY(plan(c, o, &x, s, f, &p, e));
    if (o->dry_run) {
        OWN_TEXT out = { 0 };

        plan_print(&out, &p);
        return out_text(&out, e);
    }
    p.target = x.pidfd;
    state_write_oci(&state, &x.state, x.status, x.state.init.pid, false);
    p.container = state.s;
    return run_plan(&p, c->argv, &c->status, e) == 0 ? 0 : explain(&x, &p, e);
}

static int run(struct call *c, struct err *e)
{
    return execute(c, c->options, e);
}

static const char *const examples[] = { "rcrun exec web ps", "rcrun exec -t web sh", NULL };

const struct command command_exec = {
    .name = "exec",
    .usage = "[OPTION...] ID COMMAND [ARG...]",
    .sentence = "Runs another program in a container; its exit status is that of the program.",
    .line = "run another program in a container",
    .options = options,
    .size = sizeof(struct exec_options),
    .stop = STOP_AFTER,
    .least = 1,
    .most = 1,
    .operand = "container id",
    .examples = examples,
    .failure = EXEC_FAILED,
    .run = run,
};
