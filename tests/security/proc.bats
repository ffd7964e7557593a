#!/usr/bin/env bats
# /proc and /sys: what may stand there, what is written there, what is hidden there.
#
# That a write goes to the very file of procfs that is meant, whatever is mounted over it (PROC-03),
# tests/unit/test-os-proc shows, with the naive way as its control.

load lib

setup() { security_setup; }

# ---- PROC-01: /proc and /sys must be directories of the root itself ------------------------------------

mount_of() { # TYPE DESTINATION
    case $1 in
    bind | none) echo "{destination:\"$2\",type:\"$1\",source:\"$2\",options:[\"rbind\"]}" ;;
    overlay) echo "{destination:\"$2\",type:\"overlay\",source:\"o\",options:[\"lowerdir=\"+\$bundle+\"/l1:\"+\$bundle+\"/l2\"]}" ;;
    *) echo "{destination:\"$2\",type:\"$1\",source:\"$1\",options:[]}" ;;
    esac
}

attack_no_directory() { # DESTINATION KIND TYPE
    local at=$1
    bundle box "del(.mounts[]|select(.destination==\"$at\"))" ".mounts+=[$(mount_of "$3" "$at")]"
    mkdir -p "$bundle"/l{1,2} "$root/evil/self/attr"
    rmdir "$root$at"
    case $2 in
    link) ln -s evil "$root$at" ;;
    absolute) ln -s /evil "$root$at" ;;
    middle) ln -s mid/way "$root$at" && ln -s evil "$root/mid" && mkdir "$root/evil/way" ;;
    dangling) ln -s nowhere "$root$at" ;;
    file) : >"$root$at" ;;
    fifo) mkfifo "$root$at" ;;
    outside) ln -s "$outside" "$root$at" ;;
    esac
    program /bin/true
    start
    [ "$status" != 0 ] || breach "it runs, with $1 a $2, and a mount of type $3"
    [ "$runtime" != rcrun ] || grep -qE "^rcrun: .*($at must be an ordinary directory|/proc takes a)" "$out" ||
        { cat "$out"; return 1; }
}

@test "PROC-01: /proc that is a link, a file or a pipe is refused" {
    local kind type
    for kind in link absolute middle dangling file fifo outside; do holds no_directory /proc "$kind" proc; done
    for type in bind none tmpfs overlay sysfs; do holds no_directory /proc link "$type"; done
}
@test "PROC-01: /sys that is a link, a file or a pipe is refused" {
    local kind type
    for kind in link absolute middle dangling file fifo outside; do holds no_directory /sys "$kind" sysfs; done
    for type in bind none tmpfs overlay proc mqueue; do holds no_directory /sys link "$type"; done
}
@test "PROC-01 control: runc, crun" {
    falls runc no_directory /sys link none
    falls crun no_directory /sys link none
}
@test "PROC-01 control: a runtime that follows it" {
    falls mutant:strict no_directory /proc link proc
    falls mutant:strict no_directory /sys link tmpfs
}

# An image may ask for a volume there (CVE-2019-16884).
attack_fake_proc() { # SOURCE
    bundle box 'del(.mounts[]|select(.destination=="/proc"))' \
        ".mounts+=[{destination:\"/proc\",type:\"bind\",source:\"$1\",options:[\"rbind\"]}]"
    mkdir -p "$bundle/fake/self/attr"
    start
    [ "$status" != 0 ] || breach "it runs with $1 at /proc"
    [ "$runtime" != rcrun ] || grep -q '^rcrun: .*/proc takes a bind of another /proc' "$out"
}

@test "PROC-01: a bind on /proc is one of a procfs" {
    holds fake_proc fake
    holds fake_proc /proc/sys
    holds fake_proc /sys
}
@test "PROC-01 control: a runtime that binds anything" {
    falls mutant:procfs fake_proc fake
}

# ---- PROC-02: mounts below /proc ---------------------------------------------------------------------

attack_below_proc() { # DESTINATION
    bundle box '.mounts+=[{destination:"/p",type:"bind",source:($bundle+"/f"),options:["bind"]}]'
    ln -s proc "$root/link"
    mkdir "$root/x"
    edit "del(.mounts[-1])"
    for type in tmpfs bind; do
        case $type in
        tmpfs) edit ".mounts|=map(select(.source!=\"mine\"))+[{destination:\"$1\",type:\"tmpfs\",source:\"mine\"}]" ;;
        bind)
            mkdir -p "$bundle/d"
            edit ".mounts|=map(select(.source!=\"mine\"))+[{destination:\"$1\",type:\"bind\",source:(\$bundle+\"/d\"),options:[\"rbind\"]}]"
            ;;
        esac
        start
        [ "$status" != 0 ] || breach "a $type mount on $1"
    done
}

@test "PROC-02: nothing is mounted below /proc" {
    local at
    for at in /proc/self/attr /proc/1 /proc/sys /proc/sys/net /proc/.//sys /x/../proc/1 /proc/self/task /proc/ \
        /link/sys /link/self/attr /x/../link/sys/net /proc/self/root/proc/sys; do
        echo "at $at"
        holds below_proc "$at"
    done
}
@test "PROC-02 control: a runtime that looks at the text only" { falls mutant:in-proc below_proc /link/sys; }
@test "PROC-02 control: a runtime that does not look" { falls mutant:destination below_proc /proc/sys/net; }

@test "PROC-02: but files that engines replace" {
    local name
    runtime=rcrun
    bundle box '.mounts+=[("cpuinfo","meminfo","uptime","loadavg")|
        {destination:("/proc/"+.),type:"bind",source:($bundle+"/f"),options:["bind","ro"]}]'
    echo fake >"$bundle/f"
    program /bin/cat /proc/cpuinfo /proc/meminfo /proc/uptime /proc/loadavg
    start
    [ "$(<"$out")" = $'fake\nfake\nfake\nfake' ]
}

# ---- PROC-04: /proc swapped while a sysctl is written --------------------------------------------------

attack_proc_swap() { # COUNT
    bundle box '.linux.sysctl={"net.ipv4.ip_unprivileged_port_start":"70"}'
    mkdir -p "$root/fake/sys/net/ipv4" "$root/fake/self/attr"
    echo 1024 >"$root/fake/sys/net/ipv4/ip_unprivileged_port_start"
    ln -s fake "$root/other"
    # Not by way of /proc, which may be the fake one by now.
    script '/bin/attack port 80 || echo wrong: not set
        ! /bin/attack port 60 || echo wrong: this was allowed before
        grep -qx 1024 /fake/sys/net/ipv4/ip_unprivileged_port_start || echo wrong: a dummy has it'
    swapping "$root/proc" "$root/other" race "$1" --word wrong
    grep -qx 1024 "$root/fake/sys/net/ipv4/ip_unprivileged_port_start" || breach 'a dummy was written'
}

@test "PROC-04: /proc swapped during 200 starts with a sysctl" { holds proc_swap 200; }
@test "PROC-04 control: a runtime that writes by way of the container's /proc, as often" {
    falls mutant:sysctl proc_swap 200
}

# ---- PROC-05, PARSE-05: names of sysctls --------------------------------------------------------------

attack_sysctl() { # NAME [VALUE] [FILTER]
    bundle box "${3-.}"
    jq --arg k "$1" --arg v "${2-1}" '.linux.sysctl={($k):$v}' "$bundle/config.json" >"$bundle/config.new"
    mv "$bundle/config.new" "$bundle/config.json"
    start
    [ "$status" != 0 ] || breach "$1 is taken"
    # Refused as a name: what fails in a step was tried.
    breach_if "$1 was tried: $(<"$out")" grep -q 'step [0-9]' "$out"
}

shared_net='.linux.namespaces|=map(select(.type!="network"))'

@test "PROC-05: sysctls of the host, and what is no name of one" {
    local name
    for name in kernel.core_pattern kernel.sysrq vm.overcommit_memory fs.protected_symlinks kernel.ns_last_pid \
        kernel.hostname 'net.x;kernel.core_pattern' 'net.ipv4+' 'net.ipv4.ip_forward=1' $'net.ipv4.a\nkernel.sysrq' \
        net/../kernel/sysrq net.ipv4/../../kernel/sysrq ../kernel/sysrq net..ipv4 net. .net net '' / . .. \
        net/./ipv4/ip_forward /net/ipv4/ip_forward 'net.ipv4.ip_forward ' 'kernel.msgmax.' kernel.shm_rmid_forced/../sysrq; do
        echo "name '$name'"
        holds sysctl "$name"
    done
    holds sysctl net.ipv4.ip_forward 1 "$shared_net"
    holds sysctl net.ipv4.ip_forward $'1\n1'
    holds sysctl net.ipv4.ip_forward $'1\033'
}
@test "PROC-05 control: a runtime that tries them" { falls mutant:sysctl-name sysctl kernel.core_pattern; }
@test "PROC-05 control: crun" { falls crun sysctl net.ipv4.ip_forward $'1\n1'; }

# ---- PROC-06: labels that cannot be set ----------------------------------------------------------------

attack_label() { # FILTER WORD
    bundle box "$1"
    start
    [ "$status" != 0 ] || breach "it runs without the label"
    [ "$runtime" != rcrun ] || grep -q "^rcrun: .*$2" "$out" || { cat "$out"; return 1; }
}

@test "PROC-06: a label is set or the container does not run" {
    [ -d /sys/kernel/security/apparmor ] || [ -d /sys/module/apparmor ] && [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] ||
        holds label '.process.apparmorProfile="unconfined-not"' apparmorProfile
    [ -d /sys/fs/selinux/booleans ] || {
        holds label '.process.selinuxLabel="system_u:system_r:container_t:s0"' selinuxLabel
        holds label '.linux.mountLabel="system_u:object_r:container_file_t:s0"' mountLabel
    }
}
@test "PROC-06 control: a runtime that forgets it" {
    falls mutant:label label '.process.selinuxLabel="system_u:system_r:container_t:s0"' selinuxLabel
    falls mutant:label label '.linux.mountLabel="system_u:object_r:container_file_t:s0"' mountLabel
}

# ---- FT-17: a new procfs is made while that of the host can be seen -------------------------------------

attack_no_proc() {
    bundle box
    program /bin/test -e /proc/self/status
    start
    [ "$status" = 0 ] || breach "there is no /proc: $(<"$out")"
}

@test "PROC-07: a new /proc is made before the host's is gone" { holds no_proc; }
@test "PROC-07 control: a runtime that makes it afterwards" { falls mutant:late-fs no_proc; }
