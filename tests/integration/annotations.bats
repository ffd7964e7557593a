#!/usr/bin/env bats
# Annotations of the config that change what rcrun does.

load lib

annotate() { # KEY VALUE
    edit '.annotations[$ARGS.positional[0]] = $ARGS.positional[1]' "$@"
}

# ---- groups ----------------------------------------------------------------------------------

# As root of a user namespace one can have groups.  The container there maps one group, so that
# 5 is nobody's in it; the directory is that group's alone.
group_bundle() {
    need_mapped
    bundle
    mkdir "$B/shared"
    echo yes >"$B/shared/file"
    mnt /shared bind "$B/shared" bind
    caps
    cfg '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}] | .linux.gidMappings = .linux.uidMappings'
    args sh -c 'cat /shared/file; id -G'
    host 'chown -R 7:5 shared; chmod 0070 shared; chmod 0040 shared/file; export XDG_RUNTIME_DIR="$PWD/xdg"; mkdir -p -m 700 xdg'
    PREFIX=(setpriv --groups 5)
}

@test "keep_original_groups: what the caller's groups may read can be read" {
    group_bundle
    annotate run.oci.keep_original_groups 1
    go
    rc 0
    out $'yes\n0 65534'
    # Without it they are gone.
    for value in 0 none; do
        annotate run.oci.keep_original_groups "$value"
        [ "$value" = 0 ] || cfg 'del(.annotations)'
        go
        rc 0
        out 0
        says 'Permission denied'
    done
}

@test "keep_original_groups: where groups cannot be changed, for another user, and in exec" {
    group_bundle
    annotate run.oci.keep_original_groups true
    # Below a user namespace in which setgroups(2) is denied.
    PREFIX=(setpriv --groups 5 unshare --user --map-root-user)
    go
    rc 0
    out $'yes\n0 65534'
    # As with keep-id: root is somebody else.  And groups of the config do not count.
    cfg '.linux.uidMappings = [{containerID: 0, hostID: 100, size: 10}, {containerID: 1000, hostID: 0, size: 1}]
        | .linux.gidMappings = .linux.uidMappings | .process.user = {uid: 1000, gid: 1000, additionalGids: [3, 99]}'
    PREFIX=(setpriv --groups 5)
    go
    rc 0
    out $'yes\n1000 65534'
    args sleep 1000
    PREFIX=(setpriv --groups 5 sh -ec '
        "$1" run -d "$2" </dev/null >/dev/null 2>&1
        "$1" exec "$2" sh -c "cat /shared/file; id -G"
        "$1" delete -f "$2"' sh "$RCRUN" "$ID")
    go
    rc 0
    out $'yes\n1000 65534'
}

# ---- output of hooks -----------------------------------------------------------------------------

say() { # KIND WORDS: a hook that says them on both ways
    edit '.hooks[$ARGS.positional[0]] += [{path: "/bin/sh", args: ["sh", "-c",
        "echo \($ARGS.positional[1]) out; echo \($ARGS.positional[1]) err >&2"]}]' "$@"
}

bundle_that_says() {
    bundle
    for kind in prestart createRuntime createContainer startContainer poststart poststop; do
        say $kind $kind
    done
}

lines() { # WORD
    printf '%s\n' {prestart,createRuntime,createContainer,startContainer,poststart,poststop}" $1"
}

@test "hooks.stdout and hooks.stderr: files get what hooks of all kinds say" {
    bundle_that_says
    annotate run.oci.hooks.stdout log.out
    annotate run.oci.hooks.stderr "$B/log.err"
    echo before >log.out
    cd /
    OPTIONS=(--bundle "$B")
    rcrun run "${OPTIONS[@]}" "$ID"
    ok
    cd "$B"
    is "$(cat log.out)" "before
$(lines out)"
    is "$(cat log.err)" "$(lines err)"
    is "$(stat -c %a log.err)" 600
    # The same over several commands, and both into one file.
    annotate run.oci.hooks.stdout both
    annotate run.oci.hooks.stderr both
    lives create "$ID"
    ok
    lives start "$ID"
    ok
    until_ok 5 eval '[ "$("$RCRUN" state "$ID" | jq -r .status)" = stopped ]'
    lives delete "$ID"
    ok
    is "$(grep out both)" "$(lines out)"
    is "$(grep err both)" "$(lines err)"
    # Without it nobody sees it.
    rm both log.*
    cfg 'del(.annotations)'
    OPTIONS=()
    go
    ok
    out ''
    is "$(ls)" $'config.json\nrootfs'
}

@test "hooks.stderr: a failure is told all the same; one of both does" {
    bundle
    cfg '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "echo shown; echo hidden >&2; exit 4"]}]'
    annotate run.oci.hooks.stderr log
    go
    refused 'hooks.createRuntime[0]' 'exit status 4: shown'
    is "$(cat log)" hidden
}

@test "hooks.stdout: a file that cannot be had" {
    bundle
    say createRuntime x
    annotate run.oci.hooks.stdout none/log
    go
    refused 'hooks.createRuntime[0]' "$B/none/log" 'no such file or directory'
    # Nobody reads it, and nobody waits for that.
    mkfifo fifo
    annotate run.oci.hooks.stdout fifo
    go
    refused 'hooks.createRuntime[0]' "$B/fifo" 'no such device or address'
    cfg 'del(.hooks)'
    say startContainer x
    go
    refused "$B/fifo" 'no such device or address'
    annotate run.oci.hooks.stdout ''
    go
    ok
    is "$(timeout 10 "$RCRUN" list -q)" ''
}

# ---- system call filters --------------------------------------------------------------------------

# Programs of classic BPF, as printed by struct sock_filter of a little-endian machine.
instruction() { # CODE JT JF K, printed for xxd-like decoding
    printf '%02x%02x%02x%02x%02x%02x%02x%02x' $(($1 & 255)) $(($1 >> 8)) "$2" "$3" \
        $(($4 & 255)) $(($4 >> 8 & 255)) $(($4 >> 16 & 255)) $(($4 >> 24 & 255))
}

program() { # sethostname(2), by number, gets the result $1
    local hex
    hex=$(instruction 0x20 0 0 0 && instruction 0x15 0 1 170 && instruction 6 0 0 "$1" &&
        instruction 6 0 0 0x7fff0000)
    python3 -c 'import base64, sys; print(base64.b64encode(bytes.fromhex(sys.argv[1])).decode())' "$hex"
}

@test "seccomp_bpf_data: a finished program in place of the profile" {
    [ "$(uname -m)" = x86_64 ] || skip 'numbers of x86-64'
    bundle
    caps CAP_SYS_ADMIN
    cfg '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}]}'
    annotate run.oci.seccomp_bpf_data "$(program $((0x50000 | 28)))"
    for nnp in true false; do
        cfg --argjson n $nnp '.process.noNewPrivileges = $n'
        gosh 'mkdir /x && rmdir /x && grep ^Seccomp: /proc/self/status; hostname x'
        rc 1
        out $'Seccomp:\t2'
        says 'No space left on device'
    done
    # Alone as well, and in exec.
    cfg 'del(.linux.seccomp)'
    args sleep 1000
    lives run --detach "$ID"
    ok
    rcrun exec "$ID" hostname x
    says 'No space left on device'
    timeout 10 "$RCRUN" delete --force "$ID"
    # Without it, it works.
    cfg 'del(.annotations)'
    go hostname x
    ok
}

@test "seccomp_bpf_data: what is none" {
    bundle
    annotate run.oci.seccomp_bpf_data 'AAAA?AAAAAA='
    go
    refused 'annotations["run.oci.seccomp_bpf_data"]' base64
    annotate run.oci.seccomp_bpf_data AAAAAAAAAAAA
    go
    refused 'annotations["run.oci.seccomp_bpf_data"]' '9 bytes' '8 bytes each'
    annotate run.oci.seccomp_bpf_data "$(head -c $((4097 * 8)) /dev/zero | base64 -w0)"
    go
    refused 'annotations["run.oci.seccomp_bpf_data"]' 4096
    # What is no program to the kernel.
    annotate run.oci.seccomp_bpf_data //////////8=
    go
    refused load_filter 'annotations["run.oci.seccomp_bpf_data"]' 'invalid argument'
}

@test "seccomp_fail_unknown_syscall: a name that nobody knows" {
    bundle
    cfg '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
        {names: ["acct"], action: "SCMP_ACT_ERRNO"}, {names: ["mkdir", "nosuchcall"], action: "SCMP_ACT_ERRNO"}]}'
    for value in none 0; do
        [ "$value" = none ] || annotate run.oci.seccomp_fail_unknown_syscall "$value"
        go
        ok
    done
    # That it was compiled before, with less care, does not help.
    annotate run.oci.seccomp_fail_unknown_syscall 1
    go
    refused 'linux.seccomp.syscalls[1].names[1]' nosuchcall
    cfg '.linux.seccomp.syscalls[1].names = ["mkdir"]'
    go
    ok
    go
    ok
}

# ---- the rest -----------------------------------------------------------------------------------

@test "handlers and plugins are refused, and what cannot be had is told" {
    bundle
    refuses() { # KEY VALUE TEXT...
        cfg 'del(.annotations)'
        annotate "$1" "$2"
        go
        refused "annotations[\"$1\"]" "${@:3}"
    }
    refuses run.oci.handler krun 'unsupported handler krun'
    refuses run.oci.handler wasm 'unsupported handler wasm'
    refuses krun.cpus 2 'unsupported handler krun'
    refuses module.wasm.image/variant compat 'unsupported handler wasm'
    refuses run.oci.seccomp.plugins /x listenerPath
    refuses run.oci.mount_context_type label rootcontext
    cfg 'del(.annotations)'
    annotate run.oci.systemd.force_cgroup_v1 /sys/fs/cgroup
    go echo hi
    rc 0
    out hi
    says 'run.oci.systemd.force_cgroup_v1'
    annotate run.oci.delegate-cgroup inner
    go echo hi
    rc 0
    says 'run.oci.delegate-cgroup'
    # These are for others.
    cfg '.annotations = {"org.opencontainers.image.os": "linux", "io.kubernetes.cri.container-type": "sandbox", "org.criu.config": "/x"}'
    go echo hi
    ok
}

@test "features list the annotations that change what a container may do" {
    rcrun features
    jq -e '.potentiallyUnsafeConfigAnnotations | . as $all
        | all("run.oci.", "org.systemd.property.", "org.criu.config", "bundle"; . as $one | $all | index($one))' <<<"$output" ||
        show 'wanted all of them'
}
