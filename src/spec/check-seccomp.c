/* spec/check-seccomp.c - see check.h.  seccomp.h gives numbers; the library itself is
 * called by the one who makes the filter. */
#include <seccomp.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "spec/check-parts.h"
#include "spec/names.h"

static int check_errno(const char *path, const struct opt_word *action,
                       const struct opt_u32 *number, struct err *e)
{
    bool is_errno = action->value == SCMP_ACT_ERRNO(0);
    uint32_t max = is_errno ? 4095 : 65535; /* MAX_ERRNO of the kernel; 16 bits for a tracer */

    if (!number->set)
        return 0;
    if (!is_errno && action->value != SCMP_ACT_TRACE(0))
        return err_set(e, 0, "%s: is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE, not for %s", path,
                       action->text);
    if (number->value > max)
        return err_set(e, 0, "%s: wants a number from 0 to %u, found %u", path, max, number->value);
    return 0;
}

static int check_archs(const struct spec_seccomp *c, struct err *e)
{
    for (size_t i = 0; i < c->architectures.n; i++)
        if (!c->architectures.v[i].value)
            return err_set(e, 0,
                           "linux.seccomp.architectures[%zu]: libseccomp %d.%d.%d does not "
                           "know %s",
                           i, SCMP_VER_MAJOR, SCMP_VER_MINOR, SCMP_VER_MICRO,
                           c->architectures.v[i].text);
    return 0;
}

static int check_rule(size_t i, const struct spec_seccomp_rule *r, struct err *e)
{
    char path[60];

    if (r->names.n == 0)
        return err_set(e, 0, "linux.seccomp.syscalls[%zu].names: wants at least one entry", i);
    for (size_t k = 0; k < r->names.n; k++) {
        if (!r->names.v[k][0])
            return err_set(e, 0, "linux.seccomp.syscalls[%zu].names[%zu]: is empty", i, k);
        /* The one call that others write their own messages with: such a profile runs nowhere. */
        if (r->action.value == SCMP_ACT_NOTIFY && strcmp(r->names.v[k], "write") == 0)
            return err_set(e, 0,
                           "linux.seccomp.syscalls[%zu].names[%zu]: SCMP_ACT_NOTIFY is not for "
                           "write, which a runtime needs itself",
                           i, k);
    }
    snprintf(path, sizeof path, "linux.seccomp.syscalls[%zu].errnoRet", i);
    TRY(check_errno(path, &r->action, &r->errno_ret, e));
    for (size_t k = 0; k < r->args.n; k++)
        if (r->args.v[k].index > 5)
            return err_set(e, 0,
                           "linux.seccomp.syscalls[%zu].args[%zu].index: wants a number "
                           "from 0 to 5, found %u",
                           i, k, r->args.v[k].index);
    return 0;
}

/* A start command and exec come from other directories. */
static int check_listener(const struct spec *s, struct err *e)
{
    const struct spec_seccomp *c = s->linux_ ? s->linux_->seccomp : NULL;
    const char *path = spec_listener(s);

    if (path && !check_is_absolute(path))
        return err_set(e, 0, "%s: wants an absolute path, found \"%s\"",
                       c && path == c->listener_path
                           ? "linux.seccomp.listenerPath"
                           : "annotations[\"" ANNOTATION_SECCOMP_RECEIVER "\"]",
                       path);
    if (!path && spec_listener_metadata(s))
        return err_set(e, 0, "linux.seccomp.listenerMetadata: needs listenerPath");
    return 0;
}

#define BPF_PATH "annotations[\"" ANNOTATION_SECCOMP_BPF "\"]"
#define INSTRUCTION 8 /* bytes of a struct sock_filter */
#define INSTRUCTIONS 4096

int spec_bpf(const struct spec *s, struct arena *a, const void **program, size_t *n, struct err *e)
{
    const char *text = spec_annotation(s, ANNOTATION_SECCOMP_BPF);
    void *bytes;
    long got;

    *n = 0;
    if (!text)
        return 0;
    bytes = arena_get(a, strlen(text) / 4 * 3 + 3);
    got = text_base64(text, bytes);
    if (got < 0)
        return err_set(e, 0, BPF_PATH ": is not base64");
    if (got % INSTRUCTION || got == 0 || got / INSTRUCTION > INSTRUCTIONS)
        return err_set(e, 0, BPF_PATH ": %ld bytes, wants 1 to %d instructions of %d bytes each", got,
                       INSTRUCTIONS, INSTRUCTION);
    *program = bytes;
    *n = (size_t)got / INSTRUCTION;
    return 0;
}

int check_seccomp(const struct spec *s, struct arena *a, struct err *e)
{
    const struct spec_seccomp *c = s->linux_ ? s->linux_->seccomp : NULL;
    const void *program;
    size_t n;

    TRY(spec_bpf(s, a, &program, &n, e));
    TRY(check_listener(s, e));
    if (!c)
        return 0;
    if (c->default_action.value == SCMP_ACT_NOTIFY)
        return err_set(e, 0,
                       "linux.seccomp.defaultAction: SCMP_ACT_NOTIFY is not for all calls, some of "
                       "which a runtime needs itself");
    TRY(check_errno("linux.seccomp.defaultErrnoRet", &c->default_action, &c->default_errno_ret, e));
    TRY(check_archs(c, e));
    for (size_t i = 0; i < c->syscalls.n; i++) {
        TRY(check_rule(i, &c->syscalls.v[i], e));
        if (c->syscalls.v[i].action.value == SCMP_ACT_NOTIFY && !spec_listener(s))
            return err_set(e, 0,
                           "linux.seccomp.syscalls[%zu].action: SCMP_ACT_NOTIFY needs "
                           "linux.seccomp.listenerPath",
                           i);
    }
    return 0;
}
