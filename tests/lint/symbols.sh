#!/bin/sh
# What the objects really call.  spec and plan are pure: they may only compute.  And only os
# changes what a process is or sees: nobody else may so much as name those calls.
. "$(dirname "$0")/lib.sh"
nm=${NM:-nm}

# Prefixes and names that a pure layer may leave undefined.
pure='arena_ err_ facts_ ip_ json_ names_ network_ path_ plan_ publish_ resolv_ spec_ text_ mem str __str __mem __isoc __stack_chk
    __asan_ __ubsan_ __sanitizer_ _GLOBAL_OFFSET_TABLE_ __errno_location __ctype_'
pure_names='abort __assert_fail qsort bsearch snprintf vsnprintf __snprintf_chk __vsnprintf_chk
    free malloc calloc realloc tolower toupper major minor makedev gnu_dev_major gnu_dev_minor
    gnu_dev_makedev json_write'
# And what begins like that but looks at the world.
impure='strerror strerror_r err_print plan_write'

# Calls that only os may make.
powers='mount umount umount2 open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr
    pivot_root chroot setns unshare clone capset setuid setgid seteuid setegid setreuid setregid
    setresuid setresgid setfsuid setfsgid setgroups initgroups prctl sethostname setdomainname
    personality keyctl ptrace mknod mknodat quotactl init_module syscall'
power_prefixes='seccomp_ cap_'

# undefined ARCHIVE: names that its objects need and that none of them has.
undefined() {
    $nm -A "$1" 2>/dev/null | awk '
        NF >= 3 { kind = $(NF - 1); name = $NF; sub(/@.*/, "", name) }
        kind ~ /^[TtDdBbRrVvWwi]$/ && NF >= 3 { defined[name] }
        kind == "U" { split($1, at, ":"); user[name] = user[name] " " at[2] }
        END { for (name in user) if (!(name in defined)) print name, user[name] }' | sort
}

judge() { # ARCHIVE MODE ALLOWED
    undefined "$1" | awk -v mode="$2" -v allowed="$3" -v pure="$pure" -v pure_names="$pure_names" \
        -v impure="$impure" -v powers="$powers" -v power_prefixes="$power_prefixes" '
        function listed(name, list,    word, n, i) {
            n = split(list, word, /[ \n]+/)
            for (i = 1; i <= n; i++)
                if (word[i] == name)
                    return 1
            return 0
        }
        function begins(name, list,    word, n, i) {
            n = split(list, word, /[ \n]+/)
            for (i = 1; i <= n; i++)
                if (word[i] != "" && index(name, word[i]) == 1)
                    return 1
            return 0
        }
        listed($1, allowed) { next }
        mode == "pure" && (listed($1, impure) || !begins($1, pure) && !listed($1, pure_names)) {
            print "calls " $0
        }
        mode == "weak" && (listed($1, powers) || begins($1, power_prefixes)) { print "calls " $0 }'
}

layer() { # NAME MODE [ALLOWED]
    archive=$build/lib$1.a
    [ -f "$archive" ] || return 0
    verdict "lib$1.a $2" "$(judge "$archive" "$2" "${3-}")"
}

layer spec pure
# What spec defines is pure, since spec is.
layer plan pure "$($nm --defined-only "$build/libspec.a" 2>/dev/null | awk 'NF == 3 { print $3 }')"
# base: starts programs.  base, state: kernel calls that have no wrapper in older libcs.  host: asks with arguments that cannot
# succeed whether a call is there.
layer base weak 'clone syscall'
layer host weak 'prctl syscall'
layer state weak 'syscall'
layer run weak
layer cli weak 'seccomp_version'
[ "$tests" -gt 0 ] || skip_all 'nothing is built'
finish
