#!/usr/bin/env bats
# Buildah with rcrun as its runtime, and the same with crun.

load lib
load engines

ENGINE=buildah

# The command for the runtime of that name; buildah knows runtimes by their paths alone.
under() { # RUNTIME COMMAND [ARG...]
    local name=$1 path
    shift
    case $name in rcrun) path=$RCRUN ;; *) path=$(command -v "$name") ;; esac
    if [ -n "${BY_VARIABLE-}" ]; then
        BUILDAH_RUNTIME=$path engine_run "$@"
    else
        engine_run "$1" --runtime "$path" "${@:2}"
    fi
}

need_buildah() {
    command -v buildah >/dev/null || skip 'buildah is not installed'
    engine_home
    ENGINE_OPTIONS=()
    tar -C "$BATS_FILE_TMPDIR/base" -c . >"$P/base.tar"
    engine_run from --name "$ID" scratch
    [ "$status" -eq 0 ] || skip "buildah does not work here: $(tail -n 1 <<<"$stderr")"
    engine_run add --quiet "$ID" "$P/base.tar" /
    rc 0
    engine_run config --env PATH=/bin --env "RCRUN_TEST=$ID" "$ID"
    rc 0
    find_peer engine run --runtime "$(command -v crun)" --isolation oci --network none "$ID" -- true >"$P/said" 2>&1
}

teardown() {
    local left
    if [ -n "${P-}" ] && [ -d "$P" ]; then
        engine_run rm --all
        left=$(end_engine)
    fi
    left+=$(left_behind)
    remove_all
    [ -z "$left" ] || fail "$left"
}

inside() { # STATUS OUTPUT [OPTION...] -- COMMAND...
    local wanted=$1 pattern=$2 options=()
    shift 2
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    same "$wanted" "$pattern" run --isolation oci --network none "${options[@]}" "$ID" "$@"
}

@test "buildah run: output and status" {
    need_buildah
    net=$(readlink /proc/self/ns/net)
    inside 0 hello -- echo hello
    inside 5 $'out\n0\n/' -- sh -c 'echo out; echo err >&2; id -u; pwd; exit 5'
    says err
    inside 0 $'/tmp\n1000\nhost' --workingdir /tmp --user 1000 --hostname host -- sh -c 'pwd; id -u; hostname'
    mkdir "$P/volume"
    inside 1 /v --volume "$P/volume:/v:ro" -- sh -c 'ls -d /v; touch /v/x'
    inside 0 $'/dev/pts/0\r' --terminal -- tty
    # What one makes the next one finds.
    inside 0 '' -- sh -c 'echo kept >/kept'
    inside 0 kept -- cat /kept
    # Its /sys is the host's.
    inside 0 lo -- sed -n 's/ *\(.*\):.*/\1/p' /proc/net/dev
    same 0 "net:?${net//[!0-9]/}?" run --isolation oci --network host "$ID" -- readlink /proc/self/ns/net
}

@test "buildah run: what cannot be run" {
    need_buildah
    inside 1 '' -- /nosuch
    says /nosuch
    inside 1 '' -- /etc
    under rcrun run --isolation oci --network none "$ID" -- nosuch
    rc 1
    says 'exec: "nosuch": executable file not found in $PATH'
    # Nothing is left of it.
    run "$RCRUN" list -q
    out ''
}

@test "buildah run: named by the environment, and by default" {
    need_buildah
    BY_VARIABLE=1 inside 4 '' -- sh -c 'exit 4'
    # It was really this one.
    under rcrun run --isolation rootless --network none "$ID" -- sh -c 'exit 3'
    rc 3
    BUILDAH_RUNTIME=/nonexistent/rcrun engine_run run --isolation oci --network none "$ID" -- true
    [ "$status" -ne 0 ]
    says /nonexistent/rcrun
}

@test "buildah bud" {
    need_buildah
    engine_run commit --quiet "$ID" box
    rc 0
    mkdir "$P/build"
    printf '%s\n' 'FROM box' 'RUN echo built >/built; id -u' 'RUN --mount=type=tmpfs,target=/t touch /t/x' 'USER 1000' \
        'RUN id -u; test ! -w /built; test ! -e /t/x' >"$P/build/Containerfile"
    same 0 $'*\n0\n*\n1000\n*' bud --isolation oci --network none --no-cache -t made "$P/build"
    engine_run from --name "$ID.made" made
    rc 0
    under rcrun run --isolation oci --network none "$ID.made" -- sh -c 'cat /built; id -u'
    rc 0
    out $'built\n1000'
    printf '%s\n' 'FROM box' 'RUN exit 9' >"$P/build/Containerfile"
    same 9 '*' bud --isolation oci --network none --no-cache "$P/build"
}
