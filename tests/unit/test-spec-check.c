/* Each rule of the checker with what it takes and what it refuses: top level, process,
 * mounts, hooks. */
#include "spec-check.h"

/* ---- top level ---- */

TEST(versions)
{
    static const char *const good[] = { "1.0.0",          "1.3.0-dev",  "1.2.1+dev",
                                        "1.0.2-rc.1+b.2", "1.99.12345", "1.0.0-rc10-x-" };
    static const char *const bad[] = { "",           "1",      "1.0",    "1.0.0.0", "1.0.x",
                                       "v1.0.0",     "01.0.0", "1.00.0", "1.0.0-",  "1.0.0+",
                                       "1.0.0-a..b", " 1.0.0", "1.0.0 ", "1..0",    "1.0.0-\\n" };
    char text[200];

    for (size_t i = 0; i < COUNT_OF(good); i++) {
        snprintf(text, sizeof text, "{'ociVersion':'%s','root':{'path':'r'}}", good[i]);
        GOOD(text);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        snprintf(text, sizeof text, "{'ociVersion':'%s','root':{'path':'r'}}", bad[i]);
        OK(strstr(check(text), "ociVersion: wants a version such as 1.2.0, found "));
    }
    BAD("{'ociVersion':'2.0.0','root':{'path':'r'}}",
        "ociVersion: wants a version 1.x.y, found 2.0.0");
    BAD("{'ociVersion':'0.5.0-dev','root':{'path':'r'}}",
        "ociVersion: wants a version 1.x.y, found 0.5.0-dev");
}

TEST(a_root_is_needed)
{
    GOOD(TOP(""));
    BAD("{'ociVersion':'1.0.0'}", "root: is missing");
    BAD("{'ociVersion':'1.0.0','root':{'path':''}}", "root.path: is empty");
}

TEST(a_config_without_process_can_be_created_only)
{
    GOOD(TOP(""));
    EQ_INT(spec_check_process_present(&spec, &err), -1);
    EQ_STR(err.text, "process: is missing, so there is no program to run");
    GOOD(PROCESS(""));
    EQ_INT(spec_check_process_present(&spec, &err), 0);
}

TEST(host_names_need_a_uts_namespace)
{
    GOOD(TOP(",'linux':{'namespaces':[{'type':'uts'}]},'hostname':'box','domainname':'d.example'"));
    GOOD(TOP(",'hostname':'','domainname':''"));
    BAD(TOP(",'hostname':'box'"), "hostname: needs an entry \"uts\" in linux.namespaces, it would "
                                  "change the host's");
    BAD(TOP(",'domainname':'box'"), "domainname: needs an entry \"uts\" in linux.namespaces, it "
                                    "would change the host's");
    BAD(TOP(",'hostname':'a\\nb'"), "hostname: holds a control character");
    BAD(TOP(",'hostname':'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'"),
        "hostname: is longer than 64 bytes");
}

TEST(annotations_have_names)
{
    GOOD(TOP(",'annotations':{'a':'','b.c/d':'x'}"));
    BAD(TOP(",'annotations':{'':'x'}"), "annotations: a key is empty");
    GOOD(TOP(",'annotations':{'run.oci.handler':''}"));
    BAD(TOP(",'annotations':{'run.oci.handler':'krun'}"),
        "annotations[\"run.oci.handler\"]: unsupported handler krun");
    BAD(TOP(",'annotations':{'krun.ram_mib':'512'}"),
        "annotations[\"krun.ram_mib\"]: unsupported handler krun");
    BAD(TOP(",'annotations':{'module.wasm.image/variant':'compat'}"),
        "annotations[\"module.wasm.image/variant\"]: unsupported handler wasm");
    BAD(TOP(",'annotations':{'run.oci.seccomp.plugins':'x'}"),
        "annotations[\"run.oci.seccomp.plugins\"]: not supported, since it would load code into the "
        "runtime; use linux.seccomp.listenerPath");
    GOOD(TOP(",'annotations':{'run.oci.mount_context_type':'rootcontext'}"));
    BAD(TOP(",'annotations':{'run.oci.mount_context_type':'label'}"),
        "annotations[\"run.oci.mount_context_type\"]: wants context, fscontext, defcontext or "
        "rootcontext, found \"label\"");
}

/* ---- process ---- */

TEST(process_basics)
{
    GOOD(PROCESS(""));
    BAD(TOP(",'process':{'cwd':'tmp','args':['sh']}"),
        "process.cwd: wants an absolute path, found \"tmp\"");
    BAD(TOP(",'process':{'cwd':'','args':['sh']}"),
        "process.cwd: wants an absolute path, found \"\"");
    BAD(TOP(",'process':{'cwd':'/','args':[]}"), "process.args: wants at least one entry");
    BAD(TOP(",'process':{'cwd':'/'}"), "process.args: wants at least one entry");
    GOOD(PROCESS(",'apparmorProfile':'p','selinuxLabel':'a:b:c'"));
    BAD(PROCESS(",'apparmorProfile':'p\\n'"), "process.apparmorProfile: holds a control character");
    BAD(PROCESS(",'selinuxLabel':'\\u001b'"), "process.selinuxLabel: holds a control character");
}

TEST(env_is_name_and_value)
{
    GOOD(PROCESS(",'env':['A=1','A=2','B=','C==','a b=c']"));
    BAD(PROCESS(",'env':['A=1','FOO']"), "process.env[1]: wants NAME=VALUE, found \"FOO\"");
    BAD(PROCESS(",'env':['=x']"), "process.env[0]: wants NAME=VALUE, found \"=x\"");
    BAD(PROCESS(",'env':['']"), "process.env[0]: wants NAME=VALUE, found \"\"");
}

TEST(ids_of_the_user)
{
    GOOD(PROCESS(",'user':{'uid':4294967294,'gid':4294967294,'umask':511,"
                 "'additionalGids':[0,4294967294]}"));
    BAD(PROCESS(",'user':{'uid':4294967295,'gid':0}"),
        "process.user.uid: wants a number from 0 to 4294967294, found 4294967295");
    BAD(PROCESS(",'user':{'uid':0,'gid':4294967295}"),
        "process.user.gid: wants a number from 0 to 4294967294, found 4294967295");
    BAD(PROCESS(",'user':{'uid':0,'gid':0,'additionalGids':[1,4294967295]}"),
        "process.user.additionalGids[1]: wants a number from 0 to 4294967294, found 4294967295");
    BAD(PROCESS(",'user':{'uid':0,'gid':0,'umask':512}"),
        "process.user.umask: wants a number from 0 to 511 (decimal), found 512");
}

TEST(groups_of_the_user)
{
    for (int n = 65536; n <= 65537; n++) {
        struct spec_process p = { .cwd = "/", .args = { (const char *[]){ "sh" }, 1, true } };
        uint32_t gids[65537] = { 0 };

        p.user.additional_gids.v = gids;
        p.user.additional_gids.n = (size_t)n;
        err = (struct err){ 0 };
        EQ_INT(spec_check_process(&p, "process.", &err), n == 65536 ? 0 : -1);
    }
    EQ_STR(err.text, "process.user.additionalGids: has 65537 groups, the kernel takes 65536");
}

TEST(rlimits)
{
    GOOD(PROCESS(",'rlimits':[{'type':'RLIMIT_CORE','soft':0,'hard':18446744073709551615},"
                 "{'type':'RLIMIT_NOFILE','soft':5,'hard':5}]"));
    BAD(PROCESS(",'rlimits':[{'type':'RLIMIT_NOFILE','soft':1,'hard':2},"
                "{'type':'RLIMIT_NOFILE','soft':1,'hard':2}]"),
        "process.rlimits[1].type: RLIMIT_NOFILE is given twice");
    BAD(PROCESS(",'rlimits':[{'type':'RLIMIT_NOFILE','soft':3,'hard':2}]"),
        "process.rlimits[0].soft: 3 is above the hard limit of 2");
}

TEST(schedulers)
{
    GOOD(PROCESS(",'scheduler':{'policy':'SCHED_OTHER','nice':-20}"));
    GOOD(PROCESS(",'scheduler':{'policy':'SCHED_BATCH','nice':19}"));
    GOOD(PROCESS(",'scheduler':{'policy':'SCHED_FIFO','priority':1}"));
    GOOD(PROCESS(",'scheduler':{'policy':'SCHED_RR','priority':99,'nice':0}"));
    GOOD(PROCESS(",'scheduler':{'policy':'SCHED_DEADLINE','runtime':1,'deadline':2,'period':2}"));
    GOOD(PROCESS(",'scheduler':{'policy':'SCHED_DEADLINE','runtime':1,'deadline':2}"));
    BAD(PROCESS(",'scheduler':{'policy':'SCHED_OTHER','nice':-21}"),
        "process.scheduler.nice: wants a number from -20 to 19, found -21");
    BAD(PROCESS(",'scheduler':{'policy':'SCHED_OTHER','nice':20}"),
        "process.scheduler.nice: wants a number from -20 to 19, found 20");
    BAD(PROCESS(",'scheduler':{'policy':'SCHED_FIFO','priority':1,'nice':5}"),
        "process.scheduler.nice: means nothing to SCHED_FIFO");
    BAD(PROCESS(",'scheduler':{'policy':'SCHED_FIFO'}"),
        "process.scheduler.priority: SCHED_FIFO wants a number from 1 to 99, found 0");
    BAD(PROCESS(",'scheduler':{'policy':'SCHED_RR','priority':100}"),
        "process.scheduler.priority: SCHED_RR wants a number from 1 to 99, found 100");
    BAD(PROCESS(",'scheduler':{'policy':'SCHED_OTHER','priority':1}"),
        "process.scheduler.priority: is for SCHED_FIFO and SCHED_RR, not for SCHED_OTHER");
    BAD(PROCESS(",'scheduler':{'policy':'SCHED_IDLE','deadline':1}"),
        "process.scheduler.deadline: is for SCHED_DEADLINE, not for SCHED_IDLE");
    BAD(PROCESS(",'scheduler':{'policy':'SCHED_DEADLINE'}"),
        "process.scheduler.runtime: SCHED_DEADLINE wants a number above 0");
    BAD(PROCESS(",'scheduler':{'policy':'SCHED_DEADLINE','runtime':1}"),
        "process.scheduler.deadline: SCHED_DEADLINE wants a number above 0");
    BAD(PROCESS(",'scheduler':{'policy':'SCHED_DEADLINE','runtime':3,'deadline':2}"),
        "process.scheduler.runtime: is above scheduler.deadline");
    BAD(PROCESS(",'scheduler':{'policy':'SCHED_DEADLINE','runtime':1,'deadline':3,'period':2}"),
        "process.scheduler.deadline: is above scheduler.period");
}

TEST(ranges_of_the_process)
{
    GOOD(PROCESS(",'oomScoreAdj':-1000,'ioPriority':{'class':'IOPRIO_CLASS_RT','priority':7},"
                 "'execCPUAffinity':{'initial':'','final':'0-3, 7'}"));
    BAD(PROCESS(",'oomScoreAdj':1001"),
        "process.oomScoreAdj: wants a number from -1000 to 1000, found 1001");
    BAD(PROCESS(",'oomScoreAdj':-1001"),
        "process.oomScoreAdj: wants a number from -1000 to 1000, found -1001");
    BAD(PROCESS(",'ioPriority':{'class':'IOPRIO_CLASS_BE','priority':8}"),
        "process.ioPriority.priority: wants a number from 0 to 7, found 8");
    BAD(PROCESS(",'ioPriority':{'class':'IOPRIO_CLASS_BE','priority':-1}"),
        "process.ioPriority.priority: wants a number from 0 to 7, found -1");
    BAD(PROCESS(",'execCPUAffinity':{'initial':'0-'}"),
        "process.execCPUAffinity.initial: wants a list such as 0-3,7");
    BAD(PROCESS(",'execCPUAffinity':{'final':'3-1'}"),
        "process.execCPUAffinity.final: wants a list such as 0-3,7");
    BAD(PROCESS(",'execCPUAffinity':{'final':'1,,2'}"),
        "process.execCPUAffinity.final: wants a list such as 0-3,7");
    BAD(PROCESS(",'execCPUAffinity':{'final':'all'}"),
        "process.execCPUAffinity.final: wants a list such as 0-3,7");
}

TEST(a_process_alone_has_short_paths)
{
    struct spec_process p = { .cwd = "x" };

    EQ_INT(spec_check_process(&p, "", &err), -1);
    EQ_STR(err.text, "cwd: wants an absolute path, found \"x\"");
}

/* ---- mounts ---- */

TEST(destinations)
{
    GOOD(MOUNT("'destination':'/a','type':'tmpfs'"));
    GOOD(MOUNT("'destination':'relative/too','type':'tmpfs'"));
    BAD(MOUNT("'destination':'','type':'tmpfs'"), "mounts[0].destination: is empty");
    BAD(MOUNT("'destination':'/','type':'tmpfs'"),
        "mounts[0].destination: the root itself cannot be a destination");
    BAD(MOUNT("'destination':'/a/../.','type':'tmpfs'"),
        "mounts[0].destination: the root itself cannot be a destination");
    BAD(MOUNT("'destination':'/a'"), "mounts[0].type: is missing");
    BAD(MOUNT("'destination':'/a','type':''"), "mounts[0].type: is missing");
}

TEST(over_proc_only_what_is_allowed)
{
    GOOD(MOUNT("'destination':'/proc','type':'proc','source':'proc'"));
    GOOD(MOUNT("'destination':'/proc','source':'/proc','options':['rbind']"));
    GOOD(MOUNT("'destination':'/proc/meminfo','source':'/m','options':['bind']"));
    GOOD(MOUNT("'destination':'proc//./uptime','source':'/m','options':['bind']"));
    GOOD(MOUNT("'destination':'/proc/sys/kernel/ns_last_pid','source':'/m','options':['bind']"));
    GOOD(MOUNT("'destination':'/process','type':'tmpfs'"));
    BAD(MOUNT("'destination':'/proc','type':'tmpfs'"),
        "mounts[0].destination: /proc takes a mount of type proc or a bind of another /proc, "
        "not tmpfs");
    BAD(MOUNT("'destination':'/proc/sys','source':'/m','options':['bind']"),
        "mounts[0].destination: a mount on /proc/sys is not allowed");
    BAD(MOUNT("'destination':'/x/../proc/self','type':'proc'"),
        "mounts[0].destination: a mount on /proc/self is not allowed");
    BAD(MOUNT("'destination':'/proc/meminfo/x','type':'tmpfs'"),
        "mounts[0].destination: a mount on /proc/meminfo/x is not allowed");
}

TEST(what_is_a_bind_mount)
{
    GOOD(MOUNT("'destination':'/a','source':'/b','options':['bind']"));
    GOOD(MOUNT("'destination':'/a','type':'whatever','source':'b','options':['ro','rbind']"));
    GOOD(MOUNT("'destination':'/a','type':'bind','source':'/b','options':['bind']"));
    BAD(MOUNT("'destination':'/a','type':'bind','source':'/b'"),
        "mounts[0].type: bind alone makes no bind mount");
    EQ_STR(err.hint, "add bind or rbind to mounts[0].options");
    BAD(MOUNT("'destination':'/a','options':['bind']"), "mounts[0].source: is missing");
    GOOD(MOUNT("'destination':'/a','options':['bind','remount','ro']"));
    BAD(MOUNT("'destination':'/a','source':'/b','options':['bind','size=1m']"),
        "mounts[0].options[1]: size=1m is an option for a file system, but a bind mount makes "
        "none");
    GOOD(MOUNT("'destination':'/a','source':'/b','options':['bind','','optional']"));
    GOOD(MOUNT("'destination':'/a','type':'tmpfs','options':['size=1m','noatime','sync']"));
}

TEST(words_that_need_something)
{
    GOOD(MOUNT("'destination':'/a','type':'tmpfs','options':['tmpcopyup']"));
    BAD(MOUNT("'destination':'/a','type':'ext4','options':['tmpcopyup']"),
        "mounts[0].options[0]: tmpcopyup is for type tmpfs");
    BAD(MOUNT("'destination':'/a','source':'/b','type':'tmpfs','options':['bind','tmpcopyup']"),
        "mounts[0].options[1]: tmpcopyup is for type tmpfs");
    GOOD(MOUNT("'destination':'/a','source':'/b','options':['bind','src-nofollow']"));
    BAD(MOUNT("'destination':'/a','type':'tmpfs','options':['src-nofollow']"),
        "mounts[0].options[0]: src-nofollow is for bind mounts");
    GOOD(MOUNT("'destination':'/a','source':'/b','options':['bind','src-beneath=/']"));
    BAD(MOUNT("'destination':'/a','source':'/b','options':['bind','src-beneath=']"),
        "mounts[0].options[1]: src-beneath= wants a directory");
    BAD(MOUNT("'destination':'/a','type':'tmpfs','options':['src-beneath=/b']"),
        "mounts[0].options[0]: src-beneath=/b is for bind mounts");
    GOOD(MOUNT("'destination':'/a','source':'/b','options':['bind','optional']"));
    BAD(MOUNT("'destination':'/a','type':'tmpfs','options':['optional']"),
        "mounts[0].options[0]: optional is for bind mounts");
    GOOD(MOUNT("'destination':'/a','source':'/b','options':['bind','idmap']"));
    BAD(TOP(",'mounts':[{'destination':'/a','source':'/b','options':['bind','ridmap']}]"),
        "mounts[0].options[1]: ridmap needs mappings, or an entry \"user\" in linux.namespaces");
    GOOD(TOP(",'mounts':[{'destination':'/a','source':'/b','options':['bind','ridmap'],"
             "'uidMappings':[{'containerID':0,'hostID':1,'size':1}],"
             "'gidMappings':[{'containerID':0,'hostID':1,'size':1}]}]"));
}

TEST(words_of_another_runtime_are_refused_by_name)
{
    static const char *const words[] = { "dest-nofollow", "copy-symlink",
                                         "rsync",         "rasync",
                                         "rdirsync",      "rmand",
                                         "rnomand",       "idmap=uids=0-1-10;gids=0-1-10" };

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        char text[400], told[200];

        snprintf(text, sizeof text, MOUNT("'destination':'/a','type':'tmpfs','options':['%s']"),
                 words[i]);
        snprintf(told, sizeof told, "mounts[0].options[0]: %s is not supported", words[i]);
        BAD(text, told);
    }
}

TEST(maps_of_mounts)
{
#define BIND(maps) MOUNT("'destination':'/a','source':'/b','options':['bind']," maps)
    GOOD(BIND("'uidMappings':[],'gidMappings':[]"));
    GOOD(BIND("'uidMappings':[{'containerID':0,'hostID':1,'size':1}],"
              "'gidMappings':[{'containerID':0,'hostID':1,'size':1}]"));
    BAD(BIND("'uidMappings':[{'containerID':0,'hostID':1,'size':1}]"),
        "mounts[0].gidMappings: is missing, uidMappings is there");
    BAD(BIND("'gidMappings':[{'containerID':0,'hostID':1,'size':1}]"),
        "mounts[0].uidMappings: is missing, gidMappings is there");
    BAD(BIND("'uidMappings':[{'containerID':0,'hostID':1,'size':0}],"
             "'gidMappings':[{'containerID':0,'hostID':1,'size':1}]"),
        "mounts[0].uidMappings[0].size: is 0");
#undef BIND
}

/* ---- hooks ---- */

TEST(hooks)
{
    GOOD(TOP(",'hooks':{'prestart':[{'path':'/a','timeout':1,'env':['A=1']}],"
             "'poststop':[{'path':'/b'}]}"));
    BAD(TOP(",'hooks':{'createRuntime':[{'path':'/a'},{'path':'b'}]}"),
        "hooks.createRuntime[1].path: wants an absolute path, found \"b\"");
    BAD(TOP(",'hooks':{'createContainer':[{'path':'/a','timeout':0}]}"),
        "hooks.createContainer[0].timeout: wants seconds from 1 to 2147483, found 0");
    BAD(TOP(",'hooks':{'startContainer':[{'path':'/a','timeout':-1}]}"),
        "hooks.startContainer[0].timeout: wants seconds from 1 to 2147483, found -1");
    BAD(TOP(",'hooks':{'poststart':[{'path':'/a','timeout':99999999999}]}"),
        "hooks.poststart[0].timeout: wants seconds from 1 to 2147483, found 99999999999");
    BAD(TOP(",'hooks':{'poststop':[{'path':'/a','env':['X']}]}"),
        "hooks.poststop[0].env[0]: wants NAME=VALUE, found \"X\"");
    BAD(TOP(",'hooks':{'prestart':[{'path':''}]}"),
        "hooks.prestart[0].path: wants an absolute path, found \"\"");
}
