#!/usr/bin/env bats
# Commands on a container that is there already, its hooks, and who its first process is.

load lib

setup() { security_setup; }
teardown() {
    local pid
    for pid in ${box_pid-} ${victim-}; do kill -9 "$pid" 2>/dev/null || :; done
    remove_box
}

# The runtime with its options, in $words.
runtime_words() {
    case $runtime in
    rcrun) words=("$RCRUN") ;;
    mutant:*) words=(env RCRUN_MUTANT="${runtime#mutant:}" "$RCRUN_MUTANT_PROGRAM") ;;
    runc) words=(runc --root "$runtime_dir/runc") ;;
    crun) words=(crun --cgroup-manager=disabled --root "$runtime_dir/crun") ;;
    nsenter) words=(nsenter) ;;
    *) return 99 ;;
    esac
}

# A container that runs: its id is $box, its first process $box_pid.
run_box() { # [PROGRAM [ARG...]]
    local words
    [ $# -gt 0 ] || set -- /bin/sleep 1000
    program "$@"
    runtime_words
    [ "$runtime" != nsenter ] || words=("$RCRUN")
    boxes=$((${boxes-0} + 1))
    box=b$$-$boxes
    "${words[@]}" run --detach --pid-file "$bundle/pid" --bundle "$bundle" "$box" </dev/null >"$out" 2>&1 3>&-
    box_pid=$(cat "$bundle/pid")
}
remove_box() {
    [ -z "${box-}" ] || in_box delete --force "$box" >/dev/null 2>&1 || :
    box=
}

# A command of the runtime on it.  $status, and all output in $out.
in_box() { # ARG...
    local words begin=$SECONDS
    runtime_words
    [ "$runtime" != nsenter ] || words=("$RCRUN")
    status=0
    timeout -k 1 "$SECONDS_EACH" "${words[@]}" "$@" </dev/null >"$out" 2>&1 3>&- || status=$?
    # Not by the status: 137 is that of a program that was killed, too.
    [ $((SECONDS - begin)) -lt "$SECONDS_EACH" ] || breach "it hangs: $*"
}

# ---- HOOK-01: what a hook is given -------------------------------------------------------------

hooks_that_tell() {
    edit '.hooks=(["createRuntime","createContainer","startContainer","poststart","poststop"]|map({key:.,value:[
        {path:"/bin/sh",args:["sh","-c","{ cat /proc/self/environ; echo; readlink /proc/self/cwd; ls /proc/self/fd; } >"
            +(if .=="startContainer" then "" else $bundle end)+"/tell."+.]}]})|from_entries)'
}

attack_hook() {
    local kind file inner=(env NOTE=launchers-secret "$attack" hold 9 17 --)
    bundle box '.process.env+=["LD_PRELOAD=/proc/self/cwd/x.so","LD_LIBRARY_PATH=/proc/self/cwd"]' \
        '.process.args=["/bin/sleep","0.2"]'
    echo rubbish >"$root/x.so"
    hooks_that_tell
    start
    mv "$root/tell.startContainer" "$bundle/" || { cat "$out"; return 1; }
    for kind in createRuntime createContainer startContainer poststart poststop; do
        file=$bundle/tell.$kind
        [ -s "$file" ] || { echo "$kind did not run"; return 1; }
        breach_if "$kind: environment of the caller" grep -aq launchers-secret "$file"
        breach_if "$kind: environment of the container" grep -aq LD_ "$file"
        breach_if "$kind: it stands in the image" grep -aqxF "$root" "$file"
        # Those of ls and of the shell that waits for it are low ones.
        breach_if "$kind: descriptors of the caller" grep -aqxE '9|17' "$file"
    done
}

@test "HOOK-01: a hook gets nothing of the caller and nothing of the container" { holds hook; }
@test "HOOK-01 control: a runtime that passes its environment on" { falls mutant:hook-env hook; }
@test "HOOK-01 control: a runtime that closes nothing" { falls mutant:cloexec hook; }
@test "HOOK-01 control: runc" { falls runc hook; }

# ---- HOOK-02: a hook that does not end ----------------------------------------------------------

attack_hook_hangs() {
    bundle box '.hooks.createRuntime=[{path:"/bin/sh",timeout:1,
        args:["sh","-c","trap : TERM; sleep 300 & sleep 300; true"]}]'
    start
    [ "$status" != 0 ] || breach 'the container runs'
}

@test "HOOK-02: a hook past its timeout is ended with its children" { holds hook_hangs; }
@test "HOOK-02 control: a runtime that waits" { falls mutant:hook-timeout hook_hangs; }

# ---- a created container waits without what belongs to others ------------------------------------

attack_created_holds() {
    local words
    bundle box
    program /bin/sleep 1000
    mkfifo pipe
    timeout 20 cat pipe >said 3>&- &
    victim=$!
    runtime_words
    box=b$$
    "${words[@]}" create --bundle "$bundle" "$box" </dev/null >"$out" 2>&1 3>&- 5>pipe
    # Who reads to the end sees it when nobody has the other end any more.
    for _ in $(seq 100); do
        kill -0 "$victim" 2>/dev/null || break
        sleep 0.02
    done
    breach_if 'a pipe of the caller is held' kill -0 "$victim" 2>/dev/null
    remove_box
    rm pipe
}

@test "FD-05: what waits to be started holds no pipe of the caller" { holds created_holds; }
@test "FD-05 control: a runtime that keeps all until the program" { falls mutant:let-go created_holds; }

# ---- USR-01: the user of exec --------------------------------------------------------------------

# What may be run, and as whom, by an expression and not by a program that reads it.
attack_exec_user() { # TEXT...
    local text want
    need_subids
    bundle box
    run_box
    for text; do
        want=refused
        [[ ! $text =~ ^(0|[1-9][0-9]{0,4})(:(0|[1-9][0-9]{0,4}))?$ ]] || want="${text%%:*}"
        in_box exec --user "$text" "$box" /bin/id -u
        if [ "$want" = refused ]; then
            [ "$status" != 0 ] || breach "user \"$text\" runs as $(<"$out")"
        else
            [ "$(<"$out")" = "$want" ] || breach "user \"$text\" runs as $(<"$out")"
        fi
    done
    remove_box
}

odd_users=(1 1:1 0:0 12:34 '' : 1: :1 ' 1' '1 ' +1 -1 4294967295 4294967296 4294967297 1:99999999999 18446744073709551617
    0x1 1:1:1 １ 1,1 root $'1\n' $'\t1' 1e0 1.0 "1'" 0:4294967296)

@test "USR-01: what is no uid or gid in digits runs nothing" { holds exec_user "${odd_users[@]}"; }
@test "USR-01: random texts" {
    local texts=() text alphabet='0011223459:::+- x.' i k
    RANDOM=11
    for ((i = 0; i < 250; i++)); do
        text=
        for ((k = RANDOM % 6; k >= 0; k--)); do text+=${alphabet:RANDOM % ${#alphabet}:1}; done
        # Leading zeros are digits as well.
        [[ $text =~ (^|:)0[0-9] || $text =~ [0-9]{5} ]] || texts+=("$text")
    done
    holds exec_user "${texts[@]}"
}
@test "USR-01 control: runc" { falls runc exec_user "${odd_users[@]}"; }
@test "USR-01 control: crun" { falls crun exec_user "${odd_users[@]}"; }

# ---- EXEC-01: the runtime's processes, seen from the container that exec enters -----------------

# All that a root of the namespaces can have.
sight='.process.capabilities|=(.bounding=["CAP_KILL","CAP_SYS_PTRACE","CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH","CAP_SYS_ADMIN"]|.effective=.bounding|.permitted=.bounding)'

attack_exec_hunt() { # TIMES
    local i
    bundle box "$sight"
    run_box /bin/sh -c "/bin/attack hunt $((1000 + $1 * 40)) launchers-secret >/seen.new; mv /seen.new /seen"
    for ((i = 0; i < $1; i++)); do
        NOTE=launchers-secret in_box exec "$box" /bin/true
    done
    for ((i = 0; i < 500; i++)); do
        [ ! -e "$root/seen" ] || break
        sleep 0.02
    done
    cp "$root/seen" "$out"
    breach_if 'processes of the runtime are open' grep '^open' "$out"
    [ "$runtime" != rcrun ] || grep -q '^hidden [1-9]' "$out" || return
    remove_box
}

@test "EXEC-01: the container sees nothing of the processes of exec (60 times)" { holds exec_hunt 60; }
@test "EXEC-01 control: processes that are dumpable" { falls mutant:dumpable exec_hunt 60; }

# ---- EXEC-03: nothing of the runtime's is executed in the container's user namespace ------------

attack_exec_twice() {
    local n words
    bundle box "$one_map"
    run_box
    runtime_words
    case $runtime in
    nsenter) words=(nsenter --user --preserve-credentials --mount --pid --target "$box_pid" /bin/sh -c '/bin/true; :') ;;
    *) words+=(exec "$box" /bin/true) ;;
    esac
    strace -f -qq -o "$PWD/trace" -e trace=execve,setns "${words[@]}" </dev/null >"$out" 2>&1 3>&-
    grep -q 'setns(' trace || { cat trace; return 1; }
    n=$(sed -n '/setns(/,$p' trace | grep -c 'execve(.* = 0')
    [ "$n" -le 1 ] || breach "$n programs executed after joining"
    [ "$n" -ge 1 ] || { cat trace; return 1; }
    remove_box
}

@test "EXEC-03: after joining only the program is executed" {
    command -v strace >/dev/null || skip 'strace is not installed'
    holds exec_twice
}
@test "EXEC-03 control: one more program on the way" {
    command -v strace >/dev/null || skip 'strace is not installed'
    falls nsenter exec_twice
}

# ---- EXEC-02: a container that does not want to be entered --------------------------------------

attack_exec_hostile() { # HOW
    bundle box
    run_box /bin/sh -c 'echo >/up; while :; do sleep 0.1; done'
    until [ -e "$root/up" ]; do sleep 0.02; done
    case $1 in
    passwd) rm "$root/etc/passwd" && mkfifo "$root/etc/passwd" ;;
    stopped) kill -STOP "$box_pid" ;;
    closed) chmod 0 "$root" ;;
    program) rm "$root/bin/true" && mkfifo "$root/bin/true" ;;
    # Whoever comes is shot, as fast as a shell can.
    killer) in_box exec --detach "$box" /bin/sh -c 'while :; do kill -9 -1 2>/dev/null; done' ;;
    esac
    in_box exec "$box" /bin/true
    chmod 755 "$root"
    in_box kill "$box" KILL
    remove_box
}

@test "EXEC-02: a hostile container ends exec or lets it be, and does not hold it" {
    local how
    for how in passwd stopped closed program killer; do
        echo "how $how"
        SECONDS_EACH=5 holds exec_hostile "$how"
    done
}
@test "EXEC-02 control: runc" { SECONDS_EACH=5 falls runc exec_hostile passwd; }

# ---- CAP-01: exec gives what the container has -----------------------------------------------------

attack_exec_caps() { # [OPTION...]
    bundle box
    run_box
    in_box exec "$@" "$box" /bin/grep -E '^Cap(Inh|Bnd|Amb)' /proc/self/status
    local want=$'CapInh:\t0000000000000000\nCapBnd:\t0000000000000020\nCapAmb:\t0000000000000000'
    [ $# = 0 ] || want=${want/20/21}
    [ "$(<"$out")" = "$want" ] || breach "capabilities: $(<"$out")"
    remove_box
}

@test "CAP-01: exec has the container's capabilities, inheritable ones none" {
    holds exec_caps
    holds exec_caps --cap CAP_CHOWN
}
@test "CAP-01 control: a runtime that fills the other sets" {
    falls mutant:caps exec_caps
    falls mutant:bounding exec_caps
}

# ---- REL-09: the pid of the container is another's by now ----------------------------------------

attack_pid_reuse() { # SAME-TICK: as if the two had been started in the same one
    local words
    # Ids as they are seen from there.
    bundle box '.linux.uidMappings=[{containerID:0,hostID:0,size:1}]|.linux.gidMappings=.linux.uidMappings'
    program /bin/sleep 1000
    runtime_words
    cat >reuse <<'EOS'
set -u
bundle=$1 tick=$2
shift 2
fail() { echo "cannot: $*"; exit 3; }
"$@" run --detach --pid-file "$bundle/pid" --bundle "$bundle" reused >said 2>&1 || fail run "$(cat said)"
pid=$(cat "$bundle/pid")
kill -9 "$pid"
# We are the first process here, so it is ours to reap.
while [ -e "/proc/$pid" ]; do sleep 0.02; done
victim=
for try in $(seq 50); do
    echo $((pid - 1)) >/proc/sys/kernel/ns_last_pid || fail ns_last_pid
    sleep 1000 &
    victim=$!
    [ "$victim" != "$pid" ] || break
    kill -9 "$victim"
    wait "$victim" 2>/dev/null
done
[ "$victim" = "$pid" ] || fail "the pid $pid does not come again"
if [ "$tick" = yes ]; then
    start=$(sed 's/.*) //' "/proc/$pid/stat" | cut -d' ' -f20)
    for file in "$XDG_RUNTIME_DIR"/rcrun/reused/*.json; do
        sed -i "1s/\"startTime\":[0-9]*/\"startTime\":$start/" "$file"
        grep -q "\"startTime\":$start[,}]" "$file" || fail startTime
    done
fi
"$@" state reused | grep -q '"status": "stopped"' || echo 'the victim is taken for the container'
"$@" kill reused KILL 2>/dev/null && echo 'the signal was sent'
"$@" exec reused true 2>/dev/null && echo 'the victim was entered'
"$@" delete --force reused || echo 'it cannot be deleted'
state=$(sed 's/.*) //' "/proc/$pid/stat" | cut -c1)
[ "$state" = S ] || echo 'the victim is dead'
kill -9 "$victim"
echo done
EOS
    timeout -k 2 60 env -u USER unshare --user --map-root-user --map-auto --pid --fork --kill-child --mount-proc \
        --mount sh reuse "$bundle" "$1" "${words[@]}" </dev/null >"$out" 2>&1 3>&- || { cat "$out"; return 1; }
    grep -qx 'done' "$out" || { cat "$out"; return 1; }
    breach_if "$(<"$out")" grep -qE '^(the|it) ' "$out"
}

need_reuse() {
    unshare --user --map-root-user --map-auto --pid --fork --mount-proc sh -c 'echo 99 >/proc/sys/kernel/ns_last_pid' \
        2>/dev/null || skip 'needs subordinate ids and a pid namespace of its own'
}

@test "REL-09: another process with the pid of the container is left alone" {
    need_reuse
    holds pid_reuse no
}
@test "REL-09: and so it is when it was started at the same time" {
    need_reuse
    # Before Linux 6.9 nothing else is known of it.
    "$attack" pidfs || skip 'pidfds have no inodes of their own here'
    holds pid_reuse yes
}
@test "REL-09 control: a runtime that knows the pid alone" {
    need_reuse
    falls mutant:identity pid_reuse no
}
