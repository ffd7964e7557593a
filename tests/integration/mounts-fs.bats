#!/usr/bin/env bats
# New file systems of the config: tmpfs and overlay.

load lib
load mounts

# ---- tmpfs ---------------------------------------------------------------------------------

@test "a tmpfs has the size and the mode that it is given" {
    bundle
    mnt /m tmpfs tmpfs size=1m mode=1750 nr_inodes=20
    gosh 'df -k /m | tail -n 1 | tr -s " " | cut -d" " -f2; stat -c %a /m
        dd if=/dev/zero of=/m/f bs=64k count=32 2>/dev/null; stat -c %s /m/f; : >/m/f
        for i in $(seq 30); do touch /m/$i; done 2>/dev/null; ls /m | wc -l'
    rc 0
    out $'1024\n1750\n1048576\n19'
    cfg '.mounts[4].options += ["size=garbage"]'
    go true
    refused 'mounts[4]' size=garbage
    cfg '.mounts[4].options = ["nosuchoption=1"]'
    go true
    refused 'mounts[4]' nosuchoption=1
}

@test "without a mode a tmpfs looks like the directory that it covers" {
    need_ids
    bundle
    mkdir -m 1777 rootfs/sticky
    mkdir -m 700 rootfs/private
    gosh 'mkdir /theirs; chmod 2750 /theirs; chown 1000:5 /theirs'
    ok
    mnt /sticky tmpfs tmpfs
    mnt /private tmpfs tmpfs
    mnt /theirs tmpfs tmpfs
    mnt /new tmpfs tmpfs
    mnt /tmp tmpfs tmpfs mode=700
    go stat -c '%a %u:%g %n' /sticky /private /theirs /new /tmp
    ok
    is "$(sed 's/^\(2\?\)750 /750 /' <<<"$output")" '1777 0:0 /sticky
700 0:0 /private
750 1000:5 /theirs
755 0:0 /new
700 0:0 /tmp'
}

@test "owners of a tmpfs must be mapped" {
    need_ids
    bundle
    mnt /m tmpfs tmpfs uid=1000 gid=5
    go stat -c %u:%g /m
    ok
    out 1000:5
    cfg '.mounts[4].options = ["uid=4000000000"]'
    go true
    refused 'mounts[4].options' uid=4000000000 mapped
}

@test "tmpcopyup brings along what the directory had" {
    need_ids
    bundle
    gosh 'mkdir -p /c/d/e; echo text >/c/d/file; chmod 640 /c/d/file; chown 1000:5 /c/d/file; ln -s d/file /c/link
        mkfifo -m 600 /c/fifo; touch -d "2001-02-03 04:05:06" /c/old; chmod 2711 /c/d; chown 7:8 /c/d
        printf "#!/bin/sh\necho ran\n" >/c/run; chmod 4755 /c/run'
    ok
    mnt /c tmpfs tmpfs tmpcopyup
    mnt /etc tmpfs tmpfs tmpcopyup ro
    gosh 'cat /c/link; /c/run; stat -c "%a %u:%g %F %n" /c /c/d /c/d/e /c/d/file /c/fifo /c/run; stat -c %Y /c/old; readlink /c/link
        echo changed >/c/d/file; rm /c/old; head -n 1 /etc/passwd; echo x 2>/dev/null >/etc/x || echo ro'
    rc 0
    out 'text
ran
755 0:0 directory /c
2711 7:8 directory /c/d
755 0:0 directory /c/d/e
640 1000:5 regular file /c/d/file
600 0:0 fifo /c/fifo
4755 0:0 regular file /c/run
981173106
d/file
root:x:0:0:root:/root:/bin/sh
ro'
    # The original is what it was.
    [ -e rootfs/c/old ]
    cfg '.mounts = .mounts[:4]'
    go cat /c/d/file
    out text
    mnt /c proc proc tmpcopyup
    go true
    refused 'mounts[4]' tmpcopyup
    cfg '.mounts[4] = {destination: "/c", source: "rootfs", options: ["bind", "tmpcopyup"]}'
    go true
    refused 'mounts[4]' tmpcopyup
}

# shellcheck disable=SC2317
init_is_sleep() { grep -qx sleep "/proc/$(init_pid)/comm"; }

@test "M-15: tmpcopyup brings along attributes, where a tmpfs has them" {
    local root
    command -v setfattr >/dev/null || skip 'setfattr is not installed'
    need_mapped
    bundle
    mkdir -p rootfs/c/dir
    touch rootfs/c/dir/file
    setfattr -n user.a -v 'b c' rootfs/c/dir/file && setfattr -n user.d -v e rootfs/c/dir || skip 'no attributes here'
    mapped --mount sh -c 'mount -t tmpfs x /mnt && touch /mnt/f && setfattr -n user.a -v b /mnt/f' 2>/dev/null ||
        skip 'a tmpfs has none before Linux 6.6'
    mnt /c tmpfs tmpfs tmpcopyup
    start sleep 1000
    until_ok 5 init_is_sleep
    root=/proc/$(init_pid)/root
    is "$(getfattr --absolute-names --only-values -n user.a "$root/c/dir/file")/$(getfattr --absolute-names --only-values -n user.d "$root/c/dir")" 'b c/e'
    kill -KILL "$(init_pid)"
    wait "$PARENT" || :
}

@test "tmpcopyup of a missing directory is an empty one" {
    bundle
    mnt /missing tmpfs tmpfs tmpcopyup
    gosh 'ls -A /missing; touch /missing/x'
    ok
    out ''
}

# ---- overlay -------------------------------------------------------------------------------

overlay_dirs() {
    mkdir -p lower/dir lower2 upper work
    echo low >lower/file
    echo low2 >lower2/second
    echo deep >lower/dir/deep
    echo gone >lower/gone
}

# The lists here and there depend on the kernel: where it has no overlay for users they say so.
need_overlay() {
    "$RCRUN" check --format json | jq -e '.checks[] | select(.id == "overlay") | .status == "ok"' >/dev/null ||
        skip 'no overlay in user namespaces here'
}

@test "an overlay: what is written goes to the upper layer" {
    need_overlay
    bundle
    overlay_dirs
    mnt /m overlay overlay "lowerdir=$PWD/lower:$PWD/lower2" "upperdir=$PWD/upper" "workdir=$PWD/work"
    gosh 'cat /m/file /m/second /m/dir/deep; echo new >/m/new; echo changed >/m/file; rm /m/gone
        rm -r /m/dir; mkdir /m/dir; ls -A /m/dir; cat /m/file; cat /proc/self/mountinfo'
    ok
    is "$(head -n 4 <<<"$output")" $'low\nlow2\ndeep\nchanged'
    [[ $(mount_of /m) == *'|overlay|'*userxattr* ]] || show 'no userxattr'
    is "$(cat upper/new upper/file lower/file)" $'new\nchanged\nlow'
    is "$(stat -c '%F %t:%T' upper/gone)" 'character special file 0:0'
    [ -e lower/gone ] && [ -e lower/dir/deep ]
    # The same upper layer again: deleted is deleted.
    gosh 'ls -A /m /m/dir'
    ok
    out '/m:
dir
file
new
second

/m/dir:'
}

@test "layers have any name and may be relative" {
    need_overlay
    bundle
    overlay_dirs
    mkdir 'a,b c' 'co:lon' "$(printf 'new\nline')"
    echo 1 >'a,b c/1'
    echo 2 >'co:lon/2'
    echo 3 >"$(printf 'new\nline')/3"
    mnt /m overlay overlay "lowerdir=lower:a,b c:co\\:lon:$(printf 'new\nline')" upperdir=upper workdir=work
    gosh 'cat /m/file /m/1 /m/2 /m/3; echo up >/m/up'
    ok
    out $'low\n1\n2\n3'
    is "$(cat upper/up)" up
}

@test "an overlay without an upper layer is read-only" {
    need_overlay
    bundle
    overlay_dirs
    mnt /m overlay overlay "lowerdir=$PWD/lower:$PWD/lower2"
    gosh 'cat /m/file /m/second; touch /m/x 2>/dev/null || echo ro'
    rc 0
    out $'low\nlow2\nro'
}

@test "an overlay of a hundred layers" {
    need_overlay
    bundle
    list=
    for i in $(seq 100); do
        mkdir -p "layers/with-a-name-of-some-length/$i"
        echo "$i" >"layers/with-a-name-of-some-length/$i/$i"
        echo "$i" >"layers/with-a-name-of-some-length/$i/top"
        list+=:$PWD/layers/with-a-name-of-some-length/$i
    done
    mnt /m overlay overlay "lowerdir=${list#:}"
    go sh -c 'cat /m/top /m/100; ls /m | wc -l'
    ok
    out $'1\n100\n101'
}

@test "what is wrong with an overlay is said, with the kernel's words where it has some" {
    need_overlay
    bundle
    overlay_dirs
    cp config.json plain.json
    try() { # OPTION...
        cp plain.json config.json
        mnt /m overlay overlay "$@"
        go true
    }
    try upperdir=upper workdir=work
    refused 'mounts[4].options' lowerdir
    try lowerdir=nowhere upperdir=upper workdir=work
    refused 'mounts[4]' nowhere
    try lowerdir=lower upperdir=upper
    refused 'mounts[4]' workdir
    try lowerdir=lower upperdir=upper workdir=upper/work
    refused 'mounts[4]'
    try lowerdir=lower workdir=work
    refused 'mounts[4].options' upperdir
    for word in metacopy=on redirect_dir=on redirect_dir=follow index=on nfs_export=on verity=on verity=require; do
        try lowerdir=lower upperdir=upper workdir=work "$word"
        refused 'mounts[4].options' "$word does not work in a user namespace"
    done
    try lowerdir=lower upperdir=upper workdir=work nosuchoption
    refused 'mounts[4]' nosuchoption
}
