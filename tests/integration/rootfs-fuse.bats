#!/usr/bin/env bats
# A root directory that fuse-overlayfs serves, where the kernel's overlay is not to be used: the
# program that serves it is watched, confined and gone with the container.

load lib
load fuse

setup() {
    fuse_setup
}

teardown() {
    fuse_teardown
}

program() { # SHELL-COMMANDS: what it does when it shall serve
    stub 1.10 "$1"
}

tree() { # DIRECTORY: all that can be seen of it
    (cd "$1" && find . -printf '%p %y %m %s %l\n' -type f -exec sha256sum {} + | sort)
}

# ---- what it is for ------------------------------------------------------------------------

@test 'FS-58: an ephemeral root can be changed in every way, and the next run finds it as it was' {
    local before
    before=$(tree rootfs)
    gosh "$deeds"
    ok
    out all
    gosh 'cat /file /old/file'
    ok
    out $'low\nlow'
    is "$(tree rootfs)" "$before"
}

@test 'the root is served, and no mount is seen on the host' {
    gosh "sed -n 's/^[^-]* \/ \/ .* - //p' /proc/self/mountinfo | grep fuse"
    ok
    has 'fuse fuse-overlayfs'
}

@test 'FS-59: no privileged helper mounts it' {
    mkdir empty
    printf '#!/bin/sh\necho >%q/asked\n' "$PWD" >empty/fusermount3
    chmod +x empty/fusermount3
    PREFIX=(env PATH="$PWD/empty:$PATH")
    gosh 'cat /file'
    ok
    out low
    [ ! -e asked ]
}

@test 'FS-32: what a kept upper layer has is there in the next run' { keeps_a_layer; }

@test 'FS-45: the driver is marked, and another one refused; the layer stays as it was' {
    local before
    fuse upper up
    gosh 'rm -r /old; echo new >/file'
    ok
    is "$(jq -r .driver up/.rcrun-upper)" fuse
    before=$(tree up)
    key driver kernel
    go true
    refused 'was written by the fuse driver'
    hint --overlay-driver=fuse
    is "$(tree up)" "$before"
    key driver fuse
    gosh 'ls /old 2>/dev/null; cat /file'
    out new
}

@test 'FS-45: one of the kernel is refused likewise' {
    fuse upper up
    key driver kernel
    gosh 'rm -r /old'
    [ "$status" -eq 0 ] || skip 'this kernel has no overlay in user namespaces'
    key driver fuse
    go true
    refused 'was written by the kernel driver'
}

@test 'FT-11: a kernel overlay that is given such a layer brings deleted files back' {
    need_mapped
    fuse upper up
    gosh 'rm -r /old; mkdir /old'
    ok
    gosh 'ls /old'
    out ''
    run mapped --mount sh -ec 'mkdir m; mount -t overlay none m \
        -o userxattr,lowerdir=rootfs,upperdir=up/diff,workdir=up/work; ls m/old'
    [ "$status" -eq 0 ] || skip 'this kernel has no overlay in user namespaces'
    has file
}

@test 'FS-44: two containers cannot have one upper layer' {
    fuse upper up
    args sleep 100
    lives run --detach "$ID"
    rcrun run "$ID-2"
    refused "in use by container $ID"
    kill -9 "$(init)"
    rcrun delete "$ID"
    go true
    ok
}

@test 'FS-44: whether a container of another pid namespace lives cannot be told' {
    fuse upper up
    args true
    rcrun run "$ID"
    ok
    [ "$(jq .init.pidNamespace up/.rcrun-upper)" = "$(stat -Lc %i /proc/self/ns/pid)" ]
    jq -c '.init.pidNamespace = 7' up/.rcrun-upper >mark
    cp mark up/.rcrun-upper
    rcrun run "$ID"
    refused "upper $PWD/up was taken by container $ID in another pid namespace: device or resource busy"
    hint "remove $PWD/up/.rcrun-upper"
    jq -c '.init.boot = "another"' mark >up/.rcrun-upper
    rcrun run "$ID"
    ok
}

@test 'FS-33: lower layers lie over root.path, the first one on top, whatever they are called' {
    mkdir 'a,b:c' 'd\e'
    echo top >'a,b:c/file'
    echo middle >'d\e/file'
    echo middle >'d\e/other'
    key lower.0 'a,b:c'
    key lower.1 'd\e'
    gosh 'cat /file /other /old/file'
    ok
    out $'top\nmiddle\nlow'
}

@test 'FS-39: 500 layers' {
    local i
    ! grep -q QEMU /proc/cpuinfo || skip 'an emulated processor is too slow for 5 seconds'
    cfg '.annotations += ([range(499) | {key: "org.rcrun.root.lower.\(.)", value: "l/\(.)"}] | from_entries)'
    for i in {0..498}; do
        mkdir -p "l/$i"
        echo "$i" >"l/$i/f$i"
    done
    gosh 'cat /f0 /f77 /f498 /file'
    ok
    out $'0\n77\n498\nlow'
}

@test 'root.readonly: layers without an upper one' {
    mkdir l
    echo top >l/file
    key lower.0 l
    cfg '.root.readonly = true'
    gosh 'cat /file; echo >/x'
    is "${output%%$'\n'*}" top
    says 'Read-only file system'
}

@test 'FS-42: an ephemeral root of a size is full at that size' {
    key size 8m
    gosh 'dd if=/dev/zero of=/big bs=1M count=20 2>&1 | grep -c "No space"; rm /big; df -m / | tail -1'
    ok
    is "${output%%$'\n'*}" 1
    has ' 8 '
}

@test 'with a single id all is the one that there is' {
    cfg --argjson u "$(id -u)" --argjson g "$(id -g)" '
        .linux.uidMappings = [{containerID: 0, hostID: $u, size: 1}] |
        .linux.gidMappings = [{containerID: 0, hostID: $g, size: 1}]'
    gosh 'echo new >/file; stat -c %u /file /bin/busybox; rm -r /old; ls /old 2>/dev/null; echo done'
    ok
    out $'0\n0\ndone'
}

@test 'FS-54: a user in the place of root, who is the only one mapped' { serves_one_id; }

@test 'root of the container is a subordinate id: it has a kept layer, too' {
    local first
    need_mapped
    first=$(awk -F: -v u="$(id -un)" '$1 == u { print $2; exit }' /etc/subuid)
    fuse upper up
    cfg --argjson u "$(id -u)" --argjson g "$(id -g)" --argjson first "$first" '
        .linux.uidMappings = [{containerID: 0, hostID: $first, size: 1000},
            {containerID: 1000, hostID: $u, size: 1}] |
        .linux.gidMappings = [{containerID: 0, hostID: $first, size: 1000},
            {containerID: 1000, hostID: $g, size: 1}]'
    gosh 'echo new >/mine; stat -c %u /mine /file; echo changed >/file; cat /file'
    ok
    out $'0\n1000\nchanged'
    is "$(stat -c %u up/diff/mine)" "$first"
}

# ---- its life ------------------------------------------------------------------------------

@test 'FS-65: the server ends with the container, of which it is no process' {
    local ns pid
    args sleep 100
    lives run --detach "$ID"
    ok
    pid=$(server)
    is "$(servers)" "$pid"
    is "$(readlink "/proc/$pid/ns/user")" "$(readlink "/proc/$(init)/ns/user")"
    for ns in mnt pid net ipc uts; do
        [ "$(readlink "/proc/$pid/ns/$ns")" != "$(readlink "/proc/$(init)/ns/$ns")" ] || fail "$ns"
    done
    "$RCRUN" kill "$ID" KILL
    until_ok 2 ended "$pid"
}

@test 'FS-65 control: a server that is in the mount namespace of its file system stays' {
    local pid
    need_mapped
    mkdir up work m
    mapped --mount fuse-overlayfs -o "lowerdir=rootfs,upperdir=up,workdir=work" "$PWD/m" 3>&-
    pid=$(servers)
    [ -n "$pid" ]
    sleep 1
    is "$(servers)" "$pid"
    kill -9 "$pid"
    until_ok 2 ended "$pid"
}

@test 'FS-100: run leaves no server behind, whatever the program leaves running' { leaves_nobody; }

@test 'FS-101: kill -9 of init, and of rcrun: the server ends' { ends_with_those_killed; }

@test 'FS-62: kill -9 of the server: errors inside, no hang, and a warning' { is_missed; }

@test 'create, start, exec and delete of a container with a server' { lives_with_server; }

@test 'FS-65: delete ends a server that hangs, and those who wait for it' { is_ended_when_it_hangs; }

@test 'signals to the container and of the terminal are none to the server' {
    start sh -c 'trap "cat /file; exit 7" INT; while :; do sleep .1; done'
    until_ok 5 running
    kill -INT "$PARENT"
    status=0
    wait "$PARENT" || status=$?
    is "$status" 7
    is "$(cat "$BATS_TEST_TMPDIR/out")" low
}

@test 'process.oomScoreAdj: the server is killed neither before nor after the container' {
    cfg '.process.oomScoreAdj = 321'
    args sleep 100
    lives run --detach "$ID"
    ok
    is "$(cat "/proc/$(server)/oom_score_adj")" 321
}

# ---- what goes wrong -----------------------------------------------------------------------

@test 'FS-63: a server that ends at once: its last words are the error' { has_last_words; }

@test 'FS-63: a server that never answers has 5 seconds' {
    local before=$SECONDS
    stub 1.10 'exec sleep 100'
    go true
    refused 'fuse-overlayfs does not answer within 5 s'
    [ $((SECONDS - before)) -le 15 ]
    args true
    lives run --detach "$ID"
    refused 'fuse-overlayfs does not answer within 5 s'
}

@test 'FS-63: a server that takes the question and is silent: nobody waits for those who wait for it' {
    local before=$SECONDS
    [ -x "$builddir/tests/tools/fuse-mute" ] || skip 'tests/tools/fuse-mute is not built'
    mkdir stub
    cp "$builddir/tests/tools/fuse-mute" stub/fuse-overlayfs
    PREFIX=(env PATH="$PWD/stub:$PATH")
    fuse upper up
    go true
    refused 'fuse-overlayfs does not answer within 5 s'
    [ $((SECONDS - before)) -le 15 ]
    [ ! -e up ]
}

@test 'FS-67: versions that are too old, or unknown' {
    stub 1.9 'exit 1'
    go true
    refused 'is version 1.9, which loses changes'
    hint 'install fuse-overlayfs 1.10'
    stub unknown 'exit 1'
    go true
    refused 'it tells no version'
    printf '#!/bin/sh\nexit 3\n' >stub/fuse-overlayfs
    go true
    refused 'exit status 3'
}

@test 'FS-66: /dev/fuse that is missing, not for us, or without a driver: three hints' {
    local error
    command -v strace >/dev/null || skip 'strace is not installed'
    for error in 'ENOENT no such file or directory:--device /dev/fuse' \
        'EACCES permission denied:chmod 666 /dev/fuse' 'ENODEV no such device:modprobe fuse'; do
        PREFIX=(strace -qq -o /dev/null -P /dev/fuse -e "inject=openat:error=${error%% *}")
        go true
        error=${error#* }
        refused "/dev/fuse: ${error%%:*}"
        hint "${error#*:}"
    done
}

@test 'FS-107: a start that fails removes what it made of an upper layer, and nothing else' {
    stub 1.10 'exit 1'
    fuse upper up
    go true
    refused exit
    [ ! -e up ]
    mkdir -p up/diff
    echo kept >up/diff/file
    go true
    refused exit
    is "$(find up | sort | tr '\n' ' ')" 'up up/diff up/diff/file '
}
