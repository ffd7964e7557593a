# What the tests of this folder share; README.md explains how they are built.
#
# An attack is a function attack_NAME.  It prepares a bundle, starts it with `start`, looks at what
# came of it, and calls `breach TEXT` for everything that an attacker has gained.
#
#     holds NAME [ARG...]         rcrun withstands
#     falls RUNTIME NAME [ARG...] the control does not: the attack would be noticed
#
# SHOW_BREACH=1 tells what the controls lose.

bats_require_minimum_version 1.5.0

# shellcheck source=tests/beside.bash
. "${BASH_SOURCE[0]%/*}/../beside.bash"

: "${RCRUN:?the program to test}" "${builddir:?the build directory}"
tools=$builddir/tests/security
attack=$tools/attack
base=$BATS_TEST_DIRNAME/base.json
[ -f "$base" ] || base=$BATS_TEST_DIRNAME/../security/base.json

# No container of these tests takes longer, hostile or not.
SECONDS_EACH=${SECONDS_EACH-10}

security_setup() {
    [ "$(id -u)" != 0 ] || skip 'for an ordinary user'
    [ -x "$attack" ] || skip 'tests/security/attack is not built (make check does it)'
    umask 022
    unset RCRUN_ROOT RCRUN_DEBUG RCRUN_HINTS RCRUN_MUTANT LISTEN_FDS LISTEN_PID
    cd "$BATS_TEST_TMPDIR"
    # A folder that others can search: container ids that are not ours must reach the root.
    chmod 755 . "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR"
    RCRUN_MUTANT_PROGRAM=$tools/mutant
    breaches=$PWD/breaches
    out=$PWD/out
    report=$PWD/report
    runtime_dir=$PWD/runtime
    mkdir -m 700 "$runtime_dir"
    export XDG_RUNTIME_DIR=$runtime_dir
    make_outside
    find_maps
}

# ---- what must stay as it is ----------------------------------------------------------------

make_outside() {
    outside=$PWD/outside
    mkdir -p "$outside/dir/sub"
    echo marker >"$outside/file"
    echo marker >"$outside/ptmx"
    echo marker >"$outside/dir/sub/file"
    chmod 600 "$outside/file"
    outside_before=$(listing "$outside")
    mounts_before=$(own_mounts)
}

listing() { # DIR
    (cd "$1" && find . -printf '%y %m %U:%G %s %p %l\n' -type f -readable -exec sha256sum {} + | sort)
}

check_outside() {
    local now
    now=$(listing "$outside")
    [ "$now" = "$outside_before" ] ||
        breach "outside of the container: $(diff <(echo "$outside_before") <(echo "$now") | sed -n 's/^[<>]/&/p')"
}

# ---- verdicts -------------------------------------------------------------------------------

breach() { # TEXT
    printf 'breach: %s\n' "$1" >>"$breaches"
}

# A look, and what it must show.
breach_if() { # TEXT COMMAND...: the command succeeds when the attacker has won
    local text=$1
    shift
    if "$@"; then breach "$text"; fi
}

attempt() { # RUNTIME NAME [ARG...]
    runtime=$1
    : >"$breaches"
    "attack_$2" "${@:3}"
    check_outside
    check_left
}

# Nothing of a container stays behind; processes are asked for after each start.
check_left() {
    local left
    case $runtime in
    rcrun | mutant:*)
        left=$(find "$runtime_dir" -mindepth 1 ! -path '*/rcrun*')
        [ -z "$left" ] || breach "files are left: $left"
        [ "$(own_mounts)" = "$mounts_before" ] || breach 'mounts are left'
        ;;
    esac
}

holds() { # NAME [ARG...]
    attempt rcrun "$@"
    [ ! -s "$breaches" ] || {
        cat "$breaches"
        head -c 2000 "$out"
        return 1
    }
}

falls() { # RUNTIME NAME [ARG...]
    need "$1"
    attempt "$@"
    [ -s "$breaches" ] || {
        echo "$1 withstands $2: who broke rcrun in the same way would not be noticed"
        head -c 2000 "$out"
        return 1
    }
    [ -z "${SHOW_BREACH-}" ] || sed "s/^/# $1 /" "$breaches" >&3
}

need() { # RUNTIME
    case $1 in
    rcrun) ;;
    mutant:*) [ -x "$tools/mutant" ] || skip 'tests/security/mutant is not built' ;;
    *) command -v "$1" >/dev/null || skip "$1 is not installed" ;;
    esac
    [ "$1" != crun ] || [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] ||
        skip 'crun wants cgroup2 alone on /sys/fs/cgroup (tests/tools/user-env gives it)'
}

# ---- bundles --------------------------------------------------------------------------------

# The maps of a container as JSON: all ids that this user has, and one alone.
find_maps() {
    local uid gid first
    uid=$(id -u) gid=$(id -g)
    one_map=".linux.uidMappings=[{containerID:0,hostID:$uid,size:1}]|
             .linux.gidMappings=[{containerID:0,hostID:$gid,size:1}]"
    maps=$one_map
    sub_first=$(awk -F: -v user="$(id -un)" '$1 == user && $3 >= 65536 { print $2; exit }' \
        /etc/subuid 2>/dev/null)
    first=$sub_first
    [ -z "$first" ] || maps=".linux.uidMappings=[{containerID:0,hostID:$uid,size:1},
                                                 {containerID:1,hostID:$first,size:65536}]|
                             .linux.gidMappings=[{containerID:0,hostID:$gid,size:1},
                                                 {containerID:1,hostID:$first,size:65536}]"
}

need_subids() {
    [ -n "$sub_first" ] || skip 'this user has no subordinate ids'
}

template() {
    local root=$BATS_FILE_TMPDIR/rootfs applet
    [ ! -d "$root" ] || return 0
    mkdir -p "$root".new/{bin,proc,sys,dev,etc,tmp,root,mnt}
    cp "$(command -v busybox)" "$root.new/bin/busybox"
    for applet in sh cat chown cp dd df echo env false grep head id kill ln ls mkdir mkfifo mount \
        mv od readlink rm rmdir sed sleep sort stat tail test touch tr true umount uname wc; do
        ln -s busybox "$root.new/bin/$applet"
    done
    cp "$attack" "$root.new/bin/attack"
    echo 'root:x:0:0:root:/root:/bin/sh' >"$root.new/etc/passwd"
    jq "$maps" "$base" >"$BATS_FILE_TMPDIR/config.json"
    mv "$root.new" "$root"
}

# Makes the bundle NAME: $bundle, $root.  jq filters change its config, in which $bundle and
# $outside are known.  Files of the root are links, not to be written but replaced.
bundle() { # NAME [FILTER...]
    template
    bundle=$BATS_TEST_TMPDIR/$1
    root=$bundle/rootfs
    [ ! -e "$bundle" ] || rm -rf "$bundle"
    mkdir "$bundle"
    cp -al "$BATS_FILE_TMPDIR/rootfs" "$root"
    cp "$BATS_FILE_TMPDIR/config.json" "$bundle/config.json"
    shift
    [ $# = 0 ] || edit "$@"
}

edit() { # FILTER...
    local all
    all=$(printf '|%s' "$@")
    jq --arg bundle "$bundle" --arg outside "$outside" "${all#|}" "$bundle/config.json" \
        >"$bundle/config.new"
    mv "$bundle/config.new" "$bundle/config.json"
}

# The program of the container, or a script for its shell.
program() { # PROGRAM [ARG...]
    jq --argjson args "$(printf '%s\1' "$@" | jq -Rs 'split("\u0001")[:-1]')" \
        '.process.args=$args' "$bundle/config.json" >"$bundle/config.new"
    mv "$bundle/config.new" "$bundle/config.json"
}
script() { # TEXT
    program /bin/sh -c "$1"
}

without_dev='del(.mounts[]|select(.destination|startswith("/dev")))'

# ---- running --------------------------------------------------------------------------------

# The command that runs the bundle, in $words.
command_for() { # RUNTIME ID [OPTION...]
    local id=$2 options=("${@:3}")
    case $1 in
    rcrun) words=("$RCRUN" run "${options[@]}" --bundle "$bundle" "$id") ;;
    mutant:*)
        words=(env RCRUN_MUTANT="${1#mutant:}" "$RCRUN_MUTANT_PROGRAM" run "${options[@]}"
            --bundle "$bundle" "$id")
        ;;
    runc) words=(runc --root "$runtime_dir/runc" run "${options[@]}" --bundle "$bundle" "$id") ;;
    crun)
        words=(crun --cgroup-manager=disabled --root "$runtime_dir/crun" run "${options[@]}"
            --bundle "$bundle" "$id")
        ;;
    *) return 99 ;;
    esac
}

# Runs the bundle with the runtime under attack.  $status, and all output in $out.  What hangs is
# ended and counts as a breach, and so do processes that are left.
start() { # [OPTION...]
    starts=$((${starts-0} + 1))
    local words=()
    command_for "$runtime" "t$$-$starts" "$@"
    status=0
    "${before[@]}" "$attack" reap "$report" "$SECONDS_EACH" "${inner[@]}" "${words[@]}" \
        </dev/null >"$out" 2>&1 || status=$?
    [ "$status" != 99 ] || { cat "$out"; return 1; }
    judge_run
}

judge_run() {
    [ -s "$report" ] || return 0
    case $(<"$report"):$runtime in
    *hung*) breach 'it hangs' ;;
    *:rcrun | *:mutant*) breach "processes are left: $(<"$report")" ;;
    esac
}

# The runtime's own words for a refusal, not those of the program inside.
refused() {
    [ "$status" != 0 ] && grep -q '^rcrun: ' "$out"
}

# Races: swaps two names in the background while the body runs.
swapping() { # A B COMMAND [ARG...]
    local a=$1 b=$2 swapper
    shift 2
    "$attack" swap "$a" "$b" 3>&- &
    swapper=$!
    "$@"
    kill "$swapper" 2>/dev/null
    wait "$swapper" 2>/dev/null || :
}

# Starts again and again, COUNT times or as long as a race test may take, until the attacker has
# won: one of the --lost paths is there, or the output has the --word.  After each start the
# --clean paths are removed.  Tells how often it was started.
RACE_SECONDS=15
race() { # COUNT [OPTION...]
    local words=() SECONDS_EACH=$((RACE_SECONDS + 10))
    command_for "$runtime" "r$$"
    status=0
    "$attack" reap "$report" "$SECONDS_EACH" "$attack" race "$1" "$RACE_SECONDS" "${@:2}" -- \
        "${words[@]}" </dev/null >"$out" 2>&1 || status=$?
    [ "$status" = 0 ] || { cat "$out"; return 1; }
    echo "# $runtime: $(<"$out")" >&3
    breach_if "$(<"$out")" grep -q lost "$out"
    judge_run
}
