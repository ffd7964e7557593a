#!/bin/sh
# No file and no function grows beyond what can be read at a sitting.
. "$(dirname "$0")/lib.sh"

file_limit=600
function_limit=60
switch_limit=100 # a function that is one switch over a table's rows
# Files that are tables, each with the reason; their limit is 800.
tables=' '

for file in $(files_like '\.(c|h|def)$'); do
    limit=$file_limit
    case $tables in *" $file "*) limit=800 ;; esac
    case $file in *.def) limit=800 ;; esac
    lines=$(wc -l <"$file")
    problems=$([ "$lines" -lt "$limit" ] || echo "$file: $lines lines, limit $limit")

    # A function begins with a brace alone in the first column and ends with one there.  A body
    # that opens at the end of a line would not be counted, and is against the style.
    functions=$(awk -v limit=$function_limit -v switch_limit=$switch_limit '
        FNR == 1 { start = 0 }
        /^[A-Za-z_].*\)[ \t]*(\{.*)?$/ && !/=/ && !start {
            name = $0
            sub(/[ \t]*\{.*/, "", name)
            if (/\{/ && !/^(struct|union|enum|extern|typedef)/)
                printf "%s:%d: the brace of a function stands on a line of its own: %s\n",
                    FILENAME, FNR, name
        }
        /^[A-Za-z_].*\(/ && !start { name = $0 }
        /^\{[ \t]*$/ { start = FNR; cases = 0 }
        start && /^[ \t]*(case .*|default):/ { cases++ }
        /^\}/ && start {
            lines = FNR - start - 1
            most = cases >= 12 ? switch_limit : limit
            if (lines >= most)
                printf "%s:%d: %d lines, limit %d: %s\n", FILENAME, start, lines, most, name
            start = 0
        }' "$file")
    verdict "$file" "$problems${problems:+${functions:+
}}$functions"
done
for file in $(files_like '\.(bats|bash|sh)$'); do
    lines=$(wc -l <"$file")
    verdict "$file" "$([ "$lines" -lt "$file_limit" ] || echo "$file: $lines lines, limit $file_limit")"
done
finish
