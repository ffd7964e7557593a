#!/usr/bin/env bats
# What a hook is as a process: directory, descriptors, signals, terminal, time, output.

load lib
load life

outside='prestart createRuntime poststart poststop'
inside='createContainer startContainer'

# Where a hook of a kind writes what it finds: the bundle as it sees it.
place() { # KIND
    case $1 in startContainer) echo /seen ;; *) echo "$B/rootfs/seen" ;; esac
}

@test "its directory is the bundle, and in the container that of the program" {
    bundle
    cfg '.process.cwd = "/tmp"'
    for kind in $kinds; do hook $kind "pwd >$(place $kind).$kind"; done
    args sleep 1000
    cd /
    lives create -b "$B" "$ID"
    ok
    cd /usr
    lives start "$ID"
    ok
    cd /var
    lives delete --force "$ID"
    ok
    for kind in $kinds; do
        case $kind in startContainer) want=/tmp ;; *) want=$B ;; esac
        is "$kind: $(cat "$B/rootfs/seen.$kind")" "$kind: $want"
    done
}

@test "where the bundle is gone the last hooks run all the same" {
    bundle
    hook poststop "pwd >$BATS_TEST_TMPDIR/seen"
    args sleep 1000
    lives run -d "$ID"
    ok
    mv "$B" "$BATS_TEST_TMPDIR/elsewhere"
    cd /
    lives delete --force "$ID"
    ok
    is "$(cat "$BATS_TEST_TMPDIR/seen")" /
    nothing_left
}

@test "it has no descriptors but three, and no signal blocked or ignored" {
    bundle
    for kind in $kinds; do
        hook $kind "ls /proc/self/fd >$(place $kind).fds.$kind"
        # Not by a shell, which has ideas of its own about signals.
        cfg --arg k $kind --arg f "$(place $kind).signals.$kind" '.hooks[$k] += [{path: "/bin/cp", args: ["cp", "/proc/self/status", $f]}]'
    done
    args sleep .5
    PREFIX=(env --ignore-signal=HUP --ignore-signal=USR1 --ignore-signal=PIPE --ignore-signal=CHLD)
    command_line run --preserve-fds 1 "$ID"
    timeout 15 "${command[@]}" </dev/null 3<config.json 5<config.json 77<config.json
    for kind in $kinds; do
        # The last is that of the directory which ls reads.
        is "$kind: $(tr '\n' ' ' <rootfs/seen.fds.$kind)" "$kind: 0 1 2 3 "
        is "$kind: $(grep -E '^Sig(Blk|Ign)' rootfs/seen.signals.$kind | tr -d ' \t')" "$kind: SigBlk:0000000000000000
SigIgn:0000000000000000"
    done
}

@test "its umask is the caller's, and in the container that of the program" {
    bundle
    cfg '.process.user.umask = 7'
    for kind in $kinds; do hook $kind "umask >$(place $kind).$kind"; done
    umask 027
    go sleep .5
    ok
    for kind in $outside createContainer; do is "$kind: $(cat rootfs/seen.$kind)" "$kind: 0027"; done
    is "$(cat rootfs/seen.startContainer)" 0007
}

@test "it has no terminal of the caller" {
    bundle
    for kind in $kinds; do hook $kind "true </dev/tty 2>/dev/null && echo yes >$(place $kind) || :"; done
    args sleep .5
    output=$(timeout 20 script -qec "'$RCRUN' run '$ID' && true </dev/tty && echo has one" /dev/null </dev/null)
    [[ $output == *'has one'* ]] || skip 'script(1) does not work here'
    [ ! -e rootfs/seen ]
}

@test "variables of the program and of the caller are nothing to it" {
    bundle
    export SECRET=1
    cfg '.process.env += ["LD_PRELOAD=/proc/self/cwd/x.so"]'
    for kind in $kinds; do
        cfg --arg k $kind --arg f "$(place $kind).$kind" \
            '.hooks[$k] = [{path: "/bin/sh", args: ["sh", "-c", "while read -r line; do echo \"$line\"; done </proc/self/environ >\($f)"]}]'
    done
    go sleep .5
    ok
    for kind in $kinds; do is "$kind: $(tr '\0' '|' <rootfs/seen.$kind)" "$kind: "; done
}

@test "one in the container's namespaces sees its root with all its mounts" {
    bundle
    mnt /mnt tmpfs tmpfs
    hook createContainer "test -e $B/rootfs/proc/self/status && grep ' $B/rootfs/mnt ' /proc/self/mountinfo >/dev/null && id -u >$B/seen"
    go true
    ok
    is "$(cat seen)" 0
}

@test "one in the container is no more than the program" {
    need_ids
    bundle
    user 1000
    mkdir -m 777 rootfs/seen
    hook startContainer 'id -u >/seen/id; grep -E "^(Cap(Eff|Bnd)|NoNewPrivs)" /proc/self/status >/seen/caps'
    gosh 'grep -E "^(Cap(Eff|Bnd)|NoNewPrivs)" /proc/self/status'
    ok
    is "$(cat rootfs/seen/caps)" "$output"
    is "$(cat rootfs/seen/id)" 1000
}

@test "one that takes too long is killed with its children" {
    for kind in createRuntime createContainer startContainer; do
        bundle
        hook $kind 'sleep 1000 & sleep 1000; true'
        cfg --arg k $kind '.hooks[$k][0].timeout = 1'
        SECONDS=0
        go sh -c 'echo program >/log'
        refused 'timeout of 1 s'
        [ "$SECONDS" -lt 10 ]
        [ ! -e rootfs/log ]
        nothing_left
        cd "$BATS_TEST_TMPDIR"
        rm -rf b
    done
    # In time is fine; a child that keeps the output is not waited for.
    bundle
    hook createRuntime "sleep 3 & echo \$! >$B/pid"
    cfg '.hooks.createRuntime[0].timeout = 15'
    go true
    ok
    kill "$(cat pid)" || fail 'the child was waited for, or killed'
    nothing_left
}

@test "one of the last two that takes too long is an error, and a warning" {
    bundle
    hook poststart 'sleep 1000 & sleep 1000'
    cfg '.hooks.poststart[0].timeout = 1'
    lives run -d "$ID"
    rc 1
    says 'hooks.poststart[0]' 
    says 'timeout of 1 s'
    nothing_left
    cfg 'del(.hooks.poststart)'
    hook poststop 'sleep 1000 & sleep 1000'
    hook poststop "echo second >$B/second"
    cfg '.hooks.poststop[0].timeout = 1'
    go true
    rc 0
    says 'warning: hooks.poststop[0]'
    says 'timeout of 1 s'
    is "$(cat second)" second
    nothing_left
}

@test "who waits for one can give up, and nothing is left" {
    for kind in prestart createRuntime createContainer startContainer; do
        bundle
        hook $kind "echo up >$(place $kind); sleep 1000 & exec sleep 1000"
        hook poststop "echo poststop >>$B/log"
        args touch /ran
        start
        until_ok 10 test -s rootfs/seen
        kill -TERM "$PARENT"
        status=0
        wait "$PARENT" || status=$?
        is "$kind $status" "$kind 143"
        grep -q 'interrupted by signal 15' "$BATS_TEST_TMPDIR/err"
        [ ! -e rootfs/ran ]
        is "$(cat log)" poststop
        nothing_left
        cd "$BATS_TEST_TMPDIR"
        rm -rf b
    done
}

@test "much output does not stop it, and the end of it is in the error" {
    bundle
    for kind in createRuntime createContainer; do
        cfg 'del(.hooks)'
        hook $kind 'head -c 20000000 /dev/zero | tr "\0" x; echo; echo "last words" >&2; echo; exit 3'
        go true
        refused "hooks.${kind}[0]" 'exit status 3: last words'
        hook $kind 'exit 0'
        cfg --arg k $kind '.hooks[$k] |= .[1:]'
        hook $kind 'yes | head -c 20000000; exec <&- >&- 2>&-; sleep .2'
        go true
        ok
    done
    nothing_left
}

@test "what a terminal would obey is not in the error" {
    bundle
    hook createRuntime 'printf "\033[31mred\007\n" >&2; exit 3'
    go true
    refused 'exit status 3'
    is "$(tr -d '\n' <<<"$stderr" | tr -d '[:print:]' | wc -c)" 0
}
