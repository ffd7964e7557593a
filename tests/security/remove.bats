#!/usr/bin/env bats
# A directory that was a container's is removed: nothing outside of it, whatever is in it and whoever
# changes it meanwhile.
#
# The control is rm(1) of the same tree by path, as other tools do it.

load ../integration/lib

setup() {
    integration_setup
    need_ids
    REMOVE=$builddir/tests/tools/remove
    [ -x "$REMOVE" ] || skip 'tests/tools/remove is not built'
    mkdir outside
    echo keep >outside/file
    mkdir outside/dir
    echo keep >outside/dir/file
}

remove() { # DIRECTORY [MAP]
    run --separate-stderr timeout -k 2 60 "$REMOVE" "$@"
}

untouched() {
    is "$(cat outside/file outside/dir/file)" $'keep\nkeep'
}

@test "what the container's users own goes, and 0700 and 0000 directories with it" {
    bundle
    gosh 'mkdir -p /var/a/b /var/w/work && echo >/var/a/b/f && chown -R 33:33 /var/a && chmod 700 /var/a /var/a/b &&
        chmod 0 /var/w/work && mkfifo /var/ff && ln -s / /var/link'
    ok
    # The caller himself cannot.
    rm -rf rootfs 2>/dev/null || :
    [ -d rootfs/var/a ]
    remove "$B/rootfs"
    ok
    [ ! -e rootfs ]
}

@test "links are removed, not followed" {
    mkdir -p t/d
    ln -s "$PWD/outside" t/l
    ln -s "$PWD/outside/dir" t/d/l
    ln outside/file t/hard
    ln -s /nonexistent t/dangling
    ln -s . t/self
    remove "$PWD/t"
    ok
    [ ! -e t ]
    untouched
    # Nor is the directory itself one.
    ln -s outside t
    remove "$PWD/t"
    rc 1
    untouched
    [ -L t ]
}

@test "a mount in it stays, with what is in it, and the rest goes" {
    mkdir -p t/m t/x
    HOST="mount --bind '$PWD/outside' '$PWD/t/m'"
    HOST_AS=(unshare --user --map-root-user --map-auto --mount)
    RCRUN=$REMOVE rcrun "$PWD/t"
    rc 1
    says 't/m: something is mounted there'
    untouched
    [ ! -e t/x ]
}

@test "a hundred thousand files, and names that look like something else" {
    mkdir t
    (cd t && mkdir -- -rf '..x' ' ' $'new\nline' && : >'*' && seq 100000 | xargs touch)
    remove "$PWD/t"
    ok
    [ ! -e t ]
}

@test "deeper than any descriptor limit" {
    mkdir t
    python3 - <<'END'
import os
os.chdir('t')
for i in range(5000):
    os.mkdir('d')
    os.chdir('d')
END
    (ulimit -n 80 && exec "$REMOVE" "$PWD/t")
    [ ! -e t ]
}

@test "who has not the permission of the group's directory has it as its owner" {
    mkdir -p t/d
    echo >t/d/f
    # With one id, the group of a supplementary group is not mapped.
    group=$(id -G | tr ' ' '\n' | grep -vx "$(id -g)" | head -n 1)
    [ -z "$group" ] || chgrp "$group" t/d
    chmod 0 t/d
    remove "$PWD/t" single
    ok
    [ ! -e t ]
}

@test "ids that are not mapped are named, with the range that is needed" {
    mkdir t
    "$RCRUN" unshare -- sh -c 'mkdir -p t/a/b && chown -R 33:42 t/a && chmod 755 t/a'
    echo >t/mine
    remove "$PWD/t" single
    rc 1
    says 't/a/b'
    owner=$(stat -c %u t/a) group=$(stat -c %g t/a)
    says "what is left belongs to uid $owner and gid $group, which are not yours"
    says "usermod --add-subuids $owner-$owner --add-subgids $group-$group $(id -un)"
    [ ! -e t/mine ]
    remove "$PWD/t"
    ok
}

# Somebody in the container swaps a directory for a link to the outside, and back, as fast as he can.
swap() { # DIRECTORY
    python3 - "$1" "$PWD/outside" <<'END' &
import ctypes, os, sys
os.chdir(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
os.symlink(sys.argv[2], 'link')
print('ready', flush=True)
while True:
    if libc.renameat2(-100, b'victim', -100, b'link', 2) < 0:
        break
END
    swapper=$!
}

race() { # COMMAND...: until the race was run often enough; status 0: the outside is as it was
    local round
    for round in $(seq "${ROUNDS:-60}"); do
        rm -rf t 2>/dev/null
        mkdir -p t/victim/dir
        # So that the walk takes its time.
        (cd t/victim && seq 300 | xargs touch && cd dir && touch file)
        (cd t && seq -f z%g 300 | xargs touch)
        swap t >swapped
        until_ok 5 grep -q ready swapped
        "$@" >/dev/null 2>&1 || :
        kill $swapper 2>/dev/null || :
        wait $swapper 2>/dev/null || :
        [ -e outside/file ] && [ -e outside/dir/file ] || return 1
    done
}

@test "a directory that becomes a link while it is removed leads nowhere" {
    race "$REMOVE" "$PWD/t"
    untouched
    rm -rf t/link
    remove "$PWD/t"
    [ ! -e t ]
}

# A walk by path, as a shell script or a careless program has it.
by_path() {
    python3 - "$PWD/t" <<'END'
import os, sys, time
def walk(path):
    if not os.path.isdir(path) or os.path.islink(path):
        os.unlink(path)
        return
    for name in os.listdir(path):
        try:
            walk(os.path.join(path, name))
        except OSError:
            pass
    try:
        os.rmdir(path)
    except OSError:
        pass
for i in range(50):
    walk(sys.argv[1])
END
}

@test "control: a walk by path is led outside" {
    if race by_path; then
        fail 'the race led nowhere'
    fi
}
