#!/usr/bin/env bats
# Who sees which containers.

load lib
load life

# ---- list ----------------------------------------------------------------------------------

@test "list shows the containers in three forms" {
    stays
    rcrun list
    rc 0
    is "$(wc -l <<<"$output")" 1
    [[ $output == ID*PID*STATUS*BUNDLE*CREATED*OWNER* ]] || show 'title'
    rcrun list -q
    ok
    out ''
    rcrun list --format json
    ok
    out '[]'

    lives create "$ID.b"
    ok
    lives run -d "$ID.a"
    ok
    args true
    lives run -d "$ID.c"
    ok
    until_ok 5 eval '[ "$("$RCRUN" state "$ID.c" | jq -r .status)" = stopped ]'
    rcrun list
    ok
    is "$(wc -l <<<"$output")" 4
    is "$(awk 'NR > 1 { print $1, $3, $4 }' <<<"$output")" "$ID.a running $B
$ID.b created $B
$ID.c stopped $B"
    is "$(awk 'NR == 3 { print $2 }' <<<"$output")" "$("$RCRUN" state "$ID.b" | jq .pid)"
    is "$(awk 'NR == 4 { print $2 }' <<<"$output")" 0
    rcrun list -q
    ok
    out "$ID.a
$ID.b
$ID.c"
    rcrun list --quiet
    is "$(wc -l <<<"$output")" 3
    rcrun list -f json
    ok
    is "$(jq -c 'map([.id, .status, .bundle])' <<<"$output")" \
        "$(jq -nc --arg i "$ID" --arg b "$B" '[["\($i).a","running",$b],["\($i).b","created",$b],["\($i).c","stopped",$b]]')"
    is "$(jq -c '.[1]' <<<"$output")" "$("$RCRUN" state "$ID.b" | jq -c .)"
    rcrun list --format yaml
    rc 1
    for i in a b c; do
        rcrun delete -f "$ID.$i"
        ok
    done
    rcrun list -q
    out ''
}

@test "list shows one status when asked, and who made the containers" {
    stays
    lives create "$ID"
    ok
    lives run -d "$ID.b"
    ok
    rcrun list -q --status created
    ok
    out "$ID"
    rcrun list -q --status running
    out "$ID.b"
    rcrun list -q --status stopped
    ok
    out ''
    rcrun list --status broken
    rc 1
    says created
    rcrun list --status running
    # Columns of 12 or the longest and 3, the time to the second.
    name=$(id -un)
    [[ ${lines[1]} =~ ^"$ID.b   "\ *$(timeout 9 "$RCRUN" state "$ID.b" | jq .pid)\ +"running     $B   "[0-9T:-]{19}"Z   $name"$ ]] || show 'row'
    is "$(timeout 9 "$RCRUN" state "$ID" | jq -r .owner)" "$name"
    rcrun delete -f "$ID.b"
    ok
    delete_it
}

@test "an id of another root of the same user is pointed out" {
    stays
    lives create "$ID"
    ok
    GLOBAL=(--root "$B/other")
    rcrun state "$ID"
    rc 1
    is "${stderr_lines[0]}" "rcrun: container does not exist: $ID"
    says "$XDG_RUNTIME_DIR/rcrun"
    rcrun state "x$ID"
    refused "does not exist: x$ID"
    [ "${#stderr_lines[@]}" -eq 1 ]
    GLOBAL=()
    delete_it
}

@test "delete by force ends all processes where no pid namespace does" {
    bundle
    cfg '.linux.namespaces |= map(select(.type != "pid"))'
    args sh -c 'sleep 1001 & (setsid sleep 1002 &) ; touch /up; exec sleep 1003'
    lives run -d "$ID"
    rc 0
    until_ok 5 test -e rootfs/up
    is "$(processes | grep -c sleep)" 3
    rcrun delete -f "$ID"
    rc 0
    gone
    no_processes
}

@test "list passes over what is not a container, and clears what a crash left" {
    bundle
    lives run -d "$ID"
    ok
    until_ok 5 status_is stopped
    root=$XDG_RUNTIME_DIR/rcrun
    # A create and a delete that were killed; and a create that still works.
    mkdir "$root"/{.new-0123,half,.new-4567}
    : >"$root/.new-0123/creating.json"
    : >"$root/half/start.sock"
    touch -d '2 minutes ago' "$root/.new-0123" "$root/half"
    : >"$root/file"
    rcrun list -q
    ok
    out "$ID"
    is "$(ls -A "$root" | LC_ALL=C sort | tr '\n' ' ')" ".new-4567 file $ID "
    rm -r "$root/file" "$root/.new-4567"
    rcrun delete "$ID"
    ok
}

@test "another root has other containers" {
    stays
    lives create "$ID"
    ok
    mkdir -m 700 other
    GLOBAL=(--root "$B/other")
    rcrun list -q
    ok
    out ''
    rcrun state "$ID"
    refused 'does not exist'
    lives run -d "$ID"
    ok
    [ -e "other/$ID" ]
    rcrun delete -f "$ID"
    ok
    [ ! -e "other/$ID" ]
    GLOBAL=()
    status_is created
    delete_it
}

@test "the state is for its owner alone" {
    stays
    umask 000
    lives create "$ID"
    ok
    is "$(stat -c %a "$XDG_RUNTIME_DIR/rcrun/$ID")" 700
    is "$(find "$XDG_RUNTIME_DIR/rcrun/$ID" -type f -perm /077)" ''
    # One that others could have written is not believed.
    chmod 777 "$XDG_RUNTIME_DIR/rcrun/$ID"
    rcrun state "$ID"
    refused 'not yours alone'
    chmod 700 "$XDG_RUNTIME_DIR/rcrun/$ID"
    delete_it
}
