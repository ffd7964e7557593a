#!/usr/bin/env bats
# Binds of the config: sources of every kind, and what a bind may not.

load lib
load mounts

@test "a bind shows the source and what is written there" {
    bundle
    source_dir
    mnt /m none "$B/src" bind
    mnt /f none "$B/src/file" bind ro
    gosh 'cat /m/file /f; echo new >/m/new; echo x 2>/dev/null >/f || echo ro'
    rc 0
    out $'inside\ninside\nro'
    is "$(cat src/new)" new
    is "$(stat -c %u src/new)" "$(id -u)"
    # The places to mount on were made, and are empty.
    is "$(ls -A rootfs/m)" ''
    is "$(stat -c '%F %s' rootfs/f)" 'regular empty file 0'
}

@test "bind is the top mount, rbind all of them" {
    need_mapped
    bundle
    source_dir
    mkdir other
    # A mount that may be taken away: made by the one who binds it.
    mnt /src none src bind
    mnt /src/sub tmpfs tmpfs
    host "$submount"
    mnt /r none src rbind
    gosh 'cat /r/sub/file; awk "\$5 ~ /^\/r/ { print \$5 }" /proc/self/mountinfo'
    refused 'mounts[4]'
    hint rbind
    cfg 'del(.mounts[4, 5])'
    go sh -c 'cat /r/sub/file; awk "\$5 ~ /^\/r/ { print \$5 }" /proc/self/mountinfo'
    ok
    out $'below\n/r\n/r/sub'
}

@test "flags that the source is locked with stay when nothing is asked" {
    need_mapped
    bundle
    source_dir
    host 'mount -t tmpfs -o nosuid,nodev,noexec,noatime src src; echo hi >src/file; mount -o remount,ro,bind src'
    cp config.json plain.json
    mnt /m none src bind
    gosh 'cat /m/file; cat /proc/self/mountinfo'
    ok
    line hi
    options /m ro nosuid nodev noexec noatime
    for list in ro nosuid,nodev rbind,ro,nosuid,nodev,noexec rro rnosuid noatime nosymfollow private; do
        cp plain.json config.json
        # shellcheck disable=SC2046 # words
        mnt /m none src bind $(tr ',' ' ' <<<"$list")
        go cat /proc/self/mountinfo
        ok
        options /m ro nosuid nodev noexec noatime
    done
    for word in rw suid dev exec relatime strictatime rrw rsuid rdev rexec rrelatime; do
        cp plain.json config.json
        mnt /m none src rbind "$word"
        go true
        refused 'mounts[4]' /m locked
        hint 'leave out'
    done
}

@test "a locked flag of a mount below is named when the tree cannot have it cleared" {
    need_mapped
    bundle
    source_dir
    host "$submount; mount -o remount,ro,bind src/sub"
    mnt /m none src rbind
    gosh 'cat /m/sub/file; cat /proc/self/mountinfo'
    ok
    options /m/sub ro
    options /m rw
    cfg '.mounts[4].options += ["rrw"]'
    go true
    refused 'mounts[4]' locked
}

@test "a read-only bind of a nosuid source keeps nosuid" {
    need_mapped
    bundle
    source_dir
    host 'mount -t tmpfs -o nosuid,nodev src src; echo hi >src/file'
    mnt /m none src bind ro
    mnt /f none src/file bind ro
    gosh 'cat /m/file /f; echo x 2>/dev/null >/m/file || echo ro; cat /proc/self/mountinfo'
    rc 0
    line ro
    options /m ro nosuid nodev
    options /f ro nosuid nodev
}

@test "sources are files and directories of every kind, on targets of every kind" {
    bundle
    mkdir s
    echo text >s/file
    mkdir s/dir
    mkfifo s/fifo
    # A socket: the place where a logger listens.
    cfg '.mounts = [.mounts[0]]'
    go sh -c 'syslogd -O /tmp/log; for i in 1 2 3 4 5 6 7 8 9; do [ -S /dev/log ] && break; usleep 50000; done'
    ok
    mv rootfs/dev/log s/socket
    cp config.json plain.json
    for kind in file dir fifo socket device; do
        source=s/$kind
        [ "$kind" != device ] || source=/dev/zero
        for target in file dir missing; do
            rm -rf rootfs/t
            cp plain.json config.json
            [ "$target" != file ] || : >rootfs/t
            [ "$target" != dir ] || mkdir rootfs/t
            mnt /t none "$source" bind
            go stat -c %F /t
            case $kind:$target in
            dir:file) refused 'mounts[1]' /t 'a directory cannot be mounted on a file' ;;
            dir:*)
                ok
                out directory
                ;;
            *:dir) refused 'mounts[1]' /t 'a file cannot be mounted on a directory' ;;
            *)
                ok
                is "$(tr -d '[:space:]' <<<"$output")" "$(stat -Lc %F "$source" | sed 's/regular empty file/regular file/' | tr -d '[:space:]')"
                ;;
            esac
        done
    done
}

@test "a bound socket is connected and a bound fifo is written" {
    bundle
    mkdir s
    mkfifo s/fifo
    cfg '.mounts = [.mounts[0]]'
    mnt /out none s bind
    start sh -c 'ln -s /tmp/x /x; syslogd -n -O - >/out/log & echo; while ! [ -S /dev/log ]; do usleep 20000; done
        touch /out/up; cat /out/fifo >/out/got; sleep 1000'
    until_ok 5 test -e s/up
    FIRST=$PARENT
    init=$(init_pid)
    mkdir b2
    cp config.json b2
    cp -a "$BATS_FILE_TMPDIR/base" b2/rootfs
    cd b2
    cfg 'del(.mounts[1])'
    mnt /dev/log none "$B/rootfs/dev/log" bind
    mnt /fifo none "$B/s/fifo" bind
    rcrun run "$ID.2" -- sh -c 'logger through-the-socket; echo through-the-fifo >/fifo'
    ok
    until_ok 5 grep -q through-the-socket "$B/s/log"
    until_ok 5 grep -q through-the-fifo "$B/s/got"
    kill -KILL "$init"
    wait "$FIRST" || [ $? -eq 137 ]
}

@test "a relative source is in the bundle, wherever the caller is" {
    bundle
    source_dir
    mnt /m none src bind
    mnt /n none ./src/../src/file bind
    cd /
    rcrun run -b "$B" "$ID" -- cat /m/file /n
    ok
    out $'inside\ninside'
}

@test "a source that is missing is named, and may be optional" {
    bundle
    mnt /m none nowhere/at/all bind
    go true
    refused 'mounts[4].source' "$B/nowhere/at/all" 'no such file or directory'
    [ ! -e rootfs/m ]
    cfg '.mounts[4].options += ["optional"]'
    go echo ran
    rc 0
    out ran
    says 'rcrun: warning: mounts[4]'
    says nowhere/at/all
    is "$(grep -c . <<<"$stderr")" 1
    mkdir -p nowhere/at/all
    go echo ran
    ok
}

@test "a link as source is followed on the host, unless the option says no" {
    bundle
    source_dir
    ln -s src/file link
    ln -s "$PWD/src" abs
    ln -s nothing dangling
    mnt /m none link bind
    mnt /n none abs bind
    go cat /m /n/file
    ok
    out $'inside\ninside'
    cfg '.mounts[4].options += ["src-nofollow"]'
    go true
    refused 'mounts[4]' link
    cfg '.mounts[4].source = "src/file"'
    go cat /m
    ok
    out inside
    cfg '.mounts[4] = {destination: "/m", source: "dangling", options: ["bind"]}'
    go true
    refused 'mounts[4].source' dangling
}

@test "what is bound needs no type, and a type alone does not bind" {
    bundle
    source_dir
    cfg '.mounts += [{destination: "/m", source: "src", options: ["bind"]}]'
    go cat /m/file
    ok
    out inside
    cfg '.mounts[4].type = "tmpfs"'
    go cat /m/file
    ok
    cfg '.mounts[4] |= {destination, source, type: "bind"}'
    go true
    refused 'mounts[4].type' bind
    hint 'add bind or rbind'
    cfg '.mounts[4] |= {destination, source}'
    go true
    refused 'mounts[4].type'
}

@test "options of a file system on a bind mount are refused" {
    bundle
    source_dir
    mnt /m none src bind size=1m
    go true
    refused 'mounts[4].options[1]' size=1m
    cfg '.mounts[4].options = ["bind", "ro", "mode=700"]'
    go true
    refused 'mounts[4].options[2]' mode=700
}

@test "two hundred binds" {
    bundle
    source_dir
    cfg '.mounts += [range(200) | {destination: "/m/\(.)", source: "src", options: ["bind", "ro"]}]'
    PREFIX=(sh -c 'ulimit -n 64; exec "$@"' sh)
    gosh 'cat /m/*/file | sort | uniq -c; grep -c " /m/[0-9]* ro," /proc/self/mountinfo'
    ok
    is "$(tr -s ' ' <<<"$output")" $' 200 inside\n200'
}
