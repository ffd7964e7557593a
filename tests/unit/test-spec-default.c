#include "spec/default.h"

#include "base/clean.h"
#include "spec/check.h"
#include "spec/load.h"
#include "tap.h"

static struct arena *arena;
static struct spec spec;

/* The default config as it comes back from its own text. */
static int make(const struct spec_default_options *o)
{
    OWN_TEXT text = { 0 };
    struct spec made = { 0 };
    struct err e = { 0 };

    arena_free(arena);
    arena = arena_new();
    spec = (struct spec){ 0 };
    spec_default(arena, &made, o);
    spec_write(&made, &text);
    if (spec_load(arena, "config.json", text.s, text.n, &spec, &e) < 0 ||
        spec_check(&spec, &e) < 0 || spec_check_process_present(&spec, &e) < 0) {
        printf("# %s\n", e.text);
        return -1;
    }
    return 0;
}

static const struct spec_mount *mount_on(const char *destination)
{
    static const struct spec_mount none;

    for (size_t i = 0; i < spec.mounts.n; i++)
        if (strcmp(spec.mounts.v[i].destination, destination) == 0)
            return &spec.mounts.v[i];
    return &none;
}

static bool has(const struct texts *list, const char *word)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->v[i], word) == 0)
            return true;
    return false;
}

TEST(the_default_config_is_right)
{
    EQ_INT(make(&(struct spec_default_options){ 0 }), 0);
    EQ_STR(spec.oci_version, SPEC_VERSION_MAX);
    OK(spec.process->terminal && spec.process->no_new_privileges && spec.root->readonly);
    EQ_STR(spec.process->args.v[0], "sh");
    EQ_INT(spec.process->capabilities->bounding.n, 3);
    EQ_INT(spec.process->capabilities->permitted.n, 3);
    EQ_INT(spec.process->capabilities->ambient.n, 0);
    EQ_INT(spec.process->capabilities->inheritable.n, 0);
    EQ_INT(spec.process->rlimits.v[0].hard, 1024);
    EQ_STR(spec.hostname, "rcrun");
    EQ_INT(spec.mounts.n, 7);
    OK(has(&mount_on("/dev/pts")->options, "gid=5"));
    EQ_STR(mount_on("/sys")->type, "sysfs");
    EQ_INT(spec_namespaces(&spec), NS_PID | NS_NET | NS_IPC | NS_UTS | NS_MOUNT | NS_CGROUP);
    EQ_INT(spec.linux_->resources->devices.n, 1);
    OK(!spec_has_limits(&spec, NULL));
    OK(has(&spec.linux_->masked_paths, "/proc/kcore"));
    OK(has(&spec.linux_->readonly_paths, "/proc/sys"));
}

TEST(the_rootless_one_differs)
{
    struct id_range one = { 0, 1000, 1 };
    struct id_range full[] = { { 0, 1001, 1 }, { 1, 100000, 65536 } };
    struct spec_default_options o = { .rootless = true, .uids = { &one, 1 }, .gids = { full, 2 } };

    EQ_INT(make(&o), 0);
    EQ_INT(spec_namespaces(&spec),
           NS_PID | NS_NET | NS_IPC | NS_UTS | NS_MOUNT | NS_CGROUP | NS_USER);
    EQ_INT(spec.linux_->uid_mappings.n, 1);
    EQ_INT(spec.linux_->uid_mappings.v[0].host_id, 1000);
    EQ_INT(spec.linux_->gid_mappings.n, 2);
    EQ_INT(spec.linux_->gid_mappings.v[1].container_id, 1);
    EQ_INT(spec.linux_->gid_mappings.v[1].host_id, 100000);
    EQ_INT(spec.linux_->gid_mappings.v[1].size, 65536);
    EQ_STR(mount_on("/sys")->type, "sysfs");
    EQ_STR(mount_on("/sys/fs/cgroup")->type, "cgroup");
    OK(!has(&mount_on("/dev/pts")->options, "gid=5"));
    OK(!spec.linux_->resources);
    OK(spec.process->terminal);
}
