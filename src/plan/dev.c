/* plan/dev.c - /dev: device nodes, links, the console.
 *
 * mknod(2) of a device is refused in every user namespace but the first, so there the
 * host's node is bound instead; it keeps its owner and mode. */
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/path.h"
#include "plan/make.h"

static const struct {
    const char *path;
    unsigned major, minor;
    bool optional; /* some CI containers have no /dev/tty */
} defaults[] = {
    { "/dev/null", 1, 3, false },   { "/dev/zero", 1, 5, false },    { "/dev/full", 1, 7, false },
    { "/dev/random", 1, 8, false }, { "/dev/urandom", 1, 9, false }, { "/dev/tty", 5, 0, true },
};

static const struct {
    const char *path, *to;
    bool replace;
} links[] = {
    { "/dev/fd", "/proc/self/fd", false },       { "/dev/stdin", "/proc/self/fd/0", false },
    { "/dev/stdout", "/proc/self/fd/1", false }, { "/dev/stderr", "/proc/self/fd/2", false },
    { "/dev/core", "/proc/kcore", false },       { "/dev/ptmx", "pts/ptmx", true },
};

static bool binds_nodes(const struct maker *m)
{
    return unprivileged(m) || !facts_has_cap(m->f, CAP_MKNOD);
}

static void add_bind(struct maker *m, const char *why, const char *path, enum kind kind,
                     uint64_t rdev, bool optional)
{
    struct step *s = plan_add(m, STEP_bind_device, INIT, why);

    s->optional = optional;
    s->u.bind_device.source = path;
    s->u.bind_device.in_dev = path_inside(path, "/dev");
    s->u.bind_device.target = s->u.bind_device.in_dev ? path + strlen("/dev/") : path;
    s->u.bind_device.expect = kind;
    s->u.bind_device.rdev = rdev;
}

static void add_node(struct maker *m, const char *why, const char *path, enum kind kind,
                     uint64_t rdev, uint32_t mode, uint32_t uid, uint32_t gid)
{
    struct step_make_node *s = ADD(m, make_node, INIT, why);

    s->in_dev = path_inside(path, "/dev");
    s->target = s->in_dev ? path + strlen("/dev/") : path;
    s->type = kind;
    s->rdev = rdev;
    s->mode = mode;
    s->uid = uid;
    s->gid = gid;
}

static bool in_config(const struct maker *m, const char *path)
{
    const struct spec_linux *l = m->spec->linux_;

    for (size_t i = 0; l && i < l->devices.n; i++)
        if (text_is(path_clean(m->a, "/", l->devices.v[i].path), path))
            return true;
    return false;
}

static int add_config_device(struct maker *m, size_t i, struct err *e)
{
    const struct spec_device *d = &m->spec->linux_->devices.v[i];
    const char *why = plan_at(m, "linux.devices", i);
    const char *path = path_clean(m->a, "/", d->path);
    uint32_t mode = d->file_mode.set ? d->file_mode.value : 0666;
    enum kind kind = d->type.value == 'p'   ? KIND_FIFO
                     : d->type.value == 'b' ? KIND_BLOCK
                                            : KIND_CHAR;
    uint64_t rdev = 0;
    const struct path_fact *fact;

    if (kind != KIND_FIFO)
        rdev = makedev((unsigned)d->major.value, (unsigned)d->minor.value);
    if (kind == KIND_FIFO || !binds_nodes(m)) {
        add_node(m, why, path, kind, rdev, mode, d->uid.set ? d->uid.value : m->root_uid,
                 d->gid.set ? d->gid.value : m->root_gid);
        return 0;
    }
    fact = facts_path(m->f, path);
    if (!fact)
        BUG("device %s was not asked for", path);
    if (fact->kind == KIND_MISSING) {
        err_set(e, fact->num, "%s: %s", why, path);
        return err_hint(e, "without root a device comes from the host's node of the same path, "
                           "and there is none");
    }
    if (fact->kind != kind || fact->rdev != rdev)
        return err_set(e, 0, "%s: the host's %s is not device %c %u:%u, and without root only "
                             "the host's nodes can be given",
                       why, path, kind == KIND_BLOCK ? 'b' : 'c', major(rdev), minor(rdev));
    if (d->file_mode.set && (fact->mode & 0777) != mode)
        plan_note(m, "%s: %s keeps the host's mode %o", why, path, fact->mode & 0777);
    add_bind(m, why, path, kind, rdev, false);
    return 0;
}

int plan_devices(struct maker *m, struct err *e)
{
    const struct spec_linux *l = m->spec->linux_;
    bool terminal = m->spec->process && m->spec->process->terminal;

    if (!makes(m, NS_MOUNT) || (m->dev_is_bound && !terminal && !(l && l->devices.n)))
        return 0;
    /* What the image has at /dev may be a link to anywhere; what the config mounts there is
     * known from then on. */
    if (!m->dev_is_mounted)
        ADD_BARE(m, open_dev, INIT, "default devices");
    for (size_t i = 0; l && i < l->devices.n; i++)
        TRY(add_config_device(m, i, e));
    if (m->dev_is_bound)
        return 0;
    for (size_t i = 0; i < COUNT_OF(defaults); i++) {
        uint64_t rdev = makedev(defaults[i].major, defaults[i].minor);

        if (in_config(m, defaults[i].path))
            continue;
        if (binds_nodes(m))
            add_bind(m, "default devices", defaults[i].path, KIND_CHAR, rdev,
                     defaults[i].optional);
        else
            add_node(m, "default devices", defaults[i].path, KIND_CHAR, rdev, 0666, 0, 0);
    }
    for (size_t i = 0; i < COUNT_OF(links); i++) {
        struct step_link *s = ADD(m, link, INIT, "default devices");

        s->target = links[i].path + strlen("/dev/");
        s->to = links[i].to;
        s->replace = links[i].replace;
    }
    return 0;
}

void plan_console(struct maker *m)
{
    const struct spec_process *p = m->spec->process;
    struct step_console *s;

    if (!p || !p->terminal)
        return;
    s = ADD(m, console, INIT, "process.terminal");
    s->bind = makes(m, NS_MOUNT);
    s->relayed = m->o->foreground && !m->o->console_socket;
    if (p->console_size) {
        s->rows = p->console_size->height;
        s->columns = p->console_size->width;
    }
    plan_meet(m, INIT, PARENT, MSG_CONSOLE, "process.terminal");
    if (m->o->console_socket)
        ADD(m, send_console, PARENT, "--console-socket")->path = m->o->console_socket;
}
