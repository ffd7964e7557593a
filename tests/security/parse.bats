#!/usr/bin/env bats
# Text from others: config.json, ids, arguments.

load lib

setup() { security_setup; }

# A start with a config that is no config: fast, small, refused in the runtime's own words.
attack_config() { # NAME [FILE]: FILE has it, else the function config_NAME prints it
    local began inner=(sh -c 'ulimit -v 100000; exec "$@"' sh)
    [ "$runtime" = rcrun ] || inner=()
    bundle box
    config_"$1" >"$bundle/config.new"
    mv "$bundle/config.new" "$bundle/config.json"
    began=$EPOCHREALTIME
    start
    began=$(((${EPOCHREALTIME/[.,]/} - ${began/[.,]/}) / 1000))
    [ "$status" != 0 ] || breach "$1 is taken"
    [ "$runtime" != rcrun ] || ((began < 1000)) || breach "$1 took $began ms"
    [ "$runtime" != rcrun ] || refused || { head -c 300 "$out"; return 1; }
    [ "$runtime" != rcrun ] || [ "$(wc -c <"$out")" -lt 3000 ]
}

good() { cat "$bundle/config.json"; }
repeated() { head -c "$2" /dev/zero | sed "s/\\x0/$1/g"; }
# In the place of a member that nobody reads.  Bytes: what is no character sed would not take.
with_junk() {
    local junk
    junk=$(cat)
    good | LC_ALL=C sed "1s/{/{\"junk\":$junk,/"
}
config_deep() { good | sed '1s/{.*//' >rest; echo '{"junk":'; repeated '[' 200000; repeated ']' 200000; echo ','; cat rest; }
config_deep_objects() { good | sed '1s/{.*//' >rest; echo '{"junk":'; repeated '{"a":' 65; echo 1; repeated '}' 65; echo ','; cat rest; }
config_big() { good | sed '1s/{.*//' >rest; echo '{"junk":"'; repeated x 5242880; echo '",'; cat rest; }
config_bom() { printf '\xef\xbb\xbf'; good; }
config_utf8() { printf '"\xff\xfe"' | with_junk; }
config_overlong() { printf '"\xc0\xaf"' | with_junk; }
config_surrogate_bytes() { printf '"\xed\xa0\x80"' | with_junk; }
config_surrogate() { printf '"\\\\ud800"' | with_junk; }
config_nan() { echo NaN | with_junk; }
config_comment() { echo '/* */'; good; }
config_trailing() { good; echo '{}'; }
config_truncated() { good | head -c -10; }
config_empty() { :; }
config_null() { echo null; }
config_list() { echo '[]'; }
config_string() { echo '"x"'; }
config_raw_nul() { good | sed '1s/{/{\x00/'; }
config_control() { printf '"a\tb"' | with_junk; }

@test "PARSE-01: a config that is no config" {
    local name
    for name in deep deep_objects big bom utf8 overlong surrogate_bytes surrogate nan comment trailing truncated \
        empty null list string raw_nul control; do
        echo "config $name"
        holds config "$name"
    done
}
@test "PARSE-01 control: crun" { falls crun config deep; }

# Each string and each key of a whole config, once with a NUL, once given twice.
variants() { # KIND DIR
    python3 - "$1" "$bundle/config.json" "$2" <<'END'
import json, sys

kind, source, folder = sys.argv[1:]
config = json.load(open(source))
MARK = "\u0001mark\u0001"
count = 0

def write(text):
    global count
    count += 1
    with open("%s/%03d.json" % (folder, count), "w") as f:
        f.write(text)

def walk(node, path):
    if isinstance(node, dict):
        yield path, node
        for key in node:
            yield from walk(node[key], path + [key])
    elif isinstance(node, list):
        for i, item in enumerate(node):
            yield from walk(item, path + [i])
    else:
        yield path, node

for path, node in list(walk(config, [])):
    copy = json.loads(json.dumps(config))
    at = copy
    for key in path[:-1]:
        at = at[key]
    if kind == "nul" and isinstance(node, str):
        at[path[-1]] = node + MARK
        write(json.dumps(copy).replace("\\u0001mark\\u0001", "\\u0000x"))
    if kind == "twice" and isinstance(node, dict) and node:
        key = sorted(node)[0]
        target = copy
        for step in path:
            target = target[step]
        target[MARK] = target[key]
        write(json.dumps(copy).replace("\\u0001mark\\u0001", key))
END
}

attack_variants() { # KIND
    local file n=0
    bundle box '.annotations={a:"b"}' '.linux.sysctl={"net.ipv4.ip_forward":"1"}' '.linux.maskedPaths=["/proc/keys"]'
    mkdir all
    variants "$1" all
    for file in all/*.json; do
        cp "$file" "$bundle/config.json"
        start
        [ "$status" != 0 ] || breach "$file: $(head -c 60 "$file" | tr '\n' ' ') is taken"
        [ "$runtime" != rcrun ] || refused || { cat "$file" "$out"; return 1; }
        n=$((n + 1))
    done
    [ "$n" -gt 5 ]
}

@test "PARSE-01: NUL in any string" { holds variants nul; }
@test "PARSE-01: a key twice in any object" { holds variants twice; }
@test "PARSE-01 control: crun takes NUL" { falls crun variants nul; }
@test "PARSE-01 control: runc takes keys twice" { falls runc variants twice; }

# ---- PARSE-03, PARSE-04: ids and paths that look like something else -------------------------------------

attack_id() { # ID
    local words=()
    bundle box
    command_for "$runtime" placeholder
    words[-1]=--
    words+=("$1")
    status=0
    "$attack" reap "$report" 10 "${words[@]}" </dev/null >"$out" 2>&1 || status=$?
    [ "$status" != 0 ] || breach "the id '$1' is taken"
    judge_run
}

@test "PARSE-03: an id is a name, not a path or an option" {
    local id
    for id in ../../x . .. a/b /x -x --rm '' "$(printf 'x%.0s' {1..1025})" $'a\nb' 'a b' 'ä' .hidden '*' 'a\b' $'a\033'; do
        echo "id '$id'"
        holds id "$id"
    done
}
@test "PARSE-03 control: crun" { falls crun id -x; }

@test "PARSE-04: paths that begin with a dash are paths" {
    runtime=rcrun
    bundle -b
    program /bin/echo it works
    cd "$BATS_TEST_TMPDIR"
    run "$RCRUN" run --bundle -b --pid-file -p d1 </dev/null
    [ "$status" = 0 ]
    [ "$output" = 'it works' ]
    [ -s ./-p ]
    cp -- -b/config.json -b/-c
    run "$RCRUN" run --bundle=-b --config -c d2 </dev/null
    [ "$output" = 'it works' ]
    [ "$(listing "$outside")" = "$outside_before" ]
}

attack_dash_program() {
    bundle box
    mkdir "$root/opt"
    printf '#!/bin/sh\necho "program $0 $*"\n' >"$root/opt/-e"
    chmod 755 "$root/opt/-e"
    edit '.process.env=["PATH=/opt:/bin"]'
    program -e --version
    start
    [ "$(<"$out")" = 'program /opt/-e --version' ] || breach "something else ran: $(<"$out")"
}

@test "PARSE-04: a program whose name begins with a dash is run" { holds dash_program; }
@test "PARSE-04 control: env(1) in its place" {
    attack_dash_program() {
        PATH=$PWD env -e --version >"$out" 2>&1 || :
        [ "$(<"$out")" = 'program /opt/-e --version' ] || breach "something else ran: $(<"$out")"
    }
    falls env dash_program
}
