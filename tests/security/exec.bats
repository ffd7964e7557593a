#!/usr/bin/env bats
# Attacks on exec, by the container that it enters.  What fd.bats does to a run that joins the
# namespaces of an attacker is done here to a program more in the attacker's own container.

load lib

setup() { security_setup; }
teardown() {
    [ -z "${victim-}" ] || "$RCRUN" delete --force "$victim" || :
}

# A container in which an attacker is at work; $seen is what it says.
victim() { # COMMAND [ARG...]
    seen=$BATS_TEST_TMPDIR/seen
    program "$@"
    victim=v$$-$((starts += 1))
    "$RCRUN" run --detach --bundle "$bundle" "$victim" </dev/null >"$seen" 2>&1 3>&-
}

victim_ends() { # it has done its work
    local i
    for ((i = 0; i < 600; i++)); do
        [ "$("$RCRUN" state "$victim" | jq -r .status)" != stopped ] || break
        sleep 0.05
    done
    victim_goes
}

victim_goes() {
    "$RCRUN" delete --force "$victim"
    victim=
}

# exec with the runtime under attack; $status, and all output in $out.
enter() { # [OPTION...] -- COMMAND [ARG...]
    local options=() words
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    case $runtime in
    rcrun) words=("$RCRUN") ;;
    mutant:*) words=(env RCRUN_MUTANT="${runtime#mutant:}" "$RCRUN_MUTANT_PROGRAM") ;;
    esac
    status=0
    "${before[@]}" "$attack" reap "$report" "$SECONDS_EACH" "${inner[@]}" "${words[@]}" exec "${options[@]}" \
        "$victim" "$@" </dev/null >"$out" 2>&1 || status=$?
    [ "$status" != 99 ] || { cat "$out"; return 1; }
    judge_run
}

# All that a root of the namespaces can have.
sight='.process.capabilities|=(.bounding=["CAP_KILL","CAP_SYS_PTRACE","CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH","CAP_SYS_ADMIN"]|.effective=.bounding|.permitted=.bounding)'

# ---- FD-03, CVE-2024-21626: a working directory that the container made ---------------------------

attack_exec_cwd() { # NUMBER...
    local n inner=("$attack" hold 9 17 23 --)
    bundle box
    victim sleep 60
    for n; do
        ln -sfn "/proc/self/fd/$n" "$root/x"
        for directory in /x "/proc/self/fd/$n" "/x/..//"; do
            enter --cwd "$directory" -- cat "./$outside/file" "/proc/self/cwd/$outside/file"
            breach_if "cwd $directory ($n) shows the host" grep -q marker "$out"
        done
    done
    victim_goes
}

@test "FD-03: a link of the container is no way to a descriptor of the caller or of exec" {
    holds exec_cwd $(seq 3 24)
}
@test "FD-03 control: exec that uses chdir(2)" { falls mutant:cwd exec_cwd 9 17; }

attack_exec_cwd_race() { # TIMES
    local i inner=("$attack" hold 9 --)
    bundle box
    mkdir "$root/dir"
    ln -s /proc/self/fd/9 "$root/link"
    victim sleep 60
    try() {
        for ((i = 0; i < $1; i++)); do
            enter --cwd /dir -- cat "./$outside/file"
            breach_if 'the host by a swapped link' grep -q marker "$out"
        done
    }
    swapping "$root/dir" "$root/link" try "$1"
    victim_goes
}

@test "FD-03: nor is a directory that becomes a link meanwhile" { holds exec_cwd_race 60; }
@test "FD-03 control: exec that uses chdir(2) loses the race" { falls mutant:cwd exec_cwd_race 60; }

# ---- EXEC-01, EXEC-03: the entering processes, seen from inside ------------------------------------

attack_exec_hunt() { # TIMES
    local i inner=(env NOTE=launchers-secret)
    bundle box "$sight"
    victim /bin/attack hunt "$((500 + $1 * 40))" launchers-secret
    for ((i = 0; i < $1; i++)); do enter -- /bin/busybox true; done
    victim_ends
    cp "$seen" "$out"
    breach_if 'processes of the runtime are open' grep '^open' "$out"
    # Else it saw none of them, and nothing was tried.
    [ "$runtime" != rcrun ] || grep -q '^hidden [1-9]' "$out" || { cat "$out"; return 1; }
}

@test "EXEC-01: the container sees nothing of the processes that enter it (60 times)" {
    holds exec_hunt 60
}
@test "EXEC-01 control: processes that are dumpable" { falls mutant:dumpable exec_hunt 60; }

# ---- EXE-02, CVE-2019-5736: the container gets exec to run itself ----------------------------------

attack_exec_self() {
    local sum i RCRUN_MUTANT_PROGRAM=$RCRUN_MUTANT_PROGRAM
    mkdir -p bin
    cp "$RCRUN" bin/rcrun
    cp "$RCRUN_MUTANT_PROGRAM" bin/mutant
    local RCRUN=$PWD/bin/rcrun
    RCRUN_MUTANT_PROGRAM=$PWD/bin/mutant
    sum=$(sha256sum bin/*)
    bundle box "$sight"
    printf '#!/proc/self/exe check\n' >"$root/script"
    chmod 755 "$root/script"
    victim /bin/attack grab 6000
    for ((i = 0; i < 40; i++)); do
        if ((i % 2)); then enter -- /script; else enter -- /proc/self/exe check; fi
        [ ! -s "$seen" ] || break
    done
    victim_ends
    cat "$seen" >"$out"
    [ "$runtime" != rcrun ] || grep -q '^safe' "$out" || { cat "$out"; return 1; }
    breach_if 'the program could be opened for writing' grep -q written "$out"
    [ "$(sha256sum bin/*)" = "$sum" ] || breach 'the program was changed'
}

@test "EXE-02: what exec runs cannot be written, though it is the user's own file" { holds exec_self; }
@test "EXE-02 control: exec that runs from there" { falls mutant:seal exec_self; }

# ---- USR-01, CVE-2026-30892: a user that is no number ----------------------------------------------

attack_exec_user() {
    local user
    need_subids
    bundle box '.process.user={uid:5,gid:5}'
    victim sleep 60
    for user in '' : 1: :1 +1 ' 1' '1 ' -1 4294967295 4294967296 1:99999999999 0x1 1:1:1 x １; do
        enter --user "$user" -- id
        breach_if "--user '$user' runs: $(cat "$out")" grep -q uid= "$out"
    done
    victim_goes
}

@test "USR-01: what is no user does not become root" { holds exec_user; }
@test "USR-01 control: strtoull(3)" { falls mutant:number exec_user; }

# ---- CAP-01, CVE-2022-29162 ----------------------------------------------------------------------------

attack_exec_caps() {
    bundle box '.process.capabilities=(["CAP_KILL"]|{bounding:.,effective:.,permitted:.})'
    victim sleep 60
    for option in '' --cap=CAP_CHOWN --no-new-privs; do
        # shellcheck disable=SC2086 # none or one
        enter $option -- grep -E '^Cap(Inh|Amb):	0000000000000000' /proc/self/status
        [ "$(grep -c . "$out")" = 2 ] || breach "$option: inheritable or ambient capabilities"
    done
    enter -- grep '^CapBnd:	0000000000000020' /proc/self/status
    [ "$status" = 0 ] || breach 'more in the bounding set than the container has'
    victim_goes
}

@test "CAP-01: a program more has nothing inheritable, and no more than the container" { holds exec_caps; }
@test "CAP-01 control: exec that fills the inheritable and the bounding set" {
    falls mutant:caps exec_caps
    falls mutant:bounding exec_caps
}
