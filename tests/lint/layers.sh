#!/bin/sh
# Who may include whom.  The table in this file is the rule.
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2016 # awk's
rules='
BEGIN {
    # A layer may include itself, the layers named here and single headers of others.
    may["base"] = ""
    may["net"] = "base"
    may["spec"] = "base"
    may["os"] = "base net"
    may["host"] = "base net spec os"
    may["plan"] = "base net spec host/facts.h"
    may["run"] = "base net plan os state host/facts.h"
    may["state"] = "base"
    may["cli"] = "base net spec os host plan run state"
    may["main"] = "base cli"
    may["helpers"] = "base net os"

    # Libraries that few files may know, so that they can be replaced.  Words and constants are
    # all that spec and plan take from libseccomp: symbols.sh sees to it.
    only["yajl"] = "^src/base/json-(load|write)\\.c$"
    only["seccomp.h"] = "^src/(os/|spec/|plan/(filter|fuse)\\.c$|cli/version\\.c$)|^helpers/(rcrun-net/(mint-)?jail|rcrun-unpack/jail)\\.c$"
    only["archive"] = "^helpers/rcrun-unpack/"
    only["nettle"] = "^helpers/rcrun-unpack/"
    only["zlib"] = "^helpers/rcrun-unpack/"
    only["sys/capability.h"] = "^src/os/"
    only["slirp"] = "^helpers/"
}

function layer_of(file,    part) {
    split(file, part, "/")
    return part[1] == "helpers" ? "helpers" : part[3] == "" ? "main" : part[2]
}

function problem(text) { problems[FILENAME] = problems[FILENAME] "\n" FILENAME ":" FNR ": " text }

FNR == 1 { file[++n] = FILENAME; layer = layer_of(FILENAME) }

match($0, /^[ \t]*#[ \t]*include[ \t]*"[^"]*"/) {
    split($0, quoted, "\"")
    header = quoted[2]
    includes["src/" header] # so that it exists
    edge[FILENAME] = edge[FILENAME] " src/" header
    if (header == "config.h")
        next
    if (header !~ /\//) {
        if (layer != "helpers")
            problem("write \"" header "\" with its folder")
        next
    }
    other = header
    sub(/\/.*/, "", other)
    if (other != layer && index(" " may[layer] " ", " " other " ") == 0 &&
        index(" " may[layer] " ", " " header " ") == 0)
        problem(layer " may not include " header)
}

match($0, /^[ \t]*#[ \t]*include[ \t]*<[^>]*>/) {
    for (name in only)
        if (index($0, "<" name) && FILENAME !~ only[name])
            problem("<" name "> is not for this file")
}

# The executor must not even see the specification through a header of another layer: what it
# needs is in the plan.
function reaches_spec(from,    next_file, part, count, i) {
    if (from ~ /^src\/spec\//)
        return from
    if (from in seen)
        return ""
    seen[from]
    count = split(edge[from], part, " ")
    for (i = 1; i <= count; i++) {
        next_file = reaches_spec(part[i])
        if (next_file != "")
            return from ~ /^src\/run\// ? next_file : from " > " next_file
    }
    return ""
}

END {
    for (i = 1; i <= n; i++) {
        split("", seen)
        if (file[i] ~ /^src\/run\// && (way = reaches_spec(file[i])) != "")
            problems[file[i]] = problems[file[i]] "\n" file[i] ": sees the specification by " way
        print file[i] "\t" substr(problems[file[i]], 2)
        print "."
    }
}'

sources=$(files_like '^(src|helpers)/.*\.[ch]$')
[ -n "$sources" ] || skip_all 'no source file'
# shellcheck disable=SC2086 # a list
awk "$rules" $sources | {
    file='' problems=''
    while IFS= read -r line; do
        if [ "$line" = . ]; then
            verdict "$file" "$problems"
            file=''
        elif [ -z "$file" ]; then
            file=${line%%	*}
            problems=${line#*	}
        else
            problems="$problems
$line"
        fi
    done
    finish
}
