#include "host/hint.h"

#include <errno.h>
#include <string.h>

#include "base/names.h"
#include "host/gate.h"
#include "host/trial.h"

/* What a step does, as far as causes go. */
enum group { GROUP_CLONE, GROUP_NAMESPACE, GROUP_MAP, GROUP_MOUNT, GROUP_PROC };

static const struct name groups[] = {
    { "spawn", GROUP_CLONE },
    { "unshare", GROUP_NAMESPACE },
    { "fork_init", GROUP_NAMESPACE },
    { "hostname", GROUP_NAMESPACE },
    { "domainname", GROUP_NAMESPACE },
    { "start_map", GROUP_MAP },
    { "finish_maps", GROUP_MAP },
    { "deny_setgroups", GROUP_MAP },
    { "write_map", GROUP_MAP },
    { "propagation", GROUP_MOUNT },
    { "pin_source", GROUP_MOUNT },
    { "open_root", GROUP_MOUNT },
    { "open_overlay", GROUP_MOUNT },
    { "make_fuse", GROUP_MOUNT },
    { "bind", GROUP_MOUNT },
    { "mount_fs", GROUP_MOUNT },
    { "mount_tmpfs", GROUP_MOUNT },
    { "mount_overlay", GROUP_MOUNT },
    { "remount", GROUP_MOUNT },
    { "open_dev", GROUP_MOUNT },
    { "bind_device", GROUP_MOUNT },
    { "make_node", GROUP_MOUNT },
    { "link", GROUP_MOUNT },
    { "readonly_path", GROUP_MOUNT },
    { "mask_path", GROUP_MOUNT },
    { "enter_root", GROUP_MOUNT },
    { "change_root", GROUP_MOUNT },
    { "open_proc", GROUP_PROC },
    { NULL, 0 },
};

static const char *find_mount(struct arena *a, const struct facts *f, const struct err *e,
                              const struct hint_step *s)
{
    const char *advice = s->fstype ? gate_layers(a, e->num, &s->layers)
                                   : gate_bind(a, e->num, &s->bind);

    if (!advice)
        advice = gate_mount(a, f, e->num, s->fstype);
    if (!advice && s->fstype && strcmp(s->fstype, "overlay") == 0)
        advice = gate_overlay(a, e->num, strcmp(s->name, "open_overlay") == 0);
    /* Of the calls for mounts none says EACCES; who makes a name is told so. */
    if (!advice && (e->num == EACCES || (e->num == EPERM && strstr(e->text, "cannot make")))) {
        advice = gate_remote(a, s->bind.source);
        if (!advice)
            advice = gate_remote(a, s->root);
    }
    return advice;
}

static const char *find(struct arena *a, const struct facts *f, const struct err *e,
                        const struct hint_step *s)
{
    const struct name *row = names_find(groups, s->name);

    if (!row)
        return NULL;
    switch ((enum group)row->value) {
    case GROUP_CLONE:
        /* One call makes several namespaces; only for ENOSPC it matters which was too many. */
        if (e->num == ENOSPC) {
            struct trial t;

            trial_user_ns(&t);
            if (t.userns == 0)
                return gate_other_ns(a, f, e->num);
        }
        return gate_user_ns(a, f, e->num);
    case GROUP_NAMESPACE:
        return gate_other_ns(a, f, e->num);
    case GROUP_MAP:
        return gate_map(a, f, e->text);
    case GROUP_MOUNT:
        return find_mount(a, f, e, s);
    case GROUP_PROC:
        return gate_mount(a, f, e->num, "proc");
    default:
        return NULL;
    }
}

void hint_find(const struct facts *f, struct err *e, const struct hint_step *s)
{
    struct arena *a;
    const char *advice;

    if (e->hint[0] || !s->name)
        return;
    a = arena_new();
    advice = find(a, f, e, s);
    if (advice)
        err_hint(e, "%s", advice);
    arena_free(a);
}
