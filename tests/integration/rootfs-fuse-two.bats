#!/usr/bin/env bats
# A root directory that fuse-overlayfs 2 serves, which takes no mount of ours but makes its own.  The
# program is the one that is installed; where that is version 1, it is told to mount itself, too.

load lib
load fuse

setup() {
    fuse_setup
    REAL=$(command -v fuse-overlayfs)
    program "exec $REAL \"\$@\""
}

teardown() {
    fuse_teardown
}

program() { # SHELL-COMMANDS: what the program does when it shall serve
    stub 2.1 "$1"
    PREFIX=()
    export PATH="$PWD/stub:${PATH#"$PWD/stub:"}"
}

serving() { # the server has got as far as to its program
    [ -n "$(servers)" ]
}

# ---- what it is for ------------------------------------------------------------------------

@test 'FS-31, FS-60: an ephemeral root can be changed in every way, and the next run finds it as it was' {
    gosh "$deeds"
    ok
    out all
    gosh 'cat /file /old/file'
    ok
    out $'low\nlow'
    nobody
}

@test 'FS-60: the program mounts on a path of its own, and is in the container as any root' {
    cfg '.process.noNewPrivileges = false'
    gosh "sed -n 's/^[^-]* \/ \/ \([^ ]*\) .*- /\1 /p' /proc/self/mountinfo | grep fuse"
    ok
    has 'fuse-overlayfs'
    has 'default_permissions,allow_other'
    # Or su(1) would not work.
    lacks nosuid
}

@test 'FS-32: what a kept upper layer has is there in the next run' { keeps_a_layer; }

@test 'FS-32: version 2.0 brings deleted files back, so it keeps no layer' {
    stub 2.0 "exec $REAL \"\$@\""
    fuse upper up
    go true
    refused 'is version 2.0, which in the next run brings deleted files back'
    [ ! -e up ]
}

@test 'FS-33: lower layers lie over root.path, whatever they are called' {
    mkdir 'a,b:c' 'd\e'
    echo top >'a,b:c/file'
    echo middle >'d\e/other'
    key lower.0 'a,b:c'
    key lower.1 'd\e'
    gosh 'cat /file /other /old/file'
    ok
    out $'top\nmiddle\nlow'
    cfg '.root.readonly = true'
    gosh 'cat /file; echo >/x'
    is "${output%%$'\n'*}" top
    says 'Read-only file system'
}

@test 'FS-54: a user in the place of root, who is the only one mapped' { serves_one_id; }

@test 'FS-60: no privileged helper mounts it' {
    mkdir empty
    printf '#!/bin/sh\necho >%q/asked\n' "$PWD" >empty/fusermount3
    chmod +x empty/fusermount3
    PATH="$PWD/empty:$PATH" gosh 'cat /file'
    ok
    out low
    [ ! -e asked ]
}

# ---- its life ------------------------------------------------------------------------------

@test 'FS-64, FS-65: the server is alone, and has of all mounts its layers' {
    local ns pid
    args sleep 100
    lives run --detach "$ID"
    ok
    pid=$(server)
    is "$(holders)" "$pid"
    for ns in mnt pid net ipc uts; do
        [ "$(readlink "/proc/$pid/ns/$ns")" != "$(readlink "/proc/$(init)/ns/$ns")" ] || fail "$ns"
    done
    # With its own mount it would keep itself alive.
    [ "$(grep -c ' /mnt ' "/proc/$pid/mountinfo")" = 0 ]
    # CHOWN DAC_OVERRIDE FOWNER FSETID SYS_ADMIN MKNOD SETFCAP
    is "$(sed -n 's/^CapEff:[[:space:]]*//p' "/proc/$pid/status")" 000000008820001b
    is "$(sed -n 's/^NoNewPrivs:[[:space:]]*//p' "/proc/$pid/status")" 1
    "$RCRUN" kill "$ID" KILL
    until_ok 2 ended "$pid"
}

@test 'FS-100: run leaves no server behind, whatever the program leaves running' { leaves_nobody; }

@test 'FS-101: kill -9 of init, and of rcrun: the server ends' { ends_with_those_killed; }

@test 'FS-62: kill -9 of the server: errors inside, no hang, and a warning' { is_missed; }

@test 'create, start, exec and delete of a container with a server' { lives_with_server; }

@test 'FS-65: delete ends a server that hangs, and those who wait for it' { is_ended_when_it_hangs; }

# ---- what goes wrong -----------------------------------------------------------------------

@test 'FS-63: a server that ends at once: its last words are the error' { has_last_words; }

@test 'FS-63: a server that never mounts has 5 seconds' {
    local before=$SECONDS
    program 'exec sleep 100'
    fuse upper up
    go true
    refused 'fuse-overlayfs does not answer within 5 s'
    [ $((SECONDS - before)) -le 15 ]
    nobody
    [ ! -e up ]
}

@test 'FS-63: kill -9 of rcrun while a server does not mount: nobody is left' {
    program 'exec sleep 100'
    start true
    until_ok 5 waiting
    kill -9 "$PARENT"
    until_ok 2 nobody
}

waiting() { # the server and who waits for what it mounts
    [ "$(holders | wc -l)" = 2 ]
}

@test 'FS-63, FS-64: a server that mounts and is silent: nobody waits for it, and it could do no more' {
    local before=$SECONDS
    [ -x "$builddir/tests/tools/fuse-mute-two" ] || skip 'tests/tools/fuse-mute-two is not built'
    cp "$builddir/tests/tools/fuse-mute-two" stub/fuse-overlayfs
    fuse upper up
    mkdir -p up/diff
    go true
    refused 'fuse-overlayfs does not answer within 5 s'
    [ $((SECONDS - before)) -le 15 ]
    nobody
    is "$(wc -l <up/diff/told)" 7
    is "$(grep -vc ': Function not implemented$' up/diff/told)" 0
}
