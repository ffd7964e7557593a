#!/usr/bin/env bats
# ARC: what an archive or an image can do to who unpacks it.  The controls unpack as one would without
# a thought: python's tarfile, layer by layer, in the same place, with a rm for each whiteout.

load ../integration/lib
load ../integration/unpack

setup() {
    integration_setup
    need_mapped
    need_helper
    command -v python3 >/dev/null || skip 'needs python3'
    OUT=$PWD/outside
    mkdir -p "$OUT/dir"
    echo precious >"$OUT/file"
    chmod 640 "$OUT/file"
    find "$OUT" -printf '%P %y %m %s %T@ %l\n' | sort >before
    cat "$OUT/file" >>before
}

# Which of them unpacks the layers 1.tar, 2.tar and so on, into a directory two levels below this one.
by_rcrun() {
    layout image '{}' [0-9].tar
    unpack oci:image b
    [ "$status" -le 1 ] || show 'neither done nor refused'
    rm -rf image
}

by_rcrun_as_tar() {
    unpack tar:1.tar b
    [ "$status" -le 1 ] || show 'neither done nor refused'
}

by_naive() {
    mkdir -p n/root
    python3 - n/root [0-9].tar <<'PYTHON'
import os, shutil, sys, tarfile
for name in sys.argv[2:]:
    for entry in tarfile.open(name):
        try:
            directory, last = os.path.split(os.path.join(sys.argv[1], entry.name))
            if last == '.wh..wh..opq':
                for old in os.listdir(directory):
                    os.remove(os.path.join(directory, old)) if not os.path.isdir(os.path.join(directory, old)) else None
            elif last.startswith('.wh.'):
                os.remove(os.path.join(directory, last[4:]))
            else:
                place = os.path.join(sys.argv[1], entry.name)
                if entry.issym() and os.path.isdir(place) and not os.path.islink(place):
                    shutil.rmtree(place)
                tarfile.open(name).extract(entry, sys.argv[1], numeric_owner=True)
        except OSError as error:
            print(error, file=sys.stderr)
PYTHON
}

# Is what is outside as it was?
breached() {
    {
        find "$OUT" -printf '%P %y %m %s %T@ %l\n' | sort
        cat "$OUT/file"
    } >after 2>&1
    ! diff before after >difference
}

attack_dotdot() {
    echo "add('../../outside/pwned'); add('x/../../../outside/pwned2')" | craft 1.tar
}

attack_absolute() {
    echo "add('$OUT/pwned'); add('/$OUT/file', data=b'x')" | craft 1.tar
}

attack_link() {
    echo "add('l', SYM, link='$OUT'); add('l/pwned'); add('m', SYM, link='../../outside'); add('m/pwned2')" | craft 1.tar
}

attack_link_chain() {
    echo "add('a', SYM, link='.'); add('a/b', SYM, link='../..'); add('a/b/outside/pwned')" | craft 1.tar
}

attack_file_over_link() {
    echo "add('f', SYM, link='$OUT/file'); add('f', data=b'x')" | craft 1.tar
}

attack_hard_link() {
    echo "add('h', LINK, link='../../outside/file'); add('h', data=b'x')" | craft 1.tar
}

attack_hard_link_by_link() {
    echo "add('l', SYM, link='$OUT'); add('h', LINK, link='l/file'); add('h', data=b'x')" | craft 1.tar
}

attack_mode_by_link() {
    echo "add('d', SYM, link='$OUT/dir'); add('d', DIR, mode=0o777)" | craft 1.tar
}

attack_swap() {
    echo "add('d', DIR)" | craft 1.tar
    echo "add('d', SYM, link='$OUT')" | craft 2.tar
    echo "add('d/pwned'); add('d/dir', DIR, mode=0o777); add('d/file', data=b'x')" | craft 3.tar
}

attack_whiteout() {
    echo "add('l', SYM, link='$OUT')" | craft 1.tar
    echo "add('l/.wh.file'); add('../../outside/.wh.file')" | craft 2.tar
}

attack_opaque() {
    echo "add('l', SYM, link='../../outside')" | craft 1.tar
    echo "add('l/.wh..wh..opq')" | craft 2.tar
}

holds() { # NAME
    "attack_$1"
    by_rcrun
    ! breached || fail "$(cat difference)"
    rm -rf b 2>/dev/null || mapped rm -rf b
    by_rcrun_as_tar
    ! breached || fail "$(cat difference)"
    mapped rm -rf b
}

falls() { # NAME
    "attack_$1"
    by_naive
    breached || fail 'the control holds'
}

@test "ARC-01: names with .. stay inside" { holds dotdot; }
@test "ARC-01 control: naive" { falls dotdot; }
@test "ARC-02: absolute names stay inside" { holds absolute; }
@test "ARC-02 control: naive" { falls absolute; }
@test "ARC-03: files through a link stay inside" { holds link; }
@test "ARC-03 control: naive" { falls link; }
@test "ARC-04: links that lead to each other stay inside" { holds link_chain; }
@test "ARC-04 control: naive" { falls link_chain; }
@test "ARC-05: a file in the place of a link does not follow it" { holds file_over_link; }
@test "ARC-05 control: naive" { falls file_over_link; }
@test "ARC-06: a hard link to what is outside" { holds hard_link; }
@test "ARC-06 control: naive" { falls hard_link; }
@test "ARC-07: a hard link to what is outside, through a link" { holds hard_link_by_link; }
@test "ARC-07 control: naive" { falls hard_link_by_link; }
@test "ARC-08: the mode of a directory does not go through a link" { holds mode_by_link; }
@test "ARC-08 control: naive" { falls mode_by_link; }
@test "ARC-09: a directory that becomes a link in the next layer" { holds swap; }
@test "ARC-09 control: naive" { falls swap; }
@test "ARC-10: a whiteout takes away nothing outside" { holds whiteout; }
@test "ARC-10 control: naive" { falls whiteout; }
@test "ARC-11: an opaque directory takes away nothing outside" { holds opaque; }
@test "ARC-11 control: naive" { falls opaque; }

# ---- who took the helper over --------------------------------------------------------------

number() { # PID FIELD: of /proc/PID/status
    sed -n "s/^$2:[[:blank:]]*//p" "/proc/$1/status"
}

# What a process has that it should not have, a word each.
exposed() { # PID
    local set fd name
    # CHOWN, DAC_OVERRIDE, FOWNER, FSETID, SETFCAP
    for set in CapPrm CapEff CapBnd; do
        [ $((16#$(number "$1" $set))) -eq $((0x8000001b)) ] || printf '%s ' $set
    done
    [ $((16#$(number "$1" CapInh))) -eq 0 ] || printf 'CapInh '
    [ "$(number "$1" NoNewPrivs)" = 1 ] || printf 'NoNewPrivs '
    [ "$(number "$1" Seccomp)" = 2 ] || printf 'Seccomp '
    for name in user mnt net ipc uts; do
        [ "$(readlink "/proc/$1/ns/$name")" != "$(readlink /proc/self/ns/$name)" ] || printf '%s ' $name
    done
    [ ! -e "/proc/$1/root/etc/hostname" ] || printf 'root '
    [ "$(wc -l <"/proc/$1/mountinfo")" -eq 1 ] || printf 'mounts '
    grep -q nosuid,nodev,noexec "/proc/$1/mountinfo" || printf 'flags '
    [ "$(grep -c : "/proc/$1/net/dev")" -eq 1 ] || printf 'devices '
    for fd in "/proc/$1/fd"/*; do
        # A directory that is not below its root can be left by "..".
        [ ! -d "$fd" ] || find b/.rootfs.* -printf '%D:%i\n' 2>/dev/null | grep -qx "$(stat -Lc %d:%i "$fd")" || printf 'fd '
    done
}

@test "ARC-12: who unpacks has nothing but the directory that it writes to" {
    local helper
    mkfifo pipe
    craft 1.tar <<<"add('d', DIR); add('d/f', data=b'x' * 1000000)"
    { head -c 500000 1.tar; exec sleep 20; } >pipe &
    feeder=$!
    "$RCRUN" unpack tar:pipe b &
    PARENT=$!
    until_ok 5 sh -c 'ls b/.rootfs.*/d/f'
    helper=$(children "$PARENT")
    found=$(exposed "$helper")
    kill -TERM "$PARENT"
    wait "$PARENT" || :
    kill "$feeder"
    [ -z "$found" ] || fail "exposed: $found"
}

@test "ARC-12 control: bsdtar in a user namespace" {
    command -v bsdtar >/dev/null || skip 'needs bsdtar'
    mkfifo pipe
    craft 1.tar <<<"add('d', DIR); add('d/f', data=b'x' * 1000000)"
    { head -c 500000 1.tar; exec sleep 20; } >pipe &
    feeder=$!
    mkdir n
    unshare --user --map-root-user --map-auto bsdtar -xf pipe -C n &
    PARENT=$!
    until_ok 5 ls n/d/f
    found=$(exposed "$PARENT")
    kill -KILL "$PARENT"
    wait "$PARENT" || :
    kill "$feeder"
    [[ $found == *CapBnd*NoNewPrivs*Seccomp*mnt*net*root*mounts* ]] || fail "exposed: $found"
    mapped rm -rf n
}

@test "the directory of a layout is not within reach" {
    local helper pid
    craft 1.tar <<<"add('d', DIR); add('d/f', data=b'x' * 1000000)"
    layout image '{}' 1.tar
    # Somebody else's file in the place of a layer makes it wait.
    layer=image/blobs/sha256/$(sha256sum <1.tar | cut -d' ' -f 1)
    rm "$layer"
    ln -s /etc/passwd "$layer"
    unpack oci:image b
    refused "$layer: no such file or directory"
    rm "$layer"
    ln -s "../../../1.tar" "$layer"
    unpack oci:image b
    refused "$layer"
    # Within it, links are what its owner made.
    rm "$layer"
    cp 1.tar image/elsewhere
    ln -s ../../elsewhere "$layer"
    unpack oci:image b
    rc 0
}

@test "long names, deep trees, and many of them end in a word" {
    craft 1.tar <<'PYTHON'
add('a' * 256)
PYTHON
    unpack tar:1.tar b
    refused 'aaa' 'file name too long'
    craft 1.tar <<'PYTHON'
add('/'.join(['a' * 200] * 21))
PYTHON
    unpack tar:1.tar b
    refused 'file name too long'
    craft 1.tar <<'PYTHON'
add('a/' * 65536 + 'f')
PYTHON
    unpack tar:1.tar b
    refused 'a/a/a' 'file name too long'
    # As deep as names can be, and from there on by links: it can be made, and removed again.
    craft 1.tar <<'PYTHON'
deep = 'd/' * 400
add(deep, DIR)
for i in range(6):
    add('l%d' % i, SYM, link=('l%d/' % (i - 1) if i else '') + deep)
    add('l%d/%s' % (i, deep), DIR)
add('end', uid=99999)
PYTHON
    unpack tar:1.tar b
    refused 'end: uid 99999'
    gone b
}

@test "a name is no text of ours, terminals and lines are safe from it" {
    # shellcheck disable=SC2016 # for python
    craft 1.tar <<'PYTHON'
add('a\nb\x1b[31m\x07c', uid=99999)
PYTHON
    unpack tar:1.tar b
    refused '"a\nb\x1b[31m\x07c": uid 99999'
}

@test "memory that an archive asks for has an end" {
    craft 1.tar <<'PYTHON'
add('f', pax={'SCHILY.xattr.user.x': 'y' * 50000000})
PYTHON
    unpack tar:1.tar b
    [ "$status" -le 1 ] || show
    mapped rm -rf b
    printf '[%.0s' {1..100000} >json
    layout image '{}'
    cp json image/index.json
    unpack oci:image b
    refused image/index.json
    head -c 5000000 /dev/zero | tr '\0' ' ' >image/index.json
    unpack oci:image b
    refused 'image/index.json has more than 4194304 bytes'
    gone b
}
