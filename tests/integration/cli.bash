# shellcheck shell=bash
# What the tests of the command line share.
#
# The texts of --help and the like stand in golden/; `GOLDEN=accept bats cli.bats` writes them
# anew, for a look at the difference.

bats_require_minimum_version 1.5.0

setup() {
    : "${RCRUN:?the program to test}"
    here=$BATS_TEST_DIRNAME
    schemas=$here/../schema
    cd "$BATS_TEST_TMPDIR" || exit
    unset RCRUN_ROOT RCRUN_DEBUG RCRUN_HINTS
}

rcrun() { # OUTPUT and STDERR apart
    run --separate-stderr "$RCRUN" "$@"
}

# A bundle in the current directory, of which nothing is run but by dry runs.
bundle() {
    mkdir -p rootfs/bin rootfs/proc rootfs/dev rootfs/sys rootfs/tmp
    : >rootfs/bin/sh
    cat >config.json <<'END'
{
  "ociVersion": "1.0.2",
  "root": { "path": "rootfs", "readonly": true },
  "process": {
    "user": { "uid": 0, "gid": 0 },
    "args": [ "/bin/sh" ],
    "env": [ "PATH=/bin" ],
    "cwd": "/"
  },
  "mounts": [ { "destination": "/proc", "type": "proc", "source": "proc" } ],
  "linux": {
    "namespaces": [ { "type": "pid" }, { "type": "mount" }, { "type": "user" } ]
  }
}
END
}

golden() { # NAME TEXT
    if [ "${GOLDEN-}" = accept ]; then
        printf '%s\n' "$2" >"$here/golden/$1.txt"
    fi
    diff -u "$here/golden/$1.txt" - <<<"$2"
}

# The member of a JSON document on standard input.
json() {
    python3 -c 'import json, sys
value = json.loads(sys.stdin.buffer.read().decode("utf-8"))
for key in sys.argv[1:]:
    value = value[int(key) if key.isdigit() else key]
print(value if isinstance(value, str) else json.dumps(value))' "$@"
}

need_schema() {
    [ -f "$schemas/validate.py" ] || skip 'tests/schema/validate.py is not there'
    python3 -c 'import jsonschema' 2>/dev/null || skip 'python3-jsonschema is not installed'
}

commands() {
    "$RCRUN" --help | sed -n '/^Commands/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

# `jq`-like: the value of a Python expression about the config c.
of() { # FILE EXPRESSION
    python3 -c 'import json, sys
c = json.load(open(sys.argv[1]))
print(json.dumps(eval(sys.argv[2])))' "$1" "$2"
}
