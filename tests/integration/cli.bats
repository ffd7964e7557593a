#!/usr/bin/env bats
# The command line: what is accepted, what is said, and the exit status.

load cli

# ---- help and version ----------------------------------------------------------------------

@test "without arguments a short usage goes to standard error" {
    rcrun
    [ "$status" -eq 1 ]
    [ -z "$output" ]
    [ "${#stderr_lines[@]}" -le 15 ]
    golden short "$stderr"
}

@test "--help, -h and help are the same" {
    rcrun --help
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    golden help "$output"
    for form in -h help -help '-?' --usage; do
        text=$output
        rcrun "$form"
        [ "$status" -eq 0 ]
        [ "$output" = "$text" ]
    done
}

@test "every command has a help" {
    [ "$(commands | wc -l)" -eq 24 ]
    for command in $(commands); do
        rcrun "$command" --help
        [ "$status" -eq 0 ]
        [ -z "$stderr" ]
        golden "help-$command" "$output"
        [ "${#lines[@]}" -le 45 ]
        text=$output
        rcrun help "$command"
        [ "$output" = "$text" ]
        rcrun "$command" -h --nosuch
        [ "$output" = "$text" ]
    done
}

@test "help is not wider than 78 columns" {
    for command in $(commands); do
        "$RCRUN" "$command" --help
    done >all
    "$RCRUN" --help >>all
    "$RCRUN" 2>>all || :
    run awk 'length > 78' all
    [ -z "$output" ]
}

@test "examples of the help are right" {
    command -v jq >/dev/null || skip 'jq is not installed'
    bundle
    mkdir -p web debian
    mv config.json rootfs web
    # Those for a container that is there are in commands.bats and life.bats.
    for command in run spec explain check features help; do
        "$RCRUN" "$command" --help | sed -n "/^Examples/,/^\$/s/^  rcrun //p" |
            sed "s,/srv/,$PWD/," >examples
        [ "$(wc -l <examples)" -eq 2 ]
        while read -r line; do
            case $line in
            run*) line="run --dry-run ${line#run}" ;;
            spec*) line="spec --print ${line#spec}" ;;
            check*) line="$line || [ \$? -eq 1 ]" ;;
            esac
            (cd web && eval "\"\$RCRUN\" $line") >/dev/null
        done <examples
    done
}

@test "--version has the lines that engines read" {
    rcrun --version
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    [[ ${lines[0]} =~ ^rcrun\ version\ [0-9]+\.[0-9]+\.[0-9]+ ]]
    [[ ${lines[1]} == "commit: "?* ]]
    [ "${lines[2]}" = "spec: 1.3.0" ]
    [[ ${lines[3]} =~ ^libseccomp:\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
    [[ ${lines[4]} =~ ^link:\ (static-pie|dynamic)$ ]]
    [[ ${lines[5]} == *+SECCOMP* ]]
    text=$output
    for form in -v -V -version '--debug -v'; do
        # shellcheck disable=SC2086 # words
        rcrun $form
        [ "$output" = "$text" ]
    done
}

@test "the version is the same by any name" {
    ln -s "$RCRUN" runc
    text=$("$RCRUN" --version)
    run ./runc --version
    [ "$output" = "$text" ]
}

@test "output that cannot be written is an error" {
    bundle
    for words in --help --version 'run --help' features 'spec --print' 'run --dry-run x' explain; do
        run bash -c '"$RCRUN" '"$words"' 2>&1 >/dev/full'
        [ "$status" -eq 1 ]
        [ "$output" = 'rcrun: standard output: write: no space left on device' ]
    done
}

# ---- misuse --------------------------------------------------------------------------------

@test "an unknown option is told in two lines" {
    for command in $(commands); do
        rcrun "$command" --nosuch
        # What exec itself fails at can be told from the status of the program.
        case $command in
        exec) [ "$status" -eq 255 ] ;;
        *) [ "$status" -eq 1 ] ;;
        esac
        [ -z "$output" ]
        [ "$stderr" = "rcrun $command: unknown option --nosuch
try: rcrun $command --help" ]
    done
    rcrun --nosuch run x
    [ "$status" -eq 1 ]
    [ "$stderr" = 'rcrun: unknown option --nosuch
try: rcrun --help' ]
}

@test "options cannot be abbreviated" {
    bundle
    rcrun run --bun . --dry-run x
    [ "$status" -eq 1 ]
    [ "${stderr_lines[0]}" = 'rcrun run: unknown option --bun (did you mean --bundle?)' ]
}

@test "global options go before the command" {
    rcrun run --root /x --dry-run y
    [ "$status" -eq 1 ]
    [ "$stderr" = 'rcrun run: --root goes before the command
hint: rcrun --root DIR COMMAND ...' ]
}

@test "an unknown command is told, with the nearest one" {
    rcrun ruin x
    [ "$status" -eq 1 ]
    [ "$stderr" = 'rcrun: unknown command ruin (did you mean run?)' ]
    rcrun frobnicate
    [ "$status" -eq 1 ]
    [ "$stderr" = 'rcrun: unknown command frobnicate' ]
    rcrun help frobnicate
    [ "$status" -eq 1 ]
    [ "$stderr" = 'rcrun: unknown command frobnicate' ]
}

@test "words of other tools have an answer" {
    for word in pull push build images; do
        rcrun "$word" debian
        [ "$status" -eq 1 ]
        [ "$stderr" = "rcrun: $word: rcrun starts root directories, it does not fetch images; \
see rcrun(1) ROOT DIRECTORIES" ]
    done
    text=
    for word in stop rm inspect ls top stats unpause attach mounts; do
        rcrun "$word" x
        [ "$status" -eq 1 ]
        text="$text$stderr
"
    done
    golden strangers "$text"
}

@test "every command that engines call is there" {
    for word in create start state kill delete exec list ps pause resume update events \
        checkpoint restore run spec features; do
        commands | grep -qx "$word"
        rcrun "$word" --help
        [ "$status" -eq 0 ]
        [[ ${lines[0]} == "Usage: rcrun $word"* ]]
    done
}

@test "operands are counted" {
    rcrun run
    [ "$status" -eq 1 ]
    [ "$stderr" = 'rcrun run: the container id is missing
try: rcrun run --help' ]
    rcrun run x sh
    [ "$status" -eq 1 ]
    [ "$stderr" = 'rcrun run: unexpected argument "sh"
hint: the command of the container goes behind --' ]
    rcrun features x
    [ "$status" -eq 1 ]
}

@test "a container id is checked first" {
    for id in '' . .. .x -x a/b 'a b' 'a:b' ü; do
        rcrun run -- "$id"
        [ "$status" -eq 1 ]
        [[ $stderr == 'rcrun: '*'container id'* ]]
    done
    rcrun run "$(printf 'a%.0s' $(seq 256))"
    [ "$status" -eq 1 ]
    [ "$stderr" = 'rcrun: container id of 256 bytes, more than 255' ]
    bundle
    rcrun run --dry-run 'a_B+9.-c.0'
    [ "$status" -eq 0 ]
}

# ---- forms of a command line ---------------------------------------------------------------

@test "options stand before or after the id, in any form" {
    bundle
    mkdir b
    mv config.json rootfs b
    rcrun run --dry-run -b b x
    [ "$status" -eq 0 ]
    text=$output
    root=$(sed -n 's/.* make_state root=\([^ ]*\) .*/\1/p' <<<"$output")
    for line in 'run x -b b --dry-run' 'run -bb --dry-run x' 'run --bundle=b x --dry-run' \
        'run -bundle b -dry-run x' 'run -bundle=b x -dry-run=true' 'run -b b --dry-run -- x' \
        'run --no-subreaper -no-subreaper -b=b --dry-run x' \
        '--rootless=true --systemd-cgroup run x -b b --dry-run' \
        '--rootless auto --cgroup-manager disabled run x -b b --dry-run' \
        '--criu /usr/sbin/criu --cgroup-manager=systemd run --dry-run x -b b' \
        '-root /nonexistent/x run --dry-run x -b b'; do
        # shellcheck disable=SC2086 # words
        rcrun $line
        [ "$status" -eq 0 ]
        # One of them has another root, and that is in the plan.
        diff -u <(printf '%s\n' "$text") <(printf '%s\n' "$output" | sed "s, root=/nonexistent/x , root=$root ,")
    done
}

@test "words of an option are checked" {
    for line in '--log-format xml' '--log-level=loud' '--rootless perhaps' '--cgroup-manager x'; do
        # shellcheck disable=SC2086 # words
        rcrun $line run x
        [ "$status" -eq 1 ]
        [ "${stderr_lines[1]}" = 'try: rcrun --help' ]
    done
    rcrun --log-format xml run x
    [ "${stderr_lines[0]}" = 'rcrun: unknown log-format "xml" (text, json)' ]
}

@test "a command behind -- is what runs" {
    bundle
    rcrun run --dry-run x -- /bin/echo --ro -b x
    [ "$status" -eq 0 ]
    grep -q '^ *[0-9]* init   exec args=\[/bin/echo, --ro, -b, x\] ' <<<"$output"
    rcrun run --dry-run x --
    [ "$status" -eq 1 ]
    [ "$stderr" = 'rcrun: no command behind --' ]
}

@test "--ro and --rw are edits of the config" {
    bundle
    sed 's/"readonly": true/"readonly": false/' config.json >rw.json
    for pair in '--rw x|-f rw.json x' '--ro -f rw.json x|x'; do
        # shellcheck disable=SC2086 # words
        rcrun run --dry-run ${pair%|*}
        [ "$status" -eq 0 ]
        text=$output
        # shellcheck disable=SC2086 # words
        rcrun run --dry-run ${pair#*|}
        [ "$output" = "$text" ]
    done
    rcrun run --dry-run --ro --rw x
    [ "$status" -eq 1 ]
    [ "$stderr" = 'rcrun: --ro and --rw exclude each other' ]
}

@test "--preserve-fds counts what is open and refuses directories" {
    bundle
    rcrun run --dry-run --preserve-fds 1 x 3</dev/null
    [ "$status" -eq 0 ]
    run --separate-stderr bash -c 'exec 3>&- 4>&-; "$RCRUN" run --dry-run --preserve-fds 1 x'
    [ "$status" -eq 1 ]
    [ "$stderr" = 'rcrun: --preserve-fds 1: descriptor 3 is not open' ]
    # The log's own descriptor is none of the caller's.
    run --separate-stderr bash -c 'exec 3>&- 4>&-
        "$RCRUN" --log l run --dry-run --preserve-fds 1 x'
    [ "$status" -eq 1 ]
    run --separate-stderr bash -c '"$RCRUN" run --dry-run --preserve-fds 1 x 3</etc'
    [ "$status" -eq 1 ]
    [[ $stderr == 'rcrun: --preserve-fds 1: descriptor 3 is a directory or a path'* ]]
    run --separate-stderr bash -c '"$RCRUN" run --dry-run --preserve-fds 4294967295 x 3</dev/null'
    [ "$status" -eq 1 ]
}

@test "closed standard descriptors do no harm" {
    bundle
    run bash -c '"$RCRUN" run --dry-run x <&- >&- 2>&-'
    [ "$status" -eq 0 ]
    run bash -c '"$RCRUN" --log l run -b /nonexistent x <&- >&- 2>&-'
    [ "$status" -eq 1 ]
    grep -q 'bundle /nonexistent: no such file or directory' l
}

# ---- the log -------------------------------------------------------------------------------

@test "the log has the error as one JSON line, and standard error has it as text" {
    rcrun --log l --log-format json run -b /nonexistent x
    [ "$status" -eq 1 ]
    [ -z "$output" ]
    [ "$stderr" = 'rcrun: bundle /nonexistent: no such file or directory' ]
    [ "$(wc -l <l)" -eq 1 ]
    [ "$(json level <l)" = error ]
    [ "$(json msg <l)" = 'bundle /nonexistent: no such file or directory' ]
    [[ $(json time <l) =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]+)?Z$ ]]
    [ "$(stat -c %a l)" = "$(printf '%o' $((0644 & ~$(umask))))" ]
    rcrun --log l --log-format json run -b /nonexistent x
    [ "$(wc -l <l)" -eq 2 ]
}

@test "wrong command lines are in the log, too" {
    rcrun --log=l --log-format=json run --nosuch
    [ "$status" -eq 1 ]
    [ "$(json msg <l)" = 'unknown option --nosuch' ]
    [ "${stderr_lines[0]}" = 'rcrun run: unknown option --nosuch' ]
    rcrun --log l2 --log-format json nosuch
    [ "$(json msg <l2)" = 'unknown command nosuch' ]
    rcrun --log l3 --log-format json --nosuch
    [ "$(json msg <l3)" = 'unknown option --nosuch' ]
}

@test "a log line is JSON whatever is in it" {
    for id in 'a"b\c' $'a\nb' $'a\tb\x01' $'\xff\xfe' ü; do
        rm -f l
        rcrun --log l --log-format json run "$id"
        [ "$status" -eq 1 ]
        [ "$(wc -l <l)" -eq 1 ]
        json msg <l >msg
        grep -q 'container id' msg
        [ "${#stderr_lines[@]}" -eq 1 ]
    done
}

@test "a log that cannot be opened is an error" {
    rcrun --log /nonexistent/l run x
    [ "$status" -eq 1 ]
    [ "$stderr" = 'rcrun: log file /nonexistent/l: no such file or directory' ]
}

@test "a log may be named as crun names it" {
    rcrun --log "file:$PWD/l" --log-format json run -b /nonexistent x
    [ "$status" -eq 1 ]
    [ "$(json msg <l)" = 'bundle /nonexistent: no such file or directory' ]
    for other in journald:x syslog:x; do
        rcrun --log "$other" run x
        [ "$status" -eq 1 ]
        [ "$stderr" = "rcrun: --log $other: is not supported; give a file" ]
        [ ! -e "$other" ]
    done
}

@test "a relative log and a bundle elsewhere go together" {
    bundle
    mkdir b
    mv config.json rootfs b
    rcrun --debug --log l run --dry-run -b b x
    [ "$status" -eq 0 ]
    [ -f l ]
    [ ! -e b/l ]
}

@test "hints can be switched off" {
    rcrun run x
    [ "${#stderr_lines[@]}" -eq 2 ]
    RCRUN_HINTS=0 rcrun run x
    [ "${#stderr_lines[@]}" -eq 1 ]
    rcrun --log-level error run x
    [ "${#stderr_lines[@]}" -eq 1 ]
}
