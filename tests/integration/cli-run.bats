#!/usr/bin/env bats
# What `run` hands to the program, and what it hands back.

load cli

setup_file() {
    [ "$(id -u)" -ne 0 ] || skip 'run by root'
    [ -x /bin/busybox ] || skip 'no /bin/busybox'
    unshare -Ur true 2>/dev/null || skip 'no user namespaces'
}

busybox() {
    bundle
    cp /bin/busybox rootfs/bin/busybox
    for name in sh cat ls true; do
        ln -sf busybox "rootfs/bin/$name"
    done
    : >rootfs/notexec
}

@test "the exit status is that of the program" {
    busybox
    for number in 0 1 7 255; do
        run "$RCRUN" run x -- /bin/sh -c "exit $number"
        [ "$status" -eq "$number" ]
        [ -z "$output" ]
    done
}

@test "a program that is killed gives 128 and the signal" {
    busybox
    # Without a pid namespace, since init of one is deaf to its own signals.
    sed -i 's/{ "type": "pid" }, //; s/"mounts": .*/"mounts": [],/' config.json
    for number in 9 15; do
        # shellcheck disable=SC2016 # the inner shell's
        run "$RCRUN" run x -- /bin/sh -c "kill -$number \$\$"
        [ "$status" -eq $((128 + number)) ]
    done
}

@test "programs that cannot be started are told in the words that engines know" {
    busybox
    while IFS='|' read -r program text; do
        rcrun run x -- "$program"
        [ "$status" -eq 1 ]
        [ "${stderr_lines[0]}" = "rcrun: $text" ]
        rm -f l
        rcrun --log l --log-format json run x -- "$program"
        [[ $(json msg <l) == *"$text" ]]
    done <<'END'
/nosuch|exec: "/nosuch": stat /nosuch: no such file or directory
nosuch|exec: "nosuch": executable file not found in $PATH
/notexec|exec: "/notexec": permission denied
ls -l|exec: "ls -l": executable file not found in $PATH
END
    rcrun run x -- /bin
    [ "${stderr_lines[0]}" = 'rcrun: exec: "/bin": permission denied' ]
    [ "${stderr_lines[1]}" = 'hint: /bin is a directory' ]
    rcrun run x -- 'ls -l'
    [[ ${stderr_lines[1]} == 'hint: the program and its arguments are one word'* ]]
}

@test "standard input, output and error are the program's" {
    busybox
    echo in >file
    # shellcheck disable=SC2016 # the inner shell's
    run --separate-stderr bash -c '"$RCRUN" run x -- /bin/sh -c "cat; echo err >&2" <file'
    [ "$status" -eq 0 ]
    [ "$output" = in ]
    [ "$stderr" = err ]
}

@test "--preserve-fds keeps descriptors at their numbers, and no others" {
    busybox
    echo three >three
    # shellcheck disable=SC2016 # the inner shell's
    run bash -c '"$RCRUN" run --preserve-fds 2 x -- /bin/sh -c "cat <&3; cat <&5" \
        3<three 4</dev/null 5<three'
    [ "${lines[0]}" = three ]
    [ "${#lines[@]}" -ge 2 ]
    [ "$(grep -c three <<<"$output")" -eq 1 ]
}

@test "--ro and --rw are true inside" {
    busybox
    run "$RCRUN" run --ro x -- /bin/sh -c 'echo >/file'
    [ "$status" -ne 0 ]
    run "$RCRUN" run --rw x -- /bin/sh -c 'echo >/file'
    [ "$status" -eq 0 ]
    [ -f rootfs/file ]
}

@test "--pid-file is relative to the caller, has digits only, and the caller's umask" {
    busybox
    mkdir b
    mv config.json rootfs b
    umask 027
    run "$RCRUN" run -b b --pid-file pid x -- /bin/true
    [ "$status" -eq 0 ]
    [[ $(cat pid) =~ ^[1-9][0-9]*$ ]]
    [ "$(wc -l <pid)" -eq 0 ]
    [ "$(stat -c %a pid)" = 640 ]
}

@test "nothing of the caller's environment reaches the program" {
    busybox
    SECRET=x run "$RCRUN" run x -- /bin/busybox env
    [ "$status" -eq 0 ]
    [[ $output != *SECRET* ]]
    [[ $output == *'PATH=/bin'* ]]
}
