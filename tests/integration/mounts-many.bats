#!/usr/bin/env bats
# Many mounts: of the container, and of the host.

load lib
load mounts

binds() { # N OPTION...
    local n=$1
    shift
    edit '.mounts += [range($ARGS.positional[0] | tonumber) as $i | {destination: "/m/\($i)", source: "src/\($i)",
        options: $ARGS.positional[1:]}]' "$n" "$@"
}

calls() { # -> $calls: those of init, up to its program
    PREFIX=(strace -f -qq -o "$B/trace")
    go true
    ok
    # Init is the process that attaches mounts.
    calls=$(awk '/move_mount\(/ { init = $1 } { all[$1] = all[$1] "\n" $0 } END {
        n = split(all[init], line, "\n")
        for (i = 1; i <= n && line[i] !~ /execve\(/; i++) if (line[i] !~ /resumed>/) calls++
        print calls }' trace)
}

@test "a bind costs six calls, whether its mount point is there or must be made" {
    need_strace
    bundle
    one_id
    mkdir -p src
    mkdir src/{0..99}
    calls
    none=$calls
    binds 100 bind ro
    calls
    missing=$((calls - none))
    calls
    there=$((calls - none))
    echo "# 100 binds: $missing calls where nothing was there, $there where all was" >&3
    # And a few more for the directory that they are in.
    [ "$missing" -le 620 ]
    [ "$there" -le 620 ]
    # Without flags there is nothing to set.
    cfg '.mounts[4:][].options = ["bind"]'
    calls
    [ $((calls - none)) -le 520 ]
}

@test "files cost the same as directories" {
    need_strace
    bundle
    one_id
    mkdir src
    touch src/{0..99}
    calls
    none=$calls
    binds 100 bind ro
    calls
    [ $((calls - none)) -le 620 ]
    calls
    [ $((calls - none)) -le 620 ]
}

@test "a thousand binds, with few descriptors" {
    bundle
    mkdir src
    mkdir src/{0..999}
    binds 1000 bind ro
    PREFIX=(sh -c 'ulimit -n 20; exec "$@"' sh)
    gosh 'grep -c " /m/[0-9]* ro," /proc/self/mountinfo'
    ok
    out 1000
}

@test "a thousand mounts of the host are no call more, and their list is not read" {
    need_strace
    need_mapped
    bundle
    one_id
    mkdir -p src many
    binds 1 rbind
    mkdir src/0 many/{0..999}
    cfg '.linux.maskedPaths = ["/proc/keys"]'
    # A trace of a namespace's root works where the kernel lets nobody else in.
    HOST_AS=(unshare --user --map-root-user --mount)
    cfg '.linux.uidMappings[0].hostID = 0 | .linux.gidMappings[0].hostID = 0'
    host 'mount -t tmpfs few many'
    calls # makes the mount point
    calls
    few=$calls
    ! grep -q mountinfo trace || fail "$(grep mountinfo trace)"
    host 'for i in many/*; do mount -t tmpfs many "$i"; done'
    LIMIT=60
    calls
    is "$calls" "$few"
    ! grep -q mountinfo trace || fail "$(grep mountinfo trace)"
}

@test "who asks for notes makes rcrun read the list of mounts, once in each of its copies" {
    need_strace
    bundle
    one_id
    mkdir -p src/0 src/1
    binds 2 rbind ro
    GLOBAL=(--debug)
    PREFIX=(strace -f -qq -o "$B/trace")
    go true
    rc 0
    # The one that is on disk, and the sealed one, which does the work.
    [ "$(grep -c 'open.*mountinfo' trace)" -le 2 ]
    grep -q 'open.*mountinfo' trace
}
