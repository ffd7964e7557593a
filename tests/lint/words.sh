#!/bin/sh
# The project's files speak of the project alone: not of how or where they were written.
# The patterns are spelt so that they do not find themselves.
. "$(dirname "$0")/lib.sh"

judge() { # WHAT PATTERN
    verdict "$1" "$(project_files | tr '\n' '\0' | xargs -0 grep -nIiE -- "$2" /dev/null || :)"
}

judge 'no path of the machine it was written on' '(^|[^[:alnum:]_./-])/[w]ork(/|$|[^[:alnum:]])'
judge 'no package host' \
    '(deb|security|snapshot)\.[d]ebian\.org|(archive|ports)\.[u]buntu\.com|[r]egistry\.npmjs|[p]ypi\.org'
judge 'no word of who or what wrote it' \
    '(^|[^[:alnum:]-])[a]gents?($|[^[:alnum:]])|[c]laude|[a]nthropic|[c]hat ?gpt|[o]penai|[c]opilot|[l]anguage model|(^|[^[:alnum:]])LL[M]s?($|[^[:alnum:]])'
judge 'no word of when' \
    '(an earlier|a later|the previous|the next|the last) [s]ession($|[^[:alnum:]])|[s]andbox(ed)? (machine|session|environment)'
finish
