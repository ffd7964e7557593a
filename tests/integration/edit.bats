#!/usr/bin/env bats
# Running without a config.json, and what all options that edit one have in common.

load lib
load edit

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
    # With the caller's id alone, too.
    into --userns single -- sh -c 'id -u; touch /other'
    ok
    out 0
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
--volume src:/src:O
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
--env-file vars
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
--hosts image --net slirp
--no-hosts --net slirp
--no-hostname --net slirp
-- ls -l /
END
}

# The steps are the same; where they come from is another place for a network.
plan() { # FILE ARG...: $words are the option
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
    printf 'FROM_FILE=1\nHOME\n' >vars
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
        # A config that is there can be changed by who has a volume with it, one that is not cannot.
        sed -i '/ has the \(bundle\|state of your containers\) in it, so /d' by-run.err by-spec.err
        diff by-run by-spec && diff by-run.err by-spec.err || fail "--rootfs $words"
    done <options
}

@test "EC-10: each option of the short way has been tried" {
    examples | grep -oE -- '--[a-z][a-z-]+' | sort -u >tried
    "$RCRUN" spec --help | sed -n '/^Short way/,/^Examples/p' | grep -E '^ +-' |
        sed -E '/^  +-.*  +[a-z]/s/(--[a-z-]+).*/\1/' | grep -oE -- '--[a-z][a-z-]+' | sort -u >there
    diff there tried
}

@test "what was edited is what others find: exec, and the config in the state" {
    local state=$XDG_RUNTIME_DIR/rcrun/$ID/running.json
    root
    lives run -d "${OPTIONS[@]}" -e A=1 -u 1000:100 --cwd /tmp --hostname box \
        --annotation org.example=x --tmpfs /mnt "$ID" -- sleep 100
    rc 0
    # shellcheck disable=SC2016 # the inner shell's
    rcrun exec "$ID" sh -c 'echo $A; pwd; hostname; id -u; id -g; grep -c " /mnt " /proc/mounts'
    ok
    is "$(tr '\n' ' ' <<<"$output")" '1 /tmp box 1000 100 1 '
    is "$("$RCRUN" state "$ID" | jq -r '.annotations["org.example"]')" x
    # It is the config that --print-config prints.
    rcrun run "${OPTIONS[@]}" -e A=1 -u 1000:100 --cwd /tmp --hostname box \
        --annotation org.example=x --tmpfs /mnt --print-config "$ID" -- sleep 100
    ok
    diff <(tail -n +2 "$state") - <<<"$output"
    rcrun delete -f "$ID"
    ok
    # And without an edit, the text that was there.
    "$RCRUN" spec --rootfs rootfs -T -e "RCRUN_TEST=$ID" -- sleep 100 >/dev/null
    printf ' \n\n' >>config.json
    lives run -d "$ID"
    rc 0
    cmp <(tail -n +2 "$state") config.json
    rcrun delete -f "$ID"
    ok
}

@test "--print-config prints and does nothing" {
    local command before
    root
    "$RCRUN" spec --rootfs rootfs -T -e "RCRUN_TEST=$ID" >/dev/null
    before=$(find . "$XDG_RUNTIME_DIR" | sort)
    for command in run create explain; do
        rcrun $command --print-config --cwd /tmp --net=none "$ID" -- ls
        ok
        is "$(jq -c '[.process.cwd, .process.args, .annotations]' <<<"$output")" '["/tmp",["ls"],null]'
    done
    rcrun run --print-config --cwd /proc/../x --user 70000 "$ID" -- ls
    ok
    rcrun run --print-config -f nowhere "$ID"
    refused nowhere
    rcrun run --print-config -v src:/proc/x "$ID"
    refused '--volume src:/proc/x: destination: a mount on /proc/x is not allowed'
    # What is printed runs as it would have run.
    rcrun run --print-config --net=slirp,mtu=1400 --publish 18080:80 -e A=1 "$ID"
    printf '%s\n' "$output" >new.json
    plan by-run --net=slirp,mtu=1400 --publish 18080:80 -e A=1 x
    plan by-file -f new.json x
    sed -i -E 's/# (--net|org.rcrun.network)$//; s/ annotations=[0-9]//' by-run by-file
    diff by-run by-file
    rm by-* new.json
    is "$(find . "$XDG_RUNTIME_DIR" | sort)" "$before"
}

@test "a config that is written again has all that was read" {
    root
    # Made right where it is odd, since what is printed is checked before.
    python3 - "$BATS_TEST_DIRNAME/../fuzz/config/everything.json" >all.json <<'END'
import json, sys
c = json.load(open(sys.argv[1]))
c["linux"]["namespaces"] = [{"type": t} for t in ("pid", "network", "ipc", "uts", "mount", "user", "time")]
c["linux"]["personality"].pop("flags")
c["linux"]["seccomp"]["syscalls"][0]["action"] = "SCMP_ACT_ERRNO"
c["process"]["capabilities"]["permitted"] = ["CAP_CHOWN"]
c["process"]["scheduler"].update(nice=0, priority=0)
json.dump(c, sys.stdout)
END
    rcrun run --print-config -f all.json x
    ok
    printf '%s\n' "$output" >again.json
    python3 - all.json again.json <<'END'
import json, sys
def bare(v):
    if isinstance(v, dict):
        d = {k: bare(x) for k, x in v.items()}
        return {k: x for k, x in d.items() if x not in ([], {}, False)}
    return [bare(x) for x in v] if isinstance(v, list) else v
a, b = (bare(json.load(open(f))) for f in sys.argv[1:])
assert a == b, (a, b)
END
}

@test "what is not UTF-8 runs, and is refused where it would be written down" {
    local odd=$'a\xffb'
    root
    mkdir "$odd"
    touch "$odd/file"
    lives run -d "${OPTIONS[@]}" -v "$odd:/x" -e "ODD=$odd" "$ID" -- sh -c 'ls /x >/said; printf %s "$ODD" >>/said; sleep 100'
    rc 0
    until_ok 5 grep -q a rootfs/said
    cmp rootfs/said <(printf 'file\na\xffb')
    # What was kept of it can be read.
    rcrun exec "$ID" true
    ok
    rcrun delete -f "$ID"
    ok
    rcrun spec -v "$odd:/x"
    rc 1
    says 'is not UTF-8, so no config can have it'
    ODD=$odd rcrun spec -e ODD
    rc 1
    says '--env ODD='
    rcrun run "${OPTIONS[@]}" --print-config "$ID" -- "$odd"
    rc 1
    says 'is not UTF-8'
    [ ! -e config.json ]
    rmdir "$odd" 2>/dev/null || rm -r "$odd"
}

@test "a container without a config joins the network of another" {
    local there
    root
    lives run -d "${OPTIONS[@]}" "$ID" -- sleep 100
    rc 0
    rcrun run --rootfs rootfs -e "RCRUN_TEST=$ID" --net "container:$ID" "$ID.2" -- \
        sh -c 'readlink /proc/self/ns/net; readlink /proc/self/ns/user'
    ok
    there=$output
    rcrun exec "$ID" sh -c 'readlink /proc/self/ns/net; readlink /proc/self/ns/user'
    out "$there"
    rcrun delete -f "$ID"
    ok
}
