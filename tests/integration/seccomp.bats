#!/usr/bin/env bats
# System call filters.  What they do is seen by applets that make the calls: mkdir(2),
# ftruncate(2) with any number, unshare(2), sethostname(2).

load lib

bundle_with() { # JSON of linux.seccomp
    bundle
    filter "$1"
}

filter() { # JSON of linux.seccomp
    cfg --argjson s "$1" '.linux.seccomp = $s'
}

# A rule for making directories, whichever call the machine has for it.
mkdir_rule() { # REST
    printf '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], %s}]}' "$1"
}

# What a program that was built long ago needs, and nothing of after 2006 (on x86-64 all of
# them have numbers below 272, that of unshare).
old_calls='["access","alarm","arch_prctl","brk","capget","capset","chdir","chmod","chown","clone","close","creat",
"dup","dup2","execve","exit","exit_group","faccessat","fadvise64","fchdir","fchmod","fchmodat","fchown","fcntl","fork",
"fstat","fstatfs","ftruncate","futex","getcwd","getdents","getdents64","getegid","geteuid","getgid","getgroups",
"getpgid","getpgrp","getpid","getppid","getrlimit","gettid","gettimeofday","getuid","ioctl","kill","lseek","lstat",
"madvise","mkdirat","mmap","mprotect","mremap","munmap","nanosleep","newfstatat","open","openat","personality","pipe",
"poll","pread64","prctl","pselect6","pwrite64","read","readlink","readlinkat","readv","rt_sigaction","rt_sigprocmask",
"rt_sigreturn","select","setgid","setgroups","setpgid","setresgid","setresuid","setsid","setuid","set_tid_address",
"sigaltstack","stat","statfs","symlink","tgkill","time","times","umask","uname","unlink","unlinkat","utime","vfork",
"wait4","write","writev"]'

# ---- actions -------------------------------------------------------------------------------

@test "a refused call gets the error number of the rule, the default or EPERM" {
    bundle_with "$(mkdir_rule '"action": "SCMP_ACT_ERRNO", "errnoRet": 13')"
    gosh 'mkdir /x; ls -d /x; grep ^Seccomp: /proc/self/status'
    rc 0
    says 'Permission denied'
    out $'Seccomp:\t2'
    filter "$(mkdir_rule '"action": "SCMP_ACT_ERRNO"')"
    go mkdir /x
    says 'Operation not permitted'
    filter "$(mkdir_rule '"action": "SCMP_ACT_ERRNO", "errnoRet": 28')"
    go mkdir /x
    says 'No space left on device'
    # Nought is success, of nothing.
    filter "$(mkdir_rule '"action": "SCMP_ACT_ERRNO", "errnoRet": 0')"
    gosh 'mkdir /x && echo made; ls -d /x 2>/dev/null'
    out made
    is "$(ls -d rootfs/x 2>/dev/null)" ''
}

@test "calls that kill" {
    bundle
    for action in SCMP_ACT_KILL SCMP_ACT_KILL_THREAD SCMP_ACT_KILL_PROCESS SCMP_ACT_TRAP; do
        filter "$(mkdir_rule "\"action\": \"$action\"")"
        gosh 'ulimit -c 0; sh -c "exec mkdir /x" 2>/dev/null; echo $?'
        rc 0
        is "$action $output" "$action 159"
        go mkdir /x
        rc 159
    done
}

@test "calls that are only logged, or traced by nobody" {
    bundle_with "$(mkdir_rule '"action": "SCMP_ACT_LOG"')"
    gosh 'mkdir /x && ls -d /x'
    rc 0
    out /x
    rmdir rootfs/x
    filter "$(mkdir_rule '"action": "SCMP_ACT_TRACE", "errnoRet": 7')"
    go mkdir /x
    rc 1
    says 'Function not implemented'
}

@test "a list of what is allowed" {
    bundle_with "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": $old_calls, \"action\": \"SCMP_ACT_ALLOW\"}]}"
    gosh 'mkdir /x; hostname y; hostname; id -u'
    says 'Operation not permitted'
    line 0
    lacks y
    is "$(grep -c . <<<"$stderr")" 2
    [ "$(uname -m)" = x86_64 ]  || return 0
    is "$(ls -d rootfs/x 2>/dev/null)" ''
}

# ---- calls of after the profile ------------------------------------------------------------

@test "calls that are newer than the profile do not exist for the program" {
    [ "$(uname -m)" = x86_64 ] || skip 'numbers of x86-64'
    bundle
    caps CAP_SYS_ADMIN
    try() { # DEFAULT... as members, CALLS as JSON
        filter "{\"defaultAction\": \"SCMP_ACT_ERRNO\", $1 \"syscalls\": [{\"names\": $2, \"action\": \"SCMP_ACT_ALLOW\"}]}"
        gosh 'unshare -u true; hostname x; true'
        rc 0
    }
    # unshare(2) is newer than all of these, sethostname(2) is not.
    try '' "$old_calls"
    grep -q 'unshare.*Function not implemented' <<<"$stderr" || show
    grep -q 'hostname: sethostname: Operation not permitted' <<<"$stderr" || show
    # With a newer one in the list it is just not allowed.
    try '' "$(jq -c '. + ["openat2"]' <<<"$old_calls")"
    grep -q 'unshare.*Operation not permitted' <<<"$stderr" || show
    # What the default says for all counts for the old ones only.
    try '"defaultErrnoRet": 13,' "$old_calls"
    grep -q 'unshare.*Function not implemented' <<<"$stderr" || show
    grep -q 'hostname: sethostname: Permission denied' <<<"$stderr" || show
    # A rule for a call makes it known, whatever the rule says.
    filter "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": $old_calls, \"action\": \"SCMP_ACT_ALLOW\"},
        {\"names\": [\"unshare\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 13}]}"
    gosh 'unshare -u true'
    says 'Permission denied'
}

@test "names that nobody knows are left out" {
    bundle_with '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
        {"names": ["no_such_call", "mkdir", "mkdirat", "other_no_such_call"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13},
        {"names": ["only_this"], "action": "SCMP_ACT_KILL"}]}'
    go mkdir /x
    rc 1
    says 'Permission denied'
}

@test "a rule that says the same as the default changes nothing" {
    bundle_with '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"}]}'
    gosh 'mkdir /x && echo fine'
    ok
    out fine
    filter '{"defaultAction": "SCMP_ACT_ALLOW"}'
    go true
    ok
}

# ---- conditions ----------------------------------------------------------------------------

# The sizes that cannot be given to a file; 64 bits of it are the second argument.
refused_sizes() { # WANTED SIZE...
    local wanted=$1
    shift
    gosh "for s in $*; do truncate -s \$s /tmp/f 2>/dev/null || echo \$s; done; true"
    ok
    is "$(tr '\n' ' ' <<<"$output")" "$wanted "
}

condition() { # JSON of args
    filter "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\":
        [{\"names\": [\"ftruncate\"], \"action\": \"SCMP_ACT_ERRNO\", \"args\": $1}]}"
}

@test "every operator compares as its name says" {
    bundle
    for row in 'NE:99 101' 'LT:99' 'LE:99 100' 'EQ:100' 'GE:100 101' 'GT:101'; do
        condition "[{\"index\": 1, \"value\": 100, \"op\": \"SCMP_CMP_${row%%:*}\"}]"
        echo "${row%%:*}"
        refused_sizes "${row#*:}" 99 100 101
    done
    condition '[{"index": 1, "value": 65280, "valueTwo": 512, "op": "SCMP_CMP_MASKED_EQ"}]'
    refused_sizes '512 513 767 66048' 511 512 513 767 768 66047 66048
}

@test "conditions have 64 bits" {
    bundle
    condition '[{"index": 1, "value": 4294967301, "op": "SCMP_CMP_EQ"}]'
    refused_sizes '4294967301' 5 4294967301
    condition '[{"index": 1, "value": 4294967295, "op": "SCMP_CMP_GT"}]'
    refused_sizes '4294967296 8589934592' 5 4294967295 4294967296 8589934592
    condition '[{"index": 1, "value": 77, "op": "SCMP_CMP_NE"}]'
    args sh -c 'for s in 5 77; do truncate -s $s /tmp/f 2>/dev/null || echo $s; done; true'
    # By hand: jq 1.6 rounds such numbers.
    sed -i 's/"value": 77,/"value": 18446744073709551615,/' config.json
    go
    ok
    out $'5\n77'
}

@test "conditions on several arguments must all hold, on one argument any of them" {
    bundle
    condition '[{"index": 0, "value": 2, "op": "SCMP_CMP_GT"}, {"index": 1, "value": 100, "op": "SCMP_CMP_EQ"}]'
    refused_sizes '100' 99 100 101
    condition '[{"index": 0, "value": 1000, "op": "SCMP_CMP_GT"}, {"index": 1, "value": 100, "op": "SCMP_CMP_EQ"}]'
    refused_sizes '' 99 100 101
    condition '[{"index": 1, "value": 99, "op": "SCMP_CMP_EQ"}, {"index": 1, "value": 101, "op": "SCMP_CMP_EQ"}]'
    refused_sizes '99 101' 99 100 101
}

# ---- architectures -------------------------------------------------------------------------

@test "programs of another architecture run only where it is in the list" {
    [ "$(uname -m)" = x86_64 ] || skip 'not on x86-64'
    bundle
    # exit(42), for the i386: a header of ELF, one of a segment, five instructions.
    {
        printf '\177ELF\1\1\1\0\0\0\0\0\0\0\0\0\2\0\3\0\1\0\0\0\124\200\4\10\64\0\0\0\0\0\0\0\0\0\0\0'
        printf '\64\0\40\0\1\0\50\0\0\0\0\0\1\0\0\0\0\0\0\0\0\200\4\10\0\200\4\10\140\0\0\0\140\0\0\0'
        printf '\5\0\0\0\0\20\0\0\270\1\0\0\0\273\52\0\0\0\315\200'
    } >rootfs/bin/i386
    chmod 755 rootfs/bin/i386
    rc=0
    rootfs/bin/i386 || rc=$?
    [ "$rc" -eq 42 ] || skip 'this kernel runs no programs of i386'
    go i386
    rc 42
    filter '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
        "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}'
    go i386
    rc 42
    go mkdir /x
    rc 1
    filter '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"],
        "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}'
    gosh 'i386; echo $?'
    [ "$output" != 42 ] || show
    # The machine's own need not be there.
    filter '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86"],
        "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13}]}'
    go mkdir /x
    rc 1
    says 'Permission denied'
}

@test "an architecture that nobody knows is refused" {
    bundle_with '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_PDP11"]}'
    go true
    refused 'linux.seccomp.architectures[0]' SCMP_ARCH_PDP11
    # And one of another byte order cannot run here.
    filter '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_S390X"]}'
    case $(uname -m) in s390x) ;; *)
        go true
        refused S390X
        ;;
    esac
}

# ---- flags and no_new_privs ----------------------------------------------------------------

@test "all flags are taken" {
    bundle
    for flags in '[]' '["SECCOMP_FILTER_FLAG_LOG"]' '["SECCOMP_FILTER_FLAG_SPEC_ALLOW"]' \
        '["SECCOMP_FILTER_FLAG_TSYNC"]' '["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]' \
        '["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"]'; do
        filter "$(mkdir_rule '"action": "SCMP_ACT_ERRNO"' | jq -c --argjson f "$flags" '.flags = $f')"
        go mkdir /x
        rc 1
        says 'Operation not permitted'
    done
    filter '{"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_X"]}'
    go true
    refused 'linux.seccomp.flags[0]' SECCOMP_FILTER_FLAG_X
}

@test "with no_new_privs the filter is the last act, and may forbid all that came before" {
    need_ids
    bundle
    user 1000
    caps
    filter '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["setresuid", "setresgid",
        "setgroups", "capset", "chdir", "fchdir", "setsid", "umask", "close_range", "sethostname", "mount",
        "pivot_root", "chroot", "openat2", "open_tree", "move_mount", "sched_setaffinity", "sendmsg",
        "sendto", "keyctl", "dup2", "dup3"], "action": "SCMP_ACT_KILL_PROCESS"}]}'
    go id -u
    ok
    out 1000
}

@test "a filter that lets through no more than one program needs" {
    [ "$(uname -m)" = x86_64 ] || skip 'calls of a program of x86-64'
    bundle_with '{"defaultAction": "SCMP_ACT_KILL_PROCESS", "syscalls": [{"action": "SCMP_ACT_ALLOW", "names": ["execve",
        "brk", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "readlink", "readlinkat", "getrandom",
        "mprotect", "mmap", "munmap", "prctl", "uname", "getuid", "write", "exit_group", "newfstatat", "fstat", "poll"]}]}'
    go echo out
    ok
    out out
    go cat /etc/passwd
    rc 159
}

@test "without no_new_privs there is a filter, too" {
    need_ids
    bundle_with "$(mkdir_rule '"action": "SCMP_ACT_ERRNO", "errnoRet": 13')"
    cfg '.process.noNewPrivileges = false'
    user 1000
    caps
    gosh 'grep -E "^(Seccomp|NoNewPrivs):" /proc/self/status; mkdir /tmp/x'
    rc 1
    out $'NoNewPrivs:\t0\nSeccomp:\t2'
    says 'Permission denied'
    # It is loaded while there is power left, so what comes after must be allowed.
    filter '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["setresuid", "setresuid32"],
        "action": "SCMP_ACT_ERRNO", "errnoRet": 13}]}'
    go true
    refused 'uid 1000' 'permission denied'
}

# ---- refusals ------------------------------------------------------------------------------

@test "what makes no sense, or is not there yet, is refused" {
    bundle
    try() { # WORDS JSON
        filter "$2"
        go true
        refused "linux.seccomp$1"
    }
    try .defaultAction '{}'
    try .defaultAction '{"defaultAction": "SCMP_ACT_X"}'
    try .defaultAction '{"defaultAction": "SCMP_ACT_NOTIFY"}'
    try .defaultErrnoRet '{"defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": 1}'
    try .defaultErrnoRet '{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 5000}'
    try '.syscalls[0].names' '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": [], "action": "SCMP_ACT_KILL"}]}'
    try '.syscalls[0].errnoRet' '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_KILL", "errnoRet": 1}]}'
    try '.syscalls[0].args[0].index' '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_KILL",
        "args": [{"index": 6, "value": 1, "op": "SCMP_CMP_EQ"}]}]}'
    try '.syscalls[0].args[0].op' '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_KILL",
        "args": [{"index": 1, "value": 1, "op": "SCMP_CMP_X"}]}]}'
    try '.syscalls[0]' '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_NOTIFY"}]}'
    try .listenerMetadata '{"defaultAction": "SCMP_ACT_ALLOW", "listenerMetadata": "x"}'
}

# ---- the cache -----------------------------------------------------------------------------

@test "a second start takes the compiled filter, and it is the same" {
    bundle_with "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": $old_calls, \"action\": \"SCMP_ACT_ALLOW\"}]}"
    cache() { find "$XDG_RUNTIME_DIR/rcrun" -type f; }
    try() {
        gosh 'mkdir /x; hostname y; unshare -u true; id -u'
        printf '%s\n' "$status" "$output" "$stderr"
    }
    first=$(try)
    is "$(cache | wc -l)" 1
    file=$(cache)
    is "$(stat -c '%a %u' "$file")" "600 $(id -u)"
    cp "$file" copy
    before=$(stat -c '%i %Y %z' "$file")
    is "$(try)" "$first"
    is "$(stat -c '%i %Y %z' "$file")" "$before"
    # Another profile has another entry.
    cp config.json plain.json
    cfg '.linux.seccomp.syscalls[0].names += ["sethostname"]'
    gosh 'hostname y'
    is "$(cache | wc -l)" 2
    cp plain.json config.json
    # What is not whole, not ours or open to others is not used but made anew.
    for damage in 'truncate -s 100 "$file"' ': >"$file"' 'printf x | dd of="$file" bs=1 seek=200 conv=notrunc 2>/dev/null' \
        'size=$(stat -c %s "$file"); printf "\377" | dd of="$file" bs=1 seek=$((size - 9)) conv=notrunc 2>/dev/null' \
        'head -c 100000 /dev/zero >"$file"' 'chmod 666 "$file"; printf x | dd of="$file" bs=1 seek=200 conv=notrunc 2>/dev/null' \
        'rm "$file"; ln -s /etc/passwd "$file"' 'rm "$file"; mkfifo "$file"'; do
        eval "$damage"
        is "$damage: $(try)" "$damage: $first"
        cmp "$file" copy
        [ ! -L "$file" ]
    done
    # Where it cannot be written it is done without.
    chmod 500 "$XDG_RUNTIME_DIR/rcrun/.filters"
    rm -f "$file" 2>/dev/null || true
    is "$(try)" "$first"
    chmod 700 "$XDG_RUNTIME_DIR/rcrun/.filters"
}
