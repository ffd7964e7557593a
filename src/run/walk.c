/* run/walk.c - the loop.  Entry point of the executor: run_plan. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/clean.h"
#include "base/log.h"
#include "base/text.h"
#include "plan/print.h"
#include "run/wire.h"

static int do_step(struct run *r, const struct step *s, struct err *e)
{
    switch (s->kind) {
#define STEP(name, process, undo, fields) \
    case STEP_##name:                     \
        return do_##name(r, s, &s->u.name, e);
#include "plan/steps.def"
    case STEP_KINDS:
        break;
    }
    BUG("step of kind %d", (int)s->kind);
}

/* The very line of --dry-run, so that the two can be compared. */
static void log_step(const struct run *r)
{
    OWN_TEXT line = { 0 };

    if (!log_wants(LOG_DEBUG))
        return;
    /* The sealed copy walks the plan from the beginning, and logs it once for both. */
    if (r->plan->v[r->now].kind == STEP_seal && !r->plan->sealed)
        return;
    plan_print_step(&line, r->plan, r->now, false);
    log_debug("step %s", line.s);
}

/* The error of a step gets its place: number, process, name, reason. */
static int add_place(const struct run *r, struct err *e)
{
    const struct step *s = &r->plan->v[r->now];

    if (e->peer)
        return -1;
    e->step = (int)r->now + 1;
    /* What ends by the user's own word needs no place. */
    if (e->exit || (s->kind == STEP_make_state && e->num == EEXIST) ||
        s->kind == STEP_find_program || s->kind == STEP_exec)
        return -1;
    return err_ctx(e, "step %zu (%s, %s, for %s)", r->now + 1, process_names[r->me],
                   step_names[s->kind], s->why);
}

#ifdef RCRUN_FAULTS
/* Test builds fail where they are told to; a plan that tidies up after another does not. */
static const struct plan *first_plan;

static int fault(const struct run *r, struct err *e)
{
    const char *at = getenv("RCRUN_FAIL_AT");
    uint32_t n;

    if (!first_plan)
        first_plan = r->plan;
    if (at && r->plan == first_plan && text_u32(at, &n) && n == r->now + 1)
        return err_set(e, EIO, "fault injected");
    return 0;
}
#else
#define fault(r, e) 0
#endif

int walk(struct run *r, struct err *e)
{
    for (; r->now < r->plan->n; r->now++) {
        const struct step *s = &r->plan->v[r->now];

        if (s->at != r->me)
            continue;
        log_step(r);
        if (fault(r, e) == 0 && do_step(r, s, e) == 0)
            continue;
        if (!s->optional)
            return add_place(r, e);
        log_warn("%s: %s: %s", s->why, step_names[s->kind], e->text);
        err_clear(e);
    }
    return 0;
}

static int open_registers(struct run *r, struct err *e)
{
    for (int i = 0; i < PROCESSES; i++)
        r->wire[i] = r->peer_end[i] = r->pidfd[i] = -1;
    for (int i = 0; i < HELPERS; i++)
        r->helper[i] = CHILD_NONE;
    r->signals = r->console = r->root = r->dev = r->proc = r->host_proc = -1;
    r->start = r->notify = -1;
    r->net = r->net_control = r->net_pidfd = r->tap = -1;
    r->fuse = CHILD_NONE;
    r->fuse_wire = r->fuse_dev = r->fuse_mount = r->user_ns = -1;
    r->tree = r->mapping = -1;
    r->hook_files = HOOK_FILES_NONE;
    r->entry = ENTRY_NONE;
    r->slave = r->mask_dir = r->mask_file = r->beside.dir = -1;
    if (plan_has(r->plan, STEP_compile_filter)) {
        r->filter = mmap(NULL, sizeof *r->filter, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (r->filter == MAP_FAILED)
            return err_set(e, errno, "shared memory for the seccomp filter");
    }
    for (size_t i = 0; i < r->plan->n; i++)
        if (r->plan->v[i].kind == STEP_make_state)
            run_describe(r, &r->plan->v[i].u.make_state);
    if (r->plan->pins)
        r->pin = arena_get(r->plan->arena, r->plan->pins * sizeof *r->pin);
    return 0;
}

int run_plan(const struct plan *p, char *const argv[], int *status, struct err *e)
{
    /* Its descriptors close with the process, which has nothing more to do. */
    struct run r = { .plan = p, .me = PARENT, .called = PARENT, .argv = argv };
    int result = open_registers(&r, e);

    if (result == 0)
        result = walk(&r, e);
    if (r.me != r.called) {
        if (result < 0) {
            run_undo(&r);
            wire_fail(&r, e);
        }
        _exit(result < 0);
    }
    if (result < 0) {
        /* When a child fails, the parent often stumbles over it (a map helper finds nobody):
         * the child knows the cause. */
        if (!e->peer)
            wire_pending_error(&r, e);
        run_undo(&r);
    } else {
        *status = WIFSIGNALED(r.status) ? 128 + WTERMSIG(r.status) : WEXITSTATUS(r.status);
    }
    return result;
}
