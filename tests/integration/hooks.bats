#!/usr/bin/env bats
# The six kinds of hooks: order, what they get, what their failure does.

load lib
load life

# A bundle whose hooks of all kinds write to /log of the container.
bundle_that_logs() {
    bundle
    for kind in $kinds; do
        case $kind in
        startContainer) hook $kind "echo $kind >>/log; cat >/state.$kind" ;;
        poststart) hook $kind "until grep -q program $B/rootfs/log; do sleep .02; done; echo $kind >>$B/rootfs/log; cat >$B/rootfs/state.$kind" ;;
        *) hook $kind "echo $kind >>$B/rootfs/log; cat >$B/rootfs/state.$kind" ;;
        esac
    done
    cfg '.annotations = {"org.x": "y"}'
    args sh -c 'echo program >>/log; until [ -e /end ]; do sleep .02; done'
}

log() {
    tr '\n' ' ' <"$B/rootfs/log"
}

@test "they run in order over create, start and delete" {
    bundle_that_logs
    lives create "$ID"
    ok
    is "$(log)" 'prestart createRuntime createContainer '
    pid=$(timeout 10 "$RCRUN" state "$ID" | jq .pid)
    lives start "$ID"
    ok
    is "$(log)" 'prestart createRuntime createContainer startContainer program poststart '
    : >rootfs/end
    until_ok 5 eval '[ "$("$RCRUN" state "$ID" | jq -r .status)" = stopped ]'
    is "$(log)" 'prestart createRuntime createContainer startContainer program poststart '
    lives delete "$ID"
    ok
    is "$(log)" 'prestart createRuntime createContainer startContainer program poststart poststop '

    # What each was told.
    for kind in $kinds; do
        jq -e --arg id "$ID" --arg b "$B" '.id == $id and .bundle == $b
            and .annotations == {"org.x": "y"} and (.ociVersion | startswith("1."))' "rootfs/state.$kind" ||
            fail "$kind: $(cat "rootfs/state.$kind")"
    done
    is "$(for kind in $kinds; do jq -r .status "rootfs/state.$kind"; done | tr '\n' ' ')" \
        'creating creating creating created running stopped '
    # The pid is that of the namespace they are in.
    is "$(for kind in prestart createRuntime poststart; do jq .pid "rootfs/state.$kind"; done | uniq)" "$pid"
    is "$(jq .pid rootfs/state.startContainer)" 1
    is "$(jq '.pid // 0' rootfs/state.poststop)" 0
}

@test "they run in order in a run" {
    bundle_that_logs
    : >rootfs/end
    args sh -c 'echo program >>/log; until grep -q poststart /log; do sleep .02; done; exit 4'
    go
    rc 4
    is "$(log)" 'prestart createRuntime createContainer startContainer program poststart poststop '
    is "$(jq -r .status rootfs/state.poststop)" stopped
    nothing_left
}

@test "they run in order in a run in the background" {
    bundle_that_logs
    lives run -d "$ID"
    ok
    is "$(log)" 'prestart createRuntime createContainer startContainer program poststart '
    lives delete --force "$ID"
    ok
    is "$(log)" 'prestart createRuntime createContainer startContainer program poststart poststop '
    nothing_left
}

@test "those of one kind run as they stand in the list" {
    bundle
    for i in 1 2 3; do
        for kind in prestart createRuntime createContainer poststart poststop; do
            hook $kind "echo $kind$i >>$B/log"
        done
        hook startContainer "echo $i >>/log"
    done
    args sleep .5
    go
    ok
    is "$(tr '\n' ' ' <log)" 'prestart1 prestart2 prestart3 createRuntime1 createRuntime2 createRuntime3 createContainer1 createContainer2 createContainer3 poststart1 poststart2 poststart3 poststop1 poststop2 poststop3 '
    is "$(tr '\n' ' ' <rootfs/log)" '1 2 3 '
}

@test "those of the host run there, as the caller, in the bundle" {
    bundle
    umask 027
    for kind in prestart createRuntime poststart poststop; do
        hook $kind "{ id -u; pwd; readlink /proc/self/ns/mnt /proc/self/ns/user /proc/self/ns/pid; } >$B/$kind"
    done
    args sleep .5
    cd /
    rcrun run -b "$B" "$ID"
    ok
    wanted=$(id -u; echo "$B"; readlink /proc/self/ns/{mnt,user,pid})
    for kind in prestart createRuntime poststart poststop; do
        is "$kind: $(cat "$B/$kind")" "$kind: $wanted"
    done
}

@test "those of the container run in its namespaces, before and after its root is entered" {
    bundle
    hook createContainer "{ readlink /proc/self/ns/mnt; ls -d $B; readlink /proc/self/ns/net; } >$B/before; touch $B/rootfs/made"
    hook startContainer '{ readlink /proc/self/ns/mnt; ls -d /made; readlink /proc/self/ns/net; } >/after; test ! -e '"$B"
    gosh 'readlink /proc/self/ns/mnt; readlink /proc/self/ns/net'
    ok
    mount=${output%$'\n'*} net=${output#*$'\n'}
    is "$(cat before)" "$mount
$B
$net"
    is "$(cat rootfs/after)" "$mount
/made
$net"
}

@test "they get their own environment and arguments and no more" {
    bundle
    export SECRET=1
    cfg --arg b "$B" '.hooks.createRuntime = [
        {path: "/bin/sh", args: ["other name", "-c", "cat /proc/$$/environ >\($b)/env1; tr \"\\\\0\" \"|\" </proc/$$/cmdline >\($b)/args1", "a b", ""],
         env: ["A=1", "PATH=/usr/bin:/bin", "C=x y=z"]},
        {path: "/bin/sh", args: ["sh", "-c", "/bin/cat /proc/$$/environ >\($b)/env2"]}]
        | .hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "/bin/cat /proc/$$/environ >/env3; exit 0"]}]
        | .process.env += ["OF_PROCESS=1"]'
    go true
    ok
    is "$(tr '\0' '|' <env1)" 'A=1|PATH=/usr/bin:/bin|C=x y=z|'
    [[ $(cat args1) == 'other name|-c|'*'|a b||' ]] || fail "$(cat args1)"
    is "$(wc -c <env2)" 0
    is "$(tr '\0' '|' <rootfs/env3)" ''
}

@test "without arguments there is the path" {
    bundle
    printf '#!/bin/sh\necho "$0 $#" >%s/said\n' "$B" >script
    chmod +x script
    cfg --arg b "$B" '.hooks.prestart = [{path: "\($b)/script"}]'
    go true
    ok
    is "$(cat said)" "$B/script 0"
}

@test "one that does not read its input harms nobody" {
    bundle
    cfg '.annotations.long = ("x" * 300000) | .hooks = ([["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"][]
        | {key: ., value: [{path: "/bin/true"}]}] | from_entries)'
    go sleep .3
    ok
    hook createRuntime "wc -c >$B/count"
    go true
    ok
    [ "$(cat count)" -gt 300000 ]
}

@test "one that fails before the program ends it all and leaves nothing" {
    for kind in prestart createRuntime createContainer startContainer; do
        bundle
        case $kind in startContainer) log=/log ;; *) log=$B/rootfs/log ;; esac
        hook $kind "echo one >>$log"
        hook $kind 'echo some words; echo the reason >&2; exit 3'
        hook $kind "echo three >>$log"
        hook poststop "cat >>$B/stopped"
        args sh -c 'echo program >>/log'
        go
        refused "hooks.${kind}[1]" 'exit status 3' 'the reason'
        is "$(log)" 'one '
        is "$(jq -r .status stopped)" stopped
        nothing_left

        rm stopped rootfs/log
        lives create "$ID"
        if [ $kind = startContainer ]; then
            ok
            lives start "$ID"
        fi
        refused "hooks.${kind}[1]" 'exit status 3' 'the reason'
        is "$(log)" 'one '
        is "$(jq -r .status stopped)" stopped
        nothing_left
        cd "$BATS_TEST_TMPDIR"
        rm -rf b
    done
}

# As the specification has it since 1.3; before, this was a warning.
@test "one that fails after the start stops the container" {
    bundle
    hook poststart 'exit 3'
    hook poststop "echo poststop >>$B/log"
    args sleep 1000
    lives create "$ID"
    ok
    lives start "$ID"
    refused 'hooks.poststart[0]' 'exit status 3'
    nothing_left
    is "$(cat log)" poststop
    lives run -d "$ID"
    refused 'hooks.poststart[0]' 'exit status 3'
    nothing_left
    go
    refused 'hooks.poststart[0]' 'exit status 3'
    nothing_left
    is "$(wc -l <log)" 3
}

@test "one that fails at the end is a warning, and the others run" {
    bundle
    hook poststop 'echo sorry; exit 3'
    hook poststop "echo second >>$B/log"
    gosh 'exit 5'
    rc 5
    says 'warning: '
    says poststop
    says 'exit status 3'
    is "$(cat log)" second
    args sleep 1000
    lives run -d "$ID"
    ok
    lives delete --force "$ID"
    rc 0
    says 'warning: '
    says sorry
    is "$(wc -l <log)" 2
    nothing_left
}

@test "one that is killed, or cannot be run, is an error" {
    bundle
    hook createRuntime 'kill -9 $$'
    go true
    refused 'hooks.createRuntime[0]' 'signal 9'
    nothing_left
    for kind in createRuntime createContainer startContainer; do
        cfg --arg k $kind '.hooks = {($k): [{path: "/nosuch/hook"}]}'
        go true
        refused "hooks.${kind}[0]" /nosuch/hook
        nothing_left
    done
    # No execute permission.
    : >plain
    cfg --arg b "$B" '.hooks = {prestart: [{path: "\($b)/plain"}]}'
    go true
    refused plain
    nothing_left
}

@test "a wrong entry is refused" {
    bundle
    for kind in $kinds; do
        for entry in '{"path": "bin/true"}' '{"path": ""}' '{}' '{"path": "/bin/true", "timeout": 0}' \
            '{"path": "/bin/true", "timeout": -1}' '{"path": "/bin/true", "env": ["=x"]}' '"/bin/true"'; do
            cfg --arg k "$kind" --argjson e "$entry" '.hooks = {($k): [$e]}'
            go true
            refused "hooks.${kind}[0]"
        done
    done
    cfg '.hooks = {createRuntime: [{path: "bin/true"}]}'
    go true
    refused 'absolute path'
    lives create "$ID"
    refused 'absolute path'
    nothing_left
}

@test "they can ask for the state, and see the container made" {
    bundle
    hook createRuntime "XDG_RUNTIME_DIR=$XDG_RUNTIME_DIR timeout 10 $RCRUN state $ID >$B/seen"
    go true
    ok
    is "$(jq -r .status seen)" creating
    is "$(jq -r .id seen)" "$ID"
}

@test "they can see the namespaces of the container by its pid" {
    bundle
    hook createRuntime "pid=\$(jq .pid); for n in user net mnt; do readlink /proc/\$pid/ns/\$n; done >$B/seen || exit 3"
    gosh 'for n in user net mnt; do readlink /proc/self/ns/$n; done'
    ok
    is "$(cat seen)" "$output"
}

@test "the last ones wait for delete where the stopped container is kept" {
    bundle
    hook poststop "jq -r .status >>$B/log; pwd >>$B/log"
    for how in ended killed; do
        rm -f log rootfs/up
        OPTIONS=(--keep)
        start sh -c 'echo >/up; exec sleep 1000'
        until_ok 10 test -s rootfs/up
        if [ $how = ended ]; then
            rcrun kill "$ID" KILL
            ok
        else
            kill -9 "$PARENT"
        fi
        wait "$PARENT" || :
        until_ok 5 status_is stopped
        no_processes
        is "$(timeout 10 "$RCRUN" list -q)" "$ID"
        OPTIONS=()
        go true
        refused 'already exists'
        [ ! -e log ]
        rcrun delete "$ID"
        ok
        is "$(cat log)" "stopped
$B"
        nothing_left
    done
}

@test "the last ones run, too, when the launcher was killed" {
    bundle
    hook poststop "jq -r .status >>$B/log; pwd >>$B/log"
    start sh -c 'echo >/up; exec sleep 1000'
    until_ok 10 test -s rootfs/up
    kill -9 "$PARENT"
    wait "$PARENT" || :
    until_ok 5 gone
    until_ok 5 eval '[ "$(wc -l <log)" = 2 ]'
    no_processes 5
    is "$(cat log)" "stopped
$B"
    nothing_left
    # The id is free again.
    go true
    ok
}
