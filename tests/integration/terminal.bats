#!/usr/bin/env bats
# process.terminal.  script(1) is the terminal of the caller.

load lib

# Runs shell commands on a new terminal of 37 lines and 113 columns; $output is what was seen
# there, without carriage returns.  What is written to the fifo `typed` is typed.
on_terminal() { # SHELL-COMMANDS
    printf 'exec 3<&0\nstty rows 37 cols 113\n%s\n' "$1" >"$BATS_TEST_TMPDIR/commands"
    [ -p "$BATS_TEST_TMPDIR/typed" ] || mkfifo "$BATS_TEST_TMPDIR/typed"
    # Opened for writing as well, so that there is no end of input.
    run --separate-stderr timeout -k 2 "$LIMIT" script -qec "sh $BATS_TEST_TMPDIR/commands" /dev/null \
        <>"$BATS_TEST_TMPDIR/typed"
    output=$(tr -d '\r' <<<"$output")
}

terminal() { # SHELL-COMMANDS of the container
    bundle
    # Else there is a line about it on the terminal.
    cfg '.process.terminal = true | .annotations["org.rcrun.network"] = "none"'
    args sh -c "$1"
}

need_script() {
    [ "$(timeout 10 script -qec 'test -t 0 && echo yes' /dev/null </dev/null | tr -d '\r')" = yes ] ||
        skip 'script(1) does not work here'
}

@test "the program is on a terminal of its own" {
    need_script
    terminal 'for f in 0 1 2; do test -t $f && echo tty$f; done; tty; test -c /dev/console && echo console
        echo by-tty >/dev/tty; echo by-console >/dev/console; ls -1 /dev/pts; sed "s/.*) //" /proc/1/stat | cut -d" " -f2-4
        stat -c %t:%T /dev/console $(tty)'
    on_terminal '"$RCRUN" run '"$ID"
    rc 0
    for text in tty0 tty1 tty2 /dev/pts/0 console by-tty by-console ptmx; do line "$text"; done
    line '0 1 1'
    is "$(grep -c '^88:0$' <<<"$output")" 2
}

@test "the exit status comes through" {
    need_script
    for code in 0 1 7 255; do
        terminal "exit $code"
        on_terminal '"$RCRUN" run '"$ID"'; echo "status $?"'
        line "status $code"
        cd "$BATS_TEST_TMPDIR"
        rm -rf b
    done
}

@test "the terminal of the caller is as it was before" {
    need_script
    terminal 'stty raw; exit 3'
    on_terminal 'stty -echo; stty -g >before; "$RCRUN" run '"$ID"'; echo $? >status; stty -g >after'
    is "$(cat status)" 3
    cmp before after
    # ... when the program was killed,
    args sh -c 'touch /up; sleep 1000'
    on_terminal 'stty -g >before; "$RCRUN" run --pid-file pid '"$ID"' <&3 & while ! [ -e rootfs/up ]; do sleep .05; done
        kill -9 $(cat pid); wait $!; echo $? >status; stty -g >after'
    is "$(cat status)" 137
    cmp before after
    rm rootfs/up
    # ... when it could not be started,
    args /nosuch
    on_terminal 'stty -g >before; "$RCRUN" run '"$ID"'; echo $? >status; stty -g >after'
    is "$(cat status)" 1
    cmp before after
    has 'exec: "/nosuch"'
    # ... and when it ended by a signal that the caller sent to rcrun.
    args sh -c 'trap "exit 5" TERM; touch /up; while :; do sleep .1; done'
    on_terminal 'stty -g >before; "$RCRUN" run '"$ID"' <&3 & while ! [ -e rootfs/up ]; do sleep .05; done
        kill -TERM $!; wait $!; echo $? >status; stty -g >after'
    is "$(cat status)" 5
    cmp before after
}

@test "it has the size of the caller's, and follows it" {
    need_script
    terminal 'stty size; trap "stty size; exit 0" WINCH; touch /up; while :; do sleep .1; done'
    on_terminal '(while ! [ -e rootfs/up ]; do sleep .05; done; stty -F /dev/tty rows 50 cols 60) & "$RCRUN" run '"$ID"
    rc 0
    line '37 113'
    line '50 60'
}

@test "what is typed arrives, and control characters are the container's" {
    need_script
    terminal 'trap "echo interrupted" INT; echo ready; read a; echo "got:$a"; read b; while read c; do echo "then:$c"; done; echo end'
    mkfifo "$BATS_TEST_TMPDIR/typed"
    {
        exec 9<>"$BATS_TEST_TMPDIR/typed"
        until_ok 5 grep -q ready seen
        printf 'hello ü\n' >&9
        until_ok 5 grep -q 'got:hello' seen
        printf '\003' >&9
        until_ok 5 grep -q interrupted seen
        printf '\nx y\n' >&9
        until_ok 5 grep -q 'then:x' seen
        printf '\004' >&9
        until_ok 5 grep -q end seen
    } 3>&- &
    typist=$!
    on_terminal '"$RCRUN" run '"$ID"' | tee seen'
    wait $typist
    rc 0
    line 'got:hello ü'
    has interrupted
    line 'then:x y'
    line end
}

@test "much output arrives whole" {
    need_script
    terminal 'seq 1 50000'
    on_terminal '"$RCRUN" run '"$ID"
    rc 0
    is "$(grep -c . <<<"$output")" 50000
    is "$(tail -n 1 <<<"$output")" 50000
    is "$(sort -n <<<"$output" | md5sum)" "$(seq 1 50000 | md5sum)"
}

@test "the last words are not lost when the program ends at once" {
    need_script
    terminal 'head -c 3000 /dev/zero | tr "\0" x; echo; echo last'
    for _ in 1 2 3 4 5; do
        on_terminal '"$RCRUN" run '"$ID"
        rc 0
        is "$(tail -n 1 <<<"$output")" last
        is "$(head -n 1 <<<"$output" | wc -c)" 3001
    done
}

@test "where standard output is no terminal there are no carriage returns" {
    need_script
    terminal 'echo one; echo two'
    on_terminal '"$RCRUN" run '"$ID"' >file; "$RCRUN" run '"$ID"' | cat >piped'
    rc 0
    cmp file <(printf 'one\ntwo\n')
    cmp piped <(printf 'one\ntwo\n')
    on_terminal '"$RCRUN" run '"$ID"' >/dev/null; echo $?'
    line 0
    # To a terminal there are: script(1) keeps them.
    run timeout 10 script -qec '"$RCRUN" run '"$ID" /dev/null <>"$BATS_TEST_TMPDIR/typed"
    is "$output" $'one\r\ntwo\r'
}

@test "without a terminal of the caller there is an error that says what to do" {
    terminal true
    go
    refused process.terminal terminal
    hint 'set process.terminal to false'
    # Even where it could be opened by its name.
    run --separate-stderr timeout 10 setsid -w "$RCRUN" run "$ID" </dev/null
    refused process.terminal
}

@test "the terminal belongs to the program's user" {
    need_script
    need_ids
    terminal 'stat -c "%u %a" $(tty) /dev/console; id -u; echo mine >/dev/pts/0; echo too >/dev/tty'
    user 1000
    caps
    on_terminal '"$RCRUN" run '"$ID"
    rc 0
    is "$(grep -c '^1000 620$' <<<"$output")" 2
    line mine
    line too
}

@test "the size of the config counts where the caller has none" {
    need_script
    terminal 'stty size'
    cfg '.process.consoleSize = {height: 21, width: 84}'
    on_terminal 'stty rows 0 cols 0; "$RCRUN" run '"$ID"
    rc 0
    line '21 84'
    cfg '.process.consoleSize = {height: 70000, width: 84}'
    on_terminal '"$RCRUN" run '"$ID"
    rc 1
    has 70000
}

@test "a terminal needs a devpts, and says so" {
    need_script
    terminal true
    cfg 'del(.mounts[2])'
    on_terminal '"$RCRUN" run '"$ID"
    rc 1
    has 'rcrun: '
    has 'a terminal needs a devpts mounted on /dev/pts'
    # What the image has there is not one.
    cfg '.mounts = [.mounts[0]]'
    mkdir rootfs/dev/pts
    echo fake >rootfs/dev/pts/ptmx
    on_terminal '"$RCRUN" run '"$ID"
    rc 1
    has devpts
}

@test "a terminal that goes away ends the program by its signal" {
    need_script
    terminal 'trap "echo hup >/hup; exit 0" HUP; touch /up; while :; do sleep .1; done'
    printf '"$RCRUN" run %s\n' "$ID" >commands
    script -qec 'sh ./commands' /dev/null </dev/null >/dev/null 2>&1 3>&- &
    script=$!
    until_ok 5 test -e rootfs/up
    kill -KILL $script
    wait $script || true
    until_ok 5 test -e rootfs/hup
    no_processes 3
}
