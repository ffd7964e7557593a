#!/usr/bin/env bats
# Descriptors, the current directory and the program of the runtime itself.

load lib

setup() { security_setup; }
teardown() { [ -z "${attacker-}" ] || kill "$attacker" 2>/dev/null || :; }

# ---- FD-01: started with 0, 1 and 2 closed ----------------------------------------------------

attack_closed_stdio() {
    bundle box '.process.args=["/bin/attack","fds","/log/fds"]' \
        '.mounts+=[{destination:"/log",type:"bind",source:($bundle+"/log"),options:["rbind","rw"]}]'
    mkdir "$bundle/log"
    local inner=("$attack" closed)
    start
    local want='0 char 1:3
1 char 1:3
2 char 1:3'
    [ "$(cat "$bundle/log/fds" 2>/dev/null)" = "$want" ] ||
        breach "descriptors inside: $(cat "$bundle/log/fds" 2>&1)"
}

@test "FD-01: closed 0, 1 and 2 become /dev/null, and nothing else" { holds closed_stdio; }
@test "FD-01 control: a runtime that leaves them closed" { falls mutant:stdio closed_stdio; }

# ---- FD-02, CVE-2024-21626: the current directory is a descriptor of the host -------------------

attack_cwd_fd() { # CALLER-HOLDS NUMBER...
    local inner=() n
    [ "$1" = no ] || inner=("$attack" hold 9 17 23 -- )
    shift
    bundle box
    script "cat ./$outside/file /proc/self/cwd/$outside/file"
    cp "$bundle/config.json" "$bundle/plain.json"
    for n; do
        cp "$bundle/plain.json" "$bundle/config.json"
        edit ".process.cwd=\"/proc/self/fd/$n\""
        start
        breach_if "cwd /proc/self/fd/$n shows the host" grep -q marker "$out"
        [ "$status" != 0 ] || breach "cwd /proc/self/fd/$n is taken"
        [ "$runtime" != rcrun ] || grep -q '^rcrun: .*process.cwd' "$out" || { cat "$out"; return 1; }
    done
}

@test "FD-02: no descriptor of the runtime is a current directory" {
    holds cwd_fd no $(seq 3 40)
}
@test "FD-02: no descriptor of the caller is a current directory" {
    holds cwd_fd yes $(seq 3 30)
}
@test "FD-02 control: crun" { falls crun cwd_fd yes 9; }
@test "FD-02 control: a runtime that uses chdir(2)" { falls mutant:cwd cwd_fd yes 9 17; }

# A directory of the caller that is inside at first and then is not: only getcwd(2) tells.
attack_cwd_unreachable() {
    bundle box '.process.cwd="/proc/1/root/proc/self/fd/9"'
    script "cat ./$outside/file"
    local inner=("$attack" hold 9 --)
    start
    breach_if 'the host through /proc/1/root' grep -q marker "$out"
    edit '.process.cwd="/l/dir"'
    ln -s /proc/self/fd/9/ "$root/l"
    start
    breach_if 'the host through a link of the image' grep -q marker "$out"
}

@test "FD-02: nor by way of links and /proc/1/root" { holds cwd_unreachable; }

# ---- FD-04, P-36: what the container inherits --------------------------------------------------

attack_inherit() { # WANTED [OPTION...]
    local want=$1
    shift
    bundle box '.process.args=["/bin/attack","fds"]'
    start "$@" 9</ 10<>"$bundle/config.json" 17</etc/hostname
    [ "$(cut -d' ' -f1,2 "$out" | tr '\n' ' ')" = "$want" ] || breach "inherited: $(cat "$out")"
}

@test "FD-04: the caller's descriptors stay outside" {
    holds inherit '0 char 1 file 2 file ' 3<"$BATS_TEST_FILENAME"
}
@test "FD-04 control: a runtime that does not close them" {
    falls mutant:cloexec inherit '0 char 1 file 2 file '
}
@test "FD-04: --preserve-fds gives exactly those" {
    holds inherit '0 char 1 file 2 file 3 file 4 file ' --preserve-fds 2 \
        3<"$BATS_TEST_FILENAME" 4<"$BATS_TEST_FILENAME" 5<"$BATS_TEST_FILENAME"
}
@test "FD-04: --preserve-fds refuses a directory and what is not open" {
    bundle box
    runtime=rcrun
    start --preserve-fds 1 3</
    refused
    grep -q 'descriptor 3 is a directory' "$out"
    start --preserve-fds 2 3<"$BATS_TEST_FILENAME" 4<&-
    refused
    grep -q 'descriptor 4 is not open' "$out"
}

attack_listen_fds() { # OWN: the sockets are meant for the runtime
    bundle box
    script 'env; /bin/attack fds'
    local inner=(sh -c 'LISTEN_FDS=1 LISTEN_PID='"$([ "$1" = own ] && echo '$$' || echo 1)"' exec "$@"' sh)
    start 3</
    breach_if 'a directory was passed on' grep -q '^3 dir' "$out"
    breach_if 'the variable was passed on' grep -q '^LISTEN_' "$out"
}

@test "FD-04: LISTEN_FDS of the caller lets no directory in" {
    holds listen_fds own
    holds listen_fds other
}
@test "FD-04 control: LISTEN_FDS where nothing is closed" { falls mutant:cloexec listen_fds other; }

# ---- EXE-01: the container gets the runtime to run itself, and writes into its program -----------

# An attacker in a container that the runtime joins: $attacker, its pid in $inside.
attacker() { # COMMAND [ARG...]
    local i words=()
    bundle attacker "$sight"
    program "$@"
    command_for "${joined-rcrun}" "a$$" --pid-file "$bundle/pid"
    "${words[@]}" </dev/null >"$BATS_TEST_TMPDIR/seen" 2>&1 3>&- &
    attacker=$!
    for ((i = 0; i < 200; i++)); do
        [ ! -s "$bundle/pid" ] || break
        sleep 0.02
    done
    inside=$(cat "$bundle/pid")
}
# All that a root of the namespaces can have.
sight='.process.capabilities|=(.bounding=["CAP_KILL","CAP_SYS_PTRACE","CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH","CAP_SYS_ADMIN"]|.effective=.bounding|.permitted=.bounding)'
join_attacker() {
    edit ".linux.namespaces|=map(select(.type!=\"pid\" and .type!=\"user\"))
            +[{type:\"pid\",path:\"/proc/$inside/ns/pid\"},
              {type:\"user\",path:\"/proc/$inside/ns/user\"}]" \
        'del(.linux.uidMappings,.linux.gidMappings)'
}

# With the caller's own file, as in ~/bin; OWN_PROGRAM=no: with that of somebody else, as in /usr/bin.
attack_run_self() {
    local sum i RCRUN=$RCRUN RCRUN_MUTANT_PROGRAM=$RCRUN_MUTANT_PROGRAM
    if [ "${OWN_PROGRAM-yes}" = yes ]; then
        mkdir -p bin
        cp "$RCRUN" bin/rcrun
        cp "$RCRUN_MUTANT_PROGRAM" bin/mutant
        RCRUN=$PWD/bin/rcrun RCRUN_MUTANT_PROGRAM=$PWD/bin/mutant
    fi
    sum=$(sha256sum "$RCRUN" "$RCRUN_MUTANT_PROGRAM")
    attacker /bin/attack grab 6000
    bundle box '.process.args=["/proc/self/exe","check"]'
    printf '#!/proc/self/exe check\n' >"$root/script"
    chmod 755 "$root/script"
    join_attacker
    for ((i = 0; i < 60; i++)); do
        start
        [ ! -s "$BATS_TEST_TMPDIR/seen" ] || break
        edit '.process.args=if .process.args[0]=="/script" then ["/proc/self/exe","check"]
              else ["/script"] end'
    done
    wait "$attacker" || :
    cat "$BATS_TEST_TMPDIR/seen" >"$out"
    # Else the attacker never got hold of it, and nothing was tried.
    [ "$runtime" != rcrun ] || grep -q '^safe' "$out" || { cat "$out"; return 1; }
    breach_if 'the program could be opened for writing' grep -q written "$out"
    [ "$(sha256sum "$RCRUN" "$RCRUN_MUTANT_PROGRAM")" = "$sum" ] || breach 'the program was changed'
}

@test "EXE-01: a container cannot write to a program in the user's own folder" { holds run_self; }
@test "EXE-01 control: a runtime that runs from there" { falls mutant:seal run_self; }

attack_loader() {
    local sum loader
    bundle box '.process.args=["/proc/self/exe","--version"]'
    mkdir -p bin "$root/lib64" "$root/lib/x86_64-linux-gnu"
    cp "$tools/loader" "$root/loader"
    for loader in lib64/ld-linux-x86-64.so.2 lib/ld-linux-aarch64.so.1 lib/ld-musl-x86_64.so.1; do
        cp "$tools/loader" "$root/$loader"
    done
    cp "$RCRUN" bin/rcrun
    cp /usr/bin/unshare bin/unshare
    sum=$(sha256sum bin/*)
    local RCRUN=$PWD/bin/rcrun
    if [ "$runtime" = unshare ]; then
        unshare -Urm sh -c "mount --rbind /proc '$root/proc'
            exec bin/unshare -m -R '$root' /proc/self/exe" >"$out" 2>&1 || :
    else
        start
    fi
    sleep 0.5
    cat "$root/result" >>"$out" 2>/dev/null || :
    breach_if 'the program could be opened for writing' grep -q written "$out"
    [ "$(sha256sum bin/*)" = "$sum" ] || breach 'the program was changed'
}

@test "EXE-01: a loader of the image gets no hold of the program" { holds loader; }
@test "EXE-01 control: a copy of unshare(1)" {
    [ "$(uname -m)" = x86_64 ] || skip 'the loader is for x86_64'
    falls unshare loader
}

# ---- SR-16: the runtime's processes, seen from a container that they join ------------------------

attack_hunt() { # STARTS
    local i
    attacker /bin/attack hunt "$((500 + $1 * 30))" launchers-secret
    bundle box
    join_attacker
    local inner=(env NOTE=launchers-secret)
    for ((i = 0; i < $1; i++)); do
        start
    done
    wait "$attacker" || :
    cp "$BATS_TEST_TMPDIR/seen" "$out"
    breach_if 'processes of the runtime are open' grep '^open' "$out"
    [ "$runtime" != rcrun ] || grep -q '^hidden [1-9]' "$out"
}

@test "EXEC-01: a joined container sees nothing of the runtime's processes (60 starts)" {
    holds hunt 60
}
@test "EXEC-01 control: processes that are dumpable" { falls mutant:dumpable hunt 60; }

# ---- EXE-03: no code of the image, no library, after the root was entered -------------------------

attack_library() {
    bundle box "$one_map" 'del(.process.env[1])'
    mkdir -p "$root/etc" "$root/lib/x86_64-linux-gnu" "$root/usr/lib/locale"
    echo 'passwd: trap' >"$root/etc/nsswitch.conf"
    echo /lib/trap.so >"$root/etc/ld.so.preload"
    echo rubbish | tee "$root"/lib/{trap.so,libnss_trap.so.2,x86_64-linux-gnu/libnss_trap.so.2} \
        "$root"/usr/lib/locale/locale-archive >/dev/null
    local inner=(strace -f -qq -o "$PWD/trace" -e trace=open,openat,openat2,execve,pivot_root)
    start
    # From the pivot on, what init opened until the program began.  The names are not readable
    # for a tracer without root, but what the C library opens it opens without a root.
    awk '/pivot_root\(/ { pid = $1 } $1 == pid && / execve\(/ { exit } $1 == pid' trace >opened
    grep -q pivot_root opened
    grep -q openat2 opened
    breach_if "opened: $(cat opened)" grep -qE ' (open|openat)\(' opened
}

@test "EXE-03: nothing of the image is loaded" {
    command -v strace >/dev/null || skip 'strace is not installed'
    holds library
}
@test "EXE-03 control: a runtime that asks the C library for the user" {
    command -v strace >/dev/null || skip 'strace is not installed'
    falls mutant:library library
}
