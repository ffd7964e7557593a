/* Each rule of the checker with what it takes and what it refuses: linux. */
#include "spec-check.h"

/* ---- namespaces and maps ---- */

TEST(namespaces)
{
    GOOD(LINUX(""));
    EQ_INT(spec_namespaces(&spec),
           NS_USER | NS_MOUNT | NS_PID | NS_NET | NS_IPC | NS_UTS | NS_CGROUP | NS_TIME);
    GOOD(TOP(""));
    EQ_INT(spec_namespaces(&spec), 0);
    GOOD(BARE("'namespaces':[{'type':'pid','path':''},{'type':'ipc','path':'/proc/1/ns/ipc'}]"));
    BAD(BARE("'namespaces':[{'type':'pid'},{'type':'ipc'},{'type':'pid','path':'/x'}]"),
        "linux.namespaces[2].type: pid is given twice");
    BAD(BARE("'namespaces':[{'type':'pid','path':'x'}]"),
        "linux.namespaces[0].path: wants an absolute path, found \"x\"");
}

TEST(maps_need_a_user_namespace)
{
    GOOD(LINUX(",'uidMappings':[{'containerID':0,'hostID':1000,'size':1},"
               "{'containerID':1,'hostID':100000,'size':65536}]"));
    GOOD(LINUX(",'uidMappings':[],'gidMappings':[]"));
    GOOD(BARE("'uidMappings':[]"));
    BAD(BARE("'uidMappings':[{'containerID':0,'hostID':1000,'size':1}]"),
        "linux.uidMappings: needs an entry \"user\" in linux.namespaces");
    BAD(BARE("'gidMappings':[{'containerID':0,'hostID':1000,'size':1}]"),
        "linux.gidMappings: needs an entry \"user\" in linux.namespaces");
}

TEST(ranges_of_maps)
{
    BAD(LINUX(",'uidMappings':[{'containerID':0,'hostID':0,'size':0}]"),
        "linux.uidMappings[0].size: is 0");
    GOOD(LINUX(",'uidMappings':[{'containerID':0,'hostID':0,'size':4294967295}]"));
    BAD(LINUX(",'uidMappings':[{'containerID':1,'hostID':0,'size':4294967295}]"),
        "linux.uidMappings[0].containerID: 4294967295 ids from 1 on go beyond 4294967294");
    BAD(LINUX(",'gidMappings':[{'containerID':0,'hostID':4294967290,'size':10}]"),
        "linux.gidMappings[0].hostID: 10 ids from 4294967290 on go beyond 4294967294");
    GOOD(LINUX(",'uidMappings':[{'containerID':10,'hostID':0,'size':5},"
               "{'containerID':0,'hostID':5,'size':10}]"));
    BAD(LINUX(",'uidMappings':[{'containerID':0,'hostID':1000,'size':1},"
              "{'containerID':1,'hostID':500,'size':1000}]"),
        "linux.uidMappings[1].hostID: 500-1499 overlaps 1000-1000 of linux.uidMappings[0]");
    BAD(LINUX(",'gidMappings':[{'containerID':0,'hostID':0,'size':10},"
              "{'containerID':50,'hostID':50,'size':1},{'containerID':9,'hostID':20,'size':3}]"),
        "linux.gidMappings[2].containerID: 9-11 overlaps 0-9 of linux.gidMappings[0]");
}

TEST(lines_of_maps)
{
    OWN_TEXT text = { 0 };

    for (int n = 340; n <= 341; n++) {
        text_free(&text);
        text_add(&text, "{'ociVersion':'1.0.0','root':{'path':'r'},'linux':{'namespaces':["
                        "{'type':'user'}],'uidMappings':[");
        for (int i = 0; i < n; i++)
            text_printf(&text, "%s{'containerID':%d,'hostID':%d,'size':1}", i ? "," : "", i, i);
        text_add(&text, "]}}");
        EQ_STR(check(text.s),
               n == 340 ? "" : "linux.uidMappings: has 341 ranges, the kernel takes 340");
    }
}

TEST(time_offsets)
{
    GOOD(LINUX(",'timeOffsets':{'monotonic':{'secs':-5,'nanosecs':999999999},'boottime':{}}"));
    GOOD(BARE("'timeOffsets':{}"));
    BAD(BARE("'timeOffsets':{'boottime':{'secs':1}}"),
        "linux.timeOffsets: needs an entry \"time\" without path in linux.namespaces");
    BAD(BARE("'namespaces':[{'type':'time','path':'/x'}],'timeOffsets':{'boottime':{'secs':1}}"),
        "linux.timeOffsets: needs an entry \"time\" without path in linux.namespaces");
    BAD(LINUX(",'timeOffsets':{'monotonic':{'nanosecs':1000000000}}"),
        "linux.timeOffsets.monotonic.nanosecs: wants a number from 0 to 999999999, "
        "found 1000000000");
}

/* ---- devices ---- */

TEST(devices)
{
    GOOD(LINUX(",'devices':[{'type':'c','path':'/dev/fuse','major':10,'minor':229,'fileMode':438,"
               "'uid':0,'gid':0},{'type':'p','path':'/dev/pipe'},"
               "{'type':'b','path':'/x','major':4095,'minor':1048575}]"));
    BAD(LINUX(",'devices':[{'type':'c','path':'dev/x','major':1,'minor':2}]"),
        "linux.devices[0].path: wants an absolute path, found \"dev/x\"");
    BAD(LINUX(",'devices':[{'type':'p','path':'/'}]"),
        "linux.devices[0].path: wants an absolute path, found \"/\"");
    BAD(LINUX(",'devices':[{'type':'p','path':'/dev/../proc/x'}]"),
        "linux.devices[0].path: /proc/x is below /proc");
    BAD(LINUX(",'devices':[{'type':'c','path':'/dev/x','minor':2}]"),
        "linux.devices[0].major: is missing");
    BAD(LINUX(",'devices':[{'type':'b','path':'/dev/x','major':2}]"),
        "linux.devices[0].minor: is missing");
    BAD(LINUX(",'devices':[{'type':'u','path':'/dev/x','major':4096,'minor':2}]"),
        "linux.devices[0].major: wants a number from 0 to 4095, found 4096");
    BAD(LINUX(",'devices':[{'type':'u','path':'/dev/x','major':1,'minor':-1}]"),
        "linux.devices[0].minor: wants a number from 0 to 1048575, found -1");
    BAD(LINUX(",'devices':[{'type':'p','path':'/dev/x','fileMode':512}]"),
        "linux.devices[0].fileMode: wants a number from 0 to 511 (decimal), found 512");
    BAD(LINUX(",'devices':[{'type':'p','path':'/dev/x','uid':4294967295}]"),
        "linux.devices[0].uid: wants a number from 0 to 4294967294, found 4294967295");
    BAD(LINUX(",'devices':[{'type':'p','path':'/dev/x'},{'type':'p','path':'/dev/y'},"
              "{'type':'p','path':'/dev//./x'}]"),
        "linux.devices[2].path: /dev/x is that of linux.devices[0] too");
}

TEST(net_devices)
{
    GOOD(LINUX(",'netDevices':{'eth0':{'name':'container_eth0'},'ens4':{},'wlan0':{'name':''},"
               "'a':{'name':'eth%d'}}"));
    BAD(BARE("'netDevices':{'eth0':{}}"),
        "linux.netDevices: needs an entry \"network\" in linux.namespaces");
    BAD(LINUX(",'netDevices':{'a/b':{}}"), "linux.netDevices[\"a/b\"]: is no name of an interface");
    BAD(LINUX(",'netDevices':{'':{}}"), "linux.netDevices[\"\"]: is no name of an interface");
    BAD(LINUX(",'netDevices':{'eth%d':{}}"),
        "linux.netDevices[\"eth%d\"]: is no name of an interface");
    BAD(LINUX(",'netDevices':{'eth0':{'name':'sixteen_letters_'}}"),
        "linux.netDevices.eth0.name: is no name of an interface, found \"sixteen_letters_\"");
    BAD(LINUX(",'netDevices':{'eth0':{'name':'..'}}"),
        "linux.netDevices.eth0.name: is no name of an interface, found \"..\"");
    BAD(LINUX(",'netDevices':{'eth0':{'name':'%d%d'}}"),
        "linux.netDevices.eth0.name: is no name of an interface, found \"%d%d\"");
    BAD(LINUX(",'netDevices':{'eth0':{'name':'a b'}}"),
        "linux.netDevices.eth0.name: is no name of an interface, found \"a b\"");
}

TEST(masked_and_readonly_paths)
{
    GOOD(LINUX(",'maskedPaths':['/proc/kcore'],'readonlyPaths':['/proc/sys']"));
    GOOD(BARE("'maskedPaths':[],'readonlyPaths':[]"));
    BAD(LINUX(",'maskedPaths':['/a','proc/kcore']"),
        "linux.maskedPaths[1]: wants an absolute path, found \"proc/kcore\"");
    BAD(BARE("'maskedPaths':['/proc/kcore']"),
        "linux.maskedPaths: needs an entry \"mount\" in linux.namespaces");
    BAD(BARE("'readonlyPaths':['/proc/sys']"),
        "linux.readonlyPaths: needs an entry \"mount\" in linux.namespaces");
    BAD(LINUX(",'readonlyPaths':['']"),
        "linux.readonlyPaths[0]: wants an absolute path, found \"\"");
}

/* ---- sysctl ---- */

static const char *sysctl_path(const char *key)
{
    char *path;

    arena_free(arena);
    arena = arena_new();
    return spec_sysctl_path(arena, key, &path) < 0 ? NULL : path;
}

TEST(keys_of_sysctl)
{
    EQ_STR(sysctl_path("net.ipv4.ip_forward"), "net/ipv4/ip_forward");
    EQ_STR(sysctl_path("net/ipv4/ip_forward"), "net/ipv4/ip_forward");
    EQ_STR(sysctl_path("net.ipv4.conf.eth0/100.forwarding"), "net/ipv4/conf/eth0.100/forwarding");
    EQ_STR(sysctl_path("net/ipv4/conf/eth0.100/forwarding"), "net/ipv4/conf/eth0.100/forwarding");
    EQ_STR(sysctl_path("net..ipv4"), NULL);
    EQ_STR(sysctl_path("net/../kernel/core_pattern"), NULL);
    EQ_STR(sysctl_path("net.//.kernel"), NULL);
    EQ_STR(sysctl_path("net/./x"), NULL);
    EQ_STR(sysctl_path("/net/x"), NULL);
    EQ_STR(sysctl_path("net/x/"), NULL);
    EQ_STR(sysctl_path(".net"), NULL);
    EQ_STR(sysctl_path(""), NULL);
    EQ_STR(sysctl_path("net"), NULL);
    EQ_STR(sysctl_path("net.x=1"), NULL);
    EQ_STR(sysctl_path("net.x+y"), NULL);
    EQ_STR(sysctl_path("net.x;y"), NULL);
    EQ_STR(sysctl_path("net.x\ny"), NULL);
    EQ_STR(sysctl_path("net.x y"), NULL);
}

TEST(sysctls_of_namespaces_only)
{
    static const char *const ipc[] = { "kernel.msgmax",    "kernel.msgmnb",
                                       "kernel.msgmni",    "kernel.sem",
                                       "kernel.shmall",    "kernel.shmmax",
                                       "kernel/shmmni",    "kernel.shm_rmid_forced",
                                       "fs.mqueue.msg_max" };

    for (size_t i = 0; i < COUNT_OF(ipc); i++) {
        char text[300], told[200];

        snprintf(text, sizeof text, LINUX(",'sysctl':{'%s':'1'}"), ipc[i]);
        GOOD(text);
        snprintf(text, sizeof text, BARE("'sysctl':{'%s':'1'}"), ipc[i]);
        snprintf(told, sizeof told,
                 "linux.sysctl[\"%s\"]: needs an entry \"ipc\" in "
                 "linux.namespaces, it would change the host's",
                 ipc[i]);
        BAD(text, told);
    }
    GOOD(LINUX(",'sysctl':{'net.ipv4.ping_group_range':'0 0','net.ipv4.tcp_rmem':'1\\t2\\t3',"
               "'kernel.domainname':'d','user.max_user_namespaces':'5'}"));
    BAD(BARE("'sysctl':{'net.ipv4.ip_forward':'1'}"),
        "linux.sysctl[\"net.ipv4.ip_forward\"]: needs an entry \"network\" in linux.namespaces, "
        "it would change the host's");
    BAD(BARE("'sysctl':{'kernel.domainname':'x'}"),
        "linux.sysctl[\"kernel.domainname\"]: needs an entry \"uts\" in linux.namespaces, it "
        "would change the host's");
    BAD(BARE("'sysctl':{'user.max_user_namespaces':'1'}"),
        "linux.sysctl[\"user.max_user_namespaces\"]: needs an entry \"user\" in "
        "linux.namespaces, it would change the host's");
    BAD(LINUX(",'sysctl':{'kernel.hostname':'x'}"),
        "linux.sysctl[\"kernel.hostname\"]: is not set this way");
    EQ_STR(err.hint, "use hostname");
    BAD(LINUX(",'sysctl':{'kernel.panic':'1'}"),
        "linux.sysctl[\"kernel.panic\"]: belongs to no namespace, it would change the host's");
    BAD(LINUX(",'sysctl':{'kernel.core_pattern':'|/x'}"),
        "linux.sysctl[\"kernel.core_pattern\"]: belongs to no namespace, it would change the "
        "host's");
    BAD(LINUX(",'sysctl':{'net/../kernel/core_pattern':'|/x'}"),
        "linux.sysctl[\"net/../kernel/core_pattern\"]: is no name of a sysctl");
    BAD(LINUX(",'sysctl':{'kernel.shmmax.x':'1'}"),
        "linux.sysctl[\"kernel.shmmax.x\"]: belongs to no namespace, it would change the host's");
    BAD(LINUX(",'sysctl':{'net.x':'1\\nkernel.panic=1'}"),
        "linux.sysctl[\"net.x\"]: the value holds a control character");
}

/* ---- the rest of linux ---- */

TEST(cgroups_path_label_personality)
{
    GOOD(LINUX(",'cgroupsPath':'/a/b..c','mountLabel':'system_u:object_r:x:s0:c1,c2',"
               "'personality':{'domain':'LINUX32'}"));
    GOOD(LINUX(",'cgroupsPath':'user.slice:rcrun:name'"));
    BAD(LINUX(",'cgroupsPath':'/a/../../b'"), "linux.cgroupsPath: holds \"..\"");
    BAD(LINUX(",'cgroupsPath':'..'"), "linux.cgroupsPath: holds \"..\"");
    BAD(LINUX(",'cgroupsPath':'a/..'"), "linux.cgroupsPath: holds \"..\"");
    BAD(LINUX(",'cgroupsPath':'a\\n'"), "linux.cgroupsPath: holds a control character");
    BAD(LINUX(",'mountLabel':'a\\u0022,size=1'"), "linux.mountLabel: holds a quote or a backslash");
    BAD(LINUX(",'personality':{'domain':'LINUX','flags':['X']}"),
        "linux.personality.flags[0]: unknown value \"X\"");
    GOOD(LINUX(",'personality':{'domain':'LINUX','flags':[]}"));
}

TEST(memory_policies)
{
    GOOD(LINUX(",'memoryPolicy':{'mode':'MPOL_DEFAULT'}"));
    GOOD(LINUX(",'memoryPolicy':{'mode':'MPOL_LOCAL','nodes':''}"));
    GOOD(LINUX(",'memoryPolicy':{'mode':'MPOL_BIND','nodes':'0-3,7',"
               "'flags':['MPOL_F_STATIC_NODES','MPOL_F_NUMA_BALANCING']}"));
    BAD(LINUX(",'memoryPolicy':{'mode':'MPOL_BIND'}"),
        "linux.memoryPolicy.nodes: MPOL_BIND wants a list such as 0-3,7");
    BAD(LINUX(",'memoryPolicy':{'mode':'MPOL_INTERLEAVE','nodes':'x'}"),
        "linux.memoryPolicy.nodes: wants a list such as 0-3,7, found \"x\"");
    BAD(LINUX(",'memoryPolicy':{'mode':'MPOL_LOCAL','nodes':'0'}"),
        "linux.memoryPolicy.nodes: MPOL_LOCAL takes none");
    BAD(LINUX(",'memoryPolicy':{'mode':'MPOL_DEFAULT','flags':['MPOL_F_STATIC_NODES']}"),
        "linux.memoryPolicy.flags: MPOL_DEFAULT takes none");
    BAD(LINUX(",'memoryPolicy':{'mode':'MPOL_BIND','nodes':'0',"
              "'flags':['MPOL_F_STATIC_NODES','MPOL_F_RELATIVE_NODES']}"),
        "linux.memoryPolicy.flags: MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each "
        "other");
    BAD(LINUX(",'memoryPolicy':{'mode':'MPOL_INTERLEAVE','nodes':'0',"
              "'flags':['MPOL_F_NUMA_BALANCING']}"),
        "linux.memoryPolicy.flags: MPOL_F_NUMA_BALANCING is not for MPOL_INTERLEAVE");
}

TEST(intel_rdt)
{
    GOOD(LINUX(",'intelRdt':{'closID':'/','l3CacheSchema':'L3:0=f','memBwSchema':'MB:0=70',"
               "'schemata':['L3:0=f']}"));
    GOOD(LINUX(",'intelRdt':{}"));
    BAD(LINUX(",'intelRdt':{'closID':'../x'}"),
        "linux.intelRdt.closID: wants a name or /, found \"../x\"");
    BAD(LINUX(",'intelRdt':{'closID':'..'}"),
        "linux.intelRdt.closID: wants a name or /, found \"..\"");
    BAD(LINUX(",'intelRdt':{'memBwSchema':'L3:0=70'}"),
        "linux.intelRdt.memBwSchema: wants a text that starts with MB:");
    BAD(LINUX(",'intelRdt':{'l3CacheSchema':'L3:0=f\\nMB:0=1'}"),
        "linux.intelRdt.l3CacheSchema: holds a control character");
    BAD(LINUX(",'intelRdt':{'schemata':['a','b\\n']}"),
        "linux.intelRdt.schemata[1]: holds a control character");
}

/* ---- resources ---- */

TEST(device_rules)
{
    GOOD(RESOURCES("'devices':[{'allow':false,'access':'rwm'},{'allow':true,'type':'c','major':-1,"
                   "'minor':3,'access':'mr'},{'allow':true,'type':'a'}]"));
    BAD(RESOURCES("'devices':[{'allow':true,'type':'p'}]"),
        "linux.resources.devices[0].type: wants a, b or c, found \"p\"");
    BAD(RESOURCES("'devices':[{'allow':true,'access':'rx'}]"),
        "linux.resources.devices[0].access: wants letters of rwm, found \"rx\"");
    BAD(RESOURCES("'devices':[{'allow':true,'major':-2}]"),
        "linux.resources.devices[0].major: wants a number from -1 to 9223372036854775807, "
        "found -2");
}

TEST(memory_limits)
{
    GOOD(RESOURCES("'memory':{'limit':100,'swap':100,'reservation':-1,'swappiness':100,"
                   "'kernel':-1}"));
    GOOD(RESOURCES("'memory':{'limit':-1,'swap':5}"));
    GOOD(RESOURCES("'memory':{'swap':-1}"));
    BAD(RESOURCES("'memory':{'limit':-2}"),
        "linux.resources.memory.limit: wants a number from -1 to 9223372036854775807, found -2");
    BAD(RESOURCES("'memory':{'swap':5}"), "linux.resources.memory.swap: needs memory.limit");
    BAD(RESOURCES("'memory':{'limit':6,'swap':5}"),
        "linux.resources.memory.swap: 5 is below memory.limit, which it includes");
    BAD(RESOURCES("'memory':{'swappiness':101}"),
        "linux.resources.memory.swappiness: wants a number from 0 to 100, found 101");
}

TEST(cpu_limits)
{
    GOOD(RESOURCES("'cpu':{'shares':2,'quota':-1,'period':100000,'burst':5,'cpus':'0-1','mems':'',"
                   "'idle':1}"));
    BAD(RESOURCES("'cpu':{'quota':-2}"),
        "linux.resources.cpu.quota: wants a number from -1 to 9223372036854775807, found -2");
    BAD(RESOURCES("'cpu':{'quota':10,'burst':11}"),
        "linux.resources.cpu.burst: is above cpu.quota");
    BAD(RESOURCES("'cpu':{'idle':2}"),
        "linux.resources.cpu.idle: wants a number from 0 to 1, found 2");
    BAD(RESOURCES("'cpu':{'cpus':'0-'}"),
        "linux.resources.cpu.cpus: wants a list such as 0-3,7, found \"0-\"");
    BAD(RESOURCES("'cpu':{'mems':'a'}"),
        "linux.resources.cpu.mems: wants a list such as 0-3,7, found \"a\"");
}

TEST(block_io_limits)
{
    GOOD(RESOURCES("'blockIO':{'weight':10,'leafWeight':0,'weightDevice':[{'major':8,'minor':0,"
                   "'weight':1000}],'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':0}]}"));
    BAD(RESOURCES("'blockIO':{'weight':9}"),
        "linux.resources.blockIO.weight: wants a number from 10 to 1000, found 9");
    BAD(RESOURCES("'blockIO':{'leafWeight':1001}"),
        "linux.resources.blockIO.leafWeight: wants a number from 10 to 1000, found 1001");
    BAD(RESOURCES("'blockIO':{'weightDevice':[{'major':8,'minor':0,'weight':5}]}"),
        "linux.resources.blockIO.weightDevice[0].weight: wants a number from 10 to 1000, found 5");
    BAD(RESOURCES("'blockIO':{'throttleWriteIOPSDevice':[{'major':8,'minor':-1,'rate':5}]}"),
        "linux.resources.blockIO.throttleWriteIOPSDevice[0].minor: wants a number from 0 to "
        "9223372036854775807, found -1");
}

TEST(other_resources)
{
    GOOD(RESOURCES("'pids':{'limit':0},'hugepageLimits':[{'pageSize':'2MB','limit':0}],"
                   "'network':{'classID':1,'priorities':[{'name':'eth0','priority':1}]},"
                   "'rdma':{'mlx5_1':{'hcaHandles':3}},'unified':{'memory.high':'1'}"));
    GOOD(RESOURCES("'pids':{}"));
    GOOD(RESOURCES("'pids':{'limit':-1}"));
    BAD(RESOURCES("'pids':{'limit':-2}"),
        "linux.resources.pids.limit: wants a number from -1 to 9223372036854775807, found -2");
    BAD(RESOURCES("'hugepageLimits':[{'pageSize':'64kB','limit':0}]"),
        "linux.resources.hugepageLimits[0].pageSize: wants a size such as 2MB, found \"64kB\"");
    BAD(RESOURCES("'hugepageLimits':[{'pageSize':'0MB','limit':0}]"),
        "linux.resources.hugepageLimits[0].pageSize: wants a size such as 2MB, found \"0MB\"");
    BAD(RESOURCES("'network':{'priorities':[{'name':'a/b','priority':1}]}"),
        "linux.resources.network.priorities[0].name: is no name of an interface");
    BAD(RESOURCES("'rdma':{'mlx5_1':{}}"),
        "linux.resources.rdma[\"mlx5_1\"]: wants hcaHandles or hcaObjects");
    BAD(RESOURCES("'rdma':{'a b':{'hcaHandles':1}}"),
        "linux.resources.rdma[\"a b\"]: is no name of a device");
    BAD(RESOURCES("'unified':{'../x':'1'}"),
        "linux.resources.unified[\"../x\"]: is no name of a file in a cgroup");
    BAD(RESOURCES("'unified':{'':'1'}"),
        "linux.resources.unified[\"\"]: is no name of a file in a cgroup");
    BAD(RESOURCES("'unified':{'..':'1'}"),
        "linux.resources.unified[\"..\"]: is no name of a file in a cgroup");
}

static const char *limit_of(const char *resources)
{
    static char text[1000];
    const char *path;

    snprintf(text, sizeof text, RESOURCES("%s"), resources);
    if (load(text) < 0)
        return err.text;
    EQ_INT(spec_has_limits(&spec, &path), path != NULL);
    EQ_INT(spec_has_limits(&spec, NULL), path != NULL);
    return path;
}

TEST(which_limit_is_asked)
{
    EQ_INT(load(TOP("")), 0);
    OK(!spec_has_limits(&spec, NULL));
    EQ_STR(limit_of("'devices':[{'allow':false}]"), NULL);
    EQ_STR(limit_of("'memory':{'limit':-1,'swap':-1,'disableOOMKiller':false,'kernel':0},"
                    "'cpu':{'shares':0,'quota':-1,'cpus':''},'pids':{'limit':-1},"
                    "'blockIO':{'weight':0},'network':{},'rdma':{},'unified':{}"),
           NULL);
    EQ_STR(limit_of("'cpu':{'shares':1024,'quota':0,'period':100000}"), NULL);
#define LIMIT(name, text) EQ_STR(limit_of(text), "linux.resources." name)
    LIMIT("memory.limit", "'memory':{'limit':1}");
    LIMIT("memory.reservation", "'memory':{'reservation':1}");
    LIMIT("memory.swap", "'memory':{'swap':1}");
    LIMIT("memory.kernel", "'memory':{'kernel':1}");
    LIMIT("memory.kernelTCP", "'memory':{'kernelTCP':1}");
    LIMIT("memory.swappiness", "'memory':{'swappiness':0}");
    LIMIT("memory.disableOOMKiller", "'memory':{'disableOOMKiller':true}");
    LIMIT("cpu.shares", "'cpu':{'shares':1}");
    LIMIT("cpu.shares", "'cpu':{'shares':1025}");
    LIMIT("cpu.quota", "'cpu':{'quota':1}");
    LIMIT("cpu.burst", "'cpu':{'burst':1}");
    LIMIT("cpu.realtimeRuntime", "'cpu':{'realtimeRuntime':1}");
    LIMIT("cpu.realtimePeriod", "'cpu':{'realtimePeriod':1}");
    LIMIT("cpu.cpus", "'cpu':{'cpus':'0'}");
    LIMIT("cpu.mems", "'cpu':{'mems':'0'}");
    LIMIT("cpu.idle", "'cpu':{'idle':1}");
    LIMIT("blockIO.weight", "'blockIO':{'weight':10}");
    LIMIT("blockIO.leafWeight", "'blockIO':{'leafWeight':10}");
    LIMIT("blockIO.weightDevice", "'blockIO':{'weightDevice':[{'major':1,'minor':1}]}");
    LIMIT("blockIO.throttleReadBpsDevice",
          "'blockIO':{'throttleReadBpsDevice':[{'major':1,'minor':1,'rate':1}]}");
    LIMIT("blockIO.throttleWriteBpsDevice",
          "'blockIO':{'throttleWriteBpsDevice':[{'major':1,'minor':1,'rate':1}]}");
    LIMIT("blockIO.throttleReadIOPSDevice",
          "'blockIO':{'throttleReadIOPSDevice':[{'major':1,'minor':1,'rate':1}]}");
    LIMIT("blockIO.throttleWriteIOPSDevice",
          "'blockIO':{'throttleWriteIOPSDevice':[{'major':1,'minor':1,'rate':1}]}");
    LIMIT("pids.limit", "'pids':{'limit':1}");
    LIMIT("hugepageLimits", "'hugepageLimits':[{'pageSize':'2MB','limit':0}]");
    LIMIT("network.classID", "'network':{'classID':1}");
    LIMIT("network.priorities", "'network':{'priorities':[{'name':'e','priority':1}]}");
    LIMIT("rdma", "'rdma':{'m':{}}");
    LIMIT("unified", "'unified':{'a':'b'}");
#undef LIMIT
}

TEST(no_processes_at_all_is_a_limit_since_1_3)
{
    static const struct { const char *version; bool limit; } cases[] = {
        { "1.0.0", false },    { "1.0.2-dev", false }, { "1.1.0", false }, { "1.2.1", false },
        { "1.3.0", true },     { "1.3.0-rc.1", true }, { "1.10.0", true }, { "1.20.0", true },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[200];

        snprintf(text, sizeof text,
                 "{'ociVersion':'%s','root':{'path':'r'},"
                 "'linux':{'resources':{'pids':{'limit':0}}}}",
                 cases[i].version);
        EQ_INT(load(text), 0);
        EQ_INT(spec_has_limits(&spec, NULL), cases[i].limit);
    }
}

/* ---- seccomp ---- */

TEST(seccomp_errno)
{
    GOOD(LINUX(",'seccomp':{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':0}"));
    GOOD(LINUX(",'seccomp':{'defaultAction':'SCMP_ACT_TRACE','defaultErrnoRet':65535}"));
    BAD(SECCOMP(",'defaultErrnoRet':1"),
        "linux.seccomp.defaultErrnoRet: is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE, not for "
        "SCMP_ACT_ALLOW");
    BAD(LINUX(",'seccomp':{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':4096}"),
        "linux.seccomp.defaultErrnoRet: wants a number from 0 to 4095, found 4096");
    GOOD(RULE("'names':['read'],'action':'SCMP_ACT_ERRNO','errnoRet':38"));
    BAD(RULE("'names':['read'],'action':'SCMP_ACT_KILL','errnoRet':38"),
        "linux.seccomp.syscalls[0].errnoRet: is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE, not for "
        "SCMP_ACT_KILL");
    BAD(RULE("'names':['read'],'action':'SCMP_ACT_TRACE','errnoRet':65536"),
        "linux.seccomp.syscalls[0].errnoRet: wants a number from 0 to 65535, found 65536");
}

TEST(seccomp_rules)
{
    GOOD(RULE("'names':['nosuchcall','write'],'action':'SCMP_ACT_LOG','args':["
              "{'index':5,'value':1,'op':'SCMP_CMP_EQ'}]"));
    BAD(RULE("'names':[],'action':'SCMP_ACT_LOG'"),
        "linux.seccomp.syscalls[0].names: wants at least one entry");
    BAD(RULE("'names':['read',''],'action':'SCMP_ACT_LOG'"),
        "linux.seccomp.syscalls[0].names[1]: is empty");
    BAD(RULE("'names':['read'],'action':'SCMP_ACT_LOG','args':["
             "{'index':6,'value':1,'op':'SCMP_CMP_EQ'}]"),
        "linux.seccomp.syscalls[0].args[0].index: wants a number from 0 to 5, found 6");
}

TEST(seccomp_architectures)
{
    GOOD(SECCOMP(",'architectures':['SCMP_ARCH_X86','SCMP_ARCH_X86_64','SCMP_ARCH_RISCV64']"));
    /* Known to the specification; libseccomp learnt it later than 2.5. */
    if (load(SECCOMP(",'architectures':['SCMP_ARCH_X86','SCMP_ARCH_SHEB']")) == 0 &&
        spec.linux_->seccomp->architectures.v[1].value == 0) {
        EQ_INT(spec_check(&spec, &err), -1);
        OK(strstr(err.text, "linux.seccomp.architectures[1]: libseccomp "));
        OK(strstr(err.text, " does not know SCMP_ARCH_SHEB"));
    }
}

#define DATA(text) TOP(",'annotations':{'run.oci.seccomp_bpf_data':'" text "'}")
#define DATA_IS "annotations[\"run.oci.seccomp_bpf_data\"]: "

TEST(seccomp_finished_program)
{
    /* One instruction: return ALLOW. */
    GOOD(DATA("BgAAAAAA/38="));
    BAD(DATA("BgAAAAAA/38"), DATA_IS "is not base64");
    BAD(DATA("BgAAAAAA/3-="), DATA_IS "is not base64");
    BAD(DATA("BgAAAAAA/39="), DATA_IS "is not base64");
    BAD(DATA("BgAAAA=="), DATA_IS "4 bytes, wants 1 to 4096 instructions of 8 bytes each");
    BAD(DATA(""), DATA_IS "0 bytes, wants 1 to 4096 instructions of 8 bytes each");
}

TEST(seccomp_listener)
{
    GOOD(SECCOMP(",'listenerPath':'/run/x','listenerMetadata':'m','syscalls':[{'names':['mkdir'],"
                 "'action':'SCMP_ACT_NOTIFY'}]"));
    BAD(SECCOMP(",'listenerMetadata':'m'"), "linux.seccomp.listenerMetadata: needs listenerPath");
    BAD(RULE("'names':['mkdir'],'action':'SCMP_ACT_NOTIFY'"),
        "linux.seccomp.syscalls[0].action: SCMP_ACT_NOTIFY needs linux.seccomp.listenerPath");
    BAD(LINUX(",'seccomp':{'defaultAction':'SCMP_ACT_NOTIFY','listenerPath':'/x'}"),
        "linux.seccomp.defaultAction: SCMP_ACT_NOTIFY is not for all calls, some of which a "
        "runtime needs itself");
    BAD(SECCOMP(",'listenerPath':'/x','syscalls':[{'names':['read','write'],"
                "'action':'SCMP_ACT_NOTIFY'}]"),
        "linux.seccomp.syscalls[0].names[1]: SCMP_ACT_NOTIFY is not for write, which a runtime "
        "needs itself");
    BAD(SECCOMP(",'listenerPath':'x'"),
        "linux.seccomp.listenerPath: wants an absolute path, found \"x\"");
    BAD(TOP(",'annotations':{'run.oci.seccomp.receiver':'x'}"),
        "annotations[\"run.oci.seccomp.receiver\"]: wants an absolute path, found \"x\"");
    GOOD(SECCOMP(",'listenerPath':''"));
    GOOD(TOP(",'annotations':{'run.oci.seccomp.receiver':'/x'},'linux':{'seccomp':{"
             "'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['mkdir'],"
             "'action':'SCMP_ACT_NOTIFY'}]}}"));
}
