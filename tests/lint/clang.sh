#!/bin/sh
# Not a warning from clang either: it knows some that gcc does not.
. "$(dirname "$0")/lib.sh"
command -v clang >/dev/null || skip_all 'clang is not installed'
[ -f "$build/config.h" ] || skip_all 'not configured'

for file in $(files_like '^(src|helpers|tests|bench)/.*\.c$'); do
    # shellcheck disable=SC2086 # a list of options
    verdict "$file" "$(clang -fsyntax-only -std=gnu11 -O2 ${WARN_CFLAGS:--Wall -Wextra} -Werror \
        -Wno-unknown-warning-option -DHAVE_CONFIG_H -include "$build/config.h" -Isrc -Ihelpers -Itests \
        ${LIBS_CFLAGS-} "$file" 2>&1 || :)"
done
finish
