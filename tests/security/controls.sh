#!/bin/sh
# controls.sh [FILE...]: runs the controls of the security tests, and nothing else.
#
# A test that no known attack can fail proves nothing.  So each names a program without the defence
# (a peer, a small program, or rcrun linked with a stand-in for it), and that one must lose.  Here a
# control that wins is a failure, and so is one that cannot be tried.
set -u
here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || set -- "$here"/*.bats
: "${RCRUN:?the program to test}" "${builddir:?the build directory}"
command -v bats >/dev/null || { echo '1..0 # SKIP bats is not installed'; exit 0; }
[ "$(id -u)" != 0 ] || { echo '1..0 # SKIP for an ordinary user'; exit 0; }

# Names of tests begin with the numbers that they are for: "PATH-02: ...", "PATH-02 control: ...".
names() { # FILE...
    sed -n 's/^@test "\([^:"]*\):.*/\1/p' "$@" | sort -u
}
bare=$(names "$@" | grep -v ' control$' | tr ',' '\n' | sed 's/^ *//' | while read -r number; do
    names "$@" "$here"/../root/security.bats | grep ' control$' | grep -qwF -e "$number" || echo "$number"
done)

bats --tap -f '^[^:]* control' "$@" | awk -v bare="$(echo "$bare" | tr '\n' ' ')" '
    /^1\.\.[0-9]+/ { n = substr($0, 4) + 1; print "1.." n; next }
    # What was not tried is not known to lose.
    /^ok .* # skip/ { sub(/^ok/, "not ok"); sub(/ # skip/, " - not tried:") }
    /^not ok/ { failed = 1 }
    { print }
    END {
        without = bare ~ /[^ ]/
        print (without ? "not ok " : "ok ") n " each test has a control"
        if (without)
            print "# without: " bare
        exit failed || without
    }'
