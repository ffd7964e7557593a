#!/bin/sh
# Every command has a page, the pages and --help have the same options, and the pages are
# well-formed.
. "$(dirname "$0")/lib.sh"
rcrun=${RCRUN:-$build/rcrun}
[ -x "$rcrun" ] || skip_all 'rcrun is not built'
command -v mandoc >/dev/null || skip_all 'mandoc is not installed'

for file in $(files_like '^man/.*\.[1-8]$'); do
    verdict "$file is well-formed" "$(mandoc -T lint -W warning "$file" 2>/dev/null || :)"
done

# Lists of options, one a line.  Of a help: the left column, and all of lines that have no other.
help_options() {
    awk '/^  -[a-zA-Z0-9], --/ { sub(/,/, "", $1); print $1; print $2 }
        /^      --/ { print $1 }
        /^  --/ { for (i = 1; i <= NF; i++) if ($i ~ /^-/) print $i }' |
        sed 's/[^a-zA-Z0-9-].*//' | sort -u
}

# Of a page: the items of its lists that begin with a flag.
page_options() { # PAGE
    sed -e ':a' -e '/\\$/{N; s/\\\n//; ba' -e '}' "$1" | awk '
        /^\.It Fl / {
            for (i = 3; i <= NF; i++) {
                if ($i == "Ar" || $i == "Ns" || $i == "Op")
                    while (i < NF && $(i + 1) != "," && $(i + 1) != "Fl")
                        i++
                else if ($i ~ /^-[a-z0-9-]+$/ || $i ~ /^[a-zA-Z0-9]$/)
                    print "-" $i
            }
        }' | sort -u
}

# What is mentioned anywhere, so wide that no option is broken at its hyphen.
mentioned() { # PAGE
    mandoc -T ascii -O width=500 "$1" 2>/dev/null | sed 's/.\x08//g' |
        grep -oE -- '(^|[^[:alnum:]-])--[a-z][a-z0-9-]*' | grep -oE -- '--.*' | sort -u
}

lacking() { # WHAT LIST LIST: what is in the first and not in the second
    printf '%s\n' "$2" | while read -r option; do
        [ -z "$option" ] || printf '%s\n' "$3" | grep -qxe "$option" || echo "$option $1"
    done
}

compare() { # PAGE HELP WHOSE
    page=$(page_options "$1")
    lacking "is not in $1" "$2" "$page"
    lacking "of $1 is not in $3 --help" "$page" "$2"
}

commands=$("$rcrun" --help | sed -n '/^Commands/,/^[^ C]/s/^  *\([a-z][a-z-]*\) .*/\1/p')
verdict 'rcrun --help lists its commands' "$([ -n "$commands" ] || echo 'no line below "Commands"')"

all=$("$rcrun" --help | help_options)
# Another letter for --version that the help has in the text.
verdict 'options of rcrun' "$(compare man/rcrun.1 "$all
-V" rcrun)"

for command in $commands; do
    page=man/rcrun-$command.1
    help=$("$rcrun" "$command" --help | help_options)
    all="$all
$help"
    if [ -f "$page" ]; then
        verdict "options of rcrun $command" "$(compare "$page" "$help" "rcrun $command")"
    else
        verdict "options of rcrun $command" "there is no $page"
    fi
    verdict "rcrun(1) names rcrun-$command(1)" "$(grep -q "^\.It Xr rcrun-$command 1" man/rcrun.1 ||
        echo "not in its list of commands")"
done

# Programs of their own; not built where a library is missing.
helper=$(dirname "$rcrun")/rcrun-net
if [ -x "$helper" ]; then
    help=$("$helper" --help | help_options)
    all="$all
$help"
    verdict 'options of rcrun-net' "$(compare man/rcrun-net.1 "$help" rcrun-net)"
fi

# The page of its command has what it does; who calls it by hand has its help.
unpack=$(dirname "$rcrun")/rcrun-unpack
[ ! -x "$unpack" ] || all="$all
$("$unpack" --help | help_options)"

for page in $(files_like '^man/rcrun[a-z-]*\.1$'); do
    [ "$page" != man/rcrun-net.1 ] || [ -x "$helper" ] || continue
    verdict "options that $page mentions" "$(lacking 'is in no --help' "$(mentioned "$page")" "$all")"
    name=$(basename "$page" .1)
    [ "$name" = rcrun ] || [ "$name" = rcrun-net ] ||
        verdict "$page is about a command" "$(printf '%s\n' "$commands" | grep -qxF "${name#rcrun-}" ||
            echo "there is no ${name#rcrun-}")"
done
finish
