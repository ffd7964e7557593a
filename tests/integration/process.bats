#!/usr/bin/env bats
# The program and what it is given: arguments, environment, directory, a clean start.

load lib

# ---- arguments and the search for the program ----------------------------------------------

@test "arguments arrive as they are" {
    bundle
    go sh -c 'printf "%s|" "$0" "$@"; echo $#' sh '' $'a\nb' '--rm' $'ü "$HOME"\t' '\' "'" $'\x01\x7f'
    ok
    out $'sh||a\nb|--rm|ü "$HOME"\t|\\|\'|\x01\x7f|7'
    # shellcheck disable=SC2046 # words
    go sh -c 'shift 4998; echo "$1 $2 $#"' sh $(seq 5000)
    ok
    out '4999 5000 2'
    # One that is longer than any buffer.
    edit '.process.args = ["sh", "-c", "echo ${#1}", "sh", ("x" * 100000)]'
    go
    ok
    out 100000
}

@test "the program is looked for in the PATH of the config, in the root" {
    bundle
    mkdir -p rootfs/opt/a/prog rootfs/opt/n rootfs/opt/x
    printf '#!/bin/sh\necho "$0 $1"\n' >rootfs/opt/x/prog
    echo no >rootfs/opt/n/prog
    chmod 755 rootfs/opt/x/prog
    cfg '.process.env = ["PATH=/opt/a:/nowhere:/opt/n:/opt/x:/bin"]'
    go prog arg
    ok
    out '/opt/x/prog arg'
    # An empty entry is the current directory.
    cfg '.process.env = ["PATH=/bin:"] | .process.cwd = "/opt/x"'
    go prog arg
    ok
    out 'prog arg'
    go ./prog arg
    ok
    out './prog arg'
    # Without PATH there is the one of execvp(3).
    cfg '.process.env = []'
    go echo found
    ok
    out found
    # The caller's counts for nothing.
    mkdir host
    printf '#!/bin/sh\n' >host/only-host
    chmod 755 host/only-host
    PREFIX=(env "PATH=$PWD/host:$PATH")
    go only-host
    refused 'exec: "only-host": executable file not found in $PATH'
}

@test "scripts run, and the one without an interpreter is explained" {
    bundle
    printf '#!/bin/sh\necho "script $1"\n' >rootfs/bin/script
    printf '#!/bin/no-such-shell\n' >rootfs/bin/broken
    chmod 755 rootfs/bin/script rootfs/bin/broken
    go script 1
    ok
    out 'script 1'
    go broken
    refused 'exec: "/bin/broken": no such file or directory'
    hint interpreter
}

# ---- environment ---------------------------------------------------------------------------

@test "the environment is that of the config and nothing else" {
    bundle
    # Sockets of another process, and no place to tell: what is passed on is in plumbing.bats.
    PREFIX=(env FOO=leak LD_PRELOAD= LISTEN_FDS=3 LISTEN_PID=1 LISTEN_FDNAMES=x NOTIFY_SOCKET= WSL_DISTRO_NAME=y)
    cfg '.process.env = ["PATH=/bin", "A=1", "EMPTY=", "WITH=a=b", "SPACE= x ", "HOME=/h", "U=ü"]'
    go env
    ok
    out $'PATH=/bin\nA=1\nEMPTY=\nWITH=a=b\nSPACE= x \nHOME=/h\nU=ü'
    cfg '.process.env = []'
    go /bin/env
    ok
    out HOME=/root
    cfg 'del(.process.env)'
    go /bin/env
    ok
    out HOME=/root
}

@test "of two entries with a name the last one counts" {
    bundle
    cfg '.process.env = ["PATH=/bin", "A=1", "B=2", "A=3", "HOME=/a", "A=4", "AB=5", "HOME=/b"]'
    go env
    ok
    out $'PATH=/bin\nA=4\nB=2\nHOME=/b\nAB=5'
    cfg '.process.env = [range(5000) | "V\(. % 2500)=\(.)"] + ["PATH=/bin"]'
    go env
    ok
    is "${#lines[@]}" 2502
    line V0=2500
    line V2499=4999
}

@test "an entry that is no assignment is refused" {
    bundle
    cfg '.process.env = ["PATH=/bin", "FOO"]'
    go true
    refused 'process.env[1]' FOO
    cfg '.process.env = ["=x"]'
    go true
    refused 'process.env[0]'
    cfg '.process.env = ["A=\u0000"]'
    go true
    refused process.env NUL
}

@test "HOME comes from the passwd file of the root" {
    need_ids
    bundle
    echo high:x:60000:60000::/high:/bin/sh >>rootfs/etc/passwd
    go sh -c 'echo $HOME'
    out /root
    user 1000
    caps
    go sh -c 'echo $HOME'
    out /home/u
    user 4711
    go sh -c 'echo $HOME'
    out /
    cfg '.process.env += ["HOME=/mine"]'
    go sh -c 'echo $HOME'
    out /mine
    cfg '.process.env[-1] = "HOME="'
    user 1000
    go sh -c 'echo $HOME'
    out /home/u
}

@test "an odd passwd file is no reason to stop" {
    bundle
    home() { # WANTED
        LIMIT=5
        go sh -c 'echo $HOME'
        ok
        out "$1"
    }
    printf 'garbage\n::::::\nroot:x:00x:0::/wrong:\nroot:x:0:0:::\nroot:x:0:0::/second:/bin/sh' >rootfs/etc/passwd
    home /second
    printf 'root:x:0:0:root:/no-shell' >rootfs/etc/passwd
    home /no-shell
    printf 'root:x:0:0:root:relative:/bin/sh\n' >rootfs/etc/passwd
    home /
    printf 'root:x:0:0:root:/with\tcontrol:/bin/sh\n' >rootfs/etc/passwd
    home /
    printf 'root:x:0:0:root:/%05000d:/bin/sh\n' 0 >rootfs/etc/passwd
    home /
    : >rootfs/etc/passwd
    home /
    rm rootfs/etc/passwd
    home /
    mkfifo rootfs/etc/passwd
    home /
    rm rootfs/etc/passwd
    ln -s /dev/zero rootfs/etc/passwd
    home /
    ln -sfn /proc/self/environ rootfs/etc/passwd
    home /
    ln -sfn ../../../../../../etc/other rootfs/etc/passwd
    echo 'root:x:0:0::/by-link:/bin/sh' >rootfs/etc/other
    home /by-link
}

# ---- directory and umask -------------------------------------------------------------------

@test "the working directory is that of the config, and is made when it is missing" {
    bundle
    umask 077
    cfg '.process.cwd = "/made/deep"'
    gosh 'pwd; stat -c "%a %u" . /made'
    ok
    out $'/made/deep\n755 0\n755 0'
    ln -s /made/deep rootfs/link
    cfg '.process.cwd = "/link/.."'
    go pwd
    ok
    out /made
    cfg '.process.cwd = "/bin/busybox"'
    go pwd
    refused process.cwd /bin/busybox 'not a directory'
    cfg '.process.cwd = "tmp"'
    go pwd
    refused process.cwd absolute
    cfg '.process.cwd = ""'
    go pwd
    refused process.cwd
    cfg 'del(.process.cwd)'
    go pwd
    refused cwd
}

@test "the working directory may be one that only root enters, or only the user" {
    need_ids
    bundle
    gosh 'mkdir -m 700 /root-only /home/u/user-only; chown 1000:1000 /home/u/user-only'
    ok
    user 1000
    caps
    cfg '.process.cwd = "/home/u/user-only"'
    go pwd
    ok
    out /home/u/user-only
    cfg '.process.cwd = "/root-only"'
    go true
    ok
}

@test "a working directory outside of the root is refused" {
    bundle
    for fd in 3 4 5 6 7 8 9 10 20; do
        cfg --arg d "/proc/self/fd/$fd" '.process.cwd = $d'
        run --separate-stderr timeout 10 "$RCRUN" run "$ID" </dev/null 7</ 9</tmp
        refused process.cwd
    done
    cfg '.process.cwd = "/proc/1/root/../.."'
    go pwd
    # Not outside: above the root there is nothing.
    [ "$status" -ne 0 ] || out /
}

@test "the umask is 0022 unless the config says other" {
    bundle
    for mask in 000 077 027; do
        umask "$mask"
        go sh -c umask
        ok
        out 0022
    done
    umask 022
    cfg '.process.user.umask = 0'
    gosh 'umask; touch /tmp/f; stat -c %a /tmp/f'
    ok
    out $'0000\n666'
    cfg '.process.user.umask = 63'
    gosh umask
    out 0077
    cfg '.process.user.umask = 512'
    go true
    refused process.user.umask
}

# ---- a clean start -------------------------------------------------------------------------

@test "no signal is ignored or blocked, whatever the caller does" {
    bundle
    args grep -E '^Sig(Blk|Ign|Cgt):' /proc/self/status
    want=$'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000'
    go
    ok
    out "$want"
    PREFIX=(bash -c 'trap "" PIPE USR1 HUP INT TERM TTOU CHLD RTMIN+3; exec "$@"' bash)
    go
    ok
    out "$want"
    if env --block-signal=USR2 true 2>/dev/null; then
        PREFIX=(env --block-signal=USR2,TERM,INT,CHLD --ignore-signal=PIPE,TSTP)
        go
        ok
        out "$want"
    fi
}

@test "the program leads a session and a process group of its own" {
    bundle
    # Fields 5, 6 and 7 of proc(5) stat: process group, session, terminal.
    gosh 'sed "s/.*) //" /proc/1/stat | cut -d" " -f2,3,4,5'
    ok
    out '0 1 1 0'
}

@test "only the three standard descriptors are open" {
    bundle
    args ls /proc/self/fd
    run --separate-stderr timeout 10 "$RCRUN" run "$ID" </dev/null 5</etc/passwd 9>file 12</
    ok
    # 3 is the directory that ls reads.
    out $'0\n1\n2\n3'
}

@test "--preserve-fds keeps as many as it says, with their numbers" {
    bundle
    for name in three four five; do echo $name >$name; done
    cp "$RCRUN" copy
    args sh -c 'ls /proc/self/fd | tr "\n" " "; cat <&3; cat <&4'
    # The copy is sealed first, which is one program more on the way.
    for program in "$RCRUN" ./copy; do
        run --separate-stderr timeout 10 "$program" run --preserve-fds 2 "$ID" </dev/null 3<three 4<four 5<five
        ok
        out $'0 1 2 3 4 5 three\nfour'
    done
    run --separate-stderr timeout 10 "$RCRUN" run --preserve-fds 2 "$ID" </dev/null 3<three 4<&-
    refused --preserve-fds '4'
    run --separate-stderr timeout 10 "$RCRUN" run --preserve-fds 1 "$ID" </dev/null 3</
    refused --preserve-fds '3' directory
}

@test "the pid file has the process id of the program, in the caller's directory" {
    bundle
    mkdir elsewhere
    cd elsewhere
    OPTIONS=(-b "$B" --pid-file my.pid)
    cd "$B"
    args sh -c 'touch /up; sleep 1000'
    cd elsewhere
    start
    until_ok 5 test -e "$B/rootfs/up"
    is "$(cat my.pid)" "$(init_pid)"
    is "$(tr -d 0-9 <my.pid | wc -c)" 0
    is "$(stat -c %a my.pid)" 644
    kill -KILL "$(cat my.pid)"
    wait "$PARENT" || [ $? -eq 137 ]
}

@test "a pid file that cannot be written stops the start" {
    bundle
    OPTIONS=(--pid-file /nonexistent/dir/pid)
    gosh 'touch /ran'
    refused /nonexistent/dir/pid
    [ ! -e rootfs/ran ]
}

@test "a config without a process has nothing to run" {
    bundle
    cfg 'del(.process)'
    rcrun run "$ID"
    refused process
    cfg '.process = {cwd: "/", args: []}'
    rcrun run "$ID"
    refused process.args
}

@test "labels of a security module that is not active are refused" {
    bundle
    if ! [ -d /sys/kernel/security/apparmor ] && ! [ -d /sys/module/apparmor ]; then
        cfg '.process.apparmorProfile = "some-profile"'
        go true
        refused process.apparmorProfile some-profile
        hint 'remove process.apparmorProfile'
        cfg 'del(.process.apparmorProfile)'
    fi
    if ! [ -d /sys/fs/selinux ]; then
        cfg '.process.selinuxLabel = "system_u:system_r:container_t:s0"'
        go true
        refused process.selinuxLabel
        cfg 'del(.process.selinuxLabel)'
    fi
    go true
    ok
}

@test "members that nobody knows, and blocks for other systems, are ignored" {
    bundle
    cfg '.future = {a: [1, {b: null}]} | .process.future = true | .process.user.future = 1 | .root.future = "x"
        | .mounts[0].future = {} | .linux.future = [] | .linux.namespaces[0].future = "x"
        | .process.capabilities.future = [] | .windows = {layerFolders: ["x"]} | .solaris = {milestone: "x"}
        | .vm = {} | .zos = {} | .freebsd = {} | .process.commandLine = "x" | .process.user.username = "y"
        | .annotations = {"a": "", "org.example.b": "c"}'
    go echo ran
    ok
    out ran
}

@test "a copy of rcrun that the user could change does the same" {
    bundle
    cp "$RCRUN" copy
    sum=$(md5sum <copy)
    RCRUN=$PWD/copy
    gosh 'id -u; cat /proc/self/uid_map | wc -l; exit 5'
    rc 5
    [ -z "$stderr" ] || show
    is "${lines[0]}" 0
    # What is not written into it cannot have come from inside.
    is "$(md5sum <copy)" "$sum"
    # A folder that is not there any more leaves the copy in memory.
    mkdir gone
    cp copy gone/
    RCRUN=/proc/self/fd/9
    run --separate-stderr timeout 10 bash -c 'exec 9<gone/copy; rm -r gone; exec /proc/self/fd/9 run "$@"' bash "$ID" </dev/null
    rc 5
    [ -z "$stderr" ] || show
}
