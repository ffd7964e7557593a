#!/usr/bin/env bats
# Container engines with rcrun as their runtime.

load lib

# Podman with a storage of its own, and what it would otherwise share in $HOME.
pod() { # COMMAND [ARG...]
    timeout -k 5 60 podman --root "$P/store" --runroot "$P/run" --tmpdir "$P/tmp" --storage-driver vfs \
        --cgroup-manager cgroupfs --events-backend none --log-level error --runtime "$RCRUN" "$@" </dev/null 3>&-
}

# In the background of every container there is conmon, which keeps standard output.
pod_run() { # COMMAND [ARG...]: sets status, output, stderr
    status=0
    pod "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || status=$?
    output=$(cat "$BATS_TEST_TMPDIR/out")
    stderr=$(cat "$BATS_TEST_TMPDIR/err")
}

need_podman() {
    command -v podman >/dev/null || skip 'podman is not installed'
    need_ids
    P=$BATS_TEST_TMPDIR/p B=$BATS_TEST_TMPDIR/b
    mkdir -p "$P/home" "$B"
    cp -a "$BATS_FILE_TMPDIR/base" "$B/rootfs"
    export HOME=$P/home
    unset XDG_CONFIG_HOME XDG_DATA_HOME
    export CONTAINERS_CONF=/dev/null
    tar -C "$B/rootfs" -c . | timeout 60 podman --root "$P/store" --runroot "$P/run" --tmpdir "$P/tmp" \
        --storage-driver vfs --cgroup-manager cgroupfs --events-backend none import - box >"$P/said" 2>&1 3>&- ||
        { end_podman; skip "podman does not work here: $(tail -n 1 "$P/said")"; }
}

# The process that holds podman's user namespace, and what podman leaves in the runtime directory.
end_podman() {
    local file pause
    for file in "$P/tmp/pause.pid" "$XDG_RUNTIME_DIR"/libpod/tmp/pause.pid; do
        pause=$(cat "$file" 2>/dev/null) || continue
        [[ $(tr '\0' ' ' <"/proc/$pause/cmdline") != *catatonit* ]] || kill -9 "$pause"
    done
    for file in libpod containers netns crun runc bus; do
        mapped rm -rf "$XDG_RUNTIME_DIR/$file"
    done
    mapped rm -rf "$P"
}

teardown() {
    local left
    [ -n "${P-}" ] && [ -d "$P" ] || return 0
    pod rm --all --force --time 0 >/dev/null 2>&1 || true
    end_podman
    left=$(left_behind)
    remove_all
    [ -z "$left" ] || fail "$left"
}

@test "podman runs a container and gets its output and status" {
    need_podman
    pod_run run --rm --network=none box sh -c 'echo hi; echo err >&2; exit 7'
    rc 7
    out hi
    is "$stderr" err
    pod_run run --rm --network=none --hostname inside --env A=b --workdir /tmp box sh -c 'hostname; echo $A; pwd; id -u'
    rc 0
    out $'inside\nb\n/tmp\n0'
    pod_run run --rm --network=none --user 1000:1000 box id -u
    rc 0
    out 1000
    pod_run run --rm --network=none --read-only box touch /x
    rc 1
    # Podman tells the two apart by what the runtime says.
    pod_run run --rm --network=none box /nosuch
    rc 127
    pod_run run --rm --network=none box /etc
    rc 126
    pod_run ps -aq
    out ''
}

@test "podman keeps a container in the background, executes in it and removes it" {
    need_podman
    pod_run run -d --name "$ID" --network=none box sh -c 'echo logged; exec sleep 1000'
    rc 0
    pod_run inspect --format '{{.State.Status}} {{.OCIRuntime}}' "$ID"
    out "running $RCRUN"
    pid=$(pod inspect --format '{{.State.Pid}}' "$ID")
    is "$(tr '\0' ' ' <"/proc/$pid/cmdline")" 'sleep 1000 '
    pod_run exec "$ID" sh -c 'tr "\0" " " </proc/1/cmdline; exit 5'
    rc 5
    has 'sleep 1000'
    pod_run exec --user 1000 --workdir /tmp --env A=b "$ID" sh -c 'id -u; pwd; echo $A'
    rc 0
    out $'1000\n/tmp\nb'
    pod_run exec "$ID" /nosuch
    rc 127
    pod_run exec "$ID" /etc
    rc 126
    pod_run logs "$ID"
    has logged
    pod_run rm -f -t 0 "$ID"
    rc 0
    pod_run ps -aq
    out ''
    no_processes
}

@test "podman creates, starts, kills and waits" {
    need_podman
    pod_run create --name "$ID" --network=none box sh -c 'trap "exit 9" USR1; echo up; while :; do sleep .05; done'
    rc 0
    pod_run start "$ID"
    rc 0
    until_ok 10 eval 'pod logs "$ID" 2>&1 | grep -q up'
    pod_run kill --signal USR1 "$ID"
    rc 0
    pod_run wait "$ID"
    rc 0
    out 9
    pod_run start "$ID"
    rc 0
    pod_run stop -t 1 "$ID"
    rc 0
    pod_run rm "$ID"
    rc 0
}
