#include "host/facts-json.h"
#include "host/probe.h"

#include <sys/resource.h>

#include "tap.h"

static int load(struct arena *a, const char *text, struct facts *f, struct err *e)
{
    return facts_load(a, "facts.json", text, strlen(text), f, e);
}

TEST(what_was_probed_comes_back)
{
    static const char *const paths[] = { "/etc", "/nowhere/at/all", "/dev/null", "/etc" };
    static const char *const spaces[] = { "/proc/self/ns/net", "/nowhere" };
    struct questions q = { .subids = true,
                           .cgroup = true,
                           .overlay = true,
                           .time_ns = true,
                           .labels = true,
                           .tty = true,
                           .state_root = true,
                           .service = true,
                           .cwd = true,
                           .oom_score_adj = true,
                           .rlimits = 0xffff };
    struct arena *a = arena_new();
    struct facts f, again;
    struct err e = { 0 };
    OWN_TEXT first = { 0 };
    OWN_TEXT second = { 0 };

    q.paths.v = (const char **)(uintptr_t)paths;
    q.paths.n = 4;
    q.namespaces.v = (const char **)(uintptr_t)spaces;
    q.namespaces.n = 2;
    NEED(facts_probe(a, &q, NULL, &f, &e) == 0);
    facts_write(&first, &f);
    EQ_INT(load(a, first.s, &again, &e), 0);
    EQ_STR(e.text, "");
    facts_write(&second, &again);
    EQ_STR(second.s, first.s);
    EQ_INT(again.self.euid, f.self.euid);
    EQ_INT(again.self.rlimits[RLIMIT_NOFILE].soft, f.self.rlimits[RLIMIT_NOFILE].soft);
    EQ_INT(again.paths.n, 3);
    EQ_INT(facts_path(&again, "/dev/null")->rdev, facts_path(&f, "/dev/null")->rdev);
    EQ_INT(facts_namespace(&again, "/proc/self/ns/net")->type, NS_NET);
    OK(again.mounts.cgroup == f.mounts.cgroup);
    arena_free(a);
}

TEST(every_member_has_a_name)
{
    static const char text[] =
        "{\"self\":{\"euid\":1,\"egid\":2,\"uid\":3,\"gid\":4,\"groups\":[5,6],\"name\":\"n\","
        "\"primaryGid\":7,\"caps\":8,\"bounding\":9,\"noNewPrivs\":true,\"seccompMode\":2,"
        "\"setgroupsDenied\":true,\"oomScoreAdj\":-5,\"umask\":18},"
        "\"userns\":{\"inChild\":true,\"uidMap\":[{\"inside\":1,\"outside\":2,\"size\":3}]},"
        "\"subid\":{\"uids\":[{\"outside\":100000,\"size\":65536}],\"newuidmap\":{\"path\":\"/u\","
        "\"works\":true},\"newgidmap\":{\"why\":\"gone\"},\"why\":\"so\"},"
        "\"kernel\":{\"release\":\"6.1\",\"major\":6,\"minor\":1,\"missing\":\"openat2\","
        "\"seccomp\":true},\"mounts\":{\"procThere\":true,\"cgroup\":\"v2\",\"cgroupOwn\":\"/c\"},"
        "\"exe\":{\"path\":\"/r\",\"seal\":\"memfd\",\"sealed\":true},\"tty\":{\"stdin\":true},"
        "\"service\":{\"listenFds\":2,\"listenNames\":\"a:b\",\"notify\":\"@n\"},"
        "\"cwd\":\"/\",\"stateRoot\":\"/s\",\"stateRootWhy\":\"w\","
        "\"paths\":[{\"path\":\"/z\",\"kind\":\"dir\"},{\"path\":\"/a\",\"kind\":\"missing\","
        "\"errno\":13,\"stop\":\"/\",\"mode\":448}],"
        "\"namespaces\":[{\"path\":\"/n\",\"type\":\"network\",\"ownedByChild\":true}]}";
    struct arena *a = arena_new();
    struct facts f;
    struct err e = { 0 };

    EQ_INT(load(a, text, &f, &e), 0);
    EQ_STR(e.text, "");
    EQ_INT(f.self.groups.n, 2);
    EQ_INT(f.self.oom_score_adj, -5);
    EQ_INT(f.userns.uid_map.v[0].size, 3);
    EQ_INT(f.subid.uids.v[0].outside, 100000);
    OK(f.subid.newuidmap.works);
    EQ_STR(f.subid.newgidmap.why, "gone");
    EQ_STR(f.kernel.missing, "openat2");
    EQ_INT(f.mounts.cgroup, CGROUP_V2);
    EQ_INT(f.exe.seal, SEAL_MEMFD);
    EQ_INT(f.service.listen_fds, 2);
    EQ_STR(f.service.listen_names, "a:b");
    EQ_STR(f.service.notify, "@n");
    EQ_STR(f.state_root, "/s");
    EQ_INT(facts_path(&f, "/a")->num, 13); /* sorted after loading */
    EQ_INT(facts_path(&f, "/z")->kind, KIND_DIR);
    OK(facts_namespace(&f, "/n")->owned_by_child);
    arena_free(a);
}

TEST(wrong_facts_are_refused)
{
    struct arena *a = arena_new();
    struct facts f;
    struct err e = { 0 };

    EQ_INT(load(a, "{\"mounts\":{\"cgroup\":\"v3\"}}", &f, &e), -1);
    OK(strstr(e.text, "mounts.cgroup") != NULL);
    err_clear(&e);
    EQ_INT(load(a, "{\"paths\":[{\"kind\":\"dir\"}]}", &f, &e), -1);
    err_clear(&e);
    EQ_INT(load(a, "{\"self\":{\"euid\":4294967296}}", &f, &e), -1);
    arena_free(a);
}
