#!/usr/bin/env bats
# Mounts of the config: every option word, binds, tmpfs, overlay, targets and sources.

load lib
load mounts

# ---- option words --------------------------------------------------------------------------

# word: what the mount of a new tmpfs has
words='async: noatime:noatime atime:relatime,!noatime bind: rbind: defaults:relatime
dev:!nodev nodev:nodev diratime:!nodiratime nodiratime:nodiratime
dirsync: exec:!noexec noexec:noexec iversion: noiversion: lazytime: nolazytime: loud: silent:
mand: nomand: relatime:relatime norelatime:relatime remount: ro:ro rw:rw
strictatime:!relatime,!noatime nostrictatime:relatime suid:!nosuid nosuid:nosuid
nosymfollow:nosymfollow symfollow:!nosymfollow sync:
rro:ro rrw:rw rnosuid:nosuid rsuid:!nosuid rnodev:nodev rdev:!nodev rnoexec:noexec
rexec:!noexec rnodiratime:nodiratime rdiratime:!nodiratime rrelatime:relatime
rnorelatime:relatime rnoatime:noatime ratime:relatime,!noatime rstrictatime:!relatime,!noatime
rnostrictatime:relatime rnosymfollow:nosymfollow rsymfollow:!nosymfollow
private: rprivate: shared: rshared: slave: rslave: unbindable: runbindable: tmpcopyup:
idmap:!idmapped ridmap:!idmapped'

@test "all words that features names are known here, and the other way round" {
    bundle
    { tr ' ' '\n' <<<"$words" | sed 's/:.*//'; } | sort >tested
    "$RCRUN" features | jq -r '.mountOptions[]' | sort >advertised
    is "$(wc -l <advertised)" "$(sort -u advertised | wc -l)"
    # Own words are no words of the specification, and come on top.
    diff tested <(grep -vxE 'optional|src-nofollow|src-beneath=' advertised)
}

@test "every word is taken by a new file system, and has its effect" {
    bundle
    for entry in $words; do
        case $entry in bind:* | rbind:* | remount:*) continue ;; esac
        echo "/m/${entry%%:*} tmpfs tmpfs ${entry%%:*} mode=755 size=64k"
    done | mnts
    go cat /proc/self/mountinfo
    ok
    for entry in $words; do
        case $entry in bind:* | rbind:* | remount:*) continue ;; esac
        word=${entry%%:*}
        # shellcheck disable=SC2046 # words
        options "/m/$word" $(tr ',' ' ' <<<"${entry#*:}")
        case $word in
        shared | rshared) [[ $(mount_of "/m/$word") == *'|shared:'* ]] || show "$word" ;;
        unbindable | runbindable) [[ $(mount_of "/m/$word") == *'|unbindable|'* ]] || show "$word" ;;
        *) [[ $(mount_of "/m/$word") == *'||tmpfs|'* ]] || show "$word has a propagation" ;;
        esac
        super=,$(mount_of "/m/$word" | cut -d'|' -f4),
        for flag in sync dirsync lazytime; do
            if [ "$flag" = "$word" ]; then
                [[ $super == *,"$flag",* ]] || show "$word: $super"
            else
                [[ $super != *,"$flag",* ]] || show "$word: $super"
            fi
        done
        # A flag that went into the data of the file system would be refused or be seen there.
        is "$word $(tr ',' '\n' <<<"$super" | grep -c .)" \
            "$word $(mount_of /m/defaults | cut -d'|' -f4 | tr ',' '\n' | grep -c .)" ||
            case $word in sync | dirsync | lazytime | mand) ;; *) false ;; esac
    done
}

@test "every word is taken by a bind mount, and has its effect or is refused" {
    # Access times of the host's mounts are not for users to change.
    locked() {
        case ${1#r} in noatime:* | nodiratime:* | strictatime:*) ;; *) return 1 ;; esac
    }
    bundle
    source_dir
    for entry in $words; do
        case $entry in bind:* | rbind:* | remount:* | tmpcopyup:* | idmap:* | ridmap:*) continue ;; esac
        locked "$entry" ||
            echo "/m/${entry%%:*} none src bind ${entry%%:*}"
    done | mnts
    mnt /m/plain none src bind
    cp config.json plain.json
    go cat /proc/self/mountinfo
    ok
    plain=$(mount_of /m/plain)
    for entry in $words; do
        case $entry in bind:* | rbind:* | remount:* | tmpcopyup:* | idmap:* | ridmap:*) continue ;; esac
        ! locked "$entry" || continue
        word=${entry%%:*}
        # shellcheck disable=SC2046 # words
        options "/m/$word" $(tr ',' ' ' <<<"${entry#*:}")
        case $word in
        shared | rshared) [[ $(mount_of "/m/$word") == *'|shared:'* ]] || show "$word" ;;
        unbindable | runbindable) [[ $(mount_of "/m/$word") == *'|unbindable|'* ]] || show "$word" ;;
        esac
        # The file system is the host's: its own options do not change.
        is "$word $(mount_of "/m/$word" | cut -d'|' -f3-)" "$word $(cut -d'|' -f3- <<<"$plain")"
    done
    for entry in $words; do
        locked "$entry" || continue
        cp plain.json config.json
        mnt /m/locked none src bind "${entry%%:*}"
        go true
        refused /m/locked 'locked access times'
        hint 'leave out noatime'
    done
}

@test "of two words that say the opposite the last one counts" {
    bundle
    mnts <<'END'
/m/1 tmpfs t ro rw
/m/2 tmpfs t rw ro
/m/3 tmpfs t nosuid suid noexec exec nodev
/m/4 tmpfs t noatime relatime
/m/5 tmpfs t relatime noatime
/m/6 tmpfs t rro rw
/m/6a tmpfs t rw rro
/m/6b tmpfs t rnoatime relatime
/m/7 tmpfs t ro rrw
/m/8 tmpfs t shared private
/m/9 tmpfs t strictatime atime
END
    go cat /proc/self/mountinfo
    ok
    options /m/1 rw '!ro'
    options /m/2 ro
    options /m/3 '!nosuid' '!noexec' nodev
    options /m/4 relatime
    options /m/5 noatime
    options /m/6 rw
    options /m/6a ro
    options /m/6b relatime
    options /m/7 rw
    [[ $(mount_of /m/8) != *shared* ]]
    options /m/9 relatime
}

@test "words for the tree reach the mounts below, the others do not" {
    need_mapped
    bundle
    source_dir
    host "$submount"
    for pair in rro:ro rnosuid:nosuid rnodev:nodev rnoexec:noexec rnosymfollow:nosymfollow; do
        echo "/m/${pair%:*} none src rbind ${pair%:*}"
        echo "/m/${pair#*:} none src rbind ${pair#*:}"
    done | mnts
    mnt /m/plain none src rbind
    go cat /proc/self/mountinfo
    ok
    for pair in rro:ro rnosuid:nosuid rnodev:nodev rnoexec:noexec rnosymfollow:nosymfollow; do
        options "/m/${pair%:*}" "${pair#*:}"
        options "/m/${pair%:*}/sub" "${pair#*:}"
        options "/m/${pair#*:}" "${pair#*:}"
        options "/m/${pair#*:}/sub" "!${pair#*:}"
    done
    options /m/plain/sub relatime rw
    cfg '.mounts = [.mounts[] | select(.destination | test("^/m/(rro|ro)$") or startswith("/proc"))]'
    gosh 'for d in rro ro; do touch /m/$d/x || echo $d; touch /m/$d/sub/x || echo $d/sub; done 2>/dev/null'
    rc 0
    out $'rro\nrro/sub\nro'
}

@test "clearing words for the tree work where the source does not forbid it" {
    need_mapped
    bundle
    source_dir
    host "$submount"
    for word in rrw rsuid rdev rexec rdiratime ratime rrelatime rnorelatime rnostrictatime rsymfollow; do
        echo "/m/$word none src rbind $word"
    done | mnts
    go cat /proc/self/mountinfo
    ok
    for word in rrw rsuid rdev rexec rdiratime ratime rrelatime rnorelatime rnostrictatime rsymfollow; do
        options "/m/$word/sub" rw relatime '!nosuid' '!nodev' '!noexec' '!nodiratime' '!nosymfollow'
    done
}

@test "noexec, nosymfollow, nodev and ro do what they say" {
    bundle
    source_dir
    mnt /exec none src bind
    mnt /noexec none src bind noexec
    mnt /nosymfollow none src bind nosymfollow
    mnt /ro none src bind ro
    gosh '/exec/script; /noexec/script; cat /exec/link; cat /nosymfollow/link; cat /nosymfollow/file
        echo x >/ro/file; echo x >/exec/new; ls /ro/new' 2>&1
    rc 0
    is "$output" $'ran\ninside\ninside\n/ro/new'
    says 'Permission denied'
    says 'symbolic link'
    says 'Read-only file system'
    is "$(grep -c . <<<"$stderr")" 3
}

@test "words that this version does not do are refused by name" {
    bundle
    source_dir
    cp config.json plain.json
    for word in copy-symlink dest-nofollow rsync rasync rdirsync rmand rnomand 'idmap=uids=0-1-10' 'ridmap=uids=0-1-10'; do
        cp plain.json config.json
        mnt /m none src rbind "$word"
        go true
        refused 'mounts[4].options[1]' "$word"
        case $word in *idmap=*) hint 'mounts[4].uidMappings and gidMappings' ;; esac
    done
}

# ---- binds ---------------------------------------------------------------------------------

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

# ---- targets -------------------------------------------------------------------------------

@test "what is missing is made: directories 0755 and empty files 0644, whatever the umask" {
    bundle
    source_dir
    umask 077
    mnt /new/deep/dir none src bind
    mnt /new/deep/file none src/file bind
    gosh 'stat -c "%a %n" /new /new/deep; cat /new/deep/file /new/deep/dir/file'
    ok
    out $'755 /new\n755 /new/deep\ninside\ninside'
    is "$(stat -c '%a %F' rootfs/new/deep/file)" '644 regular empty file'
    is "$(stat -c '%a %F' rootfs/new/deep/dir)" '755 directory'
}

@test "a relative destination begins at the root" {
    bundle
    source_dir
    mnt m/./n/../o none src bind
    go cat /m/o/file
    rc 0
    out inside
}

@test "links in a target stay inside the root" {
    bundle
    source_dir
    mkdir -p rootfs/real rootfs/a/b
    ln -s /real rootfs/abs
    ln -s ../../../../../../real rootfs/a/b/up
    ln -s /nowhere/deep rootfs/dangling
    ln -s nowhere2 rootfs/a/rel
    ln -s /etc rootfs/etc-link
    mnt /abs/1 none src bind
    mnt /a/b/up/2 none src bind
    mnt /dangling none src bind
    mnt /a/rel/x none src bind
    mnt /etc-link/3 none src bind
    gosh 'cat /real/1/file /real/2/file /nowhere/deep/file /a/nowhere2/x/file /etc/3/file'
    ok
    is "$(sort -u <<<"$output")" inside
    is "${#lines[@]}" 5
    [ ! -e /nowhere ] && [ ! -e /etc/3 ] && [ ! -e /real ]
    # Links are kept as they were.
    is "$(readlink rootfs/dangling)" /nowhere/deep
}

@test "links that lead in circles are an error" {
    bundle
    source_dir
    ln -s two rootfs/one
    ln -s one rootfs/two
    mnt /one/x none src bind
    go true
    refused 'mounts[4]' /one/x
}

@test "mounts are made in the order of the list" {
    bundle
    source_dir
    mkdir other
    echo other >other/file
    mnt /m none src bind
    mnt /m none other bind
    mnt /n none other bind
    mnt /n/below tmpfs tmpfs size=64k
    mnt /n/below/more none src bind
    gosh 'cat /m/file /n/file /n/below/more/file'
    ok
    out $'other\nother\ninside'
    is "$(ls -A other/below)" ''
    # The other way round the second hides the first.
    cfg '.mounts |= .[:4] + [.[7], .[6]]'
    gosh 'ls -A /n/below; cat /n/file'
    ok
    out other
}

@test "a target that is missing below a read-only mount is named" {
    bundle
    source_dir
    mkdir ro
    mnt /m none ro bind ro
    mnt /m/missing none src bind
    go true
    refused 'mounts[5]' /m/missing read-only
    hint make
    mkdir ro/missing
    go cat /m/missing/file
    ok
    out inside
}

@test "the root itself and the inside of /proc are no targets" {
    bundle
    source_dir
    cp config.json plain.json
    for target in / /. //../ ''; do
        cp plain.json config.json
        mnt "$target" none src bind
        go true
        refused 'mounts[4].destination'
    done
    for target in /proc/sys /proc/self /proc/1 /proc/sysrq-trigger /proc/../proc/kcore; do
        cp plain.json config.json
        mnt "$target" none src bind
        go true
        refused 'mounts[4].destination' /proc/
    done
    cp plain.json config.json
    mnt /proc tmpfs tmpfs
    go true
    refused 'mounts[4].destination' /proc
    # By another name it is the same place.
    cp plain.json config.json
    ln -s /proc/sys rootfs/link
    mnt /link none src bind
    go true
    refused 'mounts[4]' /link procfs
}

@test "files that show another machine may cover those of /proc" {
    bundle
    for name in cpuinfo meminfo uptime stat loadavg swaps diskstats; do
        echo "fake $name" >"$name"
        mnt "/proc/$name" none "$name" bind ro
    done
    gosh 'cat /proc/uptime /proc/meminfo; wc -l </proc/cpuinfo'
    ok
    out $'fake uptime\nfake meminfo\n1'
}

@test "a kind of file system that does not exist is named" {
    bundle
    mnt /m nosuchfs none
    go true
    refused 'mounts[4]' nosuchfs
    cfg '.mounts[4].type = "ext4" | .mounts[4].source = "/dev/null"'
    go true
    refused 'mounts[4]' ext4
}

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

# ---- remount -------------------------------------------------------------------------------

@test "remount changes the options of a mount that was made before" {
    bundle
    source_dir
    mnt /m tmpfs tmpfs size=1m
    mnt /m tmpfs tmpfs remount size=2m
    mnt /n none src bind
    mnt /n none src bind remount ro nosuid
    mnt /o tmpfs tmpfs
    mnt /o tmpfs tmpfs remount ro noexec
    gosh 'df -k /m | tail -n 1 | tr -s " " | cut -d" " -f2; cat /proc/self/mountinfo'
    ok
    line 2048
    options /n ro nosuid
    options /o ro noexec
    options /m rw
    gosh 'touch /n/x /o/x || touch /m/x && ls src'
    is "$(ls src)" "$(printf '%s\n' file link script sub)"
}

@test "a remount of the host's file system is refused" {
    bundle
    source_dir
    mnt /m none src bind
    mnt /m none src remount ro nosuch=1
    go true
    refused 'mounts[5]'
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

# ---- propagation ---------------------------------------------------------------------------

@test "the root has the propagation of the config" {
    bundle
    cp config.json plain.json
    for want in '' private rprivate shared rshared slave rslave unbindable runbindable; do
        cp plain.json config.json
        [ -z "$want" ] || cfg --arg p "$want" '.linux.rootfsPropagation = $p'
        go cat /proc/self/mountinfo
        ok
        case $want in
        *shared) [[ $(mount_of /) == *'|shared:'* ]] || show "$want" ;;
        *unbindable) [[ $(mount_of /) == *'|unbindable|'* ]] || show "$want" ;;
        *slave) [[ $(mount_of /) != *shared:* ]] || show "$want" ;;
        *) [[ $(mount_of /) == *'||'* ]] || show "$want" ;;
        esac
    done
    cfg '.linux.rootfsPropagation = "nonsense"'
    go true
    refused linux.rootfsPropagation nonsense
}

@test "a bind can stay the slave of a shared mount of the host, and by default is private" {
    need_mapped
    bundle
    source_dir
    host 'mount --bind src src; mount --make-shared src'
    mnt /private none src bind
    mnt /slave none src bind slave
    mnt /rslave none src rbind rslave
    mnt /shared none src bind shared
    mnt /unbindable none src bind unbindable
    go cat /proc/self/mountinfo
    ok
    [[ $(mount_of /private) == *'||'* ]] || show private
    [[ $(mount_of /slave) == *'|master:'* ]] || show slave
    [[ $(mount_of /rslave) == *'|master:'* ]] || show rslave
    [[ $(mount_of /shared) == *shared:* ]] || show shared
    [[ $(mount_of /unbindable) == *'|unbindable|'* ]] || show unbindable
}
