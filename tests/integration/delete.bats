#!/usr/bin/env bats
# The end of a container, and the ids of all.

load lib
load life

# ---- delete --------------------------------------------------------------------------------

@test "a container that lives is not deleted but by force" {
    stays
    lives create "$ID"
    ok
    pid=$(state pid)
    rcrun delete "$ID"
    refused 'not stopped' created
    hint --force
    kill -0 "$pid"
    rcrun start "$ID"
    ok
    rcrun delete "$ID"
    refused 'not stopped' running
    kill -0 "$pid"
    status_is running
    delete_it
    [ ! -e "/proc/$pid/root/marker" ]
    # Again: nothing there is fine, by force only.
    rcrun delete --force "$ID"
    ok
    rcrun delete "$ID"
    refused 'does not exist'
    # By force works on a created one, and the bundle is left alone.
    before=$(find . | sort | sha256sum)
    lives create "$ID"
    ok
    delete_it
    is "$(find . | sort | sha256sum)" "$before"
}

@test "of several deletes at once one does it" {
    bundle
    lives run -d "$ID"
    ok
    until_ok 5 status_is stopped
    pids=()
    for i in 1 2 3 4 5; do
        { timeout 15 "$RCRUN" delete "$ID" && echo >"won.$i"; } </dev/null >/dev/null 2>"said.$i" 3>&- &
        pids+=($!)
    done
    wait "${pids[@]}" || true
    is "$(find . -maxdepth 1 -name 'won.*' | wc -l)" 1
    is "$(cat said.* | grep -c 'does not exist')" 4
    is "$(cat said.* | wc -l)" 4
    gone
}

@test "delete removes a state that cannot be read, by force" {
    stays
    lives run -d "$ID"
    ok
    kill -9 "$(state pid)"
    until_ok 5 status_is stopped
    echo '{' >"$XDG_RUNTIME_DIR/rcrun/$ID/running.json"
    rcrun state "$ID"
    refused running.json
    rcrun delete "$ID"
    refused running.json
    rcrun list -q
    rc 0
    out ''
    says running.json
    rcrun delete --force "$ID"
    ok
    gone
}

# ---- ids -----------------------------------------------------------------------------------

@test "an id that is not there is refused by all" {
    for make in no yes; do
        for command in state start kill delete; do
            rcrun "$command" "nosuch$ID"
            refused 'container does not exist' "nosuch$ID"
        done
        rcrun kill "nosuch$ID" KILL
        refused 'container does not exist'
        rcrun exec "nosuch$ID" true
        rc 255
        is "$stderr" "rcrun: container does not exist: nosuch$ID"
        # The second time there is a state root.
        mkdir -p "$XDG_RUNTIME_DIR/rcrun"
        chmod 700 "$XDG_RUNTIME_DIR/rcrun"
    done
}

@test "an id is used once" {
    stays
    lives create "$ID"
    ok
    pid=$(state pid)
    for again in create run 'run -d'; do
        # shellcheck disable=SC2086 # words
        lives $again "$ID"
        refused 'already exists' "$ID"
        is "$(state pid)" "$pid"
        status_is created
    done
    [ ! -e rootfs/marker ]
    rcrun start "$ID"
    ok
    lives create "$ID"
    refused 'already exists'
    status_is running
    rcrun kill "$ID" KILL
    ok
    until_ok 5 status_is stopped
    lives create "$ID"
    refused 'already exists'
    rcrun delete "$ID"
    ok
    is "$(processes)" ''
}

@test "of several creates of one id at once one wins" {
    stays
    for round in 1 2; do
        pids=()
        rm -f won.* said.*
        for i in 1 2 3 4 5 6; do
            { timeout 20 "$RCRUN" create "$ID" && echo >"won.$i"; } </dev/null >/dev/null 2>"said.$i" 3>&- &
            pids+=($!)
        done
        wait "${pids[@]}" || true
        is "$(find . -maxdepth 1 -name 'won.*' | wc -l)" 1
        is "$(cat said.* | grep -c 'already exists')" 5
        is "$(cat said.* | wc -l)" 5
        status_is created
        is "$(processes | wc -l)" 1
        is "$(find "$XDG_RUNTIME_DIR/rcrun" -mindepth 1 -maxdepth 1 ! -name .filters | wc -l)" 1
        rcrun start "$ID"
        ok
        until_ok 5 test -s rootfs/marker
        delete_it
        is "$(cat rootfs/marker)" up
        rm rootfs/marker
    done
}

@test "ids that are no names are refused by all" {
    stays
    long=$(printf 'x%.0s' $(seq 300))
    mkdir -p "$XDG_RUNTIME_DIR/x"
    for id in '' . .. ../x a/b /x .hidden -x 'a b' $'a\nb' 'a*' $'\303\244' "$long"; do
        for command in create run 'run -d' start state kill delete 'delete -f'; do
            # shellcheck disable=SC2086 # words
            lives $command -- "$id"
            [ "$status" -eq 1 ] || show "$command of \"$id\""
            [ -n "$stderr" ] || show "$command of \"$id\" says nothing"
            [ -z "$output" ] || show "$command of \"$id\""
        done
        lives exec -- "$id" true
        rc 255
    done
    rmdir "$XDG_RUNTIME_DIR/x"
    is "$(find "$XDG_RUNTIME_DIR" -mindepth 2 ! -path '*/.filters*')" ''
    [ ! -e rootfs/marker ]
}

@test "the longest id and one of all characters work" {
    bundle
    first=$ID
    for ID in "$(printf 'x%.0s' $(seq 255))" "aZ9_+.-$first"; do
        lives run -d "$ID"
        ok
        until_ok 5 status_is stopped
        is "$(state id)" "$ID"
        rcrun delete "$ID"
        ok
    done
    ID=$first
    # One more is too long, and that is what it says.
    rcrun run "$(printf 'x%.0s' $(seq 256))"
    refused 'container id of 256 bytes, more than 255'
}

@test "commands want an id, and one" {
    bundle
    for command in create start state kill delete; do
        rcrun "$command"
        rc 1
        [ -n "$stderr" ] || show "$command"
    done
    for command in create start state delete; do
        rcrun "$command" "$ID" "$ID"
        rc 1
        [ -n "$stderr" ] || show "$command"
        gone
    done
}
