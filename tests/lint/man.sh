#!/bin/sh
# The manual and --help name the same options, and the manual is well-formed.
. "$(dirname "$0")/lib.sh"
page=man/rcrun.1
rcrun=${RCRUN:-$build/rcrun}
[ -f "$page" ] || skip_all "$page is not written yet"
[ -x "$rcrun" ] || skip_all 'rcrun is not built'
command -v mandoc >/dev/null || skip_all 'mandoc is not installed'

for file in $(files_like '^man/.*\.[1-8]$'); do
    verdict "$file is well-formed" "$(mandoc -T lint -W warning "$file" || :)"
done

# So wide that no option is broken at its hyphen.
manual=$(mandoc -T ascii -O width=500 "$page" | sed 's/.\x08//g')
options() { grep -oE -- '(^|[^[:alnum:]-])--[a-z][a-z0-9-]*' | grep -oE -- '--.*' | sort -u; }
commands=$("$rcrun" --help | sed -n '/^Commands/,/^[^ C]/s/^  *\([a-z][a-z-]*\) .*/\1/p')
verdict 'rcrun --help lists its commands' "$([ -n "$commands" ] || echo 'no line below "Commands"')"

all=$("$rcrun" --help | options)
for command in $commands; do
    help=$("$rcrun" "$command" --help | options)
    all="$all
$help"
    verdict "options of rcrun $command" "$(for option in $help; do
        printf '%s\n' "$manual" | options | grep -qxe "$option" || echo "$option is not in $page"
    done)"
done
verdict "options in $page" "$(for option in $(printf '%s\n' "$manual" | options); do
    printf '%s\n' "$all" | grep -qxe "$option" || echo "$option is in no --help"
done)"
finish
