/* cli/features.c - what this build can do, as the features structure of the specification.
 *
 * The host is not asked: engines keep the answer.  null or absent means unknown there, and an
 * empty list means none, so what is not implemented is written as none. */
#include "base/clean.h"
#include "base/json-write.h"
#include "cli/command.h"
#include "cli/out.h"
#include "cli/version.h"
#include "net/network.h"
#include "spec/names.h"

static void put_words(struct json_out *j, const char *key, const struct name *table)
{
    json_key(j, key);
    json_names(j, table);
}

static void put_bool(struct json_out *j, const char *key, bool value)
{
    json_key(j, key);
    json_bool(j, value);
}

/* "KEY": { "enabled": VALUE } */
static void put_enabled(struct json_out *j, const char *key, bool value)
{
    json_key(j, key);
    json_open(j, '{');
    put_bool(j, "enabled", value);
    json_close(j);
}

/* In the order in which they are run. */
static void put_hooks(struct json_out *j)
{
    static const char *const kinds[] = { "prestart",       "createRuntime", "createContainer",
                                         "startContainer", "poststart",     "poststop" };

    json_key(j, "hooks");
    json_open(j, '[');
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        json_text(j, kinds[i]);
    json_close(j);
}

static void put_mount_options(struct json_out *j)
{
    json_key(j, "mountOptions");
    json_open(j, '[');
    for (const struct mount_word *w = mount_words; w->name; w++)
        if (w->special != MOUNT_REFUSED)
            json_text(j, w->name);
    json_close(j);
}

static void put_cgroup(struct json_out *j)
{
    static const char *const kinds[] = { "v1", "v2", "systemd", "systemdUser", "rdma" };

    json_key(j, "cgroup");
    json_open(j, '{');
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        put_bool(j, kinds[i], false);
    json_close(j);
}

static void put_seccomp(struct json_out *j)
{
    json_key(j, "seccomp");
    json_open(j, '{');
    put_bool(j, "enabled", true);
    put_words(j, "actions", spec_seccomp_action_names);
    put_words(j, "operators", spec_seccomp_op_names);
    json_key(j, "archs");
    json_open(j, '[');
    /* 0: newer than the libseccomp of this build. */
    for (const struct name *arch = spec_seccomp_arch_names; arch->name; arch++)
        if (arch->value)
            json_text(j, arch->name);
    json_close(j);
    put_words(j, "knownFlags", spec_seccomp_flag_names);
    put_words(j, "supportedFlags", spec_seccomp_flag_names);
    json_close(j);
}

static void put_linux(struct json_out *j)
{
    json_key(j, "linux");
    json_open(j, '{');
    put_words(j, "namespaces", spec_namespace_names);
    put_words(j, "capabilities", spec_capability_names);
    put_cgroup(j);
    put_seccomp(j);
    put_enabled(j, "apparmor", true);
    put_enabled(j, "selinux", true);
    put_enabled(j, "intelRdt", false);
    json_key(j, "memoryPolicy");
    json_open(j, '{');
    put_words(j, "modes", spec_memory_mode_names);
    put_words(j, "flags", spec_memory_flag_names);
    json_close(j);
    json_key(j, "mountExtensions");
    json_open(j, '{');
    put_enabled(j, "idmap", true);
    json_close(j);
    put_enabled(j, "netDevices", false);
    json_close(j);
}

/* The words of --net, and whether rcrun-net was built as well; the rest `rcrun check` asks it. */
static void put_network(struct json_out *j)
{
    OWN_TEXT modes = { 0 };

    for (const struct name *m = network_modes; m->name; m++)
        text_printf(&modes, "%s%s", modes.n ? "," : "", m->name);
    text_add(&modes, ",path,container");
    json_key(j, "org.rcrun.network.modes");
    json_text(j, modes.s);
    json_key(j, "org.rcrun.network.helper");
    json_text(j, RCRUN_NET);
    json_key(j, "org.rcrun.unpack.helper");
    json_text(j, RCRUN_UNPACK);
}

static void put_annotations(struct json_out *j)
{
    OWN_TEXT libseccomp = { 0 };

    version_libseccomp(&libseccomp);
    json_key(j, "annotations");
    json_open(j, '{');
    json_key(j, "io.github.seccomp.libseccomp.version");
    json_text(j, libseccomp.s);
    json_key(j, "org.rcrun.checkpoint.enabled");
    json_text(j, "false");
    json_key(j, "org.rcrun.commit");
    json_text(j, RCRUN_COMMIT);
    put_network(j);
    json_key(j, "org.rcrun.root.drivers");
    json_text(j, "kernel,fuse");
    json_key(j, "org.rcrun.version");
    json_text(j, PACKAGE_VERSION);
    json_close(j);
    json_key(j, "potentiallyUnsafeConfigAnnotations");
    json_open(j, '[');
    for (size_t i = 0; spec_unsafe_annotations[i]; i++)
        json_text(j, spec_unsafe_annotations[i]);
    json_close(j);
}

static int run(struct call *c, struct err *e)
{
    OWN_TEXT out = { 0 };
    struct json_out j;

    (void)c;
    json_start(&j, &out, true);
    json_open(&j, '{');
    json_key(&j, "ociVersionMin");
    json_text(&j, SPEC_VERSION_MIN);
    json_key(&j, "ociVersionMax");
    json_text(&j, SPEC_VERSION_MAX);
    put_hooks(&j);
    put_mount_options(&j);
    put_linux(&j);
    put_annotations(&j);
    json_close(&j);
    json_end(&j);
    return out_text(&out, e);
}

static const char *const examples[] = { "rcrun features", "rcrun features | jq .mountOptions",
                                        NULL };

const struct command command_features = {
    .name = "features",
    .usage = "",
    .sentence = "Prints what this build knows, as the OCI features structure.",
    .line = "print what this build knows, as JSON",
    .examples = examples,
    .run = run,
};
