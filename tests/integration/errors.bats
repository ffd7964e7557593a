#!/usr/bin/env bats
# What is said when something does not work: one line that names the object, and a hint.

load lib

# ---- the program cannot be started ---------------------------------------------------------
#
# Engines read the end of these lines: docker and podman make 126 and 127 of them.

@test "a program that is not there" {
    bundle
    go /nosuch
    rc 1
    is "$stderr" 'rcrun: exec: "/nosuch": stat /nosuch: no such file or directory'
    go nosuch
    rc 1
    is "$stderr" "rcrun: exec: \"nosuch\": executable file not found in \$PATH"
    go ./dir/nosuch
    is "$stderr" 'rcrun: exec: "./dir/nosuch": stat ./dir/nosuch: no such file or directory'
    go /bin/busybox/x
    refused 'exec: "/bin/busybox/x"' 'not a directory'
    go ''
    rc 1
    is "$(head -n 1 <<<"$stderr")" "rcrun: exec: \"\": executable file not found in \$PATH"
}

@test "a program that is none" {
    bundle
    echo text >rootfs/etc/noexec
    go /etc
    rc 1
    is "$(head -n 1 <<<"$stderr")" 'rcrun: exec: "/etc": permission denied'
    hint '/etc is a directory'
    go /etc/noexec
    rc 1
    is "$(head -n 1 <<<"$stderr")" 'rcrun: exec: "/etc/noexec": permission denied'
    chmod 755 rootfs/etc/noexec
    go /etc/noexec
    rc 1
    is "$(head -n 1 <<<"$stderr")" 'rcrun: exec: "/etc/noexec": exec format error'
    cfg '.process.env = ["PATH=/etc"]'
    chmod 644 rootfs/etc/noexec
    go noexec
    rc 1
    is "$(head -n 1 <<<"$stderr")" 'rcrun: exec: "noexec": permission denied'
}

@test "a program that its user may not run" {
    need_ids
    bundle
    cp rootfs/bin/busybox rootfs/bin/private
    chmod 700 rootfs/bin/private
    user 1000
    caps
    go /bin/private
    rc 1
    is "$(head -n 1 <<<"$stderr")" 'rcrun: exec: "/bin/private": permission denied'
    mkdir -m 700 rootfs/closed
    cp rootfs/bin/busybox rootfs/closed/x
    go /closed/x
    rc 1
    is "$(head -n 1 <<<"$stderr")" 'rcrun: exec: "/closed/x": permission denied'
}

@test "a program of another machine" {
    bundle
    head -c 4096 rootfs/bin/busybox >rootfs/bin/other
    # The number of a machine that there is not.
    printf '\377\377' | dd of=rootfs/bin/other bs=1 seek=18 conv=notrunc 2>/dev/null
    chmod 755 rootfs/bin/other
    go other
    refused 'exec: "/bin/other": exec format error'
}

@test "one word with blanks gets the hint that it is one word" {
    bundle
    go 'ls -l'
    refused 'exec: "ls -l": executable file not found in $PATH'
    hint 'one word'
}

# ---- the form ------------------------------------------------------------------------------

@test "an error while the container is built says at which step and for what" {
    bundle
    mnt /m tmpfs tmpfs size=garbage
    go true
    rc 1
    [[ ${stderr_lines[0]} =~ ^rcrun:\ step\ [0-9]+\ \(init,\ mount_tmpfs,\ for\ mounts\[4\]\):\ .*size=garbage ]] || show
    # The number is that of the plan.
    number=${stderr_lines[0]#rcrun: step } number=${number%% *}
    OPTIONS=(--dry-run)
    go true
    [[ ${lines[number - 1]} == *' init '*mount_tmpfs*'# mounts[4]' ]] || show "$number"
}

@test "an error in the config says where it stands" {
    bundle
    cfg '.process.cwd = "relative"'
    go true
    rc 1
    n=$(grep -n '"cwd"' config.json | cut -d: -f1)
    [[ ${stderr_lines[0]} == "rcrun: config.json:$n:"*': process.cwd: '* ]] || show
    cd /
    rcrun run -b "$B" "$ID"
    rc 1
    [[ $stderr == *"config.json:$n:"* ]] || show
}

@test "hints can be switched off" {
    bundle
    mnt /m bind /tmp
    go true
    refused 'mounts[4]'
    is "${#stderr_lines[@]}" 2
    PREFIX=(env RCRUN_HINTS=0)
    go true
    is "${#stderr_lines[@]}" 1
    PREFIX=()
    GLOBAL=(--log-level error)
    go true
    is "${#stderr_lines[@]}" 1
}

@test "odd characters do not break the line" {
    bundle
    for name in $'new\nline' $'tab\there' $'esc\033[31m' $'\177' 'quote"x' 'ü' "$(printf '%0300d' 0)"; do
        mnt "/m" none "/nowhere/$name" bind
        go true
        refused 'mounts[4].source'
        ! grep -q '[^[:print:]]' <<<"${stderr_lines[0]}" || show "$name"
        cfg 'del(.mounts[4])'
        go "/nowhere/$name"
        refused 'exec: '
        ! grep -q '[^[:print:]]' <<<"${stderr_lines[0]}" || show "$name"
    done
}

@test "the reason is there even when the path is long" {
    bundle
    long=$(printf '%0200d/' $(seq 15))
    mnt "/m" none "/nowhere/$long" bind
    go true
    refused 'mounts[4].source' 'no such file or directory'
    cfg 'del(.mounts[4])'
    go "/nowhere/$long"
    refused 'exec: ' 'no such file or directory'
    mnt "/$long" tmpfs tmpfs size=garbage
    go true
    refused 'mounts[4]' 'size=garbage'
}

# ---- the log -------------------------------------------------------------------------------

@test "the last line of the log is the error, in JSON too, and once" {
    bundle
    GLOBAL=(--debug --log log --log-format json)
    for program in /nosuch nosuch /etc; do
        rm -f log
        go "$program"
        rc 1
        jq -es 'all(.level and .msg and (.time | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$")))' log >/dev/null
        is "$(jq -r 'select(.level == "error") | .msg' log | wc -l)" 1
        is "$(tail -n 1 log | jq -r .level)" error
        # Without our name, and with the reason last.
        msg=$(tail -n 1 log | jq -r .msg)
        [[ $msg == 'exec: "'$program'": '* ]] || fail "$msg"
        [[ $msg == *'no such file or directory' || $msg == *'not found in $PATH' || $msg == *'permission denied (hint: '* ||
            $msg == *'permission denied' ]] || fail "$msg"
        is "$(head -n 1 <<<"$stderr")" "rcrun: ${msg%% (hint:*}"
    done
    GLOBAL=(--log log --log-format text)
    rm log
    go /nosuch
    is "$(wc -l <log)" 1
    [[ $(cat log) == *' error: exec: "/nosuch": stat /nosuch: no such file or directory' ]]
}

@test "warnings are on standard error, or in the log: an engine gives us that of the program" {
    bundle
    mnt /m none nowhere bind optional
    go echo ran
    rc 0
    says 'rcrun: warning: mounts[4]'
    GLOBAL=(--log log --log-format json)
    go echo ran
    ok
    out ran
    is "$(jq -r 'select(.level == "warning") | .msg' log | grep -c 'mounts\[4\]')" 1
}

@test "a plain success says nothing anywhere" {
    bundle
    GLOBAL=(--log log)
    go true
    ok
    out ''
    is "$(cat log)" ''
}

@test "with --debug every line is one of the log, whatever process wrote it" {
    bundle
    GLOBAL=(--debug --log log --log-format json)
    go true
    ok
    jq -es 'length > 30 and all(.level == "debug")' log >/dev/null
    grep -q ' init ' log
    grep -q ' parent ' log
}

# ---- what is not done ----------------------------------------------------------------------

@test "what this version cannot do is refused by name, before anything happens" {
    bundle
    cp config.json plain.json
    try() { # NAME FILTER
        cp plain.json config.json
        cfg "$2"
        gosh 'touch /ran'
        refused "$1"
        [ ! -e rootfs/ran ]
    }
    try linux.resources.memory.limit '.linux.resources.memory.limit = 1000000'
    try linux.resources.pids.limit '.linux.resources.pids.limit = 10'
    try linux.resources.cpu '.linux.resources.cpu.quota = 1000'
    try linux.resources.unified '.linux.resources.unified = {"memory.high": "1M"}'
    try linux.intelRdt '.linux.intelRdt.closID = "x"'
    try linux.netDevices '.linux.netDevices = {eth0: {}}'
    # Rules for devices and a place for a cgroup ask for nothing that would be missing.
    cp plain.json config.json
    cfg '.linux.resources.devices = [{allow: false, access: "rwm"}] | .linux.cgroupsPath = "/a/b"'
    go true
    ok
}

@test "versions of the specification" {
    bundle
    for version in 1.0.0 1.0.2-dev 1.1.0 1.3.0+dev 1.99.0; do
        cfg --arg v "$version" '.ociVersion = $v'
        go true
        ok
    done
    for version in 2.0.0 0.5.0 '' x 1 1.0 v1.0.0; do
        cfg --arg v "$version" '.ociVersion = $v'
        go true
        refused ociVersion
    done
    cfg 'del(.ociVersion)'
    go true
    refused ociVersion
}

# ---- hosts that do not let us --------------------------------------------------------------

@test "no user namespaces left: the limit is named" {
    need_mapped
    bundle
    host 'echo 0 >/proc/sys/user/max_user_namespaces'
    # Nothing to seal there: that would need one as well.
    go true
    refused 'no space left on device'
    hint user.max_user_namespaces
}

@test "no other namespaces left: the limit is named" {
    need_mapped
    bundle
    host 'echo 0 >/proc/sys/user/max_ipc_namespaces'
    go true
    refused 'no space left on device'
    hint max_ipc_namespaces
}

@test "a bundle or a root that cannot be searched is named with the place" {
    bundle
    mkdir -p closed/root
    cp -a rootfs closed/root/
    chmod 0 closed
    cfg '.root.path = "closed/root/rootfs"'
    go true
    refused "$B/closed" 'permission denied'
    chmod 755 closed
    cfg '.root.path = "rootfs"'
    mkdir -m 0 secret
    mnt /m none secret/dir bind
    go true
    refused 'mounts[4].source' "$B/secret" 'permission denied'
    chmod 755 secret
}

@test "few descriptors are enough, and too few are an error" {
    bundle
    PREFIX=(sh -c 'ulimit -n 24; exec "$@"' sh)
    go echo ran
    ok
    out ran
    for n in 3 4 5 6 7 8 9 10 11 12; do
        PREFIX=(sh -c 'ulimit -n '"$n"'; exec "$@"' sh)
        go true
        # The loader of a dynamic build needs some of its own before rcrun begins.
        [[ $status != 127 || $stderr != *'loading shared libraries'* ]] || continue
        [ "$status" -eq 0 ] || refused
    done
}
