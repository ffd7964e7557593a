# What the checks of this folder share.  Each prints one TAP line per thing it judges.
# shellcheck shell=sh disable=SC2034 # used where this is read
set -eu
build=$(cd "${builddir:-.}" && pwd -P)
top=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd -P)
cd "$top"
tests=0 failures=0

# verdict NAME PROBLEMS: ok when there are no problems, one a line.
verdict() {
    tests=$((tests + 1))
    if [ -z "$2" ]; then
        echo "ok $tests - $1"
    else
        echo "not ok $tests - $1"
        printf '%s\n' "$2" | sed 's/^/# /'
        failures=1
    fi
}

skip_all() { # REASON
    echo "1..0 # SKIP $1"
    exit 0
}

finish() {
    echo "1..$tests"
    exit $failures
}

# The files of the project, new ones too, but nothing that a build has made.
project_files() {
    if [ -e .git ] && command -v git >/dev/null; then
        git -c safe.directory="$top" ls-files --cached --others --exclude-standard |
            while read -r file; do [ ! -e "$file" ] || echo "$file"; done
    else
        case $build in "$top"/*) made=.${build#"$top"} ;; *) made=./build ;; esac
        find . -type f ! -path './.git/*' ! -path "$made/*" ! -path './build-aux/*' \
            ! -path './autom4te.cache/*' ! -path '*/.deps/*' ! -name .dirstamp ! -name '*.o' \
            ! -name '*.a' ! -name '*.log' ! -name '*.trs' ! -path './config.*' \
            ! -path './configure' ! -path './configure~' ! -path './aclocal.m4' \
            ! -path './Makefile' ! -path './Makefile.in' ! -path './rcrun' ! -path './stamp-h1' |
            sed 's,^\./,,' | sort
    fi
}

# project_files, only those that match an extended regular expression.
files_like() {
    project_files | grep -E "$1" || :
}
