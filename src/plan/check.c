/* plan/check.c - proof that a plan can run, before it does.
 *
 * Each await stands directly behind its tell, in another process, and nobody acts before it
 * was made or after it ended.  Then the order of the array is one legal history, and since a
 * tell never blocks, no await can wait in vain: no deadlock, by induction. */
#include "plan/make.h"

struct checker {
    const struct plan *p;
    bool born[PROCESSES];
    bool gone[PROCESSES];
    bool hardened;
    bool less_power; /* capabilities were given up */
    bool entered;    /* the root was entered: host paths mean something else now */
    bool filtered;
    bool told_filter;
    bool compiled;
    bool waited;     /* from here on init talks to the start command */
};

static int bad(const struct checker *c, size_t i, struct err *e, const char *what)
{
    return err_set(e, 0, "plan: step %zu (%s %s): %s", i + 1, process_names[c->p->v[i].at],
                   step_names[c->p->v[i].kind], what);
}

static int check_meeting(const struct checker *c, size_t i, struct err *e)
{
    const struct step *s = &c->p->v[i];
    const struct step *next = i + 1 < c->p->n ? &c->p->v[i + 1] : NULL;
    const struct step *before = i ? &c->p->v[i - 1] : NULL;

    if (s->kind == STEP_tell &&
        (!next || next->kind != STEP_await || next->u.await.msg != s->u.tell.msg ||
         next->at == s->at))
        return bad(c, i, e, "nobody awaits what it tells");
    if (s->kind == STEP_await &&
        (!before || before->kind != STEP_tell || before->u.tell.msg != s->u.await.msg ||
         before->at == s->at))
        return bad(c, i, e, "nobody tells what it awaits");
    /* A pair likewise: the one gives the listener away, the other takes it. */
    if (s->kind == STEP_load_filter && s->u.load_filter.listener && !c->waited &&
        (!next || next->kind != STEP_send_listener))
        return bad(c, i, e, "nobody takes the listener");
    if (s->kind == STEP_send_listener &&
        (!before || before->kind != STEP_load_filter || !before->u.load_filter.listener))
        return bad(c, i, e, "nobody gives it a listener");
    /* And these: the one says what the other waits for. */
    if (s->kind == STEP_open_fuse_root && (!next || next->kind != STEP_await_fuse))
        return bad(c, i, e, "nobody waits for the root");
    if (s->kind == STEP_await_fuse && (!before || before->kind != STEP_open_fuse_root))
        return bad(c, i, e, "nobody opens the root");
    return 0;
}

static bool needs_power(enum step_kind kind)
{
    return kind == STEP_bind || kind == STEP_mount_fs || kind == STEP_mount_tmpfs ||
           kind == STEP_open_overlay ||
           kind == STEP_mount_overlay || kind == STEP_mask_path || kind == STEP_readonly_path ||
           kind == STEP_enter_root || kind == STEP_change_root || kind == STEP_hostname ||
           kind == STEP_bind_device || kind == STEP_groups || kind == STEP_bounding ||
           kind == STEP_sysctl || kind == STEP_ids || kind == STEP_remount ||
           kind == STEP_make_node || kind == STEP_notify_socket || kind == STEP_domainname || kind == STEP_loopback_up ||
           kind == STEP_make_tap || kind == STEP_inner_net || kind == STEP_net_files ||
           kind == STEP_make_fuse || kind == STEP_open_fuse_root || kind == STEP_open_source ||
           kind == STEP_make_mapping;
}

static bool names_host_path(enum step_kind kind)
{
    return kind == STEP_open_root || kind == STEP_open_overlay || kind == STEP_bind || kind == STEP_bind_device ||
           kind == STEP_mount_overlay || kind == STEP_pin_source || kind == STEP_join ||
           kind == STEP_make_tap || kind == STEP_net_files || kind == STEP_make_fuse ||
           kind == STEP_open_fuse_root || kind == STEP_open_source || kind == STEP_make_mapping;
}

static int check_order(struct checker *c, size_t i, bool late_filter, struct err *e)
{
    const struct step *s = &c->p->v[i];

    if (c->less_power && needs_power(s->kind))
        return bad(c, i, e, "needs a capability that was given up before");
    if (c->entered && names_host_path(s->kind))
        return bad(c, i, e, "names a path of the host after the root was entered");
    if (!c->hardened && (s->kind == STEP_fork_init || s->kind == STEP_open_root ||
                         s->kind == STEP_open_overlay || s->kind == STEP_make_fuse ||
                         (s->kind == STEP_join && text_is(s->u.join.type, "user"))))
        return bad(c, i, e, "comes before harden");
    if (late_filter && c->filtered && s->at == INIT && s->kind != STEP_exec)
        return bad(c, i, e, "comes after the filter");
    if (!late_filter && c->less_power && s->kind == STEP_load_filter)
        return bad(c, i, e, "needs a capability that was given up before");
    if (s->kind == STEP_load_filter && !(c->compiled && c->told_filter))
        return bad(c, i, e, "no filter was compiled and handed over");
    return 0;
}

static void note(struct checker *c, const struct step *s)
{
    switch ((int)s->kind) {
    case STEP_spawn:
        c->born[s->u.spawn.who] = true;
        break;
    case STEP_fork_init:
    case STEP_step_aside:
        c->born[INIT] = true;
        break;
    case STEP_reap_setup:
        c->gone[SETUP] = true;
        break;
    case STEP_harden:
        c->hardened = true;
        break;
    case STEP_compile_filter:
        c->compiled = true;
        break;
    case STEP_tell:
        c->told_filter = c->told_filter || (c->compiled && s->u.tell.msg == MSG_PREPARED);
        break;
    case STEP_enter_root:
        c->entered = true;
        break;
    case STEP_caps:
        c->less_power = true;
        break;
    case STEP_load_filter:
        c->filtered = true;
        break;
    case STEP_await_start:
        c->waited = true;
        break;
    case STEP_exec:
    case STEP_remove_tree:
        c->gone[INIT] = true;
        break;
    default:
        break;
    }
}

int plan_check(const struct plan *p, struct err *e)
{
    struct checker c = { .p = p, .born = { [PARENT] = true } };
    /* With no_new_privs the filter is the last but the exec. */
    bool late_filter = plan_has(p, STEP_no_new_privs);

    for (size_t i = 0; i < p->n; i++) {
        const struct step *s = &p->v[i];

        if (!s->why)
            return bad(&c, i, e, "has no reason");
        if (!c.born[s->at])
            return bad(&c, i, e, "acts before its process was made");
        if (c.gone[s->at])
            return bad(&c, i, e, "acts after its process ended");
        TRY(check_meeting(&c, i, e));
        TRY(check_order(&c, i, late_filter, e));
        note(&c, s);
    }
    if (!c.gone[INIT])
        return err_set(e, 0, "plan: nothing is executed");
    return 0;
}
