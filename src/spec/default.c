#include "spec/default.h"

#include <sys/resource.h>

#include "base/json-write.h"
#include "spec/load.h"
#include "spec/names.h"

static struct texts copy(struct arena *a, const char *const *words)
{
    struct texts list = { .set = true };

    for (; *words; words++)
        *LIST_ADD(a, &list) = *words;
    return list;
}

#define WORDS(a, ...) copy((a), (const char *const[]){ __VA_ARGS__, NULL })

static struct opt_word word(const struct name *table, const char *name)
{
    const struct name *row = names_find(table, name);

    return (struct opt_word){ .value = row->value, .set = true, .text = row->name };
}

/* ---- process ----------------------------------------------------------------------------- */

static void add_process(struct arena *a, struct spec *s, const struct spec_default_options *o)
{
    static const char *const few[] = { "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE",
                                       NULL };
    /* Owners and ids of its own files: what podman gives as well. */
    static const char *const more[] = { "CAP_CHOWN",   "CAP_DAC_OVERRIDE",     "CAP_FOWNER",
                                        "CAP_FSETID",  "CAP_KILL",             "CAP_NET_BIND_SERVICE",
                                        "CAP_SETFCAP", "CAP_SETGID",           "CAP_SETPCAP",
                                        "CAP_SETUID",  "CAP_SYS_CHROOT",       NULL };
    const char *const *caps = o->system ? more : few;
    struct spec_process *p = s->process = ARENA_NEW(a, struct spec_process);

    p->terminal = true;
    p->args = WORDS(a, "sh");
    p->env =
        WORDS(a, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm");
    p->cwd = "/";
    /* None inheritable: a program with file capabilities would get them. */
    p->capabilities = ARENA_NEW(a, struct spec_capabilities);
    p->capabilities->bounding = copy(a, caps);
    p->capabilities->effective = copy(a, caps);
    p->capabilities->permitted = copy(a, caps);
    *LIST_ADD(a, &p->rlimits) = (struct spec_rlimit){
        .type = word(spec_rlimit_names, "RLIMIT_NOFILE"),
        .soft = 1024,
        .hard = 1024,
    };
    p->no_new_privileges = true;
}

/* ---- mounts ------------------------------------------------------------------------------ */

static void add_mount(struct arena *a, struct spec *s, const char *destination, const char *type,
                      const char *source, struct texts options)
{
    *LIST_ADD(a, &s->mounts) = (struct spec_mount){
        .destination = destination,
        .type = type,
        .source = source,
        .options = options,
    };
}

static void add_mounts(struct arena *a, struct spec *s, const struct spec_default_options *o)
{
    struct texts pts = WORDS(a, "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620");

    /* Group 5, tty, is not mapped when there is one id only. */
    if (!o->rootless)
        *LIST_ADD(a, &pts) = "gid=5";
    add_mount(a, s, "/proc", "proc", "proc", (struct texts){ 0 });
    add_mount(a, s, "/dev", "tmpfs", "tmpfs",
              WORDS(a, "nosuid", "strictatime", "mode=755", "size=65536k"));
    add_mount(a, s, "/dev/pts", "devpts", "devpts", pts);
    add_mount(a, s, "/dev/shm", "tmpfs", "shm",
              WORDS(a, "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"));
    add_mount(a, s, "/dev/mqueue", "mqueue", "mqueue", WORDS(a, "nosuid", "noexec", "nodev"));
    /* A new sysfs shows the network namespace and belongs to who owns that. */
    if (o->share_network)
        add_mount(a, s, "/sys", "none", "/sys",
                  WORDS(a, "rbind", "nosuid", "noexec", "nodev", "ro"));
    else
        add_mount(a, s, "/sys", "sysfs", "sysfs", WORDS(a, "nosuid", "noexec", "nodev", "ro"));
    add_mount(a, s, "/sys/fs/cgroup", "cgroup", "cgroup",
              WORDS(a, "nosuid", "noexec", "nodev", "relatime", "ro"));
}

/* ---- linux ------------------------------------------------------------------------------- */

static void add_namespaces(struct arena *a, struct spec *s, const struct spec_default_options *o)
{
    static const char *const types[] = { "pid",   "network", "ipc",  "uts",
                                         "mount", "cgroup",  "user", NULL };

    for (const char *const *type = types; *type; type++) {
        struct opt_word ns = word(spec_namespace_names, *type);

        if ((ns.value == NS_USER && !o->rootless) ||
            (ns.value == NS_NET && o->share_network))
            continue;
        *LIST_ADD(a, &s->linux_->namespaces) = (struct spec_namespace){ .type = ns };
    }
}

static void add_map(struct arena *a, struct spec_id_maps *to, const struct id_map *from)
{
    for (size_t i = 0; i < from->n; i++)
        *LIST_ADD(a, to) = (struct spec_id_map){
            .container_id = from->v[i].inside,
            .host_id = from->v[i].outside,
            .size = from->v[i].size,
        };
}

static void add_linux(struct arena *a, struct spec *s, const struct spec_default_options *o)
{
    struct spec_linux *l = s->linux_ = ARENA_NEW(a, struct spec_linux);

    add_namespaces(a, s, o);
    if (o->rootless) {
        add_map(a, &l->uid_mappings, &o->uids);
        add_map(a, &l->gid_mappings, &o->gids);
    } else {
        l->resources = ARENA_NEW(a, struct spec_resources);
        *LIST_ADD(a, &l->resources->devices) = (struct spec_device_rule){ .access = "rwm" };
    }
    l->masked_paths =
        WORDS(a, "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
              "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
              "/proc/scsi", "/sys/devices/virtual/powercap", "/sys/firmware");
    l->readonly_paths =
        WORDS(a, "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");
}

void spec_default(struct arena *a, struct spec *s, const struct spec_default_options *o)
{
    s->oci_version = SPEC_VERSION_MAX;
    add_process(a, s, o);
    s->root = ARENA_NEW(a, struct spec_root);
    s->root->path = "rootfs";
    s->root->readonly = true;
    s->hostname = "rcrun";
    add_mounts(a, s, o);
    add_linux(a, s, o);
}

void spec_write(const struct spec *s, struct text *text)
{
    struct json_out out;

    json_start(&out, text, true);
    json_write(&out, &spec_type, s);
    json_end(&out);
}
