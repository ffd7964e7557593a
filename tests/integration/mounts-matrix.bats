#!/usr/bin/env bats
# Binds: every kind of source, on every kind of target, in every way.

load lib
load mounts

ways='bind bind,ro bind,rro rbind rbind,ro rbind,nosuid,nodev,noexec'

# What a source is, what it is seen as inside, and whether it goes on a directory.
sources() {
    mkdir s s/dir
    echo text >s/file
    mkfifo s/fifo
    python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("s/socket")' 2>/dev/null ||
        skip 'python3 is not installed'
    ln -s file s/link-to-file
    ln -s dir s/link-to-dir
    ln -s nothing s/dangling
    ln -s /dev/zero s/device
}

seen_as() { # SOURCE
    case $1 in
    dir | link-to-dir) echo directory ;;
    file | link-to-file) echo regular file ;;
    device) echo character special file ;;
    *) echo "$1" ;;
    esac
}

is_dir() { # SOURCE OR TARGET
    case $1 in *dir | *dir-missing) return 0 ;; *) return 1 ;; esac
}

# Targets of the name t/KIND.N, each for one mount.
target() { # NAME
    case $1 in
    *.missing) ;;
    *.file) : >"rootfs/$1" ;;
    *.dir) mkdir "rootfs/$1" ;;
    *.link-to-file)
        : >"rootfs/$1.real"
        ln -s "/$1.real" "rootfs/$1"
        ;;
    *.link-to-dir)
        mkdir "rootfs/$1.real"
        ln -s "/$1.real" "rootfs/$1"
        ;;
    *.link-to-missing) ln -s "/$1.real" "rootfs/$1" ;;
    esac
}

fits() { # SOURCE TARGET
    case $2 in
    *missing) return 0 ;;
    *dir) is_dir "$1" ;;
    *) ! is_dir "$1" ;;
    esac
}

every_target='missing file dir link-to-file link-to-dir link-to-missing'

@test "what fits is bound, in every way, with the flags that were asked for" {
    bundle
    sources
    mkdir rootfs/t
    for way in $ways; do
        for source in file dir socket fifo device link-to-file link-to-dir; do
            for target in $every_target; do
                fits "$source" "$target" || continue
                target "t/$source.$way.$target"
                echo "/t/$source.$way.$target none s/$source ${way//,/ }"
            done
        done
    done | mnts
    gosh 'cd /t; for i in *; do case $i in *.real) ;; *) stat -L -c "%n %F" $i ;; esac; done; cat /proc/self/mountinfo'
    ok
    n=0
    for way in $ways; do
        for source in file dir socket fifo device link-to-file link-to-dir; do
            for target in $every_target; do
                fits "$source" "$target" || continue
                n=$((n + 1))
                line "$source.$way.$target $(seen_as "$source")"
                at=/t/$source.$way.$target
                case $target in link*) at=$at.real ;; esac
                case $way in
                *nosuid*) options "$at" rw nosuid nodev noexec ;;
                *ro) options "$at" ro ;;
                *) options "$at" rw ;;
                esac
            done
        done
    done
    [ "$n" -gt 100 ]
}

@test "what does not fit is refused, with both kinds" {
    bundle
    sources
    mkdir rootfs/t
    cp config.json plain.json
    for source in file dir socket fifo device link-to-dir; do
        for target in file dir link-to-file link-to-dir; do
            ! fits "$source" "$target" || continue
            for way in bind rbind,ro; do
                rm -rf rootfs/t
                mkdir rootfs/t
                target "t/x.$target"
                cp plain.json config.json
                # shellcheck disable=SC2086 # words
                mnt "/t/x.$target" none "s/$source" ${way//,/ }
                go true
                if is_dir "$source"; then
                    refused 'mounts[4]' "/t/x.$target" 'a directory cannot be mounted on a file'
                else
                    refused 'mounts[4]' "/t/x.$target" 'a file cannot be mounted on a directory'
                fi
            done
        done
    done
}

@test "a source that is not there is refused by name, whatever the target" {
    bundle
    sources
    mkdir rootfs/t
    cp config.json plain.json
    for source in dangling missing missing/below file/below; do
        for target in missing file dir; do
            rm -rf rootfs/t
            mkdir rootfs/t
            target "t/x.$target"
            cp plain.json config.json
            mnt "/t/x.$target" none "s/$source" bind
            go true
            refused 'mounts[4].source' "s/$source"
            [ "$target" != missing ] || [ ! -e rootfs/t/x.missing ]
        done
    done
}

@test "neighbours of all kinds land where they belong, also behind links and below each other" {
    bundle
    mkdir -p one two rootfs/m/real
    echo 1 >one/f
    echo 2 >two/f
    ln -s real rootfs/m/link
    ln -s .. rootfs/m/up
    # Each of them may change what the name of the next one means.
    mnt /m/a none one bind
    mnt /m/link none two bind
    mnt /m/real/deep none one bind
    mnt /m/b none one/f bind
    mnt /m/up/m none two bind
    mnt /m/c none one bind
    mnt /m/c/d none one/f bind
    mnt /m/c/f none two/f bind
    mnt /x none one bind
    mnt /m/e none one/f bind
    gosh 'cd /m; ls; cat c/d c/f e; awk "\$5 ~ \"^/(m|x)\" { print \$5 }" /proc/self/mountinfo'
    ok
    # The fifth covers the folder in which the first four are.
    is "$output" 'c
deep
e
f
1
2
1
/m/a
/m/real
/m/real/deep
/m/b
/m
/m/c
/m/c/d
/m/c/f
/x
/m/e'
    # What was missing below a bind was made in its source.
    is "$(echo one/* two/*)" 'one/d one/f two/c two/deep two/e two/f'
    [ ! -e rootfs/m/c ] && [ ! -e rootfs/m/e ] && [ -f rootfs/m/b ] && [ -d rootfs/m/a ]
}

@test "a mount point that was made is told to who asks, below a bind too" {
    bundle
    mkdir src
    mkdir rootfs/there
    mnt /there none src bind
    mnt /new none src bind
    mnt /new/below tmpfs tmpfs
    GLOBAL=(--debug)
    go true
    rc 0
    says 'made the mount point /new'
    says 'made the mount point /new/below'
    [[ $stderr != *'made the mount point /there'* ]]
    [ -d src/below ]
}
