#!/usr/bin/env bats
# A command as root of the ids that a container has.

load lib

# The first subordinate id of the caller, outside.
first() { # subuid|subgid
    awk -F: -v u="$(id -un)" '$1 == u { print $2; exit }' "/etc/$1"
}

@test "the command is root, and the caller is it" {
    need_ids
    rcrun unshare -- sh -c 'id -u; id -g; cat /proc/self/uid_map'
    ok
    is "$(sed -n 1,2p <<<"$output")" $'0\n0'
    line "$(printf '%10s %10s %10s' 0 "$(id -u)" 1)"
    touch mine
    rcrun unshare stat -c %u:%g mine
    ok
    out 0:0
}

@test "its ids are those of a container" {
    need_ids
    bundle
    gosh 'echo >/f && chown 33:42 /f'
    ok
    is "$(stat -c %u:%g rootfs/f)" "$(($(first subuid) + 32)):$(($(first subgid) + 41))"
    rcrun unshare stat -c %u:%g rootfs/f
    ok
    out 33:42
    rcrun unshare -- sh -c 'chown 0:0 rootfs/f && rm rootfs/f'
    ok
    [ ! -e rootfs/f ]
}

@test "it takes the place of rcrun: process id, parent, session, open files" {
    need_ids
    run sh -c 'echo $$; exec 5</etc/hostname; exec "$RCRUN" unshare -- sh -c "echo \$\$; cat <&5"'
    rc 0
    is "$(sed -n 1p <<<"$output")" "$(sed -n 2p <<<"$output")"
    is "$(sed -n 3p <<<"$output")" "$(cat /etc/hostname)"
    # The process that wrote the maps is no child of it.
    rcrun unshare -- sh -c 'read -r children </proc/$$/task/$$/children; echo "$children"'
    out ''
}

@test "working directory, environment and standard input pass through" {
    need_ids
    mkdir -m 700 home
    cd home
    WORD='a b' run --separate-stderr sh -c \
        'echo input | "$RCRUN" unshare -- sh -c "cat; pwd; printf %s\\\\n \"\$WORD\"; echo >made"'
    ok
    out "$(printf '%s\n' input "$BATS_TEST_TMPDIR/home" 'a b')"
    is "$(stat -c %u made)" "$(id -u)"
}

@test "exit status and signals are those of the command" {
    need_ids
    rcrun unshare -- sh -c 'exit 7'
    rc 7
    rcrun unshare -- sh -c 'kill -TERM $$'
    rc 143
    "$RCRUN" unshare -- sleep 1000 &
    pid=$!
    until_ok 5 sh -c '[ "$(tr "\0" " " </proc/'$pid'/cmdline)" = "sleep 1000 " ]'
    status=0
    kill -HUP $pid
    wait $pid || status=$?
    is "$status" 129
}

@test "what cannot be started has a status of its own" {
    need_ids
    lives unshare nosuchcommand
    rc 127
    says 'exec: "nosuchcommand": executable file not found in $PATH'
    rcrun unshare /etc/passwd
    rc 126
    says 'exec: "/etc/passwd": permission denied'
    rcrun unshare --userns other true
    rc 125
    says 'other: wants default, single, keep-id or keep-id:uid=N,gid=N'
}

@test "without a command it is the shell" {
    need_ids
    run --separate-stderr sh -c 'echo "id -u" | SHELL=/bin/sh "$RCRUN" unshare'
    ok
    out 0
}

@test "single maps nobody else" {
    rcrun unshare --userns single -- sh -c 'id -u; cat /proc/self/uid_map /proc/self/gid_map'
    ok
    out "$(printf '%s\n' 0 "$(printf '%10s %10s %10s' 0 "$(id -u)" 1)" \
        "$(printf '%10s %10s %10s' 0 "$(id -g)" 1)")"
}

@test "without map helpers there is one id, and a warning" {
    PREFIX=(setpriv --no-new-privs)
    rcrun unshare -- sh -c 'id -u; cat /proc/self/uid_map'
    rc 0
    out "$(printf '%s\n' 0 "$(printf '%10s %10s %10s' 0 "$(id -u)" 1)")"
    says 'warning: only one id is available: '
}

@test "--mount gives it mounts of its own" {
    need_ids
    mkdir m
    rcrun unshare --mount -- sh -c 'mount -t tmpfs none m && echo >m/x && ls m'
    ok
    out x
    is "$(ls m)" ''
    rcrun unshare -- mount -t tmpfs none m
    [ "$status" -ne 0 ]
}

@test "it can be nested" {
    need_ids
    rcrun unshare -- "$RCRUN" unshare -- "$RCRUN" unshare -- sh -c 'id -u; echo >f; chown 33 f; stat -c %u f'
    ok
    out $'0\n33'
    is "$(stat -c %u f)" $(($(first subuid) + 32))
}

@test "a terminal is the command's own, and so is a stop" {
    need_ids
    run script -qec "'$RCRUN' unshare -- sh -c 'test -t 0 && tty && ps -o stat= -p \$\$'" /dev/null
    rc 0
    has /dev/pts/
    has + # in the foreground
    "$RCRUN" unshare -- sleep 1000 3>&- &
    pid=$!
    until_ok 5 grep -q sleep "/proc/$pid/comm"
    kill -STOP $pid
    until_ok 5 grep -q '^State:.*stopped' "/proc/$pid/status"
    kill -CONT $pid
    kill $pid
}

@test "a launch that is killed leaves nobody behind" {
    need_ids
    for delay in .001 .003 .005 .01; do
        timeout -s KILL $delay "$RCRUN" unshare -- sleep 1000 "$ID" 3>&- || :
    done
    no_processes 3
}

@test "--dry-run tells what would be done" {
    need_ids
    rcrun unshare --dry-run --userns keep-id true
    ok
    has 'parent step_aside'
    has "$(id -u):$(id -u):1"
    has 'init   exec args=[true]'
}

@test "where there can be no user namespace, the reason is told" {
    HOST='echo 0 >/proc/sys/user/max_user_namespaces'
    HOST_AS=(unshare --user --map-root-user --mount)
    rcrun unshare true
    rc 125
    says 'new namespaces user: no space left on device'
    hint user.max_user_namespaces
}

@test "what a container has left is removed, where rm alone cannot" {
    need_ids
    bundle
    gosh 'mkdir -p /var/a/b && echo >/var/a/b/f && chown -R 33:33 /var/a && chmod 700 /var/a'
    ok
    mkdir -p upper/work/work && chmod 0 upper/work/work
    rm -rf rootfs upper 2>/dev/null || :
    [ -d rootfs/var/a ]
    rcrun unshare rm -rf rootfs upper
    ok
    [ ! -e rootfs ] && [ ! -e upper ]
}
