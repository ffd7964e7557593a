#!/bin/sh
# Golden plans: config + facts + options -> the plan, or the error.  Nothing is asked of the host
# and nothing is done, so any user can run it.
#
#   run.sh                  all cases, TAP
#   run.sh CASE...          these
#   run.sh --update CASE... writes what came out; read the difference before you keep it
#
# A case is a folder here.  The word before the first hyphen names its base: base/config.json
# and base/facts.jq, changed by base/WORD.config.jq and base/WORD.facts.jq.
#   config.jq, facts.jq     what is different, in jq; base/lib.jq has short words for it
#   config.json, facts.json instead of the base, as `rcrun explain --facts` writes the latter: so
#                           a bug report is a case
#   config.from             instead of config.json: its path below tests/
#   global, args            options before and behind `run`, one word a line; where the base is
#                           `exec` or `unshare`, behind that, with the id and the command
#   want.plan               the plan, without its numbers
#   want.warnings           what is said besides: warnings and, as "debug", silent adjustments
#   want.err                the error instead
# jq keeps 53 bits of a number, so the greatest one is written "@U64_MAX@".
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
: "${RCRUN:=$here/../../rcrun}"
unset RCRUN_DEBUG RCRUN_HINTS
LC_ALL=C.UTF-8
export LC_ALL
update=
[ "${1-}" != --update ] || { update=1 && shift; }

command -v jq >/dev/null || { echo '1..0 # SKIP jq is not installed' && exit 0; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$here"
# shellcheck disable=SC2046 # names without blanks
[ $# -gt 0 ] || set -- $(find . -mindepth 2 -name 'want.*' | sed 's,^\./,,; s,/.*,,' | sort -u)
for case do
    [ -d "$case" ] || { echo "run.sh: there is no case $case" >&2 && exit 1; }
    [ -e "base/${case%%-*}.facts.jq" ] || { echo "run.sh: no base for $case" >&2 && exit 1; }
done

# It starts only few programs for many cases together, since that is what takes time.

# ---- documents: one jq program for many cases ----

whole() { # CASE config|facts: the file that stands instead of the base
    if [ -e "$1/$2.json" ]; then
        echo "$1/$2.json"
    elif [ -e "$1/$2.from" ]; then
        echo "../$(cat "$1/$2.from")"
    fi
}

document() { # CASE config|facts: an expression for it; null: the whole file, unchanged
    if [ -n "$(whole "$1" "$2")" ]; then
        [ -e "$1/$2.jq" ] || { printf null && return; }
        printf '($%s_%s[0]' "$2" "$n"
    else
        printf '($%s | (\n' "$2"
        cat "base/${1%%-*}.$2.jq"
        printf ')'
    fi
    [ ! -e "$1/$2.jq" ] || { printf ' | (\n' && cat "$1/$2.jq" && printf ')'; }
    printf ')'
}

mkdir "$tmp/in" "$tmp/got" "$tmp/json"
(cd "$tmp/in" && mkdir "$@")
(cd "$tmp/got" && mkdir "$@")

documents() { # CASE...
    n=0
    # shellcheck disable=SC2016 # the variables are jq's
    {
        cat base/lib.jq
        printf '(\n'
        cat base/facts.jq
        printf ') as $facts | . as $config | '
        for case do
            [ $n = 0 ] || printf ',\n'
            n=$((n + 1))
            printf '["%s", try ' "$case"
            document "$case" config
            printf ' catch "\\(.)", try '
            document "$case" facts
            printf ' catch "\\(.)"]'
        done
        printf '\n| "\\(.[0])\\t\\(.[1] | tojson)\\t\\(.[2] | tojson)"\n'
    } >"$tmp/program.jq"
    n=0
    for case do
        n=$((n + 1))
        for part in config facts; do
            [ ! -e "$case/$part.jq" ] || [ -z "$(whole "$case" $part)" ] ||
                echo "--slurpfile ${part}_$n $(whole "$case" $part)"
        done
    done >"$tmp/slurp"
    # shellcheck disable=SC2046 # three words a line
    jq -r $(cat "$tmp/slurp") -f "$tmp/program.jq" base/config.json |
        sed 's/"@U64_MAX@"/18446744073709551615/g' |
        awk -F '\t' -v "to=$tmp/in/" '{
            if ($2 != "null") { file = to $1 "/config.json"; print $2 >file; close(file) }
            if ($3 != "null") { file = to $1 "/facts.json"; print $3 >file; close(file) }
        }'
}

# jq takes so much in one program.
printf '%s\n' "$@" | xargs -n 100 >"$tmp/batches"
while read -r batch; do
    # shellcheck disable=SC2086 # names without blanks
    documents $batch
done <"$tmp/batches"
for case do
    for part in config facts; do
        [ -e "$tmp/in/$case/$part.json" ] || cp "$(whole "$case" $part)" "$tmp/in/$case/$part.json"
    done
done

# ---- plans ----

call() { # CASE WORD...: rcrun with the options of the case
    case=$1
    shift
    old=$IFS
    IFS='
'
    # shellcheck disable=SC2046 # one word a line
    [ ! -e "$here/$case/args" ] || set -- "$@" $(cat "$here/$case/args")
    # shellcheck disable=SC2046
    [ ! -e "$here/$case/global" ] || set -- $(cat "$here/$case/global") "$@"
    IFS=$old
    # What unshare runs has the caller's environment.
    (cd "$tmp/in/$case" && exec env -i WORD=text "$RCRUN" "$@" </dev/null 3</dev/null)
}

for case do
    got=$tmp/got/$case
    status=0
    fails=1
    case $case in
    exec-*)
        fails=255
        call "$case" --log-level debug exec --dry-run --facts-from facts.json \
            --config-from config.json >"$got/want.plan" 2>"$got/want.warnings" || status=$?
        ;;
    unshare-*)
        fails=125
        call "$case" --log-level debug unshare --dry-run --facts-from facts.json \
            >"$got/want.plan" 2>"$got/want.warnings" || status=$?
        ;;
    *)
        call "$case" --log-level debug run --dry-run --facts-from facts.json web \
            >"$got/want.plan" 2>"$got/want.warnings" || status=$?
        ;;
    esac
    if [ $status = 0 ] && [ $fails != 1 ]; then
        : # there is no explain for it
    elif [ $status = 0 ]; then
        call "$case" --log-level error explain --format json --facts-from facts.json web \
            >"$tmp/json/$case.json" || echo "explain: exit status $?" >"$got/want.err"
    else
        mv "$got/want.warnings" "$got/want.err"
        [ $status = $fails ] || echo "exit status $status" >>"$got/want.err"
    fi
done
find "$tmp/got" -type f -size 0 -exec rm {} +
wrong=$(find "$tmp/got" -name want.plan -exec awk '$1 != FNR' {} +)
find "$tmp/got" -name want.plan -exec sed -i 's/^ *[0-9]* //' {} +
# Places in the config change with every patch.
find "$tmp/got" -name want.err -exec sed -i 's/^\(rcrun: config\.json:\)[0-9]*:[0-9]*:/\1/' {} +

# ---- verdicts ----

if [ -n "$update" ]; then
    for case do
        rm -f "$case"/want.*
        cp "$tmp/got/$case"/want.* "$case"
    done
fi

compare() { # [CASE]
    diff -ru -x 'config.*' -x 'facts.*' -x args -x global "./${1-}" "$tmp/got/${1-}" |
        sed "/^--- /d; /^+++ /d; s,$tmp/,," || :
}

verdict() { # NAME PROBLEMS
    n=$((n + 1))
    if [ -z "$2" ]; then
        echo "ok $n - $1"
    else
        echo "not ok $n - $1"
        printf '%s\n' "$2" | sed 's/^/# /'
        failed=1
    fi
}

echo "1..$(($# + 2))"
n=0
failed=0
all=$(compare)
for case do
    case $all in
        *"got/$case/"* | *"./$case"[:/]*) verdict "$case" "$(compare "$case")" ;;
        *) verdict "$case" '' ;;
    esac
done
verdict 'the steps are numbered from 1' "$wrong"

schema=../schema/rcrun/explain.json
problems=$(find "$tmp/json" -type f -exec python3 ../schema/validate.py $schema {} + 2>&1) || :
case $problems in
    *'not installed'* | *'python3'*) echo "ok $((n + 1)) # SKIP no Python module jsonschema" ;;
    *) verdict 'explain --format json prints what its schema says' "$problems" ;;
esac
exit $failed
