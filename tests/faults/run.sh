#!/bin/bash
# Fails each step of a few plans, and looks at what is left: `run.sh` for those of `run`, `run.sh life`
# for those of the other commands, `run.sh PLAN` for one, `run.sh PLAN STEP` for one step.  Wants, each
# time: an end in time, a failure told in one line, no process, no state, no mount, no file of the
# attempt.  The steps of a create are those of create and start: one of the two fails.  An exec that
# fails leaves its container as it was.
#
# Needs RCRUN, built with --enable-fault-injection, which fails the step that RCRUN_FAIL_AT
# numbers, and tests/tools/listener beside it.
set -u
. "${0%/*}/../tools/until.sh"
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
    "$RCRUN" spec --net=host --bundle "$work/base" >/dev/null || exit 1
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
    # The helper's command line has to have the id, too.
    bundle net '.linux.namespaces+=[{"type":"network"}]|.hostname="box"|.annotations={"org.rcrun.network":"slirp",
        "org.rcrun.network.publish":"unix:'"$work/fault-$$"'.sock:80"}'
    # What is thrown away in memory and, as before Linux 6.6, on a disk; and what is kept.
    bundle ephemeral '.root.readonly=false|.annotations={"org.rcrun.root.overlay":"ephemeral"}'
    bundle disk '.root.readonly=false|.annotations={"org.rcrun.root.overlay":"ephemeral"}'
    bundle upper '.root.readonly=false|.annotations={"org.rcrun.root.overlay":"upper",
        "org.rcrun.root.upper":"'"$work"'/up","org.rcrun.root.lower.0":"'"$work"'/base"}'
    bundle fuse '.root.readonly=false|.annotations={"org.rcrun.root.overlay":"upper",
        "org.rcrun.root.driver":"fuse","org.rcrun.root.upper":"'"$work"'/up","org.rcrun.root.lower.0":"'"$work"'/base"}'
    bundle fuse-two '.root.readonly=false|.annotations={"org.rcrun.root.overlay":"ephemeral",
        "org.rcrun.root.driver":"fuse","org.rcrun.root.lower.0":"'"$work"'/base"}'
    # The mount point is a file system of root of the namespace that it is run in.
    mkdir -p "$work/fs"
    bundle mapped 'del(.linux.uidMappings,.linux.gidMappings)|.linux.namespaces|=map(select(.type!="user"))
        |.mounts+=([{destination:"/tmp",source:"'"$work/fs"'",options:["rbind","ridmap"]},
        {destination:"/dev/mapped",type:"tmpfs",source:"tmpfs",options:["idmap"]}]
        |map(.uidMappings=[{containerID:0,hostID:5,size:10}]|.gidMappings=.uidMappings))'
    bundle pidfile '.linux.uidMappings|=[.[0]]|.linux.gidMappings|=[.[0]]'
    # The programs of these live longer than the command: their command line has to have the id.
    lives='.process.args=["sh","-c","echo ran; sleep 1000; :","fault-'$$'"]'
    hooks='.hooks=(["createRuntime","createContainer","startContainer","poststart","poststop"]
        |map({key:.,value:[{path:"/bin/true"}]})|from_entries)'
    bundle create "$lives"
    bundle create-rich "$lives|$hooks"'|.linux.namespaces+=[{"type":"time"}]
        |.linux.seccomp={"defaultAction":"SCMP_ACT_ALLOW",
        "syscalls":[{"names":["acct"],"action":"SCMP_ACT_ERRNO"}]}'
    bundle hooks "$hooks"
    bundle detach "$lives|$hooks"
    bundle exec "$lives"
    bundle exec-rich "$lives"'|.linux.seccomp={"defaultAction":"SCMP_ACT_ALLOW",
        "syscalls":[{"names":["acct"],"action":"SCMP_ACT_ERRNO"}]}'
    bundle terminal '.process.terminal=true|.linux.uidMappings|=[.[0]]|.linux.gidMappings|=[.[0]]'
}

# ---- one attempt ----

# The command of a plan, as words, and what it finds in its environment.
command_of() { # PLAN
    environment=()
    prefix=()
    # shellcheck disable=SC2016 # for the shell in there
    [ "$1" = mapped ] && prefix=(unshare --user --map-root-user --map-auto --mount
        sh -c 'mount -t tmpfs fs "$0" && exec "$@"' "$work/fs")
    [ "$1" = service ] && environment=(LISTEN_FDS=1 "NOTIFY_SOCKET=$work/nobody")
    [ "$1" = disk ] && environment=(RCRUN_KERNEL=6.1)
    [ "$1" = fuse-two ] && environment=("PATH=$work/two:$PATH")
    case $1 in
    create*) words=("$RCRUN" create --bundle "$work/$1" --pid-file "$work/pid" "$id") ;;
    detach) words=("$RCRUN" run --detach --bundle "$work/$1" --pid-file "$work/pid" "$id") ;;
    exec) words=("$RCRUN" exec "$id" echo ran) ;;
    exec-rich) words=("$RCRUN" exec --detach --pid-file "$work/pid" --cwd /tmp --user 0:0 "$id" echo ran) ;;
    pidfile) words=("$RCRUN" run --bundle "$work/$1" --pid-file "$work/pid" "$id") ;;
    unshare) words=("$RCRUN" unshare --mount -- sh -c 'echo ran' "$id") ;;
    unshare-keep-id) words=("$RCRUN" unshare --userns keep-id -- sh -c 'echo ran' "$id") ;;
    *) words=("$RCRUN" run --bundle "$work/$1" "$id") ;;
    esac
    if [ "$1" = terminal ]; then
        words=(script -qec "$(printf '%q ' "${words[@]}")2> $work/err.tty" /dev/null)
    fi
}

rcrun() { XDG_RUNTIME_DIR=$work/xdg TMPDIR=$work/tmp timeout -k 2 20 "$RCRUN" "$@" </dev/null; }

# What has to be there before.
box() { # PLAN
    case $1 in
    exec*) rcrun run --detach --bundle "$work/$1" "$id" >/dev/null 2>"$work/err" ||
        { cat "$work/err"; exit 1; } ;;
    esac
}

# Those that serve a root: neither their command line nor their environment has the id.
left_servers() {
    local p
    grep -lF "$work" /proc/[0-9]*/mountinfo 2>/dev/null | while read -r p; do
        p=${p%/mountinfo}
        ! grep -q fuse-overlayfs "$p/comm" 2>/dev/null || echo "${p#/proc/}: fuse-overlayfs"
    done
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
    left_servers
}

run_once() { # PLAN STEP -> status in rc
    command_of "$1"
    export RCRUN_FAIL_AT=$2
    XDG_RUNTIME_DIR=$work/xdg TMPDIR=$work/tmp timeout -k 2 20 env "${environment[@]}" \
        "${prefix[@]}" "${words[@]}" </dev/null >"$work/out" 2>"$work/err" 3</dev/null
    rc=$?
    case $1:$rc in
    create*:0)
        # The file is that of the caller now, who knows nothing of start.
        rm -f "$work/pid"
        rcrun start "$id" 2>>"$work/err" || rc=$?
        ;;
    exec*:255 | unshare*:125) rc=1 ;;
    esac
    unset RCRUN_FAIL_AT
    [ "$1" = terminal ] && cp "$work/err.tty" "$work/err"
    return 0
}

# Only what lives on has a state: the container of an exec, and what was started in the background.
check_state() { # PLAN KIND
    local ids
    ids=$(rcrun list -q 2>&1) || wrong+=("list: $ids")
    case $1:$2 in
    exec*)
        [ "$ids" = "$id" ] || wrong+=("the container of exec is gone: $ids")
        until_ok 2 only_box || wrong+=("left: $(left_processes)")
        rcrun delete --force "$id" 2>"$work/err.delete" || wrong+=("delete: $(<"$work/err.delete")")
        ;;
    create*:late | create*:optional | detach:optional)
        [ "$ids" = "$id" ] || wrong+=("no container: $ids")
        rcrun delete --force "$id" 2>"$work/err.delete" || wrong+=("delete: $(<"$work/err.delete")")
        rm -f "$work/pid"
        ;;
    *) [ -z "$ids" ] || wrong+=("state of: $ids") ;;
    esac
}
# shellcheck disable=SC2317
only_box() { [ "$(left_processes | wc -l)" -le 1 ]; }
# shellcheck disable=SC2317
none() { [ -z "$(left_processes)" ]; }

# KIND: "optional", "plain" (an error without its place), "late" (create is done already, and start
# finds it stopped) or "step".
check() { # PLAN STEP KIND
    local plan=$1 step=$2 kind=$3 wrong=() lines left
    id=fault-$$
    rm -rf "$work"/{xdg,tmp,pid,err,out,up}
    mkdir -m 700 "$work/xdg" "$work/tmp"
    box "$plan"
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
        local place="step $step .*fault injected"
        [ "$kind" = plain ] && place='fault injected'
        [ "$kind" = late ] && place='has stopped'
        grep -q "$place" "$work/err" || wrong+=("the step is not named")
    fi
    check_state "$plan" "$kind"
    until_ok 2 none || wrong+=("left: $(left_processes)")
    # Others may mount meanwhile.
    ! grep -qF "$work" /proc/self/mountinfo || wrong+=("mounts: $(grep -F "$work" /proc/self/mountinfo)")
    left=$(find "$work/xdg" "$work/tmp" -mindepth 1 -regextype posix-extended \
        ! -regex '.*/xdg/rcrun(/\.filters(/[0-9a-f]{16})?)?')
    [ -z "$left" ] || wrong+=("files: $left")
    [ ! -e "$work/$id.sock" ] || wrong+=("the published socket stayed")
    [ "$kind" != optional ] && [ -e "$work/up" ] && wrong+=("the upper layer stayed")
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
    id=fault-$$
    rm -rf "$work"/{xdg,tmp,up}
    mkdir -m 700 "$work/xdg" "$work/tmp"
    box "$1"
    run_once "$1" 0
    # In the background it may still be on its way.
    if [ "$rc" = 0 ] && until_ok 2 grep -q ran "$work/out"; then
        say ok "$1: runs without a fault"
    else
        failures=$((failures + 1))
        mapfile -t text <"$work/err"
        say 'not ok' "$1: runs without a fault" "status $rc" "${text[@]}"
    fi
    rcrun delete --force "$id"
    rm -f "$work/pid"
}

# The steps of a plan, a line each, by number.
print_plan() { # PLAN
    rm -rf "$work"/{xdg,tmp,log}
    mkdir -m 700 "$work/xdg" "$work/tmp"
    box "$1"
    command_of "$1"
    case $1 in
    terminal)
        script -qec "$(printf '%q ' "$RCRUN" run --dry-run --bundle "$work/$1" "$id")" /dev/null \
            </dev/null | tr -d '\r'
        ;;
    # As they were done: it has no --dry-run.
    create*)
        rcrun --debug --log "$work/log" "${words[@]:1}" >/dev/null 2>&1 && rcrun start "$id"
        sed -n 's/.* debug: step \( *[0-9]* .*\)/\1/p' "$work/log" | sort -nu
        ;;
    disk | service | mapped) env "${environment[@]}" "${prefix[@]}" "${words[@]:0:2}" --dry-run "${words[@]:2}" </dev/null 2>/dev/null 3</dev/null ;;
    *) rcrun "${words[1]}" --dry-run "${words[@]:2}" 2>/dev/null ;;
    esac
    rcrun delete --force "$id"
    rm -f "$work/pid"
}

check_plan() { # PLAN [STEP]
    local steps step line least=30
    id=fault-$$
    case $1 in unshare*) least=10 ;; esac
    print_plan "$1" >"$work/plan"
    steps=$(grep -cE '^ *[0-9]+ ' "$work/plan")
    if [ "$steps" -lt $least ] || [ "$(awk 'END { print $1 }' "$work/plan")" != "$steps" ]; then
        failures=$((failures + 1))
        say 'not ok' "$1: has a plan" "$steps steps"
        return
    fi
    check_control "$1"
    for step in $(seq "$steps"); do
        [ $# -lt 2 ] || [ "$2" = "$step" ] || continue
        line=$(sed -n "${step}p" "$work/plan")
        case $line in
        *' init   await_start') check "$1" "$step" late ;;
        *'(may fail)'*) check "$1" "$step" optional ;;
        *' init   find_program '* | *' init   exec '*) check "$1" "$step" plain ;;
        *) check "$1" "$step" step ;;
        esac
    done
}

# The program of the plan `fuse-two`: it mounts itself, as version 2 does.
serve_itself() {
    mkdir -p "$work/two"
    # shellcheck disable=SC2016 # for that shell
    printf '#!/bin/sh\n[ "$1" != --version ] || { echo fuse-overlayfs: version 2.1; exit; }\nexec %s "$@"\n' \
        "$(command -v fuse-overlayfs)" >"$work/two/fuse-overlayfs"
    chmod +x "$work/two/fuse-overlayfs"
}

# Who answers the plan `listener`.
listen() {
    mkdir -p "$work/listener"
    "${builddir:-${RCRUN%/*}}/tests/tools/listener" "$work/listener/socket" "$work/listener" </dev/null &
    listener=$!
    while ! [ -S "$work/listener/socket" ] && kill -0 "$listener"; do sleep 0.1; done
}

base
bundles
listen
plans=(range single setup shifted filter listener service hooks pidfile terminal ephemeral disk upper)
unshare --user --map-root-user --map-auto true 2>/dev/null && plans+=(mapped)
# shellcheck disable=SC2188 # to open it is all
[ ! -x "${RCRUN%/*}/rcrun-net" ] || ! { <>/dev/net/tun; } 2>/dev/null || plans+=(net)
# shellcheck disable=SC2188
! command -v fuse-overlayfs >/dev/null || ! { <>/dev/fuse; } 2>/dev/null || plans+=(fuse fuse-two)
serve_itself
[ "${1-}" != life ] || plans=(create create-rich detach exec exec-rich unshare unshare-keep-id)
case ${1-life} in
life) for plan in "${plans[@]}"; do check_plan "$plan"; done ;;
*) check_plan "$@" ;;
esac
echo "1..$test_number"
[ "$failures" = 0 ]
