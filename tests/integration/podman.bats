#!/usr/bin/env bats
# Podman with rcrun as its runtime, and the same with crun.

load lib
load engines

ENGINE=podman

# The command as the runtime of that name.
under() { # RUNTIME COMMAND [ARG...]
    local name=$1
    shift
    engine_run --runtime "$name" "${@//@/$ID-$name}"
}

need_podman() {
    command -v podman >/dev/null || skip 'podman is not installed'
    engine_home
    ENGINE_OPTIONS=(--tmpdir "$P/tmp" --cgroup-manager cgroupfs --events-backend none)
    tar -C "$BATS_FILE_TMPDIR/base" -c . >"$P/base.tar"
    engine_run import "$P/base.tar" box
    [ "$status" -eq 0 ] || { skip "podman does not work here: $(tail -n 1 <<<"$stderr")"; }
    find_peer engine --runtime crun run --rm --network none box true >"$P/said" 2>&1
}

teardown() {
    local left
    if [ -n "${P-}" ] && [ -d "$P" ]; then
        engine_run rm --all --force --time 0
        left=$(end_engine)
    fi
    left+=$(left_behind)
    remove_all
    [ -z "$left" ] || fail "$left"
}

# A container without a network, which is removed.
box() { # STATUS OUTPUT [OPTION...] box COMMAND...
    local wanted=$1 pattern=$2
    shift 2
    same "$wanted" "$pattern" run --rm --network none "$@"
}

# One in the background under each runtime: @ is its name.
background() { # [OPTION...] box COMMAND...
    same 0 '*' run -d --name @ --network none "$@"
}

# The same on a terminal of 40 lines and 100 columns, where something is typed after `ready` was
# said.
on_terminal() { # STATUS OUTPUT TYPED COMMAND [ARG...]
    local wanted=$1 pattern=$2 typed=$3 name
    shift 3
    mkfifo "$BATS_TEST_TMPDIR/typed"
    for name in rcrun $PEER; do
        {
            echo 'stty rows 40 cols 100'
            declare -f engine
            declare -p ENGINE P ENGINE_OPTIONS
            echo "engine --runtime $name ${*//@/$ID-$name}"
        } >"$BATS_TEST_TMPDIR/commands"
        : >"$BATS_TEST_TMPDIR/out"
        {
            until grep -q ready "$BATS_TEST_TMPDIR/out"; do sleep .05; done
            printf '%s' "$typed"
            sleep 1
        } >"$BATS_TEST_TMPDIR/typed" 2>/dev/null 3>&- &
        status=0
        timeout -k 2 "$LIMIT" script -qfec "bash $BATS_TEST_TMPDIR/commands" "$BATS_TEST_TMPDIR/out" \
            <"$BATS_TEST_TMPDIR/typed" >/dev/null 2>&1 3>&- || status=$?
        output=$(tr -d '\r' <"$BATS_TEST_TMPDIR/out")
        stderr=
        [ "$status" -eq "$wanted" ] || show "$name: wanted status $wanted" || return
        # shellcheck disable=SC2053 # a pattern
        [[ $output == $pattern ]] || show "$name: wanted: $pattern" || return
    done
    rm "$BATS_TEST_TMPDIR/typed"
}

@test "podman run: output and status" {
    need_podman
    box 0 hello box echo hello
    box 7 out box sh -c 'echo out; echo err >&2; exit 7'
    is "$stderr" err
    box 0 $'inside\nb\n/tmp\n0' --hostname inside --env A=b --workdir /tmp box sh -c 'hostname; echo $A; pwd; id -u'
    INPUT=typed box 0 typed -i box cat
    # Podman tells these apart by what the runtime says.
    box 127 '' box /nosuch
    box 127 '' box nosuch
    box 126 '' box /etc
    box 126 '' box /etc/passwd
    # Before the runtime is asked at all.
    box 125 '' --nosuch box true
    box 125 '' --volume "$P/nosuch:/x" box true
    box 126 '' --user nosuch box true
    engine_run ps -aq
    out ''
}

@test "podman run: the runtime's error is the last word" {
    need_podman
    under rcrun run --rm --network none box nosuch
    is "$stderr" 'Error: rcrun: exec: "nosuch": executable file not found in $PATH: OCI runtime attempted to invoke a command that was not found'
    # By its path podman does not know that it can write a log in JSON: the words come from standard error.
    engine_run --runtime "$RCRUN" run --rm --network none box nosuch
    rc 127
    says 'exec: "nosuch": executable file not found in $PATH'
    engine_run --runtime "$RCRUN" run --rm --network none box sh -c 'exit 3'
    rc 3
    engine_run --runtime "$RCRUN" info --format '{{.Host.OCIRuntime.Path}} {{.Host.OCIRuntime.Version}}'
    rc 0
    has "$RCRUN rcrun version "
}

@test "podman run: users, mounts and powers" {
    need_podman
    box 0 1000 --user 1000:1000 box id -u
    box 0 'uid=1000(user) gid=1000(user) groups=1000(user)' --user user box id
    box 126 '' --user 70000 box id
    box 0 "$(id -u) $(id -g)" --userns keep-id box sh -c 'echo $(id -u) $(id -g)'
    box 1 '' --read-only box touch /x
    mkdir "$P/volume"
    echo kept >"$P/volume/file"
    box 0 $'kept\n0' --volume "$P/volume:/v" box sh -c 'cat /v/file; touch /v/made; stat -c %u /v/made'
    is "$(stat -c %u "$P/volume/made")" "$(id -u)"
    box 1 '' --volume "$P/volume:/v:ro" box touch /v/other
    [ ! -e "$P/volume/other" ]
    box 0 1 --tmpfs /t --shm-size 1m box sh -c 'touch /t/f; grep -c "/dev/shm .*size=1024k" /proc/mounts'
    box 0 'CapEff:?0000000000000000' --cap-drop all box grep CapEff /proc/self/status
    box 0 'NoNewPrivs:?1' --security-opt no-new-privileges box grep NoNewPrivs /proc/self/status
    box 0 $'100\n200' --ulimit nofile=100:200 box sh -c 'ulimit -n; ulimit -Hn'
    box 0 1 --sysctl net.ipv4.ip_forward=1 box cat /proc/sys/net/ipv4/ip_forward
    box 0 'character special file' --device /dev/null:/dev/other box stat -c %F /dev/other
    box 0 1 --privileged box sh -c 'mount -t tmpfs x /tmp && echo 1'
}

@test "podman run: networks" {
    need_podman
    net=$(readlink /proc/self/ns/net)
    same 0 lo run --rm --network none box ls /sys/class/net
    same 0 "net:?${net//[!0-9]/}?" run --rm --network host box readlink /proc/self/ns/net
    # Containers that share.
    background --uts private box sleep 1000
    same 0 same run --rm --network container:@ --pid container:@ --ipc container:@ box \
        sh -c 'for ns in net pid ipc; do cmp /proc/1/cmdline /proc/self/cmdline >/dev/null && exit 1; readlink /proc/1/ns/$ns >a; readlink /proc/self/ns/$ns >b; cmp a b || exit 1; done; echo same'
    [ -w /dev/net/tun ] && command -v slirp4netns >/dev/null || skip 'the rest needs slirp4netns and /dev/net/tun'
    same 0 '*inet 10.0.2.100/24*nameserver 10.0.2.3*' run --rm --network slirp4netns box \
        sh -c 'ip addr show tap0; cat /etc/resolv.conf'
}

@test "podman run: limits, and no cgroup" {
    need_podman
    # Podman writes both as pids.limit 0.
    box 0 hi --pids-limit=0 box echo hi
    box 0 hi --pids-limit=-1 box echo hi
    box 0 hi --cgroups=disabled box echo hi
    box 0 hi --cgroups=no-conmon box echo hi
    box 0 hi --cgroupns=host box echo hi
    # Where no limit can be set crun goes on without, and rcrun does not.  On version 1 podman keeps
    # them to itself.
    [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ] || return 0
    for limit in --pids-limit=10:pids.limit --memory=50m:memory.limit --cpus=0.5:cpu.quota; do
        for cgroups in enabled disabled; do
            under rcrun run --rm --network none --cgroups=$cgroups "${limit%:*}" box echo hi
            rc 126
            out ''
            says "linux.resources.${limit#*:}: "
            says '(hint: '
        done
    done
}

@test "podman in the background: exec" {
    need_podman
    background box sh -c 'echo logged; echo too >&2; exec sleep 1000'
    same 0 "running rcrun" inspect --format '{{.State.Status}} rcrun' @
    pid=$(engine inspect --format '{{.State.Pid}}' "$ID-rcrun")
    is "$(tr '\0' ' ' <"/proc/$pid/cmdline")" 'sleep 1000 '
    same 5 'sleep 1000' exec @ sh -c 'echo $(tr "\0" " " </proc/1/cmdline); exit 5'
    same 0 $'1000\n/tmp\nb' exec --user 1000 --workdir /tmp --env A=b @ sh -c 'id -u; pwd; echo $A'
    INPUT=typed same 0 typed exec -i @ cat
    same 127 '' exec @ /nosuch
    same 127 '' exec @ nosuch
    same 126 '' exec @ /etc
    same 127 '' exec --workdir /nosuch @ true
    same 1 '' exec @ test -e /nosuch
    same 255 '' exec --user nosuch @ true
    same 0 '????????????????????????????????????????????????????????????????' exec -d @ touch /detached
    for name in rcrun $PEER; do
        until_ok 5 engine exec "$ID-$name" test -e /detached
    done
    same 137 '' exec @ sh -c 'kill -9 $$'
    same_words 0 too logs @
    same 0 logged logs @
}

@test "podman in the background: health, pause, top, cp" {
    need_podman
    background --health-cmd 'test -e /healthy' box sh -c 'exec sleep 1000'
    same 1 unhealthy healthcheck run @
    same 0 '' exec @ touch /healthy
    same 0 '' healthcheck run @
    same 0 '*1*0*sleep 1000*' top @
    same 0 '' cp "@:/etc/passwd" "$P/passwd"
    cmp "$P/passwd" "$BATS_FILE_TMPDIR/base/etc/passwd"
    same 0 '' cp "$P/passwd" "@:/tmp/copied"
    same 0 '' exec @ cmp /etc/passwd /tmp/copied
    same_words 125 '*cgroup*' pause @
    same 0 running inspect --format '{{.State.Status}}' @
    same 0 '' exec @ true
}

@test "podman create, start, kill, stop, wait, rm" {
    need_podman
    same 0 '*' create --name @ --network=none box sh -c 'trap "exit 9" USR1; trap "" TERM; echo up; while :; do sleep .05; done'
    same 0 created inspect --format '{{.State.Status}}' @
    same 0 '*' start @
    for name in rcrun $PEER; do
        until_ok 10 eval "engine logs '$ID-$name' 2>&1 | grep -q up"
    done
    same 0 '*' kill --signal USR1 @
    same 0 9 wait @
    same 0 'exited 9' inspect --format '{{.State.Status}} {{.State.ExitCode}}' @
    same 255 '' exec @ true
    same 125 '' kill @
    # Again; it ignores TERM.
    same 0 '*' start @
    for name in rcrun $PEER; do
        until_ok 10 eval "[ \$(engine logs '$ID-$name' 2>&1 | grep -c up) = 2 ]"
    done
    same 0 '*' stop -t 1 @
    same 0 'exited 137' inspect --format '{{.State.Status}} {{.State.ExitCode}}' @
    same 0 '*' restart -t 0 @
    same 2 '' rm @
    same 0 '*' rm --force --time 0 @
    engine_run ps -aq
    out ''
    no_processes
}

@test "podman on a terminal" {
    need_podman
    # The size comes a little later than the terminal.
    need='tty; until size=$(stty size 2>/dev/null) && [ -n "$size" ]; do usleep 50000; done; echo $size; echo ready; read x; test -t 0 && test -t 1 && test -t 2 && echo got $x; exit 4'
    on_terminal 4 $'*/dev/pts/0\n40 100\nready\nabc\ngot abc\n*' $'abc\n' run -it --rm --network none box sh -c "'$need'"
    background box sleep 1000
    on_terminal 4 $'*/dev/pts/0\n40 100\nready\nabc\ngot abc\n*' $'abc\n' exec -it @ sh -c "'$need'"
    # A terminal of the container's own, with none here.
    box 0 $'/dev/pts/0\r' -t box tty
}

@test "podman build" {
    need_podman
    mkdir "$P/build"
    printf '%s\n' 'FROM box' 'RUN echo built >/built; id -u' 'COPY file /copied' 'ENV A=b' 'USER 1000' \
        'RUN id -u; cat /built /copied; test ! -w /built' 'CMD ["sh", "-c", "cat /built; echo $A; id -u"]' >"$P/build/Containerfile"
    echo copied >"$P/build/file"
    same 0 $'*\n0\n*\n1000\nbuilt\ncopied\n*' build --no-cache --network none -t @ "$P/build"
    box 0 $'built\nb\n1000' @
    printf '%s\n' 'FROM box' 'RUN exit 9' >"$P/build/Containerfile"
    same 9 '*' build --no-cache --network none "$P/build"
    printf '%s\n' 'FROM box' 'RUN ["/nosuch"]' >"$P/build/Containerfile"
    same_words 1 '*/nosuch*' build --no-cache --network none "$P/build"
}

@test "NW-03: podman makes the network: the annotation of rcrun is none of its business" {
    need_podman
    under rcrun run --rm --network none --annotation org.rcrun.network=slirp \
        --annotation org.rcrun.network.publish=48080:80 box sh -c 'ip link; cat /etc/resolv.conf 2>/dev/null; :'
    [ "$status" -eq 0 ] || show 'it did not run'
    has lo
    lacks tap0
    lacks 10.0.2.3
    ! pgrep -u "$(id -u)" -f 'rcrun-net .*48080:80' || fail 'there is a helper'
}

@test "FT-27: annotations make layers of a root directory, for podman too" {
    local root=org.rcrun.root
    need_podman
    cp -a "$BATS_FILE_TMPDIR/base" "$P/root"
    under rcrun run --rm --network none --annotation $root.overlay=ephemeral --rootfs "$P/root" \
        sh -c 'echo gone >/new; rm -r /home; cat /new; ls -d /home'
    says '/home: No such file'
    out gone
    [ -d "$P/root/home" ] && [ ! -e "$P/root/new" ]
    under rcrun run --rm --network none --annotation $root.overlay=upper --annotation "$root.upper=$P/up" \
        --rootfs "$P/root" sh -c 'echo kept >/new'
    rc 0
    [ "$(cat "$P/up/diff/new")" = kept ] && [ ! -e "$P/root/new" ]
    # Who is stopped and started again begins anew.
    under rcrun run -d --name @ --network none --annotation $root.overlay=ephemeral --rootfs "$P/root" \
        sh -c 'ls /new; echo gone >/new; exec sleep 1000'
    rc 0
    under rcrun stop --time 0 @
    under rcrun start @
    rc 0
    until_ok 5 engine --runtime rcrun exec "$ID-rcrun" test -e /new
    under rcrun logs @
    lacks '^/new'
    under rcrun run --rm --network none --annotation $root.nonsense=1 --rootfs "$P/root" true
    rc 126
    says 'annotations["org.rcrun.root.nonsense"]: unknown key'
}
