#!/usr/bin/env bats
# Commands that only tell: features, check, explain.

load cli

# ---- features, check, explain --------------------------------------------------------------

@test "features is JSON on standard output and nothing else" {
    rcrun features
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    printf '%s\n' "$output" >f.json
    [ "$(of f.json '[c["ociVersionMin"], c["ociVersionMax"]]')" = '["1.0.0", "1.3.0"]' ]
    [ "$(of f.json 'len(c["hooks"])')" = 6 ]
    [ "$(of f.json 'all(o in c["mountOptions"] for o in ("rro", "rbind", "tmpcopyup", "idmap", "ridmap"))')" = true ]
    [ "$(of f.json 'len(c["linux"]["namespaces"])')" = 8 ]
    [ "$(of f.json 'len(c["linux"]["capabilities"])')" = 41 ]
    [ "$(of f.json 'len(c["linux"]["seccomp"]["actions"])')" = 9 ]
    [ "$(of f.json 'len(c["linux"]["seccomp"]["operators"])')" = 7 ]
    [ "$(of f.json 'any(c["linux"]["cgroup"].values())')" = false ]
    [ "$(of f.json 'c["linux"]["mountExtensions"]["idmap"]["enabled"]')" = true ]
    [ "$(of f.json 'c["annotations"]["org.rcrun.version"]')" = \
        "\"$("$RCRUN" --version | sed -n '1s/.* //p')\"" ]
    [ "$(of f.json '"run.oci." in c["potentiallyUnsafeConfigAnnotations"]')" = true ]
}

@test "features follows the schema" {
    need_schema
    "$RCRUN" features >f.json
    python3 "$schemas/validate.py" "$schemas/oci/features-schema.json" f.json
}

@test "features does not look at the host" {
    # shellcheck disable=SC2016 # the inner shell's
    text=$("$RCRUN" features)
    run env -i "$RCRUN" features
    [ "$output" = "$text" ]
    command -v strace >/dev/null || skip 'strace is not installed'
    run strace -f -o trace "$RCRUN" features
    [ "$status" -eq 0 ] || skip 'strace does not work here'
    [ "${SANITIZERS-}" != yes ] || skip "the sanitizer reads /proc/self/maps"
    # Its libraries are all that is opened, and that only in a dynamic build.
    run grep -vE '\.so|ENOENT' <(grep -E '^[0-9]+ +(open|openat|execve)\(' trace | tail -n +2)
    [ -z "$output" ]
}

@test "check tells row by row, and its JSON says the same" {
    rcrun check
    [ "$status" -le 1 ]
    [ -z "$stderr" ]
    [[ ${lines[-1]} == usable* || ${lines[-1]} == 'not usable' ]]
    ids=$(printf '%s\n' "$output" | sed -n 's/^\(ok\|warn\|fail\|skip\)  *\([a-z-]*\) .*/\2/p')
    [ "$(printf '%s' "$ids" | tr '\n' ' ')" = "kernel userns idmap subuid subgid helpers proc sys \
dev cgroup limits systemd tun net overlay fuse unpack seccomp lsm runtime-dir tty wsl" ]
    "$RCRUN" check --format json >c.json || [ $? -eq 1 ]
    [ "$(of c.json '" ".join(r["id"] for r in c["checks"])')" = "\"$(echo $ids)\"" ]
    need_schema
    python3 "$schemas/validate.py" "$schemas/rcrun/check.json" c.json
}

@test "check tells only what to do, if asked" {
    "$RCRUN" check --format json >c.json || [ $? -eq 1 ]
    jq -r '.checks[] | select(.hint) | "\(.id) \(.hint)"' c.json >want
    "$RCRUN" check --fix-hints >hints || [ $? -eq 1 ]
    sed 's/^\([a-z-]*\) */\1 /' hints >got
    diff want got
    bundle
    jq '.linux.resources = { memory: { limit: 1048576 } }' config.json >c && mv c config.json
    "$RCRUN" check --bundle . --fix-hints >hints && false
    grep -q "^bundle      remove it" hints
    rcrun check --fix-hints --format json
    [ "$status" = 1 ]
    [ -z "$output" ]
    [[ $stderr = *--fix-hints* ]]
}

@test "check looks at a bundle" {
    [ "$(id -u)" -ne 0 ] || skip 'run by root'
    bundle
    rcrun check -b .
    grep -q "^ok    bundle      $PWD can be run\$" <<<"$output"
    rm -r rootfs
    rcrun check --bundle .
    [ "$status" -eq 1 ]
    grep -q '^fail  bundle      \./config.json:3:21: root.path: ' <<<"$output"
    [ "${lines[-1]}" = 'not usable' ]
}

@test "check has colours on a terminal only" {
    script -qec true /dev/null </dev/null >/dev/null 2>&1 || skip 'script(1) does not work here'
    run bash -c '"$RCRUN" check'
    [[ $output != *$'\033['* ]]
    TERM=xterm run script -qec "$RCRUN check" /dev/null
    [[ $output == *$'\033[32mok\033[0m '* ]]
    TERM=xterm NO_COLOR=1 run script -qec "$RCRUN check" /dev/null
    [[ $output != *$'\033['* ]]
    TERM=dumb run script -qec "$RCRUN check" /dev/null
    [[ $output != *$'\033['* ]]
    TERM=xterm run script -qec "$RCRUN check --format json" /dev/null
    [[ $output != *$'\033['* ]]
}

@test "explain tells what run would do" {
    bundle
    rcrun explain x
    [ "$status" -eq 0 ]
    [[ $output == *'# mounts[0]'* ]]
    rcrun explain --rw
    [ "$status" -eq 0 ]
    rcrun explain --why /proc x
    [ "$status" -eq 0 ]
    grep -q ' mount_fs .*target=/proc .*# mounts\[0\]' <<<"$output"
    for line in "${lines[@]}"; do [[ $line == */proc* ]]; done
    rcrun explain --why nosuchthing x
    [ "$status" -eq 1 ]
    [ "$stderr" = 'rcrun: no step has "nosuchthing" in it' ]
    mv rootfs elsewhere
    rcrun run --dry-run x
    text=$stderr
    rcrun explain x
    [ "$status" -eq 1 ]
    [ "$stderr" = "$text" ]
}

@test "explain --format json has all steps of the plan" {
    bundle
    "$RCRUN" explain --format json x >p.json
    [ "$(of p.json 'len(c["steps"])')" = "$("$RCRUN" run --dry-run x | wc -l)" ]
    need_schema
    python3 "$schemas/validate.py" "$schemas/rcrun/explain.json" p.json
}

@test "facts of one host make a plan on another" {
    bundle
    "$RCRUN" explain --facts x >facts.json
    "$RCRUN" run --dry-run x >here
    "$RCRUN" run --dry-run --facts-from facts.json x >there
    cmp here there
    "$RCRUN" explain --facts-from facts.json --facts x >again.json
    cmp facts.json again.json
    rcrun run --facts-from facts.json x
    [ "$status" -eq 1 ]
    [ "$stderr" = 'rcrun: --facts-from goes with --dry-run' ]
}

@test "the plan manual names every step" {
    steps=$here/../../src/plan/steps.def
    [ -f "$steps" ] || skip 'no source'
    for step in $(sed -n 's/^STEP(\([a-z_]*\),.*/\1/p' "$steps"); do
        grep -qE "^\.It ([a-z_]+ , )*$step( ,|\$)" "$here/../../man/rcrun-plan.7" ||
            { echo "rcrun-plan(7) lacks $step" && false; }
    done
}
