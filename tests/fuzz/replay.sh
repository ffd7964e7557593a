#!/bin/sh
# Runs each fuzz target over its corpus: the files of tests/fuzz/TARGET/ for fuzz-TARGET.
set -eu
top=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${builddir:-$PWD}
tests=0 failed=0

for target in "$top"/tests/fuzz/fuzz-*.c; do
    [ -e "$target" ] || continue
    name=$(basename "$target" .c)
    tests=$((tests + 1))
    # Parts of a helper, which is not built where its library is missing.
    helper=$(sed -n 's,^#include "\(rcrun-[a-z]*\)/.*,\1,p' "$target" | head -n 1)
    if [ -n "$helper" ] && [ ! -e "$build/lib$(echo "$helper" | tr -d -).a" ]; then
        echo "ok $tests - $name # SKIP $helper is not built"
        continue
    fi
    if said=$("$build/tests/fuzz/$name" "$top/tests/fuzz/${name#fuzz-}"/* 2>&1); then
        echo "ok $tests - $name"
    else
        echo "not ok $tests - $name"
        printf '%s\n' "$said" | tail -n 40 | sed 's/^/# /'
        failed=1
    fi
done
if [ "$tests" = 0 ]; then
    echo '1..0 # SKIP no fuzz target yet'
else
    echo "1..$tests"
fi
exit $failed
