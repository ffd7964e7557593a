#!/usr/bin/env bats
# Devices and terminals.

load lib

setup() { security_setup; }

# ---- DEV-01: CVE-2026-41579, CVE-2026-47766: /dev of the image ----------------------------------------

attack_dev_link() { # MOUNTED: tmpfs or no
    bundle box
    [ "$1" = tmpfs ] || edit "$without_dev"
    rmdir "$root/dev"
    ln -s "$outside" "$root/dev"
    script '[ -c /dev/null ] && echo inside'
    start
    [ "$1" = no ] || grep -qx inside "$out" || breach "the mount is somewhere else: $(<"$out")"
}

@test "DEV-01: a link at /dev is refused" {
    holds dev_link no
    refused
    grep -q '/dev of the root must be a directory' "$out"
}
@test "DEV-01: a mount on a link at /dev lands inside" { holds dev_link tmpfs; }
@test "DEV-01 control: runc" { falls runc dev_link no; }
@test "DEV-01 control: crun" { falls crun dev_link no; }
@test "DEV-01 control: a runtime that follows it" { falls mutant:naive dev_link tmpfs; }

@test "DEV-01: /dev that is no directory is refused" {
    local kind
    for kind in file fifo dangling loop; do
        bundle box "$without_dev"
        runtime=rcrun
        rmdir "$root/dev"
        case $kind in
        file) : >"$root/dev" ;;
        fifo) mkfifo "$root/dev" ;;
        dangling) ln -s nowhere "$root/dev" ;;
        loop) ln -s dev "$root/dev" ;;
        esac
        start
        refused || { cat "$out"; return 1; }
        [ ! -e "$root/nowhere" ]
    done
}

# ---- DEV-02, L-26, CVE-2025-31133: /dev/null of the container is something else -----------------------

fake_dev() { # KIND: the directory for /dev, with such a null
    mkdir -p "$bundle/dev"/{pts,shm}
    case $1 in
    link) ln -s /etc/target "$bundle/dev/null" ;;
    file) echo ATTACKER >"$bundle/dev/null" ;;
    fifo) mkfifo "$bundle/dev/null" ;;
    dir) mkdir "$bundle/dev/null" ;;
    none) ;;
    esac
    touch "$bundle/dev"/{zero,full,tty,random,urandom}
    ln -s pts/ptmx "$bundle/dev/ptmx"
    echo SECRET >"$root/etc/masked"
    echo ATTACKER >"$root/etc/target"
    edit "$without_dev" '.mounts+=[{destination:"/dev",type:"bind",source:($bundle+"/dev"),options:["rbind"]}]'
}

attack_fake_null() { # KIND
    bundle box '.linux.maskedPaths=["/etc/masked","/proc/keys","/proc/timer_list"]'
    SECONDS_EACH=4
    fake_dev "$1"
    script 'cat /etc/masked; echo written >/etc/masked; grep -E " /(etc/masked|proc/keys) " /proc/self/mountinfo'
    start
    if [ "$status" != 0 ] && [ "$runtime" != rcrun ]; then
        return
    fi
    breach_if 'the mask shows something' grep -qE 'ATTACKER|SECRET' "$out"
    [ -p "$bundle/dev/null" ] || [ -d "$bundle/dev/null" ] || ! grep -qs written "$bundle/dev/null" ||
        breach 'a write came through'
    breach_if 'a write came through' grep -q written "$root/etc/target" "$root/etc/masked"
    [ "$(grep -c ' /null /[a-z]*/[a-z]* ro,.* - devtmpfs ' "$out")" = 2 ] ||
        breach "the mask is not the host's null device: $(<"$out")"
}

@test "DEV-02: masks are the host's null device, whatever the container's is" {
    local kind
    for kind in link fifo dir none; do
        echo "kind $kind"
        holds fake_null "$kind"
    done
}
@test "DEV-02 control: runc" {
    falls runc fake_null link
    falls runc fake_null fifo
}
@test "DEV-02 control: a runtime that takes the container's own" {
    falls mutant:mask fake_null link
    falls mutant:mask fake_null file
}

attack_null_swap() { # COUNT
    bundle box '.linux.maskedPaths=["/etc/masked"]'
    fake_dev none
    touch "$bundle/dev/null"
    ln -s /etc/target "$bundle/dev/other"
    program /bin/cat /etc/masked
    swapping "$bundle/dev/null" "$bundle/dev/other" race "$1" --word ATTACKER
}

@test "DEV-02: /dev/null swapped during 200 starts" { holds null_swap 200; }
@test "DEV-02 control: a runtime that takes the container's own, as often" {
    falls mutant:mask null_swap 200
}

# ---- DEV-03: rcrun's own output ------------------------------------------------------------------------

attack_own_output() { # KIND TO
    local inner=()
    SECONDS_EACH=5
    bundle box
    fake_dev "$1"
    script 'echo one; echo two >&2; echo three'
    case $2 in
    pipe) inner=(sh -c '"$@" 2>&1 | cat' sh) ;;
    null) inner=(sh -c '"$@" >/dev/null' sh) ;;
    esac
    start
    case $2 in
    null) [ "$(<"$out")" = two ] || breach "not all of it: $(<"$out")" ;;
    *) [ "$(<"$out")" = $'one\ntwo\nthree' ] || breach "not all of it: $(<"$out")" ;;
    esac
    [ "$(<"$root/etc/target")" = ATTACKER ] || breach "output went to the image: $(<"$root/etc/target")"
    [ ! -s "$bundle/dev/null" ] || [ "$(<"$bundle/dev/null")" = ATTACKER ] || [ "$1" = dir ] ||
        breach "output went to the image: $(<"$bundle/dev/null")"
}

@test "DEV-03: output goes where the caller sends it" {
    local kind to
    for kind in link file dir; do
        for to in file pipe null; do
            echo "kind $kind to $to"
            holds own_output "$kind" "$to"
        done
    done
}
@test "DEV-03 control: crun" { falls crun own_output link file; }

# ---- TTY-01: typing into the caller's terminal ---------------------------------------------------------

attack_type() {
    local inner=("$attack" pty)
    bundle box
    program /bin/attack tiocsti
    if [ "$runtime" = unshare ]; then
        "$attack" pty unshare -Ur "$attack" tiocsti >"$out" 2>&1
    else
        start
    fi
    tr -d '\r' <"$out" >lines
    breach_if "$(grep -E 'done|typed' lines)" grep -qE 'TIOCSTI.*done|typed' lines
    [ "$runtime" != rcrun ] || [ "$(grep -cE '^[012] TIOC[A-Z+a-z]* E[A-Z]*$' lines)" = 12 ] ||
        { cat lines; return 1; }
    [ "$runtime" != rcrun ] || grep -q '^/dev/tty E' lines
}

needs_tiocsti() {
    [ "$(cat /proc/sys/dev/tty/legacy_tiocsti 2>/dev/null || echo 1)" = 1 ] ||
        skip 'this kernel allows no TIOCSTI at all (dev.tty.legacy_tiocsti)'
}

@test "TTY-01: a container cannot type into the terminal that it inherits" { holds type; }
@test "TTY-01 control: unshare(1)" {
    needs_tiocsti
    falls unshare type
}
@test "TTY-01 control: a runtime that stays in the caller's session" {
    needs_tiocsti
    falls mutant:session type
}

# ---- TTY-02: CVE-2019-10063: the upper half of a request -------------------------------------------------

attack_filter() { # CONDITION: the argument that a filter refuses
    local inner=("$attack" pty)
    bundle box '.process.terminal=true' ".linux.seccomp={defaultAction:\"SCMP_ACT_ALLOW\",syscalls:[
        {names:[\"ioctl\"],action:\"SCMP_ACT_ERRNO\",args:[$1]}]}"
    program /bin/attack tiocsti
    start
    tr -d '\r' <"$out" >lines
    breach_if "$(grep 'done' lines)" grep -q 'TIOCSTI.*done' lines
    grep -q '^0 TIOCSTI EPERM' lines
}

@test "TTY-02: a masked comparison stops both forms of TIOCSTI" {
    holds filter '{index:1,value:4294967295,valueTwo:21522,op:"SCMP_CMP_MASKED_EQ"}'
}
@test "TTY-02 control: a comparison of all 64 bits" {
    needs_tiocsti
    falls rcrun filter '{index:1,value:21522,op:"SCMP_CMP_EQ"}'
}

# ---- TTY-03, CVE-2025-52565: /dev/console of the image ---------------------------------------------------

attack_console() {
    local inner=("$attack" pty)
    bundle box
    fake_dev file
    echo KEEP-THIS >"$root/etc/target"
    ln -s ../etc/target "$bundle/dev/console"
    edit '.process.terminal=true' '.mounts+=[{destination:"/dev/pts",type:"devpts",source:"devpts",
        options:["nosuid","noexec","newinstance","ptmxmode=0666","mode=0620"]}]'
    program /bin/grep ' /etc/target ' /proc/self/mountinfo
    start
    [ "$(<"$root/etc/target")" = KEEP-THIS ] || breach "truncated: $(<"$root/etc/target")"
    breach_if 'mounted over' grep -q ' /etc/target ' "$out"
}

@test "TTY-03: a console that is a link harms no file" { holds console; }
@test "TTY-03 control: runc" { falls runc console; }
@test "TTY-03 control: a runtime that follows it" { falls mutant:naive console; }

# ---- TTY-04: the terminal by descriptor, not by name ------------------------------------------------------

attack_terminal_name() {
    local inner=("$attack" pty strace -f -qq -o "$PWD/trace" -e trace=ioctl,open,openat,openat2)
    bundle box "$one_map" '.process.terminal=true'
    program /bin/true
    start
    grep -q TIOCSPTLCK trace
    # The slave is the very next that is opened.
    awk '/TIOCSPTLCK/ { on = 1; next } on && /TIOCGPTPEER| open(at|at2)?\(/ { print; exit }' trace >next
    grep -q 'TIOCGPTPEER' next || breach "opened by name: $(<next)"
}

@test "TTY-04: the terminal is never opened by its name" {
    command -v strace >/dev/null || skip 'strace is not installed'
    holds terminal_name
}
@test "TTY-04 control: a runtime that opens /dev/pts/N" {
    command -v strace >/dev/null || skip 'strace is not installed'
    falls mutant:pty terminal_name
}
@test "TTY-04 control: runc" {
    command -v strace >/dev/null || skip 'strace is not installed'
    falls runc terminal_name
}
