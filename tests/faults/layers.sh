#!/bin/bash
# Overlays in the ways of older kernels, which this one still knows: layers as strings of
# /proc/self/fd/N, as bare numbers for mount(2), a tmpfs that is attached for a moment, and a directory
# on disk where tmpfs has no attributes.  All must give the same container, and leave nothing.
#
# Needs RCRUN, built with --enable-fault-injection, which takes RCRUN_KERNEL for the kernel's version.
set -u
. "${0%/*}/../tools/until.sh"
: "${RCRUN:?the program to test, built with fault injection}"
work=$(mktemp -d "${TMPDIR:-/tmp}/rcrun-layers.XXXXXX") || exit 1
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

root=$work/root
mkdir -p "$root"/{bin,dev,etc/sub,proc,sys} "$work"/{base,tmp,xdg} || exit 1
chmod 700 "$work/xdg"
touch "$root/etc/sub/file"
cp "$(command -v busybox)" "$root/bin/busybox"
for i in sh rm ls mkdir grep touch sed; do ln -s busybox "$root/bin/$i"; done
"$RCRUN" spec --net=host --bundle "$work/base" >/dev/null || exit 1

# The names are such that only a descriptor tells them: the first one is the topmost.
for i in {0..498}; do
    mkdir "$work/l:$i,\\"
    echo "$i" >"$work/l:$i,\\/top"
    touch "$work/l:$i,\\/own.$i"
done

config() { # LAYERS KIND
    jq --arg root "$root" --arg work "$work" --argjson n "$1" --arg kind "$2" '
        .root={path:$root,readonly:false}|.process.terminal=false
        |.process.args=["sh","-c","echo $(cat_top) $(ls /|grep -c ^own) $(rm -r /etc && mkdir /etc && ls -A /etc); touch /new; grep \" / / \" /proc/self/mountinfo >&2"]
        |.process.args[2]|=sub("\\$\\(cat_top\\)";"$(sed q /top)")
        |.annotations={"org.rcrun.root.overlay":$kind}
        |if $kind == "upper" then .annotations["org.rcrun.root.upper"]=$work+"/up" else . end
        |reduce range($n) as $i (.; .annotations["org.rcrun.root.lower.\($i)"]="\($work)/l:\($i),\\")
        ' "$work/base/config.json" >"$work/base/layers.json" || exit 1
}

# What the kernel shows of each way; "|" is or.
way() { # KERNEL LAYERS
    case $1:$2 in
    6.1:[1-9] | 6.1:11) echo 'lowerdir=/proc/self/fd/' ;;
    6.1:*) echo 'lowerdir=[0-9]*:' ;;
    6.8:*) echo 'lowerdir+=/proc/self/fd/' ;;
    *) echo "lowerdir+=$work/" ;;
    esac
}

try() { # KERNEL LAYERS KIND
    local got left name="kernel $1, $2 layers more, $3"
    config "$2" "$3"
    got=$(XDG_RUNTIME_DIR=$work/xdg TMPDIR=$work/tmp RCRUN_KERNEL=$1 timeout 20 "$RCRUN" run \
        --bundle "$work/base" --config layers.json "l$$" </dev/null 2>"$work/err")
    left=$(find "$work/tmp" "$work/xdg" -mindepth 1 -regextype posix-extended \
        ! -regex '.*/xdg/rcrun(/\.filters(/[0-9a-f]{16})?)?'
        ls "$root/new" 2>/dev/null)
    if [ "$got" != "0 $2" ]; then
        say 'not ok' "$name" "wanted: 0 $2" "got: $got" "$(<"$work/err")"
    elif ! grep -q -- "[ ,]$(way "$1" "$2")" "$work/err"; then
        say 'not ok' "$name" 'another way was taken' "$(<"$work/err")"
    elif [ -n "$left" ]; then
        say 'not ok' "$name" "left: $left"
    else
        say ok "$name"
    fi
    [ ! -e "$work/up" ] || "$RCRUN" unshare rm -rf "$work/up"
}

for kernel in 6.1 6.8 6.13 6.18; do
    for n in 1 11 12 200 499; do
        try $kernel $n ephemeral
        try $kernel $n upper
    done
done
# ---- on a disk: it is gone with the container, however that ends ----

export XDG_RUNTIME_DIR=$work/xdg TMPDIR=$work/tmp RCRUN_KERNEL=6.1
id=l$$
uppers() { find "$work/tmp" -mindepth 1 -maxdepth 1 -name "rcrun-$id*"; }
live() { # ARG...: a container that stays
    config 1 ephemeral
    jq '.process.args=["sh","-c","rm -r /etc; mkdir /etc; chmod 0 /etc; echo ready >/ready; sleep 1000"]' \
        "$work/base/layers.json" >"$work/base/live.json"
    timeout 20 "$RCRUN" "$@" --bundle "$work/base" --config live.json "$id" </dev/null >"$work/out" 2>"$work/err"
}
# shellcheck disable=SC2317
none() { [ -z "$(uppers)" ]; }
check() { # NAME COMMAND...: the command is right, and then nothing is left
    local name=$1
    shift
    if ! "$@"; then
        say 'not ok' "$name" "not so: $*" "$(<"$work/err")"
    elif ! none; then
        say 'not ok' "$name" "left: $(uppers)"
    else
        say ok "$name"
    fi
    "$RCRUN" delete --force "$id" 2>/dev/null
}
state() { head -n 1 "$work/xdg/rcrun/$id"/*.json; }
init() { state | jq .init.pid; }
# shellcheck disable=SC2317
dead() { ! kill -0 "$1" 2>/dev/null; }

live run --detach
if [ "$(state | jq -r .upper)" = "$(uppers)" ] && [ "$(stat -c %a "$(uppers)")" = 700 ]; then
    say ok 'the state knows the upper layer, which is for the caller alone'
else
    say 'not ok' 'the state knows the upper layer, which is for the caller alone' "$(state)" "$(uppers)"
fi
check 'delete --force removes it' "$RCRUN" delete --force "$id"

live create
check 'so it is when the container was only created' "$RCRUN" delete --force "$id"

live run --detach
pid=$(init)
kill -9 "$pid"
until_ok 5 dead "$pid"
check 'and when init was killed' "$RCRUN" delete "$id"

live run 2>/dev/null & # one that waits for its end
until_ok 5 test -s "$work/xdg/rcrun/$id/running.json"
pid=$(init)
parent=$(pgrep -f -o "^$RCRUN run .*$id") && kill -9 "$parent"
wait
until_ok 5 dead "$pid"
check 'and when who started it was killed' until_ok 5 none

until_ok 5 test ! -e "$work/xdg/rcrun/$id"
live run --detach
pid=$(init)
kill -9 "$pid"
until_ok 5 dead "$pid"
live=$(uppers)
# A container whose state is there is not forgotten.
config 1 ephemeral
other() { timeout 20 "$RCRUN" run --bundle "$work/base" --config layers.json "o$$" </dev/null >"$work/out" 2>"$work/err"; }
other
kept=ok
[ "$(uppers)" = "$live" ] || kept='not ok'
say "$kept" 'a stopped container keeps it'
rm -r "$work/xdg/rcrun/$id"
mkdir -m 755 "$work/tmp/rcrun-$id.mine" "$work/tmp/rcrun-$id.more"
cp "$live/.rcrun-upper" "$work/tmp/rcrun-$id.mine"
other
if [ -e "$live" ] || ! rmdir "$work/tmp/rcrun-$id.more" || ! [ -e "$work/tmp/rcrun-$id.mine" ]; then
    say 'not ok' 'the next start sweeps one whose state is lost, and no other' "$(uppers)"
else
    say ok 'the next start sweeps one whose state is lost, and no other'
fi
rm -r "$work/tmp/rcrun-$id.mine"

# Two that share the place and see neither each other's processes nor state, as in two outer containers.
inside=(unshare -Urmpf --mount-proc --kill-child)
if "${inside[@]}" true 2>/dev/null; then
    config 1 ephemeral
    jq 'del(.linux.uidMappings,.linux.gidMappings)
        |.process.args=["sh","-c","touch /ready; while ! [ -e /end ]; do sleep .1; done"]' \
        "$work/base/layers.json" >"$work/base/live.json"
    # shellcheck disable=SC2016 # for that shell
    "${inside[@]}" sh -c 'mount -t tmpfs -o mode=700 none "$XDG_RUNTIME_DIR" && exec "$@"' - \
        "$RCRUN" run --bundle "$work/base" --config live.json "$id" </dev/null >"$work/out" 2>"$work/err" &
    outer=$!
    # shellcheck disable=SC2317
    ready() { [ -n "$(find "$work/tmp" -path "*/rcrun-$id*/diff/ready" 2>/dev/null)" ]; }
    if until_ok 5 ready && other && ready; then
        say ok 'one of another pid namespace is not swept while it lives'
    else
        say 'not ok' 'one of another pid namespace is not swept while it lives' "$(uppers)" "$(<"$work/err")"
    fi
    kill -9 "$outer"
    wait "$outer" 2>/dev/null
    env -u RCRUN_KERNEL "$RCRUN" unshare rm -rf "$work/tmp/rcrun-$id"*
fi
echo "1..$number"
exit $bad
