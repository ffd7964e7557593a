#!/bin/sh
# automake knows no wildcards.  A file that no local.mk lists is not built, not run as a test,
# not in the tarball, and nobody would notice.
. "$(dirname "$0")/lib.sh"
[ -f "$build/Makefile" ] || skip_all 'not configured'

listed=$(env -u MAKEFLAGS -u MAKELEVEL make -s -C "$build" list-dist)
tests_listed=$(env -u MAKEFLAGS -u MAKELEVEL make -s -C "$build" list-tests)

# in_list FILE LIST: the file or a folder above it.
in_list() {
    name=$1
    while :; do
        printf '%s\n' "$2" | grep -qxF "$name" && return
        case $name in */*) name=${name%/*} ;; *) return 1 ;; esac
    done
}

verdict 'every file is in the tarball' "$(for file in $(project_files); do
    case $file in
    .ci/* | .github/* | .git*) ;;
    *) in_list "$file" "$listed" || echo "$file is in no local.mk" ;;
    esac
done)"

verdict 'every test is run' "$(for file in $(project_files); do
    case $file in
    tests/lint/lib.sh) continue ;;
    tests/unit/test-*.c) test=${file%.c} ;;
    tests/*/*.bats | tests/lint/*.sh | tests/budget/*.sh | tests/*/run.sh) test=$file ;;
    *) continue ;;
    esac
    printf '%s\n' "$tests_listed" | grep -qxF "$test" || echo "$file is not in tests/local.mk"
done)"
finish
