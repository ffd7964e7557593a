# shellcheck shell=bash
# What root has to prepare, rcrun meets as TEST_USER: HOST of ../integration/lib.bash is run by
# the real root, in a mount namespace, and PREFIX takes the ids of the user.

load ../integration/lib

setup() {
    : "${RCRUN:?the program to test}" "${TEST_USER:?the user who runs it}"
    [ "$(id -u)" -eq 0 ] || skip 'needs root'
    uid=$(id -u "$TEST_USER") gid=$(id -g "$TEST_USER")
    ID=t.$$.$BATS_TEST_NUMBER
    export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/xdg TMPDIR=$BATS_TEST_TMPDIR/tmp HOME=/
    mkdir "$XDG_RUNTIME_DIR" "$TMPDIR"
    chmod 700 "$XDG_RUNTIME_DIR" "$TMPDIR"
    chown "$uid:$gid" "$XDG_RUNTIME_DIR" "$TMPDIR"
    # Nothing in them is a secret, and the user has to come by.
    chmod 711 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR"
    own_mounts >"$BATS_TEST_TMPDIR/mountinfo"
    umask 022
    unset RCRUN_ROOT RCRUN_DEBUG RCRUN_HINTS
    HOST=: HOST_AS=(unshare --mount --propagation private) OPTIONS=() GLOBAL=() LIMIT=20
    PREFIX=(setpriv --reuid "$uid" --regid "$gid" --init-groups)
    cd "$BATS_TEST_TMPDIR" || return
}

# Bundles belong to the user.
eval "$(declare -f bundle | sed '1s/^bundle/bundle_of_root/')"
bundle() {
    bundle_of_root "$@"
    chown -R "$uid:$gid" "$B"
}

# A file in the place of another, for the user and the setuid helpers alike.
instead() { # PATH TEXT
    local file
    file=$BATS_TEST_TMPDIR/instead.${1##*/}
    printf '%s' "$2" >"$file"
    chmod 644 "$file"
    HOST+="; mount --bind $file $1"
}
