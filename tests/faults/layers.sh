#!/bin/bash
# Overlays in the ways of older kernels, which this one still knows: layers as strings of
# /proc/self/fd/N, as bare numbers for mount(2), a tmpfs that is attached for a moment, and a directory
# on disk where tmpfs has no attributes.  All must give the same container, and leave nothing.
#
# Needs RCRUN, built with --enable-fault-injection, which takes RCRUN_KERNEL for the kernel's version.
set -u
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
echo "1..$number"
exit $bad
