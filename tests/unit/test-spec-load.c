#include "spec/load.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/clean.h"
#include "base/file.h"
#include "base/json-write.h"
#include "spec/default.h"
#include "spec/names.h"
#include "tap.h"

static struct arena *arena;
static struct spec spec;
static struct err err;

static int load_text(const char *text, size_t n)
{
    arena_free(arena);
    arena = arena_new();
    spec = (struct spec){ 0 };
    err = (struct err){ 0 };
    return spec_load(arena, "config.json", text, n, &spec, &err);
}

/* Single quotes stand for double ones. */
static int load(const char *text)
{
    static char copy[8000];
    size_t n = strlen(text);

    memcpy(copy, text, n + 1);
    for (size_t i = 0; i < n; i++)
        if (copy[i] == '\'')
            copy[i] = '"';
    return load_text(copy, n);
}

static const char *why(const char *text)
{
    return load(text) < 0 ? err.text : "";
}

#define CONFIG(rest) "{'ociVersion':'1.0.2'," rest "}"
#define LINUX(rest) CONFIG("'linux':{" rest "}")

/* ---- the examples of the specification ---- */

static int load_file(const char *name)
{
    const char *top = getenv("srcdir");
    char path[400];
    const char *text;
    size_t n;

    snprintf(path, sizeof path, "%s/tests/schema/oci/examples/config/%s", top ? top : ".", name);
    arena_free(arena);
    arena = arena_new();
    spec = (struct spec){ 0 };
    err = (struct err){ 0 };
    if (file_read(arena, AT_FDCWD, path, JSON_TEXT_MAX, &text, &n, &err) < 0) {
        printf("# %s\n", err.text);
        return -2;
    }
    return spec_load(arena, name, text, n, &spec, &err);
}

TEST(loads_the_good_examples)
{
    static const char *const names[] = { "good/minimal.json", "good/minimal-for-start.json",
                                         "good/linux-netdevice.json", "good/linux-rdma.json",
                                         "good/spec-example.json" };

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        EQ_INT(load_file(names[i]), 0);
        EQ_STR(err.text, "");
    }
    EQ_STR(spec.hostname, "slartibartfast");
    EQ_INT(spec.process->user.additional_gids.v[1], 6);
    EQ_INT(spec.mounts.n, 7);
    EQ_STR(spec.mounts.v[2].options.v[5], "gid=5");
    EQ_INT(spec.linux_->devices.v[1].type.value, 'b');
    EQ_INT(spec.linux_->resources->memory->kernel.value, -1);
    OK(spec.linux_->resources->memory->swappiness.set);
    EQ_INT(spec.linux_->resources->block_io->write_iops.v[0].rate, 300);
    EQ_INT(spec.linux_->time_offsets->boottime->secs.value, 604800);
    EQ_STR(spec.annotations.v[1].key, "com.example.key2");
    EQ_STR(spec_annotation(&spec, "com.example.key1"), "value1");
    EQ_STR(spec_annotation(&spec, "other"), NULL);
}

TEST(refuses_the_bad_examples)
{
    EQ_INT(load_file("bad/invalid-json.json"), -1);
    EQ_INT(load_file("bad/linux-netdevice.json"), -1);
    EQ_STR(err.text, "bad/linux-netdevice.json:9:25: linux.netDevices.eth0.name: wants a string, "
                     "found a number");
    EQ_INT(load_file("bad/linux-rdma.json"), -1);
    EQ_STR(err.text, "bad/linux-rdma.json:10:35: linux.resources.rdma.mlx5_1.hcaHandles: wants a "
                     "number from 0 to 4294967295, found a string");
}

TEST(what_is_written_loads_as_the_same)
{
    static const char *const names[] = { "good/minimal.json", "good/minimal-for-start.json",
                                         "good/linux-netdevice.json", "good/linux-rdma.json",
                                         "good/spec-example.json" };

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        OWN_TEXT first = { 0 };
        OWN_TEXT second = { 0 };

        EQ_INT(load_file(names[i]), 0);
        spec_write(&spec, &first);
        EQ_INT(load_text(first.s, first.n), 0);
        spec_write(&spec, &second);
        EQ_STR(second.s, first.s);
    }
}

/* ---- every property ---- */

/* One value for each, compact and in the order of the tables: then the text that is
 * written is the text that was read. */
static const char everything[] =
    "{\"ociVersion\":\"1.2.1\",\"process\":{\"terminal\":true,"
    "\"consoleSize\":{\"height\":24,\"width\":80},"
    "\"user\":{\"uid\":1,\"gid\":2,\"umask\":18,\"additionalGids\":[3,4]},"
    "\"args\":[\"a\",\"b\"],\"env\":[\"A=1\"],\"cwd\":\"/\","
    "\"capabilities\":{\"bounding\":[\"CAP_CHOWN\"],\"effective\":[\"CAP_KILL\"],"
    "\"inheritable\":[],\"permitted\":[\"CAP_X\"],\"ambient\":[\"CAP_BPF\"]},"
    "\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"hard\":18446744073709551615,\"soft\":0}],"
    "\"noNewPrivileges\":true,\"apparmorProfile\":\"p\",\"selinuxLabel\":\"l\","
    "\"oomScoreAdj\":-5,\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"nice\":-1,"
    "\"priority\":1,\"flags\":[\"SCHED_FLAG_RECLAIM\"],\"runtime\":1,\"deadline\":2,"
    "\"period\":3},\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":4},"
    "\"execCPUAffinity\":{\"initial\":\"0\",\"final\":\"1-2\"}},"
    "\"root\":{\"path\":\"r\",\"readonly\":true},\"hostname\":\"h\",\"domainname\":\"d\","
    "\"mounts\":[{\"destination\":\"/d\",\"type\":\"t\",\"source\":\"s\",\"options\":[\"ro\"],"
    "\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":2}],"
    "\"gidMappings\":[{\"containerID\":3,\"hostID\":4,\"size\":5}]}],"
    "\"hooks\":{\"prestart\":[{\"path\":\"/1\",\"args\":[\"1\"],\"env\":[\"B=2\"],"
    "\"timeout\":9}],\"createRuntime\":[{\"path\":\"/2\"}],\"createContainer\":[{\"path\":"
    "\"/3\"}],\"startContainer\":[{\"path\":\"/4\"}],\"poststart\":[{\"path\":\"/5\"}],"
    "\"poststop\":[{\"path\":\"/6\"}]},\"annotations\":{\"k\":\"v\"},"
    "\"linux\":{\"namespaces\":[{\"type\":\"time\",\"path\":\"/n\"},{\"type\":\"user\"}],"
    "\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":2}],"
    "\"gidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":2}],"
    "\"timeOffsets\":{\"monotonic\":{\"secs\":-1,\"nanosecs\":2},\"boottime\":{\"secs\":3}},"
    "\"devices\":[{\"type\":\"u\",\"path\":\"/dev/x\",\"major\":1,\"minor\":2,"
    "\"fileMode\":438,\"uid\":5,\"gid\":6}],\"netDevices\":{\"eth0\":{\"name\":\"e\"},"
    "\"eth1\":{}},\"cgroupsPath\":\"/c\",\"resources\":{\"devices\":[{\"allow\":false,"
    "\"type\":\"a\",\"major\":-1,\"minor\":0,\"access\":\"rwm\"}],\"memory\":{\"limit\":1,"
    "\"reservation\":2,\"swap\":3,\"kernel\":4,\"kernelTCP\":5,\"swappiness\":6,"
    "\"disableOOMKiller\":true,\"useHierarchy\":false,\"checkBeforeUpdate\":true},"
    "\"cpu\":{\"shares\":1,\"quota\":-1,\"burst\":3,\"period\":4,\"realtimeRuntime\":5,"
    "\"realtimePeriod\":6,\"cpus\":\"0\",\"mems\":\"1\",\"idle\":1},\"blockIO\":{\"weight\":10,"
    "\"leafWeight\":11,\"weightDevice\":[{\"major\":1,\"minor\":2,\"weight\":12,"
    "\"leafWeight\":13}],\"throttleReadBpsDevice\":[{\"major\":1,\"minor\":2,\"rate\":3}],"
    "\"throttleWriteBpsDevice\":[{\"major\":4,\"minor\":5,\"rate\":6}],"
    "\"throttleReadIOPSDevice\":[{\"major\":7,\"minor\":8,\"rate\":9}],"
    "\"throttleWriteIOPSDevice\":[{\"major\":10,\"minor\":11,\"rate\":12}]},"
    "\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":1}],\"network\":{\"classID\":1,"
    "\"priorities\":[{\"name\":\"eth0\",\"priority\":2}]},\"pids\":{\"limit\":0},"
    "\"rdma\":{\"mlx\":{\"hcaHandles\":1,\"hcaObjects\":2}},\"unified\":{\"a.b\":\"c\"}},"
    "\"rootfsPropagation\":\"rslave\",\"maskedPaths\":[\"/m\"],\"readonlyPaths\":[\"/r\"],"
    "\"mountLabel\":\"ml\",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\","
    "\"defaultErrnoRet\":38,\"architectures\":[\"SCMP_ARCH_X86\"],"
    "\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"],\"listenerPath\":\"/l\","
    "\"listenerMetadata\":\"m\",\"syscalls\":[{\"names\":[\"read\"],"
    "\"action\":\"SCMP_ACT_KILL\",\"errnoRet\":1,\"args\":[{\"index\":0,"
    "\"value\":18446744073709551615,\"valueTwo\":1,\"op\":\"SCMP_CMP_MASKED_EQ\"}]}]},"
    "\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"},\"intelRdt\":{\"closID\":\"c\","
    "\"schemata\":[\"s\"],\"l3CacheSchema\":\"L3:0=f\",\"memBwSchema\":\"MB:0=1\","
    "\"enableMonitoring\":true},\"personality\":{\"domain\":\"LINUX32\",\"flags\":[\"f\"]},"
    "\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\","
    "\"flags\":[\"MPOL_F_STATIC_NODES\"]}}}\n";

TEST(knows_every_property)
{
    OWN_TEXT text = { 0 };
    struct json_out out;

    EQ_INT(load_text(everything, strlen(everything)), 0);
    EQ_STR(err.text, "");
    json_start(&out, &text, false);
    json_write(&out, &spec_type, &spec);
    json_end(&out);
    EQ_STR(text.s, everything);
    EQ_INT(spec.process->rlimits.v[0].type.value, RLIMIT_CORE);
    OK(spec.process->rlimits.v[0].hard == UINT64_MAX);
    EQ_INT(spec.process->scheduler->policy.value, 6);
    EQ_INT(spec.linux_->namespaces.v[0].type.value, NS_TIME);
    EQ_INT(spec.linux_->devices.v[0].type.value, 'c');
    EQ_INT(spec.linux_->rootfs_propagation.value, (1 << 19) | 0x4000);
    EQ_INT(spec.linux_->memory_policy->flags.v[0].value, 1 << 15);
    OK(spec.linux_->seccomp->syscalls.v[0].args.v[0].value == UINT64_MAX);
}

/* Each number, word and string of that text in turn becomes something of a wrong type, and
 * the error has a path. */
TEST(every_leaf_refuses_a_wrong_type)
{
    static const char *const wrong[] = { "{\"z\":[]}", "[[]]", "1.5" };
    int refused = 0;

    for (const char *at = strchr(everything, ':'); at; at = strchr(at + 1, ':')) {
        size_t length;

        if (at[-1] != '"' || !strchr("\"-0123456789tf", at[1]))
            continue; /* in a string, or in front of an object or list */
        length = at[1] == '"' ? strcspn(at + 2, "\"") + 2 : strcspn(at + 1, ",}");
        for (size_t i = 0; i < COUNT_OF(wrong); i++) {
            OWN_TEXT text = { 0 };

            text_add_n(&text, everything, (size_t)(at + 1 - everything));
            text_add(&text, wrong[i]);
            text_add(&text, at + 1 + length);
            if (load_text(text.s, text.n) == 0 || !strstr(err.text, ": wants "))
                printf("# %s: %s\n", text.s + (at - everything) - 12, err.text);
            else
                refused++;
        }
    }
    EQ_INT(refused, 3 * 137);
}

TEST(ignores_the_blocks_of_other_systems)
{
    EQ_STR(why(CONFIG("'windows':{'layerFolders':['x']},'solaris':{'milestone':'m'},"
                      "'vm':{'kernel':{'path':'/k'}},'zos':{'namespaces':[]},"
                      "'freebsd':{'jail':{}},'process':{'cwd':'/','commandLine':'x',"
                      "'user':{'uid':0,'gid':0,'username':'u'}}")),
           "");
    OK(spec.process && !spec.linux_);
}

TEST(members_that_must_be_there)
{
    EQ_STR(why("{}"), "config.json:1:1: ociVersion: is missing");
    EQ_STR(why(CONFIG("'root':{}")), "config.json:1:30: root.path: is missing");
    EQ_STR(why(CONFIG("'process':{}")), "config.json:1:33: process.cwd: is missing");
    EQ_STR(why(CONFIG("'process':{'cwd':'/','user':{'gid':0}}")),
           "config.json:1:51: process.user.uid: is missing");
    EQ_STR(why(CONFIG("'process':{'cwd':'/','rlimits':[{'type':'RLIMIT_AS','soft':1}]}")),
           "config.json:1:55: process.rlimits[0].hard: is missing");
    EQ_STR(why(CONFIG("'process':{'cwd':'/','scheduler':{}}")),
           "config.json:1:56: process.scheduler.policy: is missing");
    EQ_STR(why(CONFIG("'process':{'cwd':'/','ioPriority':{'priority':0}}")),
           "config.json:1:57: process.ioPriority.class: is missing");
    EQ_STR(why(CONFIG("'mounts':[{'type':'x'}]")),
           "config.json:1:33: mounts[0].destination: is missing");
    EQ_STR(why(CONFIG("'hooks':{'poststop':[{}]}")),
           "config.json:1:44: hooks.poststop[0].path: is missing");
    EQ_STR(why(LINUX("'namespaces':[{}]")),
           "config.json:1:46: linux.namespaces[0].type: is missing");
    EQ_STR(why(LINUX("'devices':[{'type':'c'}]")),
           "config.json:1:43: linux.devices[0].path: is missing");
    EQ_STR(why(LINUX("'seccomp':{}")), "config.json:1:42: linux.seccomp.defaultAction: is missing");
    EQ_STR(why(LINUX("'seccomp':{'defaultAction':'SCMP_ACT_LOG','syscalls':[{'names':['x']}]}")),
           "config.json:1:86: linux.seccomp.syscalls[0].action: is missing");
    EQ_STR(why(LINUX("'resources':{'devices':[{'access':'r'}]}")),
           "config.json:1:56: linux.resources.devices[0].allow: is missing");
    EQ_STR(why(LINUX("'memoryPolicy':{}")),
           "config.json:1:47: linux.memoryPolicy.mode: is missing");
}

TEST(unknown_words_are_errors)
{
    static const char *const wrong[] = {
        CONFIG("'process':{'cwd':'/','rlimits':[{'type':'RLIMIT_TEST','soft':0,'hard':0}]}"),
        CONFIG("'process':{'cwd':'/','scheduler':{'policy':'SCHED_X'}}"),
        CONFIG("'process':{'cwd':'/','scheduler':{'policy':'SCHED_RR','flags':['X']}}"),
        CONFIG("'process':{'cwd':'/','ioPriority':{'class':'IOPRIO_CLASS_NONE'}}"),
        LINUX("'namespaces':[{'type':'foo'}]"),
        LINUX("'devices':[{'type':'x','path':'/d'}]"),
        LINUX("'rootfsPropagation':'public'"),
        LINUX("'personality':{'domain':'BSD'}"),
        LINUX("'memoryPolicy':{'mode':'MPOL_X'}"),
        LINUX("'memoryPolicy':{'mode':'MPOL_BIND','flags':['MPOL_F_X']}"),
        LINUX("'seccomp':{'defaultAction':'ALLOW'}"),
        LINUX("'seccomp':{'defaultAction':'SCMP_ACT_LOG','architectures':['SCMP_ARCH_Z80']}"),
        LINUX("'seccomp':{'defaultAction':'SCMP_ACT_LOG','flags':['SECCOMP_FILTER_FLAG_X']}"),
        LINUX("'seccomp':{'defaultAction':'SCMP_ACT_LOG','syscalls':[{'names':['x'],"
              "'action':'SCMP_ACT_LOG','args':[{'index':0,'value':0,'op':'SCMP_CMP_X'}]}]}"),
    };

    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        EQ_INT(load(wrong[i]), -1);
        OK(strstr(err.text, ": unknown value \""));
    }
    /* Not known to us, but maybe to a newer kernel: the planner warns. */
    EQ_INT(load(CONFIG("'process':{'cwd':'/','capabilities':{'bounding':['CAP_TEST']}}")), 0);
}

/* A user id is never 0 by accident. */
TEST(ids_are_whole_numbers)
{
    static const char *const wrong[] = { "-1",   "4294967296", "0.5",  "\"0\"", "1e3",
                                         "null", "\"\"",       "true", "[]",    "{}" };

    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        char text[200];

        snprintf(text, sizeof text, CONFIG("'process':{'cwd':'/','user':{'uid':%s,'gid':0}}"),
                 wrong[i]);
        EQ_INT(load(text), -1);
        OK(strstr(err.text, "process.user.uid: wants a "));
    }
}

/* ---- words, both ways ---- */

TEST(tables_of_words)
{
    static const struct {
        const struct name *table;
        size_t n;
    } tables[] = {
        { spec_namespace_names, 8 },      { spec_hook_names, 6 },
        { spec_rlimit_names, 16 },        { spec_capability_names, 41 },
        { spec_sched_policy_names, 7 },   { spec_sched_flag_names, 7 },
        { spec_io_class_names, 3 },       { spec_device_type_names, 4 },
        { spec_propagation_names, 8 },    { spec_personality_names, 2 },
        { spec_memory_mode_names, 7 },    { spec_memory_flag_names, 3 },
        { spec_seccomp_action_names, 9 }, { spec_seccomp_arch_names, 23 },
        { spec_seccomp_op_names, 7 },     { spec_seccomp_flag_names, 4 },
    };

    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        size_t n = 0;

        for (const struct name *name = tables[i].table; name->name; name++, n++) {
            const char *word = names_word(tables[i].table, name->value);

            /* Two words for one value: the first is it. */
            OK(names_find(tables[i].table, name->name) == name);
            OK(word && names_find(tables[i].table, word)->value == name->value);
        }
        EQ_INT(n, tables[i].n);
    }
    EQ_INT(names_find(spec_capability_names, "CAP_CHECKPOINT_RESTORE")->value, 40);
    EQ_INT(names_find(spec_sched_policy_names, "SCHED_IDLE")->value, SCHED_IDLE);
    EQ_STR(names_word(spec_device_type_names, 'c'), "c");
}

TEST(words_of_mounts)
{
    size_t n = 0, refused = 0;

    for (const struct mount_word *word = mount_words; word->name; word++) {
        OK(mount_word_find(word->name) == word);
        n++;
        refused += word->special == MOUNT_REFUSED;
        /* mount_setattr(2): all of the access time or nothing of it. */
        OK((word->clear & 0x70) == 0 || (word->clear & 0x70) == 0x70);
        OK((word->tree_clear & 0x70) == 0 || (word->tree_clear & 0x70) == 0x70);
        OK(!(word->set & 0x70) || (word->clear & 0x70) == 0x70);
        OK(!(word->tree_set & 0x70) || (word->tree_clear & 0x70) == 0x70);
    }
    EQ_INT(refused, 7);
    EQ_INT(n - refused, 65); /* the 62 of runc, and three of ours */
    OK(!mount_word_find("size=1m"));
    OK(!mount_word_find(""));
    EQ_INT(mount_word_find("idmap=uids=0-1-1")->special, MOUNT_REFUSED);
    EQ_INT(mount_word_find("rbind")->special, MOUNT_RBIND);
    EQ_STR(mount_word_find("sync")->flag, "sync");
    OK(!mount_word_find("ro")->flag);
}

static struct mount_change change_of(const char *const *words)
{
    struct mount_change change = { 0 };

    for (; *words; words++)
        mount_word_apply(mount_word_find(*words), &change);
    return change;
}

TEST(the_last_word_wins)
{
    struct mount_change c = change_of((const char *const[]){ "ro", "nosuid", "rw", NULL });

    EQ_INT(c.set, 2);
    EQ_INT(c.clear, 1);
    c = change_of((const char *const[]){ "rw", "ro", NULL });
    EQ_INT(c.set, 1);
    EQ_INT(c.clear, 0);
    c = change_of((const char *const[]){ "noatime", "strictatime", NULL });
    EQ_INT(c.set, 0x20);
    EQ_INT(c.clear, 0x70);
    c = change_of((const char *const[]){ "strictatime", "relatime", NULL });
    EQ_INT(c.set, 0);
    EQ_INT(c.clear, 0x70);
    c = change_of((const char *const[]){ "rw", "rro", NULL });
    EQ_INT(c.tree_set, 1);
    EQ_INT(c.clear, 0);
    c = change_of((const char *const[]){ "rro", "rw", NULL });
    EQ_INT(c.tree_set, 1);
    EQ_INT(c.clear, 1);
    c = change_of((const char *const[]){ "rnoatime", "rrelatime", "rnodev", NULL });
    EQ_INT(c.tree_set, 4);
    EQ_INT(c.tree_clear, 0x70);
    c = change_of((const char *const[]){ "shared", "rprivate", NULL });
    EQ_INT(c.propagation, 1 << 18);
    OK(c.propagate_tree);
}
