#!/usr/bin/env bats
# Another program in a container that runs: who it is, what it may do, what it has.

load lib
load life

@test "directory and environment are those of the container, or of the options" {
    box '.process.cwd = "/home/u" | .process.env += ["OF=config"]'
    ex sh -c 'pwd; echo "$OF $PATH"'
    ok
    out $'/home/u\nconfig /usr/bin:/bin'
    rcrun exec --cwd /tmp --env A=1 -e 'B=x y=z' -e OF=option "$ID" sh -c 'pwd; echo "$A|$B|$OF"'
    ok
    out $'/tmp\n1|x y=z|option'
    # One that is not there is made for the program of the container, and for no other.
    rcrun exec --cwd=/new/one "$ID" pwd
    not_done process.cwd 'no such file or directory'
    [ ! -e rootfs/new ]
    rcrun exec --cwd tmp "$ID" pwd
    not_done cwd
    end
}

@test "the user is that of the container, or of the options" {
    need_ids
    box '.process.user = {uid: 1000, gid: 1000, additionalGids: [5, 7]}'
    ex sh -c 'id -u; id -g; grep ^Groups /proc/self/status'
    ok
    is "$(tr -d ' \t' <<<"$output")" $'1000\n1000\nGroups:57'
    rcrun exec --user 12:34 "$ID" sh -c 'id -u; id -g'
    ok
    out $'12\n34'
    rcrun exec -u 0 "$ID" id -u
    ok
    out 0
    rcrun exec --user 12:34 -g 50 -g 60 "$ID" grep ^Groups /proc/self/status
    ok
    is "$(tr '\t' ' ' <<<"$output" | sed 's/ *$//')" 'Groups: 5 7 50 60'
    # An id that the container does not have.
    rcrun exec --user 3000000 "$ID" id -u
    rc 255
    out ''
    end
}

@test "privileges are not more than those of the container" {
    box "$(printf '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 13}]}
        | .process.capabilities = (["CAP_CHOWN", "CAP_KILL"] | {bounding: ., effective: ., permitted: .})
        | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 77, hard: 88}]
        | .process.oomScoreAdj = 321')"
    ex grep -E '^(Cap|NoNewPrivs|Seccomp:|Uid|Gid|Groups)' /proc/self/status
    ok
    out "$(timeout 10 "$RCRUN" exec "$ID" grep -E '^(Cap|NoNewPrivs|Seccomp:|Uid|Gid|Groups)' /proc/1/status)"
    line $'NoNewPrivs:\t1'
    line $'Seccomp:\t2'
    line $'CapEff:\t0000000000000021'
    ex mkdir /made
    rc 1
    says 'ermission denied'
    [ ! -e rootfs/made ]
    ex sh -c 'ulimit -n; ulimit -Hn; cat /proc/self/oom_score_adj'
    ok
    out $'77\n88\n321'
    end
}

@test "no_new_privs and capabilities can be added" {
    box '.process.noNewPrivileges = false | .process.capabilities = (["CAP_CHOWN"] | {bounding: ., effective: ., permitted: .})'
    ex grep -E '^(CapEff|NoNewPrivs)' /proc/self/status
    ok
    out $'CapEff:\t0000000000000001\nNoNewPrivs:\t0'
    rcrun exec --no-new-privs --cap CAP_KILL -c SYSLOG "$ID" grep -E '^(CapEff|NoNewPrivs)' /proc/self/status
    ok
    out $'CapEff:\t0000000400000021\nNoNewPrivs:\t1'
    # One that is unknown is passed over with a warning, as in a config.
    rcrun exec --cap CAP_NOSUCH "$ID" grep ^CapEff /proc/self/status
    rc 0
    out $'CapEff:\t0000000000000001'
    says 'CAP_NOSUCH is not known'
    end
}

@test "the process can come from a file" {
    box '.process.env += ["OF=config"]'
    jq '.process | .args = ["sh", "-c", "pwd; echo $A$OF; exit 6"] | .cwd = "/tmp" | .env = ["PATH=/bin", "A=file"]' config.json >process.json
    rcrun exec --process process.json "$ID"
    rc 6
    out $'/tmp\nfile'
    jq '.cwd = "tmp"' process.json >wrong.json
    rcrun exec -p wrong.json "$ID"
    not_done cwd
    echo '{' >wrong.json
    rcrun exec -p wrong.json "$ID"
    not_done wrong.json
    rcrun exec -p nosuch.json "$ID"
    not_done nosuch.json
    end
}

@test "the config that counts is that of create" {
    box
    cfg '.process.cwd = "/tmp" | .process.noNewPrivileges = false'
    ex sh -c 'pwd; grep ^NoNewPrivs /proc/self/status'
    ok
    out $'/\nNoNewPrivs:\t1'
    rm config.json
    ex pwd
    ok
    end
}

# CVE-2026-30892 and its kind: what is no number became 0.
@test "a user is digits and nothing else" {
    need_ids
    box '.process.user = {uid: 1000, gid: 1000}'
    for wrong in user '' : 1: :1 +1 ' 1' '1 ' -1 4294967295 4294967296 1:99999999999 1:4294967295 0x1 1:1:1 1.0 1e3 １ $'1\n'; do
        rcrun exec --user "$wrong" "$ID" id -u
        rc 255
        out ''
        says '--user: wants UID or UID:GID'
    done
    for wrong in x '' -1 4294967295 5,6; do
        rcrun exec --additional-gids "$wrong" "$ID" id -u
        rc 255
        out ''
        says '--additional-gids: wants digits'
    done
    rcrun exec -u 1 "$ID" sh -c 'id -u; id -g'
    ok
    out $'1\n1000'
    rcrun exec --user=1:1 "$ID" sh -c 'id -u; id -g'
    ok
    out $'1\n1'
    end
}

@test "ids that the container does not have are refused" {
    need_ids
    box
    rcrun exec --user 3000000 "$ID" id -u
    not_done 'uid 3000000 is not mapped'
    rcrun exec --user 1:3000000 "$ID" id -u
    not_done 'gid 3000000 is not mapped'
    # The groups of the caller do not stand in for those that cannot be had.
    rcrun exec --additional-gids 3000000 "$ID" id -u
    not_done additionalGids
    end
}

@test "where groups cannot be set there is a warning, if some were asked for" {
    box ".linux.uidMappings = [{containerID: 0, hostID: $(id -u), size: 1}] | .linux.gidMappings = [{containerID: 0, hostID: $(id -g), size: 1}]"
    ex id -u
    ok
    out 0
    rcrun exec --additional-gids 0 "$ID" id -u
    rc 0
    out 0
    is "$stderr" 'rcrun: warning: process.user.additionalGids: not set, since setgroups(2) is denied in this user namespace'
    end
}

@test "the umask is that of the container" {
    box '.process.user.umask = 63'
    umask 0
    ex sh -c 'umask'
    ok
    out 0077
    rcrun exec --user 0:0 --cwd /tmp "$ID" sh -c 'umask; mkdir made; stat -c %a made'
    ok
    out $'0077\n700'
    end
    rm -r "$B"
    box
    umask 077
    ex sh -c umask
    ok
    out 0022
    end
}

@test "variables are added to those of the container, and the last of a name counts" {
    box '.process.env += ["TERM=vt100", "EMPTY="]'
    mkdir rootfs/opt
    ln -s /bin/busybox rootfs/opt/true
    ln -s /bin/busybox rootfs/opt/env
    export SECRET=1
    # PATH is not lost, and not given away either.
    rcrun exec --env X=1 "$ID" sh -c 'echo "$PATH|$TERM|${EMPTY-unset}|$X|$SECRET"'
    ok
    out '/usr/bin:/bin|vt100||1|'
    rcrun exec -e PATH=/opt -e X=1 -e X=2 "$ID" env
    ok
    line PATH=/opt
    line X=2
    is "$(grep -c '^X=' <<<"$output")" 1
    # The program is looked for in the PATH that it has.
    rcrun exec -e PATH=/opt "$ID" sh -c true
    not_done 'executable file not found in $PATH'
    for wrong in X =x ''; do
        rcrun exec -e "$wrong" "$ID" true
        not_done process.env
    done
    end
}

@test "HOME is that of the user who runs" {
    need_ids
    box
    for of in 0:/root 1000:/home/u 7:/; do
        rcrun exec --user "${of%:*}" "$ID" sh -c 'echo $HOME'
        ok
        out "${of#*:}"
    done
    rcrun exec --user 1000 -e HOME=/else "$ID" sh -c 'echo $HOME'
    ok
    out /else
    rcrun exec --user 1000 -e HOME= "$ID" sh -c 'echo $HOME'
    ok
    out /home/u
    # Whatever the image has in its place.
    rm rootfs/etc/passwd
    mkfifo rootfs/etc/passwd
    rcrun exec --user 1000 "$ID" sh -c 'echo $HOME'
    ok
    out /
    end
}

# CVE-2022-29162: what is inheritable makes programs with file capabilities stronger.
@test "nothing is inheritable or ambient unless the container says so" {
    box '.process.capabilities = (["CAP_CHOWN"] | {bounding: ., effective: ., permitted: .})'
    for options in '' '--cap CAP_KILL' '--user 1000'; do
        # shellcheck disable=SC2086 # words
        rcrun exec $options "$ID" grep -E '^Cap(Inh|Amb)' /proc/self/status
        ok
        out $'CapInh:\t0000000000000000\nCapAmb:\t0000000000000000'
    done
    rcrun exec --user 1000 --cap CAP_KILL "$ID" grep -E '^Cap(Prm|Eff|Bnd)' /proc/self/status
    ok
    out $'CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000021'
    end
    rm -r "$B"
    box '.process.capabilities = (["CAP_CHOWN"] | {bounding: ., effective: ., permitted: ., inheritable: ., ambient: .})'
    ex grep -E '^Cap(Inh|Amb)' /proc/self/status
    ok
    out $'CapInh:\t0000000000000001\nCapAmb:\t0000000000000001'
    rcrun exec --user 1000 -c KILL "$ID" grep -E '^Cap(Inh|Amb|Eff)' /proc/self/status
    ok
    out $'CapInh:\t0000000000000021\nCapEff:\t0000000000000021\nCapAmb:\t0000000000000021'
    end
}

@test "all members of a process file count" {
    need_ids
    box '.process.oomScoreAdj = 100'
    printf '%s\n' '{"cwd": "/home/u", "args": ["sh", "-c", "cat /proc/self/oom_score_adj; id -u; id -g; umask; ulimit -n; ulimit -Hn; ulimit -c; ionice -p $$; echo $HOME; pwd; grep -E \"^(Groups|NoNewPrivs|Cap.*:|Cpus_allowed_list)\" /proc/$$/status"],
        "user": {"uid": 1000, "gid": 100, "umask": 39, "additionalGids": [7]}, "env": ["PATH=/bin", "HOME="],
        "capabilities": {"bounding": ["CAP_KILL", "CAP_CHOWN"], "permitted": ["CAP_KILL"], "effective": ["CAP_KILL"], "inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"]},
        "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 55, "hard": 66}, {"type": "RLIMIT_CORE", "soft": 0, "hard": 0}],
        "noNewPrivileges": true, "oomScoreAdj": 333, "execCPUAffinity": {"initial": "0", "final": "0"},
        "ioPriority": {"class": "IOPRIO_CLASS_IDLE", "priority": 0}, "scheduler": {"policy": "SCHED_BATCH", "nice": 19},
        "unknown": 1}' >process.json
    rcrun exec --process process.json --user 0 --cwd / --env A=1 "$ID"
    ok
    is "$(tr '\t' ' ' <<<"$output" | sed 's/ *$//')" '333
1000
100
0047
55
66
0
idle
/home/u
/home/u
Groups: 7
CapInh: 0000000000000020
CapPrm: 0000000000000020
CapEff: 0000000000000020
CapBnd: 0000000000000021
CapAmb: 0000000000000020
NoNewPrivs: 1
Cpus_allowed_list: 0'
    # What it does not say is not taken from the config.
    echo '{"cwd": "/", "args": ["cat", "/proc/self/oom_score_adj"], "user": {"uid": 0, "gid": 0}}' >process.json
    rcrun exec --process process.json "$ID"
    ok
    out "$(cat /proc/self/oom_score_adj)"
    for wrong in '.args = []' 'del(.args)' 'del(.cwd)' '.user.uid = -1' '.env = ["x"]' '.rlimits = [{type: "RLIMIT_X", soft: 1, hard: 1}]' \
        '.execCPUAffinity = {final: "x"}' '.capabilities = 1'; do
        jq "$wrong" process.json >wrong.json
        rcrun exec --process wrong.json "$ID"
        not_done
    done
    end
}

@test "limits are exact, and none is above what the caller may have" {
    box
    echo '{"cwd": "/", "args": ["sh", "-c", "ulimit -n; ulimit -Hn"], "user": {"uid": 0, "gid": 0}}' >process.json
    # Without a word they are the caller's.
    PREFIX=(sh -c 'ulimit -Sn 300; ulimit -Hn 500; exec "$@"' sh)
    rcrun exec --process process.json "$ID"
    ok
    out $'300\n500'
    ex sh -c 'ulimit -n'
    ok
    out 300
    jq '.rlimits = [{type: "RLIMIT_NOFILE", soft: 400, hard: 500}]' process.json >more.json
    rcrun exec --process more.json "$ID"
    ok
    out $'400\n500'
    jq '.rlimits = [{type: "RLIMIT_NOFILE", soft: 400, hard: 501}]' process.json >more.json
    rcrun exec --process more.json "$ID"
    not_done RLIMIT_NOFILE '501 is above yours, 500'
    PREFIX=()
    end
}

@test "processors are those that the process says, or all" {
    command -v taskset >/dev/null || skip 'needs taskset'
    all=$(taskset -c "0-8191" sh -c "grep ^Cpus_allowed_list /proc/self/status")
    box '.process.execCPUAffinity = {initial: "0"}'
    # A caller that is tied down, and the initial ones, are no limit for the program.
    PREFIX=(taskset -c 0)
    ex grep ^Cpus_allowed_list /proc/self/status
    ok
    out "$all"
    PREFIX=()
    jq '.process | .execCPUAffinity = {final: "0"} | .args = ["grep", "^Cpus_allowed_list", "/proc/self/status"]' config.json >process.json
    rcrun exec -p process.json "$ID"
    ok
    out $'Cpus_allowed_list:\t0'
    for kind in initial final; do
        jq ".execCPUAffinity = {$kind: \"8000\"}" process.json >wrong.json
        rcrun exec -p wrong.json "$ID"
        not_done "process.execCPUAffinity.$kind" 'processors 8000'
    done
    end
    # It is about exec alone.
    cfg '.process.execCPUAffinity = {initial: "0", final: "0"}'
    go grep ^Cpus_allowed_list /proc/self/status
    ok
    out "$all"
}

@test "a label that cannot be applied is an error" {
    [ ! -e /sys/fs/selinux/enforce ] && [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" != Y ] ||
        skip 'for a host without SELinux and AppArmor'
    box
    rcrun exec --process-label system_u:system_r:container_t:s0 "$ID" true
    not_done 'process.selinuxLabel' 'SELinux is not active'
    rcrun exec --apparmor engine-default "$ID" true
    not_done 'process.apparmorProfile' 'AppArmor is not active'
    end
}

@test "the system call filter of the container is that of its programs" {
    box '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_KILL_PROCESS"}]} | .process.noNewPrivileges = false'
    for options in '' --no-new-privs; do
        # shellcheck disable=SC2086 # words
        rcrun exec $options "$ID" mkdir /made
        rc 159
    done
    [ ! -e rootfs/made ]
    # What rcrun itself does comes before.
    rcrun exec --cwd /tmp --no-new-privs "$ID" pwd
    ok
    out /tmp
    end
}
