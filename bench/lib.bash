# shellcheck shell=bash disable=SC2034 # read by the scripts that read this
# What run and count share: the programs, an ordinary user, a root file system, bundles, and the
# command lines of those that are compared.
#
#   RCRUN       the program to measure; else the tree is built
#   BENCH_DIR   scratch directory, which then stays; else a new one that goes
#   BENCH_USER  whom root measures as (rctest); made when there is no such user

bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
top=${bench%/*}
cases=(full single nonet nopid min seccomp mounts1000 env1m names5000 ephemeral upper fuse)
PATH=$PATH:/usr/sbin:/sbin

say() { printf '==> %s\n' "$*" >&2; }
die() {
    printf 'bench: %s\n' "$*" >&2
    exit 1
}
is_root() { [ "$(id -u)" = 0 ]; }

# ---- before the measurement, by the one who started it --------------------------------------

# In a directory of root's own, so that rcrun is as it is when installed: nothing that a container
# could write to, so nothing to seal.
build() {
    local made=$work/build program
    mkdir -p "$made" "$work/bin"
    [ -x "$top/configure" ] || (cd "$top" && autoreconf -i) || return
    if [ -f "$top/config.status" ]; then
        made=$top
    elif [ ! -f "$made/config.status" ]; then
        (cd "$made" && "$top/configure" --quiet) || return
    fi
    make -s -C "$made" -j2 rcrun bench/floor bench/interleave bench/tree || return
    for program in "$made/rcrun" "$made"/bench/{floor,interleave,tree}; do
        install -m 755 "$program" "$work/bin/" || return
    done
    [ -z "${RCRUN-}" ] || install -m 755 "$RCRUN" "$work/bin/rcrun"
}

first_subid() { # FILE
    awk -F: -v user="$user" -v uid="$(id -u "$user")" \
        '($1 == user || $1 == uid) && $3 >= 65536 { print $2; exit }' "$1" 2>/dev/null
}

as_user() {
    if is_root; then
        setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups --reset-env "$@"
    else
        "$@"
    fi
}

bundles() {
    local case applet
    mkdir -p "$work/root"/{bin,dev,etc,mnt,proc,sys} "$work/b"
    cp "$(command -v busybox)" "$work/root/bin/busybox"
    for applet in cat sh sleep true; do ln -sf busybox "$work/root/bin/$applet"; done
    echo root:x:0:0:root:/:/bin/sh >"$work/root/etc/passwd"
    # Of the user, who could change it: this one has to seal itself.
    install -m 755 "$work/bin/rcrun" "$work/b/rcrun"
    ! is_root || chown -R "$user:" "$work/root" "$work/b"
    for case in "${cases[@]}"; do
        # shellcheck disable=SC2016 # the inner shell's
        as_user sh -c 'mkdir -p "$1/b/$3" && "$2" "$3" "$1/root" $4 $5 >"$1/b/$3/config.json"' \
            sh "$work" "$bench/config" "$case" "$first_uid" "$first_gid" || return
    done
}

# A user, a scratch directory and the programs in it.
scratch() { # COMMAND that builds
    user=$(id -un)
    if is_root; then
        user=${BENCH_USER:-rctest}
        id "$user" >/dev/null 2>&1 || useradd -m "$user" || die "no user $user"
    fi
    first_uid=$(first_subid /etc/subuid)
    first_gid=$(first_subid /etc/subgid)
    if [ -z "$first_uid" ] || [ -z "$first_gid" ]; then
        say "$user has no 65536 subordinate ids: one id is mapped everywhere"
        first_uid='' first_gid=''
    fi
    work=${BENCH_DIR:-$(mktemp -d /var/tmp/rcrun-bench.XXXXXX)}
    [ -n "${BENCH_DIR-}" ] || trap 'rm -rf "$work"' EXIT
    mkdir -p "$work" && chmod 755 "$work" && work=$(cd "$work" && pwd -P) || exit
    say "building in $work"
    "$1" >"$work/build.log" 2>&1 || {
        tail -n 30 "$work/build.log" >&2
        die 'the build failed'
    }
    printf '%s\n' "work=$work" "user=$user" "first_uid=$first_uid" "first_gid=$first_gid" >"$work/vars"
}

prepare() {
    local program
    for program in jq busybox make setpriv unshare; do
        command -v "$program" >/dev/null || die "$program is needed and not installed"
    done
    scratch build
    bundles || die 'no bundles'
}

# Runs a script of this folder where the host is as the ordinary user shall see it: a private mount
# namespace in which the cgroup tree is version 2 alone (some refuse the mixture).
inside() { # AS-USER SCRIPT [ARG...]
    local as=$1 script=$2
    shift 2
    if is_root; then
        sh "$top/tests/tools/user-env" "$as" bash "$bench/$script" --inside "$work" "$@"
    else
        bash "$bench/$script" --inside "$work" "$@"
    fi
}

# ---- during it ------------------------------------------------------------------------------

# Sets what prepare has found out, and where the state of the contenders is.
enter() { # WORK
    # shellcheck disable=SC1091 # written above
    . "$1/vars"
    local base=${XDG_RUNTIME_DIR:-$work}
    is_root && base=$work # shared with the user below
    state=$(mktemp -d "$base/bench.XXXXXX") || exit
    ! is_root || chown "$user:" "$state"
    trap 'rm -rf "$state"' EXIT
    RCRUN=$work/bin/rcrun
    export RCRUN
}

# The command line of a contender for a case, in the array `words`; {} is to be a number.
words_of() { # CONTENDER CASE
    local run=(run -b "$work/b/$2" 'c{}') root=$work/root path
    words=()
    path=$(command -v "$1")
    case $1:$2 in
    rcrun:*) words=("$RCRUN" --root "$state/rcrun" "${run[@]}") ;;
    sealed:*) words=("$work/b/rcrun" --root "$state/rcrun" "${run[@]}") ;;
    uncached:*) words=("$RCRUN" --root "$state/{}" "${run[@]}") ;;
    crun:*) words=("$path" --cgroup-manager=disabled --root "$state/crun" "${run[@]}") ;;
    runc:*) words=("$path" --root "$state/runc" "${run[@]}") ;;
    floor:*) words=("$work/bin/floor" "${floor_options[@]}" "$root" /bin/true) ;;
    program:*) words=("$root/bin/true") ;;
    bwrap:*)
        words=("$path" --unshare-user --uid 0 --gid 0 --unshare-pid --unshare-net --unshare-ipc
            --unshare-uts --hostname bench --bind "$root" / --proc /proc --dev /dev --tmpfs /dev/shm
            --mqueue /dev/mqueue /bin/true)
        ;;
    unshare:single)
        words=("$path" -Ur -pfmniu --mount-proc -R "$root" /bin/true)
        ;;
    unshare:*)
        words=("$path" -Ur --map-auto -pfmniu --mount-proc -R "$root" /bin/true)
        ;;
    esac
    [ -n "$path" ] || case $1 in crun | runc | bwrap | unshare) return 1 ;; esac
}

# What the floor is told for a case; fails where it has nothing that compares.
floor_for() { # CASE
    floor_options=(map=range "uids=$first_uid" "gids=$first_gid")
    [ -n "$first_uid" ] || floor_options=(map=single)
    case $1 in
    full) ;;
    single) floor_options=(map=single) ;;
    nonet) floor_options+=(net=0) ;;
    nopid) floor_options+=(pid=0) ;;
    min) floor_options+=(mounts=proc) ;;
    *) return 1 ;;
    esac
}

versions() {
    local sealed=no
    ! "$RCRUN" run -b "$work/b/full" --dry-run x 2>/dev/null | grep -q ' seal ' || sealed=yes
    printf '%s\n' "- rcrun: $("$RCRUN" --version | tr '\n' ' ')sealed: $sealed"
    ! command -v crun >/dev/null || printf '%s\n' "- crun: $(crun --version | head -n 1)"
    ! command -v runc >/dev/null || printf '%s\n' "- runc: $(runc --version | head -n 1)"
    ! command -v bwrap >/dev/null || printf '%s\n' "- bwrap: $(bwrap --version)"
    printf '%s\n' "- unshare: $(unshare --version)"
    printf '%s\n' "- kernel $(uname -r), $(uname -m), $(nproc) processors"
}

load() { cut -d' ' -f1-3 /proc/loadavg; }
