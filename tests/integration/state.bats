#!/usr/bin/env bats
# The state of containers where it is damaged, planted, on a full disk, from another version, or much.

load lib

# A container that has stopped, and one beside it that runs: $dir and $file are of the first.
# In loops, `i` belongs to the run of bats.
two() {
    bundle
    args sleep 1000
    lives run -d "$ID.other"
    ok
    args true
    lives run -d "$ID"
    ok
    until_ok 5 is_stopped "$ID"
    root=$XDG_RUNTIME_DIR/rcrun
    dir=$root/$ID file=$root/$ID/running.json
    line=$(head -n 1 "$file")
}

is_stopped() { # ID
    [ "$(timeout 10 "$RCRUN" state "$1" | jq -r .status)" = stopped ]
}

# The other one is as before.
end() {
    rcrun list -q
    rc 0
    line "$ID.other"
    is "$(timeout 10 "$RCRUN" state "$ID.other" | jq -r .status)" running
    rcrun delete --force "$ID.other"
    ok
    no_processes
}

# All commands answer, with an error that is told in one line; only delete by force does something.
all_refuse() { # ID [TEXT]
    local command
    for command in state start 'kill TERM' delete; do
        set -- "$1" "${2-}" "${command%% *}" "${command#* }"
        if [ "$3" = kill ]; then rcrun kill "$1" TERM; else rcrun "$3" "$1"; fi
        refused ${2:+"$2"}
    done
    rcrun exec "$1" true
    rc 255
}

# ---- damaged -------------------------------------------------------------------------------

@test "a state that is cut at any byte is an error for that container alone" {
    two
    n=${#line}
    for ((k = 0; k <= n; k++)); do
        id=$ID.$(printf %04d "$k")
        mkdir -m 700 "$root/$id"
        sed "1s/\"$ID\"/\"$id\"/" "$file" | head -c "$k" >"$root/$id/running.json"
    done
    LIMIT=60 rcrun list -q
    rc 0
    out "$ID
$ID.other"
    is "$(grep -c "^rcrun: warning: container $ID\.[0-9]*: " <<<"$stderr")" $((n + 1))
    is "$(wc -l <<<"$stderr")" $((n + 1))
    for ((k = 0; k <= n; k++)); do
        id=$ID.$(printf %04d "$k")
        rcrun state "$id"
        refused "container $id: " running.json
        rcrun delete "$id"
        refused running.json
        rcrun delete --force "$id"
        ok
        [ ! -e "$root/$id" ] || fail "$id is left"
    done
    rcrun delete "$ID"
    ok
    end
}

@test "a config that is cut is an error for who needs it" {
    two
    cp "$root/$ID.other/running.json" whole
    size=$(wc -c <whole)
    for cut in 1 2 100 1000; do
        head -c $((size - cut)) whole >"$root/$ID.other/running.json"
        is "$(timeout 10 "$RCRUN" state "$ID.other" | jq -r .status)" running
        rcrun exec "$ID.other" true
        rc 255
        says "container $ID.other: its config is cut"
    done
    # Deleting needs it for its hooks only.
    rcrun delete "$ID"
    ok
    end
}

@test "bytes that changed do no harm to anybody" {
    command -v python3 >/dev/null && python3 -c 1 || skip 'needs python3'
    two
    cp "$file" whole
    pid=$(timeout 10 "$RCRUN" state "$ID.other" | jq .pid)
    cat >flip <<'EOP'
import random, subprocess, sys
rcrun, name, whole, target = sys.argv[1:]
random.seed(7)
data = open(whole, "rb").read()
line = data.index(b"\n") + 1
run = lambda *a: subprocess.run([rcrun, *a], stdin=subprocess.DEVNULL, capture_output=True, timeout=10)
for i in range(150):
    bad = bytearray(data)
    for _ in range(random.choice((1, 1, 3))):
        at = random.randrange(line)
        bad[at] ^= 1 << random.randrange(8)
    open(target, "wb").write(bad)
    for command in ("state", "kill", "start"):
        r = run(command, name)
        assert r.returncode == 1 or command == "state" and r.returncode == 0, (command, bytes(bad[:line]), r)
        assert r.returncode == 0 or b"rcrun: " in r.stderr, (command, bytes(bad[:line]), r)
    r = run("list", "-q")
    assert r.returncode == 0 and name.encode() + b".other\n" in r.stdout, (bytes(bad[:line]), r)
EOP
    run timeout 100 python3 flip "$RCRUN" "$ID" "$B/whole" "$file" </dev/null
    rc 0
    kill -0 "$pid"
    rcrun delete --force "$ID"
    ok
    end
}

@test "what is no state, or one of another version, is refused with the reason" {
    two
    rest=$(tail -n +2 "$file")
    for text in '' '{}' '[]' 'null' '{"version":1}' "${line/\"version\":1/\"version\":2}" \
        "${line/\"version\":1/\"version\":0}" "${line/\"version\":1/\"version\":\"1\"}" \
        "${line/\"version\":1,/}" "${line/\"id\":\"$ID\"/\"id\":\"other\"}" \
        "$(jq -c '.init.pid = 1' <<<"$line")" "$(jq -c '.init.pid = -1' <<<"$line")" \
        "$(jq -c '.init.pid = 0' <<<"$line")" "$(jq -c 'del(.init)' <<<"$line")"; do
        printf '%s\n%s' "$text" "$rest" >"$file"
        all_refuse "$ID"
    done
    # A newer one that only knows more is read.
    printf '%s\n%s' "$(jq -c '.news = {a: [1, 2]}' <<<"$line")" "$rest" >"$file"
    rcrun state "$ID"
    ok
    printf '%s\n%s' "${line/\"version\":1/\"version\":2}" "$rest" >"$file"
    rcrun state "$ID"
    refused 'state of version 2, this rcrun knows 1'
    rcrun list -q
    rc 0
    out "$ID.other"
    rcrun delete --force "$ID"
    ok
    end
}

@test "what was planted is not followed, and no wait" {
    two
    mkdir outside
    echo marker >outside/file
    echo marker >outside/running.json
    before=$(find outside -printf '%p %m %s %n\n' | sort)
    for kind in link hardlink fifo directory socket huge; do
        rm -rf "$file"
        case $kind in
        link) ln -s "$B/outside/file" "$file" ;;
        hardlink) ln outside/file "$file" ;;
        fifo) mkfifo "$file" ;;
        directory) mkdir -p "$file/deep/er/and" && ln -s "$B/outside" "$file/link" ;;
        socket) command -v python3 >/dev/null || continue
            (cd "$dir" && python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("running.json")') ;;
        huge) truncate -s 2G "$file" ;;
        esac
        LIMIT=5 all_refuse "$ID"
        LIMIT=5 rcrun list -q
        rc 0
        out "$ID.other"
        LIMIT=5 rcrun delete --force "$ID"
        ok
        [ ! -e "$dir" ] || fail "$kind: left"
        is "$(find outside -printf '%p %m %s %n\n' | sort)" "$before"
        mkdir -m 700 "$dir"
    done
    # The directory itself.
    rmdir "$dir"
    ln -s "$B/outside" "$dir"
    for command in state delete 'delete --force'; do
        # shellcheck disable=SC2086 # words
        rcrun $command "$ID"
        refused "$ID"
    done
    lives create "$ID"
    refused 'already exists'
    is "$(find outside -printf '%p %m %s %n\n' | sort)" "$before"
    rm "$dir"
    : >"$dir"
    rcrun delete --force "$ID"
    refused "$ID"
    lives create "$ID"
    refused 'already exists'
    rm "$dir"
    end
}

@test "another user's directory is no container" {
    need_mapped
    two
    mapped chown 5:5 "$dir" || skip 'cannot give it away'
    all_refuse "$ID"
    mapped chown 0:0 "$dir"
    chmod 770 "$dir"
    all_refuse "$ID" 'not yours alone'
    chmod 700 "$dir"
    rcrun delete "$ID"
    ok
    end
}

# ---- where nothing can be written ----------------------------------------------------------

@test "without the right to write nothing is made, and the rest goes on" {
    two
    chmod 500 "$root"
    for command in create run 'run -d'; do
        # shellcheck disable=SC2086 # words
        lives $command "$ID.new"
        refused 'ermission denied'
    done
    rcrun list -q
    rc 0
    line "$ID.other"
    is "$(timeout 10 "$RCRUN" state "$ID.other" | jq -r .status)" running
    rcrun kill "$ID.other" CONT
    ok
    rcrun delete "$ID"
    refused 'ermission denied'
    chmod 700 "$root"
    # The kernel had refused half of it: now it goes.
    rcrun delete --force "$ID"
    ok
    is "$(find "$root" -mindepth 1 -maxdepth 1 ! -name .filters)" "$root/$ID.other"
    end
}

# On a file system of its own, in namespaces that have no other use.
small() { # MOUNT-OPTIONS SHELL-COMMANDS
    need_mapped
    bundle
    args sh -c 'sleep 1000; :' "$ID"
    cat >script <<'EOS'
set -e
mount -t tmpfs -o "mode=700,$OPTIONS" tmpfs "$XDG_RUNTIME_DIR"
mkdir -m 700 "$XDG_RUNTIME_DIR/rcrun"
full() { dd if=/dev/zero of="$XDG_RUNTIME_DIR/rcrun/.full" bs=4096 2>/dev/null || :; }
nothing_left() { [ -z "$(ls -A "$XDG_RUNTIME_DIR/rcrun" | grep -v '^\.full')" ]; }
stopped() { until "$RCRUN" state "$ID" | grep -q '"stopped"'; do sleep .05; done; }
make() { "$RCRUN" create "$ID" </dev/null >/dev/null 2>err; }
EOS
    printf '%s\n' "$2" >>script
    run timeout 60 env -u USER OPTIONS="$1" ID="$ID" unshare --user --map-root-user --map-auto --mount \
        sh -x script </dev/null 3>&-
    rc 0
}

@test "on a full disk create fails and leaves nothing, and all else works" {
    small size=64k '
        make
        full
        "$RCRUN" state "$ID" | grep -q created
        "$RCRUN" list -q | grep -qx "$ID"
        "$RCRUN" start "$ID"
        "$RCRUN" state "$ID" | grep -q running
        "$RCRUN" exec "$ID" true
        "$RCRUN" kill "$ID" KILL
        stopped
        "$RCRUN" delete "$ID"
        nothing_left
        rm "$XDG_RUNTIME_DIR/rcrun/.full"
        make
        full
        "$RCRUN" delete --force "$ID"
        nothing_left
        full
        if make; then exit 3; fi
        grep -q "no space left" err
        [ "$(wc -l <err)" = 1 ]
        nothing_left
        # A few pages, too few for the config.
        for n in 1 2 3; do
            truncate -s $((65536 - n * 4096)) "$XDG_RUNTIME_DIR/rcrun/.full"
            make || grep -q "no space left" err
            "$RCRUN" delete --force "$ID"
            nothing_left
        done
        rm "$XDG_RUNTIME_DIR/rcrun/.full"
        make
        "$RCRUN" delete --force "$ID"'
}

@test "without inodes create fails and leaves nothing" {
    # The root, the state root; then a directory, a file, a socket.
    for n in 2 3 4; do
        small nr_inodes=$n '
            if make; then exit 3; fi
            grep -q "no space left" err
            [ "$(wc -l <err)" = 1 ]
            nothing_left'
        cd "$BATS_TEST_TMPDIR"
        rm -rf b
    done
    small nr_inodes=5 'make; "$RCRUN" start "$ID"; "$RCRUN" delete --force "$ID"; nothing_left'
}

@test "a root that has become read-only" {
    small size=1m '
        make
        mount -o remount,ro "$XDG_RUNTIME_DIR"
        "$RCRUN" state "$ID" | grep -q created
        if "$RCRUN" run x </dev/null 2>err; then exit 3; fi
        grep -q "read-only file system" err
        "$RCRUN" kill "$ID" KILL
        stopped
        if "$RCRUN" delete "$ID" 2>err; then exit 4; fi
        grep -q "read-only file system" err
        mount -o remount,rw "$XDG_RUNTIME_DIR"
        "$RCRUN" delete "$ID"
        nothing_left'
}

# ---- odd callers ---------------------------------------------------------------------------

@test "the caller's umask, be it ever so odd, changes nothing" {
    bundle
    args sh -c 'umask; sleep 1000'
    cfg '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
    for mask in 777 277 177 700 400 000; do
        rm -rf "$XDG_RUNTIME_DIR/rcrun"
        old=$(umask)
        : >the.out
        umask "$mask"
        status=0
        timeout 10 "$RCRUN" create --pid-file pid "$ID" </dev/null >>the.out 2>the.err 3>&- || status=$?
        umask "$old"
        chmod 600 the.err
        is "$status $(cat the.err)" '0 '
        is "$(find "$XDG_RUNTIME_DIR/rcrun" -mindepth 1 -printf '%y %m\n' | sort -u)" \
            "$([ "$mask" = 000 ] && printf '%s\n' 'd 700' 'f 600' 's 777' || printf '%s\n' 'd 700' 'f 600' "s $(printf %o $((0777 & ~0$mask | 0700)))")"
        is "$(cat pid)" "$(timeout 10 "$RCRUN" state "$ID" | jq .pid)"
        rcrun start "$ID"
        ok
        until_ok 5 test -s the.out
        is "$(cat the.out)" 0022
        rcrun exec "$ID" sh -c umask
        ok
        out 0022
        rcrun delete --force "$ID"
        ok
        rm -f pid the.*
    done
}

@test "language, environment and directory of the caller change nothing" {
    bundle
    args sh -c 'echo "$PATH|$HOME|$LANG|$BIG1|$(env | wc -l)"'
    cfg '.process.env = ["PATH=/bin"]'
    want='/bin|/root|||4'
    rcrun run "$ID"
    ok
    # PATH, HOME, and PWD and SHLVL of the shell.
    out "$want"
    for variables in LC_ALL=tr_TR.UTF-8 'LC_ALL=nosuch LANG=C' 'HOME=/nosuch PATH=/nosuch' 'TZ=:nosuch LD_BIND_NOW=1'; do
        read -ra PREFIX <<<"env $variables"
        rcrun run "$ID"
        ok
        out "$want"
    done
    PREFIX=(env -i XDG_RUNTIME_DIR="$XDG_RUNTIME_DIR")
    rcrun run "$ID"
    ok
    out "$want"
    PREFIX=(env -i) GLOBAL=(--root "$XDG_RUNTIME_DIR/rcrun")
    rcrun run "$ID"
    ok
    out "$want"
    PREFIX=() GLOBAL=()
    # 1.5 MB of it.
    big=$(head -c 100000 /dev/zero | tr '\0' x)
    for n in $(seq 15); do export "BIG$n=$big"; done
    rcrun run "$ID"
    for n in $(seq 15); do unset "BIG$n"; done
    ok
    out "$want"
    mkdir "$B/gone"
    cd "$B/gone"
    rmdir "$B/gone"
    rcrun run --bundle "$B" "$ID"
    ok
    out "$want"
    rcrun run "$ID"
    refused 'no such file'
    cd "$B"
}

# ---- much ----------------------------------------------------------------------------------

copies() { # N
    local i id
    for ((i = 1; i <= $1; i++)); do
        id=$ID.$i
        mkdir -m 700 "$root/$id"
        printf '%s\n%s' "${line/\"id\":\"$ID\"/\"id\":\"$id\"}" "$rest" >"$root/$id/running.json"
    done
}

calls() { # ARG...
    strace -f -o "$BATS_TEST_TMPDIR/trace" "$RCRUN" "$@" >/dev/null 2>&1
    grep -c '(' "$BATS_TEST_TMPDIR/trace"
}

@test "a thousand containers are listed, and one of them is found as fast as alone" {
    two
    rest=$(tail -n +2 "$file")
    if command -v strace >/dev/null; then
        state_alone=$(calls state "$ID")
        list_two=$(calls list -q)
    fi
    copies 1000
    rcrun list -q
    ok
    is "$(wc -l <<<"$output")" 1002
    rcrun list --format json
    ok
    is "$(jq -r 'map(.status) | group_by(.) | map("\(length) \(.[0])")[]' <<<"$output")" '1 running
1001 stopped'
    if command -v strace >/dev/null; then
        # One that is not reaped yet takes three calls more than one that is.
        n=$(calls state "$ID.500")
        [ "$n" -le $((state_alone + 2)) ] || fail "$n calls for the state of one of 1002, $state_alone of 2"
        # A handful for each.
        list_many=$(calls list -q)
        [ $((list_many - list_two)) -le 7100 ] || fail "$list_many calls for a list of 1002, $list_two of 2"
    fi
    rcrun delete "$ID.500"
    ok
    rcrun list -q
    is "$(wc -l <<<"$output")" 1001
    rm -rf "$root/$ID".[0-9]*
    rcrun delete "$ID"
    ok
    end
}
