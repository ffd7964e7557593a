#!/usr/bin/env bats
# The words that engines look for in errors, and the forms in which they call.

load lib
load life

stopped() {
    bundle
    lives run -d "$ID"
    ok
    until_ok 5 status_is stopped
}

# What the caller of an engine is shown: the last line of level error, and it is the last line.
logged() { # TEXT: a part of it
    local last
    last=$(tail -n 1 log)
    is "$(jq -r .level <<<"$last")" error
    is "$(jq -r 'select(.level == "error") | .level' log | wc -l)" 1
    jq -es 'all(.time | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$"))' log >/dev/null ||
        fail 'a line whose time is not that of RFC 3339'
    [[ $(jq -r .msg <<<"$last") == *"$1"* ]] || fail "wanted in it: $1" "$last"
}

# As engines call: with a log in JSON.
engine() { # COMMAND [ARG...]
    rm -f log
    GLOBAL=(--log log --log-format json)
    lives "$@"
    GLOBAL=()
}

# ---- words ---------------------------------------------------------------------------------

@test "a stopped container is told as not running" {
    stopped
    for command in "kill $ID" "kill $ID 9" "kill --all=false $ID KILL" "exec $ID true"; do
        # shellcheck disable=SC2086 # words
        engine $command
        [ "$status" -ne 0 ]
        logged 'container not running'
        says 'container not running'
        # One line, and it is short.
        is "$(wc -l <<<"$stderr")" 1
        [ ${#stderr} -lt 200 ]
    done
    engine start "$ID"
    rc 1
    logged 'cannot start a container that has stopped'
    # Who wants all of it ended is content.
    engine kill --all "$ID" 9
    ok
    rcrun delete "$ID"
    ok
}

@test "an unknown container does not exist" {
    bundle
    for command in "kill $ID" "delete $ID" "state $ID" "start $ID" "exec $ID true"; do
        # shellcheck disable=SC2086 # words
        engine $command
        [ "$status" -ne 0 ]
        logged 'container does not exist'
        is "$(wc -l <<<"$stderr")" 1
    done
    engine delete --force "$ID"
    ok
    is "$(cat log)" ''
}

@test "a program that is not there, and one that may not be run" {
    bundle
    echo no program >rootfs/plain
    for how in run create 'run -d'; do
        for pair in '/nosuch|no such file or directory' 'nosuch|executable file not found in' \
            '/plain|permission denied' '/etc|permission denied'; do
            args "${pair%|*}"
            # shellcheck disable=SC2086 # words
            engine $how "$ID"
            rc 1
            logged "${pair#*|}"
            says "${pair#*|}"
        done
    done
    args sleep 1000
    lives run -d "$ID"
    ok
    for pair in '/nosuch|no such file or directory' 'nosuch|executable file not found in' \
        '/plain|permission denied' '/etc|permission denied'; do
        engine exec --pid-file pid "$ID" "${pair%|*}"
        rc 255
        logged "${pair#*|}"
        # Without a pid file conmon takes the message for the reason.
        [ ! -e pid ]
    done
    rcrun delete --force "$ID"
    ok
}

@test "what is missing inside of rcrun is not told as a missing program" {
    bundle
    args sleep 1000
    lives run -d "$ID"
    ok
    dir=$XDG_RUNTIME_DIR/rcrun/$ID
    # Podman takes these words for a command that was not found.
    words='executable file not found in|no such file or directory|open executable'
    for file in "$dir"/*.json; do
        mv "$file" kept
        for command in "exec $ID true" "start $ID" "state $ID" "kill $ID CONT"; do
            # shellcheck disable=SC2086 # words
            engine $command
            ! grep -qiE "$words" <<<"$stderr" || fail "${file##*/}, $command: $stderr"
        done
        mv kept "$file"
    done
    rcrun delete --force "$ID"
    ok
}

@test "warnings come before the error, and a debug log ends with it" {
    bundle
    args /nosuch
    mnt /m none nowhere bind optional
    GLOBAL=(--debug)
    engine run "$ID"
    rc 1
    logged '/nosuch'
    GLOBAL=(--debug --log log --log-format json)
    rm -f log
    lives create "$ID"
    rc 1
    logged '/nosuch'
    jq -es 'map(.level) | index("warning") and index("debug")' log >/dev/null
}

# ---- forms ---------------------------------------------------------------------------------

@test "long options may have one dash, in every command" {
    bundle
    args sleep 1000
    lives create -bundle "$B" -no-subreaper -no-new-keyring -pid-file=pid "$ID"
    ok
    is "$(cat pid)" "$(state pid)"
    lives -log l -log-format=json -root="$XDG_RUNTIME_DIR/rcrun" start "$ID"
    ok
    lives exec -cwd /tmp -env A=b -no-new-privs "$ID" sh -c 'pwd; echo $A'
    ok
    out $'/tmp\nb'
    lives list -quiet
    out "$ID"
    lives list -format json
    jq -e 'length == 1' <<<"$output"
    lives kill -all "$ID" KILL
    ok
    lives delete -force "$ID"
    ok
}

@test "options stand on both sides of the id, but for exec" {
    bundle
    args sleep 1000
    lives create "$ID" --bundle "$B" --pid-file pid
    ok
    is "$(cat pid)" "$(state pid)"
    lives start "$ID"
    ok
    lives exec "$ID" sh -c 'echo "$@"' sh --cwd -l -- --env
    ok
    out '--cwd -l -- --env'
    for words in "$ID CONT --all" "$ID --all CONT" "--all $ID CONT" "$ID -a" "$ID -- KILL"; do
        # shellcheck disable=SC2086 # words
        lives kill $words
        ok
    done
    until_ok 5 status_is stopped
    lives delete "$ID" --force
    ok
    lives run "$ID" --keep --detach
    ok
    lives delete "$ID" -f
    ok
}

@test "global options have three values and are refused with a wrong one" {
    bundle
    for value in true false auto; do
        for form in "--rootless $value" "--rootless=$value" "-rootless=$value"; do
            # shellcheck disable=SC2086 # words
            lives $form run "$ID"
            ok
        done
    done
    lives --rootless=no run "$ID"
    rc 1
    says 'unknown rootless "no"'
    for form in --systemd-cgroup --systemd-cgroup=true --systemd-cgroup=false '--cgroup-manager systemd' \
        '--cgroup-manager=cgroupfs' '--cgroup-manager disabled' '--criu /usr/sbin/criu'; do
        # shellcheck disable=SC2086 # words
        lives $form run "$ID"
        ok
    done
    lives --log-format xml run "$ID"
    rc 1
    says 'unknown log-format "xml"'
}

@test "the log is a file, by any name" {
    bundle
    args /nosuch
    lives --log file:log --log-format json run "$ID"
    rc 1
    logged /nosuch
    [ ! -e file:log ]
    for other in journald:rcrun syslog:rcrun; do
        lives --log $other run "$ID"
        refused "$other"
        [ ! -e $other ]
    done
    # Every level has what is above it.
    for pair in error:error warning:error info:error debug:debug,error; do
        rm log
        lives --log log --log-level "${pair%:*}" run "$ID"
        rc 1
        is "$(cut -d' ' -f2 log | tr -d : | sort -u | tr '\n' ,)" "${pair#*:},"
    done
}

@test "an empty environment is enough" {
    bundle
    args sh -c 'echo $0'
    run --separate-stderr timeout 10 env -i HOME="$BATS_TEST_TMPDIR/tmp" PATH="$PATH" "$RCRUN" run "$ID" </dev/null
    ok
    out sh
    rm -rf "$BATS_TEST_TMPDIR/tmp/.rcrun"
    # What podman gives.
    run --separate-stderr timeout 10 env -i XDG_RUNTIME_DIR="$XDG_RUNTIME_DIR" PATH="$PATH" "$RCRUN" run "$ID" </dev/null
    ok
    out sh
    run --separate-stderr timeout 10 env -i PATH="$PATH" "$RCRUN" --root "$BATS_TEST_TMPDIR/b/state" run "$ID" </dev/null
    ok
    out sh
}

@test "a keyring that cannot be had is a warning" {
    command -v strace >/dev/null || skip 'needs strace'
    bundle
    # With one id there are no helpers, which strace would take their rights.
    cfg --argjson u "$(id -u)" --argjson g "$(id -g)" '.linux.uidMappings = [{containerID: 0, hostID: $u, size: 1}]
        | .linux.gidMappings = [{containerID: 0, hostID: $g, size: 1}]'
    for error in EDQUOT ENOSYS EPERM; do
        run --separate-stderr timeout 20 strace -qq -o trace -f -e trace=keyctl -e "inject=keyctl:error=$error" \
            "$RCRUN" run "$ID" -- echo ran </dev/null
        grep -q "keyctl.*INJECTED" trace || skip 'strace cannot inject here'
        rc 0
        out ran
        says 'warning: session keyring'
        [ "$error" != EDQUOT ] || says kernel.keys.maxkeys
    done
}
