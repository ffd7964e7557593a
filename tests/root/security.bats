#!/usr/bin/env bats
# Attacks that only root can set up: other ids, helpers with power, filters.  rcrun itself runs as
# the ordinary user $TEST_USER.

load ../security/lib

setup() {
    [ "$(id -u)" = 0 ] || skip 'for root'
    [ -n "${TEST_USER-}" ] || skip 'TEST_USER names no user'
    [ -x "$attack" ] || skip 'tests/security/attack is not built'
    umask 022
    cd "$BATS_TEST_TMPDIR"
    chmod 755 . "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR"
    breaches=$PWD/breaches
    out=$PWD/out
    report=$PWD/report
    # The build may lie where the user cannot go.
    mkdir program
    cp "$RCRUN" program/rcrun
    cp "$tools/mutant" program/mutant
    cp "$attack" program/attack
    RCRUN=$PWD/program/rcrun RCRUN_MUTANT_PROGRAM=$PWD/program/mutant attack=$PWD/program/attack
    runtime_dir=$PWD/runtime
    install -d -m 700 -o "$TEST_USER" "$runtime_dir"
    user=$(id -u "$TEST_USER") group=$(id -g "$TEST_USER")
    home=$(getent passwd "$TEST_USER" | cut -d: -f6)
    make_outside
    sub_first=$(awk -F: -v user="$TEST_USER" '$1 == user && $3 >= 65536 { print $2; exit }' /etc/subuid)
    one_map=".linux.uidMappings=[{containerID:0,hostID:$user,size:1}]|.linux.gidMappings=[{containerID:0,hostID:$group,size:1}]"
    maps=$one_map
    [ -z "$sub_first" ] || maps=".linux.uidMappings=[{containerID:0,hostID:$user,size:1},{containerID:1,hostID:$sub_first,size:65536}]|
        .linux.gidMappings=[{containerID:0,hostID:$group,size:1},{containerID:1,hostID:$sub_first,size:65536}]"
    before=(as_user)
}

# bats knows no function in the place of a program, so this is what `start` puts in front.
as_user=(setpriv --reuid "$(id -u "${TEST_USER-root}")" --regid "$(id -g "${TEST_USER-root}")" --init-groups)
in_env() { # the rest of the way
    before=("${root_before[@]}" "${as_user[@]}" env -i PATH="${user_path-$PATH}" HOME="$home" USER="$TEST_USER"
        XDG_RUNTIME_DIR="$runtime_dir")
}

give() { chown -R "$TEST_USER:" "$@"; }

# start, as the user, with the bundle given to him.
start_as_user() { # [OPTION...]
    in_env
    chown "$TEST_USER:" "$bundle"
    find "$root" -type d -exec chown "$TEST_USER:" {} +
    report=$runtime_dir/report
    start "$@"
    rm -f "$runtime_dir/report"
}

# ---- PATH-08: openat2(2) is hidden ------------------------------------------------------------------------

attack_no_openat2() { # ERRNO
    local was
    bundle box
    find "$root" -type d -exec chown "$TEST_USER:" {} +
    was=$(listing "$root" | grep -v '^f')
    root_before=("$attack" without openat2 "$1")
    start_as_user
    [ "$status" != 0 ] || breach 'it runs'
    [ "$(listing "$root" | grep -v '^f')" = "$was" ] || breach 'something was made'
    [ "$runtime" != rcrun ] || grep -q '^rcrun: .*openat2' "$out" || { cat "$out"; return 1; }
}

@test "PATH-08: without openat2 nothing is started" {
    holds no_openat2 ENOSYS
    holds no_openat2 EPERM
}
@test "PATH-08 control: crun, which has a way of its own" { falls crun no_openat2 ENOSYS; }

# ---- MAP-01, MAP-04: helpers that fail, lie, hang, talk ------------------------------------------------------

helper() { # MODE: set-user-ID newuidmap and newgidmap that do so
    rm -rf helper
    install -d -m 755 helper
    install -m 4755 "$attack" helper/newuidmap
    install -m 4755 "$attack" helper/newgidmap
    echo "$1" >helper/mode
    user_path=$PWD/helper:$PATH
}

attack_helper() { # MODE
    local began=$SECONDS
    [ -n "$sub_first" ] || skip 'the user has no subordinate ids'
    SECONDS_EACH=45
    helper "$1"
    bundle box
    program /bin/cat /proc/self/uid_map
    start_as_user
    [ "$status" != 0 ] || breach "it runs, with the map $(<"$out")"
    ((SECONDS - began <= 35)) || breach "it took $((SECONDS - began)) s"
    [ "$runtime" != rcrun ] || grep -qE '^rcrun: .*(newuidmap|newgidmap|uid_map|gid_map)' "$out" || { cat "$out"; return 1; }
    ! pgrep -f "$PWD/helper" >/dev/null || breach 'a helper is left'
}

@test "MAP-01: a helper that fails" { holds helper fail; }
@test "MAP-01: a helper that does nothing and says that all is well" { holds helper lie; }
@test "MAP-01: a helper that writes another map" { holds helper other; }
@test "MAP-01: a helper that hangs" { holds helper hang; }
@test "MAP-01 control: a runtime that believes it" { falls mutant:map helper other; }

@test "MAP-01: a helper that hangs is no reason to ignore an interrupt" {
    [ -n "$sub_first" ] || skip 'the user has no subordinate ids'
    local began=$SECONDS
    runtime=rcrun
    helper hang
    bundle box
    inner=(timeout --foreground -s INT 1)
    start_as_user
    ((SECONDS - began < 5))
    ! pgrep -f "$PWD/helper"
}

@test "MAP-01: a helper that talks much" {
    holds helper noise
    [ "$(wc -c <"$out")" -lt 3000 ]
}

attack_helper_sees() {
    [ -n "$sub_first" ] || skip 'the user has no subordinate ids'
    helper real
    bundle box
    start_as_user
    [ "$status" = 0 ] || { cat "$out"; return 1; }
    grep -q '^args' helper/seen
    breach_if "it has an environment: $(grep ^env helper/seen | head -n 3)" grep -q '^env' helper/seen
    breach_if "it has descriptors: $(grep ^fd helper/seen)" grep -qE '^fd ([3-9]|[0-9]{2})' helper/seen
    [ "$(grep -c '^fd' helper/seen)" = 6 ]
}

@test "MAP-04: helpers get no environment and no descriptors" { holds helper_sees; }
@test "MAP-04 control: a runtime that passes its environment on" { falls mutant:helper helper_sees; }

# ---- MAP-02: a group that takes rights away ------------------------------------------------------------------

attack_shed_group() { # FILTER
    as_user=(setpriv --reuid "$user" --regid "$group" --groups "$group,5000")
    bundle box "$1" '.mounts+=[{destination:"/v",type:"bind",source:($bundle+"/../v"),options:["rbind"]}]'
    mkdir v
    echo marker >v/file
    chgrp 5000 v/file
    chmod 704 v/file
    mkdir "$root/v"
    program /bin/cat /v/file
    start_as_user
    breach_if 'the file could be read' grep -q marker "$out"
    grep -qE 'marker|Permission denied' "$out"
}

@test "MAP-02: a group cannot be shed with one id" { holds shed_group "$one_map"; }
@test "MAP-02 control: a container with subordinate gids, where the administrator allows it" {
    [ -n "$sub_first" ] || skip 'the user has no subordinate ids'
    falls rcrun shed_group .
}

# ---- MAP-05: no privileged mode ------------------------------------------------------------------------------

attack_set_user_id() { # MODE: of the program, or capabilities of it
    local file=program/rcrun
    bundle box
    [ "$runtime" = rcrun ] || file=program/mutant
    case $1 in
    cap*) setcap "$1" "$file" ;;
    *) chmod "$1" "$file" ;;
    esac
    start_as_user
    [ "$status" != 0 ] || breach "it runs, with $1"
    [ "$runtime" != rcrun ] || grep -q 'refuses to run set-user-ID' "$out" || { cat "$out"; return 1; }
}

@test "MAP-05: set-user-ID, set-group-ID and with file capabilities it refuses" {
    holds set_user_id 4755
    holds set_user_id 2755
    chmod 755 program/rcrun
    holds set_user_id cap_sys_admin+ep
}
@test "MAP-05 control: a program that does not ask" {
    falls mutant:privilege set_user_id 4755
}

# ---- CVE-2023-25809: a cgroup that belongs to the user --------------------------------------------------------

attack_own_cgroup() { # FILTER
    local cgroup=/sys/fs/cgroup/rcrun-test-$$
    [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || skip 'no cgroup2 on /sys/fs/cgroup'
    mkdir -p "$cgroup" 2>/dev/null || skip 'no cgroup can be made'
    chown "$TEST_USER:" "$cgroup"
    bundle box '.linux.namespaces|=map(select(.type!="network"))' 'del(.mounts[]|select(.destination=="/sys"))' "$1"
    script "mkdir $cgroup/made && echo made"
    start_as_user
    breach_if 'a cgroup of the host was made' grep -qx made "$out"
    rmdir "$cgroup"/made "$cgroup" 2>/dev/null || :
}
sys_tree='.mounts+=[{destination:"/sys",type:"none",source:"/sys",options:["rbind","nosuid","noexec","nodev","ro"]}]'

@test "CVE-2023-25809: the user's cgroup cannot be written from inside" {
    holds own_cgroup "$sys_tree"
    holds own_cgroup '.mounts+=[{destination:"/sys",type:"sysfs",source:"sysfs",options:[]}]'
    holds own_cgroup '.mounts+=[{destination:"/sys",type:"sysfs",source:"sysfs",options:["ro"]},
        {destination:"/sys/fs/cgroup",type:"cgroup",source:"cgroup",options:["rw"]}]'
}
@test "CVE-2023-25809 control: runc, crun" {
    falls runc own_cgroup "$sys_tree"
    falls crun own_cgroup "$sys_tree"
}

# ---- EXE-01: a program that belongs to root, as it is when it was installed -------------------------------------

@test "EXE-01: a container cannot write to a program of root's" {
    chmod 755 program program/*
    in_env
    mkdir -p build/tests/security
    cp "$tools/attack" "$tools/mutant" "$tools/loader" build/tests/security
    run "${before[@]}" RCRUN="$RCRUN" builddir="$PWD/build" OWN_PROGRAM=no \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        bats -f '^EXE-01: a container' "$BATS_TEST_DIRNAME/../security/fd.bats"
    echo "$output"
    [ "$status" = 0 ]
    [[ $output != *skip* ]]
}

# ---- EXE-03: what is opened after the root was entered, with names ----------------------------------------------

attack_opened() {
    bundle box 'del(.process.env[1])'
    touch "$root/etc/nsswitch.conf"
    root_before=(strace -f -qq -u "$TEST_USER" -o "$PWD/trace" -e trace=open,openat,openat2,execve,pivot_root env)
    as_user=(env)
    start_as_user
    [ "$status" = 0 ] || { cat "$out"; return 1; }
    awk '/pivot_root\(/ { pid = $1 } $1 == pid && / execve\(/ { exit } $1 == pid && /open/' trace >opened
    breach_if "opened: $(<opened)" grep -qvE '"/etc/passwd"|"/"' opened
    grep -q '"/etc/passwd"' opened
}

@test "EXE-03: of the image nothing is opened but its passwd file" {
    command -v strace >/dev/null || skip 'strace is not installed'
    holds opened
}
@test "EXE-03 control: a runtime that asks the C library for the user" {
    command -v strace >/dev/null || skip 'strace is not installed'
    falls mutant:library opened
}
