#!/usr/bin/env bats
# Commands for containers that are there: ps, pause, resume, update, events, checkpoint, restore,
# and what programs read of list, state and features.

load lib

# A container that runs; changes of its config come first.  SCRIPT shall write /up.
box() { # FILTER [SCRIPT]
    bundle
    cfg "$1"
    args sh -c "${2-echo >/up; exec sleep 1000}"
    lives run -d "$ID"
    rc 0
    until_ok 5 test -e rootfs/up
    pid=$(timeout 10 "$RCRUN" state "$ID" | jq .pid)
}

created() { # a container that was created
    bundle
    args sleep 1000
    lives create "$ID"
    ok
    pid=$(timeout 10 "$RCRUN" state "$ID" | jq .pid)
}

stopped() { # a container that has stopped
    bundle
    lives run -d "$ID"
    ok
    until_ok 5 eval '[ "$("$RCRUN" state "$ID" | jq -r .status)" = stopped ]'
}

end() {
    rcrun delete --force "$ID"
    ok
    no_processes
}

# All processes in a namespace of that kind, as the kernel has them.
in_namespace_of() { # KIND PID
    local inode
    inode=$(stat -Lc %i "/proc/$2/ns/$1")
    stat -Lc '%i %n' /proc/[0-9]*/ns/"$1" 2>/dev/null | sed -n "s,^$inode /proc/\([0-9]*\)/.*,\1,p" | sort -n
}

ps_json() {
    rcrun ps --format json "$ID"
    ok
    jq -e 'type == "array" and all(.[]; type == "number")' <<<"$output" >/dev/null || show 'no list of numbers'
    jq '.[]' <<<"$output"
}

refused_by() { # STATUS-LINE COMMAND [ARG...]: one line, and perhaps a hint
    local text=$1
    shift
    rcrun "$@"
    refused "$text"
}

# ---- ps ------------------------------------------------------------------------------------

@test "ps tells all processes of the container and no others" {
    sleep 1001 3>&- &
    other=$!
    # One whose parent has ended, one of exec, and a child of that.
    box . 'sleep 1000 & (sleep 1000 & sleep 1000 & echo >/up); exec sleep 1000'
    lives exec -d "$ID" sh -c 'sleep 1000 & echo >/up2; exec sleep 1000'
    ok
    until_ok 5 test -e rootfs/up2
    until_ok 5 eval '[ "$(in_namespace_of pid "$pid" | wc -l)" -eq 6 ]'
    is "$(ps_json)" "$(in_namespace_of pid "$pid")"
    rcrun ps -fjson "$ID"
    ok
    [[ $output =~ ^\[[0-9]+(,[0-9]+){5}\]$ ]]
    kill "$other"
    # A zombie is none: what takes the place of the shell does not wait for its child.
    lives exec -d "$ID" sh -c 'sleep .5 & echo $! >/up3; exec sleep 1000'
    ok
    until_ok 5 test -s rootfs/up3
    until_ok 5 eval 'grep -qs "^State:.*zombie" $(grep -ls "^NSpid:.*[[:blank:]]$(cat rootfs/up3)\$" /proc/[0-9]*/status)'
    is "$(ps_json | wc -l)" 7
    end
}

@test "ps tells processes in namespaces below, and those of other users" {
    need_ids
    bundle
    all_caps
    cfg '.process.noNewPrivileges = false'
    args sh -c 'unshare -p -f sh -c "sleep 1000 & sleep 1000" &
        setpriv --reuid=1000 --regid=1000 --clear-groups sleep 1000 2>/dev/null || su user -c "sleep 1000" &
        echo >/up; exec sleep 1000'
    lives run -d "$ID"
    rc 0
    until_ok 5 test -e rootfs/up
    pid=$(timeout 10 "$RCRUN" state "$ID" | jq .pid)
    # In busybox the shells are replaced by what they run last, or not.
    until_ok 5 eval '[ "$(processes | grep -c "sleep 1000")" -ge 4 ]'
    listed=$(ps_json)
    other=$(for p in $listed; do readlink "/proc/$p/ns/pid"; done | sort -u | wc -l)
    is "$other" 2
    users=$(for p in $listed; do stat -c %u "/proc/$p"; done | sort -u | wc -l)
    is "$users" 2
    is "$(for p in $listed; do tr '\0' ' ' <"/proc/$p/cmdline"; echo; done | grep -c '^sleep 1000')" 4
    end
}

@test "ps shows what ps shows" {
    box . 'sleep 1000 & echo >/up; exec sleep 1000'
    pids=$(in_namespace_of pid "$pid")
    is "$(wc -l <<<"$pids")" 2
    rcrun ps "$ID"
    ok
    is "${lines[0]}" "$(ps -ef | head -n 1)"
    is "$(awk 'NR > 1 { print $2 }' <<<"$output")" "$pids"
    rcrun ps "$ID" aux
    ok
    is "${lines[0]}" "$(ps aux | head -n 1)"
    is "$(awk 'NR > 1 { print $2 }' <<<"$output")" "$pids"
    # Options are words, or one word with all of them, as engines give them.
    for words in '-o pid,args' '-opid,args' '-e -o pid,args'; do
        rcrun ps "$ID" "$words"
        ok
        text=$output
        # shellcheck disable=SC2086 # words
        rcrun ps --format table "$ID" $words
        ok
        out "$text"
    done
    rcrun ps "$ID" -- -e -o args,pid
    ok
    is "$(awk 'NR > 1 { print $NF }' <<<"$output")" "$pids"
    end
}

@test "ps finds the column of the pids wherever it is" {
    box .
    mkdir path
    # A number in words of another column, a word that is too wide, a pid that only begins alike.
    printf '#!/bin/sh\ncat "%s/table"\n' "$PWD" >path/ps
    chmod +x path/ps
    PREFIX=(env "PATH=$PWD/path:$PATH")
    printf '%-12s%10s %s\n' COMMAND PID X "a $pid b" 7 x "c 1 d" "$pid" y e "${pid}0" z f "1$pid" z >table
    rcrun ps "$ID"
    ok
    out "$(sed -n '1p;3p' table)"
    printf '%s\n' '  PID USER' "$pid u" "   $pid u" 'x y' '' "    8 $pid" >table
    rcrun ps "$ID"
    ok
    out "$(sed -n '1,3p' table)"
    printf '%s\n' 'USER     PID' "someone-with-a-long-name    $pid" >table
    rcrun ps "$ID"
    ok
    out "$(cat table)"
    printf '%s\n' 'USER PPID' "u $pid" >table
    rcrun ps "$ID"
    refused 'no column PID'
    hint pid
    : >table
    rcrun ps "$ID"
    refused 'no column PID'
    printf '#!/bin/sh\necho one >&2\necho "ps: no such thing" >&2\nexit 3\n' >path/ps
    rcrun ps "$ID" --nosuch
    refused 'ps: no such thing'
    PREFIX=()
    end
}

@test "ps works for a container that was created" {
    created
    is "$(ps_json)" "$pid"
    rcrun ps "$ID" -e -o pid
    ok
    is "$(tail -n +2 <<<"$output" | tr -d ' ')" "$pid"
    end
}

@test "ps without a pid namespace tells what it may miss" {
    sleep 1001 3>&- &
    other=$!
    bundle
    without pid
    cfg '.mounts |= map(select(.destination != "/proc"))'
    args sh -c 'sleep 1000 & (sleep 1000 &); echo >/up; exec sleep 1000'
    lives run -d "$ID"
    rc 0
    until_ok 5 test -e rootfs/up
    pid=$(timeout 10 "$RCRUN" state "$ID" | jq .pid)
    is "$(readlink "/proc/$pid/ns/pid")" "$(readlink /proc/self/ns/pid)"
    until_ok 5 eval '[ "$(in_namespace_of mnt "$pid" | wc -l)" -eq 3 ]'
    pids=$(in_namespace_of mnt "$pid")
    # Engines read standard error as well.
    is "$(ps_json)" "$pids"
    is "$(grep -cx "$other" <<<"$pids")" 0
    rcrun ps "$ID"
    rc 0
    is "$(awk 'NR > 1 { print $2 }' <<<"$output")" "$pids"
    is "$stderr" "rcrun: warning: container $ID: it has no pid namespace of its own: processes that it has let go may be missing"
    kill "$other"
    rcrun delete --force "$ID"
    for p in $pids; do kill -9 "$p" 2>/dev/null || true; done
    no_processes 5
}

@test "ps of what does not run is refused" {
    refused_by "container does not exist: $ID" ps "$ID"
    stopped
    refused_by "container not running: $ID" ps "$ID"
    refused_by "container not running: $ID" ps --format json "$ID"
    refused_by 'options of ps(1) go with --format table' ps --format json "$ID" -ef
    rcrun ps --format xml "$ID"
    rc 1
    says 'unknown format "xml" (table, json)'
    end
}

# ---- what needs a cgroup -------------------------------------------------------------------

@test "pause, resume, update and events say why they cannot" {
    box .
    refused_by "cannot pause container $ID: it has no cgroup of its own" pause "$ID"
    hint "rcrun kill $ID STOP"
    refused_by "container not paused: $ID" resume "$ID"
    hint "rcrun kill $ID CONT"
    refused_by "cannot set memory.limit of container $ID: it has no cgroup of its own" update --memory 1g "$ID"
    hint prlimit
    for option in '' --stats --interval=5s; do
        # shellcheck disable=SC2086 # one word or none
        refused_by "cannot tell what container $ID uses: it has no cgroup of its own" events $option "$ID"
        hint "rcrun ps $ID -o pid,rss"
    done
    # What the hints say is so.
    rcrun kill "$ID" STOP
    ok
    until_ok 5 grep -q '^State:.*T (stopped)' "/proc/$pid/status"
    rcrun kill "$ID" CONT
    ok
    until_ok 5 grep -q '^State:.*S (sleeping)' "/proc/$pid/status"
    rcrun ps "$ID" -e -o pid,rss,time,args
    ok
    has 'sleep 1000'
    # Nothing was done to it.
    is "$("$RCRUN" state "$ID" | jq -r .status)" running
    end
}

@test "a container that does not run is told in the words that engines look for" {
    for command in pause resume 'update --memory 1g' events; do
        # shellcheck disable=SC2086 # words
        refused_by "container does not exist: $ID" $command "$ID"
    done
    stopped
    for command in pause resume 'update --memory 1g' 'update --pids-limit -1'; do
        # shellcheck disable=SC2086 # words
        refused_by "container not running: $ID" $command "$ID"
    done
    for option in '' --stats; do
        # shellcheck disable=SC2086 # one word or none
        refused_by "container with id $ID is not running" events $option "$ID"
    done
    # Standard output belongs to the documents; the error is in the log of the engine, too.
    rcrun --log "$BATS_TEST_TMPDIR/log" --log-format json pause "$ID"
    rc 1
    is "$(tail -n 1 "$BATS_TEST_TMPDIR/log" | jq -r '.level + " " + .msg')" "error container not running: $ID"
    end
}

@test "update reads all limits of options before it looks for the container" {
    for words in '--blkio-weight 10' '--cpu-period 100000' '--cpu-quota 5000' '--cpu-share=2' \
        '--cpu-quota 10 --cpu-burst 10' '--cpu-idle 1' '--cpu-rt-period 1 --cpu-rt-runtime 1' \
        '--cpuset-cpus 0-3,7' '--cpuset-mems 0' '--memory 1' '--memory 9223372036854775807' \
        '--memory 512k' '--memory=1M' '--memory 1gb' '--memory 1TiB' '--memory -1' \
        '--memory-reservation 4b' '--memory 1m --memory-swap 2m' '--memory-swap -1' \
        '--pids-limit 0' '--pids-limit -1'; do
        # shellcheck disable=SC2086 # words
        refused_by 'does not exist' update $words "$ID"
    done
    for words in '--blkio-weight 9' '--blkio-weight 1001' '--blkio-weight x' '--cpu-period -1' \
        '--cpu-quota -2' '--cpu-quota 1.5' '--cpu-share 1x' '--cpu-quota 10 --cpu-burst 11' '--cpu-idle 2' \
        '--cpuset-cpus a' '--cpuset-mems 3-' '--memory 1x' '--memory 1mbb' '--memory k' '--memory --1' \
        '--memory 9223372036854775808' '--memory 9007199254740992k' '--memory -2' \
        '--memory 2m --memory-swap 1m' '--memory-swap 2m' '--memory-reservation 1bib1' \
        '--pids-limit -2' '--pids-limit 99999999999999999999'; do
        # shellcheck disable=SC2086 # words
        rcrun update $words "$ID"
        refused
        [[ $stderr != *'does not exist'* ]] || show "taken: $words"
    done
    refused_by 'does not write resctrl' update --l3-cache-schema L3:0=f "$ID"
    refused_by 'does not write resctrl' update --mem-bw-schema MB:0=50 "$ID"
    refused_by 'nothing to change' update "$ID"
    hint 'update --help'
}

@test "update reads limits of a file and of standard input" {
    box .
    told() { # STATUS TEXT JSON: by both ways
        local way
        printf '%s' "$3" >limits.json
        for way in limits.json -; do
            run --separate-stderr timeout -k 2 "$LIMIT" "$RCRUN" update --resources "$way" "$ID" <limits.json
            rc "$1"
            is "$output" ''
            if [ -n "$2" ]; then says "$2"; else is "$stderr" ''; fi
        done
    }
    told 1 'cannot set memory.limit of' '{"memory": {"limit": 1048576}}'
    told 1 'cannot set pids.limit of' '{"pids": {"limit": 0}}'
    told 1 'cannot set unified of' '{"unified": {"memory.high": "1"}}'
    told 1 'memory.swappiness: wants a number from 0 to 100' '{"memory": {"swappiness": 101}}'
    told 1 ':1:20: memory.limit: wants ' '{"memory":{"limit":"x"}}'
    told 1 ':1:18: pids.limit: wants a number' '{"pids":{"limit":-2}}'
    told 1 ':1:' '{'
    told 1 'wants' '[]'
    # What is no limit, a container without a cgroup keeps; device rules do not change.
    told 0 '' '{}'
    told 0 '' '{"devices": [{"allow": false, "access": "rwm"}], "pids": {"limit": -1}, "memory": {}, "x": 1}'
    refused_by 'nosuch.json' update -r nosuch.json "$ID"
    refused_by 'exclude each other' update -r limits.json --memory 1m "$ID"
    rcrun update --pids-limit -1 --memory -1 "$ID"
    ok
    rcrun update --kernel-memory 1m "$ID"
    rc 0
    is "$stderr" 'rcrun: warning: --kernel-memory: ignored, the kernel has no such limit any more'
    rcrun update --kernel-memory-tcp 1m --pids-limit 5 "$ID"
    rc 1
    says 'warning: --kernel-memory-tcp: ignored'
    says 'cannot set pids.limit'
    end
}

@test "events takes times as Go writes them" {
    for time in 5s 1ms 1m30s 1h 100us 100µs 7ns 1.5s 0.001s 2540400h10m; do
        refused_by 'does not exist' events --interval "$time" "$ID"
    done
    for time in '' 0 5 0s -1s s 5x 5s5 1.2.3s 1e3s .s 1,5s 9999999999h 18446744073709551616ns '5 s'; do
        rcrun events --interval "$time" "$ID"
        refused '--interval: wants a time above 0'
    done
}

@test "exec into a cgroup below is refused" {
    box .
    rcrun exec --cgroup sub --cgroup cpu:sub "$ID" true
    rc 255
    is "$stderr" "rcrun: --cgroup sub: cannot join it in container $ID: it has no cgroup of its own, since this version makes none"
    end
}

# ---- what needs root -----------------------------------------------------------------------

@test "checkpoint and restore know all options and are refused" {
    for command in checkpoint restore; do
        rcrun $command --help
        ok
        [ "${#lines[@]}" -gt 15 ]
    done
    # podman looks for these.
    has --lsm-mount-context
    box .
    for words in 'checkpoint --image-path i --work-path w --parent-path p --leave-running --tcp-established --file-locks --pre-dump' \
        'checkpoint --ext-unix-sk --shell-job --manage-cgroups-mode ignore --tcp-skip-in-flight --link-remap' \
        'checkpoint --lazy-pages --status-fd 3 --page-server 127.0.0.1:27 --empty-ns network --empty-ns=ipc --auto-dedup' \
        'checkpoint --network-lock skip --manage-cgroups-mode=soft' \
        'restore --image-path i --work-path w --bundle b --detach --pid-file p --console-socket s' \
        'restore --tcp-established --ext-unix-sk --shell-job --file-locks --manage-cgroups-mode full' \
        'restore --lsm-profile selinux:x --lsm-mount-context c --tcp-close --network-lock iptables' \
        'restore -no-subreaper --no-pivot --empty-ns network --auto-dedup --lazy-pages -d -b .'; do
        # shellcheck disable=SC2086 # words
        rcrun $words "$ID"
        refused "${words%% *} is not supported" 'needs root'
        is "$(wc -l <<<"$stderr")" 1
    done
    rcrun checkpoint --manage-cgroups-mode x "$ID"
    rc 1
    says 'unknown manage-cgroups-mode "x" (soft, full, strict, ignore)'
    is "$("$RCRUN" state "$ID" | jq -r .status)" running
    [ ! -e i ]
    end
}

# ---- what programs read --------------------------------------------------------------------

need_schema() {
    schemas=$BATS_TEST_DIRNAME/../schema
    python3 -c 'import jsonschema' 2>/dev/null || skip 'python3-jsonschema is not installed'
}

# The members and types that engines take from a container; times must be as RFC 3339 has them.
is_container='
    (.id | type == "string") and (.pid | type == "number" and . == floor and . >= 0)
    and (.status | IN("creating", "created", "running", "stopped"))
    and (.bundle | type == "string" and startswith("/")) and (.rootfs | type == "string" and startswith("/"))
    and (.owner | type == "string") and (.ociVersion | test("^[0-9]+\\.[0-9]+\\.[0-9]+"))
    and (.created | sub("\\.[0-9]+Z$"; "Z") | fromdateiso8601 | . > 1700000000)
    and ((.annotations // {}) | type == "object" and all(.[]; type == "string"))'

@test "state and list are what engines parse" {
    rcrun list --format json
    ok
    out '[]'
    rcrun list -q
    ok
    out ''
    created
    rcrun state "$ID"
    ok
    jq -e "$is_container" <<<"$output" || show state
    rcrun list --format=json
    ok
    jq -e "length == 1 and all(.[]; $is_container) and .[0].pid == $pid" <<<"$output" || show list
    rcrun list
    ok
    is "$(head -n 1 <<<"$output" | xargs)" 'ID PID STATUS BUNDLE CREATED OWNER'
    is "$(awk 'NR > 1 { print $1, $2, $3, $4 }' <<<"$output")" "$ID $pid created $B"
    lives start "$ID"
    ok
    rcrun list -f json
    jq -e "all(.[]; $is_container and .status == \"running\")" <<<"$output" || show list
    rcrun kill "$ID" KILL
    ok
    until_ok 5 eval '[ "$("$RCRUN" state "$ID" | jq -r .status)" = stopped ]'
    rcrun list -f json
    jq -e "all(.[]; $is_container and .status == \"stopped\" and .pid == 0)" <<<"$output" || show list
    end
}

@test "state and list follow the schema" {
    need_schema
    created
    "$RCRUN" state "$ID" >state.json
    python3 "$schemas/validate.py" "$schemas/oci/state-schema.json" state.json
    "$RCRUN" list --format json | jq '.[0]' >listed.json
    python3 "$schemas/validate.py" "$schemas/oci/state-schema.json" listed.json
    is "$(jq -S . listed.json)" "$(jq -S . state.json)"
    end
}

@test "features has what engines look for, and says what is not there" {
    rcrun features
    ok
    jq -e '
        def words: type == "array" and all(.[]; type == "string") and (unique | length) == length;
        def off: .enabled == false;
        def on: .enabled == true;
        .ociVersionMin == "1.0.0" and .ociVersionMax == "1.3.0"
        and .hooks == ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]
        and (.mountOptions | words and index("rro") and length > 50)
        and (.linux.namespaces | words and (sort == ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"]))
        and (.linux.capabilities | words and length == 41 and index("CAP_CHECKPOINT_RESTORE"))
        and (.linux.cgroup | keys == ["rdma", "systemd", "systemdUser", "v1", "v2"] and all(.[]; type == "boolean"))
        and (.linux.seccomp | on and (.actions | words) and (.operators | words and length == 7)
            and (.archs | words and index("SCMP_ARCH_X86_64")) and (.knownFlags | words and length == 4)
            and (.supportedFlags | words) and (.supportedFlags - .knownFlags == []))
        and (.linux.apparmor | on) and (.linux.selinux | on) and (.linux.intelRdt | off)
        and (.linux.memoryPolicy | (.modes | words and length == 7) and (.flags | words and length == 3))
        and (.linux.mountExtensions.idmap | on) and (.mountOptions | index("idmap") and index("ridmap")) and (.linux.netDevices | off)
        and (.annotations | all(.[]; type == "string") and .["org.rcrun.checkpoint.enabled"] == "false"
            and has("org.rcrun.version") and has("org.rcrun.commit")
            and has("io.github.seccomp.libseccomp.version"))
        and (.potentiallyUnsafeConfigAnnotations | words and index("run.oci.") and index("org.systemd.property.")
            and index("org.criu.config") and index("bundle"))' <<<"$output" || show features
    # Engines read both streams as one, and nothing of it depends on who asks.
    is "$(env -i "$RCRUN" features 2>&1 | jq -S .)" "$(jq -S . <<<"$output")"
}

# ---- all commands --------------------------------------------------------------------------

@test "operands that are missing or too many are told by every command" {
    for command in run create start state exec kill ps pause resume update events delete checkpoint restore; do
        rcrun $command
        if [ "$command" = exec ]; then rc 255; else rc 1; fi
        is "$stderr" "rcrun $command: the container id is missing
try: rcrun $command --help"
        out ''
    done
    for command in start state pause resume 'update --memory 1m' events delete checkpoint restore list features; do
        # shellcheck disable=SC2086 # words
        rcrun $command one two
        rc 1
        says "rcrun ${command%% *}: unexpected argument"
        out ''
    done
    rcrun kill one TERM KILL
    rc 1
    says 'rcrun kill: unexpected argument "KILL"'
}

@test "the examples of commands for a container are right" {
    bundle
    mv config.json config.full
    jq '.process.args = ["sleep", "1000"]' config.full >config.json
    GLOBAL=()
    for command in start state list ps exec kill delete; do
        lives create web
        ok
        [ "$command" = start ] || { lives start web && ok; }
        while read -r line; do
            case $line in
            *' -t '*) continue ;; # there is no terminal
            esac
            run --separate-stderr bash -c "set -- \"\$RCRUN\" $line"' && timeout 10 "$@"' </dev/null
            [ "$status" -eq 0 ] || [[ $stderr == *'that is not stopped: running'* ]] || show "$line"
            case $line in kill*) break ;; esac # the second would find nothing
        done < <("$RCRUN" $command --help | sed -n '/^Examples/,/^$/s/^  rcrun //p')
        timeout 10 "$RCRUN" delete --force web
    done
    ID=web no_processes 5
}

# ---- all processes -------------------------------------------------------------------------

@test "kill with all reaches every process, without it the first alone" {
    box . 'for i in 1 2 3; do sh -c "trap \"echo $i >/got$i; exit\" USR1; while :; do sleep .05; done" & done
        trap "echo 0 >/got0" USR1; echo >/up; while :; do sleep .05; done'
    lives exec -d "$ID" sh -c 'trap "echo 4 >/got4; exit" USR1; echo >/up2; while :; do sleep .05; done'
    ok
    until_ok 5 test -e rootfs/up2
    sleep .3
    rcrun kill "$ID" USR1
    ok
    until_ok 5 test -s rootfs/got0
    sleep .3
    is "$(find rootfs -maxdepth 1 -name 'got*' | wc -l)" 1
    rcrun kill --all "$ID" USR1
    ok
    until_ok 5 eval '[ "$(find rootfs -maxdepth 1 -name "got*" | wc -l)" -eq 5 ]'
    end
}

@test "kill with all leaves nobody of a container without a pid namespace" {
    sleep 1001 3>&- &
    other=$!
    bundle
    without pid
    cfg '.mounts |= map(select(.destination != "/proc"))'
    # Some ignore all signals that can be, and make new ones.
    args sh -c 'trap "" TERM HUP; sleep 1000 & (sleep 1000 &)
        (while :; do (sleep 1000 &); sleep .05; done) & echo >/up; exec sleep 1000'
    lives run -d "$ID"
    rc 0
    until_ok 5 test -e rootfs/up
    sleep .3
    [ "$(processes | wc -l)" -gt 6 ]
    rcrun kill --all "$ID" KILL
    rc 0
    is "$stderr" "rcrun: warning: container $ID: it has no pid namespace of its own: processes that it has let go may go on"
    no_processes 5
    kill "$other"
    rcrun delete "$ID"
    ok
    # Once it has stopped it is no error.
    bundle "$BATS_TEST_TMPDIR/again"
    lives run -d "$ID"
    ok
    until_ok 5 eval '[ "$("$RCRUN" state "$ID" | jq -r .status)" = stopped ]'
    rcrun kill -a "$ID" KILL
    ok
    end
}
