#!/bin/bash
# Fails each step of a few plans, and looks at what is left: `run.sh` for all, `run.sh PLAN` for
# one, `run.sh PLAN STEP` for one step.  Wants, each time: an end in time, a failure told in one
# line, no process, no mount, no file of the attempt; and after it the same id starts again.
#
# Needs RCRUN, built with --enable-fault-injection, which fails the step that RCRUN_FAIL_AT
# numbers, and tests/tools/listener beside it.
set -u
: "${RCRUN:?the program to test, built with fault injection}"
work=$(mktemp -d "${TMPDIR:-/tmp}/rcrun-faults.XXXXXX") || exit 1
listener=
trap '[ -z "$listener" ] || kill "$listener"; rm -rf "$work"' EXIT
test_number=0
failures=0

say() { # OK NAME [REASON...]
    test_number=$((test_number + 1))
    echo "$1 $test_number - $2"
    shift 2
    [ $# -eq 0 ] || printf '# %s\n' "$@"
}

# ---- bundles ----

base() {
    mkdir -p "$work/root"/{bin,dev,etc,proc,sys,tmp}
    cp "$(command -v busybox)" "$work/root/bin/busybox"
    for i in sh true sleep echo; do ln -sf busybox "$work/root/bin/$i"; done
    mkdir -p "$work/base"
    "$RCRUN" spec --bundle "$work/base" >/dev/null || exit 1
}

# bundle PLAN JQ-FILTER
bundle() {
    mkdir -p "$work/$1"
    jq --arg root "$work/root" '.root.path=$root|.root.readonly=true|.process.terminal=false
        |.process.args=["echo","ran"]|'"$2" "$work/base/config.json" >"$work/$1/config.json" || exit 1
}

bundles() {
    bundle range '.'
    bundle single '.linux.uidMappings|=[.[0]]|.linux.gidMappings|=[.[0]]'
    bundle setup '.linux.namespaces+=[{"type":"time"}]|.linux.timeOffsets={"boottime":{"secs":60}}'
    # shellcheck disable=SC2016 # $u and $g are jq's
    bundle shifted '(.linux.uidMappings|map(select(.size>1))[0]) as $u
        |(.linux.gidMappings|map(select(.size>1))[0]) as $g
        |.linux.uidMappings=[{"containerID":0,"hostID":$u.hostID,"size":1000}]
        |.linux.gidMappings=[{"containerID":0,"hostID":$g.hostID,"size":1000}]'
    bundle filter '.linux.seccomp={"defaultAction":"SCMP_ACT_ALLOW",
        "syscalls":[{"names":["acct"],"action":"SCMP_ACT_ERRNO"}]}'
    bundle listener '.linux.seccomp={"defaultAction":"SCMP_ACT_ALLOW","listenerPath":"'"$work"'/listener/socket",
        "syscalls":[{"names":["acct"],"action":"SCMP_ACT_NOTIFY"}]}'
    bundle service '.linux.uidMappings|=[.[0]]|.linux.gidMappings|=[.[0]]'
    bundle pidfile '.linux.uidMappings|=[.[0]]|.linux.gidMappings|=[.[0]]'
    bundle terminal '.process.terminal=true|.linux.uidMappings|=[.[0]]|.linux.gidMappings|=[.[0]]'
}

# ---- one attempt ----

# The command of a plan, as words, and what it finds in its environment.
command_of() { # PLAN
    environment=()
    [ "$1" = service ] && environment=(LISTEN_FDS=1 "NOTIFY_SOCKET=$work/nobody")
    words=("$RCRUN" run --bundle "$work/$1")
    [ "$1" = pidfile ] && words+=(--pid-file "$work/pid")
    words+=("$id")
    if [ "$1" = terminal ]; then
        words=(script -qec "$(printf '%q ' "${words[@]}")2> $work/err.tty" /dev/null)
    fi
}

# Processes whose command line has the id: init has it from its fork on.  Only builtins, so that
# nothing of the search itself is found.
left_processes() {
    local p line
    for p in /proc/[0-9]*; do
        line=
        { IFS= read -r -d '' -n 4000 line <"$p/cmdline" && line+=$(tr '\0' ' ' <"$p/cmdline"); } 2>/dev/null
        case $line in *"$id"*) echo "${p#/proc/}: ${line:0:80}" ;; esac
    done
}

run_once() { # PLAN STEP -> status in rc
    command_of "$1"
    RCRUN_FAIL_AT=$2 XDG_RUNTIME_DIR=$work/xdg TMPDIR=$work/tmp timeout -k 2 20 env "${environment[@]}" \
        "${words[@]}" </dev/null >"$work/out" 2>"$work/err" 3</dev/null
    rc=$?
    [ "$1" = terminal ] && cp "$work/err.tty" "$work/err"
    return 0
}

check() { # PLAN STEP KIND: "optional", "plain" (an error without its place) or "step"
    local plan=$1 step=$2 kind=$3 wrong=() lines left
    id=fault-$$-$plan-$step
    rm -rf "$work"/{xdg,tmp,pid,err,out}
    mkdir -m 700 "$work/xdg" "$work/tmp"
    sort /proc/self/mountinfo >"$work/mounts"
    run_once "$plan" "$step"
    lines=$(grep -vcE '^(rcrun: warning|hint): ?' "$work/err")
    if [ "$rc" -ge 124 ]; then
        wrong+=("hung or was killed: status $rc")
    elif [ "$kind" = optional ]; then
        [ "$rc" = 0 ] || wrong+=("an optional step ended it: status $rc")
        grep -q 'fault injected' "$work/err" || wrong+=("no warning")
    else
        [ "$rc" = 1 ] || wrong+=("status $rc")
        [ "$lines" = 1 ] || wrong+=("$lines lines of error")
        local place="step $step .*"
        [ "$kind" = plain ] && place=
        grep -q "${place}fault injected" "$work/err" || wrong+=("the step is not named")
    fi
    left=$(left_processes)
    [ -z "$left" ] || { sleep 0.2; left=$(left_processes); }
    [ -z "$left" ] || wrong+=("left: $left")
    sort /proc/self/mountinfo | cmp -s - "$work/mounts" || wrong+=("mounts changed")
    left=$(find "$work/xdg" "$work/tmp" -mindepth 1 ! -path "$work/xdg/rcrun*" 2>/dev/null)
    [ -z "$left" ] || wrong+=("files: $left")
    [ "$kind" != optional ] && [ -e "$work/pid" ] && wrong+=("the pid file stayed")
    if [ ${#wrong[@]} -gt 0 ]; then
        failures=$((failures + 1))
        mapfile -t -O ${#wrong[@]} wrong <"$work/err"
        say 'not ok' "$plan: step $step fails" "${wrong[@]}"
    else
        say ok "$plan: step $step fails and leaves nothing"
    fi
}

# The bundle itself works, else all of the above would hold for a program that does nothing.
check_control() { # PLAN
    id=fault-$$-$1-none
    rm -rf "$work"/{xdg,tmp}
    mkdir -m 700 "$work/xdg" "$work/tmp"
    run_once "$1" 0
    if [ "$rc" = 0 ] && grep -q ran "$work/out"; then
        say ok "$1: runs without a fault"
    else
        failures=$((failures + 1))
        mapfile -t text <"$work/err"
        say 'not ok' "$1: runs without a fault" "status $rc" "${text[@]}"
    fi
}

check_plan() { # PLAN [STEP]
    local steps step line
    id=fault-$$-$1
    command_of "$1"
    if [ "$1" = terminal ]; then
        script -qec "$(printf '%q ' "$RCRUN" run --dry-run --bundle "$work/$1" "$id")" /dev/null \
            </dev/null | tr -d '\r' >"$work/plan"
    else
        env "${environment[@]}" "${words[@]:0:2}" --dry-run "${words[@]:2}" </dev/null >"$work/plan" \
            2>/dev/null 3</dev/null
    fi
    steps=$(grep -cE '^ *[0-9]+ ' "$work/plan")
    if [ "$steps" -lt 30 ]; then
        failures=$((failures + 1))
        say 'not ok' "$1: has a plan" "$steps steps"
        return
    fi
    check_control "$1"
    for step in $(seq "$steps"); do
        [ $# -lt 2 ] || [ "$2" = "$step" ] || continue
        line=$(sed -n "${step}p" "$work/plan")
        case $line in
        *'(may fail)'*) check "$1" "$step" optional ;;
        *' init   find_program '* | *' init   exec '*) check "$1" "$step" plain ;;
        *) check "$1" "$step" step ;;
        esac
    done
}

# Who answers the plan `listener`.
listen() {
    mkdir "$work/listener"
    "${builddir:-${RCRUN%/*}}/tests/tools/listener" "$work/listener/socket" "$work/listener" </dev/null &
    listener=$!
    while ! [ -S "$work/listener/socket" ] && kill -0 "$listener"; do sleep 0.1; done
}

base
bundles
listen
if [ $# -gt 0 ]; then
    check_plan "$@"
else
    for plan in range single setup shifted filter listener service pidfile terminal; do
        check_plan "$plan"
    done
fi
echo "1..$test_number"
[ "$failures" = 0 ]
