/* spec/check-mounts.c - see check.h.  The paths are looked at as text: what they are on
 * the host, and what symbolic links in the image make of them, is seen when they are
 * opened. */
#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "base/text.h"
#include "spec/check-parts.h"
#include "spec/names.h"

/* Below /proc only what lxcfs and its like replace; a mount on anything else there could
 * make the kernel's own interface say or do something else. */
static int check_proc(size_t i, const struct spec_mount *m, const char *target, bool is_bind,
                      struct err *e)
{
    static const char *const allowed[] = {
        "cpuinfo",
        "diskstats",
        "meminfo",
        "stat",
        "swaps",
        "uptime",
        "loadavg",
        "slabinfo",
        "sys/kernel/ns_last_pid",
        "sys/crypto/fips_enabled",
        NULL,
    };

    if (!path_inside(target, "/proc"))
        return 0;
    if (strcmp(target, "/proc") == 0) {
        if (is_bind || text_is(m->type, "proc"))
            return 0;
        return err_set(e, 0,
                       "mounts[%zu].destination: /proc takes a mount of type proc or "
                       "a bind of another /proc, not %s",
                       i, m->type ? m->type : "this");
    }
    for (const char *const *name = allowed; *name; name++)
        if (strcmp(target + strlen("/proc/"), *name) == 0)
            return 0;
    return err_set(e, 0, "mounts[%zu].destination: a mount on %.200s is not allowed", i, target);
}

static int check_destination(size_t i, const struct spec_mount *m, bool is_bind, struct arena *a,
                             struct err *e)
{
    const char *target;

    if (!m->destination[0])
        return err_set(e, 0, "mounts[%zu].destination: is empty", i);
    target = path_clean(a, "/", m->destination);
    if (strcmp(target, "/") == 0)
        return err_set(e, 0, "mounts[%zu].destination: the root itself cannot be a destination", i);
    return check_proc(i, m, target, is_bind, e);
}

static bool is_of_sources(const struct mount_word *word)
{
    return word && (word->special == MOUNT_OPTIONAL || word->special == MOUNT_SRC_NOFOLLOW ||
                    word->special == MOUNT_SRC_BENEATH);
}

/* What a word asks of the mount it stands in. */
static int check_word(const struct spec *s, size_t i, size_t k, bool is_bind, struct err *e)
{
    const struct spec_mount *m = &s->mounts.v[i];
    const char *option = m->options.v[k];
    const struct mount_word *word = mount_word_find(option);
    bool is_map = word && (word->special == MOUNT_IDMAP || word->special == MOUNT_RIDMAP);

    if (word && word->special == MOUNT_REFUSED) {
        err_set(e, 0, "mounts[%zu].options[%zu]: %.100s is not supported", i, k, option);
        return text_is(word->name, "idmap=")
                   ? err_hint(e, "mounts[%zu].uidMappings and gidMappings can say it", i)
                   : -1;
    }
    if (word && word->special == MOUNT_TMPCOPYUP && (is_bind || !text_is(m->type, "tmpfs")))
        return err_set(e, 0, "mounts[%zu].options[%zu]: tmpcopyup is for type tmpfs", i, k);
    if (is_of_sources(word) && !is_bind)
        return err_set(e, 0, "mounts[%zu].options[%zu]: %s is for bind mounts", i, k, option);
    if (word && word->special == MOUNT_SRC_BENEATH && !option[strlen(MOUNT_WORD_BENEATH)])
        return err_set(e, 0, "mounts[%zu].options[%zu]: %s wants a directory", i, k, option);
    if (is_map && !m->uid_mappings.n && !(spec_namespaces(s) & NS_USER))
        return err_set(e, 0,
                       "mounts[%zu].options[%zu]: %s needs mappings, or an entry \"user\" "
                       "in linux.namespaces",
                       i, k, option);
    /* Callers split an empty text at its commas and get one empty option. */
    if (is_bind && !word && *option)
        return err_set(e, 0,
                       "mounts[%zu].options[%zu]: %.100s is an option for a file system, "
                       "but a bind mount makes none",
                       i, k, option);
    return 0;
}

static bool has_word(const struct spec_mount *m, enum mount_special special)
{
    for (size_t k = 0; k < m->options.n; k++) {
        const struct mount_word *word = mount_word_find(m->options.v[k]);

        if (word && word->special == special)
            return true;
    }
    return false;
}

static int check_mappings(size_t i, const struct spec_mount *m, struct err *e)
{
    bool one = has_word(m, MOUNT_IDMAP), all = has_word(m, MOUNT_RIDMAP);
    char path[60];

    if (!m->uid_mappings.n != !m->gid_mappings.n)
        return err_set(e, 0, "mounts[%zu].%s: is missing, %s is there", i,
                       m->uid_mappings.n ? "gidMappings" : "uidMappings",
                       m->uid_mappings.n ? "uidMappings" : "gidMappings");
    if (one && all)
        return err_set(e, 0, "mounts[%zu].options: idmap and ridmap exclude each other", i);
    if ((one || all || m->uid_mappings.n) && has_word(m, MOUNT_REMOUNT))
        return err_set(e, 0, "mounts[%zu].%s: a remount cannot map ids", i,
                       m->uid_mappings.n ? "uidMappings" : "options");
    snprintf(path, sizeof path, "mounts[%zu].uidMappings", i);
    TRY(check_map(path, &m->uid_mappings, e));
    snprintf(path, sizeof path, "mounts[%zu].gidMappings", i);
    return check_map(path, &m->gid_mappings, e);
}

static int check_mount(const struct spec *s, size_t i, struct arena *a, struct err *e)
{
    const struct spec_mount *m = &s->mounts.v[i];
    bool is_bind = spec_is_bind(m);

    TRY(check_destination(i, m, is_bind, a, e));
    if (text_is(m->type, "bind") && !is_bind) {
        err_set(e, 0, "mounts[%zu].type: bind alone makes no bind mount", i);
        return err_hint(e, "add bind or rbind to mounts[%zu].options", i);
    }
    if (!is_bind && !has_word(m, MOUNT_REMOUNT) && (!m->type || !*m->type))
        return err_set(e, 0, "mounts[%zu].type: is missing", i);
    if (is_bind && !has_word(m, MOUNT_REMOUNT) && (!m->source || !*m->source))
        return err_set(e, 0, "mounts[%zu].source: is missing", i);
    for (size_t k = 0; k < m->options.n; k++)
        TRY(check_word(s, i, k, is_bind, e));
    return check_mappings(i, m, e);
}

int check_mounts(const struct spec *s, struct arena *a, struct err *e)
{
    for (size_t i = 0; i < s->mounts.n; i++)
        TRY(check_mount(s, i, a, e));
    return 0;
}
