#!/usr/bin/env bats
# Mounts of the config: every option word, targets, what comes after a mount.

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
