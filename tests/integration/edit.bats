#!/usr/bin/env bats
# Running without a config.json, and the options that edit one.

load lib

need_tun() {
    { <>/dev/net/tun; } 2>/dev/null || skip 'needs /dev/net/tun for everyone'
}

# A root directory beside no config, as somebody has it who reads the tutorial.
root() {
    mkdir "$BATS_TEST_TMPDIR/w"
    cp -a "$BATS_FILE_TMPDIR/base" "$BATS_TEST_TMPDIR/w/rootfs"
    B=$BATS_TEST_TMPDIR/w
    cd "$B" || return
    # So that what is left behind is found.
    OPTIONS=(--rootfs rootfs --net=none -e "RCRUN_TEST=$ID")
}

into() { # OPTION... -- COMMAND...: runs in the root directory
    rcrun run "${OPTIONS[@]}" "$ID" "$@"
}

config_of() { # FILE FILTER
    jq -c "$2" "$1"
}

# ---- without a config ----------------------------------------------------------------------

@test "EC-11 FS-01: a root directory is all it takes" {
    root
    into -- sh -c 'id -u; echo $HOME; hostname; cat /proc/1/comm; test -w / && touch /made && echo writable'
    ok
    line 0
    line rcrun
    line writable
    [ -e rootfs/made ]
    [ ! -e config.json ]
    # The shell that is there, whatever it is called.
    rcrun run "${OPTIONS[@]}" --print-config "$ID"
    is "$(jq -c '[.root, .process.args, .process.terminal]' <<<"$output")" \
        "[{\"path\":\"$B/rootfs\"},[\"/bin/sh\"],null]"
    rm rootfs/bin/sh rootfs/bin/ash
    rcrun run "${OPTIONS[@]}" --print-config "$ID"
    is "$(jq -c .process.args <<<"$output")" '["/bin/busybox","sh"]'
    rm rootfs/bin/busybox
    into
    refused '--rootfs rootfs: no shell in it'
    hint 'give the command behind --'
}

@test "EC-11: what is not there is named" {
    root
    rcrun run --rootfs nowhere "$ID"
    refused '--rootfs nowhere: no such file or directory'
    rcrun run --rootfs nowhere:O "$ID" -- true
    refused '--rootfs nowhere: no such file or directory'
    touch file
    rcrun run --rootfs file "$ID" -- true
    refused '--rootfs file: not a directory'
    rcrun run --rootfs rootfs -f other.json "$ID" -- true
    refused 'other.json: no such file or directory'
    rcrun run --rootfs rootfs -b nowhere "$ID" -- true
    refused 'bundle nowhere: no such file or directory'
    rcrun run "$ID" -- true
    refused "$B/config.json: no such file or directory"
    hint 'rcrun spec writes one; or give --rootfs DIR, which needs none'
}

@test "EC-11: with a config the path is another, and all else as the config says" {
    bundle
    mv rootfs other
    cfg '.process.env += ["FROM=config"] | .root.readonly = true'
    GLOBAL=(--log log --log-level info)
    rcrun run --rootfs other "$ID" -- sh -c 'echo $FROM; touch /x'
    rc 1
    line config
    grep -q 'config.json is used, with --rootfs in place of its root.path' log
    is "$(wc -l <log)" 1
}

@test "EC-11 EC-17: the network is slirp where the host has it, else one warning" {
    local unplugged
    root
    OPTIONS=(--rootfs rootfs -e "RCRUN_TEST=$ID")
    HOST='mount -t tmpfs none /dev/net'
    into -- ip link
    rc 0
    lacks tap0
    unplugged=$stderr
    is "$(wc -l <<<"$unplugged")" 1
    says 'rcrun: warning: no network: '
    HOST=
    need_tun
    into -- ip link
    ok
    has tap0
    # Who asks for a port wants one that is reached.
    HOST='mount -t tmpfs none /dev/net'
    OPTIONS+=(-p 18080:80)
    into -- true
    refused '/dev/net/tun'
}

on_terminal() { # SHELL-COMMANDS: what is shown there
    printf '%s\n' "$1" >commands
    run timeout -k 2 "$LIMIT" script -qec 'sh ./commands' /dev/null </dev/null
    output=$(tr -d '\r' <<<"$output")
}

@test "EC-19: the terminal is that of the caller, unless he says otherwise" {
    local start='"$RCRUN" run --rootfs rootfs --net=none' program
    program="$ID -- sh -c 'test -c /dev/console && echo has || echo none'"
    root
    on_terminal 'test -t 0 && test -t 1 && echo yes'
    [[ $output == yes* ]] || skip 'script(1) does not work here'
    on_terminal "$start $program"
    has has
    on_terminal "$start -T $program"
    has none
    on_terminal "$start $program </dev/null"
    has none
    on_terminal "$start $program | cat"
    has none
    on_terminal "$start -d --keep $program >said; sleep 1; cat said; \"\$RCRUN\" delete $ID"
    has none
    rcrun run "${OPTIONS[@]}" -t "$ID" -- true
    refused 'process.terminal: true, but there is no terminal on stdin'
    hint 'give --no-tty'
    rcrun run "${OPTIONS[@]}" "$ID" -- test -t 0
    rc 1
}

@test "the tutorial: from a root directory to a container that is listed" {
    root
    mv rootfs ubuntufs
    # No sudo, no config, no editing.
    rcrun run --rootfs ubuntufs --net=none -e "RCRUN_TEST=$ID" "$ID" -- sh -c 'touch /x && echo writable'
    ok
    out writable
    # The same container as a file.
    rcrun spec --rootfs ubuntufs --net=none -e "RCRUN_TEST=$ID" -T
    ok
    out "wrote config.json (rootless, for uid $(id -u))"
    rcrun explain "$ID"
    ok
    has ubuntufs
    rcrun run "$ID" -- touch /y
    rc 1
    says 'Read-only file system'
    rcrun run --rw "$ID" -- touch /y
    ok
    [ -e ubuntufs/y ]
    lives run -d --rw "$ID" -- sleep 100
    rcrun list
    has "$ID"
    has running
    rcrun kill "$ID" KILL
    until_ok 5 "$RCRUN" delete "$ID"
}

@test "create, start and exec go without a config as well" {
    root
    lives create "${OPTIONS[@]}" -T "$ID" -- sh -c 'echo started >/said; sleep 100'
    rc 0
    rcrun start "$ID"
    ok
    until_ok 5 test -s rootfs/said
    rcrun exec "$ID" cat /said
    out started
    rcrun delete -f "$ID"
    ok
}

# ---- one edit, one config ------------------------------------------------------------------

# An example of each option that the help of spec has as an edit.
examples() {
    cat <<'END'
--rootfs other
--ephemeral
--ephemeral=1m
--upper up
--ro
--rw
--volume src:/src:ro
--volume src:/src --volume /:/host:bind,optional
--env A=1
--env HOME
--user 1000
--user 1000:100
--net none
--net host
--net slirp,mtu=1400,host-loopback=80
--net internal
--net path:/proc/self/ns/net
--publish 18080:80
--publish 18080:80 --publish 18081:81/udp
--tmpfs /run:size=1m
--tmpfs /dev/shm:size=1m
--mount type=bind,src=src,dst=/src,ro
--mount type=tmpfs,dst=/x
--lower lower
--lower lower --lower src
--upper up --volatile
--upper up --overlay-driver kernel
--userns single
--userns default
--env-file env
--cwd /tmp
--hostname box
--tty
--no-tty
--cap-add SYS_ADMIN
--cap-add ALL
--cap-drop CAP_KILL
--cap-drop ALL --cap-add chown
--annotation org.example=1
--dns 9.9.9.9 --net slirp
--dns-search example.org --net slirp
--dns-option ndots:2 --net slirp
--add-host a:10.0.0.1 --net slirp
--no-hosts --net slirp
--no-hostname --net slirp
-- ls -l /
END
}

# The steps are the same; where they come from is another place for a network.
plan() { # FILE ARG...: PLAN has the words around the option
    local file=$1
    shift
    "$RCRUN" run --dry-run "$@" >"$file" 2>"$file.err" </dev/null || echo "status $?" >>"$file"
    sed -i -E 's/^(rcrun: )config\.json:[0-9]+:[0-9]+: /\1/' "$file.err"
    case " $words " in
    *' --net '* | *' --publish '*)
        sed -i -E 's/# (--net|org\.rcrun\.network)$/# network/; s/ annotations=[0-9]+//
            s/change=ro,nosuid,nodev,noexec,rro,/change=rro,/' "$file"
        ;;
    esac
}

places() {
    root
    need_tun
    mkdir other src lower up
    cp -a rootfs/bin other
    printf 'FROM_FILE=1\nHOME\n' >env
    examples >options
}

@test "EC-10: spec with an option and run are run with the option" {
    local words terminal socket from
    places
    while read -r words; do
        terminal=-T socket=
        [ "$words" != --tty ] || terminal='' socket='--console-socket s'
        [ "$words" != --no-tty ] || terminal=
        from=
        # It is more than a path to a new config.
        case $words in --rootfs*) from='--rootfs rootfs' ;; esac
        # shellcheck disable=SC2086 # words
        {
            rm -f config.json base.json
            "$RCRUN" spec $from -f base.json ${terminal:+-T} >/dev/null
            plan by-run -f base.json $socket x $words
            "$RCRUN" spec $terminal $words >/dev/null
            plan by-spec $socket x
        }
        grep -q ' exec ' by-run || fail "no plan: $words" "$(cat by-run.err)"
        diff by-run by-spec && diff by-run.err by-spec.err || fail "$words"
        # With a root directory alone.
        case $words in --rootfs* | *tty) continue ;; esac
        [ "$words" = --ro ] || [ "$words" = --rw ] || terminal='-T --rw'
        # shellcheck disable=SC2086
        {
            rm config.json
            plan by-run --rootfs rootfs x $words
            "$RCRUN" spec --rootfs rootfs $terminal $words >/dev/null
            plan by-spec x
        }
        grep -q ' exec ' by-run || fail "no plan: --rootfs $words" "$(cat by-run.err)"
        diff by-run by-spec && diff by-run.err by-spec.err || fail "--rootfs $words"
    done <options
}

@test "EC-10: each option of the short way has been tried" {
    examples | grep -oE -- '--[a-z][a-z-]+' | sort -u >tried
    "$RCRUN" spec --help | sed -n '/^Short way/,/^Examples/p' | grep -E '^ +-' |
        sed -E '/^  +-.*  +[a-z]/s/(--[a-z-]+).*/\1/' | grep -oE -- '--[a-z][a-z-]+' | sort -u >there
    diff there tried
}
