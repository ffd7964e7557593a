#!/usr/bin/env bats
# What is bound: where it may be, whose it is, and what is said about it.

load lib
load mounts

teardown() {
    fuse_end
    finish_test
}

# ---- where it may be -----------------------------------------------------------------------

@test "a closed home is bound, whoever root of the container is" {
    bundle
    mkdir -p home/src
    echo text >home/src/file
    chmod 700 home
    mnt /src none home/src bind
    mnt /file none home/src/file bind
    gosh 'cat /src/file /file; echo new >/src/made'
    ok
    out $'text\ntext'
    rm home/src/made
    keep_id
    gosh 'id -u; cat /src/file /file; echo new >/src/made; stat -c %u /src/file /src/made'
    ok
    out $'1000\ntext\ntext\n1000\n1000'
    is "$(stat -c %u home/src/made)" "$(id -u)"
}

@test "a file system of the user is bound, whoever root of the container is" {
    bundle
    mkdir -p tree/below
    echo text >tree/file
    fuse_start tree fuse
    mnt /m none fuse bind
    mnt /n none fuse/below rbind ro
    mnt /f none fuse/file bind
    gosh 'cat /m/file /f; ls /n; grep -c " /[mnf] .*fuse" /proc/self/mountinfo'
    ok
    out $'text\ntext\n3'
    keep_id
    # It is for its owner, who is uid 1000 here.
    gosh 'cat /m/file /f; ls /n'
    ok
    out $'text\ntext'
}

@test "a file system of the user is a root directory" {
    bundle
    fuse_start rootfs fuse
    cfg '.root.path = "fuse"'
    gosh 'echo ran; touch /x 2>/dev/null || echo ro'
    rc 0
    out $'ran\nro'
    # In an overlay it is read with the power of who made that, and so is there for all ids.
    OPTIONS=(--ephemeral)
    user 33
    caps
    gosh 'cat /etc/passwd | head -n 1; echo new >/tmp/x; cat /tmp/x; rm /bin/yes 2>/dev/null || echo not mine'
    rc 0
    out $'root:x:0:0:root:/root:/bin/sh\nnew\nnot mine'
    OPTIONS=()
    user 0
    # Another id may not enter it, and is told why.
    keep_id
    cfg '.process.user = {uid: 0, gid: 0}'
    gosh 'echo ran'
    refused 'permission denied'
    hint FUSE
}

@test "where the way ends is told, with whose it is and its mode" {
    bundle
    mkdir -p closed/src
    chmod 000 closed
    mnt /m none closed/src bind
    go true
    chmod 700 closed
    refused 'mounts[4].source' "$B/closed/src" 'permission denied'
    hint "$B/closed, which belongs to uid $(id -u) and gid $(id -g) and has mode 0000"
}

@test "a source that another one has taken the place of since the plan is not bound" {
    need_strace
    bundle
    mkdir src other
    one_id
    mnt /m none src bind
    # Each look at a source takes a second, in which it is moved away.
    PREFIX=(strace -f -qq -o "$B/trace" -e trace=open_tree -e inject=open_tree:delay_enter=1000000)
    swap() {
        until_ok 10 grep -qs open_tree trace
        mv src gone
        mv other src
    }
    swap 3>&- &
    swapper=$!
    LIMIT=60
    go true
    wait $swapper
    refused 'mounts[4]' "$B/src is no longer what the plan saw"
}

# ---- links ---------------------------------------------------------------------------------

@test "links as source: relative, absolute, of a link, in the middle of the way" {
    bundle
    source_dir
    mkdir run
    echo resolver >run/stub
    ln -s ../run/stub src/resolv.conf
    ln -s src/resolv.conf chain
    ln -s "$PWD/src" way
    mnt /a none src/resolv.conf bind ro
    mnt /b none chain bind
    mnt /c none way/resolv.conf bind
    mnt /d none way/sub/../file bind
    gosh 'cat /a /b /c /d; stat -c %F /a'
    ok
    out $'resolver\nresolver\nresolver\ninside\nregular file'
}

@test "src-nofollow and src-beneath follow no link, or none from their base on" {
    bundle
    source_dir
    ln -s src base
    ln -s sub src/inner
    mnt /m none base/file bind src-nofollow
    cp config.json plain.json
    go cat /m
    refused 'mounts[4]' "$B/base/file" 'symbolic link'
    cfg '.mounts[4].options[1] = "src-beneath=base"'
    go cat /m
    ok
    out inside
    cfg --arg base "$B/base" '.mounts[4].options[1] = "src-beneath=" + $base'
    go cat /m
    ok
    # The base itself, and a folder in it.
    cfg '.mounts[4].source = "base" | .mounts[4].destination = "/n"'
    go cat /n/file
    ok
    out inside
    cfg '.mounts[4].source = "base/sub"'
    go ls -A /n
    ok
    cfg '.mounts[4].source = "base/inner"'
    go true
    refused 'mounts[4]' "$B/base/inner" 'symbolic link'
    cfg '.mounts[4].source = "base/../src/file"'
    go true
    refused 'mounts[4].options' "src-beneath=$B/base" "$B/src/file is not below it"
    # Of several words the last one counts.
    cp plain.json config.json
    cfg '.mounts[4].options += ["src-beneath=base"]'
    go cat /m
    ok
    keep_id
    go cat /m
    ok
    out inside
}

@test "what a source lacks can be left out, but not what is no source" {
    bundle
    mnt /m none nothing bind optional src-beneath=.
    go echo ran
    rc 0
    out ran
    says 'left out, since it is optional'
    for type in tmpfs mqueue; do
        cfg --arg t "$type" '.mounts[4] = {destination: "/m", type: $t, source: $t, options: ["optional"]}'
        go true
        refused 'mounts[4].options[0]' 'optional is for bind mounts'
    done
}

# ---- what is said --------------------------------------------------------------------------

@test "a writable bind with the bundle or the state in it is a warning" {
    bundle
    mkdir src
    for place in "$B" "$BATS_TEST_TMPDIR" /; do
        mnt /m none "$place" rbind
        go echo ran
        rc 0
        out ran
        says "rcrun: warning: mounts[4]: $place has the bundle in it"
        cfg '.mounts[4].options += ["ro"]'
        go true
        ok
        cfg 'del(.mounts[4])'
    done
    mnt /m none "$XDG_RUNTIME_DIR" bind
    go true
    rc 0
    says "rcrun: warning: mounts[4]: $XDG_RUNTIME_DIR has the state of your containers in it"
    cfg '.mounts[4].options += ["ro"]'
    go true
    ok
    cfg '.mounts[4].source = "src" | .mounts[4].options = ["bind"]'
    go true
    ok
}

@test "a folder that the program cannot write is a warning, with what helps" {
    need_ids
    bundle
    mkdir -m 755 src
    mkdir -m 777 open
    user 33
    mnt /m none src bind
    gosh 'touch /m/x 2>/dev/null || echo no'
    rc 0
    out no
    says "rcrun: warning: mounts[4]: $B/src belongs to uid 0 of the container, so uid 33 cannot write there; rcrun unshare chown 33 $B/src changes that"
    is "$(grep -c . <<<"$stderr")" 1
    # Not where it can, or need not, and not to an engine.
    cfg '.mounts[4].options = ["bind", "ro"]'
    go true
    ok
    cfg '.mounts[4].options = ["bind"] | .mounts[4].source = "open"'
    go touch /m/x
    ok
    cfg '.mounts[4].source = "src" | .process.user.gid = 0'
    chmod 775 src
    go touch /m/x
    ok
    user 0
    go touch /m/x
    ok
}

@test "a mount that stays writable below a read-only tree is told to who asks" {
    need_mapped
    bundle
    source_dir
    host "$submount"
    mnt /m none src rbind ro
    GLOBAL=(--debug)
    gosh 'touch /m/sub/x'
    rc 0
    says "mounts[4]: $B/src/sub stays writable"
    cfg '.mounts[4].options = ["rbind", "rro"]'
    gosh 'touch /m/sub/x 2>/dev/null || echo ro'
    out ro
    [[ $stderr != *'stays writable'* ]]
}

@test "the mount that stands in the way is named" {
    need_mapped
    bundle
    source_dir
    host "$submount"
    mnt /m none src bind
    go true
    refused 'mounts[4]' "$B/src"
    hint "$B/src/sub; use rbind"
    host "$submount; mount -o remount,ro,nosuid,bind src/sub"
    cp config.json plain.json
    for word in rrw rsuid; do
        cfg --arg w "$word" '.mounts[4].options = ["rbind", $w]'
        go true
        refused 'mounts[4]' 'cannot clear locked flags'
        hint "$B/src/sub is mounted"
        hint "leave out $word"
    done
    host 'mount --bind src src; mount -o remount,ro,bind src'
    cfg '.mounts[4].options = ["bind", "rw"]'
    go true
    refused 'mounts[4]' 'cannot clear locked flags'
    hint "$B/src is mounted ro, and without root that stays: leave out rw"
}
