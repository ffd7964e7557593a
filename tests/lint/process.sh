#!/bin/sh
# One file, one process: the doer of a step stands in a file of src/run/ whose prefix is the
# process that plan/steps.def gives the step.  And its undo, where it has one, in undo.c.
. "$(dirname "$0")/lib.sh"

steps=src/plan/steps.def
doers=$(files_like '^src/run/.*\.c$')
[ -n "$doers" ] || skip_all 'no doers yet'

# name process undo, one step a line; a row may go on over lines.
rows() {
    sed -n 's/^STEP(\([a-z0-9_]*\), *\([A-Z]*\), *\([a-z0-9_]*\).*/\1 \2 \3/p' "$steps"
}

# shellcheck disable=SC2086 # a list
found() { # NAME
    grep -Hn "^DO($1)\$" $doers | cut -d: -f1
}

[ "$(grep -c '^STEP(' "$steps")" = "$(rows | wc -l)" ] ||
    verdict "$steps" 'a row that this check cannot read: name, PROCESS, undo stand on its first line'

while read -r name process undo; do
    prefix=$(echo "$process" | tr '[:upper:]' '[:lower:]')
    problems=
    files=$(found "$name")
    case $(printf '%s' "$files" | grep -c .) in
    0) problems="no DO($name)" ;;
    1) case $files in
        "src/run/$prefix.c" | "src/run/$prefix-"*.c) ;;
        *) problems="DO($name) runs in $process but stands in $files" ;;
        esac ;;
    *) problems="more than one DO($name): $(echo "$files" | tr '\n' ' ')" ;;
    esac
    [ "$undo" = none ] || grep -q "^[a-z].* undo_$undo(" src/run/undo.c 2>/dev/null ||
        problems="$problems${problems:+
}undo_$undo is not in src/run/undo.c"
    verdict "$name" "$problems"
done <<END
$(rows)
END

# A doer without a row is never called.
# shellcheck disable=SC2013,SC2086 # words
for name in $(sed -n 's/^DO(\([a-z0-9_]*\))$/\1/p' $doers); do
    rows | grep -q "^$name " || verdict "DO($name)" "no row in $steps"
done
finish
