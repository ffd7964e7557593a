# shellcheck shell=bash
# What the tests of containerd with and without root share: a daemon of its own whose files, and
# those of its shims in /run, are seen by nobody else, and an image made of a local root directory.
# Its container runtime takes the options that ctr gives it: --runc-binary names rcrun.
#
# Crun and runc are no peers here: ctr asks for 1024 CPU shares, which they want to write into a
# cgroup and rcrun knows as what everybody has. So the words are compared with what they should be.

IMAGE=docker.io/library/box:latest

# An archive as docker save writes one, of one layer.
image() { # FILE
    local dir=$BATS_TEST_TMPDIR/image sum
    mkdir "$dir"
    tar -C "$BATS_FILE_TMPDIR/base" --owner 0 --group 0 -cf "$dir/layer.tar" .
    sum=$(sha256sum "$dir/layer.tar" | cut -d' ' -f1)
    jq -n --arg sum "sha256:$sum" --arg id "$ID" '{
        architecture: "amd64", os: "linux",
        config: {Env: ["PATH=/usr/bin:/bin", "RCRUN_TEST=\($id)"], Cmd: ["sh"]},
        rootfs: {type: "layers", diff_ids: [$sum]}
    }' >"$dir/config.json"
    jq -n --arg name "$IMAGE" '[{Config: "config.json", RepoTags: [$name], Layers: ["layer.tar"]}]' >"$dir/manifest.json"
    tar -C "$dir" -cf "$1" manifest.json config.json layer.tar
    rm -r "$dir"
}

start_containerd() { # COMMAND...: that gives it a mount namespace, and a user namespace if there must be one
    local plugins
    command -v containerd >/dev/null && command -v ctr >/dev/null || skip 'containerd is not installed'
    P=$BATS_TEST_TMPDIR/c
    mkdir "$P"
    image "$P/image.tar"
    plugins='"io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs"'
    plugins+=', "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper"'
    printf '%s\n' 'version = 2' "root = \"$P/root\"" "state = \"$P/state\"" "disabled_plugins = [$plugins]" \
        '[grpc]' "address = \"$P/sock\"" '[ttrpc]' "address = \"$P/ttrpc\"" >"$P/config.toml"
    # /run is what shims and the state of rcrun lie below.
    "$@" sh -ec 'mount -t tmpfs run /run; exec containerd --config "$1"' sh "$P/config.toml" >"$P/log" 2>&1 3>&- &
    DAEMON=$!
    until_ok 20 ctl version || { tail "$P/log" >&2 && return 1; }
    ctl images import --snapshotter native "$P/image.tar"
}

# Where the daemon is.
ctl() { # ARG...: of ctr
    timeout -k 5 30 nsenter -t "$DAEMON" "${ENTER[@]}" ctr --address "$P/sock" "$@" </dev/null 3>&-
}

# Sets status, output, stderr.
ctr_run() { # ARG...
    status=0
    ctl "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || status=$?
    output=$(cat "$BATS_TEST_TMPDIR/out")
    stderr=$(cat "$BATS_TEST_TMPDIR/err")
}

box() { # [OPTION...] -- COMMAND...
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    ctr_run run --snapshotter native --runtime io.containerd.runc.v2 --runc-binary "$RCRUN" "${options[@]}" "$IMAGE" "$ID" "$@"
}

end_containerd() {
    local pid tries=100
    [ -n "${DAEMON-}" ] || return 0
    ctl task kill --signal KILL "$ID" >/dev/null 2>&1 || true
    ctl task delete --force "$ID" >/dev/null 2>&1 || true
    ctl containers delete "$ID" >/dev/null 2>&1 || true
    kill "$DAEMON"
    while kill -0 "$DAEMON" 2>/dev/null && [ $((tries -= 1)) -gt 0 ]; do sleep .05; done
}

# ---- the tests themselves ----------------------------------------------------------------------

containers_run() {
    box --rm -- echo hello
    rc 0
    out hello
    is "$stderr" "${WARNING-}"
    box --rm -- sh -c 'echo err >&2; exit 9'
    rc 9
    says err
    box --rm --env A=b --cwd /tmp --read-only -- sh -c 'echo $A; pwd; touch /x'
    rc 1
    out $'b\n/tmp'
    box --rm --cgroup '' -- id -u
    rc 0
    out 0
    # What containerd tells of a failure is the last error in the log.
    box --rm -- /nosuch
    rc 1
    says 'exec: "/nosuch": stat /nosuch: no such file or directory'
    box --rm -- nosuch
    rc 1
    says 'exec: "nosuch": executable file not found in $PATH'
    box --rm -- /etc
    rc 1
    says 'exec: "/etc": permission denied'
    box --rm --memory-limit 50000000 -- true
    rc 1
    says linux.resources.memory.limit
    ctr_run containers list -q
    out ''
}

containers_live() {
    box --detach -- sh -c 'exec sleep 1000'
    rc 0
    ctr_run tasks list
    has "$ID"
    has RUNNING
    ctr_run tasks exec --exec-id e1 "$ID" sh -c 'echo in; tr "\0" " " </proc/1/cmdline; exit 5'
    rc 5
    out $'in\nsleep 1000 '
    ctr_run tasks exec --exec-id e2 --cwd /tmp --user 1000 "$ID" sh -c 'pwd; id -u'
    rc 0
    out $'/tmp\n1000'
    ctr_run tasks exec --exec-id e3 "$ID" /nosuch
    rc 1
    says 'exec: "/nosuch": stat /nosuch: no such file or directory'
    pid=$(ctl tasks list | awk -v id="$ID" '$1 == id { print $2 }')
    ctr_run tasks ps "$ID"
    rc 0
    is "$(awk 'NR > 1 { print $1 }' <<<"$output")" "$pid"
    # Pausing needs a cgroup; nothing happens to the container.
    ctr_run tasks pause "$ID"
    rc 1
    says cgroup
    ctr_run tasks list
    has RUNNING
    ctr_run tasks delete "$ID"
    rc 1
    ctr_run tasks kill --signal KILL "$ID"
    rc 0
    until_ok 10 eval 'ctl tasks list | grep -q STOPPED'
    ctr_run tasks delete "$ID"
    says 'exit code 137'
    ctr_run containers delete "$ID"
    rc 0
    ctr_run containers list -q
    out ''
    no_processes
    # Nothing of it in the state of rcrun.
    is "$(nsenter -t "$DAEMON" "${ENTER[@]}" find /run/containerd/runc -mindepth 2 ! -path '*/.filters*')" ''
}
