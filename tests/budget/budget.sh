#!/bin/bash
# What a start costs, counted and not timed: system calls, processes, programs.  More calls than
# CASE.max fail; 5 % below it is told, so that the limit is lowered.  The others are exact.
#
# As an ordinary user only cases without map helpers are counted, since a traced helper has no
# set-user-id power; root (with TEST_USER) traces all of them as that user.
#
# The count is of rcrun and its processes: the helpers and the container's program, from its
# execve(2) on, are left out.  So is restart_syscall(2), which only a traced process makes when a
# signal comes that it ignores, and what gives the two signals of the C library their meaning back
# where whoever runs this ignores them, which no shell can change.
set -u
. "${0%/*}/../tools/until.sh"
: "${RCRUN:?the program to test}"
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/rcrun-budget.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
number=0
bad=0

say() { # OK NAME [REASON...]
    number=$((number + 1))
    [ "$1" = ok ] || bad=1
    echo "$1 $number - $2"
    shift 2
    [ $# -eq 0 ] || printf '# %s\n' "$@"
}

if ! command -v strace >/dev/null; then
    echo '1..0 # SKIP strace is not installed'
    exit 0
fi

if [ "$(id -u)" = 0 ]; then
    user=${TEST_USER:?the user to count as}
    as=(setpriv --reuid "$user" --regid "$user" --init-groups)
    tracer=(strace -u "$user")
    cases=(full single setup binds layers)
else
    user=$(id -un)
    as=()
    tracer=(strace)
    cases=(single setup-single binds-single layers-single)
fi
mkdir -m 700 "$work/xdg"
mkdir -p "$work/root"/{bin,dev,etc,proc,sys,mnt}
cp "$(command -v busybox)" "$work/root/bin/busybox"
for applet in true sh sleep; do ln -s busybox "$work/root/bin/$applet"; done
echo 'root:x:0:0:root:/root:/bin/sh' >"$work/root/etc/passwd"
chown -R "$user:" "$work"
run() { env -i --default-signal PATH=/usr/local/bin:/usr/bin:/bin XDG_RUNTIME_DIR="$work/xdg" HOME=/ "$@"; }

# The bundle of the performance goals: six namespaces, the default map, proc, dev, pts, shm,
# mqueue, sys, six devices, ten masked and five read-only paths.
mkdir "$work/base"
chown "$user:" "$work/base"
run ${as[@]+"${as[@]}"} "$RCRUN" spec --net=host --bundle "$work/base" >/dev/null || exit 1
bundle() { # CASE JQ-FILTER
    mkdir -p "$work/$1"
    jq --arg root "$work/root" '
        .root={path:$root,readonly:false}|.process.terminal=false|.process.args=["/bin/true"]
        |.process.env=["PATH=/bin"]
        |.mounts=[
          {destination:"/proc",type:"proc",source:"proc"},
          {destination:"/dev",type:"tmpfs",source:"tmpfs",options:["nosuid","strictatime","mode=755","size=65536k"]},
          {destination:"/dev/pts",type:"devpts",source:"devpts",options:["nosuid","noexec","newinstance","ptmxmode=0666","mode=0620"]},
          {destination:"/dev/shm",type:"tmpfs",source:"shm",options:["nosuid","noexec","nodev","mode=1777","size=65536k"]},
          {destination:"/dev/mqueue",type:"mqueue",source:"mqueue",options:["nosuid","noexec","nodev"]},
          {destination:"/sys",type:"sysfs",source:"sysfs",options:["nosuid","noexec","nodev","ro"]}]
        |.linux.namespaces=(["pid","network","ipc","uts","mount","user"]|map({type:.}))
        |.linux.maskedPaths=["/proc/acpi","/proc/asound","/proc/kcore","/proc/keys","/proc/latency_stats","/proc/timer_list","/proc/timer_stats","/proc/sched_debug","/sys/firmware","/proc/scsi"]
        |.linux.readonlyPaths=["/proc/bus","/proc/fs","/proc/irq","/proc/sys","/proc/sysrq-trigger"]
        |'"$2" "$work/base/config.json" >"$work/$1/config.json" || exit 1
}
one='.linux.uidMappings|=[.[0]]|.linux.gidMappings|=[.[0]]'
time='.linux.namespaces+=[{type:"time"}]'
binds='.mounts+=[range(100)|{destination:"/mnt/m\(.)",type:"bind",source:"/etc/hostname",options:["bind","ro"]}]'
layers='.annotations={"org.rcrun.root.overlay":"ephemeral"}'
bundle full .
bundle single "$one"
bundle setup "$time"
bundle setup-single "$time|$one"
bundle binds "$binds"
bundle binds-single "$binds|$one"
bundle layers "$layers"
bundle layers-single "$layers|$one"

traced() { # ARG... -> $work/trace
    rm -f "$work/trace"
    run "${tracer[@]}" -f -o "$work/trace" "$RCRUN" "$@" </dev/null >"$work/out" 2>&1
}
trace() { traced run --bundle "$work/$1" "b$$"; } # CASE

# The state root is made once, before the first start.
run ${as[@]+"${as[@]}"} "$RCRUN" run --bundle "$work/single" "b$$" </dev/null || exit 1

# "calls processes programs" of rcrun itself.
count() {
    awk '
        / resumed>/ || / restart_syscall\(/ || /rt_sigaction\(SIGRT/ || !/\(/ { next }
        { pid = $1; text = $0; sub(/^[0-9]+ +/, "", text) }
        text ~ /^execve\(/ && text !~ / = -1 / {
            programs++
            helper = text ~ /\/new[ug]idmap"/
            if (helper) skip[pid] = 1
            else if (seen[pid]++ || pid != first_pid && first_pid != "") done[pid] = 1
        }
        first_pid == "" { first_pid = pid; seen[pid] = 1 }
        { all[pid] = 1; calls[pid] += !done[pid] || text ~ /^execve\(/ && !after[pid]++ }
        END {
            for (p in all) { processes++; if (!skip[p]) n += calls[p] }
            print n, processes, programs
        }' "$work/trace"
}

# A program that the user could change seals itself first, where it enters a container: what that
# costs is in seal.max.
sealed=0
[ "$(stat -Lc %U "$RCRUN")" = root ] || sealed=1
given() { sed -n "s/^$2 //p" "$here/$1.max"; }
limit() {
    local most
    most=$(given "$1" "$2")
    case $1 in state | kill | delete) ;; *) [ "$sealed" = 0 ] || most=${most:+$((most + $(given seal "$2")))} ;; esac
    echo "$most"
}

compare() { # CASE WHAT COUNT
    local most
    most=$(limit "$1" "$2")
    if [ -z "$most" ]; then
        say 'not ok' "$1: $2" "no limit in $1.max"
    elif [ "$2" = programs ] && [ "$3" != "$most" ]; then
        say 'not ok' "$1: $3 $2, wants $most"
    elif [ "$2" = processes ] && [ "$3" -le "$most" ]; then
        # Fewer: one that ended before its first call, as the guard of a short container may.
        say ok "$1: $3 $2, at most $most"
    elif [ "$3" -gt "$most" ]; then
        say 'not ok' "$1: $3 $2, at most $most"
    elif [ $(($3 * 100)) -lt $((most * 95)) ]; then
        say ok "$1: $3 $2, at most $most" "lower the limit: it is 5 % or more below"
    else
        say ok "$1: $3 $2, at most $most"
    fi
}

for case in "${cases[@]}"; do
    if ! trace "$case"; then
        say 'not ok' "$case: runs" "$(tail -n 1 "$work/out")"
        continue
    fi
    read -r calls processes programs < <(count)
    compare "$case" calls "$calls"
    compare "$case" processes "$processes"
    compare "$case" programs "$programs"
done

# The life of a container, command by command; `create` and `start` count as one.
if [ "$(id -u)" = 0 ]; then base=full; else base=single; fi
# shellcheck disable=SC2317
untraced() { run ${as[@]+"${as[@]}"} "$RCRUN" "$@" </dev/null 2>/dev/null; }
# shellcheck disable=SC2317
is_now() { untraced state "l$$" | grep -q "\"status\": \"$1\""; }
life() { # CASE ARG...
    local case=$1
    shift
    if traced "$@"; then
        read -r calls processes _ < <(count)
        compare "$case" calls "$calls"
        compare "$case" processes "$processes"
    else
        say 'not ok' "$case: works" "$(tail -n 1 "$work/out")"
    fi
}
mkdir "$work/life"
jq '.process.args=["/bin/sleep","1000"]' "$work/$base/config.json" >"$work/life/config.json"
# The tracer of create stays with init, until start has made the program of it.
run "${tracer[@]}" -f -o "$work/created" "$RCRUN" create --bundle "$work/life" "l$$" </dev/null >"$work/out" 2>&1 &
tracing=$!
until_ok 10 is_now created
traced start "l$$"
until_ok 10 grep -q 'execve("/bin/sleep"' "$work/created"
kill "$tracing"
wait "$tracing" 2>/dev/null
read -r calls _ < <(count)
cp "$work/created" "$work/trace"
read -r more processes _ < <(count)
compare "start-$base" calls $((calls + more))
compare "start-$base" processes "$processes"
life state state "l$$"
life exec exec "l$$" /bin/true
life kill kill "l$$" KILL
until_ok 10 is_now stopped
life delete delete "l$$"

# Linear: twice the mounts, variables, system call names cost at most 2.1 times the calls.
growth() { # NAME FILTER-FOR-N... ; %d in the filter is n
    local name=$1 n calls=()
    for n in 0 200 400; do
        bundle "grow" "$one|${2//%d/$n}"
        trace grow || { say 'not ok' "$name: runs with $n" "$(tail -n 1 "$work/out")"; return; }
        read -r c _ < <(count)
        calls+=("$c")
    done
    local small=$((calls[1] - calls[0])) large=$((calls[2] - calls[0]))
    if [ $((large * 10)) -le $((small * 21 + 100)) ]; then
        say ok "$name: $small calls for 200, $large for 400"
    else
        say 'not ok' "$name grows faster than its number: $small calls for 200, $large for 400"
    fi
}
growth 'bind mounts' '.mounts+=[range(%d)|{destination:"/mnt/n\(.)",type:"bind",source:"/etc/hostname",options:["bind","ro"]}]'
growth variables '.process.env+=[range(%d)|"V\(.)=x"]'
growth 'masked paths' '.linux.maskedPaths+=[range(%d)|"/proc/none\(.)"]'

echo "1..$number"
exit $bad
