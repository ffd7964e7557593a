#!/bin/bash
# Kills rcrun at the entry of each of its system calls, command by command: `sweep.sh` for all,
# `sweep.sh CASE` for one, `sweep.sh CASE WHO N` for one kill.  SWEEP_STRIDE: every how many calls (7;
# `make check-sweep` takes each).
#
# Wants, each time: `list` and `state` answer, `delete --force` works, and then there is no process, no
# state, no mount and no file of it, and the id can be used again.  What a kill leaves under a hidden name
# goes with a `list`, a minute later.
#
# An ordinary user has one id in the container, since the map helpers lose their power under a tracer.
# Root (with TEST_USER) traces as that user, helpers and all.
set -u
. "${0%/*}/../tools/until.sh"
: "${RCRUN:?the program to test}" "${builddir:?the build directory}"
kill_at=$builddir/tests/faults/kill-at
stride=${SWEEP_STRIDE:-7}
work=$(mktemp -d "${TMPDIR:-/tmp}/rcrun-sweep.XXXXXX") || exit 1
trap 'kill_left; rm -rf "$work"' EXIT
id=sweep-$$
test_number=0
failures=0
limit=20

say() { # OK NAME [REASON...]
    test_number=$((test_number + 1))
    [ "$1" = ok ] || failures=$((failures + 1))
    echo "$1 $test_number - $2"
    shift 2
    [ $# -eq 0 ] || printf '# %s\n' "$@"
}

[ "$(id -u)" != 0 ] || [ -n "${TEST_USER-}" ] || { echo '1..0 # SKIP TEST_USER is not set'; exit 0; }
[ -x "$kill_at" ] || { echo '1..0 # SKIP tests/faults/kill-at is not built (make check does it)'; exit 0; }
as=() killer=("$kill_at")
if [ "$(id -u)" = 0 ]; then
    user=$TEST_USER
    as=(setpriv --reuid "$user" --regid "$user" --init-groups)
    killer+=(-u "$(id -u "$user"):$(id -g "$user")")
    # As installed: root's own, so that it need not seal itself.
    install -D "$RCRUN" "$work/bin/rcrun"
    [ ! -x "${RCRUN%/*}/rcrun-net" ] || install "${RCRUN%/*}/rcrun-net" "$work/bin"
    RCRUN=$work/bin/rcrun
    one=. map=default
else
    user=$(id -un)
    one='.linux.uidMappings|=[.[0]]|.linux.gidMappings|=[.[0]]' map=single
fi
chmod 711 "$work"
mkdir "$work/home"
chown "$user:" "$work/home"
run() { env -i RCRUN_MUTANT="${RCRUN_MUTANT-}" PATH=/usr/local/bin:/usr/bin:/bin HOME=/ XDG_RUNTIME_DIR="$work/xdg" TMPDIR="$work/tmp" "$@"; }
rcrun() { run ${as[@]+"${as[@]}"} timeout -k 1 10 "$RCRUN" "$@" </dev/null; }

# ---- bundles ----

bundle() { # NAME JQ-FILTER
    mkdir -p "$work/$1"
    # shellcheck disable=SC2016 # jq's
    jq --arg root "$work/root" --arg id "$id" '.root={path:$root,readonly:true}|.process.terminal=false
        |.process.args=["sh","-c","sleep 1000; :",$id]|'"$one|$2" "$work/home/config.json" \
        >"$work/$1/config.json" || exit 1
}

bundles() {
    mkdir -p "$work/root"/{bin,dev,etc,proc,sys,tmp}
    cp "$(command -v busybox)" "$work/root/bin/busybox"
    for i in sh true sleep echo; do ln -sf busybox "$work/root/bin/$i"; done
    rcrun spec --net=host --bundle "$work/home" >/dev/null || exit 1
    bundle lives .
    bundle ends '.process.args=["true"]'
    # The helper's command line has to have the id, too.
    bundle net '.process.args=["true"]|.linux.namespaces+=[{type:"network"}]|.annotations={"org.rcrun.network":"slirp",
        "org.rcrun.network.publish":"unix:'"$work/tmp/$id"'.sock:80"}'
    # All that a start can have: setup, a filter, hooks of each kind.
    bundle rich '.linux.namespaces+=[{type:"time"}]
        |.linux.seccomp={defaultAction:"SCMP_ACT_ALLOW",syscalls:[{names:["acct"],action:"SCMP_ACT_ERRNO"}]}
        |.hooks=(["createRuntime","createContainer","startContainer","poststart","poststop"]
            |map({key:.,value:[{path:"/bin/true"}]})|from_entries)'
}

# ---- cases ----

# What has to be there before, and the command.
prepare() { # CASE -> words
    words=("$RCRUN")
    case $1 in
    create) words+=(create --bundle "$work/lives" "$id") ;;
    create-rich) words+=(create --pid-file "$work/tmp/pid" --bundle "$work/rich" "$id") ;;
    run) words+=(run --bundle "$work/ends" "$id") ;;
    run-lives) words+=(run --bundle "$work/lives" "$id") ;;
    run-net) words+=(run --bundle "$work/net" "$id") ;;
    run-rich) words+=(run --detach --pid-file "$work/tmp/pid" --bundle "$work/rich" "$id") ;;
    start)
        rcrun create --bundle "$work/lives" "$id" >/dev/null 2>&1 || return
        words+=(start "$id")
        ;;
    start-rich)
        rcrun create --bundle "$work/rich" "$id" >/dev/null 2>&1 || return
        words+=(start "$id")
        ;;
    exec)
        rcrun run -d --bundle "$work/lives" "$id" >/dev/null 2>&1 || return
        words+=(exec "$id" true)
        ;;
    exec-detach)
        rcrun run -d --bundle "$work/lives" "$id" >/dev/null 2>&1 || return
        words+=(exec --detach --pid-file "$work/tmp/pid" "$id" sh -c 'sleep 1000; :' "$id")
        ;;
    kill)
        rcrun run -d --bundle "$work/lives" "$id" >/dev/null 2>&1 || return
        words+=(kill "$id" KILL)
        ;;
    delete)
        rcrun run -d --bundle "$work/ends" "$id" >/dev/null 2>&1 || return
        until_ok 4 is_stopped || return
        words+=(delete "$id")
        ;;
    delete-force)
        rcrun run -d --bundle "$work/rich" "$id" >/dev/null 2>&1 || return
        words+=(delete --force "$id")
        ;;
    unshare) words+=(unshare --userns "$map" --mount -- sh -c : "$id") ;;
    *) echo "no such case: $1" >&2; return 1 ;;
    esac
}
# shellcheck disable=SC2317
is_stopped() { [[ $(rcrun state "$id" 2>/dev/null) == *'"stopped"'* ]]; }

# ---- what is left ----

# By the id in the command line: init has it from its fork on, and so have programs and hooks.  Only
# builtins, so that nothing of the search itself is found.
left_processes() {
    local p line
    for p in /proc/[0-9]*; do
        line=
        { mapfile -d '' line <"$p/cmdline"; } 2>/dev/null
        case "${line[*]-}" in *"$id"*) echo "process ${p#/proc/}: ${line[*]:0:6}" ;; esac
    done
}
# shellcheck disable=SC2317
none() { [ -z "$(left_processes)" ]; }
no_processes() { until_ok 4 none; }

kill_left() {
    local p
    left_processes | while read -r _ p _; do kill -9 "${p%:}"; done
}

clear_all() {
    kill_left
    rm -rf "$work/xdg" "$work/tmp"
    mkdir -m 700 "$work/xdg" "$work/tmp"
    chown "$user:" "$work/xdg" "$work/tmp"
    # Where no start was before there would be more calls.
    mkdir -m 1700 "$work/xdg/rcrun"
    chown "$user:" "$work/xdg/rcrun"
}

wrong() { wrongs+=("$@"); }

# Whatever happened, who asks gets an answer.
check_answers() {
    local text
    text=$(rcrun state "$id" 2>&1)
    case $? in
    0) jq -e '.status | IN("creating", "created", "running", "stopped")' <<<"$text" >/dev/null 2>&1 ||
        wrong "state: $text" ;;
    1) [[ $text == *'container does not exist'* ]] || wrong "state: $text" ;;
    *) wrong "state ends with $?: $text" ;;
    esac
    # shellcheck disable=SC2015 # both
    text=$(rcrun list --format json 2>&1) && jq -e 'length < 2' <<<"$text" >/dev/null 2>&1 ||
        wrong "list: $text"
}

check_nothing_left() {
    local left
    no_processes || wrong "$(left_processes)"
    left=$(find "$work/xdg/rcrun" -mindepth 1 -maxdepth 1 ! -name '.new-*' ! -name .filters)
    [ -z "$left" ] || wrong "state: $left"
    # A minute later.
    find "$work/xdg/rcrun" -mindepth 1 -maxdepth 1 -name '.new-*' -exec touch -d '2 minutes ago' {} +
    rcrun list -q >/dev/null 2>&1 || wrong "list ends with $?"
    # A half-written filter goes with the next that is written.
    left=$(find "$work/xdg" "$work/tmp" -mindepth 1 | grep -vE '/xdg/rcrun(/\.filters(/(new-[0-9]+-)?[0-9a-f]{16})?)?$')
    # What the launcher did not live to take back, nobody else knows the name of.
    [ "$who" = child ] && ! grep -q 'status 0' "$work/said" || left=$(grep -vE '/tmp/(\.pid\.[0-9]+|pid)$' <<<"$left")
    [ -z "$left" ] || wrong "files: $left"
    # Others may mount meanwhile.
    ! grep -qF "$work" /proc/self/mountinfo || wrong "mounts: $(grep -F "$work" /proc/self/mountinfo)"
}

attempt() { # CASE WHO N: 1 = there is no such call
    local case=$1 n=$3 words text
    who=$2
    wrongs=()
    prepare "$case" || { wrong 'cannot be prepared'; return 0; }
    run timeout -s KILL "$limit" "${killer[@]}" "$who" "$n" "${words[@]}" </dev/null >"$work/said" 2>"$work/err"
    case $? in
    0) ;;
    1) text=$(<"$work/said"); calls=${text#calls }; calls=${calls%% *}; finish; return 1 ;;
    *) wrong "kill-at ends with $?: $(<"$work/said") $(<"$work/err")" ;;
    esac
    check_answers
    # A launcher that lived on and failed has taken back what it did.
    if [ "$who" = child ] && [[ $case != exec* ]] && ! grep -q 'status 0' "$work/said" &&
        [ -e "$work/xdg/rcrun/$id" ]; then
        wrong "the launcher failed and left state: $(tail -n 1 "$work/said") $(<"$work/err")"
    fi
    check_orphans "$case"
    finish
    return 0
}

# Without the launcher nobody waits for what ran in the foreground.
check_orphans() { # CASE
    case $1 in
    run | run-lives | run-net | unshare) no_processes || wrong "orphans: $(left_processes)" ;;
    exec) until_ok 4 only_box || wrong "orphans: $(left_processes)" ;;
    esac
}
# shellcheck disable=SC2317
only_box() { [ "$(left_processes | wc -l)" -le 1 ]; }

finish() {
    local text
    text=$(rcrun delete --force "$id" 2>&1) || wrong "delete --force ends with $?: $text"
    check_nothing_left
    rm -f "$work"/tmp/{pid,.pid.*}
    text=$(rcrun run --bundle "$work/ends" "$id" 2>&1) || wrong "the id cannot be used again: $text"
    [ ${#wrongs[@]} -eq 0 ] || clear_all
}

sweep() { # CASE WHO OFFSET
    local n=$3 kills=0 bad=()
    calls=0
    while attempt "$1" "$2" "$n"; do
        kills=$((kills + 1))
        [ ${#wrongs[@]} -eq 0 ] || bad+=("call $n: ${wrongs[*]}" "   $(tr '\n' ' ' <"$work/said") $(<"$work/err")")
        [ ${#bad[@]} -lt 20 ] || break
        n=$((n + stride))
    done
    if [ ${#bad[@]} -gt 0 ]; then
        say 'not ok' "$1: $2 killed at every ${stride}th call" "${bad[@]}"
    elif [ "$kills" = 0 ]; then
        say 'not ok' "$1: $2 is killed" "it has only $calls calls; $(<"$work/err") ${wrongs[*]-}"
    else
        say ok "$1: $2 killed $kills times in $calls calls"
    fi
}

# The last calls of a run, up to the wait for the program, and no further.
kill_relay() {
    local before=10 limit=3
    clear_all
    calls=0
    attempt run launcher 100000
    while [ ${#wrongs[@]} -eq 0 ] && [ $((before -= 1)) -gt 0 ]; do
        attempt run-lives launcher $((calls - before))
        [[ ${wrongs[*]-} != 'kill-at ends with 137'* ]] || { wrongs=(); break; }
    done
    [ ${#wrongs[@]} -eq 0 ]
}

# Nothing of this would be noticed if nobody looked right.
check_control() {
    local mutant=$builddir/tests/security/mutant
    if kill_relay; then say ok 'run: launcher killed while the program runs'; else
        say 'not ok' 'run: launcher killed while the program runs' "${wrongs[@]}"; fi
    [ -x "$mutant" ] || return
    [ ${#as[@]} -eq 0 ] || { install "$mutant" "$work/bin/mutant" && mutant=$work/bin/mutant; }
    if RCRUN=$mutant RCRUN_MUTANT=orphan kill_relay; then
        say 'not ok' 'control: a runtime whose processes do not end with it' 'it leaves nothing, too'
    elif [[ ${wrongs[*]} != *orphans:* ]]; then
        say 'not ok' 'control: a runtime whose processes do not end with it' "${wrongs[@]}"
    else
        say ok 'control: a runtime whose processes do not end with it'
    fi
}

has_net() {
    [ -x "${RCRUN%/*}/rcrun-net" ] && ${as[@]+"${as[@]}"} sh -c ': <>/dev/net/tun' 2>/dev/null
}

clear_all
bundles
if [ $# -ge 3 ]; then
    attempt "$@" || wrong "it has only $calls calls"
    cat "$work/said" "$work/err" >&2
    if [ ${#wrongs[@]} -eq 0 ]; then say ok "$*"; else say 'not ok' "$*" "${wrongs[@]}"; fi
else
    [ $# -gt 0 ] || check_control
    number=0
    for pair in create:launcher create:child create:all create-rich:launcher create-rich:child \
        run:launcher run:child run:all run-net:launcher run-net:child run-rich:launcher run-rich:child start:launcher \
        start-rich:launcher exec:launcher exec:child exec:all exec-detach:launcher exec-detach:child \
        kill:launcher delete:launcher delete-force:launcher unshare:launcher unshare:child unshare:all; do
        number=$((number + 1))
        [ $# -eq 0 ] || [ "$1" = "${pair%:*}" ] || continue
        [[ $pair != run-net:* ]] || has_net || continue
        # Other calls in each case, and the same ones each time.
        sweep "${pair%:*}" "${pair#*:}" $((1 + number % stride))
    done
fi
echo "1..$test_number"
[ "$failures" = 0 ]
