/* Which questions a config raises: what is not asked is not known to the planner, and what is
 * asked in vain costs time at every start. */
#include "plan/plan.h"

#include "spec/load.h"
#include "tap.h"

static struct arena *arena;
static struct spec spec;
static struct questions q;
static struct err err;

/* The questions of a config in which single quotes stand for double ones. */
static int ask(const char *text)
{
    const struct plan_options options = { .id = "t", .bundle = "/b" };
    char *copy;

    arena_free(arena);
    arena = arena_new();
    copy = arena_text(arena, text);
    for (char *c = copy; *c; c++)
        if (*c == '\'')
            *c = '"';
    spec = (struct spec){ 0 };
    q = (struct questions){ 0 };
    err = (struct err){ 0 };
    if (spec_load(arena, "config", copy, strlen(copy), &spec, &err) < 0)
        return -1;
    plan_want(arena, &spec, &options, &q);
    return 0;
}

#define TOP(rest) "{'ociVersion':'1.0.2','root':{'path':'r'}" rest "}"
#define LINUX(rest) TOP(",'linux':{" rest "}")
#define MOUNTS(rest) TOP(",'mounts':[" rest "]")
#define PROCESS(rest) TOP(",'process':{'cwd':'/','args':['x']" rest "}")

static bool asks_path(const char *path)
{
    for (size_t i = 0; i < q.paths.n; i++)
        if (strcmp(q.paths.v[i], path) == 0)
            return true;
    return false;
}

TEST(little_is_asked_for_a_small_config)
{
    NEED(ask(TOP("")) == 0);
    EQ_INT(q.paths.n, 1);
    EQ_STR(q.paths.v[0], "/b/r");
    EQ_INT(q.namespaces.n, 0);
    EQ_INT(q.rlimits, 0);
    OK(!q.tty && q.state_root && !q.cwd && !q.cgroup && !q.sysfs && !q.overlay && !q.time_ns);
    OK(!q.labels && !q.oom_score_adj && !q.map_tools);
    NEED(ask(PROCESS("")) == 0);
    EQ_INT(q.paths.n, 1);
    OK(!q.tty && !q.labels && !q.oom_score_adj);
}

TEST(sources_of_binds_are_asked_for_as_they_will_be_opened)
{
    NEED(ask(MOUNTS("{'destination':'/a','source':'d/../e','options':['rbind']},"
                    "{'destination':'/b','source':'/x//y','options':['bind']},"
                    "{'destination':'/c','source':'/z','type':'bind'},"
                    "{'destination':'/d','source':'/t','type':'tmpfs'}")) == 0);
    EQ_INT(q.paths.n, 3);
    OK(asks_path("/b/r") && asks_path("/b/e") && asks_path("/x/y"));
}

TEST(file_systems_raise_their_questions)
{
    NEED(ask(MOUNTS("{'destination':'/a','type':'mqueue'}")) == 0);
    OK(asks_path("/dev/mqueue"));
    NEED(ask(TOP(",'mounts':[{'destination':'/a','type':'mqueue'}],"
                 "'linux':{'namespaces':[{'type':'ipc'}]}")) == 0);
    OK(!asks_path("/dev/mqueue"));
    NEED(ask(TOP(",'mounts':[{'destination':'/a','type':'mqueue'}],"
                 "'linux':{'namespaces':[{'type':'ipc','path':'/i'}]}")) == 0);
    OK(asks_path("/dev/mqueue"));
    NEED(ask(MOUNTS("{'destination':'/a','type':'cgroup'}")) == 0);
    OK(q.cgroup);
    NEED(ask(MOUNTS("{'destination':'/a','type':'cgroup2'}")) == 0);
    OK(q.cgroup && !q.sysfs && !q.overlay);
    NEED(ask(MOUNTS("{'destination':'/a','type':'sysfs'}")) == 0);
    OK(q.sysfs && !q.cgroup);
    NEED(ask(MOUNTS("{'destination':'/a','type':'overlay'}")) == 0);
    OK(q.overlay && !q.sysfs);
}

TEST(only_namespaces_that_are_joined_are_asked_for)
{
    NEED(ask(LINUX("'namespaces':[{'type':'pid'},{'type':'ipc','path':''},"
                   "{'type':'network','path':'/n'},{'type':'time'}]")) == 0);
    EQ_INT(q.namespaces.n, 1);
    EQ_STR(q.namespaces.v[0], "/n");
    OK(q.time_ns);
}

TEST(devices_but_no_pipes_are_asked_for)
{
    NEED(ask(LINUX("'devices':[{'type':'c','path':'/dev//fuse','major':10,'minor':229},"
                   "{'type':'p','path':'/dev/pipe'}]")) == 0);
    EQ_INT(q.paths.n, 2);
    OK(asks_path("/dev/fuse"));
}

#define MAPS(uids, gids) \
    LINUX("'namespaces':[{'type':'user'}],'uidMappings':[" uids "],'gidMappings':[" gids "]")
#define ONE "{'containerID':0,'hostID':1000,'size':1}"
#define MORE ",{'containerID':1,'hostID':100000,'size':10}"

TEST(ids_are_looked_for_as_far_as_they_are_needed)
{
    NEED(ask(TOP("")) == 0);
    OK(q.subids && !q.map_tools);
    NEED(ask(LINUX("'namespaces':[{'type':'user'}]")) == 0);
    OK(q.subids && !q.map_tools);
    NEED(ask(LINUX("'namespaces':[{'type':'user','path':'/u'}]")) == 0);
    OK(!q.subids && !q.map_tools);
    NEED(ask(MAPS(ONE MORE, ONE MORE)) == 0);
    OK(!q.subids && q.map_tools);
    NEED(ask(MAPS(ONE, ONE MORE)) == 0);
    OK(!q.subids && q.map_tools && !q.one_mapped);
    /* That may be the caller's, which needs no tools, or another one, which does. */
    NEED(ask(MAPS(ONE, ONE)) == 0);
    OK(!q.subids && q.map_tools && q.one_mapped);
    EQ_INT(q.mapped_uid, 1000);
    EQ_INT(q.mapped_gid, 1000);
}

TEST(the_process_raises_its_questions)
{
    NEED(ask(PROCESS(",'terminal':true")) == 0);
    OK(q.tty);
    NEED(ask(PROCESS(",'oomScoreAdj':0")) == 0);
    OK(q.oom_score_adj);
    NEED(ask(PROCESS(",'apparmorProfile':'x'")) == 0);
    OK(q.labels);
    NEED(ask(PROCESS(",'selinuxLabel':'x'")) == 0);
    OK(q.labels);
    NEED(ask(PROCESS(",'apparmorProfile':'','selinuxLabel':''")) == 0);
    OK(!q.labels);
    NEED(ask(PROCESS(",'rlimits':[{'type':'RLIMIT_CORE','soft':0,'hard':0},"
                     "{'type':'RLIMIT_NOFILE','soft':1,'hard':2}]")) == 0);
    EQ_INT(q.rlimits, 1 << 4 | 1 << 7);
}

TEST(linux_raises_its_questions)
{
    NEED(ask(LINUX("'mountLabel':'x'")) == 0);
    OK(q.labels);
    NEED(ask(LINUX("'mountLabel':''")) == 0);
    OK(!q.labels);
    NEED(ask(LINUX("'seccomp':{'defaultAction':'SCMP_ACT_ALLOW'}")) == 0);
    OK(q.state_root);
}

TEST(a_network_of_ours_raises_its_question)
{
    NEED(ask(TOP("")) == 0);
    OK(!q.net);
    NEED(ask(TOP(",'annotations':{'org.rcrun.network':'slirp'}")) == 0);
    OK(q.net);
    NEED(ask(TOP(",'annotations':{'org.rcrun.network':'internal,mtu=1400'}")) == 0);
    OK(q.net);
    NEED(ask(TOP(",'annotations':{'org.rcrun.network':'none'}")) == 0);
    OK(!q.net);
    NEED(ask(TOP(",'annotations':{'org.rcrun.network.publish':'80'}")) == 0);
    OK(!q.net);
    /* What is wrong is told by who plans. */
    NEED(ask(TOP(",'annotations':{'org.rcrun.network':'slirp,nonsense'}")) == 0);
    OK(!q.net);
}
