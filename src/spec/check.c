#include "spec/check.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "base/clean.h"
#include "base/text.h"
#include "spec/check-parts.h"
#include "spec/names.h"

/* ---- words that every check uses --------------------------------------------------------- */

bool check_is_absolute(const char *path)
{
    return path[0] == '/';
}

bool check_has_control(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            return true;
    return false;
}

int check_text(const char *path, const char *s, struct err *e)
{
    if (s && check_has_control(s))
        return err_set(e, 0, "%s: holds a control character", path);
    return 0;
}

/* A number of at most nine digits. */
static bool cut_number(const char **s, unsigned *number)
{
    size_t n = strspn(*s, "0123456789");

    *number = 0;
    if (n == 0 || n > 9)
        return false;
    for (; n; n--, ++*s)
        *number = *number * 10 + (unsigned)(**s - '0');
    return true;
}

bool check_is_list(const char *s)
{
    unsigned first, last;

    do {
        s += strspn(s, " ");
        if (!cut_number(&s, &first))
            return false;
        last = first;
        if (*s == '-') {
            s++;
            if (!cut_number(&s, &last))
                return false;
        }
        if (last < first)
            return false;
        s += strspn(s, " ");
    } while (*s++ == ',');
    return s[-1] == '\0';
}

int check_id(const char *prefix, const char *member, uint32_t id, struct err *e)
{
    /* To the kernel it means "leave as it is". */
    if (id == UINT32_MAX)
        return err_set(e, 0, "%s%s: wants a number from 0 to 4294967294, found %u", prefix, member,
                       id);
    return 0;
}

int check_env(const char *path, const struct texts *env, struct err *e)
{
    for (size_t i = 0; i < env->n; i++)
        if (env->v[i][0] == '=' || !strchr(env->v[i], '='))
            return err_set(e, 0, "%s[%zu]: wants NAME=VALUE, found \"%.100s\"", path, i, env->v[i]);
    return 0;
}

/* ---- top level --------------------------------------------------------------------------- */

/* A number of SemVer: no leading zero. */
static bool cut_version_number(const char **s)
{
    size_t n = strspn(*s, "0123456789");
    bool good = n > 0 && (n == 1 || **s != '0');

    *s += n;
    return good;
}

/* Parts of a pre-release or build text: not empty, letters, digits and hyphens. */
static bool cut_version_words(const char **s)
{
    size_t n;

    do {
        ++*s;
        n = strspn(*s, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-");
        *s += n;
    } while (n && **s == '.');
    return n > 0;
}

static bool is_version(const char *s)
{
    for (int i = 0; i < 3; i++) {
        if (i && *s++ != '.')
            return false;
        if (!cut_version_number(&s))
            return false;
    }
    if (*s == '-' && !cut_version_words(&s))
        return false;
    if (*s == '+' && !cut_version_words(&s))
        return false;
    return *s == '\0';
}

static int check_version(const struct spec *s, struct arena *a, struct err *e)
{
    (void)a;
    if (!is_version(s->oci_version))
        return err_set(e, 0, "ociVersion: wants a version such as 1.2.0, found \"%.60s\"",
                       s->oci_version);
    if (!text_starts(s->oci_version, "1."))
        return err_set(e, 0, "ociVersion: wants a version 1.x.y, found %.60s", s->oci_version);
    return 0;
}

static int check_root(const struct spec *s, struct arena *a, struct err *e)
{
    (void)a;
    if (!s->root)
        return err_set(e, 0, "root: is missing");
    if (!s->root->path[0])
        return err_set(e, 0, "root.path: is empty");
    return 0;
}

static int check_uts_name(const struct spec *s, const char *path, const char *name, struct err *e)
{
    if (!name || !*name)
        return 0;
    if (strlen(name) > 64)
        return err_set(e, 0, "%s: is longer than 64 bytes", path);
    TRY(check_text(path, name, e));
    if (!(spec_namespaces(s) & NS_UTS))
        return err_set(e, 0,
                       "%s: needs an entry \"uts\" in linux.namespaces, "
                       "it would change the host's",
                       path);
    return 0;
}

static int check_uts(const struct spec *s, struct arena *a, struct err *e)
{
    (void)a;
    TRY(check_uts_name(s, "hostname", s->hostname, e));
    return check_uts_name(s, "domainname", s->domainname, e);
}

/* What names a virtual machine or another kind of machine: a container in its place would be less
 * of a wall, or run the wrong thing. */
static int check_handler(const struct pair *p, struct err *e)
{
    if (strcmp(p->key, ANNOTATION_HANDLER) == 0 && *p->value)
        return err_set(e, 0, "annotations[\"%s\"]: unsupported handler %.100s", p->key, p->value);
    if (text_starts(p->key, ANNOTATION_KRUN) || text_starts(p->key, ANNOTATION_WASM))
        return err_set(e, 0, "annotations[\"%.100s\"]: unsupported handler %s", p->key,
                       *p->key == 'k' ? "krun" : "wasm");
    return 0;
}

static int check_annotations(const struct spec *s, struct arena *a, struct err *e)
{
    static const char *const label_options[] = { "context", "fscontext", "defcontext",
                                                 "rootcontext" };
    const char *option = spec_annotation(s, ANNOTATION_MOUNT_CONTEXT);
    bool known = !option;

    (void)a;
    for (size_t i = 0; i < s->annotations.n; i++) {
        if (!s->annotations.v[i].key[0])
            return err_set(e, 0, "annotations: a key is empty");
        TRY(check_handler(&s->annotations.v[i], e));
    }
    if (spec_annotation(s, ANNOTATION_SECCOMP_PLUGINS))
        return err_set(e, 0,
                       "annotations[\"" ANNOTATION_SECCOMP_PLUGINS "\"]: not supported, since it "
                       "would load code into the runtime; use linux.seccomp.listenerPath");
    for (size_t i = 0; i < sizeof label_options / sizeof *label_options; i++)
        known = known || text_is(option, label_options[i]);
    if (!known)
        return err_set(e, 0,
                       "annotations[\"" ANNOTATION_MOUNT_CONTEXT "\"]: wants context, fscontext, "
                       "defcontext or rootcontext, found \"%.100s\"",
                       option);
    return 0;
}

/* ---- process ----------------------------------------------------------------------------- */

#define GROUPS 65536 /* NGROUPS_MAX */

static int check_user(const struct spec_user *user, const char *prefix, struct err *e)
{
    TRY(check_id(prefix, "user.uid", user->uid, e));
    TRY(check_id(prefix, "user.gid", user->gid, e));
    if (user->umask.set && user->umask.value > 0777)
        return err_set(e, 0, "%suser.umask: wants a number from 0 to 511 (decimal), found %u",
                       prefix, user->umask.value);
    if (user->additional_gids.n > GROUPS)
        return err_set(e, 0, "%suser.additionalGids: has %zu groups, the kernel takes %d", prefix,
                       user->additional_gids.n, GROUPS);
    for (size_t i = 0; i < user->additional_gids.n; i++)
        if (user->additional_gids.v[i] == UINT32_MAX) {
            char member[60];

            snprintf(member, sizeof member, "user.additionalGids[%zu]", i);
            return check_id(prefix, member, UINT32_MAX, e);
        }
    return 0;
}

static int check_rlimits(const struct spec_process *p, const char *prefix, struct err *e)
{
    uint64_t seen = 0;

    for (size_t i = 0; i < p->rlimits.n; i++) {
        const struct spec_rlimit *limit = &p->rlimits.v[i];
        uint64_t bit = UINT64_C(1) << limit->type.value;

        if (seen & bit)
            return err_set(e, 0, "%srlimits[%zu].type: %s is given twice", prefix, i,
                           limit->type.text);
        if (limit->soft > limit->hard)
            return err_set(e, 0, "%srlimits[%zu].soft: %llu is above the hard limit of %llu",
                           prefix, i, (unsigned long long)limit->soft,
                           (unsigned long long)limit->hard);
        seen |= bit;
    }
    return 0;
}

/* The numbers of the deadline policy, in nanoseconds; a period of 0 is the deadline. */
static int check_deadline(const struct spec_scheduler *s, const char *prefix, struct err *e)
{
    if (!s->runtime.value || !s->deadline.value)
        return err_set(e, 0, "%sscheduler.%s: SCHED_DEADLINE wants a number above 0", prefix,
                       s->runtime.value ? "deadline" : "runtime");
    if (s->runtime.value > s->deadline.value)
        return err_set(e, 0, "%sscheduler.runtime: is above scheduler.deadline", prefix);
    if (s->period.value && s->deadline.value > s->period.value)
        return err_set(e, 0, "%sscheduler.deadline: is above scheduler.period", prefix);
    return 0;
}

static int check_scheduler(const struct spec_scheduler *s, const char *prefix, struct err *e)
{
    bool is_real_time = s->policy.value == SCHED_FIFO || s->policy.value == SCHED_RR;
    bool is_deadline = strcmp(s->policy.text, "SCHED_DEADLINE") == 0;

    if (s->nice.value < -20 || s->nice.value > 19)
        return err_set(e, 0, "%sscheduler.nice: wants a number from -20 to 19, found %lld", prefix,
                       (long long)s->nice.value);
    if (s->nice.value && (is_real_time || is_deadline))
        return err_set(e, 0, "%sscheduler.nice: means nothing to %s", prefix, s->policy.text);
    if (is_real_time && (s->priority.value < 1 || s->priority.value > 99))
        return err_set(e, 0, "%sscheduler.priority: %s wants a number from 1 to 99, found %lld",
                       prefix, s->policy.text, (long long)s->priority.value);
    if (!is_real_time && s->priority.value)
        return err_set(e, 0, "%sscheduler.priority: is for SCHED_FIFO and SCHED_RR, not for %s",
                       prefix, s->policy.text);
    if (is_deadline)
        return check_deadline(s, prefix, e);
    if (s->runtime.value || s->deadline.value || s->period.value)
        return err_set(e, 0, "%sscheduler.%s: is for SCHED_DEADLINE, not for %s", prefix,
                       s->runtime.value    ? "runtime"
                       : s->deadline.value ? "deadline"
                                           : "period",
                       s->policy.text);
    return 0;
}

static int check_ranges(const struct spec_process *p, const char *prefix, struct err *e)
{
    const struct spec_cpu_affinity *cpus = p->exec_cpu_affinity;

    if (p->oom_score_adj.value < -1000 || p->oom_score_adj.value > 1000)
        return err_set(e, 0, "%soomScoreAdj: wants a number from -1000 to 1000, found %lld", prefix,
                       (long long)p->oom_score_adj.value);
    if (p->io_priority &&
        (p->io_priority->priority.value < 0 || p->io_priority->priority.value > 7))
        return err_set(e, 0, "%sioPriority.priority: wants a number from 0 to 7, found %lld",
                       prefix, (long long)p->io_priority->priority.value);
    if (cpus && cpus->initial && *cpus->initial && !check_is_list(cpus->initial))
        return err_set(e, 0, "%sexecCPUAffinity.initial: wants a list such as 0-3,7", prefix);
    if (cpus && cpus->final && *cpus->final && !check_is_list(cpus->final))
        return err_set(e, 0, "%sexecCPUAffinity.final: wants a list such as 0-3,7", prefix);
    return 0;
}

int spec_check_process(const struct spec_process *p, const char *prefix, struct err *e)
{
    char path[40];

    if (!check_is_absolute(p->cwd))
        return err_set(e, 0, "%scwd: wants an absolute path, found \"%.200s\"", prefix, p->cwd);
    if (p->args.n == 0)
        return err_set(e, 0, "%sargs: wants at least one entry", prefix);
    snprintf(path, sizeof path, "%senv", prefix);
    TRY(check_env(path, &p->env, e));
    TRY(check_user(&p->user, prefix, e));
    TRY(check_rlimits(p, prefix, e));
    TRY(check_ranges(p, prefix, e));
    snprintf(path, sizeof path, "%sapparmorProfile", prefix);
    TRY(check_text(path, p->apparmor_profile, e));
    snprintf(path, sizeof path, "%sselinuxLabel", prefix);
    TRY(check_text(path, p->selinux_label, e));
    return p->scheduler ? check_scheduler(p->scheduler, prefix, e) : 0;
}

static int check_process(const struct spec *s, struct arena *a, struct err *e)
{
    (void)a;
    return s->process ? spec_check_process(s->process, "process.", e) : 0;
}

int spec_check_process_present(const struct spec *s, struct err *e)
{
    if (!s->process)
        return err_set(e, 0, "process: is missing, so there is no program to run");
    return 0;
}

/* ---- hooks ------------------------------------------------------------------------------- */

static int check_hook(const char *name, size_t i, const struct spec_hook *hook, struct err *e)
{
    char path[60];

    if (!check_is_absolute(hook->path))
        return err_set(e, 0, "hooks.%s[%zu].path: wants an absolute path, found \"%.200s\"", name,
                       i, hook->path);
    if (hook->timeout.set && (hook->timeout.value <= 0 || hook->timeout.value > INT32_MAX / 1000))
        return err_set(e, 0, "hooks.%s[%zu].timeout: wants seconds from 1 to %d, found %lld", name,
                       i, INT32_MAX / 1000, (long long)hook->timeout.value);
    snprintf(path, sizeof path, "hooks.%s[%zu].env", name, i);
    return check_env(path, &hook->env, e);
}

static int check_hooks(const struct spec *s, struct arena *a, struct err *e)
{
    const struct spec_hook_list *lists = s->hooks ? &s->hooks->prestart : NULL;

    (void)a;
    _Static_assert(sizeof(struct spec_hooks) == 6 * sizeof(struct spec_hook_list),
                   "the lists stand in the order of spec_hook_names");
    for (size_t kind = 0; lists && spec_hook_names[kind].name; kind++)
        for (size_t i = 0; i < lists[kind].n; i++)
            TRY(check_hook(spec_hook_names[kind].name, i, &lists[kind].v[i], e));
    return 0;
}

/* ---- all of it --------------------------------------------------------------------------- */

int spec_check(const struct spec *s, struct err *e)
{
    /* What others rest on comes first: most need the set of namespaces. */
    static int (*const checks[])(const struct spec *, struct arena *, struct err *) = {
        check_version,      check_root,          check_namespaces, check_maps,
        check_uts,          check_process,       check_mounts,     check_hooks,
        check_annotations,  check_time_offsets,  check_devices,    check_net_devices,
        check_hidden_paths, check_sysctl,        check_resources,  check_seccomp,
        check_linux_rest,   check_memory_policy, check_intel_rdt,
    };
    struct arena *a = arena_new();
    int status = 0;

    for (size_t i = 0; i < COUNT_OF(checks) && status == 0; i++)
        status = checks[i](s, a, e);
    arena_free(a);
    return status;
}
