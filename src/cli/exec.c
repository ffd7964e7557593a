/* cli/exec.c - another program in a container that runs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "cli/cgroup.h"
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

/* Numbers and nothing else: a name, a sign, a blank would come out as 0 somewhere. */
static int read_user(struct call *c, const char *text, struct spec_user *u, struct err *e)
{
    const char *colon = strchr(text, ':');
    const char *uid = colon ? arena_copy(c->arena, text, (size_t)(colon - text)) : text;

    if (!text_id(uid, &u->uid) || (colon && !text_id(colon + 1, &u->gid)))
        return err_set(e, 0, "--user: wants UID or UID:GID, in digits, found \"%s\"", text);
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
        TRY(read_user(c, o->user, &p->user, e));
    if (o->gids.n) {
        p->user.additional_gids.v = NULL;
        p->user.additional_gids.n = 0;
    }
    for (size_t i = 0; i < o->gids.n; i++) {
        uint32_t gid;

        if (!text_id(o->gids.v[i], &gid))
            return err_set(e, 0, "--additional-gids: wants digits, found \"%s\"", o->gids.v[i]);
        *LIST_ADD(c->arena, &p->user.additional_gids) = gid;
    }
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

/* Before the program is there init is ours, and hides from all but who has power over us. */
static int cannot_look(const struct container *x, const char *path, int num, struct err *e)
{
    if (num != EACCES)
        return err_set(e, num, "%s", path);
    if (x->status == STATUS_CREATED) {
        err_set(e, 0, "cannot exec in container %s, whose program was not started", x->entry.id);
        return err_hint(e, "rcrun start %s; until then only root can look into it", x->entry.id);
    }
    err_set(e, num, "%s", path);
    return err_hint(e, "the container belongs to another user");
}

/* The namespaces of init that are not ours: joining an own one is refused, and needs nothing.
 * Those that were made for it are not; the others have to be looked at. */
static int find_join(const struct container *x, uint32_t *join, struct err *e)
{
    static const struct {
        const char *name;
        uint32_t type;
    } kinds[] = { { "user", NS_USER }, { "mnt", NS_MOUNT }, { "pid", NS_PID },       { "net", NS_NET },
                  { "ipc", NS_IPC },   { "uts", NS_UTS },   { "cgroup", NS_CGROUP }, { "time", NS_TIME } };

    *join = x->state.namespaces;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char path[60];
        struct stat here, there;

        if (*join & kinds[i].type)
            continue;
        snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[i].name);
        if (stat(path, &here) < 0)
            continue;
        snprintf(path, sizeof path, "/proc/%lld/ns/%s", (long long)x->state.init.pid, kinds[i].name);
        if (stat(path, &there) < 0)
            return cannot_look(x, path, errno, e);
        if (here.st_ino != there.st_ino)
            *join |= kinds[i].type;
    }
    return 0;
}

static int absolute(struct call *c, const char *path, const char **out, struct err *e)
{
    char here[4096];

    *out = path;
    if (!path || *path == '/')
        return 0;
    if (!getcwd(here, sizeof here))
        return err_set(e, errno, "current directory");
    *out = path_join(c->arena, here, path);
    return 0;
}

static int plan(struct call *c, const struct exec_options *o, const struct container *x,
                const struct spec *s, struct facts *f, struct plan *p, struct err *e)
{
    struct plan_options *po = ARENA_NEW(c->arena, struct plan_options);
    struct questions q = { .tty = s->process->terminal,
                           .state_root = s->linux_ && s->linux_->seccomp };
    struct probe_options probe = { .state_root = c->global->root };
    uint32_t join;

    *po = (struct plan_options){ .id = x->entry.id,
                                 .bundle = x->state.bundle,
                                 .preserve_fds = o->preserve_fds,
                                 .exec = true,
                                 .foreground = !o->detach };
    TRY(absolute(c, o->pid_file, &po->pid_file, e));
    TRY(absolute(c, o->console_socket, &po->console_socket, e));
    TRY(absolute(c, o->pidfd_socket, &po->pidfd_socket, e));
    q.labels = s->process->apparmor_profile || s->process->selinux_label;
    q.oom_score_adj = s->process->oom_score_adj.set;
    for (size_t i = 0; i < s->process->rlimits.n; i++)
        q.rlimits |= 1u << s->process->rlimits.v[i].type.value;
    TRY(facts_probe(c->arena, &q, &probe, f, e));
    TRY(find_join(x, &join, e));
    TRY(plan_exec(c->arena, s, po, f, join, p, e));
    return plan_check(p, e);
}

static int execute(struct call *c, const struct exec_options *o, struct err *e)
{
    /* Its descriptors close with the process, which has nothing more to do after the plan. */
    struct container x = CONTAINER_NONE;
    struct spec *s = ARENA_NEW(c->arena, struct spec);
    struct facts *f = ARENA_NEW(c->arena, struct facts);
    OWN_TEXT state = { 0 };
    struct plan p;

    /* First: what is opened below has numbers of its own. */
    TRY(start_check_preserved(0, o->preserve_fds, e));
    TRY(container_open(c, c->operands.v[0], false, &x, e));
    if (x.status == STATUS_STOPPED)
        return err_set(e, 0, "cannot exec in a stopped container: container not running: %s",
                       x.entry.id);
    if (o->cgroups.n) {
        cgroup_missing(e);
        return err_ctx(e, "--cgroup %s: cannot join it in container %s", o->cgroups.v[0], x.entry.id);
    }
    TRY(container_spec(c, &x, s, e));
    TRY(make_process(c, o, s, e));
    TRY(plan(c, o, &x, s, f, &p, e));
    for (size_t i = 0; i < p.warnings.n; i++)
        log_warn("%s", p.warnings.v[i]);
    if (o->dry_run) {
        OWN_TEXT out = { 0 };

        plan_print(&out, &p);
        return fwrite(out.s, 1, out.n, stdout) == out.n && fflush(stdout) == 0
                   ? 0
                   : err_set(e, errno, "standard output");
    }
    p.target = x.pidfd;
    state_write_oci(&state, &x.state, x.status, x.state.init.pid, false);
    p.container = state.s;
    return run_plan(&p, c->argv, &c->status, e);
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
