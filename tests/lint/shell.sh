#!/bin/sh
# Every shell script passes shellcheck; what bats reads does for all that is worse than style.
. "$(dirname "$0")/lib.sh"
command -v shellcheck >/dev/null || skip_all 'shellcheck is not installed'

check() { # FILE [OPTION...]: from its folder, so that it finds the files it reads
    file=$1
    shift
    verdict "$file" "$(cd "$(dirname "$file")" && { shellcheck -x -f gcc "$@" "${file##*/}" || :; })"
}

# bats stops at the first error by itself, variables and functions cross its files, and commas
# belong to mount options.
check_bats() { # FILE SHELL
    check "$1" -s "$2" -S warning -e SC2034,SC2054,SC2120,SC2154,SC2164
}

for file in $(project_files); do
    case $file in
    *.bats) check_bats "$file" bats ;;
    *.bash) check_bats "$file" bash ;;
    *.sh) check "$file" ;;
    *)
        if head -n 1 "$file" | grep -aqE '^#! *(/usr)?/bin/(env +)?(sh|bash|dash)'; then
            check "$file"
        fi
        ;;
    esac
done
finish
