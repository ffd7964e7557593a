#!/usr/bin/env bats
# Bundle and config: what is said about them, and the config that `spec` writes.

load cli

# ---- bundle and config ---------------------------------------------------------------------

@test "a missing config is told with its path" {
    rcrun run x
    [ "$status" -eq 1 ]
    [ "$stderr" = "rcrun: $PWD/config.json: no such file or directory
hint: rcrun spec writes one; or give --rootfs DIR, which needs none" ]
    rcrun run -f other.json x
    [ "$stderr" = "rcrun: $PWD/other.json: no such file or directory" ]
}

@test "a missing root is told with what is there instead" {
    bundle
    mv rootfs ubuntufs
    rcrun run --dry-run x
    [ "$status" -eq 1 ]
    [ "$stderr" = "rcrun: config.json:3:21: root.path: \"rootfs\": no such directory in $PWD
hint: put a root file system there, or set root.path or --rootfs; there is ubuntufs" ]
}

@test "an error of the config has line and column" {
    bundle
    sed -i 's,"cwd": "/","cwd": "x",' config.json
    rcrun run --dry-run x
    [ "$status" -eq 1 ]
    [[ ${stderr_lines[0]} == 'rcrun: config.json:8:12: process.cwd: '* ]]
    mkdir b
    mv config.json rootfs b
    rcrun run -b b --dry-run x
    [[ ${stderr_lines[0]} == 'rcrun: b/config.json:8:12: process.cwd: '* ]]
    rcrun run -b b -f "$PWD/b/config.json" --dry-run x
    [[ ${stderr_lines[0]} == "rcrun: $PWD/b/config.json:8:12: process.cwd: "* ]]
}

@test "a config that is no regular file is refused" {
    bundle
    mkfifo fifo
    for file in rootfs fifo /dev/zero; do
        run --separate-stderr timeout 5 "$RCRUN" run --dry-run -f "$file" x
        [ "$status" -eq 1 ]
    done
    truncate -s 5M big.json
    rcrun run --dry-run -f big.json x
    [ "$status" -eq 1 ]
    [[ $stderr == *big.json*'more than 4194304'* ]]
}

@test "a dry run does nothing and says what would be done" {
    bundle
    mkdir empty b
    mv config.json rootfs b
    before=$(find b empty | sort)
    rcrun --root "$PWD/empty" run --dry-run -b b --pid-file empty/pid x
    [ "$status" -eq 0 ]
    [ "$before" = "$(find b empty | sort)" ]
    [[ ${lines[0]} =~ ^\ +1\ parent ]]
    grep -q " write_pid_file path=$PWD/empty/pid " <<<"$output"
    grep -q ' exec args=\[/bin/sh\] ' <<<"$output"
}

@test "a config without user namespace gets one, unless --rootless=false" {
    [ "$(id -u)" -ne 0 ] || skip 'run by root'
    bundle
    sed -i 's/, { "type": "user" }//' config.json
    rcrun run --dry-run x
    [ "$status" -eq 0 ]
    [[ $stderr == 'rcrun: warning: the config has no user namespace'* ]]
    rcrun --rootless=false run --dry-run x
    [ "$status" -eq 1 ]
    [[ $stderr == *'linux.namespaces: '* ]]
}

# ---- spec ----------------------------------------------------------------------------------

@test "spec writes a config once, and says so" {
    umask 027
    rcrun spec
    [ "$status" -eq 0 ]
    [[ $output == 'wrote config.json ('* ]]
    [ "$(stat -c %a config.json)" = 640 ]
    rcrun spec
    [ "$status" -eq 1 ]
    [ "$stderr" = 'rcrun: File config.json exists. Remove it first' ]
    rm config.json
    ln -s nowhere config.json
    rcrun spec
    [ "$status" -eq 1 ]
    [ ! -e nowhere ]
    mkdir b
    rcrun spec -b b
    [ "$status" -eq 0 ]
    [[ $output == 'wrote b/config.json ('* ]]
    rcrun spec --bundle b
    [ "$stderr" = 'rcrun: File b/config.json exists. Remove it first' ]
    rcrun spec -b b -f other.json
    [ -f b/other.json ]
    rcrun spec --file "$PWD/third.json"
    [ -f third.json ]
    rcrun spec -b nonexistent
    [ "$status" -eq 1 ]
    [ "$(find . -name '.*.json*')" = '' ]
}

@test "spec leaves nothing behind on a full disk" {
    [ "$(id -u)" -ne 0 ] || skip 'run by root'
    unshare -Urm true 2>/dev/null || skip 'no user namespaces'
    mkdir full
    # shellcheck disable=SC2016 # the inner shell's
    run unshare -Urm sh -c 'mount -t tmpfs -o size=8k full full && cd full &&
        head -c 8192 /dev/zero >fill 2>/dev/null; "$RCRUN" spec; echo $?; ls -A'
    [[ $output == *'no space left on device'* ]]
    [ "${lines[-2]}" = 1 ]
    [ "${lines[-1]}" = fill ]
}

@test "spec --print writes to standard output alone" {
    rcrun spec --print
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    [ ! -e config.json ]
    text=$output
    "$RCRUN" spec -f file.json >/dev/null
    [ "$text" = "$(cat file.json)" ]
}

@test "spec has a form for users and one for root" {
    "$RCRUN" spec --rootless -f user.json >said
    grep -q '(rootless, for uid ' said
    [ "$(of user.json '[n["type"] for n in c["linux"]["namespaces"]].count("user")')" = 1 ]
    [ "$(of user.json '[n["type"] for n in c["linux"]["namespaces"]].count("network")')" = 1 ]
    [ "$(of user.json 'c["linux"]["uidMappings"][0]')" = \
        "{\"containerID\": 0, \"hostID\": $(id -u), \"size\": 1}" ]
    [ "$(of user.json 'c["linux"]["gidMappings"][0]')" = \
        "{\"containerID\": 0, \"hostID\": $(id -g), \"size\": 1}" ]
    [ "$(of user.json '"resources" in c["linux"]')" = false ]
    [ "$(of user.json '[o for m in c["mounts"] for o in m.get("options", [])
        if o[:4] in ("uid=", "gid=")]')" = '[]' ]
    [ "$(of user.json '[m["type"] for m in c["mounts"] if m["destination"] == "/sys"]')" = \
        '["sysfs"]' ]

    "$RCRUN" spec --rootless --net=host -f host.json >said
    [ "$(of host.json '[n["type"] for n in c["linux"]["namespaces"]].count("network")')" = 0 ]
    [ "$(of host.json '[m["type"] for m in c["mounts"] if m["destination"] == "/sys"]')" = \
        '["none"]' ]

    "$RCRUN" spec --rootless=false -f root.json >said
    [ "$(cat said)" = 'wrote root.json (for root)' ]
    [ "$(of root.json '[n["type"] for n in c["linux"]["namespaces"]].count("user")')" = 0 ]
    [ "$(of root.json '[n["type"] for n in c["linux"]["namespaces"]].count("network")')" = 1 ]
    [ "$(of root.json '"uidMappings" in c["linux"]')" = false ]

    "$RCRUN" spec -f auto.json >/dev/null
    "$RCRUN" spec --rootless=auto -f auto2.json >/dev/null
    cmp auto.json auto2.json
    if [ "$(id -u)" -eq 0 ]; then cmp auto.json root.json; else cmp auto.json user.json; fi
}

@test "spec maps the subordinate ids where there are some" {
    [ "$(id -u)" -ne 0 ] || skip 'run by root'
    grep -q "^$(id -un):" /etc/subuid && command -v newuidmap || skip 'no subordinate ids'
    "$RCRUN" spec >/dev/null
    [ "$(of config.json 'c["linux"]["uidMappings"][1]["containerID"]')" = 1 ]
    # Without the helpers they cannot be mapped.
    PATH=/nonexistent "$RCRUN" spec -f single.json >/dev/null
    case $(of single.json 'len(c["linux"]["uidMappings"])') in
    1) ;;
    *) [ -x /usr/bin/newuidmap ] ;; # looked for there as well
    esac
}

@test "what spec writes is what the schema and run accept" {
    mkdir -p rootfs/bin
    : >rootfs/bin/sh
    "$RCRUN" spec >/dev/null
    sed -i 's/"terminal": true/"terminal": false/' config.json
    if [ "$(id -u)" -ne 0 ]; then
        rcrun run --dry-run x
        [ "$status" -eq 0 ]
        [ -z "$stderr" ]
    fi
    need_schema
    for form in '' --rootless --rootless=false; do
        # shellcheck disable=SC2086 # a word or none
        "$RCRUN" spec --print $form >form.json
        python3 "$schemas/validate.py" "$schemas/oci/config-schema.json" form.json
    done
}

@test "options of spec and of run are the same edits" {
    bundle
    for options in --rw --ro '-- /bin/echo hi' '--rw -- ls -l'; do
        rm -f config.json
        "$RCRUN" spec >/dev/null
        sed -i 's/"terminal": true/"terminal": false/' config.json
        # shellcheck disable=SC2086 # words
        "$RCRUN" run --dry-run x $options >by-run
        rm config.json
        # shellcheck disable=SC2086 # words
        "$RCRUN" spec $options >/dev/null
        sed -i 's/"terminal": true/"terminal": false/' config.json
        "$RCRUN" run --dry-run x >by-spec
        diff -u by-run by-spec
    done
}

@test "spec --rootfs takes a root directory and the shell in it" {
    mkdir -p deb/bin box/bin none/bin b
    : >deb/bin/bash
    ln -s /bin/bash deb/bin/sh
    : >box/bin/busybox
    "$RCRUN" spec --rootfs deb/ -f deb.json >/dev/null
    [ "$(of deb.json '[c["root"]["path"], c["process"]["args"]]')" = '["deb", ["/bin/sh"]]' ]
    "$RCRUN" spec --rootfs box -b b >/dev/null
    [ "$(of b/config.json '[c["root"]["path"], c["process"]["args"]]')" = \
        "[\"$PWD/box\", [\"/bin/busybox\", \"sh\"]]" ]
    rcrun spec --rootfs none -f none.json
    [ "$status" -eq 0 ]
    [ "$stderr" = 'rcrun: warning: none has no shell; give the command behind --' ]
    rcrun spec --rootfs none -f cmd.json -- /x
    [ -z "$stderr" ]
    rcrun spec --rootfs nonexistent -f no.json
    [ "$status" -eq 1 ]
    [ "$stderr" = 'rcrun: --rootfs nonexistent: no such file or directory' ]
    [ ! -e no.json ]
}
